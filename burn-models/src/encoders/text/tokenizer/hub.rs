//! The tokenizer files of a hub folder.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{LONGEST_WORD, PADDINGS, Tokenizer, TokenizerError, UNKNOWNS, learn};

const TOKENIZER: &str = "tokenizer.json";
const VOCABULARY: &str = "vocab.txt";
const SETTINGS: &str = "tokenizer_config.json";

/// Reads `tokenizer.json`, which holds everything, or else makes the same of `vocab.txt` and `tokenizer_config.json`.
pub(super) fn read(folder: &Path) -> Result<Tokenizer, TokenizerError> {
    let whole = folder.join(TOKENIZER);
    if whole.is_file() {
        let context = whole.display().to_string();
        let bytes = fs::read(&whole).map_err(|error| TokenizerError::new(&context, error))?;
        return Tokenizer::named(&context, &bytes);
    }
    let path = folder.join(VOCABULARY);
    let context = path.display().to_string();
    if !path.is_file() {
        let message = format!("it has neither {TOKENIZER} nor {VOCABULARY}");
        return Err(TokenizerError::new(folder.display().to_string(), message));
    }
    let text = fs::read_to_string(&path).map_err(|error| TokenizerError::new(&context, error))?;
    let pieces: HashMap<&str, usize> = text.lines().enumerate().map(|(id, piece)| (piece, id)).collect();
    let settings = Settings::read(&folder.join(SETTINGS))?;
    let json = word_pieces(&pieces, &settings).map_err(|message| TokenizerError::new(&context, message))?;
    Tokenizer::named(&context, json.to_string().as_bytes())
}

/// `tokenizer_config.json`; nothing of it need be there.
struct Settings(Value);

impl Settings {
    fn read(path: &Path) -> Result<Self, TokenizerError> {
        let context = || path.display().to_string();
        match fs::read(path) {
            Ok(bytes) => {
                let json = serde_json::from_slice(&bytes).map_err(|error| TokenizerError::new(context(), error))?;
                Ok(Self(json))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(Value::Null)),
            Err(error) => Err(TokenizerError::new(context(), error)),
        }
    }

    /// The name of a special piece: the configured one, or the first of `usual` that is in the vocabulary.
    fn special<'a>(&'a self, role: &str, usual: &[&'a str], pieces: &HashMap<&str, usize>) -> Result<&'a str, String> {
        let value = &self.0[role];
        let configured = value.as_str().or_else(|| value["content"].as_str());
        let mut names = configured.into_iter().chain(usual.iter().copied());
        names.find(|name| pieces.contains_key(name)).ok_or_else(|| format!("it has no `{}`", usual.join("` or `")))
    }
}

/// The `tokenizer.json` of a BERT vocabulary (Devlin et al. 2019, section 3).
fn word_pieces(pieces: &HashMap<&str, usize>, settings: &Settings) -> Result<Value, String> {
    let start = settings.special("cls_token", &["[CLS]", "<s>"], pieces)?;
    let end = settings.special("sep_token", &["[SEP]", "</s>"], pieces)?;
    let unknown = settings.special("unk_token", &UNKNOWNS, pieces)?;
    let padding = settings.special("pad_token", &PADDINGS, pieces)?;
    let added = [padding, unknown, start, end].map(|content| {
        json!({
            "id": pieces[content], "content": content, "special": true,
            "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        })
    });
    let setting = |name: &str, default: Value| match &settings.0[name] {
        Value::Null => default,
        value => value.clone(),
    };
    Ok(json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": setting("tokenize_chinese_chars", json!(true)),
            "strip_accents": setting("strip_accents", Value::Null),
            "lowercase": setting("do_lower_case", json!(true)),
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "BertProcessing", "sep": [end, pieces[end]], "cls": [start, pieces[start]],
        },
        "model": {
            "type": "WordPiece",
            "unk_token": unknown,
            "continuing_subword_prefix": learn::CONTINUES,
            "max_input_chars_per_word": LONGEST_WORD,
            "vocab": pieces,
        },
    }))
}

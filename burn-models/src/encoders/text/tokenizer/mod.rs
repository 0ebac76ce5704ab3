//! Tokenizers over words that the corpus has already split, through the `tokenizers` crate: our own word pieces, and those
//! that are published with an encoder.

mod hub;
mod learn;

#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use learn::merges;

use tokenizers::models::ModelWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;

pub(super) const PADDING: &str = "[PAD]";
pub(super) const UNKNOWN: &str = "[UNK]";
const START: &str = "[CLS]";
const END: &str = "[SEP]";

/// What published tokenizers call the piece that fills short rows.
const PADDINGS: [&str; 2] = [PADDING, "<pad>"];

/// What they call the piece of words outside the vocabulary.
const UNKNOWNS: [&str; 2] = [UNKNOWN, "<unk>"];

/// Words of more characters become the unknown piece.
const LONGEST_WORD: usize = 100;

/// Why a tokenizer could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("{context}: {message}")]
pub struct TokenizerError {
    context: String,
    message: String,
}

impl TokenizerError {
    fn new(context: impl Into<String>, source: impl std::fmt::Display) -> Self {
        Self { context: context.into(), message: source.to_string() }
    }
}

/// Pieces of words; words are never dropped.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    pipeline: tokenizers::Tokenizer,
    padding: u32,
    unknown: u32,
    frame: Option<[u32; 2]>,
}

impl Tokenizer {
    /// Learns a cased vocabulary of at most `size` pieces from the words of a corpus.
    pub fn train<'a>(words: impl Iterator<Item = &'a str>, size: usize) -> Result<Self, TokenizerError> {
        Self::learn(words, size, &[PADDING, UNKNOWN], &serde_json::Value::Null)
    }

    /// The same with a start and an end around every text.
    pub fn train_framed<'a>(words: impl Iterator<Item = &'a str>, size: usize) -> Result<Self, TokenizerError> {
        let special = [PADDING, UNKNOWN, START, END];
        let frame = serde_json::json!({ "type": "BertProcessing", "cls": [START, 2], "sep": [END, 3] });
        Self::learn(words, size, &special, &frame)
    }

    fn learn<'a>(
        words: impl Iterator<Item = &'a str>,
        size: usize,
        special: &[&str],
        frame: &serde_json::Value,
    ) -> Result<Self, TokenizerError> {
        let mut vocabulary: Vec<String> = special.iter().map(|piece| (*piece).to_owned()).collect();
        vocabulary.extend(learn::vocabulary(words, size.saturating_sub(vocabulary.len())));
        let vocabulary: serde_json::Map<_, _> =
            vocabulary.into_iter().enumerate().map(|(id, piece)| (piece, id.into())).collect();
        let model = serde_json::json!({
            "type": "WordPiece",
            "unk_token": UNKNOWN,
            "continuing_subword_prefix": learn::CONTINUES,
            "max_input_chars_per_word": LONGEST_WORD,
            "vocab": vocabulary,
        });
        let whole = serde_json::json!({ "version": "1.0", "post_processor": frame, "model": model });
        Self::from_bytes(whole.to_string().as_bytes())
    }

    /// Reads the tokenizer of a hub folder: `tokenizer.json`, or `vocab.txt` with `tokenizer_config.json`.
    pub fn from_folder(folder: &Path) -> Result<Self, TokenizerError> {
        hub::read(folder)
    }

    /// Reads the contents of a `tokenizer.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenizerError> {
        Self::named("the tokenizer cannot be read", bytes)
    }

    /// The same; an error begins with `context`.
    fn named(context: &str, bytes: &[u8]) -> Result<Self, TokenizerError> {
        let failed = |source: tokenizers::Error| TokenizerError::new(context, source);
        let mut pipeline = tokenizers::Tokenizer::from_bytes(bytes).map_err(failed)?;
        // Rows are cut and filled where batches are made; a published file may ask for other lengths.
        pipeline.with_truncation(None).map_err(failed)?;
        pipeline.with_padding(None);
        if let Some(mut words) = pipeline.get_pre_tokenizer().cloned() {
            stand_behind_space(&mut words);
            pipeline.with_pre_tokenizer(Some(words));
        }
        let find = |names: &[&str]| {
            let missing = || TokenizerError::new(context, format!("it has no `{}`", names.join("` or `")));
            names.iter().find_map(|name| pipeline.token_to_id(name)).ok_or_else(missing)
        };
        let own = match pipeline.get_model() {
            ModelWrapper::WordPiece(model) => Some(model.unk_token.as_str()),
            ModelWrapper::WordLevel(model) => Some(model.unk_token.as_str()),
            ModelWrapper::BPE(model) => model.unk_token.as_deref(),
            ModelWrapper::Unigram(_) => None,
        };
        let unknown = find(&own.into_iter().chain(UNKNOWNS).collect::<Vec<_>>())?;
        let padding = find(&PADDINGS)?;
        let frame = match *pipeline.encode_fast("", true).map_err(failed)?.get_ids() {
            [] => None,
            [start, end] => Some([start, end]),
            ref other => {
                let message =
                    format!("it puts {} pieces around a text; understood are a start and an end", other.len());
                return Err(TokenizerError::new(context, message));
            }
        };
        Ok(Self { pipeline, padding, unknown, frame })
    }

    /// The contents of a `tokenizer.json`.
    pub fn to_json(&self) -> Result<String, TokenizerError> {
        let failed = |source| TokenizerError::new("the tokenizer cannot be written", source);
        self.pipeline.to_string(false).map_err(failed)
    }

    /// Rows that a table of its pieces needs: their number, or more where ids are skipped.
    pub fn rows(&self) -> usize {
        self.pipeline.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.pipeline.get_vocab_size(true)
    }

    /// Whether there is no piece; never so for a tokenizer that could be read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Id that fills short rows.
    pub fn padding(&self) -> u32 {
        self.padding
    }

    /// Id of words outside the vocabulary.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Ids that stand before and after every text (`[CLS]` and `[SEP]`, `<s>` and `</s>`); our own vocabulary has none.
    pub fn frame(&self) -> Option<[u32; 2]> {
        self.frame
    }

    /// A piece as the vocabulary writes it; empty for an id that is none of its.
    pub fn text(&self, piece: u32) -> String {
        self.pipeline.id_to_token(piece).unwrap_or_default()
    }

    /// The pieces of one word, at least one and at most `limit`; a word that yields none is the unknown piece.
    ///
    /// Every word is read as if it stood behind a space, as `transformers` does with `is_split_into_words=True`.
    pub fn pieces(&self, word: &str, limit: usize) -> Vec<u32> {
        let mut pieces = match self.pipeline.encode_fast(word, false) {
            Ok(encoding) => encoding.get_ids().to_vec(),
            Err(_) => Vec::new(),
        };
        pieces.truncate(limit.max(1));
        if pieces.is_empty() {
            pieces.push(self.unknown);
        }
        pieces
    }
}

/// Lets byte-level pieces begin with a space, which every word of a corpus has before it.
fn stand_behind_space(words: &mut PreTokenizerWrapper) {
    match words {
        PreTokenizerWrapper::ByteLevel(bytes) => bytes.add_prefix_space = true,
        PreTokenizerWrapper::Sequence(parts) => parts.as_mut().iter_mut().for_each(stand_behind_space),
        _ => {}
    }
}

//! Word pieces (Wu et al. 2016) over words that the corpus has already split, through the `tokenizers` crate.

use std::path::Path;

use tokenizers::Tokenizer;

use super::learn;

pub(super) const PADDING: &str = "[PAD]";
pub(super) const UNKNOWN: &str = "[UNK]";

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

/// A word-piece vocabulary; words are never dropped.
#[derive(Clone, Debug)]
pub struct WordPieces {
    tokenizer: Tokenizer,
    padding: u32,
    unknown: u32,
}

impl WordPieces {
    /// Learns a cased vocabulary of at most `size` pieces from the words of a corpus.
    pub fn train<'a>(words: impl Iterator<Item = &'a str>, size: usize) -> Result<Self, TokenizerError> {
        let mut vocabulary = vec![PADDING.to_owned(), UNKNOWN.to_owned()];
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
        Self::from_bytes(serde_json::json!({ "version": "1.0", "model": model }).to_string().as_bytes())
    }

    /// Reads a `tokenizer.json`.
    pub fn from_file(path: &Path) -> Result<Self, TokenizerError> {
        let context = path.display().to_string();
        let tokenizer = Tokenizer::from_file(path).map_err(|source| TokenizerError::new(context, source))?;
        Self::new(tokenizer)
    }

    /// Reads the contents of a `tokenizer.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenizerError> {
        let failed = |source| TokenizerError::new("the tokenizer cannot be read", source);
        Self::new(Tokenizer::from_bytes(bytes).map_err(failed)?)
    }

    fn new(tokenizer: Tokenizer) -> Result<Self, TokenizerError> {
        let id = |token: &str| {
            let missing = || TokenizerError::new("not a word-piece tokenizer", format!("it has no `{token}`"));
            tokenizer.token_to_id(token).ok_or_else(missing)
        };
        Ok(Self { padding: id(PADDING)?, unknown: id(UNKNOWN)?, tokenizer })
    }

    /// The contents of a `tokenizer.json`.
    pub fn to_json(&self) -> Result<String, TokenizerError> {
        let failed = |source| TokenizerError::new("the tokenizer cannot be written", source);
        self.tokenizer.to_string(false).map_err(failed)
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
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

    /// The pieces of one word, at least one and at most `limit`; a word that yields none is the unknown piece.
    pub fn pieces(&self, word: &str, limit: usize) -> Vec<u32> {
        let mut pieces = match self.tokenizer.encode_fast(word, false) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_at_least_one_piece() {
        let words = ["walk", "walked", "walking", "talk", "talked", "talking"];
        let pieces = WordPieces::train(words.into_iter().cycle().take(60), 40).expect("a small vocabulary");
        for word in ["walks", "\u{a0}", "\u{200d}", "", "東京", "talking"] {
            assert!(!pieces.pieces(word, 8).is_empty(), "{word:?}");
        }
        assert_eq!(pieces.pieces("東京", 8), [pieces.unknown()]);
        assert!(pieces.pieces("walkinging", 8).len() > 1);
        assert_eq!(pieces.pieces("walkinging", 1).len(), 1);
    }

    #[test]
    fn the_same_words_give_the_same_vocabulary() {
        let words = ["walk", "walked", "walking", "talk", "talked", "talking"];
        let json = || {
            let pieces = WordPieces::train(words.into_iter().cycle().take(60), 40).expect("a small vocabulary");
            pieces.to_json().expect("it can be written")
        };
        assert_eq!(json(), json());
        let read = WordPieces::from_bytes(json().as_bytes()).expect("own JSON");
        assert_eq!(read.to_json().expect("it can be written"), json());
    }
}

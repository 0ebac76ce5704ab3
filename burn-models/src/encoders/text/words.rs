//! Whole words as the vocabulary, with vectors trained elsewhere where there are any.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};

use super::tokenizer::{PADDING, Tokenizer, TokenizerError, UNKNOWN};

/// Why word vectors cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WordVectorError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A line is no word with a vector.
    #[error("{}:{line}: {message}; a line is a word and its numbers, with spaces between", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is no vector at all.
    #[error("{} has no word vectors", .0.display())]
    Empty(PathBuf),
}

/// Vectors of words, all of one width, as `GloVe` and word2vec write them in text form.
#[derive(Clone, Debug, Default)]
pub struct WordVectors {
    vectors: IndexMap<String, Vec<f32>>,
}

impl WordVectors {
    /// Reads a text file; of words that become the same (see [`normal`]) the first counts.
    pub fn read(path: &Path) -> Result<Self, WordVectorError> {
        let failed = |source| WordVectorError::Read { path: path.to_owned(), source };
        let mut vectors: IndexMap<String, Vec<f32>> = IndexMap::new();
        for (number, line) in BufReader::new(File::open(path).map_err(failed)?).lines().enumerate() {
            let line = line.map_err(failed)?;
            let wrong = |message: String| WordVectorError::Line { path: path.to_owned(), line: number + 1, message };
            let mut parts = line.trim_end().split(' ');
            let word = parts.next().unwrap_or_default();
            let numbers: Result<Vec<f32>, _> = parts.map(str::parse).collect();
            let numbers = numbers.map_err(|error| wrong(error.to_string()))?;
            // word2vec begins with the counts of words and numbers.
            if number == 0 && numbers.len() == 1 && word.parse::<usize>().is_ok() {
                continue;
            }
            let width = vectors.first().map_or(numbers.len(), |(_, first)| first.len());
            if numbers.is_empty() || numbers.len() != width {
                return Err(wrong(format!("{} numbers where {width} are expected", numbers.len())));
            }
            if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
                return Err(wrong(format!("{number} is no number to compute with")));
            }
            vectors.entry(normal(word)).or_insert(numbers);
        }
        if vectors.is_empty() { Err(WordVectorError::Empty(path.to_owned())) } else { Ok(Self { vectors }) }
    }

    /// Numbers of a vector; `None` without any vector.
    pub fn width(&self) -> Option<usize> {
        self.vectors.first().map(|(_, vector)| vector.len())
    }

    /// The words, as [`normal`] writes them.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.vectors.keys().map(String::as_str)
    }

    /// Every word with its vector.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.vectors.iter().map(|(word, vector)| (word.as_str(), vector.as_slice()))
    }
}

/// How a word stands in the vocabulary: in small letters, digits as `0` (Lample et al. 2016).
pub fn normal(word: &str) -> String {
    word.to_lowercase().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

/// A vocabulary in which every word is one piece.
pub fn vocabulary<'a>(words: impl Iterator<Item = &'a str>) -> Result<Tokenizer, TokenizerError> {
    let words: IndexSet<String> = [PADDING, UNKNOWN].map(str::to_owned).into_iter().chain(words.map(normal)).collect();
    let ids: serde_json::Map<_, _> = words.into_iter().enumerate().map(|(id, word)| (word, id.into())).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0",
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                { "type": "Lowercase" },
                { "type": "Replace", "pattern": { "Regex": "[0-9]" }, "content": "0" },
            ],
        },
        "model": { "type": "WordLevel", "unk_token": UNKNOWN, "vocab": ids },
    });
    Tokenizer::from_bytes(tokenizer.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_digits() {
        let pieces = vocabulary(["Rome", "2pm", "it's", "İstanbul"].into_iter()).expect("a vocabulary");
        let one = |word: &str| pieces.pieces(word, 6);
        assert_eq!((one("rome"), one("ROME"), one("7PM")), (vec![2], vec![2], vec![3]));
        assert_eq!(one("İstanbul").len(), 1, "one piece whatever the letters");
        assert_eq!(one("never seen"), [pieces.unknown()]);
    }

    #[test]
    fn vectors_are_read_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |text: &str| {
            let path = folder.path().join("vectors.txt");
            fs::write(&path, text).expect("writable");
            WordVectors::read(&path)
        };
        let vectors = read("3 2\nRome 1 2\nrome 5 6\n1st -1 0.5\n").expect("word2vec");
        assert_eq!(vectors.iter().collect::<Vec<_>>(), [("rome", &[1.0, 2.0][..]), ("0st", &[-1.0, 0.5][..])]);
        assert_eq!(read("the 1 2\n").expect("GloVe").width(), Some(2));
        for (text, said) in [("a 1 2\nb 1\n", "vectors.txt:2: 1 numbers where 2"), ("a x\n", ":1: "), ("", "no word")] {
            let message = read(text).expect_err(text).to_string();
            assert!(message.contains(said), "{message}");
        }
        assert!(read("a NaN\n").is_err());
    }
}

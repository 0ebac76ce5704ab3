//! The byte-pair pieces of the words that a model is trained with (Sennrich et al. 2016), in the form of CLIP's tokenizer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::PictureTrainingError;
use super::layout::Layout;
use crate::encoders::image::clip::{ClipTokenizer, END, END_OF_WORD, START};
use crate::encoders::text::merges;

/// Learns as many pieces as the text encoder of `layout` has room for and writes `vocab.json` and `merges.txt` into
/// `folder`; a word that nobody has seen is still made of its bytes.
pub(super) fn learn<'a>(
    words: impl Iterator<Item = &'a str>,
    layout: &Layout,
    folder: &Path,
) -> Result<(), PictureTrainingError> {
    let mut letters: Vec<String> = ByteLevel::alphabet().into_iter().map(String::from).collect();
    letters.sort();
    let last: Vec<String> = letters.iter().map(|letter| format!("{letter}{END_OF_WORD}")).collect();
    // In this order, so that the first two have the numbers that the configurations name.
    let mut pieces: Vec<String> = [START, END].map(str::to_owned).into_iter().chain(letters).chain(last).collect();
    write(folder, &pieces, &[])?;

    let spelled = spelled(words, &pieces, &ClipTokenizer::open(folder, usize::MAX)?)?;
    let most = layout.text.vocabulary.saturating_sub(pieces.len());
    let merged: Vec<[String; 3]> = merges(spelled, |left, right| format!("{left}{right}")).take(most).collect();
    pieces.extend(merged.iter().map(|[_, _, piece]| piece.clone()));
    write(folder, &pieces, &merged)
}

/// What the tokenizer takes for words, in its smallest pieces, and how often they occur.
fn spelled<'a>(
    words: impl Iterator<Item = &'a str>,
    pieces: &[String],
    tokenizer: &ClipTokenizer,
) -> Result<Vec<(Vec<String>, usize)>, PictureTrainingError> {
    let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *texts.entry(word).or_default() += 1;
    }
    let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (text, count) in texts {
        let mut word = Vec::new();
        for id in tokenizer.pieces(text)? {
            let Some(piece) = pieces.get(id as usize).filter(|piece| *piece != START && *piece != END) else {
                continue;
            };
            word.push(piece.clone());
            if piece.ends_with(END_OF_WORD) {
                *counts.entry(std::mem::take(&mut word)).or_default() += count;
            }
        }
    }
    Ok(counts.into_iter().collect())
}

fn write(folder: &Path, pieces: &[String], merges: &[[String; 3]]) -> Result<(), PictureTrainingError> {
    let numbered = pieces.iter().enumerate().map(|(id, piece)| (piece.clone(), Value::from(id)));
    let vocabulary = Value::Object(numbered.collect());
    let lines: Vec<String> = merges.iter().map(|[left, right, _]| format!("{left} {right}\n")).collect();
    let lines = lines.concat();
    let merges = format!("#version: 0.2\n{lines}");
    for (name, text) in [("vocab.json", vocabulary.to_string()), ("merges.txt", merges)] {
        let path = folder.join(name);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|cause| PictureTrainingError::Write { path, cause })?;
    }
    Ok(())
}

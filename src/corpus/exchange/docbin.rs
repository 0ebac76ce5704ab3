//! spaCy's `DocBin`: zlib over msgpack; for each token the numbers of its text and of its entity, which are hashes of words
//! that are listed once.
//!
//! Entities that share tokens are in `doc.spans["sc"]`, the group that spaCy's span categorizer reads, and the outermost of
//! them in `doc.ents`.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use spanlight_models::example::{Example, Flatten, Span, SpanStructure, check_spans};

use super::Form;
use super::kept::Kept;
use super::raw::Taken;
use super::span_groups;
use crate::corpus::{ReadError, Unwritable};

/// The form of `DocBin`.
pub(super) struct DocBin;

/// Numbers of the attributes that are needed: text, place in an entity, type of the entity.
const ORTH: u64 = 65;
const ENT_IOB: u64 = 77;
const ENT_TYPE: u64 = 78;

/// A token inside an entity, in none, at the beginning of one.
const INSIDE: u64 = 1;
const OUTSIDE: u64 = 2;
const BEGIN: u64 = 3;

/// Words that spaCy knows by a small number instead of their hash: the line says which.
const SYMBOLS: &str = include_str!("spacy_symbols.txt");

impl Form for DocBin {
    fn recognises(&self, head: &[u8]) -> bool {
        let mut begin = [0; 1];
        // The beginning of zlib, and in it a small map.
        head.first() == Some(&0x78)
            && ZlibDecoder::new(head).read_exact(&mut begin).is_ok()
            && (0x80..0x90).contains(&begin[0])
    }

    fn read(&self, name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        let mut unpacked = Vec::new();
        if let Err(cause) = ZlibDecoder::new(file).read_to_end(&mut unpacked) {
            return Err(ReadError::Io { file: name.to_owned(), cause });
        }
        match rmp_serde::from_slice::<Bin>(&unpacked) {
            Ok(bin) => bin.hand_over(taken),
            Err(error) => taken.fault(1, "", format!("no DocBin of spaCy 3: {error}")),
        }
        Ok(())
    }

    fn whole(&self, examples: &[Example]) -> Option<io::Result<Vec<u8>>> {
        Some(pack(examples))
    }

    fn render(&self, example: &Example, _other: Option<&super::OtherFields>) -> Result<Vec<u8>, Unwritable> {
        check_spans(&example.spans, example.tokens.len(), SpanStructure::Overlapping)?;
        match example.tokens.iter().find(|token| token.is_empty()) {
            Some(token) => Err(Unwritable::Text { what: "token", text: token.clone() }),
            None => Ok(Vec::new()),
        }
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Bin {
    version: String,
    /// The attributes of a token, in order.
    attrs: Vec<u64>,
    /// Numbers of 64 bits, the attributes of each token one after the other.
    tokens: Bytes,
    /// Whether a space follows each token.
    spaces: Bytes,
    /// Numbers of 32 bits: tokens of each document.
    lengths: Bytes,
    strings: Vec<String>,
    #[serde(default)]
    cats: Vec<Nothing>,
    #[serde(default)]
    flags: Vec<Flags>,
    #[serde(default)]
    span_groups: Vec<Bytes>,
    #[serde(default)]
    user_data: Vec<Bytes>,
}

/// Categories of a document, of which there are none here.
#[derive(Serialize, Deserialize)]
struct Nothing {}

#[derive(Serialize, Deserialize)]
struct Flags {
    #[serde(default)]
    has_unknown_spaces: bool,
}

/// What belongs to a document besides.
#[derive(Default, Serialize, Deserialize)]
struct UserData {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    id: String,
    /// What spanlight keeps, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spanlight: Option<String>,
}

impl Bin {
    fn hand_over(self, taken: &mut Taken) {
        let column = |attribute: u64| self.attrs.iter().position(|known| *known == attribute);
        let (Some(orth), Some(iob), Some(type_)) = (column(ORTH), column(ENT_IOB), column(ENT_TYPE)) else {
            taken.fault(
                1,
                "",
                "the file has no entities; write it with the attributes ENT_IOB and ENT_TYPE".to_owned(),
            );
            return;
        };
        let words = words(&self.strings);
        let numbers: Vec<u64> = self.tokens.0.chunks_exact(8).map(number).collect();
        let mut rows = numbers.chunks_exact(self.attrs.len());
        for (place, length) in self.lengths.0.chunks_exact(4).map(number).enumerate() {
            let user_data = self.user_data.get(place).and_then(|bytes| rmp_serde::from_slice(&bytes.0).ok());
            let UserData { id, spanlight } = user_data.unwrap_or_default();
            let kept: Kept = spanlight.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
            let Kept { images, image_scores, image_measures, contexts, boxes, .. } = kept;
            let mut example =
                Example { id, images, image_scores, image_measures, contexts, boxes, ..Example::default() };
            let mut missing = None;
            for (token, row) in rows.by_ref().take(usize::try_from(length).unwrap_or(0)).enumerate() {
                let word = |number: u64| words.get(&number).map(|word| (*word).to_owned());
                let Some(text) = word(row[orth]) else {
                    missing = Some(row[orth]);
                    continue;
                };
                example.tokens.push(text);
                if row[iob] == BEGIN || row[iob] == INSIDE {
                    let Some(label) = word(row[type_]) else {
                        missing = Some(row[type_]);
                        continue;
                    };
                    match example.spans.last_mut() {
                        Some(last) if row[iob] == INSIDE && last.end == token && last.label == label => last.end += 1,
                        _ => example.spans.push(Span::new(label, token, token + 1)),
                    }
                }
            }
            let tokens = example.tokens.len();
            let group = self.span_groups.get(place).map_or(&[][..], |bytes| &bytes.0);
            let grouped = span_groups::read(group, |number| words.get(&number).map(|word| (*word).to_owned()));
            let Some(grouped) = grouped else {
                taken.fault(place + 1, &example.id, "a span of doc.spans cannot be read".to_owned());
                continue;
            };
            if grouped.others > 0 {
                taken.conversion.leave("documents with groups in doc.spans besides `sc`, which are passed over");
            }
            example.spans.extend(grouped.spans);
            example.spans.sort();
            example.spans.dedup();
            example.boxes.retain(|region| region.start < region.end && region.end <= tokens);
            match missing {
                Some(number) => {
                    taken.fault(place + 1, &example.id, format!("the word with the hash {number} is missing"));
                }
                None if example.tokens.is_empty() => {
                    taken.fault(place + 1, &example.id, "the document has no tokens".to_owned());
                }
                None => taken.ready(place + 1, example, Vec::new()),
            }
        }
    }
}

fn pack(examples: &[Example]) -> io::Result<Vec<u8>> {
    let symbols = symbols();
    let number = |word: &str| symbols.get(word).copied().unwrap_or_else(|| hash(word));
    let (mut tokens, mut spaces, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    let mut strings: BTreeSet<&str> = BTreeSet::from([""]);
    let (mut user_data, mut span_groups) = (Vec::new(), Vec::new());
    for example in examples {
        let length = i32::try_from(example.tokens.len()).map_err(io::Error::other)?;
        lengths.extend(length.to_le_bytes());
        let (outermost, inner) = Flatten::Outermost.split(&example.spans);
        for (token, text) in example.tokens.iter().enumerate() {
            let span = outermost.iter().find(|span| span.contains(token));
            let (iob, label) = span
                .map_or((OUTSIDE, 0), |span| (if span.start == token { BEGIN } else { INSIDE }, number(&span.label)));
            for value in [number(text), iob, label] {
                tokens.extend(value.to_le_bytes());
            }
            spaces.push(u8::from(token + 1 < example.tokens.len()));
            strings.insert(text);
        }
        strings.extend(example.spans.iter().map(|span| span.label.as_str()));
        let kept = Kept::of(example).map(|kept| serde_json::to_string(&Kept { tokens: None, ..kept })).transpose()?;
        let own = UserData { id: example.id.clone(), spanlight: kept };
        span_groups.push(Bytes(if inner.is_empty() {
            span_groups::NONE.to_vec()
        } else {
            span_groups::write(example, number).map_err(io::Error::other)?
        }));
        user_data.push(Bytes(rmp_serde::to_vec_named(&own).map_err(io::Error::other)?));
    }
    let each = || 0..examples.len();
    let bin = Bin {
        version: "0.1".to_owned(),
        attrs: vec![ORTH, ENT_IOB, ENT_TYPE],
        tokens: Bytes(tokens),
        spaces: Bytes(spaces),
        lengths: Bytes(lengths),
        strings: strings.into_iter().map(str::to_owned).collect(),
        cats: each().map(|_| Nothing {}).collect(),
        flags: each().map(|_| Flags { has_unknown_spaces: false }).collect(),
        span_groups,
        user_data,
    };
    let packed = rmp_serde::to_vec_named(&bin).map_err(io::Error::other)?;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&packed)?;
    encoder.finish()
}

/// Words by their numbers.
fn words(strings: &[String]) -> HashMap<u64, &str> {
    let symbols = symbols();
    let mut words: HashMap<u64, &str> = strings.iter().map(|word| (hash(word), word.as_str())).collect();
    words.extend(strings.iter().filter_map(|word| Some((*symbols.get(word.as_str())?, word.as_str()))));
    words
}

/// The words that have small numbers; the first line is the empty word, whose number is 0.
fn symbols() -> HashMap<&'static str, u64> {
    SYMBOLS.lines().zip(0..).collect()
}

/// Some bytes as one number, the lowest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// `MurmurHash64A` with the seed 1, by which spaCy numbers words.
fn hash(word: &str) -> u64 {
    const FACTOR: u64 = 0xc6a4_a793_5bd1_e995;
    let bytes = word.as_bytes();
    let mut hash = 1 ^ (bytes.len() as u64).wrapping_mul(FACTOR);
    let chunks = bytes.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        let mut mixed = number(chunk).wrapping_mul(FACTOR);
        mixed ^= mixed >> 47;
        hash = (hash ^ mixed.wrapping_mul(FACTOR)).wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        hash = (hash ^ number(rest)).wrapping_mul(FACTOR);
    }
    hash ^= hash >> 47;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 47)
}

/// Bytes, which msgpack tells from a list of numbers.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl Visitor<'_> for Take {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_numbers_that_spacy_gives_them() {
        assert_eq!(hash("Rome"), 7_430_892_194_449_458_039);
        assert_eq!((hash("mark"), symbols()["mark"]), (15_008_882_951_097_202_841, 423));
        assert_eq!((symbols()["PERSON"], symbols()[""], symbols()["_"]), (380, 0, 456));
    }
}

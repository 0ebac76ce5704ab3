//! Which files of a repository an encoder consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::is_plain;

/// What every encoder has.
pub const CONFIG: &str = "config.json";

/// What stands beside it in some.
const SETTINGS: [&str; 3] = ["preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"];

/// Vocabularies, the best first: one of them is enough.
const VOCABULARIES: [&[&str]; 3] = [&["tokenizer.json"], &["vocab.txt"], &["vocab.json", "merges.txt"]];

/// Weights, the best first: one of them is enough.
const WEIGHTS: [&str; 4] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

/// An encoder's files among all of a repository.
#[derive(Debug, PartialEq, Eq)]
pub struct Needed {
    /// Without the weights.
    pub companions: Vec<String>,
    /// The weights, or the index of their parts.
    pub weights: String,
}

impl Needed {
    /// Those among `names`; an error names what is missing.
    pub fn among(names: &[String]) -> Result<Self, String> {
        let there = |name: &str| names.iter().any(|one| one == name);
        if !there(CONFIG) {
            return Err(format!("no {CONFIG}"));
        }
        let weights = WEIGHTS.into_iter().find(|name| there(name));
        let weights = weights.ok_or_else(|| format!("none of {}", WEIGHTS.join(", ")))?;
        let vocabulary = VOCABULARIES.into_iter().find(|files| files.iter().all(|name| there(name)));
        let settings = SETTINGS.into_iter().filter(|name| there(name));
        let companions = std::iter::once(CONFIG).chain(settings).chain(vocabulary.unwrap_or_default().iter().copied());
        Ok(Self { companions: companions.map(str::to_owned).collect(), weights: weights.to_owned() })
    }

    /// Whether the weights are in parts.
    pub fn in_parts(&self) -> bool {
        self.weights.ends_with(".index.json")
    }
}

/// An index of parts.
#[derive(Deserialize)]
struct Index {
    /// The part in which each tensor is.
    weight_map: BTreeMap<String, String>,
}

/// The parts that the file `index` lists.
pub fn parts(index: &Path) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(index)?;
    let index: Index = serde_json::from_str(&text)?;
    let parts: BTreeSet<String> = index.weight_map.into_values().collect();
    match parts.iter().find(|part| !is_plain(part)) {
        Some(part) => Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{part}` is no file beside it"))),
        None => Ok(parts.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(names: &[&str]) -> Result<Vec<String>, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let needed = Needed::among(&names)?;
        Ok(needed.companions.into_iter().chain([needed.weights]).collect())
    }

    #[test]
    fn only_the_best_of_several_is_needed() {
        let all = ["README.md", "config.json", "vocab.txt", "tokenizer.json", "pytorch_model.bin", "model.safetensors"];
        assert_eq!(among(&all).expect("whole"), ["config.json", "tokenizer.json", "model.safetensors"]);
        let old = ["config.json", "merges.txt", "vocab.json", "tokenizer_config.json", "pytorch_model.bin.index.json"];
        let expected = ["config.json", "tokenizer_config.json", "vocab.json", "merges.txt"];
        assert_eq!(among(&old).expect("whole"), [&expected[..], &["pytorch_model.bin.index.json"]].concat());
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(among(&["model.safetensors"]), Err("no config.json".to_owned()));
        let said = among(&["config.json", "tf_model.h5"]).expect_err("no weights that can be read");
        assert!(said.contains("none of model.safetensors"), "{said}");
    }

    #[test]
    fn parts_lie_beside_their_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = folder.path().join("index.json");
        let written = |map: &str| fs::write(&index, format!("{{\"weight_map\": {map}}}")).expect("writable");
        written(r#"{"a": "2.bin", "b": "1.bin", "c": "2.bin"}"#);
        assert_eq!(parts(&index).expect("listed"), ["1.bin", "2.bin"]);
        for bad in [r#"{"a": "../x.bin"}"#, "[]"] {
            written(bad);
            assert!(parts(&index).is_err(), "{bad}");
        }
    }
}

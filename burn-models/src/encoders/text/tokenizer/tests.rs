//! Our own vocabulary, and published tokenizers against `transformers`.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::encoders::published::test_weights;

impl Tokenizer {
    /// A tokenizer with pieces around every text.
    pub(crate) fn framed_for_tests() -> Self {
        let digits = "##0\n##1\n##2\n##3\n##4\n##5\n##6\n##7\n##8\n##9";
        from_vocabulary(&format!("[PAD]\n[UNK]\n[CLS]\n[SEP]\nw\n{digits}"), "{}").expect("a small vocabulary")
    }
}

fn from_vocabulary(vocabulary: &str, settings: &str) -> Result<Tokenizer, TokenizerError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("vocab.txt"), vocabulary).expect("writable");
    fs::write(folder.path().join("tokenizer_config.json"), settings).expect("writable");
    Tokenizer::from_folder(folder.path())
}

/// What `tests/golden/make_text.py` wrote down.
#[derive(Deserialize)]
struct Golden {
    frame: [u32; 2],
    padding: u32,
    unknown: u32,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    words: Vec<String>,
    pieces: Vec<Vec<u32>>,
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/text").join(name)
}

fn compare(tokenizer: &Tokenizer, name: &str) {
    let golden = fs::read_to_string(golden(&format!("{name}.json"))).expect("a golden file");
    let golden: Golden = serde_json::from_str(&golden).expect("whole");
    let special = (tokenizer.frame(), tokenizer.padding(), tokenizer.unknown());
    assert_eq!(special, (Some(golden.frame), golden.padding, golden.unknown), "{name}");
    for case in golden.cases {
        for (word, mut expected) in case.words.iter().zip(case.pieces) {
            if expected.is_empty() {
                expected.push(golden.unknown);
            }
            assert_eq!(tokenizer.pieces(word, usize::MAX), expected, "{name}: {word:?}");
        }
    }
}

#[test]
fn published_tokenizers_give_what_transformers_does() {
    for name in ["uncased", "cased", "byte-level", "unigram"] {
        let tokenizer = Tokenizer::from_folder(&golden(name)).expect("a golden tokenizer");
        compare(&tokenizer, name);
        let json = tokenizer.to_json().expect("it can be written");
        compare(&Tokenizer::from_bytes(json.as_bytes()).expect("own JSON"), name);
    }
    if let Some(folder) = test_weights("minilm") {
        compare(&Tokenizer::from_folder(&folder).expect("a real tokenizer"), "minilm");
    }
}

#[test]
fn both_files_of_a_real_tokenizer_agree() {
    let Some(folder) = test_weights("minilm").filter(|folder| folder.join("vocab.txt").is_file()) else {
        return;
    };
    let vocabulary = fs::read_to_string(folder.join("vocab.txt")).expect("a real vocabulary");
    compare(&from_vocabulary(&vocabulary, "{}").expect("a whole vocabulary"), "minilm");
}

#[test]
fn settings_say_how_words_are_read() {
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncafe\ncafé\nCafé\n";
    for (settings, id) in [
        ("{}", 4),
        (r#"{"do_lower_case": true, "strip_accents": false}"#, 5),
        (r#"{"do_lower_case": false}"#, 6),
        (r#"{"do_lower_case": false, "strip_accents": true}"#, 1),
    ] {
        let tokenizer = from_vocabulary(vocabulary, settings).expect("a whole vocabulary");
        assert_eq!(tokenizer.pieces("Café", 8), [id], "{settings}");
    }
}

#[test]
fn broken_tokenizers_say_what_is_wrong() {
    let error =
        |vocabulary: &str, settings: &str| from_vocabulary(vocabulary, settings).expect_err("broken").to_string();
    let message = error("[PAD]\n[UNK]\n", "{}");
    assert!(message.contains("vocab.txt") && message.contains("[CLS]"), "{message}");
    let message = error("[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "{");
    assert!(message.contains("tokenizer_config.json"), "{message}");
    let message = error("[PAD]\n[UNK]\n[CLS]\n[SEP]\n", r#"{"do_lower_case": "yes"}"#);
    assert!(message.contains("vocab.txt"), "{message}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let message = Tokenizer::from_folder(folder.path()).expect_err("empty").to_string();
    assert!(message.contains("neither tokenizer.json nor vocab.txt"), "{message}");
    fs::write(folder.path().join("tokenizer.json"), "{}").expect("writable");
    let message = Tokenizer::from_folder(folder.path()).expect_err("no tokenizer").to_string();
    assert!(message.contains("tokenizer.json"), "{message}");
}

#[test]
fn words_keep_at_least_one_piece() {
    let words = ["walk", "walked", "walking", "talk", "talked", "talking"];
    let pieces = Tokenizer::train(words.into_iter().cycle().take(60), 40).expect("a small vocabulary");
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
        let pieces = Tokenizer::train(words.into_iter().cycle().take(60), 40).expect("a small vocabulary");
        pieces.to_json().expect("it can be written")
    };
    assert_eq!(json(), json());
    let read = Tokenizer::from_bytes(json().as_bytes()).expect("own JSON");
    assert_eq!(read.to_json().expect("it can be written"), json());
}

//! What the tests of systems share: the tiny published BERT and taggers on it.

use std::fs;
use std::path::Path;

use burn::module::AutodiffModule;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::options::Options;
use super::{Foundation, Spec, System};
use crate::device::{self, Backend};
use crate::example::{Context, Example, LabelSet, Span, TagScheme};
use crate::input::{Item, Noise};

/// The tiny published BERT without dropout, in `folder`, with a vocabulary.
pub fn encoder(folder: &Path) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/text/bert");
    fs::copy(golden.join("model.safetensors"), folder.join("model.safetensors")).expect("golden");
    let config = fs::read_to_string(golden.join("config.json")).expect("golden");
    fs::write(folder.join("config.json"), config.replace("_dropout_prob\": 0.1", "_dropout_prob\": 0.0"))
        .expect("writable");
    fs::write(folder.join("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmet\nada\nin\nrome\na\nred\nball")
        .expect("writable");
}

/// A fresh tagger on that encoder, with chosen options, ready to learn.
pub fn tagger<S: System + AutodiffModule<Backend, InnerModule = S>>(chosen: &[(&str, &str)]) -> (S, Spec<S::Config>) {
    let folder = tempfile::tempdir().expect("a folder");
    encoder(folder.path());
    let options: Options = chosen.iter().copied().collect();
    let (items, device) = ([], device::cpu());
    let labels = LabelSet::new(["PER", "LOC"]);
    let foundation =
        Foundation { text: Some(folder.path()), options, ..Foundation::new(&items, labels, TagScheme::Bio, &device) };
    let (module, spec) = S::create(&foundation).expect("a tagger");
    (S::from_inner(module), spec)
}

/// `met ada in rome` and `ada met`, each with the contexts given.
pub fn items(contexts: [Vec<Context>; 2]) -> Vec<Item> {
    let item = |words: &[&str], spans: Vec<Span>, contexts: Vec<Context>| {
        let tokens = words.iter().map(|word| (*word).to_owned()).collect();
        Item { example: Example { tokens, spans, contexts, ..Example::default() }, image: None }
    };
    let [long, short] = contexts;
    vec![
        item(&["met", "ada", "in", "rome"], vec![Span::new("PER", 1, 2), Span::new("LOC", 3, 4)], long),
        item(&["ada", "met"], vec![Span::new("PER", 0, 1)], short),
    ]
}

/// Nothing is disturbed.
pub fn silence() -> Noise {
    Noise { rng: StdRng::seed_from_u64(1), word_dropout: 0.0, name_dropout: 0.0 }
}

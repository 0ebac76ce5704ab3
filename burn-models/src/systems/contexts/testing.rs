//! Taggers that read contexts, and tweets with some, for tests.

use std::fs;

use burn::module::AutodiffModule;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::device::{self, Backend};
use crate::example::{Context, LabelSet, TagScheme};
use crate::input::{Item, Noise};
use crate::systems::options::Options;
use crate::systems::{Foundation, Spec, System, testing};

/// A fresh tagger on the tiny published BERT, with chosen options, ready to learn.
pub fn tagger<S: System + AutodiffModule<Backend, InnerModule = S>>(chosen: &[(&str, &str)]) -> (S, Spec<S::Config>) {
    let folder = tempfile::tempdir().expect("a folder");
    testing::encoder(folder.path());
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "met", "ada", "in", "rome", "a", "red", "ball"];
    fs::write(folder.path().join("vocab.txt"), words.join("\n")).expect("writable");
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
    let mut items = testing::items();
    for (item, contexts) in items.iter_mut().zip(contexts) {
        item.example.contexts = contexts;
    }
    items
}

/// Nothing is disturbed.
pub fn silence() -> Noise {
    Noise { rng: StdRng::seed_from_u64(1), word_dropout: 0.0, name_dropout: 0.0, progress: 0.0 }
}

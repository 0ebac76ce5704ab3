//! A tiny published encoder, tweets for it and a tagger on it, for tests.

use std::fs;
use std::path::Path;

use super::{Foundation, find};
use crate::device;
use crate::example::{Example, LabelSet, Span, TagScheme};
use crate::input::Item;
use crate::layers::projection::AdapterConfig;
use crate::model::{Reading, Tagger};
use crate::training::{Control, TrainOptions, TrainingData};

/// Puts the tiny published BERT without dropout, with a vocabulary, into `folder`.
pub fn encoder(folder: &Path) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/text/bert");
    fs::create_dir_all(folder).expect("writable");
    fs::copy(golden.join("model.safetensors"), folder.join("model.safetensors")).expect("golden");
    let config = fs::read_to_string(golden.join("config.json")).expect("golden");
    fs::write(folder.join("config.json"), config.replace("_dropout_prob\": 0.1", "_dropout_prob\": 0.0"))
        .expect("writable");
    fs::write(folder.join("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmet\nada\nin\nrome\nlo\n##ve").expect("writable");
}

/// Two tweets with a person and a place.
pub fn items() -> Vec<Item> {
    let item = |words: &[&str], spans: Vec<Span>| {
        let tokens = words.iter().map(|word| (*word).to_owned()).collect();
        Item { example: Example { tokens, spans, ..Example::default() }, ..Item::default() }
    };
    let long = vec![Span::new("PER", 1, 2), Span::new("LOC", 3, 4)];
    vec![item(&["met", "ada", "in", "rome"], long), item(&["ada", "met"], vec![Span::new("PER", 0, 1)])]
}

/// An untrained `system` on the encoder in `folder`.
pub fn tagger(system: &str, folder: &Path, adapter: Option<AdapterConfig>) -> Box<dyn Tagger> {
    let (items, device) = (items(), device::cpu());
    let labels = LabelSet::new(["PER", "LOC"]);
    let foundation =
        Foundation { text: Some(folder), adapter, ..Foundation::new(&items, labels, TagScheme::Bio, &device) };
    (find(system).expect("a system").create)(&foundation, 1).expect("a tagger")
}

/// Teaches a tagger the tweets, at high rates.
pub fn teach(tagger: &mut dyn Tagger, options: &TrainOptions) {
    let data = TrainingData { train: items(), valid: Vec::new() };
    let options = TrainOptions { epochs: 3, encoder_rate: 0.01, head_rate: 0.01, ..options.clone() };
    tagger.train(&data, &options, None, &mut |_| Control::Continue).expect("trained");
}

/// What a tagger says of the tweets: the probability of every labelling and its entropy.
pub fn said(tagger: &dyn Tagger) -> Vec<f32> {
    let readings = tagger.predict(&items(), false).into_iter();
    readings
        .flat_map(|Reading { answer, .. }| [answer.prediction.path_probability, answer.prediction.entropy])
        .collect()
}

/// Whether two taggers say the same up to rounding.
pub fn agree(one: &dyn Tagger, other: &dyn Tagger) -> bool {
    said(one).iter().zip(said(other)).all(|(one, other)| (one - other).abs() < 1e-5)
}

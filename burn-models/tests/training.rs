//! The trainer on a system of the registry, on the CPU. A process of its own: the device's generator is one for all.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use safetensors::SafeTensors;
use spanlight_models::checkpoint::{Extent, Precision};
use spanlight_models::device;
use spanlight_models::example::{Example, LabelSet, Span, TagScheme};
use spanlight_models::input::Item;
use spanlight_models::model::Tagger;
use spanlight_models::systems::{self, EncoderNeed, Foundation};
use spanlight_models::training::{Control, KeepError, TrainError, TrainEvent, TrainOptions, TrainReport, TrainingData};
use tempfile::TempDir;

/// Whoever trains draws from the device's only generator.
static CHANCE: Mutex<()> = Mutex::new(());

/// Tweets of which every second word is a name.
fn data() -> TrainingData {
    let tweet = |n: usize| {
        let tokens = ["met", ["Ada", "Bo", "Cy"][n % 3], "near", ["Rome", "Oslo"][n % 2]];
        let tokens = tokens[..2 + 2 * (n % 2)].iter().map(|word| (*word).to_owned()).collect();
        let spans = [Span::new("PER", 1, 2), Span::new("LOC", 3, 4)].into_iter().take(1 + n % 2).collect();
        Item { example: Example { id: n.to_string(), tokens, spans, ..Example::default() }, ..Item::default() }
    };
    TrainingData { train: (0..20).map(tweet).collect(), valid: (20..26).map(tweet).collect() }
}

fn options() -> TrainOptions {
    TrainOptions { epochs: 3, batch: 4, average: 0.9, ..(systems::REGISTRY[0].defaults)() }
}

/// An untrained tagger; draws from the generator.
fn fresh() -> Box<dyn Tagger> {
    let labels = LabelSet::new(["PER", "LOC"]);
    let (items, device) = (data().train, device::cpu());
    let foundation = Foundation::new(&items, labels, TagScheme::Bio, &device);
    (systems::REGISTRY[0].create)(&foundation, 1).expect("a tagger")
}

/// The weights to the bit, by name.
fn weights(tagger: &dyn Tagger) -> BTreeMap<String, Vec<u8>> {
    let bytes = tagger.parts(Precision::Full, Extent::Whole).expect("parts").weights;
    let tensors = SafeTensors::deserialize(&bytes).expect("weights");
    tensors.tensors().into_iter().map(|(name, tensor)| (name, tensor.data().to_vec())).collect()
}

/// Trains until `stop` says so.
fn train(
    options: &TrainOptions,
    keep: Option<&Path>,
    stop: &dyn Fn(&TrainEvent) -> bool,
) -> Result<(Box<dyn Tagger>, TrainReport), TrainError> {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tagger = fresh();
    let observe = &mut |event: TrainEvent| if stop(&event) { Control::Stop } else { Control::Continue };
    let report = tagger.train(&data(), options, keep, observe)?;
    Ok((tagger, report))
}

#[test]
fn a_training_that_was_stopped_ends_as_if_it_had_not_been() {
    let never = |_: &TrainEvent| false;
    let (whole, said) = train(&options(), None, &never).expect("trained");
    assert_eq!((said.steps, said.losses.len(), said.f1.len()), (15, 3, 3));

    let folder = TempDir::new().expect("a folder");
    let keep = folder.path().join("state");
    // In the middle of an epoch, and while the validation data is scored.
    let at_step = |event: &TrainEvent| matches!(event, TrainEvent::Step { step: 7, .. });
    let (_, stopped) = train(&options(), Some(&keep), &at_step).expect("stopped");
    assert!(stopped.stopped && stopped.steps == 7);
    let scoring = |event: &TrainEvent| matches!(event, TrainEvent::Evaluating { .. });
    let (_, stopped) = train(&options(), Some(&keep), &scoring).expect("stopped");
    assert!(stopped.stopped && stopped.steps == 10, "{stopped:?}");

    let (resumed, again) = train(&options(), Some(&keep), &never).expect("resumed");
    assert!(weights(resumed.as_ref()) == weights(whole.as_ref()), "the weights differ");
    assert_eq!((again.losses, again.f1, again.best_step), (said.losses, said.f1, said.best_step));
}

#[test]
fn another_seed_ends_elsewhere() {
    let never = |_: &TrainEvent| false;
    let short = TrainOptions { epochs: 1, ..options() };
    let ends = [1, 1, 2].map(|seed| {
        let (tagger, _) = train(&TrainOptions { seed, ..short.clone() }, None, &never).expect("trained");
        weights(tagger.as_ref())
    });
    assert!(ends[0] == ends[1] && ends[0] != ends[2]);
}

#[test]
fn what_another_training_left_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let keep = folder.path().join("state");
    let soon = |event: &TrainEvent| matches!(event, TrainEvent::Step { step: 2, .. });
    train(&options(), Some(&keep), &soon).expect("stopped");
    let refused = |options: &TrainOptions| match train(options, Some(&keep), &|_| false) {
        Err(TrainError::Kept(error)) => error,
        other => panic!("{:?}", other.map(|(_, report)| report)),
    };
    assert!(matches!(refused(&TrainOptions { batch: 5, ..options() }), KeepError::Other(_)));
    let bytes = fs::read(&keep).expect("kept");
    fs::write(&keep, &bytes[..bytes.len() / 2]).expect("cut");
    assert!(matches!(refused(&options()), KeepError::Broken { .. }));
    fs::write(&keep, [0xff; 64]).expect("garbage");
    assert!(refused(&options()).to_string().contains("remove it"));
}

#[test]
fn a_training_that_cannot_be_kept_goes_on() {
    let nowhere = Path::new("/dev/null/state");
    let told = Cell::new(0);
    let count = |event: &TrainEvent| {
        told.set(told.get() + usize::from(matches!(event, TrainEvent::NotKept { .. })));
        false
    };
    let result = train(&options(), Some(nowhere), &count);
    match result {
        Ok((_, report)) => assert_eq!((report.steps, told.get()), (15, 3)),
        Err(error) => assert!(matches!(error, TrainError::Kept(KeepError::Read { .. })), "{error}"),
    }
}

#[test]
fn gradients_of_several_batches_make_one_step() {
    let (_, report) = train(&TrainOptions { accumulate: 2, ..options() }, None, &|_| false).expect("trained");
    assert_eq!(report.steps, 9, "five batches an epoch are three steps");
}

#[test]
fn a_rate_of_zero_freezes() {
    let frozen = TrainOptions { encoder_rate: 0.0, head_rate: 0.0, crf_rate: 0.0, average: 0.0, ..options() };
    let (tagger, _) = train(&frozen, None, &|_| false).expect("trained");
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(weights(tagger.as_ref()) == weights(fresh().as_ref()));
}

#[test]
fn every_system_that_begins_with_nothing_learns_what_words_tell() {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let (data, device) = (data(), device::cpu());
    for entry in systems::REGISTRY.iter().filter(|entry| entry.info.text_encoder != EncoderNeed::Published) {
        let foundation = Foundation::new(&data.train, LabelSet::new(["PER", "LOC"]), TagScheme::Bio, &device);
        let mut tagger = (entry.create)(&foundation, 1).expect("a tagger");
        let options = TrainOptions { epochs: 24, batch: 4, average: 0.0, patience: None, ..tagger.defaults() };
        let report = tagger.train(&data, &options, None, &mut |_| Control::Continue).expect("trained");
        let best = report.best.expect("scored").overall.f1();
        assert!(best > 0.9, "{}: {best} after {:?}", entry.info.name, report.losses);
    }
}

#[test]
fn weights_are_blended_on_a_straight_line() {
    let (trained, _) = train(&TrainOptions { epochs: 1, ..options() }, None, &|_| false).expect("trained");
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let old = fresh();
    let numbers = |tagger: &dyn Tagger| {
        let number = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        weights(tagger).values().flat_map(|bytes| bytes.chunks(4).map(number).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let at = |share| numbers(old.blend(trained.as_ref(), share).expect("one system, one set of types").as_ref());
    let (from, to) = (numbers(old.as_ref()), numbers(trained.as_ref()));
    assert!(from != to && at(0.0) == from && at(1.0) == to);
    let half = at(0.5).into_iter().zip(from.iter().zip(&to));
    assert!(half.into_iter().all(|(half, (from, to))| (half - f32::midpoint(*from, *to)).abs() < 1e-6));
    let mut other = trained.fork();
    other.relabel(&LabelSet::new(["PER", "ORG"]));
    assert!(old.blend(other.as_ref(), 0.5).is_none());
}

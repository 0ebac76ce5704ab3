//! The thread as the screen sees it: requests in, events out, on a small model made here.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use spanlight_models::alignment::Regions;
use spanlight_models::checkpoint::{self, Extent, Precision};
use spanlight_models::device;
use spanlight_models::example::{Context, ContextKind, Example, LabelSet, Span, TagScheme};
use spanlight_models::input::Item;
use spanlight_models::systems::{self, Foundation};

use super::*;

/// Longer than any answer takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A tweet whose last word is a name.
fn tweet(id: i64) -> Example {
    let tokens = ["we", "met", ["Ann", "Bob", "Cleo", "Dov"][id as usize % 4]];
    Example {
        id: id.to_string(),
        tokens: tokens.map(str::to_owned).to_vec(),
        spans: vec![Span::new("PER", 2, 3)],
        ..Example::default()
    }
}

fn work(ids: std::ops::Range<i64>) -> Vec<WorkItem> {
    ids.map(|tweet_id| WorkItem { tweet: tweet_id, example: tweet(tweet_id), image: None }).collect()
}

/// An untrained model in `folder`.
fn untrained(folder: &Path) -> PathBuf {
    let items: Vec<Item> = (0..8).map(|id| Item { example: tweet(id), ..Item::default() }).collect();
    let labels = LabelSet::new(["PER", "LOC"]);
    let entry = systems::find("compact").expect("the default system");
    let tagger =
        (entry.create)(&Foundation::new(&items, labels, TagScheme::Bio, &device::cpu()), 3).expect("a vocabulary");
    let parts = tagger.parts(Precision::Full, Extent::Whole).expect("parts");
    let model = folder.join("model");
    checkpoint::save(&parts, &"untrained", &model).expect("a folder to write to");
    model
}

fn start(folder: &Path, model: &Path, labels: &[&str]) -> (Worker, Receiver<Event>) {
    start_with(folder, model, labels, LessonEncoder::Auto)
}

fn start_with(folder: &Path, model: &Path, labels: &[&str], lesson: LessonEncoder) -> (Worker, Receiver<Event>) {
    let (sender, events) = channel();
    let options = WorkerOptions {
        device: DeviceChoice::Cpu,
        model: Some(model.to_owned()),
        against: None,
        maps: None,
        checkpoints: folder.join("models"),
        types: Types { labels: LabelSet::new(labels.iter().copied()), ..Types::default() },
        encoders: Encoders::in_data(folder),
        lesson,
        lesson_rank: 2,
    };
    let worker = Worker::spawn(options, move |event| drop(sender.send(event))).expect("a thread");
    (worker, events)
}

/// An untrained model of a system over a published encoder in `folder`.
fn untrained_over_bert(folder: &Path, system: &str) -> PathBuf {
    let published = folder.join("mini");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("burn-models/tests/golden/text/bert");
    std::fs::create_dir(&published).expect("a folder");
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(golden.join(name), published.join(name)).expect("golden");
    }
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwe\nmet\nann\nbob\ncleo\ndov";
    std::fs::write(published.join("vocab.txt"), words).expect("writable");
    let device = device::cpu();
    let foundation = Foundation::new(&[], LabelSet::new(["PER", "LOC"]), TagScheme::Bio, &device);
    let entry = systems::find(system).expect("a system");
    let tagger = (entry.create)(&Foundation { text: Some(&published), ..foundation }, 3).expect("an encoder");
    let parts = tagger.parts(Precision::Full, Extent::Whole).expect("parts");
    let model = folder.join("model");
    checkpoint::save(&parts, &"untrained", &model).expect("a folder to write to");
    std::fs::remove_dir_all(published).expect("it is not needed any more");
    model
}

/// Events up to and with the first that `wanted` picks.
fn until(events: &Receiver<Event>, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let event = events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nothing came after {seen:?}"));
        let found = wanted(&event);
        seen.push(event);
        if found {
            return seen;
        }
    }
}

fn finished(events: &[Event]) -> &Outcome {
    let outcome = events.iter().find_map(|event| match event {
        Event::Finished(outcome) => Some(outcome),
        _ => None,
    });
    outcome.expect("the job ended")
}

fn learn(corrections: usize, held_out: usize) -> Request {
    let (corrections, held_out) = (corrections as i64, held_out as i64);
    Request::Learn(LearnJob {
        corrections: work(0..corrections),
        replay: work(100..100 + corrections),
        held_out: work(200..200 + held_out),
        labels: LabelSet::new(["PER", "LOC"]),
    })
}

#[test]
fn it_learns_answers_meanwhile_survives_a_restart_and_rolls_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    let (worker, events) = start(folder.path(), &model, &["PER", "LOC"]);
    let ready = until(&events, |event| matches!(event, Event::Ready { .. }));
    assert!(matches!(&ready[0], Event::Ready { model, device } if model.version == 0 && device.device == "cpu"));

    worker.request(learn(8, 8));
    until(&events, |event| matches!(event, Event::Progress(Progress { phase: Phase::Training, .. })));
    worker.request(Request::Predict(work(5..6).remove(0)));
    let during = until(&events, |event| matches!(event, Event::Predicted { .. }));
    assert!(!during.iter().any(|event| matches!(event, Event::Finished(_))), "the answer came between two steps");
    assert!(matches!(during.last(), Some(Event::Predicted { tweet: 5, version: 0, .. })), "from the old model");

    let end = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
    let outcome = finished(&end);
    assert_eq!((&outcome.verdict, outcome.corrections), (&Verdict::Accepted { version: 1 }, 8));
    let (before, after) = (outcome.before.expect("judged"), outcome.after.expect("judged"));
    assert!(after.f1 > 0.8 && before.f1 < after.f1, "{before:?} {after:?}");
    drop(worker);

    let (worker, events) = start(folder.path(), &model, &["PER", "LOC"]);
    let ready = until(&events, |event| matches!(event, Event::Ready { .. }));
    assert!(matches!(&ready[0], Event::Ready { model, .. } if model.version == 1));
    worker.request(Request::Predict(work(5..6).remove(0)));
    let answer = until(&events, |event| matches!(event, Event::Predicted { .. }));
    let Some(Event::Predicted { prediction, .. }) = answer.last() else { panic!("a prediction was waited for") };
    assert_eq!(prediction.spans[0].span, Span::new("PER", 2, 3));
    worker.request(Request::RollBack);
    let back = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
    assert!(matches!(back.last(), Some(Event::ModelChanged { model, .. }) if model.version == 0));
    worker.request(Request::RollBack);
    until(&events, |event| matches!(event, Event::Failed { message, .. } if message.contains("nothing to go back to")));
}

#[test]
fn a_stopped_job_changes_nothing_and_without_held_out_gold_the_user_decides() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    let (worker, events) = start(folder.path(), &model, &[]);
    worker.request(learn(8, 4));
    until(&events, |event| matches!(event, Event::Progress(Progress { phase: Phase::Training, .. })));
    worker.request(Request::Stop);
    let end = until(&events, |event| matches!(event, Event::Finished(_)));
    assert_eq!(finished(&end).verdict, Verdict::Stopped);
    let steps = end.iter().filter(|event| matches!(event, Event::Progress(Progress { phase: Phase::Training, .. })));
    assert!(steps.count() <= 3, "it stopped within a step or two of being asked");

    worker.request(learn(8, 0));
    let end = until(&events, |event| matches!(event, Event::Finished(_)));
    assert_eq!(finished(&end).verdict, Verdict::Unjudged);
    worker.request(Request::Accept);
    let taken = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
    assert!(matches!(taken.last(), Some(Event::ModelChanged { model, .. }) if model.version == 1));
}

#[test]
fn other_label_sets_are_moved_to_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    let (_worker, events) = start(folder.path(), &model, &["LOC", "a type/with spaces"]);
    let said = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
    let Some(Event::ModelChanged { model, note }) = said.last() else { panic!("a note was waited for") };
    assert_eq!(model.labels, ["LOC", "a type/with spaces"]);
    assert!(note.contains("not learned yet: a type/with spaces"), "{note}");
}

#[test]
fn types_that_are_renamed_merged_or_removed_meanwhile_are_followed_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    let (worker, events) = start(folder.path(), &model, &["PER", "LOC"]);
    until(&events, |event| matches!(event, Event::Ready { .. }));
    let retype = |labels: &[&str], former: &[(&str, &str)]| {
        let former = former.iter().map(|(was, now)| ((*was).to_owned(), (*now).to_owned())).collect();
        worker.request(Request::Retype(Types { labels: LabelSet::new(labels.iter().copied()), former }));
        let said = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
        let Some(Event::ModelChanged { model, note }) = said.last() else { panic!("a note was waited for") };
        (model.labels.join(" "), note.clone())
    };
    let (labels, note) = retype(&["PERSON", "LOC"], &[("PER", "PERSON")]);
    assert_eq!((labels.as_str(), note.as_str()), ("PERSON LOC", "PER of the model is read as PERSON"));
    // Its own type stays apart in the model until it has learned; the screen reads it as the other one.
    let (labels, note) = retype(&["LOC"], &[("PER", "LOC"), ("PERSON", "LOC")]);
    assert_eq!((labels.as_str(), note.as_str()), ("LOC PER", "PER of the model is read as LOC"));
    let (labels, note) = retype(&["LOC"], &[]);
    assert_eq!((labels.as_str(), note.as_str()), ("LOC", "no longer suggested: PER"));
    let (labels, _) = retype(&["PER", "LOC"], &[]);
    assert_eq!(labels, "PER LOC", "nothing of the model was lost by that");
}

#[test]
fn a_wrong_checkpoint_is_a_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    std::fs::write(model.join("weights.safetensors"), b"no weights").expect("a file to break");
    let (_worker, events) = start(folder.path(), &model, &[]);
    let failed = until(&events, |event| matches!(event, Event::Failed { .. }));
    assert!(matches!(failed.last(), Some(Event::Failed { message, .. }) if message.contains("weights.safetensors")));
}

#[test]
fn lessons_through_adapters_save_little_and_are_rolled_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained_over_bert(folder.path(), "bert-crf");
    let ready = |lesson| {
        let (worker, events) = start_with(folder.path(), &model, &["PER", "LOC"], lesson);
        let seen = until(&events, |event| matches!(event, Event::Ready { .. }));
        let Some(Event::Ready { model, .. }) = seen.last() else { panic!("it was waited for") };
        (worker, events, model.clone())
    };
    let predicted = |worker: &Worker, events: &Receiver<Event>| {
        worker.request(Request::Predict(work(5..6).remove(0)));
        let seen = until(events, |event| matches!(event, Event::Predicted { .. }));
        let Some(Event::Predicted { prediction, .. }) = seen.last() else { panic!("it was waited for") };
        (prediction.path_probability, prediction.entropy)
    };
    let size = |version: &str| {
        let file = folder.path().join("models").join(version).join("weights.safetensors");
        std::fs::metadata(file).expect("saved").len()
    };
    let (worker, events, card) = ready(LessonEncoder::Adapters);
    let (own, untouched) = (card.parameters, predicted(&worker, &events));
    let mut said = Vec::new();
    for version in 1..=2 {
        worker.request(learn(4, 4));
        let seen = until(&events, |event| matches!(event, Event::Finished(_)));
        if !matches!(finished(&seen).verdict, Verdict::Accepted { .. }) {
            worker.request(Request::Accept);
        }
        let seen = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
        let Some(Event::ModelChanged { model, .. }) = seen.last() else { panic!("it was waited for") };
        assert!(model.version == version && model.parameters > own, "with adapters: {model:?}");
        said.push(predicted(&worker, &events));
    }
    assert!(said[0] != untouched && said[1] != said[0], "{untouched:?} {said:?}");
    assert!(size("v0002") < size("v0001") / 2, "{} after {} bytes", size("v0002"), size("v0001"));
    drop(worker);

    let (worker, events, card) = ready(LessonEncoder::Adapters);
    assert_eq!((card.version, predicted(&worker, &events)), (2, said[1]));
    for (version, before) in [(1, said[0]), (0, untouched)] {
        worker.request(Request::RollBack);
        let seen = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
        assert!(matches!(seen.last(), Some(Event::ModelChanged { model, .. }) if model.version == version));
        assert_eq!(predicted(&worker, &events), before);
    }
    drop(worker);

    let (worker, events, card) = ready(LessonEncoder::Auto);
    assert_eq!((card.version, card.parameters), (0, own));
    worker.request(learn(4, 0));
    until(&events, |event| matches!(event, Event::Finished(_)));
    worker.request(Request::Accept);
    let seen = until(&events, |event| matches!(event, Event::ModelChanged { .. }));
    assert!(
        matches!(seen.last(), Some(Event::ModelChanged { model, .. }) if model.version == 3 && model.parameters == own),
        "a small encoder learns as a whole: {seen:?}"
    );
}

#[test]
fn texts_beside_a_tweet_are_weighed_between_two_steps_of_a_lesson() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained_over_bert(folder.path(), "ita");
    let (worker, events) = start(folder.path(), &model, &["PER", "LOC"]);
    let ready = until(&events, |event| matches!(event, Event::Ready { .. }));
    assert!(matches!(&ready[0], Event::Ready { model, .. } if model.uses_contexts && !model.uses_image));
    let mut item = work(5..6).remove(0);
    let contexts = [(ContextKind::Caption, "ann met bob"), (ContextKind::Ocr, "cleo")];
    item.example.contexts = contexts.map(|(kind, text)| Context::new(kind, text)).to_vec();

    worker.request(Request::Predict(item.clone()));
    let seen = until(&events, |event| matches!(event, Event::Predicted { .. }));
    let Some(Event::Predicted { alignments, fusion, .. }) = seen.last() else { panic!("it was waited for") };
    let Regions::Words { words } = &alignments[0].regions else { panic!("words are looked at") };
    let read: Vec<(usize, &str)> = words.iter().map(|word| (word.context, word.text.as_str())).collect();
    assert_eq!(read, [(0, "ann"), (0, "met"), (0, "bob"), (1, "cleo")]);
    assert!(fusion.is_none());

    worker.request(learn(8, 8));
    until(&events, |event| matches!(event, Event::Progress(Progress { phase: Phase::Training, .. })));
    worker.request(Request::Ablate(item));
    let during = until(&events, |event| matches!(event, Event::Ablated { .. }));
    assert!(!during.iter().any(|event| matches!(event, Event::Finished(_))), "the answer came between two steps");
    let Some(Event::Ablated { tweet: 5, version: 0, ablation }) = during.last() else { panic!("another answer") };
    assert_eq!((ablation.without_one.len(), ablation.without_all.change.len()), (2, 3));
    let moved = |change: &[f32]| change.iter().any(|far| *far > 1e-6);
    assert!(moved(&ablation.without_one[0].change) && moved(&ablation.without_all.change));
}

#[test]
fn a_step_that_cannot_be_saved_leaves_the_old_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = untrained(folder.path());
    let (worker, events) = start(folder.path(), &model, &[]);
    std::fs::create_dir(folder.path().join("models")).expect("writable");
    let obstacle = folder.path().join("models/.v0001.new");
    std::fs::write(&obstacle, b"no folder").expect("writable");
    worker.request(learn(8, 4));
    let seen = until(&events, |event| matches!(event, Event::Failed { .. } | Event::ModelChanged { .. }));
    let Some(Event::Failed { during, message }) = seen.last() else { panic!("it was saved: {seen:?}") };
    assert_eq!(during, message::task::LEARNING);
    assert!(message.contains(".v0001.new") && message.contains("not saved"), "{message}");
    worker.request(Request::Predict(work(5..6).remove(0)));
    let seen = until(&events, |event| matches!(event, Event::Predicted { .. }));
    assert!(matches!(seen.last(), Some(Event::Predicted { version: 0, .. })), "the old model answers");
}

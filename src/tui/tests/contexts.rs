//! The texts that accompany a tweet: shown, chosen, written, taken away, and what they do to the labels.

use std::time::Duration;

use ratatui::style::Modifier;
use spanlight_models::alignment::{Alignment, HeadMap, Regions};
use spanlight_models::example::{Context, ContextItem, ContextKind, Example};
use spanlight_models::influence::Fusion;
use spanlight_models::input::ContextWord;
use spanlight_models::prediction::Prediction;

use super::{Desk, card, tweet};
use crate::project::Project;
use crate::tui::message::Message;
use crate::worker::{DeviceCard, Event, ModelCard, Request};

/// A tweet with a caption, tags and knowledge, and one without anything.
pub fn tweets() -> Vec<Example> {
    let item = |text: &str, score| ContextItem { text: text.into(), score: Some(score) };
    let caption = Context {
        source: Some("BLIP2_17.txt".into()),
        model: Some("blip2".into()),
        similarity: Some(0.31),
        ..Context::new(ContextKind::Caption, "a harbour with boats in the morning sun")
    };
    let tags =
        Context { items: vec![item("red boat", 0.9), item("crane", 0.45)], ..Context::new(ContextKind::Tags, "") };
    let knowledge = Context {
        similarity: Some(0.28),
        ..Context::new(ContextKind::Knowledge, "Lisbon is a city at the mouth of the Tagus")
    };
    vec![
        Example { contexts: vec![caption, tags, knowledge], ..tweet("c1", "Lisbon harbour at dawn", &[]) },
        tweet("c2", "nothing beside this", &[]),
    ]
}

/// A screen with them, whose model reads texts.
pub fn desk() -> Desk {
    let mut desk = Desk::with(&tweets());
    ready(&mut desk, true);
    desk
}

/// A model is there, which reads texts or does not.
fn ready(desk: &mut Desk, uses_contexts: bool) {
    let device = DeviceCard { device: "cpu".into(), reason: String::new() };
    desk.hear(Event::Ready { model: ModelCard { uses_contexts, ..card(0) }, device }).asked();
}

impl Desk {
    /// The model answers about the first tweet, of whose texts it read these words and gave them these weights.
    fn read(&mut self, read: &[(usize, &str, f32)], fusion: Option<Fusion>) -> &mut Self {
        let (tweet, tokens) = (self.id(0), self.stored(0).example.tokens.len());
        let word = |(context, text, _): &(usize, &str, f32)| ContextWord {
            text: (*text).into(),
            context: *context,
            pieces: 0..1,
        };
        let weights: Vec<f32> = read.iter().map(|(.., weight)| *weight).collect();
        let maps = vec![HeadMap { weights: weights.repeat(tokens), ..HeadMap::default() }];
        let regions = Regions::Words { words: read.iter().map(word).collect() };
        let method = if fusion.is_some() { "knowledge" } else { "attention" };
        let alignment = Alignment { method, tokens, spans: Vec::new(), regions, maps };
        self.hear(Event::Predicted {
            tweet,
            version: 0,
            prediction: Prediction::default(),
            alignments: if read.is_empty() { Vec::new() } else { vec![alignment] },
            fusion,
            image_problem: None,
            elapsed: Duration::from_millis(12),
        })
    }

    fn texts(&self) -> Vec<String> {
        self.stored(0).example.contexts.into_iter().map(|context| context.text).collect()
    }

    /// Tweets that the model was asked about since the last time, with the number of their texts.
    fn predicted(&self) -> Vec<(i64, usize)> {
        let asked = self.asked().into_iter();
        let asked = asked.filter_map(|request| match request {
            Request::Predict(item) => Some((item.tweet, item.example.contexts.len())),
            _ => None,
        });
        asked.collect()
    }
}

fn fusion(similarity: f32, weight: f32) -> Fusion {
    let (threshold, change) = (0.35, vec![0.62, 0.0, 0.0, 0.0]);
    Fusion { contexts: vec![2], similarity: Some(similarity), threshold, weight, push: Vec::new(), change }
}

#[test]
fn every_text_tells_where_it_comes_from() {
    let mut desk = desk();
    let screen = desk.screen(120, 36);
    for part in [
        "Contexts",
        "1 of 3",
        "caption ≈0.31 · BLIP2_17.txt · blip2",
        "a harbour with boats in the",
        "tags",
        "red boat 0.90, crane 0.45",
        "knowledge ≈0.28",
    ] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    assert!(!screen.contains("not read"), "nobody knows yet:\n{screen}");
}

#[test]
fn words_beyond_the_budget_are_marked_as_unread() {
    let mut desk = desk();
    desk.read(&[(0, "a", 0.1), (0, "harbour", 0.3), (0, "with", 0.0)], None);
    let screen = desk.screen(200, 60);
    assert!(screen.contains("3 of 8 words read · 40%") && screen.contains("not read"), "{screen}");
    let crossed = |desk: &Desk, word: &str| desk.cell_of(word).modifier.contains(Modifier::CROSSED_OUT);
    assert!(!crossed(&desk, "harbour with") && crossed(&desk, "boats in") && crossed(&desk, "red boat"));
    assert!(desk.cell_of("harbour with").modifier.contains(Modifier::UNDERLINED | Modifier::BOLD));
}

#[test]
fn the_filter_says_what_it_did() {
    let mut desk = desk();
    desk.read(&[], Some(fusion(0.28, 0.0)));
    let screen = desk.screen(200, 60);
    assert!(screen.contains("passed over: below 0.35"), "{screen}");
    assert!(desk.cell_of("Lisbon is a").modifier.contains(Modifier::CROSSED_OUT));
    let words = tweets()[0].contexts[2].text.clone();
    let read: Vec<(usize, &str, f32)> = words.split(' ').map(|word| (2, word, 0.1)).collect();
    desk.read(&read, Some(fusion(0.41, 1.0)));
    let screen = desk.screen(200, 60);
    assert!(screen.contains("used: reaches 0.35 · moves the label here by 62%"), "{screen}");
    assert!(!desk.cell_of("Lisbon is a").modifier.contains(Modifier::CROSSED_OUT));
    desk.press("d");
    assert!(desk.screen(200, 60).contains("moves the label here by 0%"), "of the words under the cursor");
}

#[test]
fn a_model_without_an_eye_for_texts_says_so() {
    let mut desk = Desk::with(&tweets());
    ready(&mut desk, false);
    desk.read(&[], None);
    assert!(desk.screen(80, 24).contains("1 of 3 · not read by compact"));
    desk.press("W");
    assert_eq!(desk.notice(), "compact reads no texts: they change no label");
    assert!(desk.asked().iter().all(|request| !matches!(request, Request::Ablate(_))));
}

#[test]
fn the_pane_is_there_at_every_size_and_stays_when_a_tweet_has_no_text() {
    let mut desk = desk();
    assert!(!desk.screen(60, 18).contains("Contexts"));
    desk.press("\"");
    assert!(desk.screen(60, 18).contains("Edit caption"), "what is being written is seen");
    desk.press("esc");
    assert!(!desk.screen(60, 18).contains("caption"));
    desk.press("C");
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("Contexts") && screen.contains("caption"), "{width}x{height}:\n{screen}");
    }
    desk.press("C");
    assert!(!desk.screen(120, 36).contains("Contexts"));
    desk.press("C s");
    assert!(desk.screen(120, 36).contains("no text accompanies this tweet; & adds one"));
}

#[test]
fn long_texts_scroll_and_the_chosen_one_comes_into_sight() {
    let mut all = tweets();
    all[0].contexts[0].text = (0..5000).map(|word| format!("word{word}")).collect::<Vec<_>>().join(" ");
    let mut desk = Desk::with(&all);
    desk.ready();
    assert!(desk.screen(80, 24).contains("word0") && desk.screen(80, 24).contains('▼'));
    desk.press("> >");
    let screen = desk.screen(80, 24);
    assert!(!screen.contains("word0 ") && screen.contains('▲'), "{screen}");
    desk.press(".");
    assert!(desk.screen(80, 24).contains("▸tags"));
    desk.press(". .");
    assert!(desk.screen(80, 24).contains("▸caption"), "around the end");
    desk.press(",");
    assert!(desk.screen(80, 24).contains("▸knowledge"));
    desk.press("< < < < < < < <");
    desk.draw(80, 24);
}

#[test]
fn a_caption_is_written_in_its_place_and_the_model_reads_the_tweet_anew() {
    let mut desk = desk();
    desk.read(&[], None).suggest(1, &[]);
    desk.predicted();
    desk.draw(80, 24);
    desk.press("\"");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("Edit caption") && screen.contains("Enter saves"), "{screen}");
    desk.press("home").write("In Lisbon ").press("end backspace backspace backspace").write("light").press("enter");
    assert_eq!(desk.texts()[0], "In Lisbon a harbour with boats in the morning light");
    assert_eq!(desk.predicted(), [(desk.id(0), 3)]);
    assert_eq!(desk.notice(), "caption saved; the model reads the tweet anew");
    let stored = desk.stored(0).example.contexts.remove(0);
    assert_eq!((stored.similarity, stored.source.as_deref()), (None, Some(desk.app.project.who())));
    assert!(desk.screen(120, 36).contains("reading anew"));
    desk.suggest(0, &[("LOC", 0, 1, 0.9)]);
    assert_eq!(desk.app.page.as_ref().expect("page").marks.len(), 1, "labels change at once");
    desk.press("u");
    assert_eq!(desk.texts()[0], "a harbour with boats in the morning sun");
    assert_eq!(desk.predicted(), [(desk.id(0), 3)], "also when it is taken back");
    let mut desk = desk.restart(|dir| Project::open(dir).expect("project"));
    desk.press("U");
    assert!(desk.texts()[0].starts_with("In Lisbon"), "redo reaches over the restart");
}

#[test]
fn an_answer_about_the_old_text_is_asked_for_once_more() {
    let mut desk = desk();
    desk.press("_");
    assert_eq!(desk.predicted(), [], "one question at a time");
    desk.suggest(0, &[]);
    assert_eq!(desk.predicted(), [(desk.id(0), 2)]);
}

#[test]
fn texts_are_added_and_taken_away() {
    let mut desk = desk();
    desk.press("s &").write("ocr").press("enter").write("PORTO").press("enter");
    let stored = desk.stored(1).example.contexts;
    assert_eq!((stored.len(), stored[0].kind, stored[0].text.as_str()), (1, ContextKind::Ocr, "PORTO"));
    assert!(desk.screen(120, 36).contains("▸ocr"));
    desk.press("_");
    assert_eq!(desk.notice(), "ocr taken away; u brings it back");
    desk.press("_");
    assert_eq!(desk.notice(), "no text accompanies this tweet; & adds one");
    desk.press("u u");
    assert_eq!(desk.stored(1).example.contexts.len(), 0);
    desk.press("U");
    assert_eq!(desk.stored(1).example.contexts.len(), 1);
}

#[test]
fn what_says_nothing_is_not_saved_and_what_could_not_be_saved_is_not_lost() {
    let mut desk = desk();
    desk.press(". \" enter");
    assert_eq!(desk.notice(), "the text is as it was");
    assert_eq!(desk.stored(0).example.contexts[1].items.len(), 2, "a list that nobody changed stays a list");
    desk.press("& enter enter");
    assert_eq!(desk.notice(), "a text needs a word; _ takes a text away");
    desk.press("esc");
    let mut desk = desk.restart(|dir| Project::open_read_only(dir).expect("project"));
    desk.press("& enter").write("a text");
    desk.app.update(Message::Paste(" from\nelsewhere".into()));
    desk.press("enter");
    assert!(desk.notice().starts_with("not saved: "), "{}", desk.notice());
    assert!(desk.screen(120, 36).contains("a text fromelsewhere"));
}

//! Pictures of every screen at every size, and the styles that the pictures do not show.

use std::time::Duration;

use ratatui::style::Modifier;
use spanlight_models::alignment::{Alignment, HeadMap, Regions};
use spanlight_models::example::{Context, ContextKind, Span};
use spanlight_models::input::ContextWord;
use spanlight_models::prediction::{Prediction, ScoredSpan};
use spanlight_models::uncertainty::Scored;

use super::{Desk, sample, unsure};
use crate::tui::theme::{Theme, color};
use crate::worker::{Event, HeldOutScore, Phase, Progress};

const SIZES: [(u16, u16); 4] = [(60, 18), (80, 24), (120, 36), (200, 60)];

/// A session in the middle of work: labels, suggestions, a running lesson.
fn at_work() -> Desk {
    let mut tweets = sample();
    tweets[1].contexts = vec![Context::new(ContextKind::Caption, "a harbour with boats in the morning sun")];
    let mut desk = Desk::with(&tweets);
    desk.ready().press("1 space").suggest(0, &[]);
    desk.press(":").write("2").press("enter");
    desk.suggest(1, &[("LOC", 0, 1, 0.93), ("PER", 6, 8, 0.88), ("ORG", 9, 11, 0.41)]);
    let scores = [(1, 0.35), (2, 0.8), (3, 0.05)].map(|(row, score)| (desk.id(row), unsure(score)));
    desk.hear(Event::Scored { version: 0, scores: scores.to_vec() });
    desk
}

fn snapshot(name: &str, desk: &mut Desk) {
    for (width, height) in SIZES {
        let screen = desk.screen(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
    }
}

#[test]
fn annotation() {
    snapshot("annotation", &mut at_work());
}

#[test]
fn words_of_a_caption_stand_out_as_the_model_looked_at_them() {
    let mut desk = at_work();
    if let Some(card) = &mut desk.app.model.card {
        card.uses_contexts = true;
    }
    let tweet = desk.stored(1);
    let words = tweet.example.contexts[0].words();
    let words: Vec<ContextWord> =
        words.map(|text| ContextWord { text: text.to_owned(), ..ContextWord::default() }).collect();
    let looked = |word: &ContextWord| match word.text.as_str() {
        "harbour" => 0.6,
        "boats" => 0.3,
        _ => 0.02,
    };
    let weights: Vec<f32> = words.iter().map(looked).collect();
    let tokens = tweet.example.tokens.len();
    let maps = vec![HeadMap { weights: weights.repeat(tokens), ..HeadMap::default() }];
    let regions = Regions::Words { words };
    desk.hear(Event::Predicted {
        tweet: tweet.id,
        version: 0,
        prediction: Prediction::default(),
        alignments: vec![Alignment { method: "attention", tokens, spans: Vec::new(), regions, maps }],
        fusion: None,
        image_problem: None,
        elapsed: Duration::from_millis(12),
    });
    desk.screen(120, 36);
    let style = |word: &str| {
        let modifier = desk.cell_of(word).modifier;
        [Modifier::UNDERLINED, Modifier::BOLD].map(|own| modifier.contains(own))
    };
    assert_eq!(["harbour with", "boats in", "in the"].map(style), [[true, true], [true, false], [false, false]]);
}

#[test]
fn heat_map() {
    let mut desk = at_work();
    desk.press("e t");
    snapshot("heat_map", &mut desk);
}

#[test]
fn learning() {
    let mut desk = at_work();
    desk.press("L");
    for step in 0..20_usize {
        let loss = Some(1.0 / (step + 1) as f32);
        desk.hear(Event::Progress(Progress { phase: Phase::Training, done: step, total: 60, loss, eta: None }));
        desk.hear(Event::Measured { step, score: HeldOutScore { f1: 0.5 + step as f64 / 50.0, support: 120 } });
    }
    desk.press("esc");
    snapshot("learning", &mut desk);
}

#[test]
fn help() {
    let mut desk = at_work();
    desk.press("?");
    snapshot("help", &mut desk);
    desk.write("corpus");
    assert!(desk.screen(80, 24).contains("Label every occurrence in the corpus"));
    assert!(!desk.screen(80, 24).contains("Go to the next token"));
}

#[test]
fn types() {
    let mut desk = at_work();
    desk.press("=");
    snapshot("types", &mut desk);
}

#[test]
fn search() {
    let mut desk = at_work();
    desk.press("/").write("lis");
    snapshot("search", &mut desk);
}

#[test]
fn question() {
    let mut desk = at_work();
    desk.hear(Event::ModelChanged { model: super::card(1), note: "model v1 is in use".into() });
    desk.press("Z");
    snapshot("question", &mut desk);
}

#[test]
fn filter() {
    let mut desk = at_work();
    // What it finds comes when it likes, and would make two runs differ.
    desk.app.config.settings.dictionary = false;
    desk.listen();
    desk.press("; f").write("-type:PER state:");
    desk.look(|app| app.sift.found.as_ref().is_some_and(|found| found.turn == app.sift.turn));
    snapshot("filter", &mut desk);
}

#[test]
fn list() {
    let mut desk = at_work();
    let span = Span::new("PER", 0, 1);
    let suggests = Scored { spans: vec![ScoredSpan { span, probability: 0.8 }], ..unsure(0.9) };
    desk.hear(Event::Scored { version: 0, scores: vec![(desk.id(3), suggests)] });
    desk.press("; l x");
    snapshot("list", &mut desk);
}

#[test]
fn help_does_what_is_chosen() {
    let mut desk = at_work();
    desk.press("?").write("next theme").press("enter");
    assert_eq!(desk.app.theme.name, "light");
    assert!(desk.app.dialog.is_none());
}

#[test]
fn spans_have_their_colours_and_lines_in_every_theme() {
    let mut desk = at_work();
    desk.draw(120, 36);
    desk.press("Q end");
    let folder = desk.app.config.folders.themes();
    for name in Theme::names(&folder) {
        desk.app.theme = Theme::load(&folder, &name).expect("theme");
        desk.draw(120, 36);
        let theme = desk.app.theme.clone();
        let labels = desk.app.project.settings().labels.clone();
        let label = desk.cell_of("Lisbon harbour at");
        assert_eq!(label.fg, color(theme.type_color(&labels, "LOC")), "{name}");
        assert!(label.modifier.contains(Modifier::UNDERLINED | Modifier::BOLD), "{name}");
        assert_ne!(label.bg, color(theme.ui.background), "{name}");
        let suggestion = desk.cell_of("Greta Thunberg of");
        assert!(suggestion.modifier.contains(Modifier::UNDERLINED | Modifier::ITALIC), "{name}");
        assert!(!suggestion.modifier.contains(Modifier::BOLD), "{name}");
        assert_ne!(suggestion.fg, color(theme.type_color(&labels, "PER")), "{name}: suggestions are dimmer");
        let plain = desk.cell_of("harbour at dawn");
        assert_eq!((plain.fg, plain.bg), (color(theme.ui.text), color(theme.ui.background)), "{name}");
        assert!(!plain.modifier.contains(Modifier::UNDERLINED), "{name}");
    }
}

#[test]
fn the_list_tells_labels_suggestions_and_the_row_apart_in_every_theme() {
    let mut desk = at_work();
    desk.press("; l end");
    let folder = desk.app.config.folders.themes();
    for name in Theme::names(&folder) {
        desk.app.theme = Theme::load(&folder, &name).expect("theme");
        desk.draw(120, 36);
        let theme = desk.app.theme.clone();
        let labels = desk.app.project.settings().labels.clone();
        let label = desk.cell_of("Lisbon◆LOC");
        assert_eq!(label.fg, color(theme.type_color(&labels, "LOC")), "{name}");
        assert!(label.modifier.contains(Modifier::UNDERLINED), "{name}");
        let suggestion = desk.cell_of("Greta Thunberg◇PER");
        assert!(suggestion.modifier.contains(Modifier::UNDERLINED | Modifier::ITALIC), "{name}");
        let here = desk.cell_of("▸");
        assert_eq!(
            (here.bg, desk.cell_of("nothing").bg != color(theme.ui.background)),
            (color(theme.ui.background), true)
        );
    }
}

#[test]
fn cursor_and_selection_are_seen_in_every_theme() {
    let mut desk = at_work();
    desk.draw(120, 36);
    desk.press("Q home d D D");
    let folder = desk.app.config.folders.themes();
    for name in Theme::names(&folder) {
        desk.app.theme = Theme::load(&folder, &name).expect("theme");
        desk.draw(120, 36);
        let ui = desk.app.theme.ui.clone();
        assert_eq!(desk.cell_of("dawn ,").bg, color(ui.cursor), "{name}");
        assert_eq!(desk.cell_of("at dawn").bg, color(ui.selection), "{name}");
        assert_eq!(desk.cell_of("harbour at").bg, color(ui.selection), "{name}");
        assert_eq!(desk.cell_of(", says").bg, color(ui.background), "{name}");
    }
}

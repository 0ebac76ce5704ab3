//! What the texts beside a tweet do to its labels, side by side.

use ratatui::style::Modifier;
use spanlight_models::example::Span;
use spanlight_models::influence::{Ablation, LeftOut};
use spanlight_models::prediction::{Prediction, ScoredSpan};

use super::card;
use super::contexts::desk;
use crate::worker::message::task;
use crate::worker::{Event, ModelCard, Request};

fn scored(spans: &[(&str, usize, usize, f32)]) -> Prediction {
    let scored = |(label, start, end, probability): &(&str, usize, usize, f32)| ScoredSpan {
        span: Span::new(*label, *start, *end),
        probability: *probability,
    };
    Prediction { spans: spans.iter().map(scored).collect(), path_probability: 0.7, entropy: 0.1 }
}

fn ablation() -> Ablation {
    let without = |spans: &[(&str, usize, usize, f32)], change: [f32; 4]| LeftOut {
        prediction: scored(spans),
        change: change.to_vec(),
    };
    Ablation {
        whole: scored(&[("LOC", 0, 1, 0.93)]),
        without_one: vec![
            without(&[("PER", 0, 1, 0.51), ("ORG", 1, 2, 0.4)], [0.62, 0.3, 0.0, 0.0]),
            without(&[("LOC", 0, 1, 0.93)], [0.0; 4]),
            without(&[("LOC", 0, 1, 0.9)], [0.02, 0.0, 0.0, 0.0]),
        ],
        without_all: without(&[], [0.9, 0.1, 0.0, 0.0]),
    }
}

#[test]
fn labels_with_and_without_every_text_stand_side_by_side() {
    let mut desk = desk();
    desk.press("W");
    let asked = desk.asked();
    assert!(matches!(&asked[..], [Request::Ablate(item)] if item.tweet == desk.id(0)), "{asked:?}");
    assert!(desk.screen(120, 36).contains("the model reads the tweet without each of its texts"));
    desk.hear(Event::Ablated { tweet: desk.id(0), version: 0, ablation: ablation() });
    let screen = desk.screen(120, 36);
    for part in [
        "▸ without caption",
        "2 labels change · Lisbon 62%",
        "no label changes",
        "without any: the tweet alone",
        "≠ LOC 93%",
        "≠ PER 51%",
        "≠ none",
        "≠ ORG 40%",
        "moved most: Lisbon 62%, harbour 30%",
    ] {
        assert!(screen.contains(part), "`{part}` is missing:\n{screen}");
    }
    assert!(desk.cell_of("PER 51%").modifier.contains(Modifier::BOLD | Modifier::UNDERLINED));
    desk.press("down");
    let screen = desk.screen(120, 36);
    assert!(!screen.contains("≠ ") && screen.contains("no word's label moves"), "{screen}");
    desk.press("down down down");
    for (width, height) in [(60, 18), (80, 24), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("▸ without any") && screen.contains("≠ LOC 93%"), "{width}x{height}:\n{screen}");
    }
    desk.press("esc W");
    assert!(desk.asked().is_empty(), "what is known is not asked again");
    desk.press("esc _").asked();
    desk.press("W");
    assert!(matches!(&desk.asked()[..], [Request::Ablate(item)] if item.example.contexts.len() == 2));
}

#[test]
fn a_comparison_that_fails_says_why_and_is_asked_again() {
    let mut desk = desk();
    desk.press("W").asked();
    desk.hear(Event::Failed { during: task::ABLATING.into(), message: "out of memory".into() });
    assert!(desk.screen(80, 24).contains("out of memory"));
    desk.press("esc W");
    assert!(matches!(desk.asked()[..], [Request::Ablate(_)]));
    desk.hear(Event::ModelChanged {
        model: ModelCard { uses_contexts: true, ..card(1) },
        note: "version 1 is in use".into(),
    });
    assert!(desk.asked().iter().any(|request| matches!(request, Request::Ablate(_))), "the new model is asked");
    desk.press("esc s W");
    assert_eq!(desk.notice(), "no text accompanies this tweet");
}

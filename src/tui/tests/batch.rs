//! Many tweets at once.

use ratatui::style::Modifier;
use spanlight_models::example::Span;
use spanlight_models::prediction::ScoredSpan;
use spanlight_models::uncertainty::Scored;

use super::{Desk, sample, tweet, unsure};
use crate::order::QueueOrder;
use crate::project::State;
use crate::worker::Event;

/// A desk whose model suggests something for two tweets.
fn desk() -> Desk {
    let mut desk = Desk::with_settings(&sample(), |config| config.settings.order = QueueOrder::Corpus).listening();
    desk.ready();
    let suggests = |label: &str, start, end| Scored {
        spans: vec![ScoredSpan { span: Span::new(label, start, end), probability: 0.8 }],
        ..unsure(0.3)
    };
    let scores = vec![(desk.id(0), suggests("PER", 0, 2)), (desk.id(1), suggests("PER", 6, 8))];
    desk.hear(Event::Scored { version: 0, scores });
    desk
}

#[test]
fn rows_show_labels_and_suggestions_and_are_finished_one_by_one() {
    let mut desk = desk();
    desk.press("; l");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("Greta Thunberg◇PER 80%") && screen.contains("Lisbon◆LOC"), "{screen}");
    assert!(desk.cell_of("Lisbon◆").modifier.contains(Modifier::UNDERLINED), "{screen}");
    desk.press("g");
    assert_eq!((desk.labels(0), desk.stored(0).state), (vec![Span::new("PER", 0, 2)], State::Done));
    desk.press("f");
    assert_eq!((desk.labels(1).len(), desk.stored(1).state), (2, State::InProgress));
    desk.press("down S down !");
    assert_eq!((desk.stored(2).state, desk.stored(3).state), (State::Skipped, State::Flagged));
    desk.press("!");
    assert_eq!(desk.stored(3).state, State::InProgress);
    desk.press("u u");
    assert_eq!(desk.stored(3).state, State::New);
    desk.press("esc");
    assert!(desk.app.batch.is_none());
}

#[test]
fn several_rows_are_one_step_of_undo() {
    let mut desk = desk();
    desk.press("; l x x g");
    assert_eq!(
        (desk.stored(0).state, desk.stored(1).state, desk.stored(2).state),
        (State::Done, State::Done, State::New)
    );
    assert_eq!((desk.labels(0).len(), desk.labels(1).len()), (1, 2));
    assert!(desk.notice().starts_with("accept and done: 2 tweets, 2 suggestions accepted"), "{}", desk.notice());
    assert_eq!(desk.app.project.undo_depth().0, 1);
    desk.press("u");
    assert_eq!((desk.stored(0).state, desk.labels(1).len()), (State::New, 1));
    desk.press("U * esc");
    assert!(desk.app.batch.is_some(), "esc lets go of what was chosen first");
    desk.press("home x down X space");
    let states = (0..4).map(|row| desk.stored(row).state).collect::<Vec<_>>();
    assert_eq!(states, [State::Done, State::Done, State::Done, State::New]);
}

#[test]
fn a_row_opens_on_the_annotation_screen_and_rejected_suggestions_stay_away() {
    let mut desk = desk();
    desk.press("; l * R *");
    let screen = desk.screen(80, 24);
    assert!(!screen.contains("Greta Thunberg◇PER"), "{screen}");
    desk.press("f");
    assert_eq!(desk.notice(), "there is no suggestion to accept");
    desk.press("down down enter");
    assert_eq!((desk.row(), desk.app.batch.is_none()), (2, true));
    desk.press("; l d 1");
    assert!(desk.labels(3).is_empty(), "keys of types label nothing here");
}

#[test]
fn long_lists_of_odd_tweets_are_drawn_at_every_size() {
    let long = "x".repeat(500);
    let tweets: Vec<_> = (0..300)
        .map(|n| match n % 4 {
            0 => tweet(&format!("t{n}"), "👩‍👩‍👧‍👦 in 東京 with שלום #sunset ❤️", &[("LOC", 2, 3)]),
            1 => tweet(&format!("t{n}"), &long, &[("ORG", 0, 1)]),
            2 => tweet(&format!("t{n}"), &"many words in a row ".repeat(20), &[("PER", 3, 60)]),
            _ => tweet(&format!("t{n}"), &format!("short {n}"), &[]),
        })
        .collect();
    let mut desk = Desk::with_settings(&tweets, |config| config.settings.order = QueueOrder::Corpus).listening();
    desk.press("; l");
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60), (61, 19)] {
        for keys in ["end", "up up up", "home", "pagedown pagedown", "pageup"] {
            desk.press(keys);
            let screen = desk.screen(width, height);
            assert!(screen.contains('▸'), "the cursor is in sight, {width}x{height} after {keys}:\n{screen}");
        }
    }
}

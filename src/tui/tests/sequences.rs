//! Keys one after another, numbers before commands, repeating and macros.

use spanlight_models::example::Span;

use super::{Desk, tweet};
use crate::project::State;

#[test]
fn what_can_follow_is_shown_at_every_size_and_in_the_inspector() {
    let mut desk = Desk::new();
    for inspector in [false, true] {
        if inspector {
            desk.press("V");
        }
        for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
            desk.press(";");
            let screen = desk.screen(width, height);
            assert!(screen.contains("; …"), "{screen}");
            assert!(
                screen.contains("r record") && screen.contains(". repeat") && screen.contains("Esc leave"),
                "{screen}"
            );
            desk.press("esc");
            assert!(!desk.screen(width, height).contains("; …"));
        }
    }
    assert!(desk.app.inspector.is_some(), "the key that leaves the sequence leaves nothing else");
}

#[test]
fn a_key_back_leaves_the_sequence_and_deletes_nothing() {
    let mut desk = Desk::new();
    desk.press("1 ; backspace");
    assert_eq!(desk.labels(0).len(), 1);
    assert!(!desk.screen(80, 24).contains("; …"));
    desk.press("r");
    assert_eq!(desk.labels(0).len(), 0);
}

#[test]
fn a_number_says_how_often() {
    let mut desk = Desk::new();
    desk.press("; 3 d");
    assert_eq!(desk.cursor(), 3);
    desk.press("; 2 s");
    assert_eq!(desk.row(), 2);
    desk.press("; 9 9 9 9 9 9 9 w");
    assert_eq!(desk.row(), 0);
    desk.press("; 2 0");
    assert!(desk.screen(60, 18).contains("done 20 times"));
    desk.press("backspace enter");
    assert_eq!(desk.row(), 1, "a number and Enter go to the tweet");
    desk.press("; 9 enter");
    assert_eq!(desk.notice(), "there is no tweet number or id `9`");
    desk.press("; 5 esc p");
    assert_eq!(desk.labels(1).len(), 1, "the number is forgotten: {:?}", desk.labels(1));
}

#[test]
fn undo_goes_as_many_steps_back_as_there_are() {
    let mut desk = Desk::new();
    desk.press("1 d 2 d 3 ; 5 0 u");
    assert_eq!((desk.labels(0), desk.app.project.undo_depth()), (vec![], (0, 3)));
}

#[test]
fn the_last_edit_is_repeated_where_one_is() {
    let mut desk = Desk::new();
    desk.press("; .");
    assert!(desk.notice().starts_with("nothing was labelled"), "{}", desk.notice());
    desk.press("3 d d ; .");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1), Span::new("ORG", 2, 3)]);
    desk.press("; .");
    assert_eq!(desk.notice(), "`met` is ORG already");
}

#[test]
fn a_macro_does_again_what_was_recorded() {
    let tweets: Vec<_> = (0..3).map(|n| tweet(&format!("t{n}"), "one two three four", &[])).collect();
    let mut desk = Desk::with(&tweets);
    desk.press("; m");
    assert!(desk.notice().starts_with("nothing is recorded yet"), "{}", desk.notice());
    desk.press("; r D 1 end 2 s ; r");
    assert!(desk.notice().starts_with("recorded 5 commands"), "{}", desk.notice());
    assert_eq!(desk.row(), 1);
    desk.press("; m ; m");
    for row in 0..3 {
        assert_eq!(desk.labels(row), [Span::new("PER", 0, 2), Span::new("LOC", 3, 4)]);
        assert_eq!(desk.stored(row).state, State::InProgress);
    }
    desk.press("; r ; m");
    assert!(desk.app.dialog.is_none(), "a macro is never a part of itself");
}

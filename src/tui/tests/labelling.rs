//! Keys that change labels.

use spanlight_models::example::Span;

use super::Desk;
use crate::project::{Project, State};
use crate::tui::edit::Selection;

#[test]
fn a_digit_labels_the_token_under_the_cursor_and_undo_takes_it_back() {
    let mut desk = Desk::new();
    desk.press("d d d 1");
    assert_eq!(desk.labels(0), [Span::new("PER", 3, 4)]);
    assert_eq!(desk.stored(0).state, State::InProgress);
    desk.press("u");
    assert_eq!(desk.labels(0), []);
    desk.press("U");
    assert_eq!(desk.labels(0), [Span::new("PER", 3, 4)]);
    desk.press("ctrl-z ctrl-z");
    assert_eq!(desk.notice(), "there is nothing to undo");
}

#[test]
fn a_letter_labels_the_selection() {
    let mut desk = Desk::new();
    desk.press("D p");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    desk.press("end a shift-left l");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2), Span::new("LOC", 4, 6)]);
}

#[test]
fn the_four_edge_keys_start_a_selection_and_bound_it() {
    let mut desk = Desk::new();
    desk.press("d d v v c z");
    assert_eq!(desk.app.page.as_ref().and_then(|page| page.selection).map(Selection::range), Some(1..4));
    desk.press("x esc");
    assert_eq!(desk.app.page.as_ref().and_then(|page| page.selection), None);
}

#[test]
fn entities_are_bounded_and_relabelled_in_place() {
    let mut desk = Desk::new();
    desk.press("1 v");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    desk.press("v c 3");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2)]);
    desk.press("x");
    assert_eq!(desk.labels(0), [Span::new("ORG", 1, 2)]);
    desk.press("c");
    assert_eq!(desk.notice(), "there is no room to move this end");
    desk.press("u u u u u u");
    assert_eq!(desk.labels(0), []);
}

#[test]
fn a_selection_over_labels_replaces_them_and_says_so() {
    let mut desk = Desk::new();
    desk.press("1 d 2 a D D 3");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 3)]);
    assert_eq!(desk.notice(), "`Greta Thunberg met` is ORG now, in place of 2 labels");
}

#[test]
fn suggestions_are_accepted_one_by_one_or_all() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9), ("PER", 3, 4, 0.5), ("LOC", 5, 6, 0.8)]);
    assert_eq!(desk.labels(0), [], "a suggestion is no label");
    desk.press("f");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    assert_eq!(desk.cursor(), 3, "the next suggestion is under the cursor");
    desk.press("F");
    assert_eq!(desk.labels(0).len(), 3);
    desk.press("u");
    assert_eq!(desk.labels(0).len(), 1, "all at once are one step");
}

#[test]
fn accept_all_and_done_is_one_key_and_one_step() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9), ("LOC", 5, 6, 0.8)]).press("g");
    assert_eq!((desk.labels(0).len(), desk.stored(0).state), (2, State::Done));
    assert_ne!(desk.row(), 0);
    desk.press("u");
    assert_eq!((desk.labels(0).len(), desk.stored(0).state, desk.row()), (0, State::New, 0));
}

#[test]
fn a_suggestion_is_relabelled_or_bounded_into_a_label() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9), ("LOC", 5, 6, 0.8)]).press("3");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2)]);
    desk.press("e v");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2), Span::new("LOC", 5, 7)]);
}

#[test]
fn rejected_suggestions_stay_away_and_come_back_on_demand() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9), ("LOC", 5, 6, 0.8)]).press("r");
    let marks = |desk: &Desk| desk.app.page.as_ref().expect("page").marks.len();
    assert_eq!(marks(&desk), 1);
    desk.press("s w");
    desk.suggest(0, &[("PER", 0, 2, 0.95), ("LOC", 5, 6, 0.8)]);
    assert_eq!(marks(&desk), 1, "also after another answer");
    desk.press("R");
    assert_eq!(marks(&desk), 0);
    desk.press("R");
    assert_eq!(marks(&desk), 2);
    assert_eq!(desk.labels(0), []);
}

#[test]
fn a_label_that_was_deleted_does_not_return_as_a_suggestion() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9)]).press("f home r");
    assert_eq!(desk.labels(0), []);
    assert!(desk.app.page.as_ref().expect("page").marks.is_empty());
}

#[test]
fn suggestions_never_overwrite_a_persons_label() {
    let mut desk = Desk::new();
    desk.ready().press("D 3").suggest(0, &[("PER", 0, 1, 0.99), ("LOC", 5, 6, 0.8)]).press("F");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 2), Span::new("LOC", 5, 6)]);
}

#[test]
fn every_occurrence_in_the_tweet_is_labelled_where_it_is_free() {
    let mut desk = Desk::new();
    desk.press("s *");
    assert_eq!(desk.labels(1), [Span::new("LOC", 0, 1), Span::new("LOC", 9, 10)]);
    desk.press("u end D 3 home *");
    assert_eq!(desk.labels(1).len(), 3, "{:?}", desk.labels(1));
}

#[test]
fn types_are_found_by_typing() {
    let mut desk = Desk::new();
    desk.press("=").write("oth").press("enter");
    assert_eq!(desk.labels(0), [Span::new("OTHER", 0, 1)]);
    desk.press("= down down").press("enter");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1)]);
}

#[test]
fn work_goes_on_after_a_restart_where_it_ended() {
    let mut desk = Desk::new();
    desk.press("1 s s q");
    assert!(desk.app.quits());
    let mut desk = desk.restart(|dir| Project::open(dir).expect("project"));
    assert_eq!(desk.row(), 2);
    desk.press("u");
    assert_eq!((desk.labels(0), desk.row()), (vec![], 0), "undo reaches over the restart");
}

#[test]
fn an_edit_that_could_not_be_saved_is_never_shown_as_done() {
    let mut desk = Desk::new().restart(|dir| Project::open_read_only(dir).expect("project"));
    desk.press("1");
    assert!(desk.notice().starts_with("not saved: "), "{}", desk.notice());
    assert!(desk.app.page.as_ref().expect("page").marks.is_empty());
    desk.press("esc");
    assert!(desk.screen(80, 24).contains("NOT SAVED"));
    desk.press("space");
    assert_eq!(desk.row(), 0, "a tweet that is not done is not left");
}

#[test]
fn keys_on_an_empty_project_do_nothing_bad() {
    let mut desk = Desk::with(&[]);
    for key in "d a e E z x c v D A r f F g R * # space S ! w s ] [ } n N O u U L X + - t G b I J Y C . , > < _ W & \" 1 p home end up down"
        .split(' ')
    {
        desk.press(key);
    }
    let screen = desk.screen(80, 24);
    assert!(screen.contains("no tweets to label yet"), "{screen}");
}

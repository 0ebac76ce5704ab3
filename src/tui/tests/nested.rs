//! Entities within and across others: labelled, chosen among, drawn in lanes.

use spanlight_models::example::{Span, SpanStructure};

use super::{Desk, tweet};
use crate::tui::edit::Selection;

/// A desk in whose project entities may lie so to each other.
fn desk(structure: SpanStructure) -> Desk {
    let words = "Mayor of New York City met Ada at Bank of America";
    let mut desk = Desk::with(&[tweet("n1", words, &[]), tweet("n2", "New York City", &[])]);
    desk.app.project.set_structure(structure).expect("admitted");
    desk
}

fn chosen(desk: &Desk) -> Span {
    desk.app.page.as_ref().and_then(|page| page.current()).map(|mark| mark.span.clone()).expect("a mark")
}

#[test]
fn a_label_within_another_stays_beside_it() {
    let mut desk = desk(SpanStructure::Nested);
    // The whole name, then the city in it.
    desk.press("d d D D l").press("esc home d d D 3");
    assert_eq!(desk.labels(0), [Span::new("ORG", 2, 4), Span::new("LOC", 2, 5)]);
    // One that crosses gives way to, or takes the place of, what it crosses.
    desk.press("esc home d D D 1");
    assert_eq!(desk.labels(0), [Span::new("PER", 1, 4), Span::new("ORG", 2, 4)]);
    assert!(desk.notice().contains("in place of 1 label"), "{}", desk.notice());
    desk.press("u");
    assert_eq!(desk.labels(0).len(), 2, "one step of undo");
}

#[test]
fn the_cursor_chooses_among_the_entities_at_a_word() {
    let mut desk = desk(SpanStructure::Overlapping);
    desk.press("d d D D l").press("esc home d d D 3").press("esc home d d d D 1");
    let [whole, short, across] = [Span::new("LOC", 2, 5), Span::new("ORG", 2, 4), Span::new("PER", 3, 5)];
    assert_eq!(desk.labels(0), [short.clone(), whole.clone(), across.clone()]);
    // By entity: those that hold others first.
    desk.press("home e");
    assert_eq!(chosen(&desk), whole);
    desk.press("e");
    assert_eq!(chosen(&desk), short);
    desk.press("e");
    assert_eq!(chosen(&desk), across);
    desk.press("E E");
    assert_eq!(chosen(&desk), whole);
    // A word shows its shortest; the key goes to the longer ones and around.
    desk.press("home d d");
    assert_eq!(chosen(&desk), short);
    desk.press("|");
    assert_eq!(chosen(&desk), whole);
    desk.press("4");
    assert_eq!(desk.labels(0)[1], Span::new("OTHER", 2, 5), "the chosen one is relabelled in place");
    desk.press("v");
    assert_eq!(desk.labels(0)[1], Span::new("OTHER", 2, 6), "and bounded");
    desk.press("r");
    assert_eq!(desk.labels(0), [short, across], "and removed");
    desk.press("home |");
    assert_eq!(desk.notice(), "no other entity is under the cursor");
}

#[test]
fn a_selection_gives_the_same_words_a_second_type() {
    let mut desk = desk(SpanStructure::Nested);
    desk.press("1 D a A 3");
    assert_eq!(desk.app.page.as_ref().and_then(|page| page.selection).map(Selection::range), None);
    desk.press("u u u esc home 1");
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 1)]);
    desk.press("D A 3");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1), Span::new("PER", 0, 1)]);
}

#[test]
fn suggestions_within_labels_are_shown_and_accepted() {
    let mut desk = desk(SpanStructure::Nested);
    desk.ready().press("d d D D l");
    desk.suggest(0, &[("LOC", 2, 4, 0.9), ("ORG", 8, 11, 0.8), ("PER", 1, 3, 0.7)]);
    desk.press("F");
    let expected = [Span::new("LOC", 2, 4), Span::new("LOC", 2, 5), Span::new("ORG", 8, 11)];
    assert_eq!(desk.labels(0), expected, "what crosses a label is no suggestion");
    // In a flat project only what touches no label.
    let mut flat = self::desk(SpanStructure::Flat);
    flat.ready().press("d d D D l");
    flat.suggest(0, &[("LOC", 2, 4, 0.9), ("ORG", 8, 11, 0.8)]);
    flat.press("F");
    assert_eq!(flat.labels(0), [Span::new("LOC", 2, 5), Span::new("ORG", 8, 11)]);
}

#[test]
fn every_occurrence_is_labelled_also_within_others() {
    let mut desk = desk(SpanStructure::Nested);
    desk.press("d d D l").press("s D D 3").press("w home e #");
    desk.press("space enter");
    assert_eq!(desk.labels(1), [Span::new("LOC", 0, 2), Span::new("ORG", 0, 3)]);
}

#[test]
fn an_undo_does_not_bring_back_what_is_admitted_no_longer() {
    let mut desk = desk(SpanStructure::Nested);
    desk.press("d d D D l").press("esc home d d D 3").press("r");
    desk.app.project.set_structure(SpanStructure::Flat).expect("all are flat");
    desk.press("u");
    assert_eq!(desk.labels(0).len(), 1);
    assert!(desk.notice().contains("spans = \"flat\""), "{}", desk.notice());
    desk.app.project.set_structure(SpanStructure::Nested).expect("nothing is stricter");
    desk.press("u");
    assert_eq!(desk.labels(0).len(), 2);
}

#[test]
fn lanes() {
    let mut desk = desk(SpanStructure::Overlapping);
    desk.ready();
    desk.press("D D D D 1").press("esc home d d D D l").press("esc home d d D 3").press("esc end A A 3");
    desk.suggest(0, &[("LOC", 10, 11, 0.77)]);
    desk.press("home e e");
    for (width, height) in [(60, 18), (120, 36)] {
        let screen = desk.screen(width, height);
        insta::assert_snapshot!(format!("nested_{width}x{height}"), screen);
    }
}

//! Labelling every occurrence in the corpus: seen first, then one step of undo.

use spanlight_models::example::Span;

use super::{Desk, sample, tweet};

#[test]
fn every_occurrence_is_listed_with_its_context_and_labelled_as_one_step() {
    let mut desk = Desk::new();
    desk.press("D 1 #");
    assert_eq!(desk.labels(1), [Span::new("LOC", 0, 1)], "nothing is labelled before it was seen");
    for (width, height) in [(60, 18), (80, 24), (120, 36)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("Label `Greta Thunberg` PER: 1 of 1"), "{screen}");
        assert!(screen.contains("[x]") && screen.contains("says Greta Thunberg of Lisbon"), "{screen}");
    }
    desk.press("enter");
    assert_eq!(desk.labels(1).last(), Some(&Span::new("PER", 6, 8)));
    assert!(
        desk.notice().starts_with("labelled 1 occurrence of `Greta Thunberg` in 1 tweet as PER"),
        "{}",
        desk.notice()
    );
    desk.press("#");
    assert_eq!(desk.notice(), "every `Greta Thunberg` of the corpus has this label");
    desk.press("u");
    assert_eq!(desk.labels(1), [Span::new("LOC", 0, 1)]);
    assert_eq!(desk.labels(0), [Span::new("PER", 0, 2)]);
    assert_eq!(desk.row(), 1, "undo goes to where it shows");
}

#[test]
fn places_are_unticked_one_by_one_and_those_with_another_label_must_be_ticked() {
    let tweets = [
        tweet("t1", "May sings", &[]),
        tweet("t2", "in May or May", &[]),
        tweet("t3", "the Theresa May cabinet", &[("PER", 1, 3)]),
        tweet("t4", "May", &[("ORG", 0, 1)]),
    ];
    let mut desk = Desk::with(&tweets);
    desk.press("1 #");
    assert!(desk.screen(100, 30).contains("Label `May` PER: 2 of 4"));
    assert!(desk.screen(100, 30).contains("now ORG"));
    // The first of the two in the second tweet stays a month; the ORG of the last one becomes a person.
    desk.press("space down down space enter");
    assert_eq!(desk.labels(1), [Span::new("PER", 3, 4)]);
    assert_eq!(desk.labels(2), [Span::new("PER", 1, 3)], "it was not ticked");
    assert_eq!(desk.labels(3), [Span::new("PER", 0, 1)]);
    desk.press("u");
    assert_eq!((desk.labels(1), desk.labels(3)), (vec![], vec![Span::new("ORG", 0, 1)]));
}

#[test]
fn all_ticks_go_and_come_with_one_key_and_esc_changes_nothing() {
    let mut desk =
        Desk::with(&[tweet("t1", "Ann", &[]), tweet("t2", "Ann and Ann", &[]), tweet("t3", "Ann", &[("ORG", 0, 1)])]);
    desk.press("1 # a");
    assert!(desk.screen(80, 24).contains("PER: 0 of 3"));
    desk.press("enter");
    assert_eq!(desk.notice(), "nothing is ticked, so nothing is labelled");
    desk.press("# a a");
    assert!(desk.screen(80, 24).contains("PER: 2 of 3"));
    desk.press("esc");
    assert_eq!(desk.labels(1), []);
}

#[test]
fn the_places_are_told_apart_without_colours_and_in_strange_texts() {
    let mut tweets = sample();
    tweets.push(tweet("t9", "👩‍👩‍👧‍👦 \u{1b}[2J שלום Lisbon \u{202e} ❤️ 東京", &[]));
    let mut desk = Desk::with_settings(&tweets, |config| config.settings.colors = crate::config::ColorChoice::None);
    desk.press("end a 2 #");
    for (width, height) in [(60, 18), (80, 24), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("[x]") && !screen.contains('\u{1b}'), "{screen}");
    }
}

//! The history of a tweet, versions of the labels, and how the work goes.

use spanlight_models::example::Span;

use super::Desk;
use crate::project::State;
use crate::tui::dialog::Dialog;

#[test]
fn the_history_shows_what_going_back_would_change_and_goes_back() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9)]).press("f");
    desk.press("home 3 space w ; h");
    let screen = desk.screen(120, 36);
    for part in ["History of tweet a1", "import", "suggested by model v0", "label `Greta Thunberg` ORG", "done"] {
        assert!(screen.contains(part), "`{part}` in\n{screen}");
    }
    assert!(screen.contains("the tweet is like that now"), "{screen}");
    desk.press("down down");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("[Greta Thunberg] ORG becomes [Greta Thunberg] PER"), "{screen}");
    assert!(screen.contains("state: done becomes in progress"), "{screen}");
    desk.press("enter");
    assert_eq!((desk.labels(0), desk.stored(0).state), (vec![Span::new("PER", 0, 2)], State::InProgress));
    assert!(desk.notice().starts_with("back to “accept"), "{}", desk.notice());
    desk.press("u");
    assert_eq!((desk.labels(0), desk.stored(0).state), (vec![Span::new("ORG", 0, 2)], State::Done));
    desk.press("; h enter");
    assert_eq!(desk.notice(), "the tweet is like that now");
}

#[test]
fn a_version_is_made_by_its_name_and_gone_back_to_after_a_question() {
    let mut desk = Desk::new();
    desk.press("1 ; j");
    assert!(desk.screen(80, 24).contains("There is no version yet"));
    desk.write("first pass");
    assert!(desk.screen(80, 24).contains("freeze the labels of now as `first pass`"));
    desk.press("enter");
    assert_eq!(desk.notice(), "the labels of now are version `first pass`");
    desk.press("3 s 1 ; j");
    let screen = desk.screen(80, 24);
    assert!(screen.contains("first pass") && screen.contains("2 tweets edited since"), "{screen}");
    desk.press("enter");
    assert!(desk.screen(80, 24).contains("Go back to version `first pass`?"));
    desk.press("esc");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1)], "a question is no answer");
    desk.press("; j enter enter");
    assert_eq!(desk.notice(), "2 tweets as in version `first pass`");
    assert_eq!((desk.labels(0), desk.labels(1)), (vec![Span::new("PER", 0, 1)], vec![Span::new("LOC", 0, 1)]));
    desk.press("u");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1)]);
    desk.press("; j").write("now").press("enter");
    assert!(desk.notice().contains("is no name for a version"), "{}", desk.notice());
}

#[test]
fn progress_is_shown_on_the_whole_screen() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9), ("LOC", 5, 6, 0.8)]);
    desk.press("f r space");
    desk.press("; w");
    assert!(matches!(desk.app.dialog, Some(Dialog::Progress)));
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("1 tweet done with 1 label") && screen.contains("50%"), "{screen}");
    }
    desk.press("esc");
    assert!(desk.app.dialog.is_none());
}

//! The list of commands: help and palette in one.

use spanlight_models::example::Span;

use super::Desk;
use crate::tui::action::Action;
use crate::tui::command::Command;

#[test]
fn a_few_letters_find_a_command_and_it_is_done() {
    let mut desk = Desk::new();
    desk.press("ctrl-p").write("nxt thm").press("enter");
    assert_eq!(desk.app.theme.name, "light");
    desk.press("; ;").write("lab org").press("enter");
    assert_eq!(desk.labels(0), [Span::new("ORG", 0, 1)], "types are commands too");
    desk.press("ctrl-p").write("zzz");
    assert!(desk.screen(80, 24).contains("nothing does that"));
    desk.press("enter");
    assert!(desk.app.dialog.is_none());
}

#[test]
fn what_was_chosen_last_stands_first_and_only_in_the_palette() {
    let mut desk = Desk::new();
    let first = |desk: &Desk| match &desk.app.dialog {
        Some(crate::tui::dialog::Dialog::Commands(commands)) => desk.app.command_rows(commands)[0],
        _ => panic!("no list"),
    };
    desk.press("ctrl-p").write("heat map").press("enter ctrl-p").write("boxes").press("enter ctrl-p");
    assert_eq!(first(&desk), Command::Act(Action::Boxes));
    desk.press("esc ?");
    assert_eq!(first(&desk), Command::Act(Action::NextToken));
}

#[test]
fn commands_that_do_nothing_say_why_at_every_size() {
    let mut desk = Desk::new();
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        desk.press("ctrl-p").write("take back");
        let screen = desk.screen(width, height);
        assert!(screen.contains("there is nothing to undo"), "{screen}");
        desk.press("esc");
    }
    desk.press("ctrl-p").write("take back").press("enter");
    assert_eq!(desk.notice(), "there is nothing to undo");
    desk.press("1 ctrl-p").write("take back");
    assert!(!desk.screen(120, 36).contains("there is nothing to undo"));
    desk.press("enter");
    assert_eq!(desk.labels(0), []);
}

#[test]
fn in_the_inspector_nothing_that_labels_is_done() {
    let mut desk = Desk::new();
    desk.press("V ctrl-p").write("label per").press("enter");
    assert_eq!(desk.notice(), "on the annotation screen only");
    assert_eq!(desk.labels(0), []);
    desk.press("ctrl-p").write("compare").press("enter");
    assert!(desk.app.inspector.as_ref().is_some_and(|i| i.against != crate::tui::inspect::Against::Nothing));
    desk.press("esc ctrl-p").write("switch-against").press("enter");
    assert_eq!(desk.notice(), "in the inspector only");
}

#[test]
fn what_is_said_to_do_nothing_does_nothing() {
    // Nothing is labelled, learned or searched: every command that the list dims is tried by its key's way all the same.
    for row in 0..2 {
        let mut desk = Desk::new();
        for _ in 0..row {
            desk.press("s");
        }
        let idle: Vec<Action> =
            Action::ALL.iter().copied().filter(|action| desk.app.idle(Command::Act(*action)).is_some()).collect();
        assert!(idle.len() > 20, "{idle:?}");
        let before =
            (desk.labels(row), desk.stored(row).state, desk.row(), desk.cursor(), desk.app.project.undo_depth());
        for action in idle {
            desk.app.perform(Command::Act(action));
            assert!(desk.app.dialog.is_none() && desk.app.inspector.is_none(), "{action}");
            assert!(!desk.app.quits(), "{action}");
        }
        let after =
            (desk.labels(row), desk.stored(row).state, desk.row(), desk.cursor(), desk.app.project.undo_depth());
        assert_eq!(before, after);
    }
}

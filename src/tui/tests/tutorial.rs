//! The tutorial: steps are done by doing.

use super::{Desk, sample};
use crate::tui::action::Action;
use crate::tui::app::Leaving;
use crate::tui::tutorial::STEPS;
use crate::worker::Event;

fn step(desk: &Desk) -> usize {
    desk.app.tutorial.as_ref().expect("tutorial").step
}

#[test]
fn steps_are_done_by_what_became_of_the_keys() {
    let mut desk = Desk::new();
    desk.app.begin_tutorial();
    desk.press("1");
    assert_eq!(step(&desk), 0, "that was not asked");
    desk.press("u d");
    assert_eq!(step(&desk), 1);
    desk.press("1");
    assert_eq!(step(&desk), 2);
    assert!(desk.notice().starts_with("well done: label a word"), "{}", desk.notice());
    desk.press("u");
    assert_eq!(step(&desk), 3);
    desk.press("home 1");
    assert_eq!(step(&desk), 3, "one word is not several");
    desk.press("D 2");
    assert_eq!(step(&desk), 4);
    desk.press("v");
    assert_eq!(step(&desk), 5);
    desk.press("3");
    assert_eq!(step(&desk), 6);
    desk.ready().press("s").suggest(1, &[("PER", 6, 8, 0.9)]);
    desk.press("e r R");
    assert_eq!(step(&desk), 6, "rejecting is not accepting");
    desk.press("f");
    assert_eq!(step(&desk), 7);
    desk.press("space");
    assert_eq!(step(&desk), 8);
    desk.press("/").write("lisbon").press("enter esc");
    assert_eq!(step(&desk), 9);
    desk.press(":").write("1").press("enter end a 2 # esc");
    assert_eq!(step(&desk), 9, "looking at the list is not labelling");
    desk.press("# enter");
    assert_eq!(step(&desk), 10);
    desk.press("t");
    assert_eq!(step(&desk), 11);
    desk.hear(Event::ModelChanged { model: super::card(1), note: "model v1 is in use".into() });
    assert_eq!(step(&desk), 12);
    desk.press("ctrl-p esc");
    assert_eq!(step(&desk), STEPS.len());
    assert!(desk.screen(80, 24).contains("Tutorial: done"));
}

#[test]
fn every_step_is_read_whole_at_every_size() {
    let mut desk = Desk::with(&sample());
    desk.app.begin_tutorial();
    for number in 1..=STEPS.len() {
        for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
            let text = desk.app.tutorial.as_ref().expect("tutorial").text(&desk.app);
            let last = text.split_whitespace().next_back().expect("a word").to_owned();
            let screen = desk.screen(width, height);
            assert!(screen.contains(&format!("Tutorial {number} of {}", STEPS.len())), "{screen}");
            assert!(screen.contains(&last), "{width}x{height}: {last} is missing\n{screen}");
        }
        desk.press("; K");
    }
    assert!(desk.screen(60, 18).contains("Tutorial: done"));
}

#[test]
fn texts_name_keys_that_there_are() {
    let mut desk = Desk::new();
    desk.app.begin_tutorial();
    for _ in 0..=STEPS.len() {
        let text = desk.app.tutorial.as_ref().expect("tutorial").text(&desk.app);
        assert!(!text.contains(['{', '}']) && !text.contains("next-"), "{text}");
        desk.app.perform(crate::tui::command::Command::Act(Action::SkipStep));
    }
}

#[test]
fn it_is_left_and_gone_on_with() {
    let mut desk = Desk::new();
    desk.app.begin_tutorial();
    desk.press("d 1 ; k");
    assert!(desk.app.quits());
    assert_eq!(desk.app.leaving(), Leaving::Tutorial);
    let mut desk = desk.restart(|dir| crate::project::Project::open(dir).expect("project"));
    desk.app.begin_tutorial();
    assert_eq!(step(&desk), 2);
    desk.press("q");
    assert_eq!((desk.app.quits(), desk.app.leaving()), (true, Leaving::Quit));
}

//! The model learns while a person labels.

use std::time::Duration;

use super::{Desk, card};
use crate::project::State;
use crate::tui::message::Message;
use crate::worker::message::task;
use crate::worker::{Event, HeldOutScore, Outcome, Phase, Progress, Request, Verdict};

fn outcome(verdict: Verdict) -> Event {
    let score = |f1| Some(HeldOutScore { f1, support: 120 });
    Event::Finished(Outcome {
        before: score(0.801),
        after: score(0.893),
        verdict,
        steps: 60,
        corrections: 1,
        beyond_flat: 0,
        elapsed: Duration::from_secs(4),
    })
}

fn progress(done: usize) -> Event {
    let eta = Some(Duration::from_secs(7));
    Event::Progress(Progress { phase: Phase::Training, done, total: 60, loss: Some(1.0 / (done + 1) as f32), eta })
}

#[test]
fn corrections_are_sent_and_learned_once() {
    let mut desk = Desk::new();
    desk.ready().press("L");
    assert!(desk.notice().starts_with("nothing was corrected"), "{}", desk.notice());
    desk.press("1 s 1 s 1 L");
    let learn = |request| if let Request::Learn(job) = request { Some(job.corrections.len()) } else { None };
    assert_eq!(desk.asked().into_iter().filter_map(learn).collect::<Vec<_>>(), [3]);
    desk.hear(progress(1)).hear(outcome(Verdict::Accepted { version: 1 }));
    desk.hear(Event::ModelChanged { model: card(1), note: "model v1 is in use".into() });
    assert_eq!(desk.app.corrections, 0);
    desk.press("L");
    assert!(desk.notice().starts_with("nothing was corrected"), "{}", desk.notice());
}

#[test]
fn suggestions_stay_while_the_model_learns_and_are_asked_again_from_the_new_one() {
    let mut desk = Desk::new();
    desk.ready().suggest(0, &[("PER", 0, 2, 0.9)]);
    desk.press("e v").asked();
    desk.press("L").hear(progress(1)).hear(progress(2));
    desk.suggest(0, &[("PER", 0, 3, 0.9), ("LOC", 5, 6, 0.4)]);
    assert_eq!(desk.app.page.as_ref().expect("page").marks.len(), 2);
    desk.hear(outcome(Verdict::Accepted { version: 1 })).asked();
    desk.hear(Event::ModelChanged { model: card(1), note: "model v1 is in use".into() });
    assert_eq!(
        desk.app.page.as_ref().expect("page").marks.len(),
        2,
        "the old suggestions stay until the new ones come"
    );
}

#[test]
fn the_pane_tells_progress_curves_and_verdict() {
    let mut desk = Desk::new();
    desk.ready().press("1 L");
    for step in 0..30 {
        desk.hear(progress(step));
    }
    desk.hear(Event::Measured { step: 10, score: HeldOutScore { f1: 0.85, support: 120 } });
    let screen = desk.screen(120, 36);
    assert!(screen.contains("learning 29 of 60"), "{screen}");
    assert!(screen.contains("held-out F1 0.850"), "{screen}");
    desk.press("t").hear(outcome(Verdict::Accepted { version: 1 }));
    let screen = desk.screen(120, 36);
    assert!(screen.contains("0.801 → 0.893"), "{screen}");
    assert!(screen.contains("learned: model v1 is in use"), "{screen}");
}

#[test]
fn a_small_screen_has_a_line_about_the_lesson() {
    let mut desk = Desk::new();
    desk.ready().press("1 L").hear(progress(12));
    let screen = desk.screen(60, 18);
    assert!(screen.contains("learning 12 of 60"), "{screen}");
}

#[test]
fn a_worse_model_waits_for_a_word() {
    let mut desk = Desk::new();
    desk.ready().press("1 L").hear(progress(1)).hear(outcome(Verdict::Worse));
    assert!(desk.notice().contains("+ uses it all the same, - drops it"), "{}", desk.notice());
    desk.press("q");
    assert!(!desk.app.quits(), "leaving would drop the new model");
    desk.press("esc").asked();
    desk.press("+");
    assert!(matches!(desk.asked()[..], [Request::Accept]));
    desk.hear(Event::ModelChanged { model: card(1), note: "model v1 is in use".into() });
    assert_eq!((desk.app.model.candidate, desk.app.corrections), (None, 0));
    desk.press("-");
    assert_eq!(desk.notice(), "there is no new model to decide about");
}

#[test]
fn a_dropped_model_teaches_nothing() {
    let mut desk = Desk::new();
    desk.ready().press("1 L").hear(progress(1)).hear(outcome(Verdict::Unjudged)).asked();
    desk.press("-");
    assert!(matches!(desk.asked()[..], [Request::Discard]));
    assert_eq!(desk.app.corrections, 1);
}

#[test]
fn stopping_is_told_and_changes_nothing() {
    let mut desk = Desk::new();
    desk.ready().press("X");
    assert_eq!(desk.notice(), "the model is not learning");
    desk.press("1 L").hear(progress(1)).asked();
    desk.press("X");
    assert!(matches!(desk.asked()[..], [Request::Stop]));
    desk.hear(outcome(Verdict::Stopped));
    assert_eq!((desk.app.model.job.is_none(), desk.app.corrections), (true, 1));
}

#[test]
fn rolling_back_is_asked_about_and_brings_the_corrections_back() {
    let mut desk = Desk::new();
    desk.ready().press("Z");
    assert_eq!(desk.notice(), "there is no earlier model to go back to");
    desk.press("1 L").hear(progress(1)).hear(outcome(Verdict::Accepted { version: 1 }));
    desk.hear(Event::ModelChanged { model: card(1), note: "model v1 is in use".into() }).asked();
    desk.press("Z esc");
    assert!(desk.asked().is_empty());
    desk.press("Z enter");
    assert!(matches!(desk.asked()[..], [Request::RollBack]));
    desk.hear(Event::ModelChanged { model: card(0), note: "back at model v0".into() });
    assert_eq!(desk.app.corrections, 1);
}

#[test]
fn leaving_asks_only_while_the_model_learns() {
    let mut desk = Desk::new();
    desk.ready().press("1 L").hear(progress(1)).press("q");
    assert!(!desk.app.quits());
    desk.press("esc ctrl-c");
    assert!(!desk.app.quits());
    desk.press("enter");
    assert!(desk.app.quits());
    let mut other = Desk::new();
    other.press("1 q");
    assert!(other.app.quits());
}

#[test]
fn failures_are_shown_and_labelling_goes_on() {
    let mut desk = Desk::new();
    desk.ready();
    desk.hear(Event::Failed { during: task::PREDICTING.into(), message: "out of memory; use a smaller model".into() });
    assert_eq!(desk.notice(), "predicting the tweet on screen: out of memory; use a smaller model");
    let screen = desk.screen(120, 36);
    assert!(screen.contains("out of memory"), "{screen}");
    desk.press("1 space");
    assert_eq!(desk.stored(0).state, State::Done);
    desk.app.update(Message::WorkerGone);
    assert!(desk.notice().contains("labelling goes on"));
    desk.press("1");
    assert_eq!(desk.labels(desk.row()).len(), 1);
}

#[test]
fn a_lesson_that_breaks_off_is_over_and_the_waiting_one_begins() {
    let mut desk = Desk::new();
    desk.ready().press("1 L").hear(progress(1)).press("s 1 L");
    desk.hear(Event::Failed { during: task::PREDICTING.into(), message: "no".into() });
    assert!(desk.app.model.job.is_some(), "a prediction that failed does not end the lesson");
    desk.hear(Event::Failed { during: task::LEARNING.into(), message: "out of memory".into() });
    assert!(desk.app.model.job.as_ref().is_some_and(|job| job.progress.is_none()));
    desk.hear(Event::Failed { during: task::LEARNING.into(), message: "out of memory".into() });
    assert!(desk.app.model.job.is_none());
    assert_eq!(desk.notice(), "learning from corrections: out of memory");
}

#[test]
fn a_model_that_cannot_be_loaded_is_told_with_its_reason() {
    let mut desk = Desk::new();
    desk.hear(Event::Failed { during: "loading the model".into(), message: "no such checkpoint".into() });
    desk.app.update(Message::WorkerGone);
    assert_eq!(desk.notice(), "loading the model: no such checkpoint; labelling goes on without suggestions");
    desk.press("s L");
    assert_eq!(desk.notice(), "the model is not there");
    assert!(desk.screen(120, 36).contains("the model's thread has ended"));
}

//! Filters, orders and views on the screen.

use spanlight_models::example::Example;

use super::{Desk, text_of, tweet, unsure};
use crate::order::QueueOrder;
use crate::project::State;
use crate::worker::{Event, Request};

fn many() -> Vec<Example> {
    let names = ["Lisbon", "Porto", "Faro"];
    (0..12)
        .map(|n| {
            let city = names[n % 3];
            let spans: &[(&str, usize, usize)] = if n % 2 == 0 { &[("LOC", 1, 2)] } else { &[] };
            tweet(&format!("t{n}"), &format!("w{n} {city} x{n} y{n} z{n}"), spans)
        })
        .collect()
}

#[test]
fn movement_stays_inside_the_filter() {
    let mut desk = Desk::with(&many()).listening();
    desk.sift("lisbon");
    assert_eq!(desk.app.rows(), Some(&[0, 3, 6, 9][..]));
    assert!(desk.notice().starts_with("4 tweets of 12"), "{}", desk.notice());
    desk.press("s s");
    assert_eq!(desk.row(), 6);
    desk.press("w");
    assert_eq!(desk.row(), 3);
    desk.press(":").write("4").press("enter");
    assert_eq!(desk.row(), 9);
    desk.press("s");
    assert_eq!((desk.row(), desk.notice().as_str()), (9, "this is the last tweet of the filter"));
    desk.press(":").write("t1").press("enter");
    assert_eq!((desk.row(), desk.notice().contains("not in the filter")), (9, true));
    desk.press("]");
    assert_eq!(desk.row(), 0, "around the end of the filter");
    desk.press("[");
    assert_eq!(desk.row(), 9);
    let ids = [3, 4, 6].map(|row| (desk.id(row), unsure(row as f32 / 10.0)));
    desk.ready().hear(Event::Scored { version: 0, scores: ids.to_vec() });
    desk.press("}");
    assert_eq!(desk.row(), 6);
    desk.press("space");
    assert_eq!(desk.row(), 3, "the least sure tweet that fits");
    desk.press("/").write("porto").press("enter");
    assert_eq!(desk.notice(), "`porto` is in no tweet of the filter");
    desk.press("ctrl-f s");
    assert_eq!((desk.row(), desk.app.rows().is_none()), (4, true));
}

#[test]
fn a_tweet_leaves_the_filter_when_it_no_longer_fits() {
    let mut desk = Desk::with_settings(&many(), |config| config.settings.order = QueueOrder::Corpus).listening();
    desk.sift("type:LOC state:new,seen");
    assert_eq!(desk.app.rows().map(<[usize]>::len), Some(6));
    desk.press("space");
    assert_eq!((desk.row(), desk.stored(0).state), (2, State::Done));
    desk.look(|app| app.rows().is_some_and(|rows| rows.len() == 5));
    desk.press("u").look(|app| app.rows().is_some_and(|rows| rows.len() == 6));
    assert_eq!(desk.app.rows().and_then(|rows| rows.first().copied()), Some(0));
    desk.press("right");
    let mut all = 0;
    while desk.notice().is_empty() && all < 20 {
        desk.press("space");
        all += 1;
    }
    assert!(desk.notice().starts_with("every tweet of the filter is done"), "{}", desk.notice());
    assert_eq!(all, 6);
}

#[test]
fn the_line_counts_while_it_is_written_completes_and_explains_mistakes() {
    let mut desk = Desk::with(&many()).listening();
    desk.press("; f").write("-ty").press("tab").look(|app| app.sift.found.is_some());
    let screen = desk.screen(100, 30);
    assert!(screen.contains("filter: -type:") && screen.contains("type:LOC"), "{screen}");
    desk.press("down");
    desk.look(|app| app.sift.found.as_ref().is_some_and(|found| found.turn == app.sift.turn));
    let screen = desk.screen(100, 30);
    let line = screen.lines().find(|line| line.contains("type:LOC")).expect("the type").to_owned();
    assert!(line.contains(" 6"), "six tweets have a LOC: {line}");
    desk.press("tab").look(|app| app.sift.found.as_ref().is_some_and(|found| found.turn == app.sift.turn));
    assert!(desk.screen(100, 30).contains("6 tweets of 12"), "{}", desk.screen(100, 30));
    desk.write("stat:x");
    let screen = desk.screen(60, 18);
    assert!(screen.contains("is `state` meant?") && screen.contains("^^^^"), "{screen}");
    desk.press("enter");
    assert!(desk.app.dialog.is_some(), "what is no filter is not used");
    desk.press("esc");
    assert!(desk.app.rows().is_none());
    desk.sift("nowhere");
    assert!(desk.app.rows().is_none() && desk.notice().starts_with("no tweet fits"), "{}", desk.notice());
}

#[test]
fn the_filter_is_seen_at_every_size() {
    let mut desk = Desk::with(&many()).listening();
    desk.sift("lisbon len:5");
    desk.press("right");
    for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let screen = desk.screen(width, height);
        assert!(screen.contains("▽ lisbon len:5"), "{width}x{height}:\n{screen}");
        assert!(screen.contains("of 4"), "{width}x{height}:\n{screen}");
    }
    let buffer = desk.draw(120, 36).clone();
    assert!(!text_of(&buffer).contains("Porto"), "the queue lists what fits");
}

#[test]
fn an_order_is_chosen_from_a_list_and_remembered_by_the_project() {
    let mut desk = Desk::with(&many()).listening();
    desk.ready().suggest(0, &[]);
    desk.asked();
    desk.press("; o").write("closest").press("enter");
    assert_eq!(desk.app.course.plan.order, QueueOrder::Margin);
    assert!(desk.notice().contains("and 10 % random"), "{}", desk.notice());
    assert!(desk.press("right").screen(120, 36).contains("next: closest call + 10 % random"));
    desk.press("; o").write("models").press("enter");
    desk.hear(Event::Scored { version: 0, scores: Vec::new() });
    let compared = desk.asked().iter().any(|request| matches!(request, Request::Compare(_)));
    assert!(compared, "the other model is asked too");
    let desk = desk.restart(|dir| crate::project::Project::open(dir).expect("opened"));
    assert_eq!(desk.app.course.plan.order, QueueOrder::Models);
}

#[test]
fn done_tweets_that_the_model_contradicts_are_reviewed_once() {
    let mut desk = Desk::with(&many()).listening();
    desk.ready().press("space space");
    let (first, second) = (desk.id(0), desk.id(1));
    desk.press("; o").write("against").press("enter");
    desk.hear(Event::Scored { version: 0, scores: vec![(first, unsure(0.1)), (second, unsure(0.1))] });
    desk.press(":").write("2").press("enter space");
    assert_eq!(desk.row(), 0, "the model sees no LOC there; the other one it confirms");
    desk.press("space");
    assert_eq!(desk.notice(), "the model contradicts no other done tweet");
}

#[test]
fn views_are_saved_under_a_name_and_used() {
    let mut desk = Desk::with(&many()).listening();
    desk.sift("porto");
    desk.press("; v").write("ports").press("enter");
    assert!(desk.notice().starts_with("saved `porto`"), "{}", desk.notice());
    desk.press("ctrl-f ; o").write("corpus").press("enter ; v enter").look(|app| app.rows().is_some());
    assert_eq!(desk.app.rows(), Some(&[1, 4, 7, 10][..]));
    assert_eq!(desk.app.course.plan.order, QueueOrder::Uncertain, "the view has its own order");
    assert!(desk.screen(120, 36).contains("▽ ports"));
    desk.press("; v");
    let screen = desk.screen(60, 18);
    assert!(screen.contains("ports") && screen.contains("porto"), "{screen}");
    desk.press("ctrl-d");
    assert!(desk.screen(60, 18).contains("none yet"));
    assert!(desk.app.project.views().expect("read").is_empty());
}

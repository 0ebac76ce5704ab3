//! Going through the queue.

use super::{Desk, sample, tweet, unsure};
use crate::config::QueueOrder;
use crate::project::State;
use crate::tui::message::Message;
use crate::worker::{Event, Request};

#[test]
fn done_goes_to_the_tweet_that_the_model_is_least_sure_of() {
    let mut desk = Desk::new().listening();
    desk.ready();
    let scores = [(1, 0.2), (2, 0.9), (3, 0.4)].map(|(row, score)| (desk.id(row), unsure(score)));
    desk.hear(Event::Scored { version: 0, scores: scores.to_vec() });
    desk.press("space");
    assert_eq!((desk.row(), desk.stored(0).state), (2, State::Done));
    desk.press("enter");
    assert_eq!(desk.row(), 3);
    desk.press("w w }");
    assert_eq!(desk.row(), 3);
}

#[test]
fn in_the_order_of_the_corpus_done_goes_to_the_following_tweet() {
    let mut desk = Desk::with_settings(&sample(), |config| config.settings.order = QueueOrder::Corpus);
    desk.press("space S");
    assert_eq!(desk.row(), 2);
    assert_eq!((desk.stored(0).state, desk.stored(1).state), (State::Done, State::Skipped));
    desk.press("w w w ]");
    assert_eq!(desk.row(), 2, "done and skipped tweets are passed over");
    desk.press("space space");
    assert_eq!(desk.notice(), "every tweet is done or skipped");
}

#[test]
fn scores_of_an_old_model_do_not_count() {
    let mut desk = Desk::new().listening();
    desk.ready();
    let id = desk.id(2);
    desk.hear(Event::Scored { version: 7, scores: vec![(id, unsure(0.9))] });
    assert_eq!(desk.app.project.queue()[2].uncertainty(), None);
}

#[test]
fn flags_are_set_and_taken_away() {
    let mut desk = Desk::new().listening();
    desk.press("! esc");
    assert_eq!(desk.stored(0).state, State::New);
    desk.press("! enter");
    assert_eq!((desk.stored(0).state, desk.row()), (State::Flagged, 0));
    desk.press("!");
    assert_eq!(desk.stored(0).state, State::InProgress);
    desk.press("!").write("which Lisbon").press("enter");
    assert_eq!((desk.stored(0).state, desk.stored(0).note.as_deref()), (State::Flagged, Some("which Lisbon")));
    desk.press("!");
    assert_eq!(desk.stored(0).note, None, "the reason goes with the flag");
    desk.press("u");
    assert_eq!(desk.stored(0).note.as_deref(), Some("which Lisbon"));
}

#[test]
fn jumping_takes_a_number_or_an_id() {
    let mut desk = Desk::new().listening();
    desk.press(":").write("3").press("enter");
    assert_eq!(desk.row(), 2);
    desk.press(":").write("a2").press("enter");
    assert_eq!(desk.row(), 1);
    desk.press(":").write("id:a4").press("enter");
    assert_eq!(desk.row(), 3);
    desk.press(":").write("a2").press("enter");
    desk.press(":").write("../../etc/passwd").press("enter");
    assert_eq!(desk.notice(), "there is no tweet number or id `../../etc/passwd`");
    assert_eq!(desk.row(), 1);
    desk.press(":").write("99").press("enter");
    assert!(desk.notice().starts_with("there is no tweet"));
}

#[test]
fn searching_goes_around_and_puts_the_cursor_on_the_word() {
    let mut desk = Desk::new().listening();
    desk.press("/").write("lisbon").press("enter");
    assert_eq!((desk.row(), desk.cursor()), (0, 5));
    assert_eq!(desk.notice(), "match 1 of 2 for `lisbon`");
    desk.press("n");
    assert_eq!((desk.row(), desk.cursor()), (1, 0));
    desk.press("n");
    assert_eq!(desk.row(), 0);
    desk.press("N");
    assert_eq!(desk.row(), 1);
    desk.press("/").write("no such words").press("enter");
    assert_eq!(desk.notice(), "`no such words` is in no tweet");
    desk.press("n");
    assert_eq!(desk.notice(), "nothing was searched yet");
}

#[test]
fn a_tweet_counts_as_seen_only_when_it_stayed() {
    let mut desk = Desk::new().listening();
    desk.press("s s");
    assert_eq!(desk.stored(1).state, State::Seen, "the visit is noted when one leaves");
    assert_eq!(desk.stored(2).state, State::New);
    assert!(desk.app.sleep().is_some());
    std::thread::sleep(std::time::Duration::from_millis(450));
    desk.app.update(Message::Tick);
    assert_eq!(desk.stored(2).state, State::Seen);
    assert_eq!(desk.app.project.position(), Some(desk.id(2)));
    let rest = desk.app.sleep().expect("the store's log waits for a longer rest");
    std::thread::sleep(rest);
    desk.app.update(Message::Tick);
    assert_eq!((desk.app.sleep(), desk.app.project.unsettled()), (None, false));
}

#[test]
fn the_model_is_asked_about_one_tweet_at_a_time_and_then_the_next() {
    let mut desk = Desk::new().listening();
    desk.ready();
    let asked = desk.asked();
    assert!(matches!(&asked[..], [Request::Predict(item)] if item.tweet == desk.id(0)), "{asked:?}");
    desk.press("s s");
    assert!(desk.asked().is_empty(), "the answer is still awaited");
    desk.suggest(0, &[("PER", 0, 2, 0.9)]);
    assert!(desk.app.page.as_ref().expect("page").marks.is_empty(), "the answer is for another tweet");
    let asked = desk.asked();
    assert!(matches!(&asked[..], [Request::Predict(item)] if item.tweet == desk.id(2)), "{asked:?}");
    desk.suggest(2, &[]);
    let asked = desk.asked();
    assert!(matches!(&asked[..], [Request::Predict(_), Request::Score(_)]), "{asked:?}");
    desk.press("w w");
    assert_eq!(desk.app.page.as_ref().expect("page").marks.len(), 1, "the answer was kept");
}

#[test]
fn scores_are_asked_in_small_batches() {
    let tweets: Vec<_> = (0..50).map(|i| tweet(&format!("t{i}"), "one two", &[])).collect();
    let mut desk = Desk::with(&tweets);
    desk.ready().suggest(0, &[]);
    let scored = |desk: &Desk| -> Vec<usize> {
        desk.asked()
            .into_iter()
            .filter_map(|r| if let Request::Score(items) = r { Some(items.len()) } else { None })
            .collect()
    };
    assert_eq!(scored(&desk), [16]);
    desk.hear(Event::Scored { version: 0, scores: Vec::new() });
    assert_eq!(scored(&desk), [16]);
}

//! Names that were labelled before, offered where they stand without a label.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use spanlight_models::example::Span;

use super::{Desk, tweet};
use crate::tui::edit::{Mark, Origin};
use crate::tui::message::Message;

fn names() -> Vec<spanlight_models::example::Example> {
    vec![
        tweet("n1", "Ada Lovelace wrote", &[]),
        tweet("n2", "so did Ada Lovelace and Ada", &[]),
        tweet("n3", "Ada Lovelace again", &[]),
        tweet("n4", "nobody here", &[]),
    ]
}

struct Reader {
    desk: Desk,
    told: Receiver<Message>,
}

impl Reader {
    fn new() -> Self {
        let mut desk = Desk::with(&names());
        let (messages, told) = channel();
        desk.app.report_to(messages);
        Self { desk, told }
    }

    /// Presses keys and waits for what the thread says about the tweet that is open then.
    fn press(&mut self, keys: &str) -> &mut Self {
        self.desk.press(keys);
        let first = self.told.recv_timeout(Duration::from_secs(20)).expect("an answer");
        self.desk.app.update(first);
        while let Ok(more) = self.told.recv_timeout(Duration::from_millis(150)) {
            self.desk.app.update(more);
        }
        self
    }

    fn marks(&self) -> Vec<Mark> {
        self.desk.app.page.as_ref().expect("page").marks.clone()
    }

    fn known(&self) -> Vec<(Span, u32, u32)> {
        let known = |mark: Mark| match mark.origin {
            Origin::Dictionary { count, of, .. } => Some((mark.span, count, of)),
            _ => None,
        };
        self.marks().into_iter().filter_map(known).collect()
    }
}

#[test]
fn a_name_that_was_labelled_is_offered_elsewhere_and_accepted_by_the_same_key() {
    let mut reader = Reader::new();
    reader.press("D 1").press("s");
    assert_eq!(reader.known(), [(Span::new("PER", 2, 4), 1, 1)]);
    let screen = reader.desk.screen(80, 24);
    assert!(screen.contains("◈PER 1/1") && screen.contains("labelled 1 of 1"), "{screen}");
    reader.press("f");
    assert_eq!(reader.desk.labels(1), [Span::new("PER", 2, 4)]);
    reader.press("s");
    assert_eq!(reader.known(), [(Span::new("PER", 0, 2), 2, 2)]);
    reader.press("; 9 u");
    assert_eq!(reader.known(), [], "what is taken back is not known any more");
}

#[test]
fn what_the_model_says_stands_behind_what_people_said() {
    let mut reader = Reader::new();
    reader.press("D 1").press("s");
    reader.desk.ready().suggest(1, &[("ORG", 2, 4, 0.9), ("PER", 5, 6, 0.6)]);
    let origins: Vec<_> = reader.marks().iter().map(|mark| (mark.span.clone(), mark.is_label())).collect();
    assert_eq!(origins, [(Span::new("PER", 2, 4), false), (Span::new("PER", 5, 6), false)]);
    assert!(matches!(reader.marks()[0].origin, Origin::Dictionary { .. }));
    assert!(matches!(reader.marks()[1].origin, Origin::Suggestion { .. }));
}

#[test]
fn what_is_turned_down_is_not_offered_again_and_speaks_against_the_name() {
    let mut reader = Reader::new();
    reader.press("D 1").press("s");
    reader.desk.press("e r");
    assert_eq!(reader.known(), []);
    reader.press("s");
    assert_eq!(reader.known(), [(Span::new("PER", 0, 2), 1, 2)]);
    reader.press("w");
    assert_eq!(reader.known(), [], "nor when one comes back");
    reader.desk.press("R");
    assert_eq!(reader.known().len(), 1);
}

#[test]
fn in_a_tweet_that_is_done_nothing_is_offered() {
    let mut reader = Reader::new();
    reader.press("D 1").press("s");
    assert_eq!(reader.known().len(), 1);
    reader.press("space");
    reader.desk.press(": 2 enter");
    assert_eq!((reader.desk.row(), reader.known()), (1, vec![]));
    // The place in the finished tweet speaks against the name.
    reader.press("s");
    assert_eq!(reader.known(), [(Span::new("PER", 0, 2), 1, 2)]);
}

#[test]
fn the_settings_turn_it_off() {
    let mut desk = Desk::with_settings(&names(), |config| config.settings.dictionary = false);
    let (messages, told) = channel();
    desk.app.report_to(messages);
    desk.press("D 1 s");
    assert!(told.recv_timeout(Duration::from_millis(200)).is_err());
    assert!(desk.app.page.as_ref().expect("page").marks.is_empty());
}

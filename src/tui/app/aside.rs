//! Work that takes a while, done beside the screen.

use std::thread;

use super::App;
use crate::tui::message::Message;
use crate::tui::theme::Tone;

impl App {
    /// Does some work in a thread of its own; what comes of it is told as a message.
    ///
    /// Where nobody listens, as in a test, it is done at once.
    pub(super) fn aside(&mut self, name: &str, work: impl FnOnce() -> Message + Send + 'static) {
        let Some(reports) = self.reports.clone() else {
            return self.update(work());
        };
        let started = thread::Builder::new().name(name.to_owned()).spawn(move || drop(reports.send(work())));
        if let Err(error) = started {
            self.say(Tone::Bad, format!("a thread cannot be started: {error}"));
        }
    }
}

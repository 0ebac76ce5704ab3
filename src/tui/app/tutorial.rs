//! The tutorial: begun, left and gone on with.

use super::App;
use crate::tui::action::Action;
use crate::tui::theme::Tone;
use crate::tui::tutorial::{STEPS, Tutorial};

/// Why the screen was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// To end the program.
    #[default]
    Quit,
    /// For the tutorial, which has a project of its own; or, from there, for what one came from.
    Tutorial,
}

impl App {
    /// Makes this screen the tutorial's, which works on the open project.
    pub fn begin_tutorial(&mut self) {
        self.tutorial = Some(Tutorial::resume(self));
        self.dirty = true;
    }

    /// Says once that there is a tutorial.
    pub fn offer_tutorial(&mut self) {
        let key = self.key_of(Action::Tutorial);
        self.say(Tone::Good, format!("new here? {key} starts a tutorial of ten minutes on tweets of its own"));
    }

    /// Why the screen is left.
    pub fn leaving(&self) -> Leaving {
        self.leaving
    }

    /// Leaves for the tutorial, or leaves the tutorial.
    pub(super) fn switch_tutorial(&mut self) {
        self.leaving = Leaving::Tutorial;
        self.leave();
    }

    /// Passes the current step over.
    pub(super) fn skip_step(&mut self) {
        if let Some(mut tutorial) = self.tutorial.take() {
            tutorial.next(self);
            self.tutorial = Some(tutorial);
        } else {
            let key = self.key_of(Action::Tutorial);
            self.say(Tone::Plain, format!("the tutorial is not open; {key} opens it"));
        }
    }

    /// Looks whether a step of the tutorial is done.
    pub(super) fn observe_tutorial(&mut self) {
        let Some(mut tutorial) = self.tutorial.take() else { return };
        let title = tutorial.current().map(|step| step.title);
        if tutorial.observe(self) {
            self.dirty = true;
            let last = tutorial.step == STEPS.len();
            let rest = if last { "that was the last one" } else { "the next step is below" };
            // What a key says itself is not talked over where it matters.
            if self.notice.as_ref().is_none_or(|notice| matches!(notice.tone, Tone::Plain | Tone::Good)) {
                self.say(Tone::Good, format!("well done: {}; {rest}", title.unwrap_or_default()));
            }
        }
        self.tutorial = Some(tutorial);
    }

    /// A text with the keys of the actions that it names in braces.
    pub(in crate::tui) fn with_keys(&self, text: &str) -> String {
        let mut told = String::with_capacity(text.len());
        for (index, part) in text.split(['{', '}']).enumerate() {
            match Action::named(part).filter(|_| index % 2 == 1) {
                Some(action) => told.push_str(&self.key_of(action)),
                None => told.push_str(part),
            }
        }
        told
    }
}

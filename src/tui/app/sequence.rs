//! Keys pressed one after another, and numbers that say how often.

use crossterm::event::KeyCode;

use super::App;
use crate::tui::action::{Action, Context};
use crate::tui::chord::shown;
use crate::tui::command::Command;
use crate::tui::key::Key;
use crate::tui::keymap::Meaning;
use crate::tui::theme::Tone;

/// The largest number that is typed.
const LARGEST: usize = 9_999_999;

/// What became of a key.
enum Pressed {
    /// It completes the keys of an action.
    Action(Action),
    /// It belongs to a sequence that has not ended, or that leads nowhere.
    Waits,
    /// It is no action's key.
    Unbound,
}

impl App {
    /// A key went down where no dialog is open.
    pub(super) fn pressed_on_screen(&mut self, key: Key) {
        let screen = self.screen();
        if screen.is_none()
            && let Some(action) = self.adjudicating_action(key)
        {
            return self.act(action);
        }
        let pressed = match screen {
            // The own keys of these screens are single ones.
            Some(screen) if self.pending.is_empty() && self.times.is_none() => {
                let own = self.keymap.action(screen, key).map(Pressed::Action);
                own.unwrap_or_else(|| self.continued(key))
            }
            _ => self.continued(key),
        };
        let command = match pressed {
            Pressed::Action(action) => Some(Command::Act(action)),
            Pressed::Waits => return,
            Pressed::Unbound if screen == Some(Context::Gallery) => {
                if let Some(number) = key.typed().and_then(|typed| typed.to_digit(10)) {
                    self.go_to_image(number as usize);
                }
                None
            }
            Pressed::Unbound if screen.is_some() => None,
            Pressed::Unbound => key.typed().and_then(|typed| self.type_keys.index_of(typed)).map(Command::Label),
        };
        let times = self.times.take();
        self.dirty |= times.is_some();
        match (command, times) {
            (Some(command), times) => self.perform_times(command, times.unwrap_or(1)),
            (None, Some(times)) => {
                self.say(Tone::Plain, format!("{key} does nothing, so it is not done {times} times"));
            }
            (None, None) => {}
        }
    }

    /// Where keys have meanings of their own, before those of the annotation screen.
    pub(super) fn screen(&self) -> Option<Context> {
        let gallery = self.gallery.as_ref().map(|_| Context::Gallery);
        let inspector = self.inspector.as_ref().map(|_| Context::Inspect);
        gallery.or(inspector).or_else(|| self.batch.as_ref().map(|_| Context::List))
    }

    /// Takes a key as the next of a sequence, of which [`App::pending`] has the others.
    fn continued(&mut self, key: Key) -> Pressed {
        if self.numbered(key) || self.stepped_back(key) {
            self.dirty = true;
            return Pressed::Waits;
        }
        let begun = !self.pending.is_empty();
        self.pending.push(key);
        match self.keymap.meaning(Context::Annotate, &self.pending) {
            Meaning::Action(action) => {
                self.pending.clear();
                self.dirty |= begun;
                Pressed::Action(action)
            }
            Meaning::Beginning => {
                self.dirty = true;
                Pressed::Waits
            }
            Meaning::Nothing => {
                let keys = shown(&std::mem::take(&mut self.pending));
                if !begun {
                    return Pressed::Unbound;
                }
                // A slip within a sequence labels nothing.
                self.times = None;
                self.dirty = true;
                if self.keymap.action(Context::Annotate, key) != Some(Action::Clear) {
                    self.say(Tone::Plain, format!("{keys} does nothing"));
                }
                Pressed::Waits
            }
        }
    }

    /// Takes a key as a part of a number, or as what ends it without a command.
    fn numbered(&mut self, key: Key) -> bool {
        let digit = key.typed().and_then(|typed| typed.to_digit(10)).map(|digit| digit as usize);
        match (self.times, digit) {
            (None, Some(digit)) if self.pending.len() == 1 && digit > 0 && !self.goes_on_with(key) => {
                self.pending.clear();
                self.times = Some(digit);
            }
            (Some(times), Some(digit)) if self.pending.is_empty() => {
                self.times = Some((times * 10 + digit).min(LARGEST));
            }
            (Some(times), None) if self.pending.is_empty() => {
                if key.is(KeyCode::Backspace) {
                    self.times = Some(times / 10).filter(|times| *times > 0);
                } else if self.keymap.action(Context::Dialog, key) == Some(Action::DialogAccept) {
                    self.times = None;
                    self.jump(&times.to_string());
                } else if self.keymap.action(Context::Annotate, key) == Some(Action::Clear) {
                    self.times = None;
                } else {
                    return false;
                }
            }
            _ => return false,
        }
        true
    }

    /// Takes the last key of a sequence back, where the key for that is not a part of one.
    fn stepped_back(&mut self, key: Key) -> bool {
        key.is(KeyCode::Backspace)
            && !self.pending.is_empty()
            && !self.goes_on_with(key)
            && self.pending.pop().is_some()
    }

    /// Whether the sequence that was begun has a meaning with `key` as its next one.
    fn goes_on_with(&self, key: Key) -> bool {
        let keys: Vec<Key> = self.pending.iter().copied().chain([key]).collect();
        self.keymap.meaning(Context::Annotate, &keys) != Meaning::Nothing
    }

    /// Leaves a sequence that was begun.
    pub(super) fn leave_sequence(&mut self) {
        self.pending.clear();
        self.times = None;
    }
}

//! Going through suspicious labels, one by one.

use super::App;
use super::edits::quoted;
use crate::project::{Change, ProjectError};
use crate::tui::action::Action;
use crate::tui::edit::{assign, remove};
use crate::tui::suspects::{Suspect, Walk};
use crate::tui::theme::Tone;

impl App {
    /// Begins with the most suspicious label, or leaves the list.
    pub(super) fn walk_suspects(&mut self) {
        if self.suspects.take().is_some() {
            return;
        }
        match Walk::read(self.project.dir()) {
            Ok(Some(walk)) => {
                self.suspects = Some(walk);
                match self.open_suspect_from(0, 1) {
                    Ok(true) => {}
                    Ok(false) => {
                        self.suspects = None;
                        self.say(Tone::Good, "no suspicious label is left; `spanlight suspects` looks again");
                    }
                    Err(error) => self.say(Tone::Bad, error.to_string()),
                }
            }
            Ok(None) => {
                self.say(Tone::Plain, "no list of suspicious labels yet: `spanlight suspects --project DIR` makes one");
            }
            Err(problem) => self.say(Tone::Bad, problem),
        }
    }

    /// Does what an action means in the list; whether it means anything there.
    pub(super) fn act_on_suspects(&mut self, action: Action) -> bool {
        if self.suspects.is_none() {
            return false;
        }
        match action {
            Action::Accept => self.accept_suspect(),
            Action::Done => self.keep_suspect(),
            Action::NextTweet => self.step_suspect(1),
            Action::PreviousTweet => self.step_suspect(-1),
            Action::Clear if self.page.as_ref().is_none_or(|page| page.selection.is_none()) => {
                self.suspects = None;
                self.say(Tone::Plain, "left the list; what was not answered stays in it");
            }
            _ => return false,
        }
        true
    }

    /// Opens the first suspect from a place on that is still a question; whether there is one.
    fn open_suspect_from(&mut self, from: usize, step: isize) -> Result<bool, ProjectError> {
        let Some(walk) = &self.suspects else { return Ok(false) };
        let count = walk.suspects.len();
        let places: Vec<usize> = if step > 0 {
            (from..count).chain(0..from.min(count)).collect()
        } else {
            (0..from.min(count)).rev().collect()
        };
        for at in places {
            let suspect = walk.suspects[at].clone();
            if self.project.index_of(suspect.tweet).is_some() && self.is_open_suspect(&suspect)? {
                self.open_suspect(at, &suspect);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_open_suspect(&self, suspect: &Suspect) -> Result<bool, ProjectError> {
        let labels = self.project.tweet(suspect.tweet)?.example.spans;
        Ok(suspect.is_open(&labels, &self.project.dismissed(suspect.tweet)?))
    }

    fn open_suspect(&mut self, at: usize, suspect: &Suspect) {
        if let Some(walk) = &mut self.suspects {
            walk.at = at;
        }
        if self.page.as_ref().is_none_or(|page| page.tweet.id != suspect.tweet) {
            self.open(suspect.tweet);
        }
        if let (Some(page), Some(span)) = (&mut self.page, suspect.span()) {
            page.go(span.start);
        }
    }

    fn step_suspect(&mut self, step: isize) {
        let Some(at) = self.suspects.as_ref().map(|walk| walk.at) else { return };
        let from = if step > 0 { at + 1 } else { at };
        match self.open_suspect_from(from, step) {
            Ok(true) => {}
            Ok(false) if step > 0 => {
                self.suspects = None;
                self.say(Tone::Good, "every suspicious label is answered");
            }
            Ok(false) => self.say(Tone::Plain, "this is the first of the list"),
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Labels as the suspicion says.
    fn accept_suspect(&mut self) {
        let Some(suspect) = self.suspects.as_ref().and_then(Walk::current).cloned() else { return };
        let Some(page) = self.page.as_ref().filter(|page| page.tweet.id == suspect.tweet) else {
            return self.step_suspect(1);
        };
        let labels = &page.tweet.example.spans;
        let rest = suspect.gold.as_ref().map_or_else(|| labels.clone(), |span| remove(labels, span));
        let structure = self.project.settings().spans;
        let spans = match &suspect.suggestion {
            Some(span) if span.end <= page.len() => assign(&rest, span.clone(), None, structure).0,
            Some(_) => {
                return self.say(Tone::Bad, "the suggestion is for another text; `spanlight suspects` looks again");
            }
            None => rest,
        };
        let change = Change { tweet: suspect.tweet, spans: Some(spans), ..Change::default() };
        if self.apply(&format!("correct {}", quoted(&suspect.words)), &[change]) {
            self.step_suspect(1);
        }
    }

    /// Keeps the label as it is; it is not asked about again.
    fn keep_suspect(&mut self) {
        let Some(suspect) = self.suspects.as_ref().and_then(Walk::current).cloned() else { return };
        let summary = format!("keep {}", quoted(&suspect.words));
        let dismissed = self.project.dismiss(&summary, suspect.tweet, &suspect.key());
        if self.took_effect(dismissed).is_some() {
            self.step_suspect(1);
        }
    }

    /// Goes back to the suspect that an undo made a question again.
    pub(super) fn follow_suspect(&mut self) {
        let (Some(walk), Some(page)) = (&self.suspects, &self.page) else { return };
        let here = page.tweet.id;
        let same: Vec<usize> = (0..walk.suspects.len()).filter(|at| walk.suspects[*at].tweet == here).collect();
        for at in same {
            let Some(suspect) = self.suspects.as_ref().and_then(|walk| walk.suspects.get(at)).cloned() else { return };
            if self.is_open_suspect(&suspect).unwrap_or(false) {
                return self.open_suspect(at, &suspect);
            }
        }
    }
}

//! Labelling every occurrence of an entity: seen first, then done in one step of undo.

use super::App;
use super::edits::{QUOTED, quoted};
use crate::project::ProjectError;
use crate::tui::action::Action;
use crate::tui::dialog::Dialog;
use crate::tui::occurrences::Occurrences;
use crate::tui::text;
use crate::tui::theme::Tone;

impl App {
    /// Lists every occurrence in the corpus of the entity under the cursor, to be labelled like it.
    pub(super) fn repeat_in_corpus(&mut self) {
        let Some((span, tokens)) = self.pattern() else { return };
        let words = quoted(&tokens.join(" "));
        match self.occurrences(span.label, tokens) {
            Ok(found) if found.rows.is_empty() => {
                self.say(Tone::Plain, format!("every {words} of the corpus has this label"));
            }
            Ok(found) => self.dialog = Some(Dialog::Occurrences(Box::new(found))),
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    fn occurrences(&self, label: String, tokens: Vec<String>) -> Result<Occurrences, ProjectError> {
        let found = self.project.occurrences(&tokens)?;
        let mut occurrences = Occurrences::new(label, tokens, self.project.settings().spans);
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            if occurrences.more {
                break;
            }
            let (tweet, index) = (self.project.tweet(group[0].0)?, self.project.index_of(group[0].0).unwrap_or(0));
            occurrences.add(&tweet, index, group.iter().map(|(_, place)| place.clone()));
        }
        Ok(occurrences)
    }

    /// Labels the ticked places.
    pub(super) fn label_occurrences(&mut self, occurrences: &Occurrences) {
        let (words, label) = (quoted(&occurrences.tokens.join(" ")), text::truncate(&occurrences.label, QUOTED));
        let changes = occurrences.changes();
        if changes.is_empty() {
            self.say(Tone::Plain, "nothing is ticked, so nothing is labelled");
            return;
        }
        let tweets = text::counted(changes.len(), "tweet");
        if self.apply(&format!("label {words} {label} in {tweets}"), &changes) {
            let undo = self.key_of(Action::Undo);
            let count = text::counted(occurrences.ticked(), "occurrence");
            self.say(Tone::Good, format!("labelled {count} of {words} in {tweets} as {label}; {undo} takes it back"));
        }
    }
}

//! The past of a tweet and of the labels: points and versions to go back to, and how the work goes.

use super::App;
use crate::project::adjudication::{LabelChange, changes};
use crate::project::progress::{PAUSE, Progress};
use crate::project::{Labelling, Point, Version};
use crate::tui::action::Action;
use crate::tui::dialog::{Dialog, List};
use crate::tui::message::Message;
use crate::tui::text;
use crate::tui::theme::Tone;

/// What the dialogs over the past show.
#[derive(Debug, Default)]
pub struct Past {
    /// Everything that happened to the open tweet, newest first.
    pub points: Vec<Point>,
    /// The versions of the project, newest first.
    pub versions: Vec<Version>,
    /// The version that is gone back to once that is confirmed.
    pub asked: Option<String>,
    /// How the work goes; `None` while it is read.
    pub progress: Option<Result<Progress, String>>,
}

/// A row of the dialog of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRow {
    /// The labels of now become a version of this name.
    New(String),
    /// The version in this place.
    There(usize),
}

impl App {
    pub(super) fn act_on_past(&mut self, action: Action) {
        match action {
            Action::TweetHistory => self.show_history(),
            Action::Versions => self.show_versions(),
            Action::Progress => self.show_progress(),
            _ => {}
        }
    }

    fn show_history(&mut self) {
        let Some(page) = &self.page else { return };
        match self.project.timeline(page.tweet.id) {
            Ok(mut points) => {
                points.reverse();
                self.past.points = points;
                self.dialog = Some(Dialog::History(List::default()));
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// The labelling as it is, for a comparison.
    pub(in crate::tui) fn labelling(&self) -> Option<Labelling> {
        let tweet = &self.page.as_ref()?.tweet;
        let (state, spans, note) = (tweet.state, tweet.example.spans.clone(), tweet.note.clone());
        let boxes = Some(tweet.example.boxes.clone());
        let dismissed = Vec::new();
        Some(Labelling { dismissed, state, spans, note, boxes, image: tweet.preferred.clone(), human: tweet.human })
    }

    /// What going back to a point would change in the labels of now.
    pub(in crate::tui) fn changes_back(&self, point: &Point) -> Vec<LabelChange> {
        let now = self.labelling().unwrap_or_default();
        changes(&now.spans, &point.labelling.spans)
    }

    /// Goes back to the point in a row of the history.
    pub(super) fn go_back(&mut self, row: usize) {
        let (Some(page), Some(point)) = (&self.page, self.past.points.get(row)) else { return };
        let (tweet, number) = (page.tweet.id, point.number);
        let applied = self.project.restore_point(tweet, number);
        let failed = applied.is_err();
        if let Some(applied) = self.took_effect(applied) {
            let undo = self.key_of(Action::Undo);
            self.say(Tone::Good, format!("{}; {undo} takes that back", applied.summary));
        } else if !failed {
            self.say(Tone::Plain, "the tweet is like that now");
        }
    }

    fn show_versions(&mut self) {
        if self.read_versions() {
            self.dialog = Some(Dialog::Versions(List::default()));
        }
    }

    fn read_versions(&mut self) -> bool {
        match self.project.versions() {
            Ok(mut versions) => {
                versions.reverse();
                self.past.versions = versions;
                true
            }
            Err(error) => {
                self.say(Tone::Bad, error.to_string());
                false
            }
        }
    }

    /// The rows of the dialog of versions: those that are there, and a new one of the typed name.
    pub(in crate::tui) fn version_rows(&self, list: &List) -> Vec<VersionRow> {
        let typed = list.filter.value().trim();
        let versions = &self.past.versions;
        let new = !typed.is_empty() && !versions.iter().any(|version| version.name == typed);
        let there = versions.iter().enumerate().filter(|(_, version)| list.admits(&version.name));
        let there = there.map(|(place, _)| VersionRow::There(place));
        new.then(|| VersionRow::New(typed.to_owned())).into_iter().chain(there).collect()
    }

    /// Makes a version, or asks whether to go back to one.
    pub(super) fn choose_version(&mut self, row: Option<VersionRow>) {
        match row {
            None => {}
            Some(VersionRow::New(name)) => match self.project.create_version(&name) {
                Ok(version) => {
                    let name = text::truncate(&version.name, 40);
                    self.say(Tone::Good, format!("the labels of now are version `{name}`"));
                }
                Err(error) => self.say(Tone::Bad, error.to_string()),
            },
            Some(VersionRow::There(place)) => {
                let Some(version) = self.past.versions.get(place) else { return };
                let (name, count) = (version.name.clone(), text::counted(version.edited_since, "tweet"));
                if version.edited_since == 0 {
                    return self.say(Tone::Plain, "nothing was edited since that version");
                }
                let undo = self.key_of(Action::Undo);
                let shown = text::truncate(&name, 40);
                let question = format!(
                    "Go back to version `{shown}`? {count} edited since become as they were then; {undo} takes that back."
                );
                self.past.asked = Some(name);
                self.dialog = Some(Dialog::Confirm { question, action: Action::Versions });
            }
        }
    }

    /// Goes back to the version that was asked about.
    pub(super) fn restore_version(&mut self) {
        let Some(name) = self.past.asked.take() else { return };
        let (applied, missing) = match self.project.restore_version(&name) {
            Ok(restored) => (Ok(restored.applied), restored.missing_types),
            Err(error) => (Err(error), Vec::new()),
        };
        if let Some(applied) = self.took_effect(applied) {
            let count = text::counted(applied.tweets.len(), "tweet");
            let shown = text::truncate(&name, 40);
            self.say(Tone::Good, format!("{count} as in version `{shown}`"));
            if !missing.is_empty() {
                let missing = missing.join(", ");
                self.say(Tone::Warn, format!("{count} as in version `{shown}`; the settings no longer have {missing}"));
            }
        }
    }

    fn show_progress(&mut self) {
        self.past.progress = None;
        self.dialog = Some(Dialog::Progress);
        let dir = self.project.dir().to_owned();
        self.aside("progress", move || {
            Message::Progress(Box::new(Progress::read(&dir, PAUSE).map_err(|error| error.to_string())))
        });
    }
}

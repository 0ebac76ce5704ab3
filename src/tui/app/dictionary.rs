//! Names that people labelled before, offered where they stand without a label.

use std::sync::mpsc::Sender;

use super::App;
use crate::project::{Known, State, TweetId};
use crate::tui::dictionary::{Ask, Lookup};
use crate::tui::edit::{Mark, Origin};
use crate::tui::message::Message;
use crate::tui::theme::Tone;

impl App {
    /// Begins to look names up, unless the settings say otherwise; `reports` takes what is found.
    pub(super) fn start_dictionary(&mut self, reports: Sender<Message>) {
        if !self.config.settings.dictionary {
            self.names = Lookup::default();
            return;
        }
        let started = self.project.dictionary_source().map_err(|error| error.to_string());
        match started.and_then(|source| Lookup::start(source, reports).map_err(|error| error.to_string())) {
            Ok(names) => self.names = names,
            Err(error) => self.say(Tone::Warn, format!("names that were labelled before are not offered: {error}")),
        }
        self.look_up();
    }

    /// Has the names of the open tweet looked up; in a tweet that is done or skipped every name was decided about.
    pub(super) fn look_up(&mut self) {
        let Some(page) = &self.page else { return };
        let tweet = page.tweet.id;
        if matches!(page.tweet.state, State::Done | State::Skipped) {
            self.names.answered(tweet, Vec::new());
        } else if self.names.is_on() {
            let (tokens, labels) = (page.tweet.example.tokens.clone(), page.tweet.example.spans.clone());
            self.names.ask(Ask::Look { tweet, tokens, labels });
        }
    }

    /// Labels changed, and with them what is known.
    pub(super) fn relearn_names(&mut self, tweets: &[TweetId]) {
        self.names.ask(Ask::Changed(tweets.to_vec()));
        self.look_up();
    }

    /// Takes in which known names stand in a tweet.
    pub(super) fn found_names(&mut self, tweet: TweetId, found: Vec<Known>) {
        if self.page.as_ref().is_some_and(|page| page.tweet.id == tweet) {
            self.names.answered(tweet, found);
            self.refresh_marks();
        }
    }

    /// The known names of a tweet that were not turned down there.
    pub(super) fn open_names(&self, tweet: TweetId) -> Vec<Known> {
        let names = self.names.of(tweet).iter();
        names.filter(|name| !self.suggestions.is_rejected(tweet, &name.span)).cloned().collect()
    }

    /// Hides a suggestion; a known name that is turned down is offered less elsewhere.
    pub(super) fn turn_down(&mut self, mark: &Mark) {
        let Some(page) = &self.page else { return };
        let tweet = page.tweet.id;
        if matches!(mark.origin, Origin::Dictionary { .. }) {
            let words = page.tweet.example.tokens.get(mark.span.start..mark.span.end).unwrap_or_default().to_vec();
            self.names.ask(Ask::Rejected { tweet, start: mark.span.start, words });
        }
        self.suggestions.reject(tweet, mark.span.clone());
    }
}

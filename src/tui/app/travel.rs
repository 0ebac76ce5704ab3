//! Going through the queue.

use super::App;
use crate::order::{Plan, QueueOrder};
use crate::project::{QueueItem, Search, State, TweetId};
use crate::tui::action::Action;
use crate::tui::page::Page;
use crate::tui::theme::Tone;
use crate::worker::WorkItem;

/// Whether a tweet still waits for a person.
fn undone(item: &QueueItem) -> bool {
    !matches!(item.state, State::Done | State::Skipped)
}

impl App {
    /// Opens the tweet where one left off, else the first that is not done.
    pub(super) fn open_first(&mut self) {
        let queue = self.project.queue();
        let first = queue.iter().find(|item| undone(item)).or(queue.first()).map(|item| item.id);
        if let Some(tweet) = self.project.position().filter(|tweet| self.project.index_of(*tweet).is_some()).or(first) {
            self.open(tweet);
        }
    }

    /// Opens a tweet and asks the model about it.
    pub(super) fn open(&mut self, tweet: TweetId) {
        self.dirty = true;
        self.note_visit();
        let Some(index) = self.project.index_of(tweet) else { return };
        match self.project.tweet(tweet) {
            Ok(found) => {
                self.looks.texts |= !found.example.contexts.is_empty();
                self.page = Some(Page::new(found, index));
                self.read_comments();
                self.arrived = Some(self.now);
                self.refresh_marks();
                self.look_up();
                self.course.passed(tweet, self.project.text_at(index));
                self.course.stale = true;
                self.consult();
                self.prefetch_next();
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// The tweet in the store is newer than the page.
    pub(super) fn refresh_page(&mut self) {
        let Some(page) = &mut self.page else { return };
        match self.project.tweet(page.tweet.id) {
            Ok(tweet) => {
                self.looks.texts |= !tweet.example.contexts.is_empty();
                page.replace(tweet);
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
        self.read_comments();
        self.refresh_marks();
    }

    fn read_comments(&mut self) {
        let Some(page) = &mut self.page else { return };
        match self.project.comments(page.tweet.id) {
            Ok(comments) => page.comments = comments,
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Puts the page's labels and the open suggestions together.
    pub(super) fn refresh_marks(&mut self) {
        let known = self.page.as_ref().map(|page| self.open_names(page.tweet.id)).unwrap_or_default();
        let structure = self.project.settings().spans;
        if let Some(page) = &mut self.page {
            page.mark(&known, &self.suggestions.open(page.tweet.id), structure);
        }
        self.dirty = true;
    }

    /// Notes in the store that the tweet was looked at, and where one is.
    pub(super) fn note_visit(&mut self) {
        let (Some(page), Some(_)) = (&self.page, self.arrived.take()) else { return };
        let (tweet, new) = (page.tweet.id, page.tweet.state == State::New);
        let mut noted = self.project.set_position(tweet);
        if new && noted.is_ok() {
            noted = self.project.mark_seen(tweet);
            self.queue_changed();
            self.refresh_page();
        }
        if let Err(error) = noted {
            self.say(Tone::Bad, error.to_string());
        }
    }

    /// Finds out which tweet follows by the plan, where that may be another one than before.
    pub(super) fn choose_next(&mut self) {
        if !std::mem::take(&mut self.course.stale) {
            return;
        }
        if self.adjudication.is_some() {
            self.course.why = None;
            self.up_next = self.next_to_adjudicate(1);
            return;
        }
        let recent = self.course.recent();
        let search = Search {
            rows: self.rows(),
            open: self.page.as_ref().map(|page| page.index),
            recent: &recent,
            passed: self.course.plan.order.reviews().then_some(&self.course.reviewed),
        };
        let choice = self.project.next_tweet(&self.course.plan, &search);
        self.course.why = choice.map(|choice| choice.why);
        self.up_next = choice.map(|choice| choice.tweet);
    }

    /// The rows of the filter in use; `None`: all.
    pub(in crate::tui) fn rows(&self) -> Option<&[usize]> {
        self.sift.applied.as_ref().map(|applied| applied.rows.as_slice())
    }

    /// The undone tweet of the filter that the model is least sure of, never the open one.
    pub(super) fn most_uncertain(&self) -> Option<TweetId> {
        let plan = Plan { random_share: 0, diverse: false, ..self.course.plan };
        let order = if plan.order.measure().is_some() { plan.order } else { QueueOrder::Uncertain };
        let open = self.page.as_ref().map(|page| page.index);
        let choice =
            self.project.next_tweet(&Plan { order, ..plan }, &Search { rows: self.rows(), open, ..Search::default() });
        let index = choice.and_then(|choice| self.project.index_of(choice.tweet))?;
        self.project.score(order, index)?;
        Some(self.project.queue()[index].id)
    }

    /// The nearest undone tweet of the filter in one direction, around the end; never the open one.
    pub(super) fn undone_from_here(&self, step: isize) -> Option<TweetId> {
        let queue = self.project.queue();
        let here = self.page.as_ref().map_or(0, |page| page.index);
        let found = |index: &usize| undone(&queue[*index]) && *index != here;
        let index = if let Some(rows) = self.rows() {
            let behind = rows.partition_point(|row| *row <= here);
            let (before, after) = rows.split_at(behind);
            if step > 0 {
                after.iter().chain(before).copied().find(found)
            } else {
                before.iter().rev().chain(after.iter().rev()).copied().find(found)
            }
        } else if step > 0 {
            (here + 1..queue.len()).chain(0..here.min(queue.len())).find(found)
        } else {
            (0..here.min(queue.len())).rev().chain((here + 1..queue.len()).rev()).find(found)
        };
        index.map(|index| queue[index].id)
    }

    /// Opens the tweet so many rows of the filter further.
    pub(super) fn open_relative(&mut self, by: isize) {
        let Some(page) = &self.page else { return };
        let queue = self.project.queue();
        let (here, last) = (page.index, queue.len().saturating_sub(1));
        let index = match &self.sift.applied {
            None => here.saturating_add_signed(by).min(last),
            Some(applied) => {
                let place = applied.place_of(here);
                // Where the open tweet does not fit, the one behind it is one step away already.
                let outside = applied.rows.get(place) != Some(&here) && by > 0;
                let place = place.saturating_add_signed(by - isize::from(outside));
                let before_first = by < 0 && applied.place_of(here) == 0;
                let reached = if before_first { None } else { applied.rows.get(place) };
                reached.copied().unwrap_or(here)
            }
        };
        if index == here {
            let whole = if self.sift.applied.is_some() { "filter" } else { "queue" };
            let end = if by > 0 { "last" } else { "first" };
            self.say(Tone::Plain, format!("this is the {end} tweet of the {whole}"));
        } else {
            self.open(queue[index].id);
        }
    }

    /// Opens `tweet`, or says what there is none of.
    pub(super) fn open_or_say(&mut self, tweet: Option<TweetId>, nothing: &str) {
        match tweet {
            Some(tweet) => self.open(tweet),
            None => self.say(Tone::Plain, nothing),
        }
    }

    /// Opens a tweet by its number in the queue (from 1) or by its id.
    pub(super) fn jump(&mut self, written: &str) {
        let written = written.trim();
        if written.is_empty() {
            return;
        }
        // Ids are often numbers too: larger ones than there are tweets, or said to be ids.
        let number: Option<usize> = written.parse().ok();
        let row = |number: usize| match self.rows() {
            Some(rows) => rows.get(number.checked_sub(1)?).copied(),
            None => number.checked_sub(1),
        };
        let by_number = number.and_then(|number| self.project.queue().get(row(number)?)).map(|item| item.id);
        let id = written.strip_prefix("id:").unwrap_or(written);
        match by_number.map_or_else(|| self.project.find_id(id), |tweet| Ok(Some(tweet))) {
            Ok(Some(tweet)) if self.fits(tweet) => self.open(tweet),
            Ok(Some(_)) => {
                let drop = self.key_of(Action::DropFilter);
                self.say(Tone::Warn, format!("`{written}` is not in the filter; {drop} drops it"));
            }
            Ok(None) => self.say(Tone::Warn, format!("there is no tweet number or id `{written}`")),
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Looks for text in the whole queue and opens the first match from here on.
    pub(super) fn search(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.hits = None;
            return;
        }
        let mut tweets = self.project.search(text);
        tweets.retain(|tweet| self.fits(*tweet));
        if tweets.is_empty() {
            let of = if self.sift.applied.is_some() { " of the filter" } else { "" };
            self.say(Tone::Warn, format!("`{text}` is in no tweet{of}"));
            self.hits = None;
            return;
        }
        self.hits = Some(super::Hits { text: text.to_owned(), tweets });
        let here = self.page.as_ref().map(|page| page.tweet.id);
        if self.hits.as_ref().is_some_and(|hits| here.is_some_and(|here| hits.tweets.contains(&here))) {
            self.tell_match();
        } else {
            self.next_match(1);
        }
    }

    /// Opens the next match of the search in one direction, around the end.
    pub(super) fn next_match(&mut self, step: isize) {
        let Some(hits) = &self.hits else {
            self.say(Tone::Plain, "nothing was searched yet");
            return;
        };
        let place = |tweet: &TweetId| self.project.index_of(*tweet);
        let here = self.page.as_ref().map_or(0, |page| page.index);
        let found = if step > 0 {
            hits.tweets.iter().find(|tweet| place(tweet) > Some(here)).or(hits.tweets.first())
        } else {
            hits.tweets.iter().rev().find(|tweet| place(tweet) < Some(here)).or(hits.tweets.last())
        };
        if let Some(tweet) = found.copied() {
            self.open(tweet);
            self.tell_match();
        }
    }

    /// Says which match the open tweet is, and puts the cursor on it.
    fn tell_match(&mut self) {
        let (Some(hits), Some(page)) = (&self.hits, &mut self.page) else { return };
        let place = hits.tweets.iter().position(|tweet| *tweet == page.tweet.id).map_or(0, |place| place + 1);
        let wanted = hits.text.to_lowercase();
        let first_word = wanted.split_whitespace().next().unwrap_or_default();
        let token = page.tweet.example.tokens.iter().position(|token| token.to_lowercase().contains(first_word));
        page.go(token.unwrap_or(0));
        let text = format!("match {place} of {} for `{}`", hits.tweets.len(), hits.text);
        self.say(Tone::Plain, text);
    }

    /// Whether a tweet is one of those that the filter leaves.
    pub(super) fn fits(&self, tweet: TweetId) -> bool {
        let row = || self.project.index_of(tweet);
        self.rows().is_none_or(|rows| row().is_some_and(|row| rows.binary_search(&row).is_ok()))
    }

    /// A tweet as the model's thread needs it.
    pub(super) fn work_item(&self, tweet: TweetId) -> Option<WorkItem> {
        let open = self.page.as_ref().filter(|page| page.tweet.id == tweet);
        let mut example = match open {
            Some(page) => page.tweet.example.clone(),
            None => self.project.tweet(tweet).ok()?.example,
        };
        let image = self.project.images().prefer(&mut example);
        Some(WorkItem { tweet, example, image })
    }
}

//! Filters and orders of the queue.

use super::App;
use crate::filter::Filter;
use crate::order::{Plan, QueueOrder};
use crate::project::TweetId;
use crate::tui::action::Action;
use crate::tui::dialog::{Dialog, List};
use crate::tui::finder::{Finder, Found, Question, Sifted};
use crate::tui::message::Message;
use crate::tui::sift::{Applied, Awaited, FilterEdit};
use crate::tui::text;
use crate::tui::theme::Tone;

impl App {
    /// Opens the line in which the filter is written.
    pub(super) fn write_filter(&mut self) {
        match self.project.vocabulary() {
            Ok(vocabulary) => {
                let line = self.sift.applied.as_ref().map_or("", |applied| applied.filter.text()).to_owned();
                self.dialog = Some(Dialog::Filter(Box::new(FilterEdit::new(&line, vocabulary))));
                self.sift.found = None;
                self.filter_typed();
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// The line changed: what fits it is asked for.
    pub(super) fn filter_typed(&mut self) {
        let Some(Dialog::Filter(edit)) = &mut self.dialog else { return };
        edit.changed();
        let base = edit.base();
        let filter = edit.read.clone().unwrap_or_else(|_| base.clone());
        self.sift_for(filter, base);
    }

    /// Moves among what can stand at the cursor.
    pub(super) fn step_offer(&mut self, by: isize) {
        if let Some(Dialog::Filter(edit)) = &mut self.dialog {
            let last = edit.completion.offers.len().saturating_sub(1);
            edit.chosen = edit.chosen.saturating_add_signed(by).min(last);
        }
    }

    /// Writes the chosen offer.
    pub(super) fn complete_filter(&mut self) {
        if let Some(Dialog::Filter(edit)) = &mut self.dialog {
            edit.take_offer();
            self.filter_typed();
        }
    }

    /// Uses what was written, or stays in the line where that is no filter.
    pub(super) fn accept_filter(&mut self, edit: Box<FilterEdit>) {
        match &edit.read {
            Err(_) => self.dialog = Some(Dialog::Filter(edit)),
            Ok(filter) if filter.is_empty() => self.drop_filter(),
            Ok(filter) => {
                let filter = filter.clone();
                self.use_filter(filter, None);
            }
        }
    }

    /// Uses a filter as soon as it is known what fits it.
    pub(super) fn use_filter(&mut self, filter: Filter, view: Option<(String, Option<QueueOrder>)>) {
        let found = self.sift.found.take().filter(|found| found.turn == self.sift.turn);
        self.sift.awaited = Some(Awaited { turn: self.sift.turn, filter: filter.clone(), view });
        if let Some(found) = found {
            return self.apply_filter(found);
        }
        self.sift_for(filter.clone(), filter);
        if let Some(awaited) = &mut self.sift.awaited {
            awaited.turn = self.sift.turn;
        }
        self.say(Tone::Plain, "looking for tweets that fit");
    }

    /// Shows the whole queue again.
    pub(super) fn drop_filter(&mut self) {
        self.sift.awaited = None;
        if let Some(applied) = self.sift.applied.take() {
            self.ask_finder(Question::Keep(None));
            self.queue_changed();
            self.say(Tone::Plain, format!("the filter `{}` is dropped", applied.filter.text()));
        } else {
            self.say(Tone::Plain, "there is no filter");
        }
        self.relist();
    }

    fn sift_for(&mut self, filter: Filter, base: Filter) {
        self.sift.turn += 1;
        let turn = self.sift.turn;
        self.ask_finder(Question::Sift { turn, filter, base });
    }

    /// Asks the thread that looks through the queue, which begins with the first question.
    fn ask_finder(&mut self, question: Question) {
        if self.sift.finder.is_none() {
            let Some(reports) = self.reports.clone() else { return };
            let tell = move |found| drop(reports.send(Message::Found(found)));
            match Finder::spawn(self.project.dir(), tell) {
                Ok(finder) => self.sift.finder = Some(finder),
                Err(error) => return self.say(Tone::Bad, format!("the queue cannot be looked through: {error}")),
            }
        }
        if let Some(finder) = &self.sift.finder {
            finder.ask(question);
        }
    }

    /// Tells that thread, where there is one, which tweets are others now.
    pub(super) fn tell_finder(&mut self, tweets: Vec<TweetId>) {
        self.relist_tweets(&tweets);
        if self.sift.finder.is_some() && !tweets.is_empty() {
            self.ask_finder(Question::Changed(tweets));
        }
    }

    /// Has the annotators of a merged project compared, where the order goes by that.
    pub(super) fn weigh_annotators(&mut self) {
        if self.course.plan.order == QueueOrder::Annotators {
            self.ask_finder(Question::Differences);
        }
    }

    /// Takes in what the thread says.
    pub(super) fn found(&mut self, found: Found) {
        self.dirty = true;
        match found {
            Found::Reading(done, total) => self.sift.reading = Some((done, total)),
            Found::Sifted(sifted) => {
                self.sift.reading = None;
                if self.sift.awaited.as_ref().is_some_and(|awaited| awaited.turn == sifted.turn) {
                    self.apply_filter(*sifted);
                } else if sifted.turn == self.sift.turn {
                    self.sift.found = Some(*sifted);
                }
            }
            Found::Moved(moved) => {
                if let Some(applied) = &mut self.sift.applied {
                    applied.moved(&moved);
                    self.course.stale = true;
                }
            }
            Found::Differences(differences) => {
                let differ = differences.len();
                self.project.know_differences(differences);
                self.queue_changed();
                if differ == 0 {
                    self.say(
                        Tone::Warn,
                        "no annotators differ in this project; `spanlight merge` brings several together",
                    );
                }
            }
            Found::Failed(reason) => {
                (self.sift.finder, self.sift.reading, self.sift.awaited) = (None, None, None);
                self.say(Tone::Bad, format!("looking through the queue: {reason}"));
            }
        }
    }

    fn apply_filter(&mut self, sifted: Sifted) {
        let Some(Awaited { filter, view, .. }) = self.sift.awaited.take() else { return };
        let fitting = sifted.rows.len();
        if let Some(order) = view.as_ref().and_then(|(_, order)| *order) {
            self.take_plan(Plan { order, ..self.course.plan });
        }
        if fitting == 0 {
            self.say(Tone::Warn, format!("no tweet fits `{}`; the queue stays as it was", filter.text()));
            return;
        }
        self.ask_finder(Question::Keep(Some(filter.clone())));
        let view = view.map(|(name, _)| name);
        self.sift.applied = Some(Applied { filter, rows: sifted.rows, view });
        self.queue_changed();
        self.relist();
        let drop = self.key_of(Action::DropFilter);
        let said =
            format!("{} of {}; {drop} drops the filter", text::counted(fitting, "tweet"), self.project.queue().len());
        if self.page.as_ref().is_some_and(|page| !self.fits(page.tweet.id)) {
            let first = self.sift.applied.as_ref().and_then(|applied| applied.rows.first().copied());
            let first = first.and_then(|row| self.project.queue().get(row)).map(|item| item.id);
            if let Some(tweet) = self.undone_from_here(1).or(first) {
                self.open(tweet);
            }
        }
        self.say(Tone::Plain, said);
    }

    /// Opens the list of orders, at the one in use.
    pub(super) fn choose_order(&mut self) {
        let cursor = QueueOrder::ALL.iter().position(|order| *order == self.course.plan.order).unwrap_or(0);
        self.dialog = Some(Dialog::Orders(List { cursor, ..List::default() }));
    }

    /// The orders that the list shows for what was typed.
    pub(in crate::tui) fn order_rows(list: &List) -> Vec<QueueOrder> {
        let shown = |order: &QueueOrder| list.admits(&format!("{} {} {}", order.name(), order.title(), order.help()));
        QueueOrder::ALL.into_iter().filter(shown).collect()
    }

    /// Uses an order from now on; the project remembers it.
    pub(super) fn use_order(&mut self, order: QueueOrder) {
        self.take_plan(Plan { order, ..self.course.plan });
        let mut settings = self.project.settings().clone();
        settings.queue.order = Some(order);
        if let Err(error) = self.project.update_settings(settings) {
            return self.say(Tone::Bad, error.to_string());
        }
        let share = match self.course.plan.random_share {
            share if order.learns() && share > 0 => format!(", and {share} % random"),
            _ => String::new(),
        };
        self.say(Tone::Plain, format!("next comes {}{share}{}", order.help(), self.lacking(order)));
    }

    /// What an order lacks that it could go by.
    fn lacking(&self, order: QueueOrder) -> &'static str {
        let known = (0..self.project.queue().len()).any(|index| self.project.score(order, index).is_some());
        match order {
            _ if known || !order.learns() => "",
            QueueOrder::Annotators => "; the annotators are being compared",
            QueueOrder::Models => "; until both models have read some tweets, the following one",
            QueueOrder::Labels => "; the model reads the done tweets first",
            _ => "; until the model has read some tweets, the following one",
        }
    }

    /// Changes between the order of the corpus and the one that the settings name.
    pub(super) fn switch_order(&mut self) {
        let named = self.config.settings.order;
        let other = if named == QueueOrder::Corpus { QueueOrder::Uncertain } else { named };
        self.use_order(if self.course.plan.order == QueueOrder::Corpus { other } else { QueueOrder::Corpus });
    }

    /// Goes by another plan.
    pub(super) fn take_plan(&mut self, plan: Plan) {
        let order = plan.order;
        if self.course.plan.order != order {
            self.scoring = self.scoring.for_order(self.project.queue(), order);
        }
        self.course.plan = plan;
        self.weigh_annotators();
        self.queue_changed();
        self.consult();
        self.relist();
    }

    /// Why there is no next tweet.
    pub(super) fn nothing_left(&self) -> String {
        let drop = self.key_of(Action::DropFilter);
        match (&self.sift.applied, self.course.plan.order.reviews()) {
            (Some(_), _) => format!("every tweet of the filter is done or skipped; {drop} drops the filter"),
            (None, true) => "the model contradicts no other done tweet".to_owned(),
            (None, false) => "every tweet is done or skipped".to_owned(),
        }
    }
}

//! Adjudicating: the differences of several annotators, gone through one by one.

use spanlight_models::example::Span;
use spanlight_models::prediction::ScoredSpan;

use super::App;
use super::edits::quoted;
use crate::project::adjudication::Difference;
use crate::project::{State, TweetId, contested_in};
use crate::tui::action::{Action, Context};
use crate::tui::adjudication::{Adjudication, Case, Nothing};
use crate::tui::edit::Selection;
use crate::tui::key::Key;
use crate::tui::message::Message;
use crate::tui::text;
use crate::tui::theme::Tone;

impl App {
    /// Adjudicates from the start where the project was merged from several annotators' and something is left to decide.
    pub fn begin_adjudication(&mut self) {
        if matches!(self.project.annotators(), Ok(annotators) if annotators.len() > 1) {
            self.switch_adjudication();
        }
    }

    /// Begins to adjudicate, or goes back to labelling.
    pub(super) fn switch_adjudication(&mut self) {
        if self.adjudication.take().is_some() {
            self.course.stale = true;
            return self.say(Tone::Plain, "labelling again");
        }
        let annotators = match self.project.annotators() {
            Ok(annotators) if annotators.is_empty() => {
                return self
                    .say(Tone::Plain, "this project is one annotator's; `spanlight merge` makes one of several");
            }
            Ok(annotators) => annotators.into_iter().map(|annotator| annotator.name).collect(),
            Err(error) => return self.say(Tone::Bad, error.to_string()),
        };
        self.adjudication = Some(Adjudication::new(annotators));
        let dir = self.project.dir().to_owned();
        self.aside("differences", move || Message::Contested(contested_in(&dir).map_err(|error| error.to_string())));
    }

    /// Takes in about which tweets the annotators differ, and goes to the first that is not decided.
    pub(super) fn contested(&mut self, found: Result<Vec<TweetId>, String>) {
        self.dirty = true;
        let Some(adjudication) = &mut self.adjudication else { return };
        match found {
            Ok(tweets) => adjudication.contested = Some(tweets),
            Err(error) => {
                self.adjudication = None;
                return self.say(Tone::Bad, error);
            }
        }
        let here = self.page.as_ref().map(|page| page.tweet.id).filter(|tweet| self.is_undecided(*tweet));
        if here.is_none()
            && let Some(next) = self.next_to_adjudicate(1)
        {
            self.open(next);
        }
        self.course.stale = true;
        if self.to_adjudicate() == 0 {
            self.say(Tone::Good, "every difference between the annotators is settled");
        }
    }

    /// Whether the annotators differ about a tweet and nobody has decided.
    fn is_undecided(&self, tweet: TweetId) -> bool {
        let contested = self.adjudication.as_ref().and_then(|adjudication| adjudication.contested.as_ref());
        contested.is_some_and(|contested| contested.binary_search(&tweet).is_ok()) && self.is_unfinished(tweet)
    }

    fn is_unfinished(&self, tweet: TweetId) -> bool {
        let item = self.project.index_of(tweet).map(|index| self.project.queue()[index]);
        item.is_some_and(|item| !matches!(item.state, State::Done | State::Skipped))
    }

    /// Number of tweets that are left to decide.
    pub(in crate::tui) fn to_adjudicate(&self) -> usize {
        let contested = self.adjudication.as_ref().and_then(|adjudication| adjudication.contested.as_ref());
        contested.map_or(0, |contested| contested.iter().filter(|tweet| self.is_unfinished(**tweet)).count())
    }

    /// The next tweet to decide in one direction, around the end; never the open one.
    pub(super) fn next_to_adjudicate(&self, step: isize) -> Option<TweetId> {
        self.contested_from_here(step, |tweet| self.is_undecided(tweet))
    }

    fn contested_from_here(&self, step: isize, wanted: impl Fn(TweetId) -> bool) -> Option<TweetId> {
        let contested = self.adjudication.as_ref()?.contested.as_ref()?;
        let here = self.page.as_ref().map_or(0, |page| page.tweet.id);
        let (before, after) = contested.split_at(contested.partition_point(|tweet| *tweet < here));
        let found = |tweet: &&TweetId| **tweet != here && wanted(**tweet);
        if step > 0 {
            after.iter().chain(before).find(found).copied()
        } else {
            before.iter().rev().chain(after.iter().rev()).find(found).copied()
        }
    }

    /// Puts the voices of the open tweet side by side, unless they are.
    pub(super) fn sync_adjudication(&mut self) {
        let Some(tweet) = self.page.as_ref().map(|page| page.tweet.id) else { return };
        let Some(adjudication) = &mut self.adjudication else { return };
        if adjudication.case.as_ref().is_some_and(|case| case.tweet == tweet) {
            return;
        }
        match self.project.voices(tweet) {
            Ok(voices) => {
                adjudication.look_at(Case::new(tweet, &adjudication.annotators, voices));
                self.go_to_difference(None);
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
        self.dirty = true;
    }

    /// What a key does while one adjudicates, before what it does otherwise.
    pub(super) fn adjudicating_action(&mut self, key: Key) -> Option<Action> {
        // Between two keys of a sequence no other keys count.
        let adjudication = self.adjudication.as_mut().filter(|_| self.pending.is_empty())?;
        let action = self.keymap.action(Context::Adjudicate, key)?;
        adjudication.number = self.keymap.keys(Action::TakeVoice).iter().position(|bound| bound.keys() == [key]);
        Some(action)
    }

    /// Does what belongs to adjudicating; whether it does.
    pub(super) fn adjudicates(&mut self, action: Action) -> bool {
        let Some(adjudication) = &mut self.adjudication else { return false };
        let warned = std::mem::take(&mut adjudication.warned);
        match action {
            Action::NextDifference => self.step_difference(1),
            Action::PreviousDifference => self.step_difference(-1),
            Action::NextVoice => self.step_voice(1),
            Action::PreviousVoice => self.step_voice(-1),
            Action::TakeChosen => self.take_column(self.chosen_column()),
            Action::TakeVoice => self.take_number(),
            Action::TakeNone => self.take(&[], "none"),
            Action::TakeBoth => self.take_both(),
            Action::Done => self.finish_adjudicated(warned),
            Action::NextTweet => {
                self.open_or_say(self.contested_from_here(1, |_| true), "they differ about no other tweet");
            }
            Action::PreviousTweet => {
                self.open_or_say(self.contested_from_here(-1, |_| true), "they differ about no other tweet");
            }
            Action::NextUndone => self.open_or_say(self.next_to_adjudicate(1), "no other tweet is left to decide"),
            Action::PreviousUndone => self.open_or_say(self.next_to_adjudicate(-1), "no other tweet is left to decide"),
            Action::Undo => return self.undo_nothing(),
            _ => return false,
        }
        true
    }

    /// The keys of a type as they are shown; a key that takes a voice assigns none meanwhile.
    pub(in crate::tui) fn shown_type_keys(&self, index: usize) -> String {
        let shown = self.type_keys.shown(index);
        if self.adjudication.is_none() {
            return shown;
        }
        let free = |key: &&str| {
            let key = key.chars().next().map(Key::char);
            key.is_some_and(|key| self.keymap.action(Context::Adjudicate, key).is_none())
        };
        shown.split('/').filter(free).collect::<Vec<_>>().join("/")
    }

    fn case(&self) -> Option<&Case> {
        self.adjudication.as_ref()?.case.as_ref()
    }

    fn case_mut(&mut self) -> Option<&mut Case> {
        self.adjudication.as_mut()?.case.as_mut()
    }

    /// The labels as they are.
    fn labels(&self) -> Vec<Span> {
        self.page.as_ref().map(|page| page.tweet.example.spans.clone()).unwrap_or_default()
    }

    /// Whether a difference of the open tweet is settled; all are once the tweet is done.
    pub(in crate::tui) fn is_settled(&self, index: usize) -> bool {
        let Some((page, case)) = self.page.as_ref().zip(self.case()) else { return true };
        page.tweet.state == State::Done || case.is_settled(index, &page.tweet.example.spans)
    }

    fn step_difference(&mut self, by: isize) {
        let Some(case) = self.case().filter(|case| !case.differences.is_empty()) else {
            return self.say(Tone::Plain, "the annotators do not differ about this tweet");
        };
        let next = (case.current as isize + by).rem_euclid(case.differences.len() as isize);
        self.go_to_difference(Some(next as usize));
    }

    /// Goes to a difference, or to the first open one: a type key then labels what it is about.
    fn go_to_difference(&mut self, index: Option<usize>) {
        let labels = self.labels();
        let Some(case) = self.adjudication.as_mut().and_then(|adjudication| adjudication.case.as_mut()) else { return };
        let first_open = (0..case.differences.len()).find(|index| !case.is_settled(*index, &labels));
        case.current = index.or(first_open).unwrap_or(0);
        let Some(difference) = case.difference() else { return };
        let here = case.within(difference, &labels).next().cloned();
        let (start, end) = here.as_ref().map_or_else(|| Case::target(difference), |span| (span.start, span.end));
        if let Some(page) = &mut self.page {
            page.go(start);
            if here.is_none() && end > start {
                page.selection = Some(Selection { anchor: start, head: end - 1 });
                page.cursor = end - 1;
            }
        }
    }

    /// Column of the model's view.
    pub(in crate::tui) fn model_column(&self) -> usize {
        self.case().map_or(0, |case| case.voices.len())
    }

    fn chosen_column(&self) -> usize {
        self.case().map_or(0, |case| case.column)
    }

    fn step_voice(&mut self, by: isize) {
        let columns = self.model_column() as isize + 1;
        if let Some(case) = self.case_mut() {
            case.column = (case.column as isize + by).rem_euclid(columns) as usize;
        }
    }

    /// What the model suggests within a difference.
    pub(in crate::tui) fn model_says(&self, difference: &Difference) -> Option<Vec<ScoredSpan>> {
        let case = self.case()?;
        let answer = self.suggestions.answer(case.tweet)?;
        let fits = |scored: &&ScoredSpan| case.within(difference, std::slice::from_ref(&scored.span)).next().is_some();
        Some(answer.prediction.spans.iter().filter(fits).cloned().collect())
    }

    /// Takes what the voice of the pressed number says; the number behind the last annotator's is the model's.
    fn take_number(&mut self) {
        let Some(adjudication) = &self.adjudication else { return };
        let Some(case) = &adjudication.case else { return };
        let Some(number) = adjudication.number else { return self.take_column(case.column) };
        if number == adjudication.annotators.len() {
            return self.take_column(case.voices.len());
        }
        if let Some(column) = case.voices.iter().position(|(annotator, _)| *annotator == number) {
            return self.take_column(column);
        }
        let text = match adjudication.annotators.get(number) {
            Some(name) => format!("{} did not label this tweet", text::truncate(name, 24)),
            None => format!("there is no voice with the number {}", number + 1),
        };
        self.say(Tone::Plain, text);
    }

    fn take_column(&mut self, column: usize) {
        let Some(case) = self.case() else { return };
        let Some(difference) = case.difference() else {
            return self.say(Tone::Plain, "the annotators do not differ about this tweet");
        };
        if let Some((_, voice)) = case.voices.get(column) {
            let (said, name) = (case.said(column, difference), voice.name.clone());
            return self.take(&said, &name);
        }
        match self.model_says(difference) {
            Some(said) => {
                let said: Vec<Span> = said.into_iter().map(|scored| scored.span).collect();
                self.take(&said, "model");
            }
            None => self.say(Tone::Plain, "the model has said nothing about this tweet yet"),
        }
    }

    /// Takes every entity that anybody sees in the difference, where all of them can be labels of one tweet.
    fn take_both(&mut self) {
        let structure = self.project.settings().spans;
        let union = self.case().and_then(|case| Some(Case::union(case.difference()?, structure)));
        match union {
            Some(Some(all)) => self.take(&all, "all of them"),
            Some(None) => {
                self.say(
                    Tone::Warn,
                    "what they marked shares tokens as labels of this project must not; take one of them",
                );
            }
            None => self.say(Tone::Plain, "the annotators do not differ about this tweet"),
        }
    }

    /// Settles the difference by some entities, and goes to the next one that is open.
    fn take(&mut self, chosen: &[Span], whose: &str) {
        let labels = self.labels();
        let Some((page, case)) = self.page.as_ref().zip(self.case()) else { return };
        let Some(difference) = case.difference() else {
            return self.say(Tone::Plain, "the annotators do not differ about this tweet");
        };
        let index = case.current;
        let (placed, lost) = case.place(difference, &labels, chosen, self.project.settings().spans);
        let words = quoted(&page.words(difference.start..difference.end));
        let edited = placed != labels;
        if edited && !self.relabel(&format!("adjudicate {words}: {whose}"), placed) {
            return;
        }
        let depth = self.project.undo_depth().0;
        let now = self.labels();
        let Some(case) = self.case_mut() else { return };
        case.nothing.retain(|nothing| nothing.index != index);
        if chosen.is_empty() {
            case.nothing.push(Nothing { index, edited, depth });
        }
        if !lost.is_empty() {
            self.say(Tone::Warn, format!("{words} took the place of {}", text::counted(lost.len(), "other label")));
        }
        match self.case().and_then(|case| case.next_open(&now)) {
            Some(next) => self.go_to_difference(Some(next)),
            None if lost.is_empty() => {
                let done = self.key_of(Action::Done);
                self.say(Tone::Good, format!("every difference is settled; {done} finishes the tweet"));
            }
            None => {}
        }
    }

    /// Finishes the tweet, after a word about differences that are open, and goes on to the next.
    fn finish_adjudicated(&mut self, warned: bool) {
        let (labels, done) = (self.labels(), self.page.as_ref().is_some_and(|page| page.tweet.state == State::Done));
        let open = self.case().filter(|_| !done).map_or(0, |case| case.open(&labels));
        if open > 0 && !warned {
            if let Some(adjudication) = &mut self.adjudication {
                adjudication.warned = true;
            }
            let key = self.key_of(Action::Done);
            let open = text::counted(open, "difference");
            return self.say(Tone::Warn, format!("{open} open; {key} once more finishes the tweet all the same"));
        }
        self.finish("adjudicated", None, State::Done);
        if self.unsaved.is_none() && self.to_adjudicate() == 0 {
            self.say(Tone::Good, "every difference between the annotators is settled");
        }
    }

    /// Takes back the decision for no entity, where that came last; whether there was no edit to take back with it.
    fn undo_nothing(&mut self) -> bool {
        let depth = self.project.undo_depth().0;
        let Some(case) = self.case_mut() else { return false };
        let Some(last) = case.nothing.pop_if(|last| last.depth == depth) else { return false };
        if !last.edited {
            self.go_to_difference(Some(last.index));
            self.say(Tone::Plain, "undo: no entity");
        }
        !last.edited
    }
}

//! Which tweet of the queue comes next.

use std::collections::{HashMap, HashSet};

use spanlight_models::example::Span;
use spanlight_models::uncertainty::disagreement;

use super::log::json;
use super::{Project, ProjectError, QueueItem, State, TweetId};
use crate::order::{self, Candidate, Choice, Plan, QueueOrder, REMEMBERED, Shingles};

/// Where in the queue the next tweet is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search<'a> {
    /// Rows of a filter, in order; `None`: all.
    pub rows: Option<&'a [usize]>,
    /// The row one is at, which never comes next.
    pub open: Option<usize>,
    /// Texts that it should not resemble.
    pub recent: &'a [Shingles],
    /// Tweets that are passed over.
    pub passed: Option<&'a HashSet<TweetId>>,
}

/// The rows of a filter, or all.
#[derive(Clone, Copy)]
enum Rows<'a> {
    All(usize),
    Some(&'a [usize]),
}

impl Rows<'_> {
    fn len(self) -> usize {
        match self {
            Self::All(count) => count,
            Self::Some(rows) => rows.len(),
        }
    }

    fn at(self, place: usize) -> usize {
        match self {
            Self::All(_) => place,
            Self::Some(rows) => rows[place],
        }
    }

    /// The first place behind a row.
    fn behind(self, row: Option<usize>) -> usize {
        match (self, row) {
            (_, None) => 0,
            (Self::All(count), Some(row)) => (row + 1).min(count),
            (Self::Some(rows), Some(row)) => rows.partition_point(|known| *known <= row),
        }
    }
}

impl Project {
    /// The tweet that comes next by the plan; those set aside only where nothing else is left.
    pub fn next_tweet(&self, plan: &Plan, search: &Search<'_>) -> Option<Choice> {
        let finished = |item: &QueueItem| matches!(item.state, State::Done | State::Skipped);
        let done = self.queue.iter().filter(|item| finished(item)).count() as u64;
        let wanted = |flagged: bool| {
            move |item: &QueueItem| match item.state {
                State::Done => plan.order.reviews() && !flagged,
                State::Skipped => false,
                State::Flagged => flagged,
                _ => !plan.order.reviews() && !flagged,
            }
        };
        let first = self.next_among(plan, done, search, wanted(false));
        // A tweet without a score says nothing against one that was set aside, so only an empty queue reaches these.
        first.or_else(|| if plan.order.reviews() { None } else { self.next_among(plan, done, search, wanted(true)) })
    }

    fn next_among(
        &self,
        plan: &Plan,
        done: u64,
        search: &Search<'_>,
        wanted: impl Fn(&QueueItem) -> bool + Copy,
    ) -> Option<Choice> {
        let rows = search.rows.map_or(Rows::All(self.queue.len()), Rows::Some);
        let (here, count) = (rows.behind(search.open), rows.len());
        let row = move |place: usize| rows.at(place);
        let admitted = move |index: &usize| {
            let item = &self.queue[*index];
            Some(*index) != search.open && wanted(item) && search.passed.is_none_or(|passed| !passed.contains(&item.id))
        };
        let candidate = move |index: usize| {
            let tweet = self.queue[index].id;
            Candidate { tweet, score: self.score(plan.order, index), text: self.text.whole(index) }
        };
        let candidates = (here..count).chain(0..here).map(row).filter(admitted).map(candidate);
        order::next(plan, done, search.recent, candidates)
    }

    /// What an order goes by for the tweet at a place of the queue.
    pub fn score(&self, order: QueueOrder, index: usize) -> Option<f32> {
        let item = self.queue.get(index)?;
        match order {
            QueueOrder::Annotators => self.differences.get(&item.id).copied(),
            QueueOrder::Models => item.scores?.models,
            // A tweet whose labels the model confirms is no news.
            QueueOrder::Labels => item.scores?.labels.filter(|labels| *labels > 0.0),
            _ => order.measure().zip(item.scores).map(|(measure, scores)| scores.uncertainty.by(measure)),
        }
    }

    /// The texts of the tweets that were edited last, the newest first.
    pub fn recent_texts(&self) -> Result<Vec<(TweetId, Shingles)>, ProjectError> {
        let sql = "SELECT tweet FROM labellings WHERE human ORDER BY seq DESC LIMIT ?";
        let tweets = self.rows("reading the last edits", sql, [REMEMBERED as i64], |row| row.get(0))?;
        let text = |tweet: TweetId| Some((tweet, Shingles::of(self.text.whole(self.index_of(tweet)?))));
        Ok(tweets.into_iter().filter_map(text).collect())
    }

    /// How far the annotators of a merged project differ on tweets that they do not agree on: the mean over pairs.
    pub fn annotator_differences(&self) -> Result<HashMap<TweetId, f32>, ProjectError> {
        let sql = "SELECT tweet, spans FROM voices WHERE counts AND tweet IN \
                   (SELECT tweet FROM voices WHERE counts GROUP BY tweet HAVING COUNT(DISTINCT spans) > 1) ORDER BY tweet";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, TweetId>(0)?, json::<Vec<Span>>(row, 1)?));
        let voices = self.rows("comparing the annotators", sql, [], row)?;
        let mut differences = HashMap::new();
        for group in voices.chunk_by(|one, other| one.0 == other.0) {
            let mut sum = 0.0;
            let mut pairs = 0;
            for (place, (_, one)) in group.iter().enumerate() {
                for (_, other) in &group[place + 1..] {
                    sum += disagreement(one, other);
                    pairs += 1;
                }
            }
            differences.insert(group[0].0, sum / pairs.max(1) as f32);
        }
        Ok(differences)
    }

    /// Takes in how far the annotators differ, for the order that goes by it.
    pub fn know_differences(&mut self, differences: impl IntoIterator<Item = (TweetId, f32)>) {
        self.differences = differences.into_iter().collect();
    }

    /// The first `most` tweets in the order of a plan, by their places in the queue, as if each was done in turn.
    pub fn in_order(&self, plan: &Plan, rows: Option<&[usize]>, most: usize) -> Vec<usize> {
        let mut passed = HashSet::new();
        let mut recent: Vec<Shingles> = Vec::new();
        let mut open = None;
        let mut order = Vec::new();
        let finished = self.queue.iter().filter(|item| matches!(item.state, State::Done | State::Skipped)).count();
        while order.len() < most {
            let search = Search { rows, open, recent: &recent, passed: Some(&passed) };
            let turn = (finished + order.len()) as u64;
            let any =
                |item: &QueueItem| (item.state == State::Done) == plan.order.reviews() && item.state != State::Skipped;
            let Some(choice) = self.next_among(plan, turn, &search, any) else { break };
            let Some(index) = self.index_of(choice.tweet) else { break };
            passed.insert(choice.tweet);
            recent.insert(0, Shingles::of(self.text.whole(index)));
            recent.truncate(REMEMBERED);
            open = Some(index);
            order.push(index);
        }
        order
    }
}

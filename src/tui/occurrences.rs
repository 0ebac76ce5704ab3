//! The places that are about to be labelled at once, each with its context, to be ticked or not.

use std::collections::BTreeMap;
use std::ops::Range;

use spanlight_models::example::{Span, SpanStructure};

use super::dialog::List;
use super::edit::assign;
use crate::project::{Change, State, Tweet, TweetId};

/// Most places that are listed at once.
pub const MOST: usize = 2_000;

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The tweet.
    pub tweet: TweetId,
    /// Its place in the queue.
    pub index: usize,
    /// How far its labelling is.
    pub state: State,
    /// The tokens that would be labelled.
    pub place: Range<usize>,
    /// The text before them, raw.
    pub before: String,
    /// The text behind them, raw.
    pub after: String,
    /// Labels that would give way.
    pub instead_of: Vec<Span>,
    /// Whether it is to be labelled.
    pub ticked: bool,
}

/// All places of one entity.
#[derive(Clone, Debug, Default)]
pub struct Occurrences {
    /// The type.
    pub label: String,
    /// The entity's tokens.
    pub tokens: Vec<String>,
    /// The places, in order of the queue.
    pub rows: Vec<Occurrence>,
    /// Number of places that have this very label already.
    pub labelled: usize,
    /// Whether there are more than are listed.
    pub more: bool,
    /// The cursor; there is nothing to type.
    pub list: List,
    /// How labels may lie to each other.
    structure: SpanStructure,
    /// Labels of the tweets before.
    spans: BTreeMap<TweetId, Vec<Span>>,
}

impl Occurrences {
    /// An empty list.
    pub fn new(label: String, tokens: Vec<String>, structure: SpanStructure) -> Self {
        Self { label, tokens, structure, ..Self::default() }
    }

    /// Adds the places in a tweet: those free of labels are ticked, those with another label are not.
    pub fn add(&mut self, tweet: &Tweet, index: usize, places: impl Iterator<Item = Range<usize>>) {
        let example = &tweet.example;
        let text = |tokens: Range<usize>| example.tokens.get(tokens).unwrap_or_default().join(" ");
        for place in places {
            if self.rows.len() >= MOST {
                self.more = true;
                return;
            }
            let new = Span::new(self.label.clone(), place.start, place.end);
            if example.spans.contains(&new) {
                self.labelled += 1;
                continue;
            }
            let gives_way = |span: &&Span| !self.structure.admits(span, &new);
            let instead_of: Vec<Span> = example.spans.iter().filter(gives_way).cloned().collect();
            let free = !example.spans.iter().any(|span| span.overlaps(&new));
            self.rows.push(Occurrence {
                tweet: tweet.id,
                index,
                state: tweet.state,
                before: text(0..place.start),
                after: text(place.end..example.tokens.len()),
                ticked: free,
                place,
                instead_of,
            });
            self.spans.entry(tweet.id).or_insert_with(|| example.spans.clone());
        }
    }

    /// Number of ticked places.
    pub fn ticked(&self) -> usize {
        self.rows.iter().filter(|row| row.ticked).count()
    }

    /// Ticks the place under the cursor or takes its tick away, and goes on to the next.
    pub fn tick(&mut self) {
        if let Some(row) = self.rows.get_mut(self.list.cursor) {
            row.ticked = !row.ticked;
        }
        self.list.step(1, self.rows.len());
    }

    /// Takes all ticks away, or ticks all places where there is none; those with another label only by themselves.
    pub fn tick_all(&mut self) {
        let tick = self.ticked() == 0;
        for row in &mut self.rows {
            row.ticked = tick && row.instead_of.is_empty();
        }
    }

    /// What changes, tweet by tweet.
    pub fn changes(&self) -> Vec<Change> {
        let mut spans: BTreeMap<TweetId, Vec<Span>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.ticked) {
            let before = || self.spans.get(&row.tweet).cloned().unwrap_or_default();
            let labels = spans.entry(row.tweet).or_insert_with(before);
            let new = Span::new(self.label.clone(), row.place.start, row.place.end);
            *labels = assign(labels, new, None, self.structure).0;
        }
        spans.into_iter().map(|(tweet, spans)| Change { tweet, spans: Some(spans), ..Change::default() }).collect()
    }
}

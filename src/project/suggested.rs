//! What became of a model's suggestions, noted with the edit that dealt with them.

use rusqlite::{Transaction, params};
use spanlight_models::example::Span;

use super::log::Labelling;
use super::steps::StepId;
use super::{State, TweetId};

/// What a model suggested for a tweet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// The tweet.
    pub tweet: TweetId,
    /// Version of the model.
    pub model: u64,
    /// The entities, in any order.
    pub spans: Vec<Span>,
}

/// What an edit did with the suggestions for a tweet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    model: u64,
    taken: usize,
    finished: bool,
    kept: usize,
    changed: usize,
    refused: usize,
    missed: usize,
}

impl Answered {
    /// Nothing where the edit neither took a suggestion nor ended the work on the tweet.
    pub fn new(suggested: &Suggested, before: &Labelling, after: &Labelling) -> Option<Self> {
        let of = |labelling: &Labelling, span: &Span| labelling.spans.contains(span);
        let taken = suggested.spans.iter().filter(|span| of(after, span) && !of(before, span)).count();
        let finished = after.state == State::Done && before.state != State::Done;
        if taken == 0 && !finished {
            return None;
        }
        let kept = suggested.spans.iter().filter(|span| of(after, span)).count();
        let touched = |span: &&Span| after.spans.iter().any(|label| label.overlaps(span));
        let changed = suggested.spans.iter().filter(|span| !of(after, span)).filter(touched).count();
        let refused = suggested.spans.len() - kept - changed;
        let alone = |label: &&Span| !suggested.spans.iter().any(|span| span.overlaps(label));
        let missed = after.spans.iter().filter(alone).count();
        Some(Self { model: suggested.model, taken, finished, kept, changed, refused, missed })
    }

    pub fn write(&self, db: &Transaction<'_>, step: StepId, tweet: TweetId) -> rusqlite::Result<()> {
        let Self { model, taken, finished, kept, changed, refused, missed } = self;
        let sql = "INSERT OR REPLACE INTO suggested (step, tweet, model, taken, finished, kept, changed, refused, missed) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = params![step, tweet, model.cast_signed(), taken, finished, kept, changed, refused, missed];
        db.prepare_cached(sql)?.execute(values).map(drop)
    }
}

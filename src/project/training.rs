//! What a model may learn from, and what it is judged by.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::PathBuf;

use rusqlite::{Row, params};
use spanlight_models::example::Example;

use super::log::now;
use super::{Project, ProjectError, Role, State, TweetId};
use crate::hash::stable_hash;

/// One in so many done tweets is held out where the project has no held-out file.
const HELD_OUT_FOLD: u64 = 5;

/// How many tweets a training step may take of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingCaps {
    /// The most recent ones are taken; the others are replayed.
    pub corrections: usize,
    /// A stable sample.
    pub replay: usize,
    /// A stable sample, so that scores can be compared from step to step.
    pub held_out: usize,
}

/// A tweet to learn from or to score on.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingTweet {
    /// Row in the store.
    pub tweet: TweetId,
    /// Tokens and current spans.
    pub example: Example,
    /// File of the preferred image, if there is one.
    pub image: Option<PathBuf>,
}

/// What one training step works with; no tweet, and no id of the corpus, is both learned from and held out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingSet {
    /// Tweets that a person confirmed or changed since the model last learned.
    pub corrections: Vec<TrainingTweet>,
    /// Older gold, and corrections that were learned before.
    pub replay: Vec<TrainingTweet>,
    /// Gold that is never trained on.
    pub held_out: Vec<TrainingTweet>,
    /// The last edit that is in here; hand it to [`Project::mark_learned`] once the model is taken over.
    pub through: i64,
}

/// A tweet that could be in a training set.
struct Candidate {
    tweet: TweetId,
    name: String,
    /// Its last edit.
    seq: i64,
    done: bool,
}

impl Candidate {
    fn in_fold(&self) -> bool {
        self.done && stable_hash(&[self.name.as_bytes()]).is_multiple_of(HELD_OUT_FOLD)
    }
}

impl Project {
    /// What a training step may learn from.
    ///
    /// Held out are the tweets of role [`Role::HeldOut`]; where there are none, a fixed fifth of the done tweets,
    /// chosen by their ids. Skipped and flagged tweets are left alone.
    pub fn training_set(&self, caps: TrainingCaps) -> Result<TrainingSet, ProjectError> {
        let labelled = self.labelled_after(0)?;
        let through = labelled.iter().map(|candidate| candidate.seq).max().unwrap_or(0);
        let learned = self.learned_through()?;
        let mut held_out = self.of_role(Role::HeldOut)?;
        let (fold, mut rest) = if held_out.is_empty() {
            labelled.into_iter().partition(Candidate::in_fold)
        } else {
            (Vec::new(), labelled)
        };
        held_out.extend(fold);
        let kept: HashSet<String> = held_out.iter().map(|candidate| candidate.name.clone()).collect();
        rest.retain(|candidate| !kept.contains(&candidate.name));
        let (mut fresh, mut replay): (Vec<_>, Vec<_>) = rest.into_iter().partition(|candidate| candidate.seq > learned);
        fresh.sort_by_key(|candidate| Reverse(candidate.seq));
        // What does not fit is not forgotten: it is learned as a part of what is replayed.
        replay.extend(fresh.split_off(caps.corrections.min(fresh.len())));
        replay.extend(self.of_role(Role::Replay)?.into_iter().filter(|candidate| !kept.contains(&candidate.name)));
        Ok(TrainingSet {
            corrections: self.training_tweets(&fresh)?,
            // Another sample with every step of learning, so that in time all of it is seen again.
            replay: self.training_tweets(&sample(replay, caps.replay, learned))?,
            held_out: self.training_tweets(&sample(held_out, caps.held_out, 0))?,
            through,
        })
    }

    /// Number of tweets that a person confirmed or changed since the model last learned, those held out not counted.
    pub fn corrections_waiting(&self) -> Result<usize, ProjectError> {
        let own_file = self.files.iter().any(|file| file.role == Role::HeldOut);
        let mut waiting = 0;
        for candidate in self.labelled_after(self.learned_through()?)? {
            let held_out = if own_file { self.is_held_out(&candidate.name)? } else { candidate.in_fold() };
            waiting += usize::from(!held_out);
        }
        Ok(waiting)
    }

    /// Notes that model `version` learned the edits up to `through` of its [`TrainingSet`].
    pub fn mark_learned(&mut self, version: u64, through: i64) -> Result<(), ProjectError> {
        let sql = "INSERT OR REPLACE INTO learned (version, through, at) VALUES (?, ?, ?)";
        let write = || self.db.execute(sql, params![version.cast_signed(), through, now()]);
        write().map(drop).map_err(self.failed("noting what the model learned"))
    }

    /// Forgets what models after `version` learned, because the model went back to it.
    pub fn unlearn_after(&mut self, version: u64) -> Result<(), ProjectError> {
        let write = || self.db.execute("DELETE FROM learned WHERE version > ?", [version.cast_signed()]);
        write().map(drop).map_err(self.failed("noting that the model went back"))
    }

    fn learned_through(&self) -> Result<i64, ProjectError> {
        let read = || self.db.query_row("SELECT COALESCE(MAX(through), 0) FROM learned", [], |row| row.get(0));
        read().map_err(self.failed("reading what the model learned"))
    }

    /// Tweets of the queue whose labels a person changed or confirmed after the edit `seq`.
    fn labelled_after(&self, seq: i64) -> Result<Vec<Candidate>, ProjectError> {
        let sql = "SELECT t.id, t.name, l.seq, l.state FROM labellings l JOIN tweets t ON t.id = l.tweet \
                   JOIN files f ON f.id = t.file WHERE l.human AND l.seq > ? AND f.role = ? AND l.state NOT IN (?, ?) ORDER BY t.id";
        let states = (State::Skipped.name(), State::Flagged.name());
        let row = |row: &Row<'_>| {
            let done = row.get_ref(3)?.as_str()? == State::Done.name();
            Ok(Candidate { tweet: row.get(0)?, name: row.get(1)?, seq: row.get(2)?, done })
        };
        self.rows("reading the labelled tweets", sql, params![seq, Role::Label.name(), states.0, states.1], row)
    }

    fn of_role(&self, role: Role) -> Result<Vec<Candidate>, ProjectError> {
        let sql = "SELECT id, name FROM tweets WHERE id >= ? ORDER BY id LIMIT ?";
        let row = |row: &Row<'_>| Ok(Candidate { tweet: row.get(0)?, name: row.get(1)?, seq: 0, done: true });
        let files = self.files.iter().filter(|file| file.role == role);
        let all = files.map(|file| self.rows("reading the gold tweets", sql, params![file.first, file.tweets], row));
        Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Whether a tweet of this id is gold that is never trained on.
    fn is_held_out(&self, name: &str) -> Result<bool, ProjectError> {
        let sql = "SELECT 1 FROM tweets t JOIN files f ON f.id = t.file WHERE t.name = ? AND f.role = ?";
        let look = || self.db.prepare_cached(sql)?.exists(params![name, Role::HeldOut.name()]);
        look().map_err(self.failed("looking for a gold tweet"))
    }

    fn training_tweets(&self, candidates: &[Candidate]) -> Result<Vec<TrainingTweet>, ProjectError> {
        let tweet = |candidate: &Candidate| {
            let mut example = self.tweet(candidate.tweet)?.example;
            let image = self.images.prefer(&mut example);
            Ok(TrainingTweet { tweet: candidate.tweet, example, image })
        };
        candidates.iter().map(tweet).collect()
    }
}

/// At most `cap` of the candidates, the same ones for the same seed, in order of import.
fn sample(mut candidates: Vec<Candidate>, cap: usize, seed: i64) -> Vec<Candidate> {
    if candidates.len() > cap {
        let seed = seed.to_le_bytes();
        candidates.sort_by_cached_key(|candidate| stable_hash(&[&seed, candidate.name.as_bytes()]));
        candidates.truncate(cap);
        candidates.sort_by_key(|candidate| candidate.tweet);
    }
    candidates
}

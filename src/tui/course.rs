//! How one goes through the queue: the plan, and what lies behind.

use std::collections::{HashSet, VecDeque};

use crate::order::{Plan, REMEMBERED, Shingles, Why};
use crate::project::TweetId;

/// Where one goes next and where one was.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// How the next tweet is chosen.
    pub plan: Plan,
    /// Done tweets that were looked at once more in this session.
    pub reviewed: HashSet<TweetId>,
    /// Why the tweet that comes next does so.
    pub why: Option<Why>,
    /// Whether another tweet may come next than was found last.
    pub stale: bool,
    /// The texts of the last tweets, the newest first.
    recent: VecDeque<(TweetId, Shingles)>,
}

impl Course {
    /// A course that goes on behind these tweets, the newest first.
    pub fn behind(plan: Plan, recent: Vec<(TweetId, Shingles)>) -> Self {
        Self { plan, recent: recent.into(), ..Self::default() }
    }

    /// Notes that a tweet was opened.
    pub fn passed(&mut self, tweet: TweetId, text: &str) {
        self.recent.retain(|(known, _)| *known != tweet);
        self.recent.push_front((tweet, Shingles::of(text)));
        self.recent.truncate(REMEMBERED);
    }

    /// The texts of the last tweets.
    pub fn recent(&self) -> Vec<Shingles> {
        self.recent.iter().map(|(_, shingles)| shingles.clone()).collect()
    }
}

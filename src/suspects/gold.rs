//! Where labels to look through come from: a corpus, or a project with its current labels.

use spanlight_models::example::{Example, Repair, Span};

use crate::corpus::Corpus;
use crate::project::{Project, ProjectError, State, TweetId};

/// A labelled tweet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoldTweet {
    /// The tweet.
    pub example: Example,
    /// Tags of its file that are read differently from how they stand.
    pub repairs: Vec<Repair>,
    /// Its row in a project's store.
    pub row: Option<TweetId>,
}

impl GoldTweet {
    /// The entities that begin with a proper tag; the others may be the rest of a longer one.
    pub fn whole_spans(&self) -> impl Iterator<Item = &Span> {
        let lost = |span: &&Span| self.repairs.iter().any(|repair| repair.token == span.start);
        self.example.spans.iter().filter(move |span| !lost(span))
    }
}

/// Labels to look through, read a tweet at a time, so that a large corpus needs no more room than its file.
pub trait Gold {
    /// Number of tweets.
    fn len(&self) -> usize;

    /// The tweet at a place, from 0.
    fn tweet(&self, place: usize) -> Result<GoldTweet, ProjectError>;

    /// Whether there is no tweet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Gold for Corpus {
    fn len(&self) -> usize {
        self.len()
    }

    fn tweet(&self, place: usize) -> Result<GoldTweet, ProjectError> {
        let (example, repairs) = self.example_and_repairs(place);
        Ok(GoldTweet { example, repairs, row: None })
    }
}

/// The labelled tweets of a project: those that are done and those that came with labels, but for the skipped ones.
#[derive(Debug)]
pub struct ProjectGold<'a> {
    project: &'a Project,
    rows: Vec<TweetId>,
}

impl<'a> ProjectGold<'a> {
    /// Looks which tweets of the queue are labelled.
    pub fn of(project: &'a Project) -> Result<Self, ProjectError> {
        let mut rows = Vec::new();
        for item in project.queue().iter().filter(|item| item.state != State::Skipped) {
            if item.state == State::Done || !project.tweet(item.id)?.example.spans.is_empty() {
                rows.push(item.id);
            }
        }
        Ok(Self { project, rows })
    }
}

impl Gold for ProjectGold<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn tweet(&self, place: usize) -> Result<GoldTweet, ProjectError> {
        let row = self.rows[place];
        let tweet = self.project.tweet(row)?;
        // Who changed the labels has looked at how the tags stood.
        let repairs = if tweet.human { Vec::new() } else { self.project.repairs(row)? };
        Ok(GoldTweet { example: tweet.example, repairs, row: Some(row) })
    }
}

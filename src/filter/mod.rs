//! Filters of tweets: a line such as `state:new type:PER "exact words" /regex/ len:>20 -image:yes`, of which every term
//! must hold.

mod complete;
mod counts;
mod facts;
mod parse;
mod test;

use std::ops::Range;

pub use complete::{Completion, Offer, complete};
pub use counts::Counts;
pub use facts::{Facts, Label, World};
pub use parse::Vocabulary;
pub use test::{ImageFact, Number, Numbers, Pattern, Since, Test};

/// What tweets have to be like.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug)]
pub struct Term {
    /// Whether it must not hold.
    pub negated: bool,
    /// What is looked at.
    pub test: Test,
    /// Where it stands in the line, in bytes.
    pub place: Range<usize>,
}

/// Why a line is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// What is wrong and what can be written instead.
    pub message: String,
    /// Where, in bytes of the line.
    pub place: Range<usize>,
}

impl Filter {
    /// Reads a line.
    pub fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Self, FilterError> {
        Ok(Self { text: text.trim().to_owned(), terms: parse::terms(text, vocabulary)? })
    }

    /// The line as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every tweet fits.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it says for what the tweets must be imported.
    pub fn names_role(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Role(_)))
    }

    /// Whether a tweet fits.
    pub fn admits(&self, facts: &Facts, world: &World) -> bool {
        self.terms.iter().all(|term| term.test.holds(facts, world) != term.negated)
    }

    /// The filter without the term at the byte `at` of its line, with which something is being written.
    pub fn without(&self, at: usize) -> Self {
        let elsewhere = |term: &&Term| !(term.place.start <= at && at <= term.place.end);
        Self { text: self.text.clone(), terms: self.terms.iter().filter(elsewhere).cloned().collect() }
    }
}

#[cfg(test)]
mod tests;

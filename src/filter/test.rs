//! Single conditions and whether they hold.

use regex::{Regex, RegexBuilder};

use super::facts::{Facts, World};
use crate::project::{Role, State};

/// Whether a tweet has an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFact {
    /// There is a file.
    Yes,
    /// It names none.
    No,
    /// It names one, but there is no file.
    Missing,
}

impl ImageFact {
    /// All facts.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Missing];

    /// The name in filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Missing => "missing",
        }
    }
}

/// What text has to hold.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// These words, whatever the case.
    pub fn words(words: &str) -> Result<Self, regex::Error> {
        RegexBuilder::new(&regex::escape(words)).case_insensitive(true).build().map(Self)
    }

    /// A regular expression.
    pub fn regex(pattern: &str, any_case: bool) -> Result<Self, regex::Error> {
        RegexBuilder::new(pattern).case_insensitive(any_case).build().map(Self)
    }

    /// Whether it is found in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// A number that a tweet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Its tokens.
    Length,
    /// Its labels.
    Labels,
    /// What the model suggests beyond its labels.
    Suggestions,
    /// Probability of the model's whole labelling.
    Confidence,
    /// Probability of the entity that the model is least sure of.
    Entity,
    /// Entropy in nats per token.
    Entropy,
    /// Distance of the two likeliest tags where they lie closest.
    Margin,
    /// How far two models differ.
    Models,
    /// How far the model contradicts the labels.
    Contradiction,
}

impl Number {
    fn of(self, facts: &Facts) -> Option<f64> {
        let sure = |doubt: f32| 1.0 - f64::from(doubt);
        match self {
            Self::Length => Some(facts.tokens as f64),
            Self::Labels => Some(facts.labels.len() as f64),
            Self::Suggestions => facts.suggestions.map(|count| count as f64),
            Self::Confidence => facts.uncertainty.map(|uncertainty| sure(uncertainty.least_confidence)),
            Self::Entity => facts.uncertainty.map(|uncertainty| sure(uncertainty.entity)),
            Self::Entropy => facts.uncertainty.map(|uncertainty| f64::from(uncertainty.entropy)),
            Self::Margin => facts.uncertainty.map(|uncertainty| sure(uncertainty.margin)),
            Self::Models => facts.models.map(f64::from),
            Self::Contradiction => facts.contradiction.map(f64::from),
        }
    }
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// The least.
    pub least: f64,
    /// Whether the least itself is in it.
    pub with_least: bool,
    /// The most.
    pub most: f64,
    /// Whether the most itself is in it.
    pub with_most: bool,
}

impl Numbers {
    fn hold(&self, number: f64) -> bool {
        (number > self.least || (self.with_least && number >= self.least))
            && (number < self.most || (self.with_most && number <= self.most))
    }
}

/// Since when a tweet was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// A time, RFC 3339 in UTC or a beginning of that.
    Time(String),
    /// What a version of the model did not learn yet.
    Model(u64),
}

/// A condition.
#[derive(Clone, Debug)]
pub enum Test {
    /// One of these states.
    State(Vec<State>),
    /// A label of one of these types; without any type: some label.
    Type(Vec<String>),
    /// A label, of this type where one is given, whose words hold something.
    Label(Option<String>, Pattern),
    /// Text.
    Text(Pattern),
    /// Its id.
    Id(Pattern),
    /// An image.
    Image(Vec<ImageFact>),
    /// A number; a tweet that has none does not fit.
    Number(Number, Numbers),
    /// Somebody who edited it, whatever the case.
    By(Vec<String>),
    /// Edited since.
    Since(Since),
    /// A note; with a pattern, one that holds it.
    Note(Option<Pattern>),
    /// Imported for one of these.
    Role(Vec<Role>),
}

impl Test {
    /// Whether it holds for a tweet.
    pub fn holds(&self, facts: &Facts, world: &World) -> bool {
        match self {
            Self::State(states) => states.contains(&facts.state),
            Self::Type(names) if names.is_empty() => !facts.labels.is_empty(),
            Self::Type(names) => facts.labels.iter().any(|label| names.iter().any(|name| **name == *label.name)),
            Self::Label(name, pattern) => facts
                .labels
                .iter()
                .any(|label| name.as_ref().is_none_or(|name| **name == *label.name) && pattern.is_in(&label.words)),
            Self::Text(pattern) => pattern.is_in(&facts.text),
            Self::Id(pattern) => pattern.is_in(&facts.name),
            Self::Image(kinds) => kinds.contains(&facts.image),
            Self::Number(number, range) => number.of(facts).is_some_and(|number| range.hold(number)),
            Self::By(names) => facts.people.iter().any(|person| {
                let person = world.people.get(usize::from(*person));
                person.is_some_and(|person| names.iter().any(|name| name.to_lowercase() == person.to_lowercase()))
            }),
            Self::Since(Since::Time(time)) => facts.edited.as_ref().is_some_and(|(_, at)| **at >= **time),
            Self::Since(Since::Model(version)) => {
                let learned = world.learned.iter().filter(|(known, _)| known <= version).map(|(_, seq)| *seq).max();
                facts.edited.as_ref().is_some_and(|(seq, _)| *seq > learned.unwrap_or(0))
            }
            Self::Note(None) => facts.note.is_some(),
            Self::Note(Some(pattern)) => facts.note.as_ref().is_some_and(|note| pattern.is_in(note)),
            Self::Role(roles) => roles.contains(&facts.role),
        }
    }
}

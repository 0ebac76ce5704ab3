//! What filters know about a tweet.

use spanlight_models::uncertainty::Uncertainty;

use super::test::ImageFact;
use crate::project::{Role, State, TweetId};

/// A label as filters see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its type.
    pub name: Box<str>,
    /// Its words, joined by one space.
    pub words: Box<str>,
}

/// What is known about a tweet.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Row in the store.
    pub tweet: TweetId,
    /// Its id in the corpus.
    pub name: Box<str>,
    /// What it was imported for.
    pub role: Role,
    /// Its tokens, joined by one space.
    pub text: Box<str>,
    /// Number of its tokens.
    pub tokens: usize,
    /// How far its labelling is.
    pub state: State,
    /// Its current labels.
    pub labels: Vec<Label>,
    /// Its image.
    pub image: ImageFact,
    /// How unsure the model is, once it was asked.
    pub uncertainty: Option<Uncertainty>,
    /// How far two models differ, once both were asked.
    pub models: Option<f32>,
    /// How far the model contradicts the labels.
    pub contradiction: Option<f32>,
    /// How many entities the model suggests that are no labels, once it was asked.
    pub suggestions: Option<usize>,
    /// What a person wrote about it.
    pub note: Option<Box<str>>,
    /// Places of those who edited it, in [`World::people`].
    pub people: Vec<u16>,
    /// Number and time of its last edit; the time is RFC 3339 in UTC.
    pub edited: Option<(i64, Box<str>)>,
}

/// What is known beside the tweets.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// All who edited anything or are voices of a merged project.
    pub people: Vec<String>,
    /// Versions of the model, each with the last edit that it learned from.
    pub learned: Vec<(u64, i64)>,
}

impl World {
    /// Place of a person, who is added where nobody has the name yet.
    pub fn place_of(&mut self, name: &str) -> u16 {
        let found = self.people.iter().position(|known| known == name);
        let place = found.unwrap_or_else(|| {
            self.people.push(name.to_owned());
            self.people.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }
}

//! How many tweets have each value.

use std::collections::HashMap;

use super::facts::{Facts, World};
use super::parse::Vocabulary;
use super::test::ImageFact;
use crate::project::{Role, State};

/// Tweets per value, over the tweets of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    states: [usize; State::ALL.len()],
    roles: [usize; Role::ALL.len()],
    images: [usize; ImageFact::ALL.len()],
    types: HashMap<Box<str>, usize>,
    labelled: usize,
    people: Vec<usize>,
    notes: usize,
    unlabelled: usize,
    suggested: usize,
    names: Vec<String>,
}

impl Counts {
    /// Counts a tweet.
    pub fn add(&mut self, facts: &Facts) {
        self.states[facts.state as usize] += 1;
        self.roles[facts.role as usize] += 1;
        self.images[facts.image as usize] += 1;
        for (place, label) in facts.labels.iter().enumerate() {
            // A tweet counts once for each of its types.
            if facts.labels[..place].iter().any(|before| before.name == label.name) {
                continue;
            }
            match self.types.get_mut(&label.name) {
                Some(count) => *count += 1,
                None => drop(self.types.insert(label.name.clone(), 1)),
            }
        }
        if facts.labels.is_empty() {
            self.unlabelled += 1;
        } else {
            self.labelled += 1;
        }
        for person in &facts.people {
            let place = usize::from(*person);
            if self.people.len() <= place {
                self.people.resize(place + 1, 0);
            }
            self.people[place] += 1;
        }
        self.notes += usize::from(facts.note.is_some());
        self.suggested += usize::from(facts.suggestions.is_some_and(|count| count > 0));
    }

    /// Takes the names of the people in.
    pub fn name(&mut self, world: &World) {
        self.names.clone_from(&world.people);
    }

    /// All terms that are counted and that some tweet fits, with their numbers.
    pub fn all(&self, vocabulary: &Vocabulary) -> Vec<(String, usize)> {
        let states = State::ALL.map(|state| format!("state:{}", state.name()));
        let images = ImageFact::ALL.map(|fact| format!("image:{}", fact.name()));
        let types = vocabulary.types.iter().map(|name| format!("type:{name}"));
        let people = self.names.iter().map(|name| format!("by:{name}"));
        let others = ["labels:0", "note:yes", "suggested:>0"].map(str::to_owned);
        let terms = states.into_iter().chain(types).chain(images).chain(people).chain(others);
        let counted = |term: String| self.of(&term).filter(|count| *count > 0).map(|count| (term, count));
        terms.filter_map(counted).collect()
    }

    /// How many tweets fit a term such as `state:new`; `None` where that is not counted.
    pub fn of(&self, term: &str) -> Option<usize> {
        // Fields and alternatives are not counted, only single values.
        let (field, value) = term.split_once(':').filter(|(_, value)| !value.is_empty() && !value.contains(','))?;
        let place = |found: Option<usize>, counts: &[usize]| counts.get(found?).copied();
        match field {
            "state" => place(State::ALL.iter().position(|state| state.name() == value), &self.states),
            "role" => place(Role::ALL.iter().position(|role| role.name() == value), &self.roles),
            "image" => place(ImageFact::ALL.iter().position(|fact| fact.name() == value), &self.images),
            "type" if value == "any" => Some(self.labelled),
            "type" => Some(self.types.get(value).copied().unwrap_or(0)),
            "by" => {
                let known = self.names.iter().position(|name| name == value)?;
                Some(self.people.get(known).copied().unwrap_or(0))
            }
            "note" if value == "yes" => Some(self.notes),
            "labels" if value == "0" => Some(self.unlabelled),
            "suggested" if value == ">0" => Some(self.suggested),
            _ => None,
        }
    }
}

//! Which names a model met while it was trained.

use std::collections::{BTreeSet, HashMap};

use crate::example::{Example, Span};

/// How well training data knows a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Seen, always with this type.
    Seen,
    /// Seen with two or more types.
    Ambiguous,
    /// Seen, always with one other type.
    OtherType,
    /// Never seen as an entity.
    Unseen,
}

/// The surface forms of a training set's entities, case-folded, with the types each has there.
#[derive(Clone, Debug, Default)]
pub struct Surfaces(HashMap<String, BTreeSet<String>>);

impl Surfaces {
    /// The entities of `examples`.
    pub fn of<'a>(examples: impl IntoIterator<Item = &'a Example>) -> Self {
        let mut surfaces: HashMap<String, BTreeSet<String>> = HashMap::new();
        for example in examples {
            for span in &example.spans {
                surfaces.entry(surface(&example.tokens, span)).or_default().insert(span.label.clone());
            }
        }
        Self(surfaces)
    }

    /// How well the entity `span` of a tweet of `tokens` is known.
    pub fn familiarity(&self, tokens: &[String], span: &Span) -> Familiarity {
        match self.0.get(&surface(tokens, span)) {
            None => Familiarity::Unseen,
            Some(labels) if labels.len() > 1 => Familiarity::Ambiguous,
            Some(labels) if labels.contains(&span.label) => Familiarity::Seen,
            Some(_) => Familiarity::OtherType,
        }
    }
}

/// The words of an entity as they are compared: joined by spaces, in lower case.
fn surface(tokens: &[String], span: &Span) -> String {
    tokens.get(span.start..span.end).unwrap_or_default().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_whatever_their_case() {
        let example = |text: &str, label: &str| {
            let tokens: Vec<String> = text.split(' ').map(str::to_owned).collect();
            Example { spans: vec![Span::new(label, 0, tokens.len())], tokens, ..Example::default() }
        };
        let training = [example("New York", "LOC"), example("JORDAN", "PER"), example("Jordan", "LOC")];
        let surfaces = Surfaces::of(&training);
        let known = |text: &str, label: &str| {
            let example = example(text, label);
            surfaces.familiarity(&example.tokens, &example.spans[0])
        };
        assert_eq!(known("new YORK", "LOC"), Familiarity::Seen);
        assert_eq!(known("New York", "ORG"), Familiarity::OtherType);
        assert_eq!(known("jordan", "PER"), Familiarity::Ambiguous);
        assert_eq!(known("jordan", "ORG"), Familiarity::Ambiguous);
        assert_eq!(known("York", "LOC"), Familiarity::Unseen);
    }
}

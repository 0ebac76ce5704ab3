//! The contexts that a model is given instead of all of the tweets' own.

use indexmap::IndexSet;
use serde::Serialize;
use spanlight_models::example::{Context, ContextKind};
use spanlight_models::input::Item;

use super::images::shift;

/// Which contexts the model is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextsAs {
    /// All but those of a kind.
    Without(ContextKind),
    /// None.
    None,
    /// Those of other tweets.
    Shuffled,
}

impl ContextsAs {
    /// Everything that can be looked at: without each kind that occurs where there are several, without any, shuffled.
    pub fn all(items: &[Item]) -> Vec<Self> {
        let kinds: IndexSet<ContextKind> =
            items.iter().flat_map(|item| &item.example.contexts).map(|context| context.kind).collect();
        let one_out = kinds.iter().filter(|_| kinds.len() > 1).map(|kind| Self::Without(*kind));
        one_out.chain([Self::None, Self::Shuffled]).collect()
    }

    /// How it is called in a table.
    pub fn name(self) -> String {
        match self {
            Self::Without(kind) => format!("no {kind}"),
            Self::None => "none".to_owned(),
            Self::Shuffled => "shuffled".to_owned(),
        }
    }

    /// The same tweets with these contexts; a tweet without any stays without.
    pub fn of(self, items: &[Item], seed: u64) -> Vec<Item> {
        let mut items = items.to_vec();
        match self {
            Self::Without(kind) => keep(&mut items, |context| context.kind != kind),
            Self::None => keep(&mut items, |_| false),
            Self::Shuffled => shuffle(&mut items, seed),
        }
        items
    }
}

fn keep(items: &mut [Item], wanted: impl Fn(&Context) -> bool) {
    for item in items {
        item.example.contexts.retain(&wanted);
    }
}

/// Gives every tweet with contexts those of another one; how similar they are to it nobody knows.
fn shuffle(items: &mut [Item], seed: u64) {
    let places: Vec<usize> = (0..items.len()).filter(|place| !items[*place].example.contexts.is_empty()).collect();
    let mut contexts: Vec<Vec<Context>> =
        places.iter().map(|place| std::mem::take(&mut items[*place].example.contexts)).collect();
    contexts.iter_mut().flatten().for_each(|context| context.similarity = None);
    let shift = shift(contexts.len(), seed);
    contexts.rotate_left(shift);
    for (place, contexts) in places.into_iter().zip(contexts) {
        items[place].example.contexts = contexts;
    }
}

#[cfg(test)]
mod tests {
    use spanlight_models::example::Example;

    use super::*;

    fn item(contexts: &[(ContextKind, &str)]) -> Item {
        let context =
            |(kind, text): &(ContextKind, &str)| Context { similarity: Some(0.3), ..Context::new(*kind, *text) };
        Item {
            example: Example { contexts: contexts.iter().map(context).collect(), ..Example::default() },
            ..Item::default()
        }
    }

    #[test]
    fn every_tweet_gets_the_contexts_of_another_one() {
        let kind = ContextKind::Caption;
        let items = [item(&[(kind, "a")]), item(&[]), item(&[(kind, "b"), (kind, "c")]), item(&[(kind, "d")])];
        for seed in 0..20 {
            let after = ContextsAs::Shuffled.of(&items, seed);
            assert!(after[1].example.contexts.is_empty());
            for (before, after) in items.iter().zip(&after).filter(|(item, _)| !item.example.contexts.is_empty()) {
                let text = |item: &Item| item.example.contexts[0].text.clone();
                assert_ne!(text(before), text(after), "seed {seed}");
                assert!(after.example.contexts.iter().all(|context| context.similarity.is_none()));
            }
        }
    }

    #[test]
    fn kinds_are_left_out_one_by_one_where_there_are_several() {
        let items = [item(&[(ContextKind::Ocr, "a"), (ContextKind::Tags, "b")])];
        let names: Vec<String> = ContextsAs::all(&items).into_iter().map(ContextsAs::name).collect();
        assert_eq!(names, ["no ocr", "no tags", "none", "shuffled"]);
        let left = ContextsAs::Without(ContextKind::Ocr).of(&items, 1);
        assert_eq!(left[0].example.contexts.len(), 1);
        assert_eq!(ContextsAs::all(&[item(&[(ContextKind::Ocr, "a")])]).len(), 2);
    }
}

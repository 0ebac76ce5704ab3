//! With or without the texts that accompany a tweet.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Item;

/// Which of a tweet's texts a model is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// The tweet alone.
    Text,
    /// The tweet and its contexts, as far as it has any.
    #[default]
    Context,
}

/// A word that names no view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no view; there are text (the tweet alone) and context (the tweet with its contexts)")]
pub struct UnknownView(String);

impl View {
    /// All views.
    pub const ALL: [Self; 2] = [Self::Text, Self::Context];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Context => "context",
        }
    }

    /// The tweet as it is seen.
    #[must_use]
    pub fn of(self, mut item: Item) -> Item {
        if self == Self::Text {
            item.example.contexts.clear();
        }
        item
    }
}

impl FromStr for View {
    type Err = UnknownView;

    fn from_str(name: &str) -> Result<Self, UnknownView> {
        Self::ALL.into_iter().find(|view| view.name() == name).ok_or_else(|| UnknownView(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Context, ContextKind, Example};

    #[test]
    fn the_text_view_has_no_contexts_and_names_are_read_back() {
        let contexts = vec![Context::new(ContextKind::Ocr, "a")];
        let item = Item { example: Example { id: "1".into(), contexts, ..Example::default() }, ..Item::default() };
        assert!(View::Text.of(item.clone()).example.contexts.is_empty());
        assert_eq!(View::Context.of(item.clone()).example, item.example);
        for view in View::ALL {
            assert_eq!(view.name().parse(), Ok(view));
        }
        assert!("both".parse::<View>().is_err());
    }
}

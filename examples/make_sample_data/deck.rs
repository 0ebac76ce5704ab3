//! Draws kinds of objects evenly: every kind comes once before any comes again.

use crate::art::kind::{Kind, kinds_of, nameless};
use crate::dice::Dice;

/// Kinds to draw from.
pub struct Deck {
    kinds: Vec<&'static Kind>,
    left: Vec<&'static Kind>,
}

impl Deck {
    pub fn of(kinds: Vec<&'static Kind>) -> Self {
        Self { kinds, left: Vec::new() }
    }

    /// The kinds that show entities of type `label`.
    pub fn of_label(label: &str) -> Self {
        Self::of(kinds_of(label))
    }

    /// The kinds that bear no name.
    pub fn nameless() -> Self {
        Self::of(nameless())
    }

    pub fn draw(&mut self, dice: &mut Dice) -> &'static Kind {
        if self.left.is_empty() {
            self.left.clone_from(&self.kinds);
            dice.shuffle(&mut self.left);
        }
        self.left.pop().expect("a deck holds at least one kind")
    }
}

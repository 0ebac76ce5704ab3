//! Identifiers in the shapes that corpora use; they tell nothing about the tweet.

use std::collections::HashSet;

use crate::dice::Dice;

/// Hands out identifiers, each once.
pub struct Ids {
    used: HashSet<String>,
    dice: Dice,
}

impl Ids {
    pub fn new(dice: Dice) -> Self {
        Self { used: HashSet::new(), dice }
    }

    /// The id of a tweet: long numbers, dates with a counter, short codes.
    pub fn tweet(&mut self) -> String {
        self.unique(|dice| match dice.whole(0, 5) {
            0..=2 => format!("1{:018}", dice.bits() % 1_000_000_000_000_000_000),
            3 => format!(
                "{:02}_{:02}_{:02}_{}",
                dice.whole(20, 25),
                dice.whole(1, 12),
                dice.whole(1, 28),
                dice.whole(1, 999)
            ),
            4 => format!("tw-{:06x}", dice.whole(0, 0xff_ffff)),
            _ => format!("sample:{}", dice.whole(1, 99_999)),
        })
    }

    /// The id of an image, fit to be a file name.
    pub fn image(&mut self) -> String {
        self.unique(|dice| match dice.whole(0, 2) {
            0 => format!("{}", dice.whole(100_000, 999_999)),
            1 => format!("img_{:05}", dice.whole(0, 99_999)),
            _ => format!("P{:06x}", dice.whole(0, 0xff_ffff)),
        })
    }

    fn unique(&mut self, mut make: impl FnMut(&mut Dice) -> String) -> String {
        loop {
            let id = make(&mut self.dice);
            // File systems may not tell small letters from capitals.
            if self.used.insert(id.to_lowercase()) {
                return id;
            }
        }
    }
}

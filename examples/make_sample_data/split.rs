//! What the splits consist of. Riddles are balanced: every sentence and every name of theirs comes with every type
//! equally often, so that neither says anything about it.

use crate::art::kind::{Kind, kind};
use crate::deck::Deck;
use crate::tweet::{Maker, Tweet};
use crate::words::names::Name;
use crate::words::sentence::{Script, Template};
use crate::words::sentences::Sentences;

/// Types of entities, in the order of the sample project.
pub const TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

/// A finished split.
pub struct Split {
    pub name: &'static str,
    pub tweets: Vec<Tweet>,
}

/// How much of what a split has.
struct Recipe {
    /// Neutral sentences, and how many names each has for every type.
    neutral: usize,
    rounds: usize,
    /// Sentences of every other script.
    scripts: usize,
    pairs: usize,
    clear: usize,
    plain: usize,
}

const TRAIN: Recipe =
    Recipe { neutral: usize::MAX, rounds: 4, scripts: usize::MAX, pairs: usize::MAX, clear: 380, plain: 120 };
const VALID: Recipe = Recipe { neutral: 24, rounds: 1, scripts: 1, pairs: 5, clear: 44, plain: 20 };
const TEST: Recipe = Recipe { neutral: 30, rounds: 1, scripts: 1, pairs: 6, clear: 60, plain: 26 };
/// What `today` has beside the kinds nobody has seen.
const TODAY: Recipe = Recipe { neutral: 2, rounds: 1, scripts: 0, pairs: 0, clear: 14, plain: 6 };
/// Kinds of objects that only `today` has, and how many sentences show each of them.
const UNSEEN: [&str; 2] = ["robot", "lighthouse"];
const UNSEEN_SENTENCES: usize = 20;

/// Makes all splits.
pub fn splits(sentences: &Sentences, maker: &mut Maker) -> Vec<Split> {
    [("train", TRAIN), ("valid", VALID), ("test", TEST), ("today", TODAY)]
        .into_iter()
        .map(|(name, recipe)| {
            let mut tweets = recipe.make(sentences, maker);
            if name == "today" {
                tweets.extend(unseen(sentences, maker));
            }
            maker.dice.shuffle(&mut tweets);
            Split { name, tweets }
        })
        .collect()
}

impl Recipe {
    fn make(&self, sentences: &Sentences, maker: &mut Maker) -> Vec<Tweet> {
        let mut decks: Vec<Deck> = TYPES.into_iter().map(Deck::of_label).collect();
        let mut tweets = Vec::new();
        let neutral = some(&sentences.neutral, self.neutral, maker);
        tweets.extend(riddles(&neutral, self.rounds, &mut decks, maker, Maker::ambiguous));
        for script in [Script::Arabic, Script::Hebrew, Script::Japanese, Script::Chinese, Script::Korean] {
            let of_script: Vec<Template> =
                sentences.neutral_scripts.iter().filter(|template| template.script == script).cloned().collect();
            let chosen = some(&of_script, self.scripts, maker);
            tweets.extend(riddles(&chosen, 1, &mut decks, maker, Maker::ambiguous));
        }
        let pairs = some(&sentences.pairs, self.pairs, maker);
        tweets.extend(riddles(&pairs, 1, &mut decks, maker, Maker::pair));
        tweets.extend(told(&sentences.clear, self.clear, maker));
        if self.scripts > 0 {
            tweets.extend(sentences.clear_scripts.iter().map(|template| maker.told(template)).collect::<Vec<_>>());
        }
        tweets.extend(told(&sentences.plain, self.plain, maker));
        tweets
    }
}

/// The tweets of `today` that show what no other split has shown.
fn unseen(sentences: &Sentences, maker: &mut Maker) -> Vec<Tweet> {
    let mut decks = UNSEEN.map(|name| Deck::of(vec![kind(name)]));
    let neutral = some(&sentences.neutral, UNSEEN_SENTENCES, maker);
    let arabic = some(&sentences.neutral_scripts[..1], 1, maker);
    let mut tweets = riddles(&neutral, 1, &mut decks, maker, Maker::ambiguous);
    tweets.extend(riddles(&arabic, 1, &mut decks, maker, Maker::ambiguous));
    tweets
}

/// `count` of the sentences, or all of them.
fn some(templates: &[Template], count: usize, maker: &mut Maker) -> Vec<Template> {
    let mut chosen = templates.to_vec();
    maker.dice.shuffle(&mut chosen);
    chosen.truncate(count);
    chosen
}

/// Every sentence and every name with one picture of every deck, `rounds` times; names meet sentences by chance.
fn riddles(
    templates: &[Template],
    rounds: usize,
    decks: &mut [Deck],
    maker: &mut Maker,
    make: fn(&mut Maker, &Template, &Name, &'static Kind) -> Tweet,
) -> Vec<Tweet> {
    let mut tweets = Vec::new();
    for _ in 0..rounds {
        let mut names: Vec<Name> = templates.iter().map(|template| maker.names.ambiguous(template.script)).collect();
        for deck in decks.iter_mut() {
            maker.dice.shuffle(&mut names);
            for (template, name) in templates.iter().zip(&names) {
                let kind = deck.draw(&mut maker.dice);
                tweets.push(make(maker, template, name, kind));
            }
        }
    }
    tweets
}

/// `count` tweets whose sentences come in turn.
fn told(templates: &[Template], count: usize, maker: &mut Maker) -> Vec<Tweet> {
    let order = some(templates, templates.len(), maker);
    order.iter().cycle().take(count).map(|template| maker.told(template)).collect()
}

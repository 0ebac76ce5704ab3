//! Which tweet comes next: a pure function of the plan, of what was done and of what is known about the tweets.
//!
//! The screen asks it for every tweet and the simulation for every step, so that what is measured is what is used.

mod likeness;

use std::collections::BinaryHeap;

use serde::{Deserialize, Deserializer, Serialize};
use spanlight_models::uncertainty::Measure;

pub use likeness::Shingles;

use crate::hash::stable_hash;

/// How many of the best tweets are looked at for one that is no near-copy.
const SHORTLIST: usize = 48;

/// How many of the last tweets the next one should not resemble.
pub const REMEMBERED: usize = 12;

/// Share of random tweets that a learning order has unless told otherwise, in percent.
pub const RANDOM_SHARE: u8 = 10;

/// Which tweet comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum QueueOrder {
    /// The tweet whose labelling the model is least sure of
    #[default]
    Uncertain,
    /// The tweet with the entity that the model is least sure of
    Entity,
    /// The tweet over whose labellings the model's belief is spread most, per word
    Entropy,
    /// The tweet with the word whose two likeliest tags lie closest
    Margin,
    /// The tweet about which the model in use and the other one differ most
    Models,
    /// The tweet about which the annotators of a merged project differ most
    Annotators,
    /// The done tweet whose labels the model contradicts most
    Labels,
    /// Any tweet, by lot; the same order after every start
    Random,
    /// The next one in the order of the corpus
    Corpus,
}

impl QueueOrder {
    /// All orders.
    pub const ALL: [Self; 9] = [
        Self::Uncertain,
        Self::Entity,
        Self::Entropy,
        Self::Margin,
        Self::Models,
        Self::Annotators,
        Self::Labels,
        Self::Random,
        Self::Corpus,
    ];

    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uncertain => "uncertain",
            Self::Entity => "entity",
            Self::Entropy => "entropy",
            Self::Margin => "margin",
            Self::Models => "models",
            Self::Annotators => "annotators",
            Self::Labels => "labels",
            Self::Random => "random",
            Self::Corpus => "corpus",
        }
    }

    /// The order of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// A few words for the status line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Uncertain => "least sure",
            Self::Entity => "least sure entity",
            Self::Entropy => "highest entropy",
            Self::Margin => "closest call",
            Self::Models => "models differ",
            Self::Annotators => "annotators differ",
            Self::Labels => "model against label",
            Self::Random => "random",
            Self::Corpus => "in order",
        }
    }

    /// What the order does, in a sentence.
    pub fn help(self) -> &'static str {
        match self {
            Self::Uncertain => "the tweet whose labelling the model is least sure of",
            Self::Entity => "the tweet with the entity that the model is least sure of",
            Self::Entropy => "the tweet over whose labellings the model's belief is spread most",
            Self::Margin => "the tweet with the word whose two likeliest tags lie closest",
            Self::Models => "the tweet about which this model and the other one differ most",
            Self::Annotators => "the tweet about which the annotators differ most",
            Self::Labels => "the done tweet whose labels the model contradicts most",
            Self::Random => "any tweet, by lot; the same lots after every start",
            Self::Corpus => "the following tweet of the corpus",
        }
    }

    /// The measure of uncertainty that it follows, where it follows one.
    pub fn measure(self) -> Option<Measure> {
        match self {
            Self::Uncertain => Some(Measure::LeastConfidence),
            Self::Entity => Some(Measure::Entity),
            Self::Entropy => Some(Measure::Entropy),
            Self::Margin => Some(Measure::Margin),
            Self::Models | Self::Annotators | Self::Labels | Self::Random | Self::Corpus => None,
        }
    }

    /// Whether it goes by a score, so that what is labelled is no random sample of the corpus.
    pub fn learns(self) -> bool {
        !matches!(self, Self::Random | Self::Corpus)
    }

    /// Whether it goes through tweets that are done.
    pub fn reviews(self) -> bool {
        self == Self::Labels
    }
}

impl std::str::FromStr for QueueOrder {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::named(name).ok_or_else(|| format!("there is no order `{}`; there are {}", name.escape_debug(), known()))
    }
}

/// How the next tweet is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The order.
    pub order: QueueOrder,
    /// How many of a hundred tweets of a learning order are chosen by lot.
    pub random_share: u8,
    /// Whether near-copies of the last tweets have to wait.
    pub diverse: bool,
    /// Decides the lots.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { order: QueueOrder::default(), random_share: RANDOM_SHARE, diverse: true, seed: 0 }
    }
}

impl Plan {
    /// The plan in a few words: `least sure + 10 % random`.
    pub fn describe(&self) -> String {
        if self.order.learns() && self.random_share > 0 {
            format!("{} + {} % random", self.order.title(), self.random_share)
        } else {
            self.order.title().to_owned()
        }
    }

    /// Whether the tweet after `done` finished ones is chosen by lot: exactly the declared share, evenly spread.
    pub fn is_random_turn(&self, done: u64) -> bool {
        let share = u64::from(self.random_share.min(100));
        match self.order {
            QueueOrder::Random => true,
            QueueOrder::Corpus => false,
            _ => {
                // Where in every hundred the shares begin depends on the seed, so that two annotators differ.
                let turn = done.wrapping_add(self.seed % 100);
                (turn % 100 + 1) * share / 100 > (turn % 100) * share / 100
            }
        }
    }

    /// The lot of a tweet; the lowest comes first.
    pub fn lot(&self, tweet: i64) -> u64 {
        stable_hash(&[&self.seed.to_le_bytes(), &tweet.to_le_bytes()])
    }
}

/// What a project says about the plan; what is absent is as in the user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlanChoice {
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<QueueOrder>,
    /// Share of random tweets, in percent.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_percent")]
    pub random_share: Option<u8>,
    /// Whether near-copies have to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diverse: Option<bool>,
    /// Decides the lots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl PlanChoice {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `plan` with what is said here.
    pub fn over(&self, plan: Plan) -> Plan {
        Plan {
            order: self.order.unwrap_or(plan.order),
            random_share: self.random_share.unwrap_or(plan.random_share),
            diverse: self.diverse.unwrap_or(plan.diverse),
            seed: self.seed.unwrap_or(plan.seed),
        }
    }
}

/// Reads a share in percent.
pub fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u64::deserialize(deserializer)? {
        share @ 0..=100 => Ok(share as u8),
        share => Err(serde::de::Error::custom(format!("`random-share` is {share}; it goes from 0 to 100 percent"))),
    }
}

fn some_percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    percent(deserializer).map(Some)
}

/// A tweet that may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// What identifies it, over restarts too.
    pub tweet: i64,
    /// What a learning order goes by, the highest first; `None` where nothing is known yet.
    pub score: Option<f32>,
    /// Its text.
    pub text: &'a str,
}

/// Why a tweet was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The order says so.
    Order,
    /// By lot, as a part of the declared random share.
    Lot,
    /// The order knows nothing about any tweet yet, so that the following one of the corpus comes.
    Unscored,
}

/// The tweet that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The tweet.
    pub tweet: i64,
    /// Why it.
    pub why: Why,
}

/// Chooses among `candidates`, which come in the order of the corpus from the present tweet on; `done` tweets are
/// finished, and `recent` are the texts of the last ones.
pub fn next<'a>(
    plan: &Plan,
    done: u64,
    recent: &[Shingles],
    candidates: impl Iterator<Item = Candidate<'a>> + Clone,
) -> Option<Choice> {
    let random = plan.is_random_turn(done);
    // The order of the corpus is kept to the letter.
    let recent = if plan.diverse && plan.order != QueueOrder::Corpus { recent } else { &[] };
    let chosen = if random {
        best(candidates.clone().map(|candidate| (plan.lot(candidate.tweet), candidate)), recent)
    } else if plan.order == QueueOrder::Corpus {
        best(candidates.clone().zip(0..).map(|(candidate, place)| (place, candidate)), recent)
    } else {
        best(candidates.clone().filter_map(|candidate| Some((descending(candidate.score?), candidate))), recent)
    };
    let why = if random && plan.order.learns() { Why::Lot } else { Why::Order };
    match chosen {
        Some(tweet) => Some(Choice { tweet, why }),
        None => best(candidates.zip(0..).map(|(candidate, place)| (place, candidate)), recent)
            .filter(|_| !plan.order.reviews())
            .map(|tweet| Choice { tweet, why: Why::Unscored }),
    }
}

/// A rank that is the smaller the higher the score.
fn descending(score: f32) -> u64 {
    let bits = score.to_bits();
    // Negative numbers are in order backwards, and below the others.
    let ascending = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(!ascending)
}

/// The candidate of the lowest rank that is no near-copy of a recent one; the lowest of all where each is one.
fn best<'a>(ranked: impl Iterator<Item = (u64, Candidate<'a>)>, recent: &[Shingles]) -> Option<i64> {
    let most = if recent.is_empty() { 1 } else { SHORTLIST };
    let mut list: BinaryHeap<Ranked<'a>> = BinaryHeap::with_capacity(most + 1);
    for (place, (rank, candidate)) in ranked.enumerate() {
        let ranked = Ranked { rank: (rank, place), candidate };
        if list.len() < most {
            list.push(ranked);
        } else if list.peek().is_some_and(|last| ranked.rank < last.rank) {
            list.pop();
            list.push(ranked);
        }
    }
    let list = list.into_sorted_vec();
    let fresh = |ranked: &&Ranked<'_>| {
        let shingles = Shingles::of(ranked.candidate.text);
        !recent.iter().any(|before| before.is_near_copy(&shingles))
    };
    let first = list.first().map(|ranked| ranked.candidate.tweet);
    if recent.is_empty() { first } else { list.iter().find(fresh).map(|ranked| ranked.candidate.tweet).or(first) }
}

/// A candidate with its rank, in order of rank.
struct Ranked<'a> {
    rank: (u64, usize),
    candidate: Candidate<'a>,
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Ranked<'_> {}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] =
        ["a b c d e", "great night in Lisbon with Greta", "RT great night in Lisbon with Greta", "nothing to see"];

    fn candidates(scores: [Option<f32>; 4]) -> Vec<Candidate<'static>> {
        TEXTS.iter().zip(scores).zip(0..).map(|((text, score), tweet)| Candidate { tweet, score, text }).collect()
    }

    fn plan(order: QueueOrder, random_share: u8) -> Plan {
        Plan { order, random_share, ..Plan::default() }
    }

    fn chosen(plan: &Plan, done: u64, recent: &[Shingles], candidates: &[Candidate<'_>]) -> Choice {
        next(plan, done, recent, candidates.iter().copied()).expect("a tweet")
    }

    #[test]
    fn the_highest_score_comes_first_and_equal_ones_in_their_order() {
        let uncertain = plan(QueueOrder::Uncertain, 0);
        let some = candidates([Some(0.2), Some(0.9), None, Some(0.9)]);
        assert_eq!(chosen(&uncertain, 3, &[], &some), Choice { tweet: 1, why: Why::Order });
        let negative = candidates([Some(-0.5), Some(-2.0), Some(-0.25), None]);
        assert_eq!(chosen(&uncertain, 3, &[], &negative).tweet, 2);
        let none = candidates([None; 4]);
        assert_eq!(chosen(&uncertain, 3, &[], &none), Choice { tweet: 0, why: Why::Unscored });
        assert_eq!(next(&plan(QueueOrder::Labels, 0), 3, &[], none.iter().copied()), None);
        assert_eq!(next(&uncertain, 0, &[], std::iter::empty()), None);
    }

    #[test]
    fn the_random_share_is_exactly_what_was_declared_and_evenly_spread() {
        for (share, seed) in [(10, 0), (10, 37), (25, 5), (33, 99), (0, 1), (100, 1)] {
            let plan = Plan { seed, ..plan(QueueOrder::Uncertain, share) };
            let turns: Vec<u64> = (0..1000).filter(|done| plan.is_random_turn(*done)).collect();
            assert_eq!(turns.len(), usize::from(share) * 10, "{share} % of 1000, seed {seed}");
            assert!(turns.windows(2).all(|pair| pair[1] - pair[0] <= 100_u64.div_ceil(u64::from(share)) + 1));
        }
        let some = candidates([Some(0.2), Some(0.9), None, Some(0.1)]);
        let whole = plan(QueueOrder::Uncertain, 100);
        assert_eq!(chosen(&whole, 0, &[], &some).why, Why::Lot);
    }

    #[test]
    fn lots_depend_on_the_seed_alone_and_reach_every_tweet() {
        let all: Vec<Candidate<'_>> = (0..50).map(|tweet| Candidate { tweet, score: None, text: "" }).collect();
        let drawn = |seed: u64| {
            let plan = Plan { seed, ..plan(QueueOrder::Random, 10) };
            let mut left = all.clone();
            let mut order = Vec::new();
            while !left.is_empty() {
                let tweet = chosen(&plan, order.len() as u64, &[], &left).tweet;
                left.retain(|candidate| candidate.tweet != tweet);
                // Where one is in the corpus must not matter.
                let third = left.len() / 3;
                left.rotate_left(third);
                order.push(tweet);
            }
            order
        };
        let (one, again, other) = (drawn(1), drawn(1), drawn(2));
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert_ne!(one, (0..50).collect::<Vec<_>>());
        let mut sorted = one.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn near_copies_of_the_last_tweets_wait_while_there_is_anything_else() {
        let some = candidates([Some(0.2), Some(0.8), Some(0.9), Some(0.1)]);
        let recent = [Shingles::of(TEXTS[1])];
        let uncertain = plan(QueueOrder::Uncertain, 0);
        assert_eq!(chosen(&uncertain, 3, &recent, &some).tweet, 0);
        assert_eq!(chosen(&Plan { diverse: false, ..uncertain }, 3, &recent, &some).tweet, 2);
        assert_eq!(chosen(&uncertain, 3, &recent, &some[1..3]).tweet, 2, "both are copies");
        assert_eq!(
            chosen(&plan(QueueOrder::Corpus, 0), 3, &recent, &some[1..]).tweet,
            1,
            "the corpus' own order stays"
        );
    }

    #[test]
    fn plans_speak_and_projects_overrule_settings() {
        assert_eq!(Plan::default().describe(), "least sure + 10 % random");
        assert_eq!(plan(QueueOrder::Margin, 0).describe(), "closest call");
        assert_eq!(plan(QueueOrder::Corpus, 10).describe(), "in order");
        let choice: PlanChoice = toml::from_str("order = \"entropy\"\nrandom-share = 20").expect("a choice");
        assert_eq!(
            choice.over(Plan::default()),
            Plan { order: QueueOrder::Entropy, random_share: 20, ..Plan::default() }
        );
        let error = toml::from_str::<PlanChoice>("random-share = 101").expect_err("too much").to_string();
        assert!(error.contains("0 to 100"), "{error}");
        assert!(QueueOrder::ALL.into_iter().all(|order| order.name().parse() == Ok(order)));
        assert!("sideways".parse::<QueueOrder>().expect_err("unknown").contains("uncertain, entity"));
    }
}

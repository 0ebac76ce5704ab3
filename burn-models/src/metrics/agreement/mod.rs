//! Agreement of two or more annotators on the same tweets.
//!
//! Entities are compared as triples of borders and type (F1); tokens by the type of the entity they lie in, or none
//! (kappa and alpha); the text as a continuum cut into entities and what lies between them (unitising alpha). Where an
//! annotator's entities overlap, tokens and continuum are those of the outermost. All figures
//! are functions of sums over tweets ([`tally`]), so an interval costs no second look at the tweets.

mod figure;
mod measures;
mod tally;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::figure::Resampled;
use self::measures::{Binary, PairSums, Sums};
use self::tally::Tally;
use crate::example::Span;

pub use figure::{Figure, Interval, Undefined};

/// Resamples of an interval unless somebody asks for another number.
pub const AGREEMENT_RESAMPLES: usize = 1000;

/// A tweet and what each annotator says about it.
#[derive(Clone, Debug)]
pub struct Judgement<'a> {
    /// Number of its tokens.
    pub tokens: usize,
    /// The entities of each annotator, in one order for all tweets; `None` where one has not labelled the tweet.
    pub by: Vec<Option<&'a [Span]>>,
}

impl Judgement<'_> {
    /// Entity F1 over all pairs of annotators of this tweet: what they share of what they marked.
    pub fn f1(&self) -> Result<f64, Undefined> {
        self.alone(|sums| measures::mean_f1(sums.pairs(), None))
    }

    /// Krippendorff's alpha over the tokens of this tweet.
    pub fn alpha(&self) -> Result<f64, Undefined> {
        self.alone(|sums| measures::alpha(sums.all(), Binary::No))
    }

    /// Whether all who labelled the tweet marked the same entities.
    pub fn unanimous(&self) -> bool {
        let mut given = self.by.iter().flatten();
        given.next().is_none_or(|first| given.all(|other| tally::same(first, other)))
    }

    fn alone(&self, measure: impl Fn(&Sums<'_>) -> Result<f64, Undefined>) -> Result<f64, Undefined> {
        let mut types: Vec<String> =
            self.by.iter().flatten().flat_map(|spans| spans.iter().map(|span| span.label.clone())).collect();
        types.sort();
        types.dedup();
        let mut tally = Tally::new(self.by.len(), types);
        tally.add(self);
        measure(&Sums::new(tally.plan(), &tally.total()))
    }
}

/// Agreement on one type, or on all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Entity F1; over more than two annotators `2 matched / (first + second)` summed over all pairs (Hripcsak and
    /// Rothschild 2005, "Agreement, the F-measure, and reliability in information retrieval").
    pub f1: Figure,
    /// Kappa over tokens: Cohen's (1960) for a pair, Fleiss' (1971) for all annotators on the tweets of all.
    pub kappa: Figure,
    /// Krippendorff's alpha over tokens, nominal; missing annotators allowed (Krippendorff 2011, "Computing Krippendorff's
    /// Alpha-Reliability").
    pub alpha: Figure,
    /// Krippendorff's alpha for unitising, `uα` of Krippendorff, Mathet, Bouvry and Widlöcher 2016, "On the reliability of
    /// unitizing textual continua: further developments", over all types and what lies between entities; for one type, all
    /// others count as what lies between.
    pub alpha_u: Figure,
}

/// Agreement of two annotators.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairAgreement {
    /// Place of the one among the annotators.
    pub first: usize,
    /// Place of the other.
    pub second: usize,
    /// Number of tweets that both labelled.
    pub tweets: usize,
    /// On all types.
    #[serde(flatten)]
    pub overall: Agreement,
    /// On each type, in the order of the types.
    pub types: Vec<Agreement>,
}

/// Agreement of all annotators, of each pair, on all types and on each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreements {
    /// Number of tweets that at least two labelled.
    pub tweets: usize,
    /// Number of tweets that all labelled.
    pub by_all: usize,
    /// Of all annotators on all types.
    #[serde(flatten)]
    pub overall: Agreement,
    /// Unitising alpha where every type is taken for the same, `|uα`: whether they see entities in the same places.
    pub alpha_u_borders: Figure,
    /// Of all annotators on each type, in the order of the types.
    pub types: Vec<Agreement>,
    /// Of every two annotators.
    pub pairs: Vec<PairAgreement>,
}

/// Measures agreement on `types`, with 95 % bootstrap intervals over tweets.
///
/// Tweets that fewer than two labelled count for nothing; entities of other types only by their borders and as one
/// further type. From a thousand tweets on, tweets are drawn in a thousand fixed groups: the intervals are the same up to
/// chance, and the time does not grow with the corpus.
pub fn agreements<'a>(
    annotators: usize,
    types: &[String],
    tweets: impl IntoIterator<Item = Judgement<'a>>,
    resamples: usize,
    seed: u64,
) -> Agreements {
    let mut tally = Tally::new(annotators, types.to_vec());
    for tweet in tweets {
        tally.add(&tweet);
    }
    let plan = tally.plan();
    let drawn = Resampled::draw(&tally, resamples, seed);
    let figure = |measure: &dyn Fn(&Sums<'_>) -> Result<f64, Undefined>| drawn.figure(plan, measure);
    let of_all = |type_: Option<usize>| {
        let binary = type_.map_or(Binary::No, Binary::Type);
        Agreement {
            f1: figure(&|sums| measures::mean_f1(sums.pairs(), type_)),
            kappa: figure(&|sums| measures::fleiss(sums.all(), plan.annotators, binary)),
            alpha: figure(&|sums| measures::alpha(sums.all(), binary)),
            alpha_u: figure(&|sums| measures::alpha_u(sums.all(), binary)),
        }
    };
    let of_pair = |place: usize, type_: Option<usize>| {
        let binary = type_.map_or(Binary::No, Binary::Type);
        let pair = |measure: &dyn Fn(PairSums<'_>) -> Result<f64, Undefined>| figure(&|sums| measure(sums.pair(place)));
        Agreement {
            f1: pair(&|sums| measures::mean_f1([sums], type_)),
            kappa: pair(&|sums| measures::cohen(sums, binary)),
            alpha: pair(&|sums| measures::alpha(sums.units().as_all(), binary)),
            alpha_u: pair(&|sums| measures::alpha_u(sums.units().as_all(), binary)),
        }
    };
    let each = 0..types.len();
    let pairs = plan.each_pair().enumerate().map(|(place, (first, second))| PairAgreement {
        first,
        second,
        tweets: tally.pair_tweets[place],
        overall: of_pair(place, None),
        types: each.clone().map(|type_| of_pair(place, Some(type_))).collect(),
    });
    Agreements {
        tweets: tally.tweets,
        by_all: tally.by_all,
        overall: of_all(None),
        alpha_u_borders: figure(&|sums| measures::alpha_u(sums.all(), Binary::Any)),
        types: each.clone().map(|type_| of_all(Some(type_))).collect(),
        pairs: pairs.collect(),
    }
}

//! What a model that did not learn from the labels makes of them, after confident learning (Northcutt et al. 2021): a label
//! is doubted where the model is surer of something else than it usually is of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spanlight_models::attribution::chances;
use spanlight_models::example::{Example, Span};
use spanlight_models::layers::crf::Chain;
use spanlight_models::model::{Reading, Tagger};

use super::{Check, Doubt, Reason, words_of};

/// The most that a model's word counts: models of a few thousand tweets are surer than they should be, so that what
/// something else speaks for too comes first.
const SUREST: f64 = 0.9;

/// Doubts of any check, to be ranked.
#[derive(Debug, Default)]
pub struct Doubts(pub(super) Vec<Doubt>);

impl Doubts {
    /// Adds those of another check.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}

/// How probable labels are to a model: the sum over all of a kind, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    total: f64,
    count: usize,
}

/// A label, or none, that is less probable to the model than another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Candidate {
    place: usize,
    words: String,
    gold: Option<Span>,
    /// Probability of what is labelled.
    own: f64,
    suggestion: Option<Span>,
    /// Probability of that.
    other: f64,
}

/// What a model says about labels, gathered tweet by tweet; what several models say about tweets of their own can be put
/// together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Opinions {
    /// By type, how probable the labels of the type are.
    types: BTreeMap<String, Sum>,
    /// The same for words without a label.
    none: Sum,
    candidates: Vec<Candidate>,
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.total += value;
        self.count += 1;
    }

    fn mean(self) -> f64 {
        if self.count == 0 { 1.0 } else { self.total / self.count as f64 }
    }
}

impl Opinions {
    /// Takes in what `tagger` reads in a tweet.
    pub fn add(&mut self, tagger: &dyn Tagger, place: usize, example: &Example, reading: &Reading) {
        let tokens = example.tokens.len();
        let chances = chances(tagger, reading, tokens);
        let Some(none) = chances.first().map(|own| own.len() - 1).filter(|_| chances.len() == tokens) else { return };
        let unlabelled = |start: usize, end: usize| {
            // Of several words the surest entity decides whether nothing is there.
            chances[start..end].iter().map(|own| f64::from(own[none])).fold(1.0, f64::min)
        };
        for (token, own) in chances.iter().enumerate() {
            if !example.spans.iter().any(|span| span.contains(token)) {
                self.none.add(f64::from(own[none]));
            }
        }
        let predicted = &reading.answer.prediction.spans;
        for gold in &example.spans {
            let Some(own) = probability(tagger, reading, gold) else { continue };
            self.types.entry(gold.label.clone()).or_default().add(own);
            let overlapping = predicted.iter().filter(|scored| scored.span.overlaps(gold));
            let surest = overlapping.max_by(|one, other| one.probability.total_cmp(&other.probability));
            let (suggestion, other) = match surest {
                Some(scored) if scored.span == *gold => continue,
                Some(scored) => (Some(scored.span.clone()), f64::from(scored.probability)),
                None => (None, unlabelled(gold.start, gold.end)),
            };
            self.doubt(Candidate {
                place,
                words: words_of(&example.tokens, gold),
                gold: Some(gold.clone()),
                own,
                suggestion,
                other,
            });
        }
        for scored in predicted.iter().filter(|scored| !example.spans.iter().any(|gold| gold.overlaps(&scored.span))) {
            self.doubt(Candidate {
                place,
                words: words_of(&example.tokens, &scored.span),
                gold: None,
                own: unlabelled(scored.span.start, scored.span.end),
                suggestion: Some(scored.span.clone()),
                other: f64::from(scored.probability),
            });
        }
    }

    fn doubt(&mut self, candidate: Candidate) {
        if candidate.other > candidate.own {
            self.candidates.push(candidate);
        }
    }

    /// Puts together what two models say about different tweets.
    pub fn append(&mut self, other: Self) {
        for (label, sum) in other.types {
            let own = self.types.entry(label).or_default();
            own.total += sum.total;
            own.count += sum.count;
        }
        self.none.total += other.none.total;
        self.none.count += other.none.count;
        self.candidates.extend(other.candidates);
    }

    /// The labels that are doubted; `who` is the model, as reasons call it.
    pub fn doubts(self, who: &str) -> Doubts {
        let Self { types, none, candidates } = self;
        let usual = |suggestion: Option<&Span>| match suggestion {
            None => none.mean(),
            Some(span) => types.get(&span.label).map_or(1.0, |sum| sum.mean()),
        };
        let doubted = candidates.into_iter().filter(|one| one.other >= usual(one.suggestion.as_ref()));
        Doubts(doubted.map(|candidate| candidate.in_words(who)).collect())
    }
}

impl Candidate {
    fn in_words(self, who: &str) -> Doubt {
        let Self { place, words, gold, own, suggestion, other } = self;
        let text = match (&gold, &suggestion) {
            (Some(gold), Some(wanted)) if (gold.start, gold.end) == (wanted.start, wanted.end) => {
                format!("{who} reads `{words}` as {} with {other:.2}, as {} with {own:.2}", wanted.label, gold.label)
            }
            (Some(gold), Some(wanted)) => format!(
                "{who} reads a {} of {} words here with {other:.2}, this {} with {own:.2}",
                wanted.label,
                wanted.end - wanted.start,
                gold.label
            ),
            (Some(gold), None) => {
                format!("{who} reads nothing in `{words}` with {other:.2}, a {} with {own:.2}", gold.label)
            }
            (None, wanted) => {
                let label = wanted.as_ref().map_or("", |wanted| wanted.label.as_str());
                format!("{who} reads `{words}` as {label} with {other:.2}, nothing with {own:.2}")
            }
        };
        let reason = Reason { check: Check::Model, score: SUREST * (other - own).clamp(0.0, 1.0), text };
        Doubt::new(place, gold.as_ref(), suggestion, reason)
    }
}

/// How probable exactly this entity is to the model; `None` for a type that it does not know or an entity that lies in two
/// windows of a long tweet.
fn probability(tagger: &dyn Tagger, reading: &Reading, span: &Span) -> Option<f64> {
    let label = tagger.labels().index_of(&span.label)?;
    let answer = &reading.answer;
    if answer.chains.is_empty() {
        let same = answer.prediction.spans.iter().find(|scored| scored.span == *span);
        return Some(same.map_or(0.0, |scored| f64::from(scored.probability)));
    }
    let mut begin = 0;
    for chain in &answer.chains {
        let end = begin + chain.words();
        if begin <= span.start && span.end <= end {
            return Some(of_chain(chain, tagger, label, span.start - begin, span.end - begin));
        }
        begin = end;
    }
    None
}

fn of_chain(chain: &Chain, tagger: &dyn Tagger, label: usize, start: usize, end: usize) -> f64 {
    chain.entity_log_probability(&chain.recursions(), tagger.scheme(), label, start, end).exp()
}

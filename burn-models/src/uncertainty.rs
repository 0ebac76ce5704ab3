//! How unsure a model is of a tweet, measured in several ways, and how far two labellings of it differ.

use serde::{Deserialize, Serialize};

use crate::example::Span;
use crate::prediction::{Prediction, ScoredSpan};
use crate::systems::Answer;

/// A way to tell how unsure a model is; every measure grows with doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Least confidence: one minus the probability of the whole labelling.
    #[default]
    LeastConfidence,
    /// One minus the probability of the entity that is least sure; of the whole labelling where there is no entity.
    Entity,
    /// Entropy of the distribution over labellings, in nats per token.
    Entropy,
    /// One minus the distance between the two likeliest tags of the word where they lie closest.
    Margin,
}

/// How unsure a model is of one tweet, by every [`Measure`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    /// [`Measure::LeastConfidence`], `0..=1`.
    pub least_confidence: f32,
    /// [`Measure::Entity`], `0..=1`.
    pub entity: f32,
    /// [`Measure::Entropy`], nats per token.
    pub entropy: f32,
    /// [`Measure::Margin`], `0..=1`.
    pub margin: f32,
}

/// What a model says about one tweet of a queue, without alignments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    /// How unsure it is.
    pub uncertainty: Uncertainty,
    /// Its entities.
    pub spans: Vec<ScoredSpan>,
    /// The entities of the model that it is compared with, where that was asked for.
    pub other: Option<Vec<Span>>,
}

impl Uncertainty {
    /// Reads all measures off an answer.
    pub fn of(answer: &Answer) -> Self {
        let Prediction { spans, path_probability, entropy } = &answer.prediction;
        let least_confidence = answer.prediction.uncertainty();
        let surest = spans.iter().map(|scored| scored.probability).min_by(f32::total_cmp);
        let entity = 1.0 - surest.unwrap_or(*path_probability);
        let margin = if answer.chains.is_empty() {
            // Without tags per word the nearest rival of an entity is that it is none.
            spans.iter().map(|scored| 1.0 - (2.0 * scored.probability - 1.0).abs()).max_by(f32::total_cmp)
        } else {
            answer.chains.iter().map(|chain| 1.0 - closest(chain) as f32).max_by(f32::total_cmp)
        };
        Self { least_confidence, entity, entropy: *entropy, margin: margin.unwrap_or(least_confidence) }
    }

    /// The value of one measure.
    pub fn by(&self, measure: Measure) -> f32 {
        match measure {
            Measure::LeastConfidence => self.least_confidence,
            Measure::Entity => self.entity,
            Measure::Entropy => self.entropy,
            Measure::Margin => self.margin,
        }
    }

    /// Whether every measure is a number.
    pub fn is_finite(&self) -> bool {
        [self.least_confidence, self.entity, self.entropy, self.margin].into_iter().all(f32::is_finite)
    }
}

impl Scored {
    /// What an answer says.
    pub fn of(answer: &Answer) -> Self {
        Self { uncertainty: Uncertainty::of(answer), spans: answer.prediction.spans.clone(), other: None }
    }

    /// Its entities without their probabilities.
    pub fn labels(&self) -> Vec<Span> {
        self.spans.iter().map(|scored| scored.span.clone()).collect()
    }
}

/// Smallest distance between the two largest marginals of a word.
fn closest(chain: &crate::layers::crf::Chain) -> f64 {
    let marginals = chain.marginals(&chain.recursions());
    let distance = |word: &[f64]| {
        let (mut first, mut second) = (0.0_f64, 0.0_f64);
        for probability in word {
            if *probability > first {
                (first, second) = (*probability, first);
            } else {
                second = second.max(*probability);
            }
        }
        first - second
    };
    marginals.chunks(chain.tags().max(1)).map(distance).min_by(f64::total_cmp).unwrap_or(1.0).clamp(0.0, 1.0)
}

/// How far two labellings of one tweet differ: one minus their F1 over exact entities, 0 where both have none.
pub fn disagreement(one: &[Span], other: &[Span]) -> f32 {
    let both = one.len() + other.len();
    if both == 0 {
        return 0.0;
    }
    let shared = one.iter().filter(|span| other.contains(span)).count();
    1.0 - 2.0 * shared as f32 / both as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::crf::Chain;

    fn answer(probabilities: &[f32], path_probability: f32) -> Answer {
        let spans = probabilities
            .iter()
            .enumerate()
            .map(|(at, probability)| ScoredSpan { span: Span::new("PER", at, at + 1), probability: *probability });
        let prediction = Prediction { spans: spans.collect(), path_probability, entropy: 0.3 };
        Answer { prediction, ..Answer::default() }
    }

    #[test]
    fn the_least_sure_entity_decides_and_without_one_the_whole_labelling() {
        let some = Uncertainty::of(&answer(&[0.9, 0.6, 0.2], 0.5));
        assert!((some.entity - 0.8).abs() < 1e-6 && (some.least_confidence - 0.5).abs() < 1e-6, "{some:?}");
        assert!((some.margin - 0.8).abs() < 1e-6, "0.6 lies closest to a half: {some:?}");
        let none = Uncertainty::of(&answer(&[], 0.7));
        assert!((none.entity - 0.3).abs() < 1e-6 && (none.margin - 0.3).abs() < 1e-6, "{none:?}");
        assert!((none.by(Measure::Entropy) - 0.3).abs() < 1e-6);
    }

    #[test]
    fn the_margin_of_a_chain_is_that_of_its_most_doubtful_word() {
        // Without moves between tags the marginals are those of every word alone.
        let log = |p: f32| p.ln();
        let emissions = [log(0.9), log(0.1), log(0.55), log(0.45), log(0.2), log(0.8)];
        let chain = Chain::new(&emissions, &[0.0; 4], &[0.0; 2], &[0.0; 2]).expect("a chain");
        let answer = Answer { chains: vec![chain], ..answer(&[0.9], 0.4) };
        let margin = Uncertainty::of(&answer).margin;
        assert!((margin - 0.9).abs() < 1e-5, "{margin}");
    }

    #[test]
    fn labellings_differ_by_their_entities() {
        let span = |label: &str, start| Span::new(label, start, start + 1);
        assert!(disagreement(&[], &[]).abs() < 1e-6);
        assert!((disagreement(&[span("PER", 0)], &[]) - 1.0).abs() < 1e-6);
        assert!((disagreement(&[span("PER", 0)], &[span("LOC", 0)]) - 1.0).abs() < 1e-6);
        let half = disagreement(&[span("PER", 0), span("LOC", 2)], &[span("PER", 0), span("ORG", 2)]);
        assert!((half - 0.5).abs() < 1e-6, "{half}");
    }
}

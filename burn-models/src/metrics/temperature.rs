//! Temperature scaling: one number by which all scores are divided so that probabilities can be believed.

use super::sentence::{Sentence, loss_per_word};

/// Coldest and hottest temperature that is looked at; beyond, probabilities are 0, 1 or all alike.
const RANGE: (f64, f64) = (0.05, 20.0);

/// Steps of the search; each leaves 0.618 of the interval, so that these end within 1e-8.
const STEPS: usize = 44;

/// The temperature at which the gold of held-out `sentences` is most likely (Guo et al. 2017); `None` without words.
///
/// The loss is convex in the inverse of the temperature, so golden-section search finds its one minimum.
pub fn fit_temperature(sentences: &[Sentence]) -> Option<f64> {
    loss_per_word(sentences)?;
    let loss = |log: f64| -> f64 { sentences.iter().map(|sentence| sentence.tempered(log.exp()).loss()).sum() };
    let golden = (5_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..STEPS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = loss(right);
        }
    }
    Some(f64::midpoint(low, high).exp())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::example::{Example, LabelSet, TagScheme};
    use crate::layers::crf::Chain;

    /// Words of their own, each right with the probability that scores of size 1 promise, but scored `factor` times as
    /// surely.
    fn boastful(factor: f32) -> Vec<Sentence> {
        let mut rng = StdRng::seed_from_u64(2);
        let labels = LabelSet::new(["T"]);
        let sentence = |_| {
            let emissions = [1.0_f32, 0.0, -30.0].map(|score| score * factor);
            let chain = Chain::new(&emissions, &[0.0; 9], &[0.0; 3], &[0.0; 3]).expect("a word");
            let entity = rng.random::<f32>() < 1.0 / (1.0 + 1_f32.exp());
            let spans = entity.then(|| crate::example::Span::new("T", 0, 1)).into_iter().collect();
            let example = Example { tokens: vec!["w".into()], spans, ..Example::default() };
            Sentence::of(&example, vec![chain], &labels, TagScheme::Bio).expect("a known type")
        };
        (0..4000).flat_map(sentence).collect()
    }

    #[test]
    fn what_is_too_sure_is_cooled_down_and_the_labels_stay() {
        for factor in [0.5, 1.0, 3.0] {
            let sentences = boastful(factor);
            let temperature = fit_temperature(&sentences).expect("words");
            assert!((temperature / f64::from(factor) - 1.0).abs() < 0.15, "{temperature} for {factor}");
            let cooled: Vec<Sentence> = sentences.iter().map(|sentence| sentence.tempered(temperature)).collect();
            assert!(loss_per_word(&cooled) <= loss_per_word(&sentences));
            let right = |sentences: &[Sentence]| {
                let words = sentences.iter().flat_map(Sentence::word_outcomes);
                words.map(|word| word.outcome.right).collect::<Vec<_>>()
            };
            assert_eq!(right(&cooled), right(&sentences));
        }
        assert!(fit_temperature(&[]).is_none());
    }
}

//! What a chain of tags says about gold: likelihood, and the probability of the tag chosen for every word.

use crate::example::{Example, LabelSet, TagScheme};
use crate::input::gold_tags;
use crate::layers::crf::Chain;

use super::calibration::Outcome;

/// A sentence, or a window of a long tweet, as a model scored it, with its gold tags.
#[derive(Clone, Debug)]
pub struct Sentence {
    chain: Chain,
    gold: Vec<usize>,
}

/// The tag chosen for one word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WordOutcome {
    /// Its marginal probability, and whether it is the gold tag.
    pub outcome: Outcome,
    /// Whether the word belongs to a gold or a predicted entity; the others, most of them, are easy.
    pub entity: bool,
}

impl Sentence {
    /// The windows of a tweet over whose tags `chains` are; `None` where the gold has a type that the model does not
    /// know, or where the chains are not of this tweet.
    pub fn of(example: &Example, chains: Vec<Chain>, labels: &LabelSet, scheme: TagScheme) -> Option<Vec<Self>> {
        let known = example.spans.iter().all(|span| labels.index_of(&span.label).is_some());
        let words: usize = chains.iter().map(Chain::words).sum();
        let fits = chains.iter().all(|chain| chain.tags() == scheme.tag_count(labels.len()));
        if !known || !fits || words != example.tokens.len() {
            return None;
        }
        let tags = gold_tags(example, labels, scheme);
        let mut rest = tags.as_slice();
        let window = |chain: Chain| {
            let (gold, after) = rest.split_at(chain.words());
            rest = after;
            Self { gold: gold.to_vec(), chain }
        };
        Some(chains.into_iter().map(window).collect())
    }

    /// Number of words.
    pub fn words(&self) -> usize {
        self.gold.len()
    }

    /// Negative log likelihood of the gold tags, in nats.
    pub fn loss(&self) -> f64 {
        self.chain.recursions().log_z - self.chain.score(&self.gold)
    }

    /// The tags of the best labelling.
    pub fn word_outcomes(&self) -> Vec<WordOutcome> {
        let marginals = self.chain.marginals(&self.chain.recursions());
        let tags = self.chain.tags();
        let word = |((word, said), wanted): ((usize, usize), &usize)| {
            // Tag 0 is `O` in every scheme.
            let entity = said != 0 || *wanted != 0;
            let outcome = Outcome { confidence: marginals[word * tags + said].min(1.0), right: said == *wanted };
            WordOutcome { outcome, entity }
        };
        self.chain.viterbi().into_iter().enumerate().zip(&self.gold).map(word).collect()
    }

    /// The same with all scores divided by `temperature`.
    #[must_use]
    pub fn tempered(&self, temperature: f64) -> Self {
        Self { chain: self.chain.clone().tempered(temperature), gold: self.gold.clone() }
    }
}

/// Negative log likelihood of the gold per word, in nats; `None` without words.
pub fn loss_per_word(sentences: &[Sentence]) -> Option<f64> {
    let words: usize = sentences.iter().map(Sentence::words).sum();
    (words > 0).then(|| sentences.iter().map(Sentence::loss).sum::<f64>() / words as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Span;

    /// The reference sentence of the field's own tests, whose gold is `B I O`.
    fn reference() -> Vec<Sentence> {
        let chain = Chain::new(
            &[1.0, 0.5, -0.5, 0.2, -0.3, 0.8, 0.0, 0.4, 0.1],
            &[0.3, 0.2, -1.0, 0.1, -0.5, 0.9, 0.4, -0.2, 0.6],
            &[0.2, 0.1, -2.0],
            &[0.3, 0.0, 0.1],
        );
        let tokens = ["a", "b", "c"].map(str::to_owned).to_vec();
        let example = Example { tokens, spans: vec![Span::new("PER", 0, 2)], ..Example::default() };
        let chains = chain.into_iter().collect();
        Sentence::of(&example, chains, &LabelSet::new(["PER"]), TagScheme::Bio).expect("a known type")
    }

    #[test]
    fn reference_numbers() {
        let sentences = reference();
        assert!((sentences[0].loss() - 1.829_368).abs() < 1e-6);
        assert!((loss_per_word(&sentences).expect("words") - 1.829_368 / 3.0).abs() < 1e-6);
        // The best labelling is `B I I`.
        let words = sentences[0].word_outcomes();
        let confidences = [0.551_069, 0.568_419, 0.353_664];
        for (word, (confidence, right)) in words.iter().zip(confidences.into_iter().zip([true, true, false])) {
            assert!((word.outcome.confidence - confidence).abs() < 1e-6 && word.entity);
            assert_eq!(word.outcome.right, right);
        }
        assert!(loss_per_word(&[]).is_none());
    }

    #[test]
    fn what_a_model_cannot_know_is_left_out() {
        let example = |label: &str, words: usize| Example {
            tokens: vec!["a".into(); words],
            spans: vec![Span::new(label, 0, 1)],
            ..Example::default()
        };
        let chains = || reference().into_iter().map(|sentence| sentence.chain).collect::<Vec<_>>();
        let of = |example: &Example| Sentence::of(example, chains(), &LabelSet::new(["PER"]), TagScheme::Bio);
        assert!(of(&example("PER", 3)).is_some());
        assert!(of(&example("LOC", 3)).is_none() && of(&example("PER", 4)).is_none());
    }
}

//! What a tweet's contexts do to its labels.

use serde::Serialize;

use crate::example::Context;
use crate::input::{Item, Knowledge};
use crate::layers::crf::Chain;
use crate::model::{Reading, Tagger};
use crate::prediction::Prediction;

/// What knowledge about the image did that was fused into every word (MMAVK).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fusion {
    /// Places of the knowledge among the tweet's contexts, as far as its words found room.
    pub contexts: Vec<usize>,
    /// Similarity of tweet and image, as far as somebody measured it.
    pub similarity: Option<f32>,
    /// The similarity that is needed.
    pub threshold: f32,
    /// Its weight: 0 where the similarity is below the threshold, otherwise 1.
    pub weight: f32,
    /// What it adds to the score of every tag, the same for all words; their mean is 0.
    pub push: Vec<f32>,
    /// For every word how far its label distribution moved, `0..=1`; see [`moved`].
    pub change: Vec<f32>,
}

impl Fusion {
    /// What was fused, with the scores with and without it, one chain per window.
    pub(crate) fn new(
        knowledge: &Knowledge,
        threshold: f32,
        passed: bool,
        push: &[f32],
        [with, without]: [&[Chain]; 2],
    ) -> Self {
        let mean = push.iter().sum::<f32>() / push.len().max(1) as f32;
        let mut contexts: Vec<usize> = knowledge.words.iter().map(|word| word.context).collect();
        contexts.dedup();
        Self {
            contexts,
            similarity: knowledge.similarity,
            threshold,
            weight: f32::from(u8::from(passed)),
            push: push.iter().map(|score| score - mean).collect(),
            change: moved(with, without),
        }
    }
}

/// A tweet read with all of its contexts, and without some.
#[derive(Clone, Debug, Serialize)]
pub struct Ablation {
    /// With all of them.
    pub whole: Prediction,
    /// Without each one in turn, in their order.
    pub without_one: Vec<LeftOut>,
    /// Without any.
    pub without_all: LeftOut,
}

/// What becomes of a tweet when contexts are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// The labels then.
    pub prediction: Prediction,
    /// For every word how far its label distribution moved, `0..=1`; see [`moved`].
    pub change: Vec<f32>,
}

impl LeftOut {
    fn of(whole: &Reading, reading: Reading) -> Self {
        let change = moved(&whole.answer.chains, &reading.answer.chains);
        Self { prediction: reading.answer.prediction, change }
    }

    /// Whether the labels are others than with all contexts.
    pub fn changes(&self, whole: &Prediction) -> bool {
        let spans =
            |prediction: &Prediction| prediction.spans.iter().map(|scored| scored.span.clone()).collect::<Vec<_>>();
        spans(&self.prediction) != spans(whole)
    }
}

/// Lets `tagger` read a tweet with its contexts, without each of them, and without all.
pub fn ablate(tagger: &dyn Tagger, item: &Item) -> Ablation {
    let with = |contexts: Vec<Context>| {
        let mut item = item.clone();
        item.example.contexts = contexts;
        item
    };
    let contexts = &item.example.contexts;
    let mut items = vec![item.clone(), with(Vec::new())];
    items.extend((0..contexts.len()).map(|place| {
        let mut contexts = contexts.clone();
        contexts.remove(place);
        with(contexts)
    }));
    let mut readings = tagger.predict(&items, false).into_iter();
    let mut next = || readings.next().unwrap_or_default();
    let (whole, nothing) = (next(), next());
    Ablation {
        without_one: contexts.iter().map(|_| LeftOut::of(&whole, next())).collect(),
        without_all: LeftOut::of(&whole, nothing),
        whole: whole.answer.prediction,
    }
}

/// For every word half the sum of how much the probability of each tag differs (total variation, `0..=1`) between two
/// readings of one tweet, each one chain per window.
pub fn moved(one: &[Chain], other: &[Chain]) -> Vec<f32> {
    let marginals = |chain: &Chain| chain.marginals(&chain.recursions());
    let window = |(one, other): (&Chain, &Chain)| {
        let (tags, first, second) = (one.tags(), marginals(one), marginals(other));
        let words = first.chunks(tags).zip(second.chunks(tags));
        let far = words.map(|(first, second)| {
            let sum: f64 = first.iter().zip(second).map(|(one, other)| (one - other).abs()).sum();
            (sum / 2.0) as f32
        });
        far.collect::<Vec<f32>>()
    };
    one.iter().zip(other).flat_map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_as_far_as_their_tags_change_places() {
        let chain = |emissions: [f32; 4]| {
            Chain::new(&emissions, &[0.0; 4], &[0.0; 2], &[0.0; 2]).expect("two words of two tags")
        };
        let (one, other) = (chain([50.0, 0.0, 0.0, 0.0]), chain([0.0, 50.0, 0.0, 0.0]));
        let far = moved(std::slice::from_ref(&one), &[other]);
        assert!((far[0] - 1.0).abs() < 1e-6 && far[1] < 1e-6, "{far:?}");
        assert_eq!(moved(std::slice::from_ref(&one), std::slice::from_ref(&one)), [0.0, 0.0]);
    }
}

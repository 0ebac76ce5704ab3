//! What the model made of the texts that accompany a tweet.

use std::ops::Range;

use spanlight_models::alignment::{Alignment, Regions};
use spanlight_models::influence::Fusion;

use super::suggestions::Answer;

/// What became of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextReading {
    /// How many of its words were read, from the first on.
    pub words: usize,
    /// Weights of the words that were read.
    pub weights: Vec<f32>,
    /// Share of the attention of the words under the cursor that it got, where the tweet's words attend to it.
    pub share: Option<f32>,
    /// What the filter decided about it, where there is a filter.
    pub verdict: Option<Verdict>,
}

/// What a filter decided by the similarity of image and tweet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the text was used.
    pub used: bool,
    /// The similarity, as far as somebody measured it.
    pub similarity: Option<f32>,
    /// The similarity that is needed.
    pub threshold: f32,
    /// How far the labels under the cursor moved by it, `0..=1`.
    pub moved: f32,
}

impl Verdict {
    fn new(fusion: &Fusion, tokens: Range<usize>) -> Self {
        let change = fusion.change.get(tokens).unwrap_or_default();
        Self {
            used: fusion.weight > 0.0,
            similarity: fusion.similarity,
            threshold: fusion.threshold,
            moved: change.iter().copied().fold(0.0, f32::max),
        }
    }

    /// What was decided and why, in a few words.
    pub fn words(&self) -> String {
        match (self.used, self.similarity) {
            (false, _) if self.threshold.is_infinite() => "passed over: none helped in training".into(),
            (false, _) => format!("passed over: below {:.2}", self.threshold),
            (true, _) if self.threshold.is_infinite() => "used: all are".into(),
            (true, None) => "used: nobody measured the similarity".into(),
            (true, Some(_)) => format!("used: reaches {:.2}", self.threshold),
        }
    }
}

/// What became of each of `count` texts, for the words `tokens` of the tweet, and the highest weight of any word.
pub fn readings(answer: &Answer, count: usize, tokens: Range<usize>) -> (Vec<TextReading>, f32) {
    let mut readings = vec![TextReading::default(); count];
    let mut highest = 0.0;
    if let Some(alignment) = answer.context_alignment() {
        highest = attended(alignment, tokens.clone(), &mut readings);
    }
    if let Some(fusion) = &answer.fusion {
        for place in &fusion.contexts {
            if let Some(reading) = readings.get_mut(*place) {
                reading.verdict = Some(Verdict::new(fusion, tokens.clone()));
                // Its words attend to each other: that is no attention of the tweet's.
                reading.share = None;
            }
        }
    }
    (readings, highest)
}

/// Deals the words of an alignment out to their texts; returns the highest weight.
fn attended(alignment: &Alignment, tokens: Range<usize>, readings: &mut [TextReading]) -> f32 {
    let Regions::Words { words } = &alignment.regions else { return 0.0 };
    let weights = alignment.span_map(tokens.start, tokens.end);
    let share = alignment.share(tokens.start, tokens.end);
    for (word, weight) in words.iter().zip(&weights) {
        let Some(reading) = readings.get_mut(word.context) else { continue };
        reading.words += 1;
        reading.weights.push(*weight);
        *reading.share.get_or_insert(0.0) += share * weight;
    }
    weights.iter().copied().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use spanlight_models::alignment::HeadMap;
    use spanlight_models::input::ContextWord;
    use spanlight_models::prediction::Prediction;

    use super::*;

    fn answer(fusion: Option<Fusion>) -> Answer {
        let word = |(context, text): (usize, &str)| ContextWord { text: text.into(), context, pieces: 0..1 };
        let words = [(2, "a"), (2, "b"), (0, "c")].map(word).to_vec();
        let maps = vec![HeadMap { weights: vec![0.1, 0.3, 0.1, 0.0, 0.0, 0.0], ..HeadMap::default() }];
        let regions = Regions::Words { words };
        Answer {
            version: 0,
            prediction: Prediction::default(),
            alignments: vec![Alignment { method: "attention", tokens: 2, spans: Vec::new(), regions, maps }],
            fusion,
            image_problem: None,
        }
    }

    #[test]
    fn words_are_counted_and_weighed_by_text() {
        let (readings, highest) = readings(&answer(None), 3, 0..1);
        assert_eq!(readings.iter().map(|reading| reading.words).collect::<Vec<_>>(), [1, 0, 2]);
        assert!((highest - 0.6).abs() < 1e-6 && (readings[2].share.expect("attention") - 0.4).abs() < 1e-6);
        assert_eq!((readings[1].share, readings[1].verdict), (None, None));
    }

    #[test]
    fn the_filter_speaks_about_the_texts_that_it_saw() {
        let fusion = |similarity, threshold, weight| Fusion {
            contexts: vec![2],
            similarity,
            threshold,
            weight,
            push: Vec::new(),
            change: vec![0.1, 0.7],
        };
        let verdict = |fusion| readings(&answer(Some(fusion)), 3, 0..2).0[2].verdict.expect("it was filtered");
        let passed_over = verdict(fusion(Some(0.2), 0.35, 0.0));
        assert_eq!((passed_over.used, passed_over.words().as_str()), (false, "passed over: below 0.35"));
        assert_eq!(verdict(fusion(Some(0.5), 0.35, 1.0)).words(), "used: reaches 0.35");
        assert_eq!(verdict(fusion(None, 0.35, 1.0)).words(), "used: nobody measured the similarity");
        assert_eq!(verdict(fusion(Some(0.9), f32::INFINITY, 0.0)).words(), "passed over: none helped in training");
        assert!((passed_over.moved - 0.7).abs() < 1e-6);
        assert_eq!(readings(&answer(Some(fusion(None, 0.0, 1.0))), 3, 0..1).0[0].verdict, None);
    }
}

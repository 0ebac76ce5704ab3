//! A model's reading of labelled tweets, kept for everything that is measured on it.

use std::convert::Infallible;
use std::time::Instant;

use spanlight_models::image_file;
use spanlight_models::input::Item;
use spanlight_models::layers::crf::Chain;
use spanlight_models::metrics::{Judged, Sentence};
use spanlight_models::model::Tagger;
use spanlight_models::pointing::Pointing;
use spanlight_models::tagging;

use crate::cli::predict::each_reading;
use crate::cli::prediction_file::Line;

/// Tweets that are read one at a time to see how long one takes.
const TIMED: usize = 100;

/// All readings.
pub struct Judgement {
    /// The tweets with gold and predictions.
    pub tweets: Vec<Judged>,
    /// For every tweet the scores behind its labelling.
    pub chains: Vec<Vec<Chain>>,
    /// The same as the lines of a prediction file.
    pub lines: Vec<Line>,
    /// Hits of the maps; nothing where they were not looked at.
    pub pointing: Pointing,
    /// Wall-clock seconds, images included.
    pub seconds: f64,
}

impl Judgement {
    /// Lets the model read `items`; looks at its maps too where `point` is set.
    pub fn of(tagger: &dyn Tagger, items: &[Item], point: bool) -> Self {
        // Attention to words points at no box.
        let point = point && tagger.info().uses_image;
        let begun = Instant::now();
        let (mut lines, mut chains, mut pointing) = (Vec::new(), Vec::new(), Pointing::default());
        let read = each_reading::<Infallible>(tagger, items, point, |item, reading| {
            lines.push(Line::new(item, &reading, true));
            let size = item.image.as_deref().filter(|_| point).and_then(|image| image_file::probe(image).ok());
            if let (Some(size), Some(alignment)) = (size, reading.answer.alignments.first()) {
                pointing.add(&item.example, [size.width, size.height], alignment);
            }
            chains.push(reading.answer.chains);
            Ok(())
        });
        match read {
            Ok(()) => {}
        }
        let seconds = begun.elapsed().as_secs_f64();
        let tweets = lines.iter().zip(items).map(|(line, item)| line.clone().judged(item.example.spans.clone()));
        Self { tweets: tweets.collect(), chains, lines, pointing, seconds }
    }

    /// The sentences whose gold the model could have said, and the number of tweets that are left out.
    pub fn sentences(&self, tagger: &dyn Tagger, items: &[Item]) -> (Vec<Sentence>, usize) {
        let of = |(item, chains): (&Item, &Vec<Chain>)| {
            Sentence::of(&item.example, chains.clone(), tagger.labels(), tagger.scheme())
        };
        let found: Vec<Option<Vec<Sentence>>> = items.iter().zip(&self.chains).map(of).collect();
        let left_out = found.iter().filter(|found| found.is_none()).count();
        (found.into_iter().flatten().flatten().collect(), left_out)
    }

    /// The tweets with the probabilities that the model has at a temperature.
    pub fn tempered(&self, tagger: &dyn Tagger, temperature: f64) -> Vec<Judged> {
        let again = |(tweet, chains): (&Judged, &Vec<Chain>)| {
            let chains: Vec<Chain> = chains.iter().map(|chain| chain.clone().tempered(temperature)).collect();
            Judged { predicted: tagging::read_windows(&chains, tagger.scheme(), tagger.labels()), ..tweet.clone() }
        };
        self.tweets.iter().zip(&self.chains).map(again).collect()
    }
}

/// Seconds per 100 tweets when they come one at a time; `None` without tweets.
pub fn seconds_one_by_one(tagger: &dyn Tagger, items: &[Item]) -> Option<f64> {
    let timed = items.len().min(TIMED);
    let begun = Instant::now();
    for item in &items[..timed] {
        tagger.predict(std::slice::from_ref(item), false);
    }
    (timed > 0).then(|| 100.0 * begun.elapsed().as_secs_f64() / timed as f64)
}

//! What is shown to a person: where words and generators looked, what was kept, and how near the generated image is to the
//! tweet's own.

use burn::tensor::Tensor;

use super::config::BgaConfig;
use super::levels::{Level, Words};
use super::{BgaBatch, centred, liken};
use crate::alignment::{Alignment, HeadMap};
use crate::device::Backend;
use crate::imagination::{Choice, Imagination, ImaginedImage, ImaginedLevel};
use crate::input::Row;
use crate::layers::contrast::directions;
use crate::systems::Answer;
use crate::tagging::numbers;

/// The methods of the alignments: where every word looked in the generated image while it was read, and how much it was looked
/// at while each region was generated.
pub const METHODS: [&str; 2] = ["attention-to-generated", "attention-while-generating"];

/// Weights of one level from words to patches.
struct Weights {
    /// `[B, heads, N, 1 + R]`.
    numbers: Vec<f32>,
    shape: [usize; 4],
}

impl Weights {
    fn new(weights: Tensor<Backend, 4>) -> Self {
        Self { shape: weights.dims(), numbers: numbers(weights) }
    }

    /// The map of one head for the first `words` words of a row.
    fn map(&self, place: usize, head: usize, words: usize) -> (Vec<f32>, Vec<f32>) {
        let [_, heads, most, patches] = self.shape;
        let rows = self.numbers[(place * heads + head) * most * patches..][..words * patches].chunks(patches);
        (rows.clone().map(|row| row[0]).collect(), rows.flat_map(|row| row[1..].iter().copied()).collect())
    }
}

/// Choices at one level.
struct Choices {
    probability: Vec<f32>,
    kept: Vec<f32>,
    count: usize,
}

impl Choices {
    /// Of `probability` and `kept`, both `[B, M]`.
    fn new(probability: Tensor<Backend, 2>, kept: Tensor<Backend, 2>) -> Self {
        let [_, count] = kept.dims();
        Self { probability: numbers(probability), kept: numbers(kept), count }
    }

    fn of(&self, place: usize, range: std::ops::Range<usize>) -> Vec<Choice> {
        let choice = |at: usize| {
            let at = place * self.count + at;
            Choice { kept: self.kept[at] > 0.5, probability: self.probability[at] }
        };
        range.map(choice).collect()
    }
}

/// One level as numbers.
struct Shown {
    words: Choices,
    image: Option<Against>,
}

/// A level of the images of a batch, and what was generated against them.
struct Against {
    patches: Choices,
    /// `[B, 1 + R]`.
    similarity: Vec<f32>,
    /// `[B, B]`.
    likeness: Vec<f32>,
}

impl Shown {
    fn new(batch: &BgaBatch, text: &Level, image: Option<&Level>) -> Self {
        let of_words = |x: &Tensor<Backend, 2>| batch.text.first_pieces(x.clone().unsqueeze_dim(2)).squeeze_dim::<2>(2);
        Self {
            words: Choices::new(of_words(&text.chosen.probability), of_words(&text.chosen.kept)),
            image: image.map(|image| Against {
                patches: Choices::new(image.chosen.probability.clone(), image.chosen.kept.clone()),
                similarity: numbers(similarity(&text.generated, &image.state)),
                likeness: numbers(liken(text, image)),
            }),
        }
    }
}

/// Cosine of every vector with that at the same place, `[B, P, d]` each: `[B * P]`.
fn similarity(one: &Tensor<Backend, 3>, other: &Tensor<Backend, 3>) -> Tensor<Backend, 1> {
    let flat = |x: &Tensor<Backend, 3>| {
        let [rows, patches, width] = x.dims();
        directions(centred(x.clone().reshape([rows * patches, width])))
    };
    (flat(one) * flat(other)).sum_dim(1).squeeze_dim(1)
}

/// `answers` with alignments for rows that have an image, and with what was kept and generated for all.
pub fn explained(
    config: &BgaConfig,
    answers: Vec<Answer>,
    batch: &BgaBatch,
    rows: &[&Row],
    words: &Words,
    images: Option<&[Level]>,
) -> Vec<Answer> {
    let patches = config.patches();
    let looked =
        |weights: &Tensor<Backend, 4>| Weights::new(batch.text.first_rows(weights.clone().narrow(3, 0, patches)));
    let asked = |level: &Level| Weights::new(batch.text.first_rows(level.asked.clone().swap_dims(2, 3)));
    let weights: [Vec<Weights>; 2] =
        [words.attention.iter().map(looked).collect(), words.levels.iter().map(asked).collect()];
    let image = |place: usize| images.and_then(|images| images.get(place));
    let levels = words.levels.iter().enumerate();
    let levels: Vec<Shown> = levels.map(|(place, text)| Shown::new(batch, text, image(place))).collect();
    let explain = |(place, (answer, row)): (usize, (Answer, &&Row))| Answer {
        alignments: alignments(config, row, place, &weights),
        imagination: Some(imagination(config, row, place, &levels)),
        ..answer
    };
    answers.into_iter().zip(rows).enumerate().map(explain).collect()
}

/// The maps of a row; none for one without an image, whose regions lie nowhere.
fn alignments(config: &BgaConfig, row: &Row, place: usize, weights: &[Vec<Weights>; 2]) -> Vec<Alignment> {
    let alignment = |(method, levels): (&'static str, &Vec<Weights>)| {
        let maps = levels.iter().enumerate().flat_map(|(level, weights)| {
            (0..weights.shape[1]).map(move |head| {
                let (whole, weights) = weights.map(place, head, row.words());
                HeadMap { layer: config.text_below() + level, head, weights, whole }
            })
        });
        let regions = config.image.grid(row)?;
        Some(Alignment { method, tokens: row.words(), spans: Vec::new(), regions, maps: maps.collect() })
    };
    METHODS.into_iter().zip(weights).filter_map(alignment).collect()
}

fn imagination(config: &BgaConfig, row: &Row, place: usize, levels: &[Shown]) -> Imagination {
    let side = config.image.encoder.grid();
    let (patches, rows) =
        (config.patches(), levels.first().map_or(0, |level| level.words.kept.len() / level.words.count));
    let against = |image: &Against| ImaginedImage {
        rows: side,
        columns: side,
        regions: image.patches.of(place, 1..patches),
        similarity: image.similarity[place * patches + 1..(place + 1) * patches].to_vec(),
        whole: image.similarity[place * patches],
        mean: image.likeness[place * rows + place],
    };
    let level = |(level, shown): (usize, &Shown)| ImaginedLevel {
        layer: config.text_below() + level,
        words: shown.words.of(place, 0..row.words()),
        image: shown.image.as_ref().filter(|_| row.pixels.is_some()).map(against),
    };
    Imagination { levels: levels.iter().enumerate().map(level).collect() }
}

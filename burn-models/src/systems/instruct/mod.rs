//! `InstructNER` (Wang et al.): words and regions look at each other, and where words look is drawn towards maps of where the
//! picture shows them. The picture need not come with the tweet: a generator that painted it knows such maps.

mod config;
mod guidance;
#[cfg(test)]
mod signature_tests;
#[cfg(test)]
mod tests;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend as BurnBackend;

pub use config::{InstructConfig, OPTIONS, TeacherKind};
pub use guidance::{Looked, Norm, Teacher};

use super::options::{OptionError, Options};
use super::published_image::ImageBatch;
use super::region_chain::{Fused, Fusion, FusionSpec, Read, RegionChainBatch};
use super::{EncoderNeed, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::text::transformer::TransformerConfig;
use crate::input::{Item, Noise, Row, regions_in};
use crate::layers::cross::{CrossLayer, CrossLayerConfig, Memory};
use crate::training::TrainOptions;
use crate::word_maps::{WordMaps, WordMapsError};

/// The module; see the file's head.
#[derive(Module, Debug)]
pub struct Instruct<B: BurnBackend> {
    text: CrossLayer<B>,
    regions: Linear<B>,
    words_to_regions: CrossLayer<B>,
    regions_to_words: CrossLayer<B>,
    words_to_read_regions: CrossLayer<B>,
    gate: Linear<B>,
    /// Regions of a picture and width of their vectors.
    seen: [usize; 2],
}

impl Fusion for Instruct<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "instruct-ner",
        summary: "published text and image encoders, attention that maps of the words over the picture instruct, CRF",
        source: "Wang et al., Boosting Textural NER with Synthetic Image and Instructive Alignment (InstructNER)",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::Published,
        alignments: &["attention", "regions-to-words", "both", "teacher"],
        options: &OPTIONS,
    };

    type Config = InstructConfig;
    type Extra = Option<Teacher>;
    type Side = Side;

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 25,
            batch: 32,
            encoder_rate: 5e-5,
            head_rate: 5e-5,
            crf_rate: 5e-2,
            warmup: 0.1,
            clip: 1.0,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn configure(text: &TransformerConfig) -> InstructConfig {
        let layer =
            CrossLayerConfig { heads: text.heads, hidden: text.hidden, dropout: text.dropout, epsilon: text.epsilon };
        InstructConfig { guidance: Norm::Renorm, weight: 0.5, teacher: TeacherKind::Maps, layer }
    }

    fn choose(config: &mut InstructConfig, options: &Options) -> Result<(), OptionError> {
        config.choose(options)
    }

    fn new(spec: &FusionSpec<InstructConfig>, device: &Device) -> Self {
        let (width, image) = (spec.config.text.transformer.width, &spec.config.image);
        let layer = || CrossLayer::new(width, width, &spec.config.fusion.layer, device);
        Self {
            text: layer(),
            regions: LinearConfig::new(image.encoder.width(), width).init(device),
            words_to_regions: layer(),
            regions_to_words: layer(),
            words_to_read_regions: layer(),
            gate: LinearConfig::new(2 * width, width).init(device),
            seen: [image.regions(), image.encoder.width()],
        }
    }

    fn add_maps(spec: &FusionSpec<InstructConfig>, item: &Item, rows: &mut [Row]) -> Result<(), WordMapsError> {
        let side = spec.config.image.encoder.grid();
        match (spec.config.fusion.teacher, &item.maps) {
            (TeacherKind::Boxes, _) => rows.iter_mut().for_each(|row| row.maps = boxes(row, side)),
            (TeacherKind::Maps, None) => {}
            (TeacherKind::Maps, Some(path)) => {
                let maps = WordMaps::read(path, item.example.tokens.len())?;
                for row in rows {
                    row.maps = (0..row.words()).map(|word| maps.pooled(row.offset + word, [side; 2])).collect();
                }
            }
        }
        Ok(())
    }

    fn extra(rows: &[&Row], _: &ImageBatch, _: Option<&mut Noise>, device: &Device) -> Option<Teacher> {
        Teacher::new(rows, device)
    }

    fn fuse(&self, config: &InstructConfig, read: &Read<'_>, teacher: &Option<Teacher>) -> Fused<Side> {
        let padding = &read.text.hidden;
        let text = self.text.forward(read.pieces.clone(), Memory::words(read.pieces.clone(), padding)).output;
        let regions = self.regions.forward(self.grid(read));
        let looking = self.words_to_regions.forward(text.clone(), Memory::all(regions.clone()));
        let looked_at = self.regions_to_words.forward(regions.clone(), Memory::words(text.clone(), padding));
        let words = self.words_to_read_regions.forward(text.clone(), Memory::all(looked_at.output)).output;

        let (words, visual) = (read.text.first_pieces(words), read.text.first_pieces(looking.output));
        let gate = sigmoid(self.gate.forward(Tensor::cat(vec![words.clone(), visual.clone()], 2)));
        let raw = (config.guidance == Norm::Logit && teacher.is_some()).then(|| {
            let there = mean_head(self.words_to_regions.scores(text.clone(), regions.clone()));
            let back = mean_head(self.regions_to_words.scores(regions, text)).swap_dims(1, 2);
            read.text.first_pieces((there + back).div_scalar(2.0))
        });
        let at_regions = read.text.first_rows(looking.weights);
        let by_regions = by_words(read.text, looked_at.weights);
        Fused {
            words: Tensor::cat(vec![words, gate * visual], 2),
            weights: Some(at_regions.clone()),
            side: Side {
                looked: Looked {
                    at_regions: mean_head(at_regions),
                    by_regions: mean_head(by_regions.clone()),
                    scores: raw,
                },
                by_regions,
            },
        }
    }

    fn further(side: &Side) -> Vec<(&'static str, Tensor<Backend, 4>)> {
        vec![("regions-to-words", side.by_regions.clone()), ("both", side.looked.both().unsqueeze_dim(1))]
    }

    fn loss(
        &self,
        spec: &FusionSpec<InstructConfig>,
        chain: Tensor<Backend, 1>,
        side: Side,
        batch: &RegionChainBatch<Option<Teacher>>,
    ) -> Tensor<Backend, 1> {
        let InstructConfig { guidance, weight, .. } = spec.config.fusion;
        match batch.extra.as_ref().filter(|_| weight > 0.0) {
            None => chain,
            Some(teacher) => chain + teacher.distance(&side.looked, guidance).mul_scalar(weight),
        }
    }
}

/// Where words and regions looked.
#[derive(Debug)]
pub struct Side {
    /// Means over heads.
    looked: Looked,
    /// `[B, heads, N, R]`, how much each region looked at each word.
    by_regions: Tensor<Backend, 4>,
}

impl Instruct<Backend> {
    /// Regions `[B, R, C]`, zero for rows without an image.
    fn grid(&self, read: &Read<'_>) -> Tensor<Backend, 3> {
        let [regions, width] = self.seen;
        match &read.features {
            Some(features) => features.grid.clone(),
            None => Tensor::zeros([read.pieces.dims()[0], regions, width], &read.pieces.device()),
        }
    }
}

/// Where regions looked `[B, heads, R, S]`, by the words whose first pieces were looked at: `[B, heads, N, R]`.
fn by_words(text: &TextBatch, weights: Tensor<Backend, 4>) -> Tensor<Backend, 4> {
    text.first_rows(weights.swap_dims(2, 3))
}

/// `[B, heads, Q, K]` to `[B, Q, K]`.
fn mean_head(weights: Tensor<Backend, 4>) -> Tensor<Backend, 3> {
    weights.mean_dim(1).squeeze_dim(1)
}

/// For every word of an entity with boxes 1 in the regions inside them; nothing for a row without any.
fn boxes(row: &Row, side: usize) -> Vec<Vec<f32>> {
    if row.visible.is_empty() {
        return Vec::new();
    }
    let mut maps = vec![Vec::new(); row.words()];
    for (words, rectangles) in &row.visible {
        let mut map = vec![0.0; side * side];
        for rectangle in rectangles {
            let inside = regions_in(*rectangle, side).into_iter().zip(&mut map);
            inside.filter(|(inside, _)| *inside).for_each(|(_, value)| *value = 1.0);
        }
        maps[words.clone()].fill(map);
    }
    maps
}

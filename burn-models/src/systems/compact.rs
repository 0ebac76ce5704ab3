//! The default: a small text-image tagger that is trained from scratch and embedded in the program.
//!
//! Word vectors attend over the regions of a convolutional grid; a gate decides, feature by feature, how much of what
//! was seen enters the word; a linear-chain CRF labels the words. Where gold boxes exist, the attention of a name is
//! drawn towards its box while training (as AGA does in `InstructNER`, with boxes as the teacher), and every region must
//! tell, without the text, whether something named is in it and of which type; what the attended regions tell is evidence
//! for the tag.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, log_softmax, sigmoid};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor, TensorData};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::alignment::{Alignment, Frame, HeadMap, Regions};
use crate::batch::{self, TextBatch};
use crate::device::{Backend, Device};
use crate::encoders::image::{CompactImage, CompactImageConfig, Pixels, RegionGrid, Scaling, Variation, stack_pixels};
use crate::encoders::text::{CompactText, CompactTextConfig, Tokenizer};
use crate::input::{self, Item, Noise, Row, padded};
use crate::layers::attention::Attention;
use crate::layers::crf::{ConstraintMode, Crf};
use crate::tagging;
use crate::training::TrainOptions;

use super::{Answer, CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};

/// Size of the vocabulary of word pieces.
const VOCABULARY: usize = 3000;

/// Sizes of a [`CompactTagger`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompactConfig {
    /// The text encoder.
    pub text: CompactTextConfig,
    /// The image encoder.
    pub image: CompactImageConfig,
    /// Share of the regions' features dropped while training.
    pub region_dropout: f64,
    /// Heads of the attention from words to regions.
    pub heads: usize,
    /// Weight in the loss of what gold boxes teach: where to look, and what is seen there.
    pub guidance: f64,
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
}

/// The module; see the file's head.
#[derive(Module, Debug)]
pub struct CompactTagger<B: BurnBackend> {
    text: CompactText<B>,
    image: CompactImage<B>,
    region_dropout: Dropout,
    fusion: Attention<B>,
    gate: Linear<B>,
    norm: LayerNorm<B>,
    dropout: Dropout,
    hidden: Linear<B>,
    emissions: Linear<B>,
    sight: Linear<B>,
    evidence: Linear<B>,
    crf: Crf<B>,
}

/// Rows as tensors; `S` pieces, `N` words, `R` regions.
#[derive(Debug)]
pub struct CompactBatch {
    text: TextBatch,
    /// `[B, S]`, shape of the word behind every piece.
    shapes: Tensor<Backend, 2, Int>,
    /// `[B, 3, side, side]`; absent where no row has an image.
    pixels: Option<Tensor<Backend, 4>>,
    /// `[B, 1, 1]`, 1 for rows with an image, 0 for the others.
    seen: Tensor<Backend, 3>,
    /// Absent where no row has a box.
    boxes: Option<Boxes>,
}

/// What gold boxes teach.
#[derive(Debug)]
struct Boxes {
    /// `[B, N, R]`, 1 on the regions in which a word is visible.
    visible: Tensor<Backend, 3>,
    /// `[B, N]`, each guided word's share of all guided words.
    guided: Tensor<Backend, 2>,
    /// `[B, R]`, 0 or one more than the index of the type that is visible in a region.
    shown: Tensor<Backend, 2, Int>,
    /// `[B, R]`, each region's share; named and other regions have half each, images without a box nothing.
    telling: Tensor<Backend, 2>,
}

impl Boxes {
    /// Boxes on the regions' grid, moved as their images are varied.
    fn new(spec: &Spec<CompactConfig>, rows: &[&Row], variations: &[Variation], device: &Device) -> Option<Self> {
        let (count, words, grid) = (rows.len(), batch::words(rows), spec.config.image.grid());
        let regions = grid * grid;
        let mut visible = vec![0_f32; count * words * regions];
        let mut guided = vec![0_f32; count * words];
        let mut shown = vec![0_i64; count * regions];
        for (place, (row, variation)) in rows.iter().zip(variations).enumerate() {
            for (span, boxes) in &row.visible {
                let Some((_, label)) = spec.scheme.split_index(row.tags[span.start]) else { continue };
                for rectangle in boxes.iter().filter_map(|rectangle| variation.rectangle(*rectangle)) {
                    let inside = input::regions_in(rectangle, grid);
                    let regions_inside = || (0..regions).filter(|region| inside[*region]);
                    regions_inside().for_each(|region| shown[place * regions + region] = 1 + label as i64);
                    for word in span.clone().map(|word| place * words + word) {
                        guided[word] = 1.0;
                        regions_inside().for_each(|region| visible[word * regions + region] = 1.0);
                    }
                }
            }
        }
        let total: f32 = guided.iter().sum();
        for share in &mut guided {
            *share /= total.max(1.0);
        }
        let telling = balanced(&shown, regions);
        (total > 0.0).then(|| Self {
            visible: Tensor::from_data(TensorData::new(visible, [count, words, regions]), device),
            guided: Tensor::from_data(TensorData::new(guided, [count, words]), device),
            shown: Tensor::from_data(TensorData::new(shown, [count, regions]), device),
            telling: Tensor::from_data(TensorData::new(telling, [count, regions]), device),
        })
    }

    /// Log probability, to be raised, of looking where the words are visible and of telling what is there.
    fn log_likelihood(&self, sight: Sight) -> Tensor<Backend, 1> {
        let [rows, words, regions] = sight.looked.dims();
        let inside = (sight.looked * self.visible.clone()).sum_dim(2).reshape([rows, words]);
        let looked = (inside.add_scalar(1e-6).log() * self.guided.clone()).sum();
        let told = sight.told.gather(2, self.shown.clone().unsqueeze_dim(2));
        looked + (told.reshape([rows, regions]) * self.telling.clone()).sum()
    }
}

/// What a forward pass gives.
struct Forward {
    /// `[B, N, K]`.
    emissions: Tensor<Backend, 3>,
    /// Absent where no row has an image.
    sight: Option<Sight>,
}

/// What the image gave.
struct Sight {
    /// `[B, heads, N, R]` attention.
    weights: Tensor<Backend, 4>,
    /// `[B, N, R]`, its mean over the heads.
    looked: Tensor<Backend, 3>,
    /// `[B, R, 1 + T]`, log probability that nothing named, or something of each type, is in a region.
    told: Tensor<Backend, 3>,
}

impl CompactTagger<Backend> {
    fn forward(&self, batch: &CompactBatch) -> Forward {
        let encoded = self.text.forward(batch.text.pieces.clone(), batch.shapes.clone(), &batch.text.hidden);
        let text = batch.text.first_pieces(encoded);
        let [rows, words, _] = text.dims();

        let Some(pixels) = &batch.pixels else {
            return Forward { emissions: self.emit(text), sight: None };
        };
        let regions = self.region_dropout.forward(self.image.forward(pixels.clone()));
        let attended = self.fusion.forward(text.clone(), regions.clone(), None);
        let gate = sigmoid(self.gate.forward(Tensor::cat(vec![text.clone(), attended.output.clone()], 2)));
        let fused = text + gate * attended.output * batch.seen.clone();

        let told = log_softmax(self.sight.forward(regions), 2);
        let [_, heads, _, count] = attended.weights.dims();
        let looked = attended.weights.clone().sum_dim(1).reshape([rows, words, count]).div_scalar(heads as f64);
        let evidence = looked.clone().matmul(told.clone().exp()) * batch.seen.clone();
        let emissions = self.emit(fused) + self.evidence.forward(evidence);
        Forward { emissions, sight: Some(Sight { weights: attended.weights, looked, told }) }
    }

    /// Scores of every tag for every word, `[B, N, d]` to `[B, N, K]`.
    fn emit(&self, words: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
        let words = self.dropout.forward(self.norm.forward(words));
        self.emissions.forward(self.dropout.forward(gelu(self.hidden.forward(words))))
    }
}

impl System for CompactTagger<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "compact",
        summary: "small text-image tagger, trained from scratch, embedded as the default",
        source: "this project",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::None,
        image_encoder: EncoderNeed::None,
        alignments: &["attention"],
        options: &[],
    };

    type Config = CompactConfig;
    type Batch = CompactBatch;

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 80,
            encoder_rate: 1e-3,
            head_rate: 1e-3,
            crf_rate: 5e-3,
            weight_decay: 0.05,
            // A name with its sentence would be learned by heart instead of looked for in the picture.
            name_dropout: 0.7,
            mention_replacement: 0.75,
            average: 0.998,
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, Spec<CompactConfig>), CreateError> {
        let pieces = Tokenizer::train(foundation.words(), VOCABULARY)?;
        let spec = foundation.spec(configure(pieces.len()), pieces);
        Ok((Self::new(&spec, foundation.device), spec))
    }

    fn vocabulary(config: &CompactConfig) -> Option<usize> {
        Some(config.text.vocabulary)
    }

    fn new(spec: &Spec<CompactConfig>, device: &Device) -> Self {
        let CompactConfig { text, image, heads, region_dropout, .. } = &spec.config;
        let width = text.width;
        Self {
            text: CompactText::new(text, device),
            image: CompactImage::new(image, device),
            region_dropout: DropoutConfig::new(*region_dropout).init(),
            fusion: Attention::new(width, image.width(), *heads, device),
            gate: LinearConfig::new(2 * width, width).init(device),
            norm: LayerNormConfig::new(width).init(device),
            dropout: DropoutConfig::new(text.dropout).init(),
            hidden: LinearConfig::new(width, width).init(device),
            emissions: LinearConfig::new(width, spec.tags()).init(device),
            sight: LinearConfig::new(image.width(), 1 + spec.labels.len()).init(device),
            evidence: LinearConfig::new(1 + spec.labels.len(), spec.tags()).with_bias(false).init(device),
            crf: Crf::new(spec.tags(), device),
        }
    }

    fn rows(spec: &Spec<CompactConfig>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let side = spec.config.image.side;
        let picture = image.map(|image| (Arc::new(Pixels::new(image, side)), [image.width(), image.height()]));
        input::rows(
            &item.example,
            &spec.labels,
            spec.scheme,
            &spec.pieces,
            spec.config.text.positions,
            picture.as_ref(),
        )
    }

    fn region_grid(config: &CompactConfig) -> Option<RegionGrid> {
        Some(RegionGrid { side: config.image.grid(), colour: Scaling::SIGNED.mean_colour() })
    }

    fn collate(spec: &Spec<CompactConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> CompactBatch {
        let mut noise = noise;
        let variations: Vec<Variation> = match noise.as_deref_mut() {
            Some(noise) => rows.iter().map(|_| Variation::random(&mut noise.rng)).collect(),
            None => vec![Variation::NONE; rows.len()],
        };
        let pixels = rows.iter().map(|row| row.pixels.as_deref());
        let images: Vec<Option<(&Pixels, Variation)>> =
            pixels.zip(&variations).map(|(pixels, variation)| pixels.map(|pixels| (pixels, *variation))).collect();
        let seen: Vec<f32> = images.iter().map(|image| f32::from(u8::from(image.is_some()))).collect();
        let any_image = images.iter().any(Option::is_some);
        CompactBatch {
            text: TextBatch::new(rows, &spec.pieces, noise, device),
            shapes: batch::whole(rows, batch::length(rows), 0, device, |row| row.shapes.iter().map(|s| i64::from(*s))),
            pixels: any_image.then(|| stack_pixels(&images, spec.config.image.side, &Scaling::SIGNED, device)),
            seen: Tensor::from_data(TensorData::new(seen, [rows.len(), 1, 1]), device),
            boxes: Boxes::new(spec, rows, &variations, device),
        }
    }

    fn loss(&self, spec: &Spec<CompactConfig>, batch: &CompactBatch) -> Tensor<Backend, 1> {
        let forward = self.forward(batch);
        let loss = self.crf.loss(forward.emissions, batch.text.tags.clone(), &batch.text.words);
        match (forward.sight, &batch.boxes) {
            (Some(sight), Some(boxes)) => loss - boxes.log_likelihood(sight).mul_scalar(spec.config.guidance),
            _ => loss,
        }
    }

    fn answer(&self, spec: &Spec<CompactConfig>, batch: &CompactBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let forward = self.forward(batch);
        let [_, words, _] = forward.emissions.dims();
        let attention = forward.sight.filter(|_| align).map(|sight| tagging::numbers(sight.weights));
        let answers = tagging::answers(forward.emissions, &self.crf, spec, spec.config.constraints, rows);
        let answers = answers.into_iter().zip(rows).enumerate().map(|(place, (answer, row))| {
            let weights = attention.as_ref().filter(|_| row.pixels.is_some());
            let alignments = weights.map(|weights| Self::alignment(spec, weights, place, row.words(), words));
            Answer { alignments: alignments.into_iter().collect(), ..answer }
        });
        answers.collect()
    }

    fn relabel(mut self, from: &Spec<CompactConfig>, to: &Spec<CompactConfig>, device: &Device) -> Self {
        let fresh = Self::new(to, device);
        let kept = tagging::kept_tags(from, to);
        let kept_types = tagging::kept_classes(&from.labels, &to.labels);
        self.emissions = tagging::keep_outputs(fresh.emissions, self.emissions, &kept);
        self.sight = tagging::keep_outputs(fresh.sight, self.sight, &kept_types);
        let (fresh_rows, rows) = (fresh.evidence.weight.val(), self.evidence.weight.val());
        self.evidence.weight = Param::from_tensor(tagging::keep_cells(fresh_rows, &rows, (&kept_types, &kept)));
        self.crf = tagging::keep_transitions(&fresh.crf, &self.crf, &kept);
        self
    }
}

/// The default sizes over a vocabulary of `pieces` word pieces.
fn configure(pieces: usize) -> CompactConfig {
    CompactConfig {
        text: CompactTextConfig {
            vocabulary: pieces,
            positions: padded(input::WINDOW_PIECES),
            width: 128,
            layers: 2,
            heads: 4,
            hidden: 256,
            dropout: 0.1,
        },
        image: CompactImageConfig { side: 112, patch: 4, channels: vec![32, 64, 96], refinements: 3 },
        region_dropout: 0.2,
        heads: 4,
        guidance: 1.0,
        constraints: ConstraintMode::Decode,
    }
}

/// Shares of the regions of every row that shows something named: one half for the named, one for the others.
fn balanced(shown: &[i64], regions: usize) -> Vec<f32> {
    let named: Vec<usize> = shown.chunks(regions).map(|row| row.iter().filter(|shown| **shown > 0).count()).collect();
    let rows = named.iter().filter(|named| **named > 0).count().max(1) as f32;
    let shares = shown.iter().enumerate().map(|(place, shown)| {
        let named = named[place / regions];
        let alike = if *shown > 0 { named } else { regions - named };
        if named == 0 { 0.0 } else { 0.5 / (alike as f32 * rows) }
    });
    shares.collect()
}

impl CompactTagger<Backend> {
    /// Attention of row `place`: `heads x padded words x regions` cut to its `words`.
    fn alignment(
        spec: &Spec<CompactConfig>,
        weights: &[f32],
        place: usize,
        words: usize,
        padded_words: usize,
    ) -> Alignment {
        let grid = spec.config.image.grid();
        let (heads, regions) = (spec.config.heads, grid * grid);
        let maps = (0..heads).map(|head| {
            let from = (place * heads + head) * padded_words * regions;
            HeadMap { head, weights: weights[from..from + words * regions].to_vec(), ..HeadMap::default() }
        });
        Alignment {
            method: "attention",
            tokens: words,
            spans: Vec::new(),
            regions: Regions::Grid { image: String::new(), rows: grid, columns: grid, frame: Frame::WHOLE },
            maps: maps.collect(),
        }
    }
}

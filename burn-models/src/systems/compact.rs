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
use burn::tensor::{Bool, Int, Tensor, TensorData};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::alignment::{Alignment, Frame, HeadMap, Regions};
use crate::device::{Backend, Device};
use crate::encoders::image::{CompactImage, CompactImageConfig, Pixels, Variation, stack_pixels};
use crate::encoders::text::{CompactText, CompactTextConfig};
use crate::example::LabelSet;
use crate::input::{self, Item, Noise, Row, padded};
use crate::layers::attention::Attention;
use crate::layers::crf::{Chain, ConstraintMode, Constraints, Crf};
use crate::tagging;
use crate::training::TrainOptions;

use super::{Answer, ParameterGroup, Spec, System, SystemInfo};

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
    /// `[B, S]`.
    pieces: Tensor<Backend, 2, Int>,
    /// `[B, S]`.
    shapes: Tensor<Backend, 2, Int>,
    /// `[B, S]`, true on padding.
    hidden: Tensor<Backend, 2, Bool>,
    /// `[B, N]`, index of every word's first piece.
    firsts: Tensor<Backend, 2, Int>,
    /// `[B, N]`, true on words.
    words: Tensor<Backend, 2, Bool>,
    /// `[B, N]`.
    tags: Tensor<Backend, 2, Int>,
    /// `[B, 3, side, side]`; absent where no row has an image.
    pixels: Option<Tensor<Backend, 4>>,
    /// `[B, 1, 1]`, 1 for rows with an image, 0 for the others.
    seen: Tensor<Backend, 3>,
    /// `[B, N, R]`, 1 on the regions in which a word is visible; absent where no row has a box.
    visible: Option<Tensor<Backend, 3>>,
    /// `[B, N]`, each guided word's share of all guided words.
    guided: Tensor<Backend, 2>,
    /// `[B, R]`, 0 or one more than the index of the type that is visible in a region.
    shown: Tensor<Backend, 2, Int>,
    /// `[B, R]`, each region's share; named and other regions have half each, images without a box nothing.
    telling: Tensor<Backend, 2>,
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
        let encoded = self.text.forward(batch.pieces.clone(), batch.shapes.clone(), &batch.hidden);
        let [rows, _, width] = encoded.dims();
        let [_, words] = batch.firsts.dims();
        let firsts = batch.firsts.clone().unsqueeze_dim::<3>(2).expand([rows, words, width]);
        let text = encoded.gather(1, firsts);

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
        alignments: &["attention"],
    };

    type Config = CompactConfig;
    type Batch = CompactBatch;

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

    fn vocabulary() -> usize {
        3000
    }

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 60,
            encoder_rate: 1e-3,
            head_rate: 1e-3,
            crf_rate: 5e-3,
            weight_decay: 0.05,
            // A name with its sentence would be learned by heart instead of looked for in the picture.
            name_dropout: 0.7,
            ..TrainOptions::default()
        }
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

    fn group(path: &str) -> ParameterGroup {
        match path.split('.').next() {
            Some("text" | "image") => ParameterGroup::Encoder,
            Some("crf") => ParameterGroup::Crf,
            _ => ParameterGroup::Head,
        }
    }

    fn rows(spec: &Spec<CompactConfig>, item: &Item, image: Option<&Arc<RgbImage>>) -> Vec<Row> {
        let side = spec.config.image.side;
        let picture = image.map(|image| (Arc::new(Pixels::new(image, side)), [image.width(), image.height()]));
        input::rows(&item.example, &spec.labels, spec.scheme, &spec.pieces, picture.as_ref())
    }

    fn collate(spec: &Spec<CompactConfig>, rows: &[&Row], noise: Option<&mut Noise>, device: &Device) -> CompactBatch {
        let count = rows.len();
        let length = padded(rows.iter().map(|row| row.pieces.len()).max().unwrap_or(0));
        let words = padded(rows.iter().map(|row| row.words()).max().unwrap_or(0));
        let grid = spec.config.image.grid();
        let regions = grid * grid;

        let mut pieces = vec![i64::from(spec.pieces.padding()); count * length];
        let mut shapes = vec![0_i64; count * length];
        let mut hidden = vec![true; count * length];
        let mut firsts = vec![0_i64; count * words];
        let mut real = vec![false; count * words];
        let mut tags = vec![0_i64; count * words];
        let mut visible = vec![0_f32; count * words * regions];
        let mut guided = vec![0_f32; count * words];
        let mut shown = vec![0_i64; count * regions];
        let mut variations = Vec::with_capacity(count);
        let mut noise = noise;
        for (place, row) in rows.iter().enumerate() {
            let variation = noise.as_deref_mut().map_or(Variation::NONE, |noise| Variation::random(&mut noise.rng));
            variations.push(variation);
            let disturbed = noise.as_deref_mut().map(|noise| row.pieces_with_noise(noise, spec.pieces.unknown()));
            for (piece, id) in disturbed.as_ref().unwrap_or(&row.pieces).iter().enumerate() {
                pieces[place * length + piece] = i64::from(*id);
                shapes[place * length + piece] = i64::from(row.shapes[piece]);
                hidden[place * length + piece] = false;
            }
            for (word, tag) in row.tags.iter().enumerate() {
                firsts[place * words + word] = row.firsts[word] as i64;
                real[place * words + word] = true;
                tags[place * words + word] = *tag as i64;
            }
            for (span, boxes) in &row.visible {
                for rectangle in boxes.iter().filter_map(|rectangle| variation.rectangle(*rectangle)) {
                    let inside = input::regions_in(rectangle, grid);
                    if let Some((_, label)) = spec.scheme.split_index(row.tags[span.start]) {
                        let shown = shown[place * regions..][..regions].iter_mut().zip(&inside);
                        shown.filter(|(_, inside)| **inside).for_each(|(shown, _)| *shown = 1 + label as i64);
                    }
                    for word in span.clone() {
                        guided[place * words + word] = 1.0;
                        let target = &mut visible[(place * words + word) * regions..][..regions];
                        target
                            .iter_mut()
                            .zip(&inside)
                            .filter(|(_, inside)| **inside)
                            .for_each(|(target, _)| *target = 1.0);
                    }
                }
            }
        }
        let total: f32 = guided.iter().sum();
        for share in &mut guided {
            *share /= total.max(1.0);
        }

        let telling = balanced(&shown, regions);

        let pixels = rows.iter().map(|row| row.pixels.as_deref());
        let images: Vec<Option<(&Pixels, Variation)>> =
            pixels.zip(&variations).map(|(pixels, variation)| pixels.map(|pixels| (pixels, *variation))).collect();
        let seen: Vec<f32> = images.iter().map(|image| f32::from(u8::from(image.is_some()))).collect();
        let any_image = images.iter().any(Option::is_some);
        CompactBatch {
            pieces: Tensor::from_data(TensorData::new(pieces, [count, length]), device),
            shapes: Tensor::from_data(TensorData::new(shapes, [count, length]), device),
            hidden: Tensor::from_data(TensorData::new(hidden, [count, length]), device),
            firsts: Tensor::from_data(TensorData::new(firsts, [count, words]), device),
            words: Tensor::from_data(TensorData::new(real, [count, words]), device),
            tags: Tensor::from_data(TensorData::new(tags, [count, words]), device),
            pixels: any_image.then(|| stack_pixels(&images, spec.config.image.side, device)),
            seen: Tensor::from_data(TensorData::new(seen, [count, 1, 1]), device),
            visible: (total > 0.0)
                .then(|| Tensor::from_data(TensorData::new(visible, [count, words, regions]), device)),
            guided: Tensor::from_data(TensorData::new(guided, [count, words]), device),
            shown: Tensor::from_data(TensorData::new(shown, [count, regions]), device),
            telling: Tensor::from_data(TensorData::new(telling, [count, regions]), device),
        }
    }

    fn loss(&self, spec: &Spec<CompactConfig>, batch: &CompactBatch) -> Tensor<Backend, 1> {
        let forward = self.forward(batch);
        let loss = self.crf.loss(forward.emissions, batch.tags.clone(), &batch.words);
        let (Some(sight), Some(visible)) = (forward.sight, &batch.visible) else { return loss };
        let [rows, words, regions] = sight.looked.dims();
        let inside = (sight.looked * visible.clone()).sum_dim(2).reshape([rows, words]);
        let looked = (inside.add_scalar(1e-6).log() * batch.guided.clone()).sum();
        let told = sight.told.gather(2, batch.shown.clone().unsqueeze_dim(2));
        let recognised = (told.reshape([rows, regions]) * batch.telling.clone()).sum();
        loss - (looked + recognised).mul_scalar(spec.config.guidance)
    }

    fn answer(&self, spec: &Spec<CompactConfig>, batch: &CompactBatch, rows: &[&Row], align: bool) -> Vec<Answer> {
        let forward = self.forward(batch);
        let [_, words, tags] = forward.emissions.dims();
        let emissions = tagging::numbers(forward.emissions);
        let attention = forward.sight.filter(|_| align).map(|sight| tagging::numbers(sight.weights));
        let [transitions, start, end] = [
            tagging::numbers(self.crf.transitions.val()),
            tagging::numbers(self.crf.start.val()),
            tagging::numbers(self.crf.end.val()),
        ];
        let grammar = Constraints::new(spec.scheme, spec.labels.len());
        let answers = rows.iter().enumerate().map(|(place, row)| {
            let scores = &emissions[place * words * tags..][..row.words() * tags];
            let chain = Chain::new(scores, &transitions, &start, &end).map(|chain| match spec.config.constraints {
                ConstraintMode::Decode => chain.constrained(&grammar),
                ConstraintMode::None => chain,
            });
            let prediction = chain.as_ref().map(|chain| tagging::read(chain, spec.scheme, &spec.labels));
            let weights = attention.as_ref().filter(|_| row.pixels.is_some());
            let alignments = weights.map(|weights| Self::alignment(spec, weights, place, row.words(), words));
            Answer {
                prediction: prediction.unwrap_or_default(),
                alignments: alignments.into_iter().collect(),
                chains: chain.into_iter().collect(),
            }
        });
        answers.collect()
    }

    fn relabel(mut self, from: &Spec<CompactConfig>, to: &Spec<CompactConfig>, device: &Device) -> Self {
        let fresh = Self::new(to, device);
        let kept = tagging::kept(&from.scheme.tag_names(&from.labels), &to.scheme.tag_names(&to.labels));
        let types =
            |labels: &LabelSet| std::iter::once("").chain(labels.names()).map(str::to_owned).collect::<Vec<_>>();
        let kept_types = tagging::kept(&types(&from.labels), &types(&to.labels));
        self.emissions = tagging::keep_outputs(fresh.emissions, self.emissions, &kept);
        self.sight = tagging::keep_outputs(fresh.sight, self.sight, &kept_types);
        let (fresh_rows, rows) = (fresh.evidence.weight.val(), self.evidence.weight.val());
        self.evidence.weight = Param::from_tensor(tagging::keep_cells(fresh_rows, &rows, (&kept_types, &kept)));
        self.crf = Crf {
            transitions: Param::from_tensor(tagging::keep_cells(
                fresh.crf.transitions.val(),
                &self.crf.transitions.val(),
                (&kept, &kept),
            )),
            start: Param::from_tensor(tagging::keep_entries(fresh.crf.start.val(), self.crf.start.val(), &kept)),
            end: Param::from_tensor(tagging::keep_entries(fresh.crf.end.val(), self.crf.end.val(), &kept)),
        };
        self
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
            HeadMap { layer: 0, head, weights: weights[from..from + words * regions].to_vec() }
        });
        Alignment {
            method: "attention",
            tokens: words,
            regions: Regions::Grid { image: String::new(), rows: grid, columns: grid, frame: Frame::WHOLE },
            maps: maps.collect(),
        }
    }
}

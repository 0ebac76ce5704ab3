//! How fast a text tagger learns and predicts on a device, with random weights and random words.

use std::time::{Duration, Instant};

use burn::module::{AutodiffModule, Module};
use burn::tensor::Tensor;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use crate::device::{self, Backend, Device};
use crate::encoders::text::transformer::{Family, TransformerConfig};
use crate::encoders::text::{Tokenizer, TokenizerError};
use crate::example::{LabelSet, TagScheme};
use crate::input::Row;
use crate::layers::activation::Activation;
use crate::layers::crf::ConstraintMode;
use crate::layers::projection::Products;
use crate::systems::bert_crf::BertWords;
use crate::systems::chain::{ChainConfig, ChainTagger};
use crate::systems::published::PublishedTextConfig;
use crate::systems::{Spec, System};
use crate::tagging::numbers;
use crate::training::session::Session;
use crate::training::{Control, TrainError, TrainOptions, multiplying, parameters};

/// What is measured: BERT-CRF, the text tagger that all others are compared to.
type BertCrf = ChainTagger<Backend, BertWords<Backend>>;

/// Runs after the first one that are not counted: memory and kernels find their places.
const SETTLING: usize = 2;

/// Most runs of one kind.
const RUNS: usize = 200;

/// Sizes of an encoder and of the batches that it is measured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Name on the command line.
    pub name: &'static str,
    /// Width of the vectors.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Rows of a batch.
    pub batch: usize,
    /// Pieces of a row.
    pub length: usize,
}

/// The sizes there are: batches of tweets through `all-MiniLM-L6`, long batches through `bert-base`.
pub const SIZES: [Size; 2] = [
    Size { name: "minilm", width: 384, layers: 6, batch: 16, length: 32 },
    Size { name: "bert-base", width: 768, layers: 12, batch: 32, length: 128 },
];

impl Size {
    /// The size called `name`.
    pub fn find(name: &str) -> Option<Self> {
        SIZES.into_iter().find(|size| size.name == name)
    }

    fn transformer(self) -> TransformerConfig {
        TransformerConfig {
            family: Family::Bert,
            vocabulary: 30_522,
            positions: 512,
            types: 2,
            width: self.width,
            layers: self.layers,
            heads: 12,
            hidden: 4 * self.width,
            activation: Activation::Gelu,
            epsilon: 1e-12,
            dropout: 0.1,
            attention_dropout: 0.1,
            padding: 0,
            buckets: 0,
            pooler: false,
        }
    }

    fn spec(self) -> Result<Spec<ChainConfig<PublishedTextConfig>>, TokenizerError> {
        Ok(Spec {
            config: ChainConfig {
                encoder: PublishedTextConfig { adapter: None, scratch: false, transformer: self.transformer() },
                constraints: ConstraintMode::Decode,
            },
            labels: LabelSet::new(["PER", "LOC", "ORG", "MISC"]),
            scheme: TagScheme::Bio,
            // Only its padding is asked for.
            pieces: Tokenizer::train(["word"].into_iter(), 64)?,
        })
    }

    /// One word a piece between start and end, random words and tags.
    fn rows(self, tags: usize) -> Vec<Row> {
        let mut rng = StdRng::seed_from_u64(1);
        let words = self.length - 2;
        let row = |_| Row {
            tokens: vec!["word".to_owned(); words],
            pieces: (0..self.length).map(|_| rng.random_range(1000..30_000)).collect(),
            shapes: vec![0; self.length],
            firsts: (1..=words + 1).collect(),
            tags: (0..words).map(|_| rng.random_range(0..tags)).collect(),
            ..Row::default()
        };
        (0..self.batch).map(row).collect()
    }
}

/// What was measured for one [`Size`].
#[derive(Clone, Debug, Serialize)]
pub struct Throughput {
    /// The sizes.
    #[serde(flatten)]
    pub size: Size,
    /// Trained parameters.
    pub parameters: usize,
    /// Seconds from the words to the weights after the first training step, compilation of kernels included.
    pub first_step_s: f64,
    /// Milliseconds of a later training step: batch, loss, gradients, clipping, `AdamW`.
    pub step_ms: f64,
    /// Training steps that this is the mean of.
    pub steps: usize,
    /// Pieces a second while training.
    pub train_pieces_per_s: f64,
    /// Milliseconds from a batch of rows to its tag scores.
    pub inference_ms: f64,
    /// Pieces a second while predicting.
    pub inference_pieces_per_s: f64,
    /// Milliseconds from one row to its decoded entities with probabilities, the median.
    pub tweet_ms: f64,
}

/// What is being measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Training steps.
    Training,
    /// Tag scores of batches.
    Inference,
    /// Single rows.
    Tweet,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum ThroughputError {
    /// The vocabulary failed.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A training step failed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Measures `size` on `device` with products computed in some numbers, each stage for about `time`; `None` if `observe` (told the runs made) stopped it.
pub fn measure(
    size: Size,
    products: Products,
    device: &Device,
    time: Duration,
    observe: &mut dyn FnMut(Stage, usize) -> Control,
) -> Result<Option<Throughput>, ThroughputError> {
    let spec = size.spec()?;
    device::seed(device, 1);
    let module = multiplying(BertCrf::new(&spec, device), &spec, products);
    // Drawing weights is no part of a step.
    parameters::settle(&module);
    let rows = size.rows(spec.tags());
    let options = TrainOptions { batch: size.batch, epochs: RUNS, ..BertCrf::defaults() };
    let parameters = parameters::list(&module, BertCrf::group);
    let count = module.num_params();
    let mut session = Session::new(BertCrf::from_inner(module), &parameters, &spec, &options, device, &rows);
    let order = session.order(1);

    let begun = Instant::now();
    session.step(&order[0]);
    session.losses(true)?;
    let first_step_s = begun.elapsed().as_secs_f64();
    let mut runs = Runs::new(time);
    while runs.more() {
        session.step(&order[0]);
        session.losses(runs.settles())?;
        if observe(Stage::Training, runs.next()) == Control::Stop {
            return Ok(None);
        }
    }
    session.losses(true)?;
    let (step, steps) = runs.mean();

    let module = session.with(&session.learned());
    let rows: Vec<&Row> = rows.iter().collect();
    let mut runs = Runs::new(time);
    let mut last: Option<Tensor<Backend, 3>> = None;
    while runs.more() {
        let batch = BertCrf::collate(&spec, &rows, None, device);
        let scores = module.emit(&batch);
        last = Some(scores.clone());
        if runs.settles() {
            numbers(scores);
        }
        if observe(Stage::Inference, runs.next()) == Control::Stop {
            return Ok(None);
        }
    }
    // Reading the last scores waits for all of them.
    last.map(numbers);
    let (inference, _) = runs.mean();

    let mut times = Vec::new();
    let mut runs = Runs::new(time);
    while runs.more() {
        let begun = Instant::now();
        let batch = BertCrf::collate(&spec, &rows[..1], None, device);
        module.answer(&spec, &batch, &rows[..1], false);
        times.push(begun.elapsed().as_secs_f64());
        if observe(Stage::Tweet, runs.next()) == Control::Stop {
            return Ok(None);
        }
    }
    times.sort_by(f64::total_cmp);
    let pieces = (size.batch * size.length) as f64;
    Ok(Some(Throughput {
        size,
        parameters: count,
        first_step_s,
        step_ms: 1e3 * step,
        steps,
        train_pieces_per_s: pieces / step,
        inference_ms: 1e3 * inference,
        inference_pieces_per_s: pieces / inference,
        tweet_ms: 1e3 * times[times.len() / 2],
    }))
}

/// Runs of one kind: some to settle, then as many as fit into a time, at least one.
struct Runs {
    time: Duration,
    made: usize,
    since: Instant,
}

impl Runs {
    fn new(time: Duration) -> Self {
        Self { time, made: 0, since: Instant::now() }
    }

    fn more(&self) -> bool {
        self.made <= SETTLING || (self.made < RUNS && self.since.elapsed() < self.time)
    }

    /// Whether the next run is the last one that is not counted, after which nothing may be under way.
    fn settles(&self) -> bool {
        self.made + 1 == SETTLING
    }

    /// Counts a run.
    fn next(&mut self) -> usize {
        self.made += 1;
        if self.made == SETTLING {
            self.since = Instant::now();
        }
        self.made
    }

    /// Seconds of a run, and how many runs that is the mean of; all of them have ended.
    fn mean(&self) -> (f64, usize) {
        let counted = self.made - SETTLING;
        (self.since.elapsed().as_secs_f64() / counted as f64, counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_size_is_measured_and_can_be_stopped() {
        let size = Size { name: "tiny", width: 24, layers: 1, batch: 2, length: 8 };
        let mut stages = Vec::new();
        let mut observe = |stage, _| {
            stages.push(stage);
            Control::Continue
        };
        let found = measure(size, Products::F32, &device::cpu(), Duration::ZERO, &mut observe)
            .expect("it runs")
            .expect("not stopped");
        assert_eq!(found.steps, 1);
        for value in [found.first_step_s, found.step_ms, found.inference_ms, found.tweet_ms] {
            assert!(value > 0.0 && value.is_finite(), "{found:?}");
        }
        assert!((found.train_pieces_per_s - 16.0 / found.step_ms * 1e3).abs() < 1.0);
        stages.dedup();
        assert_eq!(stages, [Stage::Training, Stage::Inference, Stage::Tweet]);
        let stopped =
            measure(size, Products::F32, &device::cpu(), Duration::ZERO, &mut |_, _| Control::Stop).expect("it runs");
        assert!(stopped.is_none());
    }
}

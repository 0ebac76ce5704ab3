//! Rows with the knowledge that passes the filter.

use burn::tensor::{Bool, Int, Tensor, TensorData};
use rand::RngExt;

use super::MmavkConfig;
use crate::batch::TextBatch;
use crate::device::{self, Backend, Device};
use crate::encoders::text::Tokenizer;
use crate::input::{Knowledge, Noise, Row, padded};

/// Rows as tensors.
#[derive(Debug)]
pub struct MmavkBatch {
    /// The tweets.
    pub text: TextBatch,
    /// Their knowledge; absent where none passes.
    pub knowledge: Option<Pieces>,
    /// For every row the place of its knowledge among those that pass, from 1; 0 without.
    pub places: Vec<usize>,
}

/// Texts of their own; `M` texts, `S` pieces. Texts of nothing but padding may stand at the end.
#[derive(Debug)]
pub struct Pieces {
    /// `[M, S]`.
    pub ids: Tensor<Backend, 2, Int>,
    /// `[M, S]`, true on padding.
    pub hidden: Tensor<Backend, 2, Bool>,
}

impl MmavkBatch {
    /// The rows; while training, which is when there is `noise`, a threshold that is yet to be chosen differs from batch to
    /// batch.
    pub fn new(
        config: &MmavkConfig,
        rows: &[&Row],
        pieces: &Tokenizer,
        mut noise: Option<&mut Noise>,
        device: &Device,
    ) -> Self {
        let threshold = match &mut noise {
            Some(noise) if config.auto => any_similarity(rows, noise),
            _ => config.threshold,
        };
        let passing = |knowledge: &&Knowledge| passes(knowledge.similarity, threshold);
        let texts: Vec<Option<&Knowledge>> = rows.iter().map(|row| row.knowledge.as_deref().filter(passing)).collect();
        let mut count = 0;
        let places = texts.iter().map(|text| {
            count += usize::from(text.is_some());
            if text.is_some() { count } else { 0 }
        });
        Self {
            places: places.collect(),
            text: TextBatch::new(rows, pieces, noise, device),
            knowledge: Pieces::new(&texts.into_iter().flatten().collect::<Vec<_>>(), pieces.padding(), device),
        }
    }
}

impl Pieces {
    /// `None` without a text.
    fn new(texts: &[&Knowledge], padding: u32, device: &Device) -> Option<Self> {
        let length = padded(texts.iter().map(|text| text.pieces.len()).max()?);
        // On a GPU each number of texts would cost a warm-up; the CPU computes no more than it must.
        let count = if device::is_cpu(device) { texts.len() } else { padded(texts.len()) };
        let mut ids = vec![i64::from(padding); count * length];
        let mut hidden = vec![true; count * length];
        for (place, text) in texts.iter().enumerate() {
            let own = place * length..place * length + text.pieces.len();
            hidden[own.clone()].fill(false);
            ids[own].iter_mut().zip(&text.pieces).for_each(|(id, piece)| *id = i64::from(*piece));
        }
        Some(Self {
            ids: Tensor::from_data(TensorData::new(ids, [count, length]), device),
            hidden: Tensor::from_data(TensorData::new(hidden, [count, length]), device),
        })
    }
}

/// Whether knowledge passes; what nobody measured cannot be too low.
pub fn passes(similarity: Option<f32>, threshold: f32) -> bool {
    similarity.is_none_or(|similarity| similarity >= threshold)
}

/// The similarity of any of the rows: over many batches knowledge then passes the more often the more similar it is, so
/// that the tagger learns both to use it and to do without.
fn any_similarity(rows: &[&Row], noise: &mut Noise) -> f32 {
    let of = |row: &&Row| row.knowledge.as_ref()?.similarity;
    let known: Vec<f32> = rows.iter().filter_map(of).collect();
    if known.is_empty() { f32::NEG_INFINITY } else { known[noise.rng.random_range(0..known.len())] }
}

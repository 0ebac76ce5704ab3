//! Rows with the knowledge that passes the filter.

use burn::tensor::{Bool, Int, Tensor, TensorData};
use rand::RngExt;

use super::MmavkConfig;
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
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

/// Texts of their own; `M` texts, `S` pieces.
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
        let id = |text: &Knowledge, place: usize| i64::from(text.pieces.get(place).copied().unwrap_or(padding));
        let ids: Vec<i64> = texts.iter().flat_map(|text| (0..length).map(move |place| id(text, place))).collect();
        let hidden: Vec<bool> =
            texts.iter().flat_map(|text| (0..length).map(move |place| place >= text.pieces.len())).collect();
        let shape = [texts.len(), length];
        Some(Self {
            ids: Tensor::from_data(TensorData::new(ids, shape), device),
            hidden: Tensor::from_data(TensorData::new(hidden, shape), device),
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

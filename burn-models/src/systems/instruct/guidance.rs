//! Attention guidance alignment: the attention of words to regions is drawn towards maps of where each word is shown
//! (`InstructNER`, eq. 10).

use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::batch;
use crate::device::{Backend, Device};
use crate::input::Row;

/// Added inside logarithms.
const EPSILON: f64 = 1e-9;

/// How attention and teacher become distributions over the regions of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Both are divided by their sums.
    Renorm,
    /// A softmax of both, as the paper says; almost flat, since both are between 0 and 1 already.
    Literal,
    /// A softmax of the raw scores of the attention; the teacher is divided by its sum.
    Logit,
}

/// Where the words of a batch should look; a constant, whatever is learned.
#[derive(Clone, Debug)]
pub struct Teacher {
    /// `[B, N, R]`, zero for words without a map.
    maps: Tensor<Backend, 3>,
    /// `[B, N]`, 1 for words with a map, 0 for the others.
    known: Tensor<Backend, 2>,
}

/// Where the words of a batch look, means over heads.
#[derive(Clone, Debug)]
pub struct Looked {
    /// `[B, N, R]`, words to regions; sums to one over the regions (`a_tv`).
    pub at_regions: Tensor<Backend, 3>,
    /// `[B, N, R]`, regions to words, transposed; sums to one over the pieces of the tweet (`a_vt`).
    pub by_regions: Tensor<Backend, 3>,
    /// `[B, N, R]`, the mean of both before their softmax, where it is needed.
    pub scores: Option<Tensor<Backend, 3>>,
}

impl Looked {
    /// The mean of both directions, `[B, N, R]` (`m_crs`).
    pub fn both(&self) -> Tensor<Backend, 3> {
        (self.at_regions.clone() + self.by_regions.clone()).div_scalar(2.0)
    }
}

impl Teacher {
    /// The maps that `rows` were given; `None` where no word has one with anything in it.
    pub fn new(rows: &[&Row], device: &Device) -> Option<Self> {
        let usable = |map: &Vec<f32>| map.iter().any(|value| *value > 0.0);
        let regions = rows.iter().flat_map(|row| &row.maps).find(|map| usable(map))?.len();
        let words = batch::words(rows);
        let mut maps = vec![0.0_f32; rows.len() * words * regions];
        let mut known = vec![0.0_f32; rows.len() * words];
        for (place, row) in rows.iter().enumerate() {
            for (word, map) in row.maps.iter().enumerate().filter(|(_, map)| usable(map)) {
                let place = place * words + word;
                maps[place * regions..][..regions].copy_from_slice(map);
                known[place] = 1.0;
            }
        }
        Some(Self {
            maps: Tensor::from_data(TensorData::new(maps, [rows.len(), words, regions]), device),
            known: Tensor::from_data(TensorData::new(known, [rows.len(), words]), device),
        })
    }

    /// How far the attention is from the maps: the divergence KL(attention || map), summed over the words with a map, the
    /// mean over the rows.
    pub fn distance(&self, looked: &Looked, norm: Norm) -> Tensor<Backend, 1> {
        let [rows, words, _] = self.maps.dims();
        let own = match (norm, &looked.scores) {
            (Norm::Literal, _) => softmax(looked.both(), 2),
            (Norm::Logit, Some(scores)) => softmax(scores.clone(), 2),
            (Norm::Logit | Norm::Renorm, _) => shares(looked.both()),
        };
        let wanted = if norm == Norm::Literal { softmax(self.maps.clone(), 2) } else { shares(self.maps.clone()) };
        let ratio = own.clone().add_scalar(EPSILON).log() - wanted.add_scalar(EPSILON).log();
        let divergence = (own * ratio).sum_dim(2).reshape([rows, words]);
        (divergence * self.known.clone()).sum().div_scalar(rows as f64)
    }
}

/// Weights that are not negative as shares of their sum; where all are zero, zero.
fn shares(weights: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
    let [rows, words, regions] = weights.dims();
    let total = weights.clone().sum_dim(2).clamp_min(f64::from(f32::MIN_POSITIVE));
    weights / total.expand([rows, words, regions])
}

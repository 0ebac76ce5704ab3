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
        let maps = self.maps.clone().detach();
        let own = match (norm, &looked.scores) {
            (Norm::Literal, _) => softmax(looked.both(), 2),
            (Norm::Logit, Some(scores)) => softmax(scores.clone(), 2),
            (Norm::Logit | Norm::Renorm, _) => shares(looked.both()),
        };
        let wanted = if norm == Norm::Literal { softmax(maps, 2) } else { shares(maps) };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;
    use crate::tagging::numbers;

    /// One row of words whose attention both ways is `looked` and whose maps are `maps`, over two regions or more.
    fn distance(looked: &[&[f32]], maps: &[&[f32]], norm: Norm) -> f32 {
        let row =
            Row { tags: vec![0; maps.len()], maps: maps.iter().map(|map| map.to_vec()).collect(), ..Row::default() };
        let teacher = Teacher::new(&[&row], &cpu()).expect("a map");
        let [_, words, regions] = teacher.maps.dims();
        let mut values = looked.concat();
        values.resize(words * regions, 1.0);
        let both = Tensor::from_data(TensorData::new(values, [1, words, regions]), &cpu());
        let looked = Looked { at_regions: both.clone(), by_regions: both.clone(), scores: Some(both.log()) };
        numbers(teacher.distance(&looked, norm))[0]
    }

    fn near(found: f32, wanted: f32) {
        assert!((found - wanted).abs() < 2e-6, "{found} is not {wanted}");
    }

    #[test]
    fn distances_are_those_worked_out_by_hand() {
        let (looked, map): (&[f32], &[f32]) = (&[0.3, 0.1], &[0.02, 0.06]);
        near(distance(&[looked], &[map], Norm::Renorm), 0.5 * 3.0_f32.ln());
        near(distance(&[looked], &[map], Norm::Logit), 0.5 * 3.0_f32.ln());
        near(distance(&[looked], &[map], Norm::Literal), 0.007_168_5);
        for norm in [Norm::Renorm, Norm::Literal] {
            near(distance(&[looked], &[looked], norm), 0.0);
        }
        near(distance(&[&[0.6, 0.2]], &[looked], Norm::Renorm), 0.0);
        let mut one = [0.0; 49];
        one[17] = 1.0;
        near(distance(&[&one], &[&[0.01; 49]], Norm::Literal), 0.019_129_6);
    }

    #[test]
    fn words_without_a_map_do_not_count() {
        let (looked, map): (&[f32], &[f32]) = (&[0.3, 0.1], &[0.02, 0.06]);
        let alone = distance(&[looked], &[map], Norm::Renorm);
        near(distance(&[looked, looked, looked], &[&[], map, &[0.0, 0.0]], Norm::Renorm), alone);
        near(distance(&[looked, looked], &[map, map], Norm::Renorm), 2.0 * alone);
        near(distance(&[&[0.0, 0.0]], &[map], Norm::Renorm), 0.0);
        let empty = Row { tags: vec![0; 2], maps: vec![vec![0.0; 2], Vec::new()], ..Row::default() };
        assert!(Teacher::new(&[&empty, &Row::default()], &cpu()).is_none());
    }

    #[test]
    fn the_teacher_does_not_learn() {
        let device = Device::autodiff(cpu());
        let row = Row { tags: vec![0], maps: vec![vec![0.02, 0.06]], ..Row::default() };
        let mut teacher = Teacher::new(&[&row], &device).expect("a map");
        teacher.maps = teacher.maps.require_grad();
        let attention = teacher.maps.ones_like().detach().require_grad();
        let looked = Looked { at_regions: attention.clone(), by_regions: attention.clone(), scores: None };
        let gradients = teacher.distance(&looked, Norm::Renorm).backward();
        assert!(teacher.maps.grad(&gradients).is_none());
        assert!(attention.grad(&gradients).is_some_and(|gradient| numbers(gradient)[0].abs() > 0.01));
    }
}

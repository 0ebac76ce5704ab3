//! Rows of words as tensors, which every system starts from.

use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::device::{Backend, Device};
use crate::encoders::text::Tokenizer;
use crate::input::{Noise, Row, padded};

/// The words of several rows; `B` rows, `S` pieces, `N` words.
#[derive(Clone, Debug)]
pub struct TextBatch {
    /// `[B, S]`.
    pub pieces: Tensor<Backend, 2, Int>,
    /// `[B, S]`, true on padding.
    pub hidden: Tensor<Backend, 2, Bool>,
    /// `[B, N]`, index of every word's first piece.
    pub firsts: Tensor<Backend, 2, Int>,
    /// `[B, N]`, true on words.
    pub words: Tensor<Backend, 2, Bool>,
    /// `[B, N]`, gold tags, 0 on padding.
    pub tags: Tensor<Backend, 2, Int>,
}

impl TextBatch {
    /// Rows padded to a common length, with some words made unknown where `noise` is given.
    pub fn new(rows: &[&Row], pieces: &Tokenizer, noise: Option<&mut Noise>, device: &Device) -> Self {
        let (length, words) = (length(rows), words(rows));
        let ids: Vec<Vec<u32>> = match noise {
            Some(noise) => rows.iter().map(|row| row.pieces_with_noise(noise, pieces.unknown())).collect(),
            None => rows.iter().map(|row| row.pieces.clone()).collect(),
        };
        let mut lines = ids.iter();
        Self {
            pieces: whole(rows, length, pieces.padding().into(), device, |_| {
                lines.next().into_iter().flatten().map(|id| i64::from(*id))
            }),
            hidden: truth(rows, length, true, device, |row| row.pieces.len()),
            firsts: whole(rows, words, 0, device, |row| row.firsts[..row.words()].iter().map(|first| *first as i64)),
            words: truth(rows, words, false, device, Row::words),
            tags: whole(rows, words, 0, device, |row| row.tags.iter().map(|tag| *tag as i64)),
        }
    }

    /// The vectors of every word's first piece, `[B, S, D]` to `[B, N, D]`.
    pub fn first_pieces(&self, encoded: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
        let [rows, _, width] = encoded.dims();
        let [_, words] = self.firsts.dims();
        encoded.gather(1, self.firsts.clone().unsqueeze_dim::<3>(2).expand([rows, words, width]))
    }

    /// The rows of every word's first piece in attention weights, `[B, heads, S, R]` to `[B, heads, N, R]`.
    pub fn first_rows(&self, weights: Tensor<Backend, 4>) -> Tensor<Backend, 4> {
        let [rows, heads, _, regions] = weights.dims();
        let [_, words] = self.firsts.dims();
        weights.gather(2, self.firsts.clone().reshape([rows, 1, words, 1]).expand([rows, heads, words, regions]))
    }

    /// The mean of every row's own pieces, `[B, S, D]` to `[B, D]`.
    pub fn mean(&self, encoded: Tensor<Backend, 3>) -> Tensor<Backend, 2> {
        let [rows, length, width] = encoded.dims();
        let hidden = self.hidden.clone().reshape([rows, length, 1]).expand([rows, length, width]);
        let ones = encoded.ones_like().mask_fill(hidden.clone(), 0.0);
        let sum: Tensor<Backend, 2> = encoded.mask_fill(hidden, 0.0).sum_dim(1).squeeze_dim(1);
        sum / ones.sum_dim(1).squeeze_dim(1)
    }
}

/// Common length of rows in pieces.
pub fn length(rows: &[&Row]) -> usize {
    padded(rows.iter().map(|row| row.pieces.len()).max().unwrap_or(0))
}

/// Common length of rows in words.
pub fn words(rows: &[&Row]) -> usize {
    padded(rows.iter().map(|row| row.words()).max().unwrap_or(0))
}

/// Whole numbers of every row, padded with `fill` to `length`: `[B, length]`.
pub fn whole<'a, V: Iterator<Item = i64>>(
    rows: &[&'a Row],
    length: usize,
    fill: i64,
    device: &Device,
    mut values: impl FnMut(&'a Row) -> V,
) -> Tensor<Backend, 2, Int> {
    let line = |row: &&'a Row| values(row).chain(std::iter::repeat(fill)).take(length).collect::<Vec<i64>>();
    let numbers: Vec<i64> = rows.iter().flat_map(line).collect();
    Tensor::from_data(TensorData::new(numbers, [rows.len(), length]), device)
}

/// For every row `padding` from its own length on and the opposite before: `[B, length]`.
fn truth(
    rows: &[&Row],
    length: usize,
    padding: bool,
    device: &Device,
    own: impl Fn(&Row) -> usize,
) -> Tensor<Backend, 2, Bool> {
    let line = |row: &&Row| {
        let own = own(row);
        (0..length).map(move |place| (place >= own) == padding)
    };
    let truths: Vec<bool> = rows.iter().flat_map(line).collect();
    Tensor::from_data(TensorData::new(truths, [rows.len(), length]), device)
}

//! The spans of several rows as tensors, with their gold types.

use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::device::{Backend, Device};
use crate::example::TagScheme;
use crate::input::Row;
use crate::layers::span_features::SpanPlaces;
use crate::layers::spans::{case, enumerate, piece_bucket};

/// All spans of at most `longest` words of every row; `S` is that of the row with the most.
#[derive(Clone, Debug)]
pub struct SpanBatch {
    /// Where they are.
    pub places: SpanPlaces<Backend>,
    /// `[B, S]`, 0 for no entity, otherwise one more than the index of the type.
    pub labels: Tensor<Backend, 2, Int>,
    /// `[B, S]`, true on padding.
    pub hidden: Tensor<Backend, 2, Bool>,
    /// Real spans of all rows.
    pub count: usize,
}

impl SpanBatch {
    /// Gold spans longer than `longest` words are in no span's label, and so are missed.
    pub fn new(rows: &[&Row], scheme: TagScheme, longest: usize, device: &Device) -> Self {
        let spans: Vec<_> = rows.iter().map(|row| enumerate(row.words(), longest)).collect();
        let most = spans.iter().map(Vec::len).max().unwrap_or(0).next_multiple_of(16).max(16);
        let mut numbers = [(); 5].map(|()| vec![0_i64; rows.len() * most]);
        let mut cases = vec![0_i64; rows.len() * most * longest];
        let mut hidden = vec![true; rows.len() * most];
        for (place, (row, spans)) in rows.iter().zip(&spans).enumerate() {
            let gold = scheme.index_spans(&row.tags);
            let own: Vec<i64> = row.tokens.iter().map(|word| case(word) as i64).collect();
            for (span, words) in spans.iter().enumerate() {
                let at = place * most + span;
                let (first, end) = (row.firsts[words.start], row.firsts[words.end]);
                let label = gold.iter().find(|(other, _)| other == words).map_or(0, |(_, label)| label + 1);
                let values = [first, end.max(first + 1) - 1, piece_bucket(end - first), words.len(), label];
                numbers.iter_mut().zip(values).for_each(|(numbers, value)| numbers[at] = value as i64);
                cases[at * longest..][..words.len()].copy_from_slice(&own[words.clone()]);
                hidden[at] = false;
            }
        }
        let shape = [rows.len(), most];
        let [first, last, pieces, words, labels] =
            numbers.map(|numbers| Tensor::from_data(TensorData::new(numbers, shape), device));
        let cases = Tensor::from_data(TensorData::new(cases, [rows.len(), most, longest]), device);
        Self {
            places: SpanPlaces { first, last, pieces, words, cases },
            labels,
            hidden: Tensor::from_data(TensorData::new(hidden, shape), device),
            count: spans.iter().map(Vec::len).sum(),
        }
    }
}

//! The bias for the distance of two pieces, as in T5 (Raffel et al. 2020, section 2.1), that MPNet shares over all blocks.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

/// Distances from here on share one bucket.
const FARTHEST: f32 = 128.0;

/// One number for every head and bucket of distances.
#[derive(Module, Debug)]
pub(super) struct Distance<B: Backend> {
    table: Embedding<B>,
    buckets: usize,
}

impl<B: Backend> Distance<B> {
    pub fn new(buckets: usize, heads: usize, device: &B::Device) -> Self {
        Self { table: EmbeddingConfig::new(buckets, heads).init(device), buckets }
    }

    /// `[1, heads, length, length]`, from rows to columns.
    pub fn forward(&self, length: usize) -> Tensor<B, 4> {
        let from_to = (0..length).flat_map(|from| (0..length).map(move |to| (from, to)));
        let buckets: Vec<i64> = from_to.map(|(from, to)| bucket(from, to, self.buckets) as i64).collect();
        let device = self.table.weight.lazy_device();
        let buckets = Tensor::<B, 2, Int>::from_data(TensorData::new(buckets, [length, length]), &device);
        self.table.forward(buckets).permute([2, 0, 1]).unsqueeze()
    }
}

/// The bucket for looking from one place to another: half of them for each direction, of which half are exact and the
/// others grow with the logarithm of the distance.
fn bucket(from: usize, to: usize, buckets: usize) -> usize {
    let half = buckets / 2;
    let exact = half / 2;
    let distance = from.abs_diff(to);
    let direction = if to > from { half } else { 0 };
    if distance < exact {
        return direction + distance;
    }
    // In single precision and in this order, since the result is cut to an integer.
    let nearest = exact as f32;
    let grown = (distance as f32 / nearest).ln() / (FARTHEST / nearest).ln() * (half - exact) as f32;
    direction + (exact + grown as usize).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_places_have_buckets_of_their_own() {
        assert_eq!((0..10).map(|to| bucket(0, to, 32)).collect::<Vec<_>>(), [0, 17, 18, 19, 20, 21, 22, 23, 24, 24]);
        assert_eq!((0..10).map(|from| bucket(from, 0, 32)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
        assert_eq!([16, 32, 64, 90, 91, 500].map(|from| bucket(from, 0, 32)), [10, 12, 14, 14, 15, 15]);
    }
}

//! Enlarging maps by cubic convolution (Keys 1981 with a = -0.75), as PyTorch does it.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// The kernel's slope at distance 1.
const SLOPE: f64 = -0.75;

/// `[T, H, W]` to `[T, height, width]`: a product of matrices for each axis, whose rows add up to 1.
pub(super) fn resize<B: Backend>(maps: Tensor<B, 3>, [height, width]: [usize; 2]) -> Tensor<B, 3> {
    let [_, rows, columns] = maps.dims();
    let device = maps.device();
    let matrix = |from: usize, to: usize| {
        Tensor::<B, 2>::from_data(TensorData::new(weights(from, to), [to, from]), &device).unsqueeze::<3>()
    };
    let maps = if rows == height { maps } else { matrix(rows, height).matmul(maps) };
    if columns == width { maps } else { maps.matmul(matrix(columns, width).swap_dims(1, 2)) }
}

/// How much each of `from` places counts for each of `to`, `[to, from]`.
fn weights(from: usize, to: usize) -> Vec<f32> {
    let mut matrix = vec![0.0; from * to];
    for (place, row) in matrix.chunks_exact_mut(from.max(1)).enumerate() {
        let middle = (place as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let first = middle.floor() as i64 - 1;
        for tap in first..first + 4 {
            // Beyond the edge the last place is repeated.
            let at = tap.clamp(0, from as i64 - 1) as usize;
            row[at] += kernel(middle - tap as f64) as f32;
        }
    }
    matrix
}

fn kernel(distance: f64) -> f64 {
    let x = distance.abs();
    if x <= 1.0 {
        ((SLOPE + 2.0) * x - (SLOPE + 3.0)) * x * x + 1.0
    } else {
        ((SLOPE * x - 5.0 * SLOPE) * x + 8.0 * SLOPE) * x - 4.0 * SLOPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_made_of_shares_that_add_up_to_one() {
        for (from, to) in [(1, 4), (3, 7), (4, 8), (5, 5), (8, 96)] {
            for row in weights(from, to).chunks(from) {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{from} {to}: {row:?}");
            }
        }
        assert_eq!(weights(2, 2), [1.0, 0.0, 0.0, 1.0]);
        // By hand: a quarter before the first of two places, of which three taps fall on it.
        let expected = [1.035_156_3 + 0.070_312_5, -0.105_468_75];
        assert!(weights(2, 4)[..2].iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-6));
    }
}

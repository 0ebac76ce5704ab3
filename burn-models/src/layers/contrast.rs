//! How well the pairs of a batch belong together, against all other pairs that could be made of it.
//!
//! Everywhere `scores` is `[B, B]` with a row for each text and a column for each image; what belongs together is on the
//! diagonal.

use burn::tensor::Tensor;
use burn::tensor::TensorData;
use burn::tensor::activation::{log_softmax, softplus};
use burn::tensor::backend::Backend;

/// Added to squared lengths, so that a vector of zeros has a direction.
const LENGTH: f64 = 1e-12;

/// Cosines of all rows of `one` `[B, d]` with all rows of `other` `[B, d]`: `[B, B]`.
pub fn cosines<B: Backend>(one: Tensor<B, 2>, other: Tensor<B, 2>) -> Tensor<B, 2> {
    directions(one).matmul(directions(other).transpose())
}

/// The rows of `x` `[B, d]` with length 1; a row of zeros stays as it is.
pub fn directions<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    x.clone() / x.square().sum_dim(1).add_scalar(LENGTH).sqrt()
}

/// Mean over the texts of minus the log probability of choosing the own image (`InfoNCE`, van den Oord et al. 2018, eq. 4).
///
/// The mutual information is at least `ln B` minus this.
pub fn infonce<B: Backend>(scores: Tensor<B, 2>) -> Tensor<B, 1> {
    let [rows, _] = scores.dims();
    shifted(log_softmax(scores, 1), 0).sum().div_scalar(-(rows as f64))
}

/// The Jensen-Shannon estimate of the mutual information (Hjelm et al. 2019, eq. 4), at most 0.
///
/// The pairs that do not belong together are those of every text with the image before its own.
pub fn jensen_shannon<B: Backend>(scores: Tensor<B, 2>) -> Tensor<B, 1> {
    let together = shifted(scores.clone(), 0);
    let apart = shifted(scores, 1);
    (softplus(together.neg(), 1.0).mean() + softplus(apart, 1.0).mean()).neg()
}

/// For every row the entry `by` columns before the diagonal's, around the edge: `[B, B]` to `[B]`.
fn shifted<B: Backend>(scores: Tensor<B, 2>, by: usize) -> Tensor<B, 1> {
    let [rows, columns] = scores.dims();
    let places: Vec<i64> = (0..rows).map(|row| ((row + columns - by) % columns) as i64).collect();
    let places = Tensor::from_data(TensorData::new(places, [rows, 1]), &scores.device());
    scores.gather(1, places).squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::device::{Backend, cpu};
    use crate::tagging::numbers;

    fn scores<const N: usize>(rows: [[f32; N]; N]) -> Tensor<Backend, 2> {
        Tensor::from_data(TensorData::new(rows.concat(), [N, N]), &cpu())
    }

    #[test]
    fn estimates_are_those_of_the_worked_examples() {
        let one = |value: Tensor<Backend, 1>| numbers(value)[0];
        assert!((one(infonce(scores([[2., 0.], [1., 1.]]))) - 0.410_038).abs() < 1e-5);
        assert!((one(infonce(scores([[0.7; 5]; 5]))) - 5_f32.ln()).abs() < 1e-5);
        assert!(one(infonce(scores([[60., 0.], [0., 60.]]))) < 1e-6);
        // Text 0 beside image 1, and text 1 beside image 0.
        assert!((one(jensen_shannon(scores([[2., 0.], [-1., 1.]]))) + 0.723_299).abs() < 1e-5);
        assert!((one(jensen_shannon(scores([[0.0; 3]; 3]))) + 2.0 * 2_f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn the_wrong_image_is_the_one_before() {
        let rows = [[9., 1., 5.], [2., 9., 6.], [3., 4., 9.]];
        assert_eq!(numbers(shifted(scores(rows), 0)), [9., 9., 9.]);
        assert_eq!(numbers(shifted(scores(rows), 1)), [5., 2., 4.]);
    }

    #[test]
    fn information_has_its_bounds() {
        for size in [2_usize, 7, 16] {
            let random = Tensor::<Backend, 2>::random([size, size], Distribution::Normal(0.0, 3.0), &cpu());
            let loss = numbers(infonce(random.clone()))[0];
            assert!(loss >= 0.0 && (size as f32).ln() - loss <= (size as f32).ln());
            assert!(numbers(jensen_shannon(random))[0] <= 0.0);
        }
    }

    #[test]
    fn cosines_do_not_depend_on_lengths() {
        let (one, other) = (scores([[3., 0.], [0., 0.]]), scores([[2., 0.], [0., 5.]]));
        let found = numbers(cosines(one, other));
        assert!((found[0] - 1.0).abs() < 1e-5 && found[1].abs() < 1e-5);
        assert_eq!(found[2..], [0.0, 0.0], "nothing has no direction");
    }
}

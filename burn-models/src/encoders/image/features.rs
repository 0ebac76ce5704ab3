//! What every image encoder gives.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// An image as vectors.
#[derive(Clone, Debug)]
pub struct ImageFeatures<B: Backend> {
    /// `[B, R, C]`: one vector for each region, row by row from the upper left.
    pub grid: Tensor<B, 3>,
    /// `[B, P]`: one vector for the whole.
    pub pooled: Tensor<B, 2>,
}

impl<B: Backend> ImageFeatures<B> {
    /// The places of the last feature map `[B, C, H, W]`, and their mean.
    pub(super) fn from_map(map: Tensor<B, 4>) -> Self {
        Self::from_grid(map.flatten::<3>(2, 3).swap_dims(1, 2))
    }

    /// Regions, and their mean.
    pub(super) fn from_grid(grid: Tensor<B, 3>) -> Self {
        let pooled = grid.clone().mean_dim(1).squeeze_dim(1);
        Self { grid, pooled }
    }
}

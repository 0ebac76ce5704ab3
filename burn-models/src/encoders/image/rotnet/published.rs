//! `RotNet` as its authors publish it: a file of `torch.save` with the weights under `network`.

use burn::tensor::backend::Backend;

use crate::encoders::image::convolution::check_variances;
use crate::encoders::image::reading::{Loaded, axis};
use crate::encoders::published::{PublishedError, PublishedWeights, fill};

use super::{RotNet, RotNetConfig};

/// The first layer, by which such a file is recognised.
pub(in crate::encoders::image) const FIRST: &str = "_feature_blocks.0.0.weight";

/// The places of the convolutions among the authors' blocks; between the first ones they count poolings.
const BLOCKS: [usize; 5] = [0, 2, 4, 5, 6];

impl RotNetConfig {
    /// From the shapes of the tensors of such a file.
    pub(in crate::encoders::image) fn from_authors(weights: &PublishedWeights) -> Result<Self, PublishedError> {
        let mut channels = [0; 5];
        for (channels, block) in channels.iter_mut().zip(BLOCKS) {
            *channels = axis(weights, &format!("_feature_blocks.{block}.0.weight"), 0)?;
        }
        Ok(Self { channels })
    }
}

impl<B: Backend> RotNet<B> {
    /// Reads published weights.
    pub(in crate::encoders::image) fn load(
        config: &RotNetConfig,
        weights: &PublishedWeights,
        device: &B::Device,
    ) -> Result<Loaded<Self>, PublishedError> {
        check_variances(weights)?;
        let module = Self::build(config, true, device);
        let (module, unused) = fill(module, weights, |path: &str| vec![published(path)])?;
        Ok(Loaded { module: module.fold(), unused })
    }
}

/// The published name of a parameter of [`RotNet`].
fn published(path: &str) -> String {
    match path.split('.').collect::<Vec<_>>()[..] {
        ["convolutions", index, part, leaf] => {
            let block = index.parse::<usize>().ok().and_then(|index| BLOCKS.get(index)).copied().unwrap_or_default();
            format!("_feature_blocks.{block}.{}.{leaf}", usize::from(part == "norm"))
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_their_published_names() {
        for (path, name) in [
            ("convolutions.0.convolution.weight", "_feature_blocks.0.0.weight"),
            ("convolutions.1.convolution.bias", "_feature_blocks.2.0.bias"),
            ("convolutions.4.norm.running_var", "_feature_blocks.6.1.running_var"),
        ] {
            assert_eq!(published(path), name);
        }
    }
}

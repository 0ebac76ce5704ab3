//! `MobileNetV2` as `torchvision` publishes it.

use burn::tensor::backend::Backend;

use crate::encoders::image::convolution::check_variances;
use crate::encoders::image::reading::{Loaded, axis};
use crate::encoders::published::{PublishedError, PublishedWeights, fill};

use super::{MobileNetV2, MobileNetV2Block, MobileNetV2Config, STRIDES};

/// The first layer, by which such a file is recognised.
pub(in crate::encoders::image) const FIRST: &str = "features.0.0.weight";

impl MobileNetV2Config {
    /// From the names and shapes of the tensors of a `torchvision` file.
    pub(in crate::encoders::image) fn from_torchvision(weights: &PublishedWeights) -> Result<Self, PublishedError> {
        let channels = |layer: &str| axis(weights, &format!("{layer}.weight"), 0);
        let block = |index: usize| {
            let block = Block { index, widens: index > 0 };
            let (inner, outputs) =
                (channels(&block.layer("depthwise", "norm"))?, channels(&block.layer("narrow", "norm"))?);
            Ok(MobileNetV2Block { inner, outputs })
        };
        let blocks = (0..STRIDES.len()).map(block).collect::<Result<_, PublishedError>>()?;
        Ok(Self { stem: channels("features.0.1")?, blocks, width: channels(&format!("{}.1", last()))? })
    }
}

impl<B: Backend> MobileNetV2<B> {
    /// Reads published weights.
    pub(in crate::encoders::image) fn load(
        config: &MobileNetV2Config,
        weights: &PublishedWeights,
        device: &B::Device,
    ) -> Result<Loaded<Self>, PublishedError> {
        check_variances(weights)?;
        let module = Self::build(config, true, device);
        let (module, unused) = fill(module, weights, |path: &str| vec![published(path)])?;
        Ok(Loaded { module: module.fold(), unused })
    }
}

/// A block as it is published: its layers are numbered, and all but the first have one more in front.
#[derive(Clone, Copy)]
struct Block {
    index: usize,
    widens: bool,
}

impl Block {
    /// The published name of a layer.
    fn layer(self, layer: &str, part: &str) -> String {
        let features = format!("features.{}.conv", self.index + 1);
        let norm = usize::from(part == "norm");
        let first = usize::from(self.widens);
        match layer {
            "widen" => format!("{features}.0.{norm}"),
            "depthwise" => format!("{features}.{first}.{norm}"),
            _ => format!("{features}.{}", first + 1 + norm),
        }
    }
}

fn last() -> String {
    format!("features.{}", STRIDES.len() + 1)
}

/// The published name of a parameter of [`MobileNetV2`].
fn published(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    let norm = |part: &str| usize::from(part == "norm");
    match parts[..] {
        ["stem", part, leaf] => format!("features.0.{}.{leaf}", norm(part)),
        ["last", part, leaf] => format!("{}.{}.{leaf}", last(), norm(part)),
        ["blocks", index, layer, part, leaf] => {
            let index = index.parse().unwrap_or_default();
            format!("{}.{leaf}", Block { index, widens: index > 0 }.layer(layer, part))
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
            ("stem.convolution.weight", "features.0.0.weight"),
            ("blocks.0.depthwise.norm.running_mean", "features.1.conv.0.1.running_mean"),
            ("blocks.0.narrow.convolution.weight", "features.1.conv.1.weight"),
            ("blocks.3.widen.norm.bias", "features.4.conv.0.1.bias"),
            ("blocks.3.depthwise.convolution.weight", "features.4.conv.1.0.weight"),
            ("blocks.3.narrow.norm.bias", "features.4.conv.3.bias"),
            ("last.norm.bias", "features.18.1.bias"),
        ] {
            assert_eq!(published(path), name);
        }
    }
}

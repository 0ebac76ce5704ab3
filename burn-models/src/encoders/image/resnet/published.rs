//! ResNet as `torchvision` and the model hub publish them.

use std::path::Path;

use burn::tensor::backend::Backend;
use serde::Deserialize;

use crate::encoders::image::convolution::check_variances;
use crate::encoders::image::reading::{Loaded, axis, bounded};
use crate::encoders::published::{PublishedError, PublishedWeights, fill};

use super::{ResNet, ResNetBlock, ResNetConfig, ResNetStage};

/// How tensors are called.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Torchvision,
    Hub,
}

/// The part of a hub `config.json` that says how a ResNet is built.
#[derive(Deserialize)]
struct HubConfig {
    #[serde(default = "HubConfig::stem")]
    embedding_size: usize,
    #[serde(default = "HubConfig::widths")]
    hidden_sizes: Vec<usize>,
    #[serde(default = "HubConfig::blocks")]
    depths: Vec<usize>,
    #[serde(default)]
    layer_type: HubBlock,
    #[serde(default = "HubConfig::relu")]
    hidden_act: String,
    #[serde(default)]
    downsample_in_first_stage: bool,
    #[serde(default)]
    downsample_in_bottleneck: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HubBlock {
    Basic,
    #[default]
    Bottleneck,
}

/// The defaults of the `transformers` library, which a `config.json` may leave out.
impl HubConfig {
    fn stem() -> usize {
        64
    }

    fn widths() -> Vec<usize> {
        vec![256, 512, 1024, 2048]
    }

    fn blocks() -> Vec<usize> {
        vec![3, 4, 6, 3]
    }

    fn relu() -> String {
        "relu".to_owned()
    }
}

impl ResNetConfig {
    /// From the `config.json` at `path`, parsed.
    pub(in crate::encoders::image) fn from_hub(path: &Path, json: serde_json::Value) -> Result<Self, PublishedError> {
        let wrong = |message: String| PublishedError::Config { path: path.to_owned(), message };
        let hub: HubConfig = serde_json::from_value(json).map_err(|error| wrong(error.to_string()))?;
        if hub.hidden_act != "relu" {
            return Err(wrong(format!(
                "a ResNet with the activation `{}` is not supported, only `relu`",
                hub.hidden_act
            )));
        }
        if hub.hidden_sizes.len() != hub.depths.len() || hub.depths.is_empty() {
            return Err(wrong("`hidden_sizes` and `depths` must have one value for each stage".to_owned()));
        }
        let (block, reduction) = match (hub.layer_type, hub.downsample_in_bottleneck) {
            (HubBlock::Basic, _) => (ResNetBlock::Basic, 1),
            (HubBlock::Bottleneck, false) => (ResNetBlock::Bottleneck, 4),
            (HubBlock::Bottleneck, true) => (ResNetBlock::EarlyBottleneck, 4),
        };
        let stage = |(blocks, outputs)| -> Result<_, PublishedError> {
            bounded(path, "depths", blocks, 1000)?;
            bounded(path, "hidden_sizes", outputs / reduction, 1 << 20)?;
            Ok(ResNetStage { blocks, inner: outputs / reduction, outputs })
        };
        let stages = hub.depths.into_iter().zip(hub.hidden_sizes).map(stage).collect::<Result<_, _>>()?;
        bounded(path, "embedding_size", hub.embedding_size, 1 << 20)?;
        Ok(Self { stem: hub.embedding_size, block, groups: 1, halves_at_once: hub.downsample_in_first_stage, stages })
    }

    /// From the names and shapes of the tensors of a `torchvision` file.
    pub(in crate::encoders::image) fn from_torchvision(weights: &PublishedWeights) -> Result<Self, PublishedError> {
        let channels = |name: &str| axis(weights, name, 0);
        let bottleneck = weights.contains("layer1.0.conv3.weight");
        let (block, last) = if bottleneck { (ResNetBlock::Bottleneck, 3) } else { (ResNetBlock::Basic, 2) };
        let mut stages = Vec::new();
        while weights.contains(&format!("layer{}.0.conv1.weight", stages.len() + 1)) {
            let layer = format!("layer{}", stages.len() + 1);
            let mut blocks = 1;
            while weights.contains(&format!("{layer}.{blocks}.conv1.weight")) {
                blocks += 1;
            }
            let inner = channels(&format!("{layer}.0.conv1.weight"))?;
            stages.push(ResNetStage { blocks, inner, outputs: channels(&format!("{layer}.0.conv{last}.weight"))? });
        }
        let (inner, seen) = (channels("layer1.0.conv2.weight")?, axis(weights, "layer1.0.conv2.weight", 1)?);
        let groups = if bottleneck { inner / seen.max(1) } else { 1 };
        if groups == 0 || stages.iter().any(|stage| stage.inner % groups != 0) {
            let reason = format!("{seen} channels a group do not divide {inner} channels");
            let (path, tensor) = (weights.path().to_owned(), "layer1.0.conv2.weight".to_owned());
            return Err(PublishedError::DamagedTensor { path, tensor, reason });
        }
        Ok(Self { stem: channels("conv1.weight")?, block, groups, halves_at_once: false, stages })
    }
}

impl<B: Backend> ResNet<B> {
    /// Reads published weights of either layout.
    pub(in crate::encoders::image) fn load(
        config: &ResNetConfig,
        weights: PublishedWeights,
        device: &B::Device,
    ) -> Result<Loaded<Self>, PublishedError> {
        let weights = weights.without_prefix(&["resnet.", ""], Layout::Hub.stem("convolution", "weight").as_str());
        let hub = weights.contains(&Layout::Hub.stem("convolution", "weight"));
        let layout = if hub { Layout::Hub } else { Layout::Torchvision };
        check_variances(&weights)?;
        let module = Self::build(config, true, device);
        let (module, unused) = fill(module, &weights, |path: &str| vec![layout.published(path)])?;
        Ok(Loaded { module: module.fold(), unused })
    }
}

impl Layout {
    /// The published name of a parameter of [`ResNet`].
    fn published(self, path: &str) -> String {
        let parts: Vec<&str> = path.split('.').collect();
        match parts[..] {
            ["stem", part, leaf] => self.stem(part, leaf),
            ["stages", stage, block, "convolutions", index, part, leaf] => {
                self.inner([stage, block], number(index), part, leaf)
            }
            ["stages", stage, block, "shortcut", part, leaf] => self.shortcut([stage, block], part, leaf),
            _ => path.to_owned(),
        }
    }

    fn stem(self, part: &str, leaf: &str) -> String {
        match self {
            Self::Torchvision => format!("{}1.{leaf}", torchvision_part(part)),
            Self::Hub => format!("embedder.embedder.{}.{leaf}", hub_part(part)),
        }
    }

    fn inner(self, [stage, block]: [&str; 2], index: usize, part: &str, leaf: &str) -> String {
        match self {
            Self::Torchvision => {
                format!("layer{}.{block}.{}{}.{leaf}", number(stage) + 1, torchvision_part(part), index + 1)
            }
            Self::Hub => format!("encoder.stages.{stage}.layers.{block}.layer.{index}.{}.{leaf}", hub_part(part)),
        }
    }

    fn shortcut(self, [stage, block]: [&str; 2], part: &str, leaf: &str) -> String {
        match self {
            Self::Torchvision => {
                format!("layer{}.{block}.downsample.{}.{leaf}", number(stage) + 1, usize::from(part == "norm"))
            }
            Self::Hub => format!("encoder.stages.{stage}.layers.{block}.shortcut.{}.{leaf}", hub_part(part)),
        }
    }
}

fn torchvision_part(part: &str) -> &'static str {
    if part == "norm" { "bn" } else { "conv" }
}

fn hub_part(part: &str) -> &'static str {
    if part == "norm" { "normalization" } else { "convolution" }
}

/// The index of a list, which a path spells out.
fn number(index: &str) -> usize {
    index.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_names_of_both_layouts() {
        for (path, torchvision, hub) in [
            ("stem.norm.bias", "bn1.bias", "embedder.embedder.normalization.bias"),
            (
                "stages.2.1.convolutions.0.convolution.weight",
                "layer3.1.conv1.weight",
                "encoder.stages.2.layers.1.layer.0.convolution.weight",
            ),
            (
                "stages.1.0.shortcut.norm.running_var",
                "layer2.0.downsample.1.running_var",
                "encoder.stages.1.layers.0.shortcut.normalization.running_var",
            ),
        ] {
            assert_eq!(Layout::Torchvision.published(path), torchvision);
            assert_eq!(Layout::Hub.published(path), hub);
        }
    }
}

//! Vision transformers as the model hub publishes them.

use std::path::Path;

use burn::tensor::backend::Backend;
use serde::Deserialize;

use crate::encoders::image::reading::{Loaded, axis, bounded};
use crate::encoders::image::transformer::BlocksConfig;
use crate::encoders::published::{PublishedError, PublishedWeights, fill};
use crate::layers::activation::Activation;

use super::{PoolerConfig, Vit, VitConfig};

/// A tensor that every vision transformer has.
const PROBE: &str = "embeddings.cls_token";

/// The part of a hub `config.json` that says how a vision transformer is built; defaults are those of `transformers`.
#[derive(Deserialize)]
#[serde(default)]
struct HubConfig {
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: Activation,
    layer_norm_eps: f64,
    image_size: usize,
    patch_size: usize,
    num_channels: usize,
    qkv_bias: bool,
    pooler_act: Activation,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: Activation::Gelu,
            layer_norm_eps: 1e-12,
            image_size: 224,
            patch_size: 16,
            num_channels: 3,
            qkv_bias: true,
            pooler_act: Activation::Tanh,
        }
    }
}

/// The weights under the names without the prefix of a larger model.
fn bare(weights: PublishedWeights) -> PublishedWeights {
    weights.without_prefix(&["vit.", ""], PROBE)
}

impl VitConfig {
    /// From the `config.json` at `path`, parsed, and the weights, which say whether there is a pooler.
    pub(in crate::encoders::image) fn from_hub(
        path: &Path,
        json: serde_json::Value,
        weights: &PublishedWeights,
    ) -> Result<Self, PublishedError> {
        let wrong = |message: String| PublishedError::Config { path: path.to_owned(), message };
        let hub: HubConfig = serde_json::from_value(json).map_err(|error| wrong(error.to_string()))?;
        if hub.num_channels != 3 || !hub.qkv_bias {
            return Err(wrong(
                "only vision transformers of 3 channels whose attention has biases are supported".into(),
            ));
        }
        bounded(path, "image_size", hub.image_size, 1 << 13)?;
        bounded(path, "patch_size", hub.patch_size, hub.image_size)?;
        let weights = bare(weights.clone());
        let dense = "pooler.dense.weight";
        let width = weights.contains(dense).then(|| axis(&weights, dense, 0)).transpose()?;
        let blocks = BlocksConfig {
            width: hub.hidden_size,
            layers: hub.num_hidden_layers,
            heads: hub.num_attention_heads,
            hidden: hub.intermediate_size,
            activation: hub.hidden_act,
            epsilon: hub.layer_norm_eps,
        };
        Ok(Self {
            side: hub.image_size,
            patch: hub.patch_size,
            blocks: blocks.checked(path)?,
            pooler: width.map(|width| PoolerConfig { width, activation: hub.pooler_act }),
        })
    }
}

impl<B: Backend> Vit<B> {
    /// Reads published weights, with or without the prefix `vit.`.
    pub(in crate::encoders::image) fn load(
        config: &VitConfig,
        weights: PublishedWeights,
        device: &B::Device,
    ) -> Result<Loaded<Self>, PublishedError> {
        let (module, unused) = fill(Self::new(config, device), &bare(weights), |path: &str| vec![published(path)])?;
        Ok(Loaded { module, unused })
    }
}

/// The published name of a parameter of [`Vit`].
fn published(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["class"] => PROBE.to_owned(),
        ["positions"] => "embeddings.position_embeddings".to_owned(),
        ["patches", leaf] => format!("embeddings.patch_embeddings.projection.{leaf}"),
        ["norm", leaf] => format!("layernorm.{leaf}"),
        ["blocks", index, ref rest @ .., leaf] => {
            let place = match rest {
                ["attention_norm"] => "layernorm_before",
                ["attention", "query"] => "attention.attention.query",
                ["attention", "key"] => "attention.attention.key",
                ["attention", "value"] => "attention.attention.value",
                ["attention", "output"] => "attention.output.dense",
                ["hidden_norm"] => "layernorm_after",
                ["widen"] => "intermediate.dense",
                _ => "output.dense",
            };
            format!("encoder.layer.{index}.{place}.{leaf}")
        }
        _ => path.to_owned(),
    }
}

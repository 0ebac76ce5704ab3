//! CLIP as the model hub publishes it.

use std::path::Path;

use burn::module::Param;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::Deserialize;

use crate::encoders::image::published::read_json;
use crate::encoders::image::reading::{Loaded, axis, bounded};
use crate::encoders::image::transformer::BlocksConfig;
use crate::encoders::published::{PublishedError, PublishedWeights, collect, fill, write_half};
use crate::layers::activation::Activation;

use super::{Clip, ClipConfig, ClipImage, ClipImageConfig, ClipText, ClipTextConfig};

/// A tensor that every CLIP image encoder has, and what stands before it.
const PROBE: &str = "embeddings.class_embedding";
const IMAGE_PREFIXES: [&str; 2] = ["vision_model.", ""];

/// The same of the text encoder.
const TEXT_PROBE: &str = "embeddings.token_embedding.weight";
const TEXT_PREFIX: &str = "text_model.";

/// The values of `model_type` that have such a text encoder.
const TEXT_ARCHITECTURES: [&str; 2] = ["clip_text_model", "clip"];

/// Logarithm of the factor on the cosines.
const SCALE: &str = "logit_scale";

/// The end piece of the first publications, which is not the one that their texts end with.
const WRONG_END: i64 = 2;

/// A hub `config.json` of both encoders.
#[derive(Deserialize)]
struct HubConfig {
    #[serde(default)]
    text_config: HubText,
    #[serde(default)]
    vision_config: HubImage,
}

/// The text encoder's part; defaults are those of `transformers`.
#[derive(Deserialize)]
#[serde(default)]
struct HubText {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    hidden_act: Activation,
    layer_norm_eps: f64,
    eos_token_id: i64,
}

impl Default for HubText {
    fn default() -> Self {
        Self {
            vocab_size: 49408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: 1e-5,
            eos_token_id: 49407,
        }
    }
}

/// The image encoder's part.
#[derive(Deserialize)]
#[serde(default)]
struct HubImage {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_channels: usize,
    image_size: usize,
    patch_size: usize,
    hidden_act: Activation,
    layer_norm_eps: f64,
}

impl Default for HubImage {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            num_channels: 3,
            image_size: 224,
            patch_size: 32,
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: 1e-5,
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path, json: serde_json::Value) -> Result<T, PublishedError> {
    serde_json::from_value(json)
        .map_err(|error| PublishedError::Config { path: path.to_owned(), message: error.to_string() })
}

impl HubText {
    fn config(&self, path: &Path) -> Result<ClipTextConfig, PublishedError> {
        let blocks = BlocksConfig {
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            hidden: self.intermediate_size,
            activation: self.hidden_act,
            epsilon: self.layer_norm_eps,
        };
        Ok(ClipTextConfig {
            vocabulary: bounded(path, "vocab_size", self.vocab_size, 1 << 28)?,
            positions: bounded(path, "max_position_embeddings", self.max_position_embeddings, 1 << 20)?,
            blocks: blocks.checked(path)?,
            end: (self.eos_token_id != WRONG_END).then_some(self.eos_token_id),
        })
    }
}

impl HubImage {
    fn config(&self, path: &Path) -> Result<ClipImageConfig, PublishedError> {
        if self.num_channels != 3 {
            let message = format!("`num_channels` is {}; only pictures of 3 channels are supported", self.num_channels);
            return Err(PublishedError::Config { path: path.to_owned(), message });
        }
        let blocks = BlocksConfig {
            width: self.hidden_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            hidden: self.intermediate_size,
            activation: self.hidden_act,
            epsilon: self.layer_norm_eps,
        };
        let side = bounded(path, "image_size", self.image_size, 1 << 13)?;
        let patch = bounded(path, "patch_size", self.patch_size, side)?;
        Ok(ClipImageConfig { side, patch, blocks: blocks.checked(path)? })
    }
}

impl ClipImageConfig {
    /// From the `config.json` at `path`, parsed: of both encoders or of the image encoder alone.
    pub(in crate::encoders::image) fn from_hub(path: &Path, json: serde_json::Value) -> Result<Self, PublishedError> {
        let json = json.get("vision_config").cloned().unwrap_or(json);
        parse::<HubImage>(path, json)?.config(path)
    }
}

impl ClipConfig {
    fn from_hub(path: &Path, json: serde_json::Value, weights: &PublishedWeights) -> Result<Self, PublishedError> {
        let hub: HubConfig = parse(path, json)?;
        let joint = axis(weights, "visual_projection.weight", 0)?;
        Ok(Self { text: hub.text_config.config(path)?, image: hub.vision_config.config(path)?, joint })
    }
}

impl<B: Backend> ClipImage<B> {
    /// Reads the image encoder, alone or out of both.
    pub(in crate::encoders::image) fn load(
        config: &ClipImageConfig,
        weights: PublishedWeights,
        device: &B::Device,
    ) -> Result<Loaded<Self>, PublishedError> {
        let weights = weights.without_prefix(&IMAGE_PREFIXES, PROBE);
        let (module, unused) = fill(Self::new(config, device), &weights, |path: &str| vec![image_name(path)])?;
        Ok(Loaded { module, unused })
    }
}

impl<B: Backend> Clip<B> {
    /// Reads both encoders from a hub folder.
    pub fn open(folder: &Path, device: &B::Device) -> Result<(Self, ClipConfig), PublishedError> {
        let path = folder.join("config.json");
        let json = read_json(&path)?;
        let weights = PublishedWeights::open(folder)?;
        let config = ClipConfig::from_hub(&path, json, &weights)?;
        let new = Self::new(&config, device);
        let (text, _) = fill(new.text, &weights, |path: &str| vec![format!("{TEXT_PREFIX}{}", text_name(path))])?;
        let image = ClipImage::load(&config.image, weights.clone(), device)?.module;
        let projection = |name: &'static str| move |leaf: &str| vec![format!("{name}.{leaf}")];
        let (text_projection, _) = fill(new.text_projection, &weights, projection("text_projection"))?;
        let (image_projection, _) = fill(new.image_projection, &weights, projection("visual_projection"))?;
        // Published without an axis.
        let scale = weights.floats(SCALE)?.first().copied().ok_or_else(|| PublishedError::DamagedTensor {
            path: weights.path().to_owned(),
            tensor: SCALE.to_owned(),
            reason: "it is empty".to_owned(),
        })?;
        let scale = Param::from_tensor(Tensor::<B, 1>::from_floats([scale], device));
        Ok((Self { text, image, text_projection, image_projection, scale }, config))
    }
}

impl<B: Backend> ClipText<B> {
    /// Reads the text encoder alone, as text-to-image models have it: `config.json` and weights in `folder`.
    ///
    /// Gives its sizes too, and the names of the tensors that were not used.
    pub fn open(folder: &Path, device: &B::Device) -> Result<(Self, ClipTextConfig, Vec<String>), PublishedError> {
        let path = folder.join("config.json");
        let config = ClipTextConfig::from_hub(&path, read_json(&path)?)?;
        let weights = PublishedWeights::open(folder)?.without_prefix(&[TEXT_PREFIX, ""], TEXT_PROBE);
        let (text, unused) = fill(Self::new(&config, device), &weights, |path: &str| vec![text_name(path)])?;
        Ok((text, config, unused))
    }

    /// Writes the weights to the `.safetensors` file at `path`, in 16 bits, as [`Self::open`] reads them.
    pub fn write(&self, path: &Path) -> Result<(), PublishedError> {
        write_half(&collect(self, |path: &str| vec![format!("{TEXT_PREFIX}{}", text_name(path))]), path)
    }
}

impl ClipTextConfig {
    /// From the `config.json` at `path`, parsed: of both encoders or of the text encoder alone.
    pub(crate) fn from_hub(path: &Path, json: serde_json::Value) -> Result<Self, PublishedError> {
        let kind = json.get("model_type").and_then(serde_json::Value::as_str).unwrap_or("none");
        if !TEXT_ARCHITECTURES.contains(&kind) {
            let (path, found) = (path.to_owned(), kind.to_owned());
            return Err(PublishedError::Architecture { path, found, supported: &TEXT_ARCHITECTURES });
        }
        let json = json.get("text_config").cloned().unwrap_or(json);
        parse::<HubText>(path, json)?.config(path)
    }
}

/// The published name of a parameter of [`ClipText`], without prefix.
fn text_name(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["pieces", leaf] => format!("embeddings.token_embedding.{leaf}"),
        ["positions", leaf] => format!("embeddings.position_embedding.{leaf}"),
        ["norm", leaf] => format!("final_layer_norm.{leaf}"),
        ["blocks", index, ref rest @ .., leaf] => block_name(index, rest, leaf),
        _ => path.to_owned(),
    }
}

/// The published name of a parameter of [`ClipImage`], without prefix.
fn image_name(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["class"] => PROBE.to_owned(),
        ["patches", leaf] => format!("embeddings.patch_embedding.{leaf}"),
        ["positions", leaf] => format!("embeddings.position_embedding.{leaf}"),
        // Misspelt in all publications.
        ["first_norm", leaf] => format!("pre_layrnorm.{leaf}"),
        ["last_norm", leaf] => format!("post_layernorm.{leaf}"),
        ["blocks", index, ref rest @ .., leaf] => block_name(index, rest, leaf),
        _ => path.to_owned(),
    }
}

fn block_name(index: &str, place: &[&str], leaf: &str) -> String {
    let place = match place {
        ["attention_norm"] => "layer_norm1",
        ["attention", "query"] => "self_attn.q_proj",
        ["attention", "key"] => "self_attn.k_proj",
        ["attention", "value"] => "self_attn.v_proj",
        ["attention", "output"] => "self_attn.out_proj",
        ["hidden_norm"] => "layer_norm2",
        ["widen"] => "mlp.fc1",
        _ => "mlp.fc2",
    };
    format!("encoder.layers.{index}.{place}.{leaf}")
}

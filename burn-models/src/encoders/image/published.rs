//! Image encoders from a hub folder, or from a file of `torchvision` or of the authors of `RotNet`.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;
use serde_json::Value;

use crate::encoders::published::{PublishedError, PublishedWeights};

use super::mobilenet;
use super::reading::Loaded;
use super::rotnet;
use super::{
    ClipImage, ClipImageConfig, ImageArchitecture, ImageEncoder, ImageEncoderConfig, MobileNetV2, MobileNetV2Config,
    Preprocessing, ResNet, ResNetConfig, RotNet, RotNetConfig, Vit, VitConfig,
};

const CONFIG: &str = "config.json";

/// The values of `model_type` that are image encoders.
pub(in crate::encoders) const ARCHITECTURES: [&str; 4] = ["resnet", "vit", "clip", "clip_vision_model"];

/// An image encoder as it was published.
#[derive(Debug)]
pub struct PublishedImage<B: Backend> {
    /// The encoder.
    pub encoder: ImageEncoder<B>,
    /// What it is, and how its publisher prepares pictures.
    pub config: ImageEncoderConfig,
    /// Names of the tensors that were not used, such as those of a classifier.
    pub unused: Vec<String>,
}

impl<B: Backend> ImageEncoder<B> {
    /// Reads a hub folder, a file of `torchvision` or of the authors of `RotNet`, or a folder with such a file and no `config.json`.
    pub fn open(path: &Path, device: &B::Device) -> Result<PublishedImage<B>, PublishedError> {
        let config = path.join(CONFIG);
        if config.is_file() {
            let weights = PublishedWeights::open(path)?;
            let config = hub_config(path, &config, &weights)?;
            return Self::load(config, weights, device);
        }
        let weights = PublishedWeights::open(&single_file(path)?)?;
        let config = torchvision_config(&weights)?;
        Self::load(config, weights, device)
    }

    fn load(
        config: ImageEncoderConfig,
        weights: PublishedWeights,
        device: &B::Device,
    ) -> Result<PublishedImage<B>, PublishedError> {
        let (encoder, unused) = match &config.architecture {
            ImageArchitecture::ResNet(config) => apart(ResNet::load(config, weights, device)?, Self::ResNet),
            ImageArchitecture::MobileNetV2(config) => {
                apart(MobileNetV2::load(config, &weights, device)?, Self::MobileNetV2)
            }
            ImageArchitecture::RotNet(config) => apart(RotNet::load(config, &weights, device)?, Self::RotNet),
            ImageArchitecture::Vit(config) => apart(Vit::load(config, weights, device)?, Self::Vit),
            ImageArchitecture::Clip(config) => apart(ClipImage::load(config, weights, device)?, Self::Clip),
            // Nobody publishes it: it lies in checkpoints only.
            ImageArchitecture::Compact(_) => {
                let found = config.architecture.name().to_owned();
                let path = weights.path().to_owned();
                return Err(PublishedError::Architecture { path, found, supported: &ARCHITECTURES });
            }
        };
        Ok(PublishedImage { encoder, config, unused })
    }
}

fn apart<M, E>(loaded: Loaded<M>, wrap: fn(M) -> E) -> (E, Vec<String>) {
    (wrap(loaded.module), loaded.unused)
}

/// `path`, or the only `.pth` or `.pt` file in it where nothing else looks like weights.
fn single_file(path: &Path) -> Result<PathBuf, PublishedError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = fs::read_dir(path).map_err(|source| PublishedError::Read { path: path.to_owned(), source })?;
    let files = entries.filter_map(Result::ok).map(|entry| entry.path());
    let is_torch = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "pth" || ending == "pt");
    let mut files: Vec<PathBuf> = files.filter(is_torch).collect();
    // Any other number is left to the reader of folders, which says what it looks for.
    Ok(if files.len() == 1 { files.remove(0) } else { path.to_owned() })
}

/// What the `config.json` in `folder` describes.
fn hub_config(folder: &Path, path: &Path, weights: &PublishedWeights) -> Result<ImageEncoderConfig, PublishedError> {
    let json = read_json(path)?;
    let kind = json.get("model_type").and_then(Value::as_str).unwrap_or("none").to_owned();
    let architecture = match kind.as_str() {
        "resnet" => ImageArchitecture::ResNet(ResNetConfig::from_hub(path, json)?),
        "vit" => ImageArchitecture::Vit(VitConfig::from_hub(path, json, weights)?),
        "clip" | "clip_vision_model" => ImageArchitecture::Clip(ClipImageConfig::from_hub(path, json)?),
        _ => {
            return Err(PublishedError::Architecture { path: path.to_owned(), found: kind, supported: &ARCHITECTURES });
        }
    };
    let beside = folder.join("preprocessor_config.json");
    let preprocessing = Preprocessing::from_hub(&beside, &architecture)?;
    Ok(ImageEncoderConfig { preprocessing, architecture })
}

/// What a file without a description must be, by the names and shapes of its tensors.
fn torchvision_config(weights: &PublishedWeights) -> Result<ImageEncoderConfig, PublishedError> {
    let architecture = if weights.contains(mobilenet::FIRST) {
        ImageArchitecture::MobileNetV2(MobileNetV2Config::from_torchvision(weights)?)
    } else if weights.contains("layer1.0.conv1.weight") {
        ImageArchitecture::ResNet(ResNetConfig::from_torchvision(weights)?)
    } else if weights.contains(rotnet::FIRST) {
        ImageArchitecture::RotNet(RotNetConfig::from_authors(weights)?)
    } else {
        let message =
            "neither a ResNet or MobileNetV2 of torchvision nor a RotNet, and there is no config.json beside it";
        return Err(PublishedError::Config { path: weights.path().to_owned(), message: message.to_owned() });
    };
    Ok(ImageEncoderConfig { preprocessing: Preprocessing::TORCHVISION, architecture })
}

/// The `model_type` in the `config.json` of `folder`, if it has one.
pub(in crate::encoders) fn model_type(folder: &Path) -> Result<Option<String>, PublishedError> {
    let path = folder.join(CONFIG);
    if !path.is_file() {
        return Ok(None);
    }
    Ok(read_json(&path)?.get("model_type").and_then(Value::as_str).map(str::to_owned))
}

/// The parsed contents of a JSON file.
pub(super) fn read_json(path: &Path) -> Result<Value, PublishedError> {
    let bytes = fs::read(path).map_err(|source| PublishedError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| PublishedError::Config { path: path.to_owned(), message: error.to_string() })
}

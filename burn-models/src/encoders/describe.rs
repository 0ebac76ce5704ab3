//! What a published encoder is, in words and numbers.

use std::path::Path;

use burn::module::Module;
use serde::Serialize;

use super::image::{ARCHITECTURES, ImageArchitecture, ImageEncoder, model_type};
use super::published::PublishedError;
use super::text::transformer::Pretrained;
use crate::device::{Backend, Device};

/// An encoder that could be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// `text` or `image`.
    pub kind: &'static str,
    /// Its architecture, as its publisher calls it.
    pub architecture: String,
    /// Number of weights.
    pub parameters: usize,
    /// Numbers of a piece's or a region's vector.
    pub width: usize,
    /// Most pieces of a text, or regions of a picture.
    pub places: usize,
    /// Names of the tensors in its files that are no part of it.
    pub unused: Vec<String>,
}

impl Description {
    /// One line.
    pub fn summary(&self) -> String {
        let Self { kind, architecture, parameters, width, places, .. } = self;
        let places = if *kind == "text" { format!("{places} pieces") } else { format!("{places} regions") };
        format!(
            "{architecture}, {kind} encoder, {:.1} M weights, {places} of {width} numbers",
            *parameters as f64 / 1e6
        )
    }
}

/// Reads the encoder at `path`, a hub folder or a file of weights, and says what it is.
pub fn describe(path: &Path, device: &Device) -> Result<Description, PublishedError> {
    let kind = model_type(path)?;
    if kind.as_deref().is_none_or(|kind| ARCHITECTURES.contains(&kind)) {
        let image = ImageEncoder::<Backend>::open(path, device)?;
        let architecture = match &image.config.architecture {
            ImageArchitecture::ResNet(_) => "resnet",
            ImageArchitecture::MobileNetV2(_) => "mobilenet-v2",
            ImageArchitecture::RotNet(_) => "rotnet",
            ImageArchitecture::Vit(_) => "vit",
            ImageArchitecture::Clip(_) => "clip",
        };
        return Ok(Description {
            kind: "image",
            architecture: architecture.to_owned(),
            parameters: image.encoder.num_params(),
            width: image.config.width(),
            places: image.config.grid() * image.config.grid(),
            unused: image.unused,
        });
    }
    let text = Pretrained::<Backend>::read(path, device)?;
    // A text encoder without its vocabulary is of no use.
    text.tokenizer(path)?;
    Ok(Description {
        kind: "text",
        architecture: text.config.family.name().to_owned(),
        parameters: text.encoder.num_params(),
        width: text.config.width,
        places: text.config.longest(),
        unused: text.unused,
    })
}

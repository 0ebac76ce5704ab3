//! The `preprocessor_config.json` of a model hub.

use std::path::Path;

use serde::Deserialize;

use crate::encoders::published::PublishedError;

use super::published::read_json;
use super::reading::bounded;
use super::{Filter, Fit, ImageArchitecture, Middle, Preprocessing, Scaling};

/// Mean and standard deviation of the pictures that CLIP was trained on.
const CLIP: Scaling = Scaling {
    factor: 1.0 / 255.0,
    mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
    deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1],
};

/// From this side on, pictures for a ResNet are squashed and not cut.
const SQUASHED_FROM: usize = 384;

/// The file; what is left out is as the class that is named, or the architecture, has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct HubProcessor {
    #[serde(alias = "feature_extractor_type")]
    image_processor_type: Option<String>,
    do_resize: Option<bool>,
    size: Option<Size>,
    resample: Option<u64>,
    crop_pct: Option<f64>,
    do_center_crop: Option<bool>,
    crop_size: Option<Size>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f32>,
    do_normalize: Option<bool>,
    image_mean: Option<[f32; 3]>,
    image_std: Option<[f32; 3]>,
}

/// A size in one of the ways in which it is written.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Size {
    Number(usize),
    Shorter { shortest_edge: usize },
    Both { height: usize, width: usize },
}

/// The kinds of processor, which mean different things by the same file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Squashes.
    Vit,
    /// Resizes the shorter side and cuts.
    Clip,
    /// The same, with a resize larger than the cut; made for ConvNeXT and used for ResNet.
    ConvNext,
}

impl Preprocessing {
    /// What the file at `path` says, or, where there is none, the usual for `architecture`.
    pub(super) fn from_hub(path: &Path, architecture: &ImageArchitecture) -> Result<Self, PublishedError> {
        let processor = match (path.is_file(), architecture) {
            (true, _) => serde_json::from_value(read_json(path)?)
                .map_err(|error| PublishedError::Config { path: path.to_owned(), message: error.to_string() })?,
            (false, ImageArchitecture::Vit(_) | ImageArchitecture::Clip(_)) => HubProcessor::default(),
            (
                false,
                ImageArchitecture::ResNet(_) | ImageArchitecture::MobileNetV2(_) | ImageArchitecture::RotNet(_),
            ) => return Ok(Self::TORCHVISION),
        };
        processor.preprocessing(path, architecture)
    }
}

impl HubProcessor {
    fn preprocessing(&self, path: &Path, architecture: &ImageArchitecture) -> Result<Preprocessing, PublishedError> {
        let wrong = |message: String| PublishedError::Config { path: path.to_owned(), message };
        let kind = self.kind(architecture).map_err(&wrong)?;
        if self.do_resize == Some(false) {
            return Err(wrong("`do_resize` is false, but an encoder needs pictures of one size".to_owned()));
        }
        let (side, fit) = self.fit(path, kind, architecture)?;
        let resample = self.resample.unwrap_or(if kind == Kind::Vit { 2 } else { 3 });
        let filter = Filter::from_number(resample);
        let filter = filter.ok_or_else(|| wrong(format!("`resample` {resample} is no filter of Pillow (0 to 5)")))?;
        let scaling = self.scaling(kind);
        match architecture.fixed_side() {
            Some(fixed) if fixed != side => {
                Err(wrong(format!("pictures become {side} pixels wide, but the encoder takes {fixed}")))
            }
            _ if scaling.deviation.contains(&0.0) => Err(wrong("`image_std` has a zero".to_owned())),
            _ => Ok(Preprocessing { side, fit, filter, scaling }),
        }
    }

    fn kind(&self, architecture: &ImageArchitecture) -> Result<Kind, String> {
        let Some(name) = &self.image_processor_type else {
            return Ok(match architecture {
                ImageArchitecture::Vit(_) => Kind::Vit,
                ImageArchitecture::Clip(_) => Kind::Clip,
                ImageArchitecture::ResNet(_) | ImageArchitecture::MobileNetV2(_) | ImageArchitecture::RotNet(_) => {
                    Kind::ConvNext
                }
            });
        };
        match ["ViT", "CLIP", "ConvNext"].iter().position(|kind| name.starts_with(kind)) {
            Some(0) => Ok(Kind::Vit),
            Some(1) => Ok(Kind::Clip),
            Some(_) => Ok(Kind::ConvNext),
            None => Err(format!("the image processor `{name}` is not supported; those of ViT, CLIP and ConvNext are")),
        }
    }

    fn fit(&self, path: &Path, kind: Kind, architecture: &ImageArchitecture) -> Result<(usize, Fit), PublishedError> {
        let wrong = |message: &str| PublishedError::Config { path: path.to_owned(), message: message.to_owned() };
        let square = |size| match size {
            Size::Number(side) | Size::Shorter { shortest_edge: side } => Ok(side),
            Size::Both { height, width } if height == width => Ok(height),
            Size::Both { .. } => Err(wrong("only square pictures are supported")),
        };
        let usual = architecture.fixed_side().unwrap_or(Preprocessing::TORCHVISION.side);
        let size = self.size.unwrap_or(Size::Number(usual));
        let resized = bounded(path, "size", square(size)?, 1 << 13)?;
        let cut = |side, shorter| Ok((side, Fit::Crop { shorter, middle: Middle::Down }));
        if kind == Kind::ConvNext {
            return if resized < SQUASHED_FROM {
                let share = self.crop_pct.unwrap_or(224.0 / 256.0);
                let shorter = (resized as f64 / share) as usize;
                cut(resized, bounded(path, "size / crop_pct", shorter, 1 << 14)?.max(resized))
            } else {
                Ok((resized, Fit::Squash))
            };
        }
        let squashed = matches!(size, Size::Both { .. }) || (kind == Kind::Vit && matches!(size, Size::Number(_)));
        if !self.do_center_crop.unwrap_or(kind == Kind::Clip) {
            return if squashed {
                Ok((resized, Fit::Squash))
            } else {
                Err(wrong("pictures keep their form, but an encoder needs squares"))
            };
        }
        let side = self.crop_size.map_or(Ok(usual), square)?;
        match side {
            _ if squashed && side == resized => Ok((side, Fit::Squash)),
            _ if squashed => Err(wrong("a cut out of a squashed picture is not supported")),
            _ if side > resized => Err(wrong("`crop_size` is larger than `size`")),
            _ => cut(bounded(path, "crop_size", side, resized)?, resized),
        }
    }

    fn scaling(&self, kind: Kind) -> Scaling {
        let usual = match kind {
            Kind::Vit | Kind::ConvNext => Scaling::SIGNED,
            Kind::Clip => CLIP,
        };
        let factor = if self.do_rescale == Some(false) { 1.0 } else { self.rescale_factor.unwrap_or(usual.factor) };
        if self.do_normalize == Some(false) {
            return Scaling { factor, mean: [0.0; 3], deviation: [1.0; 3] };
        }
        let (mean, deviation) = (self.image_mean.unwrap_or(usual.mean), self.image_std.unwrap_or(usual.deviation));
        Scaling { factor, mean, deviation }
    }
}

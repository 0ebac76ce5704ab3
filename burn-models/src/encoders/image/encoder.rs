//! All published image encoders behind one face.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::transformer::{Block, BlocksConfig, run};
use super::{
    ClipImage, ClipImageConfig, CompactImage, CompactImageConfig, Fit, ImageFeatures, MobileNetV2, MobileNetV2Config,
    Preprocessing, ResNet, ResNetConfig, RotNet, RotNetConfig, Vit, VitConfig,
};

/// Which encoder, and how pictures are brought to it; part of a checkpoint's `model.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageEncoderConfig {
    /// From an image to the input.
    pub preprocessing: Preprocessing,
    /// The encoder's sizes.
    pub architecture: ImageArchitecture,
}

/// The sizes of an encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ImageArchitecture {
    /// ResNet, also wide and with groups.
    #[serde(rename = "resnet")]
    ResNet(ResNetConfig),
    /// `MobileNetV2`.
    #[serde(rename = "mobilenet_v2")]
    MobileNetV2(MobileNetV2Config),
    /// `RotNet`.
    #[serde(rename = "rotnet")]
    RotNet(RotNetConfig),
    /// Vision transformer.
    Vit(VitConfig),
    /// The image encoder of CLIP.
    Clip(ClipImageConfig),
    /// The small one of the embedded tagger.
    Compact(CompactImageConfig),
}

/// Regions of a picture that can be hidden one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionGrid {
    /// Rows and columns.
    pub side: usize,
    /// The colour that says nothing, which is the mean of what the encoder was trained on.
    pub colour: [u8; 3],
}

impl ImageArchitecture {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ResNet(_) => "resnet",
            Self::MobileNetV2(_) => "mobilenet-v2",
            Self::RotNet(_) => "rotnet",
            Self::Vit(_) => "vit",
            Self::Clip(_) => "clip",
            Self::Compact(_) => "compact",
        }
    }

    /// The side in pixels of the only pictures that it takes, where it takes only one size.
    pub fn fixed_side(&self) -> Option<usize> {
        match self {
            Self::Vit(config) => Some(config.side),
            Self::Clip(config) => Some(config.side),
            Self::Compact(config) => Some(config.side),
            Self::ResNet(_) | Self::MobileNetV2(_) | Self::RotNet(_) => None,
        }
    }

    /// Regions along an axis of `side` pixels.
    pub fn grid(&self, side: usize) -> usize {
        match self {
            Self::ResNet(config) => config.grid(side),
            Self::MobileNetV2(_) => MobileNetV2Config::grid(side),
            Self::RotNet(_) => RotNetConfig::grid(side),
            Self::Vit(config) => side / config.patch,
            Self::Clip(config) => side / config.patch,
            Self::Compact(config) => config.grid(),
        }
    }
}

impl ImageEncoderConfig {
    /// The same encoder seeing the whole of every picture, squashed, so that the grid covers all of it.
    pub fn seeing_all(mut self) -> Self {
        self.preprocessing.fit = Fit::Squash;
        self
    }

    /// Side of the input in pixels.
    pub fn side(&self) -> usize {
        self.preprocessing.side
    }

    /// Rows and columns of the region grid; their product is `R`.
    pub fn grid(&self) -> usize {
        self.architecture.grid(self.side())
    }

    /// The regions as parts of a picture that can be hidden.
    pub fn region_grid(&self) -> RegionGrid {
        RegionGrid { side: self.grid(), colour: self.preprocessing.scaling.mean_colour() }
    }

    /// Width `C` of a region's vector.
    pub fn width(&self) -> usize {
        match &self.architecture {
            ImageArchitecture::ResNet(config) => config.width(),
            ImageArchitecture::MobileNetV2(config) => config.width,
            ImageArchitecture::RotNet(config) => config.width(),
            ImageArchitecture::Vit(config) => config.blocks.width,
            ImageArchitecture::Clip(config) => config.blocks.width,
            ImageArchitecture::Compact(config) => config.width(),
        }
    }

    /// The sizes of its blocks, where it is a transformer over patches.
    pub fn blocks(&self) -> Option<&BlocksConfig> {
        match &self.architecture {
            ImageArchitecture::Vit(config) => Some(&config.blocks),
            ImageArchitecture::Clip(config) => Some(&config.blocks),
            _ => None,
        }
    }

    /// Width `P` of the vector of the whole image.
    pub fn pooled_width(&self) -> usize {
        match &self.architecture {
            ImageArchitecture::Vit(config) => config.pooled_width(),
            _ => self.width(),
        }
    }
}

/// A published image encoder.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for a model, and modules cannot be boxed")]
pub enum ImageEncoder<B: Backend> {
    /// ResNet.
    ResNet(ResNet<B>),
    /// `MobileNetV2`.
    MobileNetV2(MobileNetV2<B>),
    /// `RotNet`.
    RotNet(RotNet<B>),
    /// Vision transformer.
    Vit(Vit<B>),
    /// The image encoder of CLIP.
    Clip(ClipImage<B>),
    /// The small one of the embedded tagger.
    Compact(CompactImage<B>),
}

impl<B: Backend> ImageEncoder<B> {
    /// One with random weights, to be filled from a checkpoint.
    pub fn new(config: &ImageEncoderConfig, device: &B::Device) -> Self {
        match &config.architecture {
            ImageArchitecture::ResNet(config) => Self::ResNet(ResNet::new(config, device)),
            ImageArchitecture::MobileNetV2(config) => Self::MobileNetV2(MobileNetV2::new(config, device)),
            ImageArchitecture::RotNet(config) => Self::RotNet(RotNet::new(config, device)),
            ImageArchitecture::Vit(config) => Self::Vit(Vit::new(config, device)),
            ImageArchitecture::Clip(config) => Self::Clip(ClipImage::new(config, device)),
            ImageArchitecture::Compact(config) => Self::Compact(CompactImage::new(config, device)),
        }
    }

    /// Regions `[B, R, C]` and one vector for the whole `[B, P]` from `pixels` `[B, 3, side, side]`.
    pub fn forward(&self, pixels: Tensor<B, 4>) -> ImageFeatures<B> {
        match self {
            Self::ResNet(encoder) => encoder.forward(pixels),
            Self::MobileNetV2(encoder) => encoder.forward(pixels),
            Self::RotNet(encoder) => encoder.forward(pixels),
            Self::Vit(encoder) => encoder.forward(pixels),
            Self::Clip(encoder) => encoder.forward(pixels),
            Self::Compact(encoder) => ImageFeatures::from_grid(encoder.forward(pixels)),
        }
    }
    /// Class token and patches, `[B, 1 + R, d]`, behind the first `layers` blocks of an encoder that is a transformer;
    /// `None` for the others.
    pub fn patches(&self, pixels: Tensor<B, 4>, layers: usize) -> Option<Tensor<B, 3>> {
        let embedded = match self {
            Self::Vit(encoder) => encoder.embed(pixels),
            Self::Clip(encoder) => encoder.embed(pixels),
            _ => return None,
        };
        self.blocks().map(|blocks| run(&blocks[..layers], embedded, None, |_| ()))
    }

    /// The blocks of a transformer from below; `None` for the others.
    pub fn blocks(&self) -> Option<&[Block<B>]> {
        match self {
            Self::Vit(encoder) => Some(encoder.blocks()),
            Self::Clip(encoder) => Some(encoder.blocks()),
            _ => None,
        }
    }
}

//! From images to a grid of region vectors.

pub mod clip;
mod compact;
mod convolution;
mod encoder;
mod features;
mod mobilenet;
mod pixels;
mod preprocessing;
mod processor;
mod published;
mod reading;
mod resize;
mod resnet;
mod rotnet;
mod transformer;
mod vit;

pub use clip::{ClipImage, ClipImageConfig};
pub use compact::{CompactImage, CompactImageConfig};
pub use encoder::{ImageArchitecture, ImageEncoder, ImageEncoderConfig, RegionGrid};
pub use features::ImageFeatures;
pub use mobilenet::{MobileNetV2, MobileNetV2Block, MobileNetV2Config};
pub use pixels::{Pixels, Rectangle, Variation, stack_pixels};
pub use preprocessing::{Fit, Middle, Preprocessing, Scaling};
pub use published::PublishedImage;
pub(super) use published::{ARCHITECTURES, model_type};
pub use resize::Filter;
pub use resnet::{ResNet, ResNetBlock, ResNetConfig, ResNetStage};
pub use rotnet::{RotNet, RotNetConfig};
pub use transformer::{Block as PatchBlock, BlocksConfig, blocks as patch_blocks};
pub use vit::{PatchStates, PoolerConfig, Vit, VitConfig};

#[cfg(test)]
mod parity;
#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod refusal_tests;

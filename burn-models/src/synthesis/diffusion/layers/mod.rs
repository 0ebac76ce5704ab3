//! What the denoiser and the autoencoder are made of; fields are called as their tensors are published.

mod attention;
mod convolution;
mod norm;
mod resnet;
mod shifted;

pub(super) use attention::HeadAttention;
pub use attention::Slicing;
pub(super) use convolution::{Downsample, Upsample, convolution};
pub(super) use norm::{activate, group_norm, normalize};
pub(super) use resnet::{ResnetBlock, ResnetConfig};
pub(super) use shifted::convolve;

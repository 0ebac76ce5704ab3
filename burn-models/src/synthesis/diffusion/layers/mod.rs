//! What the denoiser and the autoencoder are made of; fields are called as their tensors are published.

mod attention;
mod convolution;
mod resnet;

pub(super) use attention::HeadAttention;
pub use attention::Slicing;
pub(super) use convolution::{Downsample, Upsample, convolution, group_norm};
pub(super) use resnet::{ResnetBlock, ResnetConfig};

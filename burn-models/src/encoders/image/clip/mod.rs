//! CLIP (Radford et al. 2021): a text and an image encoder whose vectors lie near each other where they belong together.

mod image;
mod judge;
mod published;
mod text;
mod tokenizer;

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};
use serde::{Deserialize, Serialize};

pub use image::{ClipImage, ClipImageConfig};
pub use judge::ClipJudge;
pub use text::{ClipText, ClipTextConfig, TextStates};
pub use tokenizer::{ClipTokenizer, ClipWords};
pub(crate) use tokenizer::{END, END_OF_WORD, START};

/// Sizes of a [`Clip`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipConfig {
    /// The text encoder.
    pub text: ClipTextConfig,
    /// The image encoder.
    pub image: ClipImageConfig,
    /// Width `E` of the space that both are projected to.
    pub joint: usize,
}

/// Both encoders with their projections.
#[derive(Module, Debug)]
pub struct Clip<B: Backend> {
    text: ClipText<B>,
    image: ClipImage<B>,
    text_projection: Linear<B>,
    image_projection: Linear<B>,
    /// Logarithm of the factor on the cosines.
    scale: Param<Tensor<B, 1>>,
}

impl<B: Backend> Clip<B> {
    /// One with random weights.
    pub fn new(config: &ClipConfig, device: &B::Device) -> Self {
        let projection = |width| LinearConfig::new(width, config.joint).with_bias(false).init(device);
        Self {
            text: ClipText::new(&config.text, device),
            image: ClipImage::new(&config.image, device),
            text_projection: projection(config.text.blocks.width),
            image_projection: projection(config.image.blocks.width),
            scale: Initializer::Constant { value: (1.0_f64 / 0.07).ln() }.init([1], device),
        }
    }

    /// The text encoder.
    pub fn text(&self) -> &ClipText<B> {
        &self.text
    }

    /// The image encoder.
    pub fn image(&self) -> &ClipImage<B> {
        &self.image
    }

    /// Unit vectors `[B, E]` of texts: `pieces` `[B, T]`, `hidden` `[B, T]` true on padding.
    pub fn embed_text(&self, pieces: Tensor<B, 2, Int>, hidden: Option<Tensor<B, 2, Bool>>) -> Tensor<B, 2> {
        unit(self.text_projection.forward(self.text.forward(pieces, hidden).pooled))
    }

    /// Unit vectors `[B, E]` of images: `pixels` `[B, 3, side, side]`.
    pub fn embed_image(&self, pixels: Tensor<B, 4>) -> Tensor<B, 2> {
        unit(self.image_projection.forward(self.image.states(pixels, false).pooled))
    }

    /// The factor `[1]` that makes logits of cosines.
    pub fn scale(&self) -> Tensor<B, 1> {
        self.scale.val().exp()
    }
}

/// Cosines `[T, I]` of the unit vectors `texts` `[T, E]` and `images` `[I, E]`, not scaled.
pub fn similarity<B: Backend>(texts: Tensor<B, 2>, images: Tensor<B, 2>) -> Tensor<B, 2> {
    texts.matmul(images.transpose())
}

fn unit<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let length = x.clone().powi_scalar(2).sum_dim(1).sqrt();
    x / length
}

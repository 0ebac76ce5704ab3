//! What a text-to-image model learns from.

use burn::tensor::{Tensor, TensorData};
use image::RgbImage;
use image::imageops::{FilterType, resize};

use crate::device::{Backend, Device};

/// Width and height of the pictures that are learned from, in pixels.
pub const SIDE: u32 = 64;

/// A picture and texts, any of which may stand for it.
#[derive(Clone, Debug)]
pub struct Scene {
    pub(super) prompts: Vec<Vec<String>>,
    /// `SIDE` pixels wide and high.
    pub(super) picture: RgbImage,
}

impl Scene {
    /// The whole picture is squeezed into a square, as taggers see it; texts are in words.
    pub fn new(prompts: Vec<Vec<String>>, picture: &RgbImage) -> Self {
        Self { prompts, picture: resize(picture, SIDE, SIDE, FilterType::Triangle) }
    }
}

/// `[B, 3, SIDE, SIDE]`, -1 for black and 1 for white.
pub(super) fn stack<'a>(scenes: impl Iterator<Item = &'a Scene>, device: &Device) -> Tensor<Backend, 4> {
    let (mut values, mut count) = (Vec::new(), 0);
    for scene in scenes {
        let levels = scene.picture.as_raw();
        values.extend((0..3).flat_map(|channel| levels.iter().skip(channel).step_by(3)).map(|level| signed(*level)));
        count += 1;
    }
    let side = SIDE as usize;
    Tensor::from_data(TensorData::new(values, [count, 3, side, side]), device)
}

fn signed(level: u8) -> f32 {
    f32::from(level) / 127.5 - 1.0
}

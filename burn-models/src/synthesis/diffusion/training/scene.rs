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
    /// The whole picture is squeezed into a square, as taggers see it; texts are in words, and empty ones are passed over.
    pub fn new(prompts: Vec<Vec<String>>, picture: &RgbImage) -> Self {
        let prompts = prompts.into_iter().filter(|words| !words.is_empty()).collect();
        Self { prompts, picture: resize(picture, SIDE, SIDE, FilterType::Triangle) }
    }
}

/// `[B, 3, SIDE, SIDE]`, -1 for black and 1 for white.
pub(super) fn stack<'a>(scenes: impl Iterator<Item = &'a Scene>, device: &Device) -> Tensor<Backend, 4> {
    parts(scenes.map(|scene| (scene, [0; 2])), SIDE, device)
}

/// Squares of `side` pixels of scenes, each with its left and its upper edge; `[B, 3, side, side]`, -1 for black and 1 for
/// white.
pub(super) fn parts<'a>(
    scenes: impl Iterator<Item = (&'a Scene, [u32; 2])>,
    side: u32,
    device: &Device,
) -> Tensor<Backend, 4> {
    let (mut values, mut count) = (Vec::new(), 0);
    for (scene, [left, top]) in scenes {
        for channel in 0..3 {
            for row in top..top + side {
                let pixels = (left..left + side).map(|column| scene.picture.get_pixel(column, row)[channel]);
                values.extend(pixels.map(signed));
            }
        }
        count += 1;
    }
    let side = side as usize;
    Tensor::from_data(TensorData::new(values, [count, 3, side, side]), device)
}

fn signed(level: u8) -> f32 {
    f32::from(level) / 127.5 - 1.0
}

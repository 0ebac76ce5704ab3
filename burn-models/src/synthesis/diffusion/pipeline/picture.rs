//! Tensors as pictures.

use burn::tensor::Tensor;
use image::RgbImage;

use crate::device::Backend;

/// `pixels` `[1, 3, H, W]`, -1 for black and 1 for white; what lies beyond is cut off.
pub(super) fn of(pixels: Tensor<Backend, 4>) -> RgbImage {
    image(pixels, |_, value| value / 2.0 + 0.5)
}

/// The first three channels of `latent` `[1, C, H, W]`, each stretched from its smallest to its largest value; a latent with
/// fewer is grey.
pub(super) fn preview(latent: Tensor<Backend, 4>) -> RgbImage {
    let [_, channels, height, width] = latent.dims();
    let values: Vec<f32> = latent.clone().into_data().iter::<f32>().collect();
    let ends: Vec<[f32; 2]> = (0..channels)
        .map(|channel| {
            let own = &values[channel * height * width..][..height * width];
            own.iter()
                .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(*value), high.max(*value)])
        })
        .collect();
    image(latent, |channel, value| {
        let [low, high] = ends[channel];
        (value - low) / (high - low).max(f32::MIN_POSITIVE)
    })
}

/// A picture of `levels` of channel and value, 0 for black and 1 for white.
fn image(pixels: Tensor<Backend, 4>, level: impl Fn(usize, f32) -> f32) -> RgbImage {
    let [_, channels, height, width] = pixels.dims();
    let values: Vec<f32> = pixels.into_data().iter::<f32>().collect();
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        image::Rgb([0, 1, 2].map(|channel| {
            let channel = if channels < 3 { 0 } else { channel };
            let value = values[(channel * height + y as usize) * width + x as usize];
            (level(channel, value).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
        }))
    })
}

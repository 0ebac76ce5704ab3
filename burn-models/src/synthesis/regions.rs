//! Pictures as local features, by whatever encoder.

use std::path::Path;

use burn::tensor::Tensor;
use image::RgbImage;

use crate::device::{Backend, Device};
use crate::encoders::image::{ImageEncoder, ImageEncoderConfig, Variation, stack_pixels};
use crate::systems::CreateError;
use crate::systems::published_image::image_encoder;
use crate::tagging::numbers;

/// A picture as vectors of length 1; one that was zero stays so.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalFeatures {
    /// Numbers of a vector of a region, `c`.
    pub width: usize,
    /// The vectors of all `r` regions, one after the other.
    pub regions: Vec<f32>,
    /// One vector for the whole picture.
    pub whole: Vec<f32>,
}

impl LocalFeatures {
    /// Of vectors of any length.
    pub fn new(width: usize, mut regions: Vec<f32>, mut whole: Vec<f32>) -> Self {
        regions.chunks_mut(width.max(1)).for_each(normalise);
        normalise(&mut whole);
        Self { width, regions, whole }
    }
}

fn normalise(vector: &mut [f32]) {
    let norm = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32;
    if norm > 0.0 {
        for value in vector {
            *value /= norm;
        }
    }
}

/// Something that sees a picture as local features.
pub trait RegionEncoder {
    /// What it sees.
    fn features(&self, image: &RgbImage) -> LocalFeatures;
}

/// The grid of an image encoder, which sees the whole of every picture.
#[derive(Debug)]
pub struct EncoderRegions {
    encoder: ImageEncoder<Backend>,
    config: ImageEncoderConfig,
    device: Device,
}

impl EncoderRegions {
    /// Over the encoder at `path`, a folder or a file, or else over the small one that the program carries.
    pub fn open(path: Option<&Path>, device: &Device) -> Result<Self, CreateError> {
        let (encoder, config) = image_encoder(path, device)?;
        Ok(Self { encoder, config, device: device.clone() })
    }
}

impl RegionEncoder for EncoderRegions {
    fn features(&self, image: &RgbImage) -> LocalFeatures {
        let preprocessing = &self.config.preprocessing;
        let pixels = preprocessing.apply(image);
        let seen = [Some((&pixels, Variation::NONE))];
        let pixels: Tensor<Backend, 4> = stack_pixels(&seen, self.config.side(), &preprocessing.scaling, &self.device);
        let features = self.encoder.forward(pixels);
        let [_, _, width] = features.grid.dims();
        LocalFeatures::new(width, numbers(features.grid), numbers(features.pooled))
    }
}

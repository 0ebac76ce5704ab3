//! A published image encoder as the beginning of a system: from pictures to a grid of region vectors.

use std::path::Path;
use std::sync::Arc;

use burn::module::{AutodiffModule, Module};
use burn::tensor::backend::{Backend as BurnBackend, DeviceOps};
use burn::tensor::{Int, Tensor, TensorData};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::feature_memory::FeatureMemory;
use super::options::SystemOption;
use super::{CreateError, Foundation};
use crate::alignment::{Alignment, HeadMap, Regions};
use crate::checkpoint;
use crate::device::{Backend, Device};
use crate::encoders::image::{
    ImageEncoder, ImageEncoderConfig, ImageFeatures, PatchBlock, Pixels, Variation, stack_pixels,
};
use crate::input::Row;
use crate::word_maps::TEACHER;

/// Whether the image encoder is fine-tuned with the system.
pub const IMAGE_TUNING: SystemOption = SystemOption {
    name: "image-tuning",
    summary: "whether the image encoder stays as it was published or is fine-tuned at the encoders' rate",
    value: "frozen|whole",
    default: "frozen",
};

fn tuned(value: &str) -> Result<bool, &'static str> {
    match value {
        "frozen" => Ok(false),
        "whole" => Ok(true),
        _ => Err("it is one or the other"),
    }
}

/// The encoder at `path`, a folder or a file, or else the small one that the program carries; it sees the whole of every
/// picture.
pub(crate) fn image_encoder(
    path: Option<&Path>,
    device: &Device,
) -> Result<(ImageEncoder<Backend>, ImageEncoderConfig), CreateError> {
    let Some(path) = path else { return Ok(checkpoint::embedded_image_encoder(device).map_err(Box::new)?) };
    let published = ImageEncoder::open(path, device)?;
    Ok((published.encoder, published.config.seeing_all()))
}

/// Sizes of a [`PublishedRegions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedRegionsConfig {
    /// Whether it is fine-tuned with the system; otherwise it stays as it was published.
    #[serde(default)]
    pub tuned: bool,
    /// The encoder, which sees the whole of every picture.
    pub encoder: ImageEncoderConfig,
}

impl PublishedRegionsConfig {
    /// Number of regions.
    pub fn regions(&self) -> usize {
        self.encoder.grid() * self.encoder.grid()
    }

    /// An image as the encoder takes it, with its own width and height in pixels.
    pub fn picture(&self, image: Option<&Arc<RgbImage>>) -> Option<(Arc<Pixels>, [u32; 2])> {
        image.map(|image| (Arc::new(self.encoder.preprocessing.apply(image)), [image.width(), image.height()]))
    }

    /// The columns of a map over the image of `row`; `None` for a row without an image.
    pub fn grid(&self, row: &Row) -> Option<Regions> {
        let (side, pixels) = (self.encoder.grid(), row.pixels.as_ref()?);
        Some(Regions::Grid { image: String::new(), rows: side, columns: side, frame: pixels.frame() })
    }
}

/// Where the words of `row` looked by `method`, of `weights` `[heads, N, R]` whose `shape` is that; `None` for a row without
/// an image.
pub fn word_maps(
    config: &PublishedRegionsConfig,
    method: &'static str,
    row: &Row,
    weights: &[f32],
    [heads, most, regions]: [usize; 3],
) -> Option<Alignment> {
    let own = |head: usize| weights[head * most * regions..][..row.words() * regions].to_vec();
    let maps = (0..heads).map(|head| HeadMap { head, weights: own(head), ..HeadMap::default() });
    Some(Alignment { method, tokens: row.words(), spans: Vec::new(), regions: config.grid(row)?, maps: maps.collect() })
}

/// The maps over the image that `row` was given, by the method [`TEACHER`]; `None` where it has none.
pub fn given_maps(config: &PublishedRegionsConfig, row: &Row) -> Option<Alignment> {
    if row.maps.is_empty() {
        return None;
    }
    let regions = config.regions();
    let word = |map: &Vec<f32>| if map.is_empty() { vec![0.0; regions] } else { map.clone() };
    let weights: Vec<f32> = row.maps.iter().flat_map(word).collect();
    word_maps(config, TEACHER, row, &weights, [1, row.words(), regions])
}

/// The images of several rows.
#[derive(Clone, Debug)]
pub struct ImageBatch {
    /// Each of the `I` different pictures once.
    pictures: Vec<Arc<Pixels>>,
    /// `[B]`, the picture of every row; the first one where there is none.
    owned: Tensor<Backend, 1, Int>,
    /// `[B]`, 1 for rows with an image, 0 for the others.
    pub seen: Tensor<Backend, 1>,
    /// The rows with an image.
    pub places: Vec<usize>,
}

impl ImageBatch {
    /// The images of `rows`.
    pub fn new(rows: &[&Row], device: &Device) -> Self {
        let mut pictures: Vec<Arc<Pixels>> = Vec::new();
        let mut owned = vec![0_i64; rows.len()];
        let mut seen = vec![0_f32; rows.len()];
        for (place, pixels) in rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.pixels.as_ref()?))) {
            let known = pictures.iter().position(|picture| Arc::ptr_eq(picture, pixels));
            owned[place] = known.unwrap_or(pictures.len()) as i64;
            seen[place] = 1.0;
            if known.is_none() {
                pictures.push(Arc::clone(pixels));
            }
        }
        let places = (0..rows.len()).filter(|place| rows[*place].pixels.is_some()).collect();
        let count = [rows.len()];
        Self {
            pictures,
            owned: Tensor::from_data(TensorData::new(owned, count), device),
            seen: Tensor::from_data(TensorData::new(seen, count), device),
            places,
        }
    }

    /// The entries of the rows with an image, `[B, d]` to `[rows with an image, d]`.
    pub fn only_seen(&self, x: Tensor<Backend, 2>) -> Tensor<Backend, 2> {
        let [rows, _] = x.dims();
        if self.places.len() == rows {
            return x;
        }
        let places: Vec<i64> = self.places.iter().map(|place| *place as i64).collect();
        x.select(0, Tensor::from_data(TensorData::new(places, [self.places.len()]), &self.seen.device()))
    }
}

/// What is taken of an encoder that sees pixels `[I, 3, side, side]`.
pub type View<'a> = &'a dyn Fn(&ImageEncoder<Backend>, Tensor<Backend, 4>) -> ImageFeatures<Backend>;

/// The encoder; one that is not fine-tuned sees each picture once.
#[derive(Module, Debug)]
pub struct PublishedRegions<B: BurnBackend> {
    encoder: ImageEncoder<B>,
    #[module(skip)]
    config: PublishedRegionsConfig,
    #[module(skip)]
    memory: FeatureMemory,
}

impl PublishedRegions<Backend> {
    /// The encoder in the folder or file that `foundation` names, or else the small one that the program carries.
    pub fn create(foundation: &Foundation<'_>) -> Result<(Self, PublishedRegionsConfig), CreateError> {
        let tuned = foundation.options.read(&IMAGE_TUNING, tuned)?;
        let (encoder, config) = image_encoder(foundation.image, foundation.device)?;
        let config = PublishedRegionsConfig { tuned, encoder: config };
        Ok((Self { encoder, config: config.clone(), memory: FeatureMemory::default() }, config))
    }

    /// An encoder of these sizes.
    pub fn new(config: &PublishedRegionsConfig, device: &Device) -> Self {
        let encoder = ImageEncoder::new(&config.encoder, device);
        Self { encoder, config: config.clone(), memory: FeatureMemory::default() }
    }

    /// Regions `[B, R, C]` and whole pictures `[B, P]`, zero for rows without an image; `None` where no row has one.
    pub fn forward(&self, batch: &ImageBatch) -> Option<ImageFeatures<Backend>> {
        self.forward_by(batch, &ImageEncoder::forward)
    }

    /// The same where `view` says, always in the same way, what is taken of an encoder that sees pixels.
    pub fn forward_by(&self, batch: &ImageBatch, view: View<'_>) -> Option<ImageFeatures<Backend>> {
        if batch.pictures.is_empty() {
            return None;
        }
        let device = batch.seen.device();
        let ImageFeatures { grid, pooled } = if self.config.tuned {
            view(&self.encoder, self.pixels(&batch.pictures, &device))
        } else {
            self.frozen(&batch.pictures, view, &device)
        };
        let [_, regions, width] = grid.dims();
        let [rows] = batch.seen.dims();
        let seen = batch.seen.clone().reshape([rows, 1]);
        let spread = seen.clone().reshape([rows, 1, 1]).expand([rows, regions, width]);
        Some(ImageFeatures {
            grid: grid.select(0, batch.owned.clone()) * spread,
            pooled: pooled.select(0, batch.owned.clone()) * seen,
        })
    }

    /// Whole pictures and regions as one list, `[B, 1 + R, C]`, zero for rows without an image; `None` where no row has one.
    ///
    /// Of a transformer over patches they are the class token and the patches behind its first `layers` blocks.
    pub fn tokens(&self, batch: &ImageBatch, layers: usize) -> Option<Tensor<Backend, 3>> {
        let view = |encoder: &ImageEncoder<Backend>, pixels: Tensor<Backend, 4>| match encoder
            .patches(pixels.clone(), layers)
        {
            Some(tokens) => {
                let [_, count, _] = tokens.dims();
                let pooled = tokens.clone().narrow(1, 0, 1).squeeze_dim(1);
                ImageFeatures { grid: tokens.narrow(1, 1, count - 1), pooled }
            }
            None => encoder.forward(pixels),
        };
        let ImageFeatures { grid, pooled } = self.forward_by(batch, &view)?;
        Some(Tensor::cat(vec![pooled.unsqueeze_dim(1), grid], 1))
    }

    /// The blocks of a transformer over patches, which learn nothing where it is not fine-tuned; `None` for other encoders.
    pub fn blocks(&self) -> Option<Vec<PatchBlock<Backend>>> {
        let blocks = self.encoder.blocks()?.to_vec();
        Some(if self.config.tuned { blocks } else { blocks.no_grad() })
    }

    /// Apart from any graph: nothing of what it computes has to be kept for gradients.
    fn frozen(&self, pictures: &[Arc<Pixels>], view: View<'_>, device: &Device) -> ImageFeatures<Backend> {
        let learning = Backend::ad_enabled(device);
        let features = self.memory.recall(pictures, |new| {
            let pixels = self.pixels(new, device.inner());
            if learning { view(&self.encoder.valid(), pixels) } else { view(&self.encoder, pixels) }
        });
        if !learning {
            return features;
        }
        ImageFeatures { grid: Tensor::from_inner(features.grid), pooled: Tensor::from_inner(features.pooled) }
    }

    /// `[I, 3, side, side]`.
    fn pixels(&self, pictures: &[Arc<Pixels>], device: &Device) -> Tensor<Backend, 4> {
        let images: Vec<Option<(&Pixels, Variation)>> =
            pictures.iter().map(|picture| Some((picture.as_ref(), Variation::NONE))).collect();
        let encoder = &self.config.encoder;
        stack_pixels(&images, encoder.side(), &encoder.preprocessing.scaling, device)
    }
}

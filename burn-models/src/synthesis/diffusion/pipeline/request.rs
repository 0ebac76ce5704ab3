//! What is asked of a pipeline, and what it gives.

use burn::tensor::Tensor;
use image::RgbImage;

use super::super::layers::Slicing;
use super::super::recorder::{RecorderOptions, SiteMaps};
use super::super::text_encoder::Cut;
use super::picture;
use crate::device::Backend;
use crate::word_maps::WordMaps;

/// Most pixels of a side.
pub(super) const LONGEST_SIDE: usize = 4096;

/// Scores of attention at once, 128 megabytes: with the weights of Stable Diffusion 2, 512 pixels fit into 8 gigabytes.
const USUAL_SCORES: usize = 1 << 25;

/// One picture.
#[derive(Clone, Debug)]
pub struct Request {
    /// The words of the prompt; there may be none.
    pub words: Vec<String>,
    /// What the picture should not be.
    pub negative: String,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Number of steps.
    pub steps: usize,
    /// How much further than the prompt alone the picture is led away from the negative prompt; up to 1 it is not.
    pub guidance: f64,
    /// Decides the noise that the picture is made of.
    pub seed: u64,
    /// How the maps of the words are recorded; `None` for no maps.
    pub maps: Option<RecorderOptions>,
    /// How much attention is computed at once.
    pub slicing: Slicing,
}

impl Request {
    /// `words` in `size` (width and height), 20 steps with the usual guidance of 7.5, and maps.
    pub fn new(words: Vec<String>, size: [usize; 2], seed: u64) -> Self {
        Self {
            words,
            negative: String::new(),
            size,
            steps: 20,
            guidance: 7.5,
            seed,
            maps: Some(RecorderOptions::default()),
            slicing: Slicing { scores: USUAL_SCORES },
        }
    }
}

/// How far a picture is.
#[derive(Debug)]
pub struct Progress<'a> {
    /// The step that was made, from 1.
    pub step: usize,
    /// Number of steps.
    pub steps: usize,
    /// What the picture would be if the model were right already, `[1, C, H, W]` of the latent.
    pub clean: &'a Tensor<Backend, 4>,
    /// How much attention is computed at once; less than was asked for where memory was short.
    pub slicing: Slicing,
}

impl Progress<'_> {
    /// A rough picture of the size of the latent: its first three channels, each from its smallest to its largest value.
    pub fn preview(&self) -> RgbImage {
        picture::preview(self.clean.clone())
    }
}

/// A picture that was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The picture.
    pub image: RgbImage,
    /// Where it shows each word, over the latent; `None` if that was not asked for, or if there are no words.
    pub maps: Option<WordMaps>,
    /// The same of single layers and steps, as far as asked for.
    pub details: Vec<SiteMaps>,
    /// What of the prompt did not fit.
    pub cut: Option<Cut>,
    /// What decided the noise.
    pub seed: u64,
    /// How much attention was computed at once in the end.
    pub slicing: Slicing,
    /// Whether memory was short, so that attention was computed in smaller slices than asked for.
    pub was_short_of_memory: bool,
}

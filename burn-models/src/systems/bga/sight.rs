//! The patches of an image between the levels: through the blocks of its encoder, or through fresh ones where it has none.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Bool, Tensor, TensorData};

use super::config::BgaConfig;
use crate::device::{Backend, Device};
use crate::encoders::image::{PatchBlock, patch_blocks};
use crate::systems::published_image::{ImageBatch, PublishedRegions};

/// What is needed beside the image encoder.
#[derive(Module, Debug)]
pub struct Sight<B: BurnBackend> {
    /// From the encoder's width to the words', where they differ: of what an encoder without blocks gives, or of the patches
    /// at every level.
    arriving: Option<Linear<B>>,
    /// Back, for generated words that the encoder's blocks look at.
    leaving: Option<Linear<B>>,
    /// The fresh blocks for an encoder without.
    blocks: Vec<PatchBlock<B>>,
}

/// Patches on their way through the blocks.
pub struct Patches<'a> {
    sight: &'a Sight<Backend>,
    blocks: std::vec::IntoIter<PatchBlock<Backend>>,
    /// Whether the vectors are as wide as the encoder's blocks and not as the words.
    foreign: bool,
    /// `[B, 1 + R, w]`.
    states: Tensor<Backend, 3>,
}

impl Sight<Backend> {
    /// Whether generated words are brought to another width.
    #[cfg(test)]
    pub fn leaving(&self) -> Option<&Linear<Backend>> {
        self.leaving.as_ref()
    }

    /// For the encoders of `config`.
    pub fn new(config: &BgaConfig, device: &Device) -> Self {
        let (words, seen) = (config.width(), config.image.encoder.width());
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        let own = config.image.encoder.blocks().is_some();
        Self {
            // The features of a convolutional encoder are brought to the words' scale even where they are as wide.
            arriving: (seen != words || !own).then(|| linear(seen, words)),
            leaving: (seen != words && own).then(|| linear(words, seen)),
            blocks: patch_blocks(&config.fresh_blocks(), device),
        }
    }

    /// The image as a whole and its patches below the first level; `None` where no row has an image.
    pub fn look<'a>(
        &'a self,
        config: &BgaConfig,
        image: &PublishedRegions<Backend>,
        batch: &ImageBatch,
    ) -> Option<Patches<'a>> {
        let tokens = image.tokens(batch, config.image_below())?;
        let (blocks, states, foreign) = match (image.blocks(), &self.arriving) {
            (Some(blocks), _) => (blocks[config.image_below()..].to_vec(), tokens, self.leaving.is_some()),
            (None, Some(arriving)) => (self.blocks.clone(), arriving.forward(tokens), false),
            (None, None) => (self.blocks.clone(), tokens, false),
        };
        Some(Patches { sight: self, blocks: blocks.into_iter(), foreign, states })
    }
}

impl Patches<'_> {
    /// The vectors here as wide as words, `[B, 1 + R, d]`.
    pub fn shown(&self) -> Tensor<Backend, 3> {
        match &self.sight.arriving {
            Some(arriving) if self.foreign => arriving.forward(self.states.clone()),
            _ => self.states.clone(),
        }
    }

    /// Goes through one more block, where patches also see the generated `words` `[B, S, d]`; `hidden` `[B, S]` is true on
    /// those that stand for padding.
    pub fn step(&mut self, words: Tensor<Backend, 3>, hidden: &Tensor<Backend, 2, Bool>) {
        let Some(block) = self.blocks.next() else { return };
        let words = match &self.sight.leaving {
            Some(leaving) => leaving.forward(words),
            None => words,
        };
        let [rows, patches, _] = self.states.dims();
        let [_, length] = hidden.dims();
        let own = Tensor::from_data(TensorData::new(vec![false; rows * patches], [rows, patches]), &hidden.device());
        let hidden = Tensor::cat(vec![own, hidden.clone()], 1).reshape([rows, 1, 1, patches + length]);
        self.states = block.forward(self.states.clone(), Some(words), Some(hidden)).0;
    }
}

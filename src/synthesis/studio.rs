//! Pictures one by one: those that were drawn before are not drawn again.

use std::ops::ControlFlow;

use serde::Serialize;
use spanlight_models::synthesis::diffusion::Progress;

use super::{Cache, Painter, Picture, Provenance, Recipe, SynthesisError};

/// Where a picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It was drawn just now.
    Drawn,
    /// It was drawn before.
    Cached,
}

/// A model at work.
#[derive(Debug)]
pub struct Studio {
    painter: Painter,
    recipe: Recipe,
    cache: Option<Cache>,
    slicing: Option<usize>,
}

/// A picture, and what there is to tell about it.
#[derive(Debug)]
pub struct Made {
    /// The picture.
    pub picture: Picture,
    /// Where it comes from.
    pub origin: Origin,
    /// The smaller slices of attention with which memory lasted, where those asked for were too large.
    pub sliced: Option<usize>,
    /// Why it could not be kept for the next time.
    pub not_kept: Option<std::io::Error>,
}

impl Studio {
    /// Draws as `recipe` says; without a cache everything is drawn anew.
    pub fn new(painter: Painter, recipe: Recipe, cache: Option<Cache>) -> Self {
        Self { painter, slicing: recipe.slicing, recipe, cache }
    }

    /// The model.
    pub fn painter(&self) -> &Painter {
        &self.painter
    }

    /// How it draws.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// How the picture of `words` with `seed` will have come about.
    pub fn provenance(&self, words: &[String], seed: u64) -> Result<Provenance, SynthesisError> {
        Ok(self.painter.provenance(&self.recipe, words, seed)?)
    }

    /// The picture that comes about as `wanted`, `None` if `progress` broke off.
    pub fn picture(
        &mut self,
        wanted: &Provenance,
        progress: impl FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<Made>, SynthesisError> {
        if let Some(picture) = self.cache.as_ref().and_then(|cache| cache.get(wanted)) {
            return Ok(Some(Made { picture, origin: Origin::Cached, sliced: None, not_kept: None }));
        }
        let Some((picture, sliced)) = self.painter.draw(wanted, self.slicing, progress)? else { return Ok(None) };
        // What memory lasted for once is not tried larger again.
        self.slicing = sliced.or(self.slicing);
        let not_kept = self.cache.as_ref().and_then(|cache| cache.put(&picture).err());
        Ok(Some(Made { picture, origin: Origin::Drawn, sliced, not_kept }))
    }
}

//! What a training leaves in its checkpoint, and how exactly.

use spanlight_models::checkpoint::{Extent, Parts, Precision};
use spanlight_models::model::Tagger;

use crate::cli::error::CliError;

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Storage {
    /// Store weights in 16 bits, half the size
    #[arg(long)]
    half: bool,
    /// Store the published encoder in the checkpoint too where it was not changed, so that the folder is all that is needed
    #[arg(long)]
    whole: bool,
}

impl Storage {
    /// The parts of the checkpoint of `tagger`.
    pub fn parts(self, tagger: &dyn Tagger) -> Result<Parts, CliError> {
        let precision = if self.half { Precision::Half } else { Precision::Full };
        let extent = if self.whole { Extent::Whole } else { Extent::WithoutEncoder };
        tagger.parts(precision, extent).map_err(CliError::save)
    }
}

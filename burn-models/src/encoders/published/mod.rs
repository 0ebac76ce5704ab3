//! Published weights: read from a hub folder or a single file, put into burn modules, and written back.
//!
//! A file is only looked into when it is opened; the numbers of a tensor are read when they are asked for. Nothing that
//! a file says is run: pickles are read by a small machine that knows tensors and refuses everything else.

mod error;
mod fill;
mod folder;
mod pickle;
mod safetensors;
mod stored;
mod torch;
mod weights;
mod write;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use error::PublishedError;
pub(crate) use fill::fill_places;
pub use fill::{Naming, fill};
#[cfg(test)]
pub(crate) use testing::test_weights;
pub use weights::PublishedWeights;
pub use write::{NamedTensor, collect, write_half, write_safetensors};

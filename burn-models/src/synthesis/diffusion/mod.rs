//! Pictures from words: Stable Diffusion (Rombach et al. 2022), read from the folder of a published model, with a record of
//! where each word was painted (DAAM, Tang et al. 2023).

pub mod autoencoder;
pub mod pipeline;
pub mod recorder;
pub mod schedulers;
pub mod text_encoder;
pub mod training;
pub mod unet;

mod check;
mod error;
mod layers;
mod settings;
#[cfg(test)]
mod testing;

pub use check::check;
pub use error::DiffusionError;
pub use layers::Slicing;
pub use pipeline::{Drawn, Pipeline, Progress, Request};

//! Pictures from words: Stable Diffusion (Rombach et al. 2022), read from the folder of a published model, with a record of
//! where each word was painted (DAAM, Tang et al. 2023).

pub mod autoencoder;
pub mod recorder;
pub mod schedulers;
pub mod unet;

mod error;
mod layers;
mod settings;

pub use error::DiffusionError;
pub use layers::Slicing;

//! Pictures from words: Stable Diffusion (Rombach et al. 2022), read from the folder of a published model, with a record of
//! where each word was painted (DAAM, Tang et al. 2023).

pub mod schedulers;

mod error;
mod settings;

pub use error::DiffusionError;

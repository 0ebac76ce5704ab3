//! Encoders of words and images.

mod check;
pub mod image;
pub mod published;
pub mod text;

pub use check::{Difference, check};

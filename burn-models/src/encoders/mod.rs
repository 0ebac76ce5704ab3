//! Encoders of words and images.

pub mod image;
pub mod published;
pub mod text;

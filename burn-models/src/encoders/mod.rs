//! Encoders of words and images.

mod check;
mod describe;
pub mod image;
pub mod published;
pub mod text;

pub use check::{Difference, check};
pub(crate) use check::{Output, integers, unusable};
pub use describe::{Description, describe};

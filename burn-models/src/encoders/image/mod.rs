//! From images to a grid of region vectors.

mod compact;
mod pixels;

pub use compact::{CompactImage, CompactImageConfig};
pub use pixels::{Pixels, Rectangle, Variation, stack_pixels};

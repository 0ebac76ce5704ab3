//! From tokens to vectors.

mod compact;
mod learn;
mod shape;
mod word_pieces;

pub use compact::{CompactText, CompactTextConfig};
pub use shape::{SHAPES, word_shape};
pub use word_pieces::{TokenizerError, WordPieces};

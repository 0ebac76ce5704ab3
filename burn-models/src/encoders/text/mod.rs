//! From tokens to vectors.

mod compact;
mod shape;
mod tokenizer;
pub mod transformer;

pub use compact::{CompactText, CompactTextConfig};
pub use shape::{SHAPES, word_shape};
pub use tokenizer::{Tokenizer, TokenizerError};

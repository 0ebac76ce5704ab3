//! From tokens to vectors.

mod compact;
mod recurrent;
mod shape;
mod tokenizer;
pub mod transformer;
mod words;

pub use compact::{CompactText, CompactTextConfig};
pub use recurrent::{RecurrentConfig, RecurrentEncoder};
pub use shape::{SHAPES, word_shape};
pub(crate) use tokenizer::merges;
pub use tokenizer::{Tokenizer, TokenizerError};
pub use words::{WordVectorError, WordVectors, vocabulary as word_vocabulary};

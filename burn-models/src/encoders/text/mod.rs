//! From tokens to vectors.

mod compact;
mod learn;
mod recurrent;
mod shape;
mod word_pieces;
mod words;

pub use compact::{CompactText, CompactTextConfig};
pub use recurrent::{RecurrentConfig, RecurrentEncoder};
pub use shape::{SHAPES, word_shape};
pub use word_pieces::{TokenizerError, WordPieces};
pub use words::{WordVectorError, WordVectors, vocabulary as word_vocabulary};

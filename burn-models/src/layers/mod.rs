//! Layers that the systems share.

pub mod activation;
pub mod attention;
pub mod by_tangent;
pub mod characters;
pub mod contrast;
pub mod crf;
pub mod cross;
pub mod dropout;
pub mod gaussian;
pub mod gelu;
pub mod lstm;
pub mod probe;
pub mod projection;
pub mod silu;
pub mod span_features;
pub mod spans;
pub mod word_dropout;

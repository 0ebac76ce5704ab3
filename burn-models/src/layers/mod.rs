//! Layers that the systems share.

pub mod activation;
pub mod attention;
pub mod characters;
pub mod crf;
pub mod dropout;
pub mod lstm;
pub mod projection;
pub mod spans;

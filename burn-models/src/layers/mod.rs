//! Layers that the systems share.

pub mod activation;
pub mod attention;
pub mod crf;
pub mod projection;

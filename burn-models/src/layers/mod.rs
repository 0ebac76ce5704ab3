//! Layers that the systems share.

pub mod attention;
pub mod crf;
pub mod projection;

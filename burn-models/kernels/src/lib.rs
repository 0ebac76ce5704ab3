//! The loops over many numbers that spanlight has of its own.
//!
//! They are a crate apart because the rest of the models is compiled for size: these are compiled for speed.

mod adam_w;
mod gelu;
mod silu;

pub use adam_w::{AdamWStep, BETA_1, BETA_2, EPSILON};
pub use gelu::{gelu, gelu_tangents};
pub use silu::{silu, silu_tangents};

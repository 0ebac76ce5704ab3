//! The pictures: what is in them and how it is drawn.

mod backgrounds;
mod canvas;
mod color;
pub mod kind;
mod organisations;
mod people;
pub mod picture;
mod places;
mod still;
mod things;

pub use canvas::Area;

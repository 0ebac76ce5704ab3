//! Pictures drawn from the words of tweets: with which model, how, and what was drawn before.

mod cache;
mod error;
mod painter;
mod picture;
mod png;
mod provenance;
mod studio;
pub mod tiny;

pub use cache::{Cache, provenance_of};
pub use error::SynthesisError;
pub use painter::{Painter, Recipe};
pub use picture::Picture;
pub use provenance::Provenance;
pub use studio::{Made, Origin, Studio};

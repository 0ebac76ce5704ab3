//! spanlight: label named entities in tweets beside their images, in the terminal, with a model that learns while you work.

pub mod corpus;
pub mod project;
pub mod worker;

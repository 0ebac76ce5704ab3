//! spanlight: label named entities in tweets beside their images, in the terminal, with a model that learns while you work.

pub mod cli;
pub mod config;
pub mod corpus;
pub mod encoders;
pub mod graphics;
pub mod hub;
pub mod project;
mod replace;
pub mod sample;
pub mod tui;
pub mod worker;

//! spanlight: label named entities in tweets beside their images, in the terminal, with a model that learns while you work.

pub mod cli;
pub mod config;
pub mod context_job;
pub mod corpus;
pub mod encoders;
pub mod figure;
mod file_name;
pub mod graphics;
mod hash;
pub mod hub;
pub mod project;
pub mod providers;
mod replace;
pub mod sample;
pub mod synthesis;
pub mod team;
pub mod tui;
pub mod worker;

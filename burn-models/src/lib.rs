//! Text-image named entity taggers: data types, layers, systems, trainer and metrics, all in burn.
//!
//! Everything here is mathematics: the crate knows no terminal, no database and no file watching, and prints nothing.

pub mod alignment;
pub mod attribution;
pub mod batch;
pub mod checkpoint;
pub mod checksum;
pub mod device;
pub mod encoders;
pub mod example;
pub mod image_file;
pub mod imagination;
pub mod influence;
pub mod input;
pub mod layers;
pub mod metrics;
pub mod model;
pub mod pointing;
pub mod prediction;
pub mod synthesis;
pub mod systems;
pub mod tagging;
pub mod throughput;
pub mod training;
pub mod trust;
pub mod uncertainty;
pub mod word_maps;

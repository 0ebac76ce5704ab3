//! The words: names nobody bears, sentences with slots for them, and small fillers.

mod fillers;
pub mod names;
pub mod sentence;
pub mod sentences;

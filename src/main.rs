//! The `spanlight` program.

fn main() {}

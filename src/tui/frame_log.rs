//! How long it takes from a key to the frame that shows it, written to a file for the benchmark.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The file; one line per frame that a key led to: microseconds from the key to the end of drawing, and those of drawing.
#[derive(Debug)]
pub struct FrameLog {
    out: File,
}

impl FrameLog {
    /// Begins a new log.
    pub fn create(file: &Path) -> std::io::Result<Self> {
        Ok(Self { out: File::create(file)? })
    }

    /// Notes a frame; `key` is when its first key was read.
    pub fn note(&mut self, key: Instant, drawing: Duration) -> std::io::Result<()> {
        writeln!(self.out, "{} {}", key.elapsed().as_micros(), drawing.as_micros())
    }
}

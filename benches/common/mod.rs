//! What the benches share: taking a corpus in, and what that costs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use spanlight::corpus::{Corpus, ReadOptions};
use spanlight::project::{Project, Role, Settings};

/// Whatever stops a bench.
pub type Failure = Box<dyn std::error::Error>;

/// How long it took until a corpus could be labelled.
pub struct Import {
    /// Reading and checking the file.
    pub read: Duration,
    /// The same and taking it into a new project, which is open then.
    pub open: Duration,
}

/// Takes a corpus into a new project.
pub fn import(file: &Path, dir: &Path) -> Result<(Project, Import), Failure> {
    let start = Instant::now();
    let corpus = Corpus::read(file, ReadOptions::default())?;
    let read = start.elapsed();
    let mut project = Project::create(dir, &Settings::default())?;
    project.import(&corpus, Role::Label)?;
    Ok((project, Import { read, open: start.elapsed() }))
}

/// The most memory this process ever had, as the system words it.
pub fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}

//! The log of the annotation screen: a file, since the screen owns the terminal.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use super::error::CliError;

/// What is logged, in the words of `tracing`'s filters.
const VARIABLE: &str = "SPANLIGHT_LOG";

/// A log that grew beyond this makes room for a new one.
const LARGEST: u64 = 4 << 20;

/// Where the log is.
pub fn file(data: &Path) -> PathBuf {
    data.join("spanlight.log")
}

/// Sends what the program logs from now on to the file.
pub fn start(data: &Path) -> Result<(), CliError> {
    let path = file(data);
    let failed = |cause| CliError::Io { during: "opening the log", path: path.clone(), cause };
    fs::create_dir_all(data).map_err(failed)?;
    if path.metadata().is_ok_and(|metadata| metadata.len() > LARGEST) {
        fs::rename(&path, path.with_extension("log.old")).map_err(failed)?;
    }
    let log = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(log));
    // Only one screen runs in a process, so nothing else has been set before.
    let _ = subscriber.try_init();
    Ok(())
}

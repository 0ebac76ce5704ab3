//! What several test programs need.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Folder with the published corpora, or `None` with a word on why the test is passed over.
pub fn published() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    skipped(format_args!("{} is not there", data.display()));
    None
}

/// Folder with the published weights `name`, if somebody fetched them.
#[allow(dead_code, reason = "each test program needs a part of it")]
pub fn weights(name: &str) -> Option<PathBuf> {
    let own = || std::env::home_dir().map(|home| home.join(".cache/spanlight-test-weights"));
    let root = std::env::var_os("SPANLIGHT_TEST_WEIGHTS").map(PathBuf::from).or_else(own)?;
    Some(root.join(name)).filter(|folder| folder.is_dir())
}

/// Says why a test is passed over, past the test harness, which keeps to itself what a passing test prints.
pub fn skipped(why: impl Display) {
    // The test is passed over whether that can be said or not.
    let _ = writeln!(io::stderr(), "skipped: {why}");
}

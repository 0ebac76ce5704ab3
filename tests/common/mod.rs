//! What several test programs need.

use std::path::{Path, PathBuf};

/// Folder with the published corpora, or `None` with a word on why the test is passed over.
pub fn published() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: {} is not there", data.display());
    None
}

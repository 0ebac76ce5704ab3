//! Checksums: the mark (`ETag`) by which a hub knows a large file is the SHA-256 of its content.

use std::io;
use std::path::Path;

use spanlight_models::checksum;

/// Whether the content of the file at `path` is what its `mark` says; a mark of another kind says nothing.
///
/// `step` is called for every chunk.
pub fn agrees(path: &Path, mark: &str, step: impl FnMut()) -> io::Result<bool> {
    let mark = mark.strip_prefix("W/").unwrap_or(mark).to_lowercase();
    if mark.len() != 64 || !mark.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(true);
    }
    Ok(checksum::sha256(path, step)? == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_found_out() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "abc").expect("writable");
        // The example of FIPS 180-2, appendix B.1.
        let mark = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let mut steps = 0;
        assert!(agrees(file.path(), mark, || steps += 1).expect("read"));
        assert_eq!(steps, 1);
        assert!(agrees(file.path(), "W/d41d8cd98f00b204e9800998ecf8427e", || ()).expect("of another kind"));
        std::fs::write(file.path(), "abd").expect("writable");
        assert!(!agrees(file.path(), &mark.to_uppercase(), || ()).expect("read"));
    }
}

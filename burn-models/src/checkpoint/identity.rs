//! What a checkpoint is, whatever its folder is called.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{MANIFEST, TOKENIZER, WEIGHTS, embedded};
use crate::checksum::hex;

/// SHA-256 over description, weights and vocabulary of the checkpoint in `folder`, or of the tagger in the program, in
/// hexadecimal.
///
/// Weights that lie in another checkpoint count too: their checksum is in the description.
pub fn identity(folder: Option<&Path>) -> io::Result<String> {
    let mut hash = Sha256::new();
    match folder {
        None => {
            for part in [embedded::MANIFEST.as_bytes(), embedded::WEIGHTS, embedded::TOKENIZER] {
                add(&mut hash, part)?;
            }
        }
        Some(folder) => {
            for name in [MANIFEST, WEIGHTS, TOKENIZER] {
                add(&mut hash, File::open(folder.join(name))?)?;
            }
        }
    }
    Ok(hex(&hash.finalize()))
}

fn add(hash: &mut Sha256, mut from: impl Read) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 20];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => hash.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_copy_is_the_same_and_other_weights_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("writable");
        put(MANIFEST, embedded::MANIFEST.as_bytes());
        put(WEIGHTS, embedded::WEIGHTS);
        assert!(identity(Some(folder.path())).is_err(), "a file is missing");
        put(TOKENIZER, embedded::TOKENIZER);
        let program = identity(None).expect("in memory");
        assert_eq!((identity(Some(folder.path())).expect("files"), program.len()), (program.clone(), 64));
        put(WEIGHTS, &embedded::WEIGHTS[1..]);
        assert_ne!(identity(Some(folder.path())).expect("files"), program);
    }
}

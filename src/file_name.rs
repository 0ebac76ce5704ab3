//! Names of files for tweets, whatever their ids are.

use std::fmt::Write;

use crate::hash::stable_hash;

/// Longest name in bytes; file systems take 255, and endings follow.
const LONGEST: usize = 180;

/// The id, in which what cannot be part of a name is written as its code; no id leads out of a folder.
pub fn file_name(id: &str) -> String {
    let mut name = String::new();
    for (place, c) in id.char_indices() {
        let hidden = place == 0 && c == '.';
        if hidden || c.is_control() || matches!(c, '/' | '\\' | '%') {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(name, "%{byte:02X}");
            }
        } else {
            name.push(c);
        }
    }
    if name.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        name.truncate(end);
        let _ = write!(name, "%{:016x}", stable_hash(&[id.as_bytes()]));
    }
    if name.is_empty() { "%".to_owned() } else { name }
}

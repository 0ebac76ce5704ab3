//! One reader for each form.

pub(super) mod blocks;
pub(super) mod expansions;
pub(super) mod knowledge;
pub(super) mod lines;
pub(super) mod map;
pub(super) mod pairs;
pub(super) mod records;
pub(super) mod table;

use memchr::memchr;

use super::sink::Sink;
use crate::corpus::format::text_of;

/// The lines with their numbers from 1, line ends cut off.
fn numbered(source: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = Some(source).filter(|source| !source.is_empty());
    std::iter::from_fn(move || {
        let source = rest?;
        let end = memchr(b'\n', source);
        rest = end.map(|end| &source[end + 1..]).filter(|source| !source.is_empty());
        let line = &source[..end.unwrap_or(source.len())];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
    .enumerate()
    .map(|(index, line)| (index + 1, line))
}

/// The lines that hold something, as text; those that are no UTF-8 are problems.
fn filled<'a>(source: &'a [u8], sink: &mut Sink) -> Vec<(usize, &'a str)> {
    let mut lines = Vec::new();
    for (number, line) in numbered(source).filter(|(_, line)| !line.trim_ascii().is_empty()) {
        match text_of(line) {
            Ok(text) => lines.push((number, text)),
            Err(what) => sink.problem(number, "", what),
        }
    }
    lines
}

/// The first lines that hold something and are whole.
fn first(head: &[u8], count: usize) -> Vec<&str> {
    let lines = numbered(head).filter(|(_, line)| !line.trim_ascii().is_empty());
    lines.take(count).filter_map(|(_, line)| text_of(line).ok()).collect()
}

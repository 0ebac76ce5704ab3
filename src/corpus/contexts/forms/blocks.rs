//! `imgid:ID###TEXT`, the text over any number of lines, blank ones among them.

use spanlight_models::example::ContextKind;

use super::{first, numbered};
use crate::corpus::contexts::sink::Sink;
use crate::corpus::format::text_of;
use crate::corpus::shown;

/// Begins an entry.
const MARK: &str = "imgid:";

/// Parts the id from the text.
const BETWEEN: &str = "###";

pub fn fits(head: &[u8]) -> bool {
    first(head, 1).first().is_some_and(|line| split(line).is_some())
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let mut open: Option<(usize, &str, String)> = None;
    for (number, bytes) in numbered(source) {
        let line = match text_of(bytes) {
            Ok(line) => line,
            Err(what) => {
                sink.problem(number, open.as_ref().map_or("", |(_, id, _)| *id), what);
                continue;
            }
        };
        match (split(line), &mut open) {
            (Some((id, text)), _) => {
                close(open.replace((number, id, text.to_owned())), sink);
            }
            (None, Some((.., text))) => {
                text.push('\n');
                text.push_str(line);
            }
            (None, None) if line.trim().is_empty() => {}
            (None, None) => sink.problem(number, "", format!("`{}` stands before the first `imgid:`", shown(line))),
        }
    }
    close(open, sink);
}

fn split(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix(MARK)?.split_once(BETWEEN)
}

fn close(entry: Option<(usize, &str, String)>, sink: &mut Sink) {
    if let Some((line, id, text)) = entry {
        sink.text(line, id, text.trim(), ContextKind::Caption);
    }
}

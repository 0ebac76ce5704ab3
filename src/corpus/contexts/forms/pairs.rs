//! A line with the id and a line with the text, in turn.

use spanlight_models::example::ContextKind;

use super::{filled, first};
use crate::corpus::contexts::sink::Sink;
use crate::corpus::shown;

pub fn fits(head: &[u8]) -> bool {
    let lines = first(head, 4);
    lines.len() >= 2
        && lines.iter().step_by(2).all(|line| is_id(line))
        && lines.iter().skip(1).step_by(2).all(|line| !is_id(line))
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let mut lines = filled(source, sink).into_iter().peekable();
    while let Some((line, id)) = lines.next() {
        if !is_id(id) {
            sink.problem(line, "", format!("`{}` is no id; expected a line with the id before each text", shown(id)));
        } else if let Some((_, text)) = lines.next_if(|(_, text)| !is_id(text)) {
            sink.text(line, id, text.trim(), ContextKind::Knowledge);
        } else {
            sink.problem(line, id, "no text follows the id");
        }
    }
}

/// Ids hold digits and no blanks; a text may be a single word (`None`).
fn is_id(line: &str) -> bool {
    let line = line.trim();
    line.contains(|c: char| c.is_ascii_digit()) && !line.contains(char::is_whitespace)
}

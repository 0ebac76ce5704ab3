//! `ID.jpg :TEXT`, one line an image.

use spanlight_models::example::ContextKind;

use super::{filled, first};
use crate::corpus::contexts::sink::Sink;
use crate::corpus::{shown, stem};

/// What parts the image's name from the text.
const MARK: &str = " :";

pub fn fits(head: &[u8]) -> bool {
    first(head, 1).first().is_some_and(|line| split(line).is_some())
}

pub fn read(source: &[u8], sink: &mut Sink) {
    for (line, text) in filled(source, sink) {
        match split(text) {
            Some((name, caption)) => sink.text(line, name, caption.trim(), ContextKind::Caption),
            None => sink.problem(line, "", format!("`{}` does not begin like `ID.jpg :`", shown(text))),
        }
    }
}

/// Name and text; the name ends like an image's and holds no blank.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.split_once(MARK)?;
    (stem(name) != name && !name.contains(char::is_whitespace)).then_some((name, text))
}

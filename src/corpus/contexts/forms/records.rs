//! One JSON object a line, or an array of objects, each with an id.

use serde_json::{Map, Value};

use super::{filled, first};
use crate::corpus::contexts::record;
use crate::corpus::contexts::sink::Sink;
use crate::corpus::format::text_of;

pub fn fits(head: &[u8]) -> bool {
    let array = head.trim_ascii_start().strip_prefix(b"[");
    array.is_some_and(|elements| elements.trim_ascii_start().starts_with(b"{")) || has_id(head)
}

/// Whether the first line is an object with an id, or the beginning of one.
pub fn has_id(head: &[u8]) -> bool {
    let Some(line) = first(head, 1).first().copied() else { return false };
    serde_json::from_str::<Map<String, Value>>(line).is_ok_and(|object| record::id(&object).is_some())
}

pub fn read(source: &[u8], sink: &mut Sink) {
    if source.trim_ascii_start().starts_with(b"[") {
        return read_array(source, sink);
    }
    for (line, text) in filled(source, sink) {
        match serde_json::from_str(text) {
            Ok(object) => take(line, &object, sink),
            Err(error) => sink.problem(line, "", format!("{error}; expected one JSON object a line")),
        }
    }
}

fn read_array(source: &[u8], sink: &mut Sink) {
    let objects = text_of(source).and_then(|text| {
        serde_json::from_str::<Vec<Map<String, Value>>>(text)
            .map_err(|error| format!("{error}; expected an array of objects"))
    });
    match objects {
        Ok(objects) => objects.iter().for_each(|object| take(1, object, sink)),
        Err(what) => sink.problem(1, "", what),
    }
}

fn take(line: usize, object: &Map<String, Value>, sink: &mut Sink) {
    let Some(id) = record::id(object) else {
        return sink.problem(line, "", format!("no id; expected one of the fields {}", record::IDS.join(", ")));
    };
    match record::said(object, sink.kind) {
        Ok(said) => sink.said(line, &id, said),
        Err(what) => sink.problem(line, &id, what),
    }
}

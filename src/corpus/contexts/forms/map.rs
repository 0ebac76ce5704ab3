//! One JSON object of texts, lists of texts or numbers by id.

use serde_json::Value;

use super::records::has_id;
use crate::corpus::contexts::record;
use crate::corpus::contexts::sink::Sink;
use crate::corpus::format::text_of;
use crate::corpus::json_text::Members;

pub fn fits(head: &[u8]) -> bool {
    let object = head.trim_ascii_start().strip_prefix(b"{");
    object.is_some_and(|members| members.trim_ascii_start().starts_with(b"\"")) && !has_id(head)
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let text = match text_of(source) {
        Ok(text) => text,
        Err(what) => return sink.problem(1, "", what),
    };
    let mut members = Members { values: Vec::new(), end: 0 };
    let broken = members.read(text).err();
    let (mut line, mut counted) = (1, 0);
    for (id, range) in &members.values {
        line += text[counted..range.start].matches('\n').count();
        counted = range.start;
        let value: Result<Value, _> = serde_json::from_str(&text[range.clone()]);
        match value.map_err(|error| error.to_string()).and_then(|value| record::of_value(&value, sink.kind)) {
            Ok(said) => sink.said(line, id, said),
            Err(what) => sink.problem(line, id, what),
        }
    }
    let rest = text[members.end..].trim();
    if broken.is_some() || rest != "}" {
        let line = 1 + text[..members.end].matches('\n').count();
        let last = members.values.last().map_or("", |(id, _)| id.as_str());
        sink.problem(line, last, "the JSON object breaks off or is malformed after this entry");
    }
}

//! doccano: `{"id", "text", "label": [[start, end, type], ...]}` a line, or in an array; newer exports of projects with
//! relations have `entities` of objects. Offsets count code points (doccano/doccano#99).

use std::io::Read;

use serde_json::{Map, Value, json};
use spanlight_models::example::Example;

use super::kept::{self, Kept};
use super::raw::{RawSpan, RawTweet, Taken, Tokens};
use super::records::{Head, each_object, id_value, offset, text_of_id};
use super::write::Text;
use super::{Form, OtherFields};
use crate::corpus::{ReadError, Unwritable};

/// doccano's form.
pub(super) struct Doccano;

/// Names that entities go by.
const LABELS: [&str; 3] = ["label", "labels", "entities"];

impl Form for Doccano {
    fn recognises(&self, head: &[u8]) -> bool {
        Head::of(head).is_some_and(|head| {
            !head.is_own() && (head.has("text") || head.has("data")) && LABELS.iter().any(|name| head.has(name))
        })
    }

    fn read(&self, _name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        each_object(file, taken, |taken, line, object| match tweet(line, object) {
            Ok(tweet) => taken.raw(tweet),
            Err((id, what)) => taken.fault(line, &id, what),
        })
    }

    fn marks(&self) -> [&'static str; 3] {
        ["", "", ""]
    }

    fn render(&self, example: &Example, other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        let text = Text::of(example)?;
        let label: Vec<Value> =
            example.spans.iter().map(|span| json!([text.start(span), text.end(span), span.label])).collect();
        let mut fields = Map::new();
        fields.insert("id".into(), id_value(&example.id));
        fields.insert("text".into(), text.joined.clone().into());
        fields.insert("label".into(), label.into());
        for (name, value) in other.into_iter().flatten() {
            fields.insert(name.clone(), value.clone());
        }
        if let Some(kept) = Kept::json(example) {
            fields.insert(kept::FIELD.into(), kept);
        }
        super::write::line(&Value::Object(fields))
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}

fn tweet(line: usize, mut object: Map<String, Value>) -> Result<RawTweet, (String, String)> {
    let id = object.shift_remove("id").as_ref().and_then(text_of_id).unwrap_or_default();
    let Some(Value::String(text)) = object.shift_remove("text").or_else(|| object.shift_remove("data")) else {
        return Err((id, "no `text`; expected a text and `label`, a list of [start, end, type]".to_owned()));
    };
    let name = LABELS.into_iter().find(|name| object.contains_key(*name));
    let mut spans = Vec::new();
    match name.and_then(|name| object.shift_remove(name)) {
        None | Some(Value::Null) => {}
        Some(Value::Array(list)) => {
            for entry in &list {
                let span = span(entry);
                spans.push(span.ok_or_else(|| (id.clone(), format!("`{entry}` is no [start, end, type]")))?);
            }
        }
        Some(other) => return Err((id, format!("`{other}` is no list of [start, end, type]"))),
    }
    let (tokens, kept) = known(&mut object);
    Ok(RawTweet { line, id, text, tokens, spans, kept, other: object })
}

/// What an own export left in the file, or the image that another program named.
pub(super) fn known(object: &mut Map<String, Value>) -> (Tokens, Kept) {
    let mut kept: Kept =
        object.shift_remove(kept::FIELD).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    if kept.images.is_empty()
        && let Some(image) = object.get("image").and_then(Value::as_str)
    {
        // A path or an address: its last part is the file's name.
        let name = image.rsplit(['/', '\\']).next().unwrap_or(image);
        if !name.is_empty() && !image.starts_with("data:") {
            kept.images.push(name.to_owned());
        }
    }
    (kept.tokens.take().map_or(Tokens::Unknown, Tokens::Joined), kept)
}

/// `[start, end, type]`, or an object.
fn span(entry: &Value) -> Option<RawSpan> {
    let field = |place: usize, name: &str| match entry {
        Value::Array(parts) => parts.get(place),
        Value::Object(fields) => fields.get(name),
        _ => None,
    };
    let (start, end) = (offset(field(0, "start_offset"))?, offset(field(1, "end_offset"))?);
    let label = field(2, "label")?.as_str()?.to_owned();
    Some(RawSpan { start, end, label, said: None })
}

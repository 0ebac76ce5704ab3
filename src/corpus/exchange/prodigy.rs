//! Prodigy: a task a line with `text`, `tokens` and `spans`; offsets count code points, `token_end` is the last token's.

use std::io::Read;

use serde_json::{Map, Value, json};
use spanlight_models::example::Example;

use super::doccano::known;
use super::kept::{self, Kept};
use super::raw::{RawSpan, RawTweet, Taken, Tokens};
use super::records::{Head, each_object, offset, text_of_id};
use super::write::Text;
use super::{Form, OtherFields};
use crate::corpus::{ReadError, Unwritable};

/// Prodigy's form.
pub(super) struct Prodigy;

impl Form for Prodigy {
    fn recognises(&self, head: &[u8]) -> bool {
        let marks = ["spans", "tokens", "answer", "_input_hash"];
        Head::of(head).is_some_and(|head| !head.is_own() && head.has("text") && marks.iter().any(|name| head.has(name)))
    }

    fn read(&self, _name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        each_object(file, taken, |taken, line, object| {
            let refused = object.get("answer").and_then(Value::as_str).is_some_and(|answer| answer != "accept");
            match tweet(line, object) {
                Ok(mut tweet) => {
                    if refused {
                        taken.conversion.leave("tasks that were rejected or ignored, whose entities are left out");
                        tweet.spans.clear();
                    }
                    taken.raw(tweet);
                }
                Err((id, what)) => taken.fault(line, &id, what),
            }
        })
    }

    fn render(&self, example: &Example, other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        let text = Text::of(example)?;
        let last = example.tokens.len().saturating_sub(1);
        let token = |(place, token): (usize, &String)| {
            let (start, end) = (text.starts[place], text.ends[place]);
            json!({"text": token, "start": start, "end": end, "id": place, "ws": place < last})
        };
        let span = |span: &spanlight_models::example::Span| {
            let (start, end) = (text.start(span), text.end(span));
            json!({
                "start": start, "end": end, "token_start": span.start, "token_end": span.end - 1, "label": span.label
            })
        };
        let mut meta = Map::new();
        meta.insert("id".into(), example.id.clone().into());
        if let Some(kept) = Kept::json(example) {
            meta.insert(kept::FIELD.into(), kept);
        }
        let mut fields = Map::new();
        fields.insert("text".into(), text.joined.clone().into());
        fields.insert("tokens".into(), example.tokens.iter().enumerate().map(token).collect());
        fields.insert("spans".into(), example.spans.iter().map(span).collect());
        // In its place before what else there is.
        fields.insert("meta".into(), Value::Null);
        for (name, value) in other.into_iter().flatten() {
            match value {
                Value::Object(more) if name == "meta" => more.iter().for_each(|(name, value)| {
                    meta.entry(name.clone()).or_insert_with(|| value.clone());
                }),
                _ => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        fields.insert("meta".into(), meta.into());
        fields.entry("answer").or_insert_with(|| "accept".into());
        super::write::line(&Value::Object(fields))
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}

fn tweet(line: usize, mut object: Map<String, Value>) -> Result<RawTweet, (String, String)> {
    let meta = object.get_mut("meta").and_then(Value::as_object_mut);
    let (mut id, mut known_here) = (String::new(), None);
    if let Some(meta) = meta {
        id = meta.get("id").and_then(text_of_id).unwrap_or_default();
        known_here = Some(known(meta));
    }
    if id.is_empty() {
        id = object.get("id").or_else(|| object.get("_task_hash")).and_then(text_of_id).unwrap_or_default();
    }
    let Some(Value::String(text)) = object.shift_remove("text") else {
        return Err((id, "no `text`; expected a task with `text` and `spans`".to_owned()));
    };
    let mut spans = Vec::new();
    for entry in object.shift_remove("spans").as_ref().and_then(Value::as_array).into_iter().flatten() {
        let span = || {
            let (start, end) = (offset(entry.get("start"))?, offset(entry.get("end"))?);
            let label = entry.get("label")?.as_str()?.to_owned();
            Some(RawSpan { start, end, label, said: entry.get("text").and_then(Value::as_str).map(str::to_owned) })
        };
        spans.push(span().ok_or_else(|| (id.clone(), format!("`{entry}` is no span with start, end and label")))?);
    }
    let listed = object.shift_remove("tokens");
    let (of_object, of_object_kept) = known(&mut object);
    let (mut tokens, mut kept) = known_here.unwrap_or_default();
    if kept == Kept::default() {
        (tokens, kept) = (if matches!(tokens, Tokens::Unknown) { of_object } else { tokens }, of_object_kept);
    }
    // An own export says how it joined the tokens; otherwise they stand in the text somehow.
    if matches!(tokens, Tokens::Unknown)
        && let Some(listed) = listed.as_ref().and_then(Value::as_array)
    {
        let words = listed.iter().map(|token| token.get("text").and_then(Value::as_str).map(str::to_owned));
        tokens = words.collect::<Option<Vec<String>>>().map_or(Tokens::Unknown, Tokens::Within);
    }
    Ok(RawTweet { line, id, text, tokens, spans, kept, other: object })
}

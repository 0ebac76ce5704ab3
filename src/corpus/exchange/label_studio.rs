//! Label Studio: an array of tasks with `data` and `annotations`, or of JSON-MIN's flat objects. Offsets count code points
//! since 2022, UTF-16 units before (HumanSignal/label-studio#1347); every entity carries its words, which tells them apart.

use std::io::Read;

use serde_json::{Map, Value, json};
use spanlight_models::example::Example;

use super::doccano::known;
use super::kept::{self, Kept};
use super::raw::{RawSpan, RawTweet, Taken};
use super::records::{Head, each_object, offset, text_of_id};
use super::write::Text;
use super::{Form, OtherFields};
use crate::corpus::{ReadError, Unwritable};

/// Label Studio's form.
pub(super) struct LabelStudio;

impl Form for LabelStudio {
    fn recognises(&self, head: &[u8]) -> bool {
        let Some(head) = Head::of(head) else { return false };
        let task = head.has("data") && ["annotations", "completions", "predictions"].iter().any(|name| head.has(name));
        let data = head.value("data").is_some_and(|data| data.starts_with('{'));
        let minimal = || head.has("text") && head.value("label").is_some_and(|label| label.contains("\"labels\""));
        !head.is_own() && (task || data || minimal())
    }

    fn read(&self, _name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        each_object(file, taken, |taken, line, object| match tweet(line, object, taken) {
            Ok(tweet) => taken.raw(tweet),
            Err((id, what)) => taken.fault(line, &id, what),
        })
    }

    fn marks(&self) -> [&'static str; 3] {
        ["[\n", ",\n", "\n]\n"]
    }

    fn render(&self, example: &Example, other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        let text = Text::of(example)?;
        let region = |(place, span): (usize, &spanlight_models::example::Span)| {
            let (start, end) = (text.start(span), text.end(span));
            let words = text.words(span);
            json!({
                "id": format!("e{place}"), "from_name": "label", "to_name": "text", "type": "labels",
                "value": {"start": start, "end": end, "text": words, "labels": [span.label]}
            })
        };
        let mut data = Map::new();
        data.insert("text".into(), text.joined.clone().into());
        data.insert("id".into(), example.id.clone().into());
        if let Some(kept) = Kept::json(example) {
            data.insert(kept::FIELD.into(), kept);
        }
        let result: Vec<Value> = example.spans.iter().enumerate().map(region).collect();
        let mut task = Map::new();
        for (name, value) in other.into_iter().flatten().filter(|(name, _)| name.as_str() != "data") {
            task.insert(name.clone(), value.clone());
        }
        for (name, value) in other.and_then(|other| other.get("data")).and_then(Value::as_object).into_iter().flatten()
        {
            data.entry(name.clone()).or_insert_with(|| value.clone());
        }
        task.insert("data".into(), data.into());
        task.insert("annotations".into(), json!([{"result": result}]));
        serde_json::to_vec(&task).map_err(|error| Unwritable::Source(error.to_string()))
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}

fn tweet(line: usize, mut object: Map<String, Value>, taken: &mut Taken) -> Result<RawTweet, (String, String)> {
    let task_id = object.get("id").and_then(text_of_id).unwrap_or_default();
    let (mut data, results) = match object.shift_remove("data") {
        Some(Value::Object(data)) => {
            let results = results(&mut object, taken);
            (data, results)
        }
        Some(_) => {
            return Err((task_id, "`data` is no object; expected a task with `data` and `annotations`".to_owned()));
        }
        // JSON-MIN: the fields of `data` and the results side by side.
        None => {
            let list = object.shift_remove("label").unwrap_or_default();
            let flat = list.as_array().cloned().unwrap_or_default();
            let results = flat.into_iter().map(|value| json!({"type": "labels", "value": value})).collect();
            (std::mem::take(&mut object), results)
        }
    };
    let id = data.shift_remove("id").as_ref().and_then(text_of_id).unwrap_or(task_id);
    let Some(text) = text(&mut data) else {
        return Err((id, "no text in `data`; expected a field `text`, or one field that is a text".to_owned()));
    };
    let mut spans = Vec::new();
    for result in &results {
        let Some(value) = result.get("value").filter(|value| value.get("start").is_some()) else {
            taken.conversion.leave("results that are no entities (choices, relations, boxes)");
            continue;
        };
        spans.extend(
            regions(value).ok_or_else(|| (id.clone(), format!("`{value}` is no entity with start, end and labels")))?,
        );
    }
    let (tokens, kept) = known(&mut data);
    if !data.is_empty() {
        object.insert("data".into(), data.into());
    }
    Ok(RawTweet { line, id, text, tokens, spans, kept, other: object })
}

/// The results of the annotation that counts: the ground truth, else the first that was not cancelled.
fn results(object: &mut Map<String, Value>, taken: &mut Taken) -> Vec<Value> {
    let annotations = object.shift_remove("annotations").or_else(|| object.shift_remove("completions"));
    let annotations = annotations.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let says = |annotation: &Value, name: &str| annotation.get(name).and_then(Value::as_bool).unwrap_or(false);
    let valid: Vec<&Value> = annotations.iter().filter(|annotation| !says(annotation, "was_cancelled")).collect();
    if valid.len() > 1 {
        taken.conversion.leave("tasks with more than one annotation, of which the ground truth or the first is read");
    }
    if object.get("predictions").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        taken.conversion.leave("tasks with predictions, which are no labels");
    }
    let chosen = valid.iter().find(|annotation| says(annotation, "ground_truth")).or(valid.first());
    chosen.and_then(|annotation| annotation.get("result")).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The field `text`, or the only one that is a text.
fn text(data: &mut Map<String, Value>) -> Option<String> {
    let name = if data.contains_key("text") {
        "text".to_owned()
    } else {
        let mut texts = data.iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name.clone());
        texts.next().filter(|_| texts.next().is_none())?
    };
    match data.shift_remove(&name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// An entity for each of its labels.
fn regions(value: &Value) -> Option<Vec<RawSpan>> {
    let (start, end) = (offset(value.get("start"))?, offset(value.get("end"))?);
    let said = value.get("text").and_then(Value::as_str).map(str::to_owned);
    let labels = value.get("labels").or_else(|| value.get("hypertextlabels"))?.as_array()?;
    let region = |label: &Value| Some(RawSpan { start, end, label: label.as_str()?.to_owned(), said: said.clone() });
    labels.iter().map(region).collect()
}

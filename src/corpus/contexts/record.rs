//! What a JSON object or a row with named columns says of a tweet.

use serde_json::{Map, Value};
use spanlight_models::example::{Context, ContextItem, ContextKind};

use super::Said;
use crate::corpus::shown;

/// Fields that can hold the id, the first of them counts.
pub const IDS: [&str; 5] = ["id", "tweet_id", "image_id", "imgid", "image"];

/// Fields that hold texts and say what they are.
const TEXTS: [(&str, Option<ContextKind>); 12] = [
    ("text", None),
    ("items", None),
    ("caption", Some(ContextKind::Caption)),
    ("captions", Some(ContextKind::Caption)),
    ("tags", Some(ContextKind::Tags)),
    ("objects", Some(ContextKind::Tags)),
    ("ocr", Some(ContextKind::Ocr)),
    ("ocr_text", Some(ContextKind::Ocr)),
    ("knowledge", Some(ContextKind::Knowledge)),
    ("aux_text", Some(ContextKind::Knowledge)),
    ("context", None),
    ("answer", None),
];

/// Names of the field with the similarity of image and text.
const SIMILARITIES: [&str; 3] = ["similarity", "score", "clip_score"];

/// The id of an object.
pub fn id(object: &Map<String, Value>) -> Option<String> {
    match IDS.iter().find_map(|name| object.get(*name))? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The value of a cell: JSON where a list is expected, else text.
pub fn of_cell(column: &str, text: String) -> Value {
    let list = (column == "items").then(|| serde_json::from_str(&text).ok()).flatten();
    list.unwrap_or(Value::String(text))
}

/// All that an object says; `kind` is what texts are that do not say so.
pub fn said(object: &Map<String, Value>, kind: Option<ContextKind>) -> Result<Said, String> {
    let own = match object.get("kind") {
        None | Some(Value::Null) => None,
        Some(value) => Some(kind_of(value)?),
    };
    let similarity = SIMILARITIES.iter().find_map(|name| object.get(*name)).map(number).transpose()?;
    let mut contexts = Vec::new();
    // Beside a caption, a bare `text` is the tweet's own.
    let typed = TEXTS.iter().any(|(name, kind)| kind.is_some() && object.contains_key(*name));
    for (name, usual) in TEXTS {
        let Some(value) = object.get(name).filter(|_| usual.is_some() || own.is_some() || !typed) else { continue };
        let kind = own.or(usual).or(kind);
        let kind = kind.ok_or_else(|| format!("nothing says what `{name}` is; give --kind"))?;
        add(&mut contexts, value, kind).map_err(|what| format!("`{name}`: {what}"))?;
    }
    let string = |object: &Map<String, Value>, name: &str| object.get(name)?.as_str().map(str::to_owned);
    let provenance = object.get("provenance").and_then(Value::as_object);
    let model = string(object, "model").or_else(|| string(provenance?, "generator"));
    for context in &mut contexts {
        context.similarity = similarity;
        context.source = string(object, "source");
        context.model.clone_from(&model);
        context.image = string(object, "image");
    }
    // A similarity beside texts is theirs.
    let similarity = similarity.filter(|_| contexts.is_empty());
    Ok(Said { contexts, similarity })
}

/// What a value under an id says: a text, several, a list of scored things, or a number.
pub fn of_value(value: &Value, kind: Option<ContextKind>) -> Result<Said, String> {
    match value {
        Value::Number(_) => Ok(Said { similarity: Some(number(value)?), ..Said::default() }),
        Value::Object(object) => said(object, kind),
        _ => {
            let mut contexts = Vec::new();
            add(&mut contexts, value, kind.unwrap_or(ContextKind::Caption))?;
            Ok(Said::contexts(contexts))
        }
    }
}

fn kind_of(value: &Value) -> Result<ContextKind, String> {
    let known = || ContextKind::ALL.map(ContextKind::name).join(", ");
    let kind = value.as_str().and_then(ContextKind::from_name);
    kind.ok_or_else(|| format!("`{}` is no kind of context; known are {}", shown(&value.to_string()), known()))
}

fn number(value: &Value) -> Result<f32, String> {
    let number = match value {
        Value::Number(number) => number.as_f64().map(|number| number as f32),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("`{}` is no number", shown(&value.to_string())))
}

/// Adds the contexts that a value holds: one for a text, one for a list of tags or of scored things, else one for
/// each text.
fn add(contexts: &mut Vec<Context>, value: &Value, kind: ContextKind) -> Result<(), String> {
    match value {
        Value::Null => {}
        Value::String(text) => contexts.push(Context::new(kind, text.trim())),
        Value::Array(values) => {
            let items: Vec<ContextItem> = values.iter().map(item).collect::<Result<_, _>>()?;
            let listed = kind == ContextKind::Tags || values.iter().any(Value::is_object);
            if listed && !items.is_empty() {
                contexts.push(Context { items, ..Context::new(kind, "") });
            } else {
                contexts.extend(items.into_iter().map(|item| Context::new(kind, item.text)));
            }
        }
        other => return Err(format!("expected a text or a list of texts, not `{}`", shown(&other.to_string()))),
    }
    Ok(())
}

fn item(value: &Value) -> Result<ContextItem, String> {
    match value {
        Value::String(text) => Ok(ContextItem { text: text.trim().to_owned(), score: None }),
        Value::Object(_) => serde_json::from_value(value.clone()).map_err(|error| error.to_string()),
        other => Err(format!("`{}` is neither a text nor an object with a text", shown(&other.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, kind: Option<ContextKind>) -> Result<Said, String> {
        said(&serde_json::from_str(text).expect("JSON"), kind)
    }

    #[test]
    fn fields_say_what_they_hold() {
        use ContextKind::{Caption, Knowledge, Ocr, Tags};

        let text = r#"{"image_id": 7, "captions": ["a", "b"], "tags": [{"text": "dog", "score": 0.5}, {"text": "cat"}],
                       "ocr": "", "aux_text": "k", "similarity": "0.31", "provenance": {"generator": "m"}}"#;
        let said = read(text, None).expect("read");
        let kinds: Vec<ContextKind> = said.contexts.iter().map(|context| context.kind).collect();
        assert_eq!(kinds, [Caption, Caption, Tags, Ocr, Knowledge]);
        assert_eq!(said.contexts[2].items[0], ContextItem { text: "dog".into(), score: Some(0.5) });
        assert!(said.contexts.iter().all(|context| context.similarity == Some(0.31)));
        assert_eq!((said.contexts[4].model.as_deref(), said.similarity), (Some("m"), None));
        assert_eq!(
            read(r#"{"id": "7", "score": 0.5}"#, None),
            Ok(Said { contexts: Vec::new(), similarity: Some(0.5) })
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            (r#"{"text": "a"}"#, "--kind"),
            (r#"{"kind": "capton", "text": "a"}"#, "capton"),
            (r#"{"caption": 7}"#, "`caption`: expected a text"),
            (r#"{"tags": [7]}"#, "`7` is neither"),
            (r#"{"caption": "a", "similarity": "high"}"#, "is no number"),
        ] {
            let what = read(text, None).expect_err("a mistake");
            assert!(what.contains(part), "{what}");
        }
    }
}

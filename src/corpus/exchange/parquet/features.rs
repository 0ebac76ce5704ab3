//! What `datasets` writes about columns into the schema's metadata: the field `huggingface`, JSON.

use serde_json::{Value, json};

/// Name of the field.
pub const FIELD: &str = "huggingface";

/// The names of the classes of a list column, as the metadata has them.
///
/// A list is `{"feature": F, "_type": "Sequence"}` (or `List`, `LargeList`), or `[F]`; `F` is a `ClassLabel` with `names`.
pub fn class_names(metadata: &str, column: &str) -> Option<Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata).ok()?;
    let feature = &metadata["info"]["features"][column];
    let class = feature.get("feature").or_else(|| feature.get(0)).unwrap_or(feature);
    let names = class["names"].as_array()?;
    names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The metadata of a file with these classes.
pub fn metadata(classes: &[String]) -> String {
    let text = || json!({"dtype": "string", "_type": "Value"});
    // Old releases of `datasets` know `Sequence` alone, new ones know it too.
    let list = |feature: Value| json!({"feature": feature, "_type": "Sequence"});
    let features = json!({
        "id": text(),
        "tokens": list(text()),
        "ner_tags": list(json!({"names": classes, "_type": "ClassLabel"})),
        "images": list(text()),
        "spanlight": text(),
    });
    json!({"info": {"features": features}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_found_in_every_form_that_lists_have() {
        let class = r#"{"names": ["O", "B-PER"], "_type": "ClassLabel"}"#;
        let forms = [
            format!(r#"{{"feature": {class}, "_type": "Sequence"}}"#),
            format!(r#"{{"feature": {class}, "_type": "List"}}"#),
            format!(r#"{{"feature": {class}, "length": -1, "_type": "LargeList"}}"#),
            format!("[{class}]"),
        ];
        for form in forms {
            let metadata = format!(r#"{{"info": {{"features": {{"t": {form}}}}}}}"#);
            assert_eq!(class_names(&metadata, "t"), Some(vec!["O".into(), "B-PER".into()]), "{metadata}");
            assert_eq!(class_names(&metadata, "u"), None);
        }
        assert_eq!(class_names("no JSON", "t"), None);
        let own = metadata(&["O".to_owned(), "B-a \"b\"".to_owned()]);
        assert_eq!(class_names(&own, "ner_tags").map(|names| names[1].clone()), Some("B-a \"b\"".to_owned()));
    }
}

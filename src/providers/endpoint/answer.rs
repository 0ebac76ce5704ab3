//! What came back: the words of the first choice, cleaned, as a context.

use serde_json::Value;
use spanlight_models::example::{Context, ContextItem, ContextKind};

/// What a model says where there is nothing to say.
const NOTHING: [&str; 3] = ["none", "none.", "n/a"];

/// The most things a list of tags has.
const MAX_TAGS: usize = 100;

/// The words of an answer; the error says what is there instead.
pub fn words(body: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(body);
    let start = text.trim_start();
    if start.starts_with('<') {
        return Err("an HTML page instead of JSON; is this the address of the endpoint?".to_owned());
    }
    if start.is_empty() {
        return Err("an empty answer instead of JSON".to_owned());
    }
    let value: Value = serde_json::from_str(start).map_err(|error| {
        let what = if error.is_eof() { "JSON that breaks off" } else { "no JSON" };
        format!("{what} ({error}): `{}`", crate::corpus::shown(start))
    })?;
    let content = &value["choices"][0]["message"]["content"];
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => Ok(parts.iter().filter_map(|part| part["text"].as_str()).collect()),
        _ => Err(message(&value)
            .unwrap_or_else(|| format!("JSON without choices[0].message.content: `{}`", crate::corpus::shown(start)))),
    }
}

/// What an endpoint says went wrong.
pub fn message(value: &Value) -> Option<String> {
    let error = value.get("error").or_else(|| value.get("detail"))?;
    let text = error["message"].as_str().or_else(|| error.as_str());
    Some(text.map_or_else(|| crate::corpus::shown(&error.to_string()), crate::corpus::shown))
}

/// The context that the words are, `None` where they say nothing, and whether control characters were taken out.
pub fn context(kind: ContextKind, words: &str) -> (Option<Context>, bool) {
    // Some models think aloud first.
    let words = words
        .trim_start()
        .strip_prefix("<think>")
        .map_or(words, |thought| thought.split_once("</think>").map_or("", |(_, said)| said));
    let foul = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    let cleaned = words.contains(foul);
    let text: String = words.chars().filter(|c| !foul(*c) && *c != '\r').collect();
    let text = text.trim();
    let nothing = text.is_empty() || NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word));
    let context = match kind {
        _ if nothing => None,
        ContextKind::Tags => Some(Context { items: tags(text), ..Context::new(kind, "") }),
        _ => Some(Context::new(kind, text)),
    };
    (context.filter(|context| context.words().next().is_some()), cleaned)
}

/// The things of a list, parted by commas, semicolons or lines, without bullets and numbers.
fn tags(text: &str) -> Vec<ContextItem> {
    let bullet = |c: char| matches!(c, '-' | '*' | '•' | '.' | ')') || c.is_ascii_digit() || c.is_whitespace();
    let things = text.split([',', ';', '\n']).map(|thing| thing.trim_start_matches(bullet));
    let things = things.map(|thing| thing.trim_end_matches(['.', ' ', '\t']));
    let item = |thing: &str| ContextItem { text: thing.to_owned(), score: None };
    things.filter(|thing| !thing.is_empty()).map(item).take(MAX_TAGS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_or_said_to_be_none() {
        let plain = br#"{"choices": [{"message": {"content": "a dog"}}]}"#;
        assert_eq!(words(plain), Ok("a dog".to_owned()));
        let parts = br#"{"choices": [{"message": {"content": [{"type": "text", "text": "a "}, {"text": "dog"}]}}]}"#;
        assert_eq!(words(parts), Ok("a dog".to_owned()));
        for (body, part) in [
            (&b"<!doctype html><p>Sign in"[..], "HTML page"),
            (&plain[..20], "breaks off"),
            (b"", "empty"),
            (b"busy", "no JSON"),
            (br#"{"choices": [{"message": {"content": null}}]}"#, "without choices"),
            (br#"{"error": {"message": "no such\u001b model"}}"#, "no such\\u{1b} model"),
            (b"\xff\xfe", "no JSON"),
        ] {
            let what = words(body).expect_err("no answer");
            assert!(what.contains(part), "{what}");
        }
    }

    #[test]
    fn words_are_cleaned() {
        let text = |kind, words| context(kind, words).0.map(|context| context.text);
        assert!(context(ContextKind::Caption, " a\u{1b}[2J\u{0} dog\r\n").1);
        assert_eq!(text(ContextKind::Caption, " a\u{1b}[2J\u{0} dog\r\nasleep "), Some("a[2J dog\nasleep".to_owned()));
        assert_eq!(text(ContextKind::Caption, "<think>hm,\n</think>\n\na dog"), Some("a dog".to_owned()));
        assert_eq!(text(ContextKind::Ocr, "None."), None);
        assert_eq!(text(ContextKind::Caption, "\u{7}"), None);
        let tags = context(ContextKind::Tags, "1. red car, man.\n- dog;; 2) cat ").0.expect("tags").items;
        assert_eq!(tags.iter().map(|item| item.text.as_str()).collect::<Vec<_>>(), ["red car", "man", "dog", "cat"]);
    }
}

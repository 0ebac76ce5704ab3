//! spanlight's own form: one JSON object a line with the fields of [`Example`]; other fields are kept as they stand.

use std::ops::Range;

use memchr::memchr;
use serde::Deserialize;
use serde::de::IgnoredAny;
use spanlight_models::example::{Example, Span, TagScheme, check_spans};

use super::format::{BOM, Block, Faulty, Form, Layout, Parsed, text_of};
use super::{Listed, Unwritable};

/// The JSONL form.
pub(super) struct Jsonl;

impl Form for Jsonl {
    fn recognises(&self, head: &[u8]) -> bool {
        let object = head.trim_ascii_start().strip_prefix(b"{");
        object.is_some_and(|members| members.trim_ascii_start().starts_with(b"\""))
    }

    fn layout(&self, _source: &[u8]) -> Layout {
        Layout::default()
    }

    fn cut(&self, source: &[u8], _layout: Layout) -> (usize, Vec<Block>) {
        let mut start = if source.starts_with(BOM) { BOM.len() } else { 0 };
        let mut line = 0;
        let mut blocks: Vec<Block> = Vec::new();
        while start < source.len() {
            let end = memchr(b'\n', &source[start..]).map_or(source.len(), |at| start + at + 1);
            line += 1;
            if !source[start..end].trim_ascii().is_empty() {
                if let Some(last) = blocks.last_mut() {
                    last.bytes.end = start;
                }
                blocks.push(Block { bytes: start..source.len(), line, position: blocks.len() + 1 });
            }
            start = end;
        }
        (blocks.first().map_or(source.len(), |first| first.bytes.start), blocks)
    }

    fn parse(&self, block: &[u8], _layout: Layout) -> Result<Parsed, Faulty> {
        let fault = |id, what: String| Faulty { id, faults: Listed::from_iter([(0, what)]) };
        let line = object_of(block).map_err(|what| fault(None, what))?;
        let mut example: Example =
            serde_json::from_str(line).map_err(|error| fault(id_of(line), json_error(&error)))?;
        if example.id.is_empty() {
            return Err(fault(None, "the field `id` is empty".to_owned()));
        }
        if example.tokens.is_empty() {
            return Err(fault(Some(example.id), "the field `tokens` is empty; a tweet needs at least one".to_owned()));
        }
        if let Err(error) = check_spans(&example.spans, example.tokens.len()) {
            return Err(fault(Some(example.id), error.to_string()));
        }
        example.spans.sort();
        Ok(Parsed { example, repairs: Vec::new() })
    }

    fn relabel(&self, block: &[u8], layout: Layout, spans: &[Span]) -> Result<Vec<u8>, Unwritable> {
        let unreadable = |error: serde_json::Error| Unwritable::Source(json_error(&error));
        let parsed = self.parse(block, layout).map_err(|faulty| {
            let fault = faulty.faults.items().first();
            Unwritable::Source(fault.map_or_else(String::new, |(_, what)| what.clone()))
        })?;
        check_spans(spans, parsed.example.tokens.len())?;
        let mut spans = spans.to_vec();
        spans.sort();
        if spans == parsed.example.spans {
            return Ok(block.to_vec());
        }
        let line = object_of(block).map_err(Unwritable::Source)?;
        let members = members(line).map_err(unreadable)?;
        let spaced = members.values.first().is_some_and(|(_, value)| line[..value.start].ends_with(' '));
        let (comma, colon) = if spaced { (", ", ": ") } else { (",", ":") };
        let old = members.values.iter().find(|(name, _)| name == "spans").map(|(_, range)| range.clone());
        let elements =
            old.clone().map_or_else(|| Ok(Vec::new()), |range| elements(&line[range])).map_err(unreadable)?;
        // What a span carries besides place and type stays with it.
        let written: Vec<String> = spans.iter().map(|span| write_span(span, &elements, comma, colon)).collect();
        let list = format!("[{}]", written.join(comma));
        let (range, text) = match old {
            Some(range) => (range, list),
            None => (members.end..members.end, format!("{comma}\"spans\"{colon}{list}")),
        };
        let mut out = Vec::with_capacity(block.len() + text.len());
        out.extend_from_slice(&line.as_bytes()[..range.start]);
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(&line.as_bytes()[range.end..]);
        out.extend_from_slice(&block[line.len()..]);
        Ok(out)
    }

    fn render(&self, example: &Example, _scheme: TagScheme) -> Result<Vec<u8>, Unwritable> {
        check_spans(&example.spans, example.tokens.len())?;
        let mut line = serde_json::to_vec(example).map_err(|error| Unwritable::Source(error.to_string()))?;
        line.push(b'\n');
        Ok(line)
    }

    fn joint(&self, before: &[u8], _after: &[u8], _same_file: bool) -> &'static [u8] {
        if before.ends_with(b"\n") { b"" } else { b"\n" }
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}

/// The block's first line without its end: the object, and blanks around it.
fn object_of(block: &[u8]) -> Result<&str, String> {
    let line = &block[..memchr(b'\n', block).unwrap_or(block.len())];
    Ok(text_of(line)?.trim_ascii_end())
}

/// The message of a JSON error, placed in its line.
fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("{} (column {}); expected one JSON object a line", what.escape_debug(), error.column())
}

/// The tweet's id in a line that is JSON, but no tweet.
fn id_of(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: String,
    }
    serde_json::from_str::<OnlyId>(line).ok().map(|only| only.id)
}

/// Where the members of an object are.
struct Members {
    /// Names and places of their values.
    values: Vec<(String, Range<usize>)>,
    /// Where the object closes.
    end: usize,
}

/// Finds the members of the object in a line that is known to be JSON.
fn members(line: &str) -> serde_json::Result<Members> {
    let mut values = Vec::new();
    let mut at = skip(line, 0, &['{']);
    while line[at..].starts_with('"') {
        let (name, end) = value_at::<String>(line, at)?;
        let start = skip(line, end, &[':']);
        let (_, end) = value_at::<IgnoredAny>(line, start)?;
        values.push((name, start..end));
        at = skip(line, end, &[',']);
    }
    let end = values.last().map_or(at, |(_, range)| range.end);
    Ok(Members { values, end })
}

/// The elements of an array that is known to be JSON, as spans and as they stand.
fn elements(array: &str) -> serde_json::Result<Vec<(Span, &str)>> {
    let mut elements = Vec::new();
    let mut at = skip(array, 0, &['[']);
    while array[at..].starts_with('{') {
        let (span, end) = value_at::<Span>(array, at)?;
        elements.push((span, &array[at..end]));
        at = skip(array, end, &[',']);
    }
    Ok(elements)
}

/// The JSON value that begins at `at`, and where it ends.
fn value_at<'a, T: Deserialize<'a>>(text: &'a str, at: usize) -> serde_json::Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<T>();
    let value = values.next().transpose()?.ok_or_else(|| serde::de::Error::custom("a value is missing"))?;
    Ok((value, at + values.byte_offset()))
}

/// The place of what follows blanks and the given marks.
fn skip(text: &str, at: usize, marks: &[char]) -> usize {
    let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_whitespace() || marks.contains(&c));
    text.len() - rest.len()
}

fn write_span(span: &Span, old: &[(Span, &str)], comma: &str, colon: &str) -> String {
    if let Some((_, text)) = old.iter().find(|(known, _)| known == span) {
        return (*text).to_owned();
    }
    let label = serde_json::Value::from(span.label.as_str());
    format!("{{\"start\"{colon}{}{comma}\"end\"{colon}{}{comma}\"type\"{colon}{label}}}", span.start, span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relabel(block: &str, spans: &[Span]) -> String {
        let out = Jsonl.relabel(block.as_bytes(), Layout::default(), spans).expect("writable");
        let read = Jsonl.parse(&out, Layout::default()).expect("well-formed").example.spans;
        assert_eq!(read, spans, "{block:?}");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn only_the_spans_change() {
        let block = "{\"z\": [1.50, {\"spans\": []}], \"id\": \"1\", \"tokens\": [\"\\u00e9\", \"}\"], \
                     \"spans\": [{\"type\": \"PER\", \"start\": 0, \"end\": 1, \"by\": \"me\"}], \"n\": 1e5} \r\n\n";
        let ann = Span::new("PER", 0, 1);
        assert_eq!(relabel(block, std::slice::from_ref(&ann)), block);
        let expected = block.replace("\"me\"}]", "\"me\"}, {\"start\": 1, \"end\": 2, \"type\": \"a \\\"b\"}]");
        assert_eq!(relabel(block, &[ann, Span::new("a \"b", 1, 2)]), expected);
    }

    #[test]
    fn spans_are_added_where_there_were_none() {
        let block = "{\"id\":\"1\",\"tokens\":[\"a\"] }";
        let expected = "{\"id\":\"1\",\"tokens\":[\"a\"],\"spans\":[{\"start\":0,\"end\":1,\"type\":\"X\"}] }";
        assert_eq!(relabel(block, &[Span::new("X", 0, 1)]), expected);
    }

    #[test]
    fn malformed_objects_say_where_and_whose() {
        for (line, id, part) in [
            ("{\"id\": \"7\", \"tokens\": \"a\"}", Some("7"), "expected a sequence"),
            ("{\"id\": \"7\", \"tokens\": [\"a\"", None, "EOF"),
            ("{\"id\": \"7\", \"tokens\": []}", Some("7"), "`tokens` is empty"),
            (
                "{\"id\": \"7\", \"tokens\": [\"a\"], \"spans\": [{\"start\":0,\"end\":2,\"type\":\"X\"}]}",
                Some("7"),
                "does not fit",
            ),
            ("{\"tokens\": [\"a\"]}", None, "missing field `id`"),
            ("{\"id\": \"\", \"tokens\": [\"a\"]}", None, "`id` is empty"),
        ] {
            let faulty = Jsonl.parse(line.as_bytes(), Layout::default()).expect_err("malformed");
            assert_eq!(faulty.id.as_deref(), id, "{line}");
            assert!(faulty.faults.items()[0].1.contains(part), "{:?}", faulty.faults);
        }
    }
}

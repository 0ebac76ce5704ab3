//! spanlight's own form: one JSON object a line with the fields of [`Example`]; other fields are kept as they stand.

use memchr::{memchr, memmem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spanlight_models::example::{Context, Example, RegionBox, Span, SpanStructure, TagScheme, check_spans};

use super::format::{BOM, Block, Faulty, Form, ImageScores, Layout, Parsed, RemarkChanges, text_of};
use super::json_text::{Members, elements};
use super::{Listed, Unwritable};

/// The field for what people remarked on a tweet; readers of other fields pass it over.
const COMMENTS: &str = "comments";

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
        if let Err(error) = check_spans(&example.spans, example.tokens.len(), SpanStructure::Overlapping) {
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
        check_spans(spans, parsed.example.tokens.len(), SpanStructure::Overlapping)?;
        let mut spans = spans.to_vec();
        spans.sort();
        if spans == parsed.example.spans {
            return Ok(block.to_vec());
        }
        let line = object_of(block).map_err(Unwritable::Source)?;
        let members = Members::of(line).map_err(unreadable)?;
        let (comma, colon) = members.marks(line);
        let old = members.get("spans").map_or(Ok(Vec::new()), |range| elements(&line[range])).map_err(unreadable)?;
        // What a span carries besides place and type stays with it.
        let written: Vec<String> = spans.iter().map(|span| write_span(span, &old, comma, colon)).collect();
        let list = format!("[{}]", written.join(comma));
        Ok([members.with(line, "spans", &list).as_bytes(), &block[line.len()..]].concat())
    }

    fn recontext(&self, block: &[u8], contexts: &[Context]) -> Result<Vec<u8>, Unwritable> {
        with_list(block, "contexts", |old: &[(Context, &str)]| {
            if old.iter().map(|(context, _)| context).eq(contexts) {
                return Ok(None);
            }
            contexts.iter().map(|context| as_it_stood(context, old)).collect::<serde_json::Result<Vec<_>>>().map(Some)
        })
    }

    fn reorder_images(&self, block: &[u8], images: &[String]) -> Result<Vec<u8>, Unwritable> {
        let unreadable = |error: serde_json::Error| Unwritable::Source(json_error(&error));
        let line = object_of(block).map_err(Unwritable::Source)?;
        let members = Members::of(line).map_err(unreadable)?;
        let old: Vec<String> = match members.get("images") {
            Some(range) => serde_json::from_str(&line[range]).map_err(unreadable)?,
            None => Vec::new(),
        };
        if old == images {
            return Ok(block.to_vec());
        }
        let (comma, _) = members.marks(line);
        let written: Vec<String> = images.iter().map(|id| serde_json::Value::from(id.as_str()).to_string()).collect();
        let list = format!("[{}]", written.join(comma));
        Ok([members.with(line, "images", &list).as_bytes(), &block[line.len()..]].concat())
    }

    fn score_images(&self, block: &[u8], scores: &ImageScores) -> Result<Vec<u8>, Unwritable> {
        let unreadable = |error: serde_json::Error| Unwritable::Source(json_error(&error));
        let line = object_of(block).map_err(Unwritable::Source)?;
        let mut written = line.to_owned();
        let (whole, parts) = (serde_json::to_string(&scores.scores), serde_json::to_string(&scores.measures));
        let fields =
            [("image_scores", whole, scores.scores.is_empty()), ("image_measures", parts, scores.measures.is_empty())];
        for (name, value, _) in fields.into_iter().filter(|(_, _, empty)| !empty) {
            let members = Members::of(&written).map_err(unreadable)?;
            written = members.with(&written, name, &value.map_err(unreadable)?);
        }
        Ok([written.as_bytes(), &block[line.len()..]].concat())
    }

    fn rebox(&self, block: &[u8], boxes: &[RegionBox]) -> Result<Vec<u8>, Unwritable> {
        with_list(block, "boxes", |old: &[(RegionBox, &str)]| {
            if old.iter().map(|(region, _)| region).eq(boxes) {
                return Ok(None);
            }
            boxes.iter().map(|region| as_it_stood(region, old)).collect::<serde_json::Result<Vec<_>>>().map(Some)
        })
    }

    fn remarks(&self, block: &[u8]) -> Vec<Value> {
        // Most tweets have none, and need not be read once more.
        if memmem::find(block, COMMENTS.as_bytes()).is_none() {
            return Vec::new();
        }
        let remarks = || {
            let line = object_of(block).ok()?;
            let range = Members::of(line).ok()?.get(COMMENTS)?;
            serde_json::from_str(&line[range]).ok()
        };
        remarks().unwrap_or_default()
    }

    fn remark(&self, block: &[u8], changes: &RemarkChanges) -> Result<Vec<u8>, Unwritable> {
        let RemarkChanges { changed, added } = changes;
        if changed.is_empty() && added.is_empty() {
            return Ok(block.to_vec());
        }
        with_list(block, COMMENTS, |old: &[(Value, &str)]| {
            let mut written = Vec::new();
            for (place, (_, text)) in old.iter().enumerate() {
                match changed.iter().find(|(changed, _)| *changed == place) {
                    Some((_, now)) => written.extend(now.as_ref().map(Value::to_string)),
                    // What stands there may be anybody's.
                    None => written.push((*text).to_owned()),
                }
            }
            let new = added.iter().filter(|remark| !old.iter().any(|(known, _)| known == *remark));
            written.extend(new.map(Value::to_string));
            Ok(Some(written))
        })
    }

    fn render(&self, example: &Example, _scheme: TagScheme) -> Result<Vec<u8>, Unwritable> {
        check_spans(&example.spans, example.tokens.len(), SpanStructure::Overlapping)?;
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

fn write_span(span: &Span, old: &[(Span, &str)], comma: &str, colon: &str) -> String {
    if let Some((_, text)) = old.iter().find(|(known, _)| known == span) {
        return (*text).to_owned();
    }
    let label = serde_json::Value::from(span.label.as_str());
    format!("{{\"start\"{colon}{}{comma}\"end\"{colon}{}{comma}\"type\"{colon}{label}}}", span.start, span.end)
}

/// Something as it stands, or written anew; what it carries besides what is known stays with it.
fn as_it_stood<T: Serialize + PartialEq>(value: &T, old: &[(T, &str)]) -> serde_json::Result<String> {
    match old.iter().find(|(known, _)| known == value) {
        Some((_, text)) => Ok((*text).to_owned()),
        None => serde_json::to_string(value),
    }
}

/// The block with another list in the place of the member `name`, or as it is where `write` gives none.
fn with_list<T: DeserializeOwned>(
    block: &[u8],
    name: &str,
    write: impl FnOnce(&[(T, &str)]) -> serde_json::Result<Option<Vec<String>>>,
) -> Result<Vec<u8>, Unwritable> {
    let unreadable = |error: serde_json::Error| Unwritable::Source(json_error(&error));
    let line = object_of(block).map_err(Unwritable::Source)?;
    let members = Members::of(line).map_err(unreadable)?;
    let old = members.get(name).map_or(Ok(Vec::new()), |range| elements(&line[range])).map_err(unreadable)?;
    let Some(written) = write(&old).map_err(unreadable)? else { return Ok(block.to_vec()) };
    let (comma, _) = members.marks(line);
    let list = format!("[{}]", written.join(comma));
    Ok([members.with(line, name, &list).as_bytes(), &block[line.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use spanlight_models::example::ContextKind;

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
    fn only_the_contexts_change() {
        let block = "{\"id\": \"1\", \"tokens\": [\"a\"], \"contexts\": [{\"kind\": \"caption\", \"text\": \"x\", \"by\": 7}]}\r\n";
        let old = Context::new(ContextKind::Caption, "x");
        let write = |contexts: &[Context]| Jsonl.recontext(block.as_bytes(), contexts).expect("writable");
        assert_eq!(write(std::slice::from_ref(&old)), block.as_bytes());
        let more = block.replace("7}]", "7}, {\"kind\":\"ocr\",\"text\":\"y\"}]");
        assert_eq!(write(&[old, Context::new(ContextKind::Ocr, "y")]), more.as_bytes());
        assert_eq!(write(&[]), b"{\"id\": \"1\", \"tokens\": [\"a\"], \"contexts\": []}\r\n");
        let bare = Jsonl.recontext(b"{\"id\":\"1\",\"tokens\":[\"a\"]}", &[Context::new(ContextKind::Tags, "t")]);
        let bare = String::from_utf8(bare.expect("writable")).expect("UTF-8");
        assert_eq!(bare, "{\"id\":\"1\",\"tokens\":[\"a\"],\"contexts\":[{\"kind\":\"tags\",\"text\":\"t\"}]}");
    }

    #[test]
    fn only_boxes_and_remarks_change() {
        let block = "{\"id\": \"1\", \"tokens\": [\"a\"], \"boxes\": [{\"image\": \"i\", \"start\": 0, \"end\": 1, \
                     \"xmin\": 1.50, \"ymin\": 2, \"xmax\": 3, \"ymax\": 4, \"by\": 7}], \"comments\": [\"mine\"]}\r\n";
        let old = RegionBox { image: "i".into(), start: 0, end: 1, xmin: 1.5, ymin: 2.0, xmax: 3.0, ymax: 4.0 };
        let rebox = |boxes: &[RegionBox]| String::from_utf8(Jsonl.rebox(block.as_bytes(), boxes).expect("writable"));
        assert_eq!(rebox(std::slice::from_ref(&old)).expect("UTF-8"), block);
        let more = rebox(&[old.clone(), RegionBox { xmax: 9.0, ..old }]).expect("UTF-8");
        assert!(more.contains("\"by\": 7}, {\"image\":\"i\"") && more.contains("\"xmax\":9.0"), "{more}");
        let remark = serde_json::json!({"kind": "flag", "text": "why"});
        let added = RemarkChanges { added: vec![remark.clone()], ..RemarkChanges::default() };
        let out = Jsonl.remark(block.as_bytes(), &added).expect("writable");
        assert_eq!(Jsonl.remarks(&out), [Value::from("mine"), remark]);
        let again = Jsonl.remark(&out, &added).expect("writable");
        let gone = RemarkChanges { changed: vec![(0, None), (1, Some(7.into()))], ..RemarkChanges::default() };
        assert_eq!(Jsonl.remarks(&Jsonl.remark(&out, &gone).expect("writable")), [7]);
        assert_eq!(out, again, "a remark is written once");
        assert!(
            String::from_utf8(out).expect("UTF-8").contains("[\"mine\", {\"kind\":\"flag\",\"text\":\"why\"}]}\r\n")
        );
    }

    #[test]
    fn only_the_order_of_the_images_changes() {
        let block = "{\"id\": \"1\", \"images\": [\"a\", \"b \\\"c\\\"\"], \"tokens\": [\"x\"], \"n\": 1e5}\r\n";
        let images = ["b \"c\"".to_owned(), "a".to_owned()];
        let out = Jsonl.reorder_images(block.as_bytes(), &images).expect("writable");
        let expected = block.replace("[\"a\", \"b \\\"c\\\"\"]", "[\"b \\\"c\\\"\", \"a\"]");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
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

//! The UMT form of CoNLL files: `IMGID:<id>`, `token<TAB>tag` lines, a blank line between tweets.
//!
//! Further columns between token and tag, spaces instead of tabs, `WID:` lines, CRLF and tweets without an id line are
//! read too. A line is blank only if it is empty: a token may consist of white space.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use memchr::{memchr, memmem, memrchr};
use spanlight_models::example::{
    Context, Example, RegionBox, Span, SpanStructure, TagError, TagScheme, check_spans, parse_tag,
};

use super::error::shown;
use super::format::{BOM, Block, Faulty, Form, ImageScores, Layout, Parsed, RemarkChanges, text_of};
use super::{Listed, Unwritable};

/// What a line before a tweet's tokens may begin with; the first is the one that is written.
const ID_MARKS: [&str; 2] = ["IMGID:", "WID:"];

/// How many lines decide on the number of columns.
const DECIDING: usize = 1000;

/// The CoNLL form.
pub(super) struct Conll;

impl Form for Conll {
    fn recognises(&self, head: &[u8]) -> bool {
        let layout = self.layout(head);
        // The last line may be cut off, so it counts only if it is the only one.
        let whole = memrchr(b'\n', head).map_or(head, |end| &head[..end]);
        let (mut lines, mut good) = (0, 0);
        for (_, content) in lines_of(whole).filter(|(_, content)| !content.is_empty()) {
            lines += 1;
            match read_line(content, layout) {
                Ok(Line::Id(_)) => return true,
                Ok(Line::Token { .. }) => good += 1,
                _ => {}
            }
        }
        good > 0 && good * 2 >= lines
    }

    fn layout(&self, source: &[u8]) -> Layout {
        let source = source.strip_prefix(BOM).unwrap_or(source);
        let columns = |delimiter| {
            let fields = lines_of(source).filter_map(move |(_, content)| columns_of(content, delimiter));
            let columns = most_common(fields.take(DECIDING))?;
            Some(Layout { delimiter, columns, ..Layout::default() })
        };
        // Tabs first: a token may hold spaces.
        let mut layout = columns('\t').or_else(|| columns(' ')).unwrap_or_default();
        if has_bioes_tag(source, layout) {
            layout.scheme = TagScheme::Bioes;
        }
        layout
    }

    fn cut(&self, source: &[u8], layout: Layout) -> (usize, Vec<Block>) {
        let body = if source.starts_with(BOM) { BOM.len() } else { 0 };
        let mut blocks: Vec<Block> = Vec::new();
        let mut after_blank = true;
        for (index, (bytes, content)) in lines_of(&source[body..]).enumerate() {
            if content.is_empty() {
                after_blank = true;
                continue;
            }
            if after_blank || is_id_line(content, layout) {
                let start = body + bytes.start;
                if let Some(last) = blocks.last_mut() {
                    last.bytes.end = start;
                }
                blocks.push(Block { bytes: start..source.len(), line: index + 1, position: blocks.len() + 1 });
            }
            after_blank = false;
        }
        (blocks.first().map_or(source.len(), |first| first.bytes.start), blocks)
    }

    fn parse(&self, block: &[u8], layout: Layout) -> Result<Parsed, Faulty> {
        let mut id = None;
        let mut faults = Listed::default();
        let mut example = Example::default();
        let (mut tags, mut numbers) = (Vec::new(), Vec::new());
        for (number, (_, content)) in lines_of(block).enumerate() {
            match read_line(content, layout) {
                Ok(Line::Blank) => {}
                Ok(Line::Id(name)) => id = Some(name.to_owned()),
                Ok(Line::Token { token, tag }) => {
                    example.tokens.push(token.to_owned());
                    tags.push(tag);
                    numbers.push(number);
                }
                Err(what) => faults.push((number, what)),
            }
        }
        if example.tokens.is_empty() && faults.is_empty() {
            faults.push((0, "the tweet has no tokens; remove its id line, or add `token<TAB>tag` lines".to_owned()));
        }
        if !faults.is_empty() {
            return Err(Faulty { id, faults });
        }
        let (spans, repairs) = layout.scheme.decode(&tags).map_err(|error| {
            let faults = [(0, error.to_string())].into_iter().collect();
            Faulty { id: id.clone(), faults }
        })?;
        example.spans = spans;
        if let Some(id) = id {
            example.images.push(id.clone());
            example.id = id;
        }
        Ok(Parsed { example, repairs: repairs.into_iter().map(|repair| (numbers[repair.token], repair)).collect() })
    }

    fn relabel(&self, block: &[u8], layout: Layout, spans: &[Span]) -> Result<Vec<u8>, Unwritable> {
        let source = TokenTags::read(block, layout)?;
        check_spans(spans, source.tags.len(), SpanStructure::Flat)?;
        if let Some(span) = spans.iter().find(|span| !writable_type(&span.label, layout.delimiter)) {
            return Err(Unwritable::Text { what: "type", text: span.label.clone() });
        }
        let tags = source.change(spans, layout.scheme)?;
        let mut out = Vec::with_capacity(block.len() + 16);
        let mut copied = 0;
        for (range, tag) in source.ranges.iter().zip(&tags) {
            out.extend_from_slice(&block[copied..range.start]);
            out.extend_from_slice(tag.as_bytes());
            copied = range.end;
        }
        out.extend_from_slice(&block[copied..]);
        Ok(out)
    }

    fn recontext(&self, block: &[u8], _contexts: &[Context]) -> Result<Vec<u8>, Unwritable> {
        Ok(block.to_vec())
    }

    fn reorder_images(&self, block: &[u8], _images: &[String]) -> Result<Vec<u8>, Unwritable> {
        Ok(block.to_vec())
    }

    fn score_images(&self, block: &[u8], _scores: &ImageScores) -> Result<Vec<u8>, Unwritable> {
        Ok(block.to_vec())
    }

    fn rebox(&self, block: &[u8], _boxes: &[RegionBox]) -> Result<Vec<u8>, Unwritable> {
        Ok(block.to_vec())
    }

    fn remarks(&self, _block: &[u8]) -> Vec<serde_json::Value> {
        Vec::new()
    }

    fn remark(&self, block: &[u8], _changes: &RemarkChanges) -> Result<Vec<u8>, Unwritable> {
        Ok(block.to_vec())
    }

    fn render(&self, example: &Example, scheme: TagScheme) -> Result<Vec<u8>, Unwritable> {
        let refuse = |what, text: &str| Err(Unwritable::Text { what, text: text.to_owned() });
        let tags = scheme.encode(&example.spans, example.tokens.len()).map_err(tag_error)?;
        if !writable_id(&example.id) {
            return refuse("id", &example.id);
        }
        if let Some(span) = example.spans.iter().find(|span| !writable_type(&span.label, '\t')) {
            return refuse("type", &span.label);
        }
        if example.tokens.is_empty() {
            return refuse("tweet without tokens", "");
        }
        let mut out = format!("{}{}\n", ID_MARKS[0], example.id);
        for (token, tag) in example.tokens.iter().zip(tags) {
            if token.is_empty() || token.contains(['\t', '\n', '\r']) {
                return refuse("token", token);
            }
            out.extend([token, "\t", tag.as_str(), "\n"]);
        }
        out.push('\n');
        Ok(out.into_bytes())
    }

    fn joint(&self, before: &[u8], after: &[u8], same_file: bool) -> &'static [u8] {
        // In a file, tweets that do not begin with an id line were parted by a blank line, which came with the first.
        if same_file && ID_MARKS.iter().any(|mark| after.starts_with(mark.as_bytes())) && before.ends_with(b"\n") {
            return b"";
        }
        let ends = before.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        match ends {
            Some(text) if text.ends_with(b"\n") => b"",
            Some(_) if before.ends_with(b"\r\n") => b"\r\n",
            Some(_) => b"\n",
            None if memchr(b'\r', before).is_some() => b"\r\n\r\n",
            None => b"\n\n",
        }
    }

    fn reduces(&self, example: &Example) -> bool {
        let own_image = example.images.is_empty() || (example.images.len() == 1 && example.images[0] == example.id);
        !own_image || !example.contexts.is_empty() || !example.boxes.is_empty()
    }
}

/// What a line is.
enum Line<'a> {
    Blank,
    Id(&'a str),
    Token { token: &'a str, tag: &'a str },
}

/// Places and contents of the lines, line ends cut off.
fn lines_of(source: &[u8]) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= source.len() {
            return None;
        }
        let end = memchr(b'\n', &source[start..]).map_or(source.len(), |at| start + at);
        let content = &source[start..end];
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let range = start..start + content.len();
        start = end + 1;
        Some((range, content))
    })
}

/// Number of columns, if the line is a token with a tag.
fn columns_of(content: &[u8], delimiter: char) -> Option<usize> {
    let last = memrchr(delimiter as u8, content)?;
    let tag = std::str::from_utf8(&content[last + 1..]).ok()?;
    parse_tag(tag)?;
    Some(1 + memchr::memchr_iter(delimiter as u8, content).count())
}

/// The number that occurs most often, the smallest one of several.
fn most_common(numbers: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for number in numbers {
        *counts.entry(number).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(number, count)| (*count, Reverse(*number))).map(|(number, _)| number)
}

/// Whether a tag of the file begins with a prefix that only BIOES has.
fn has_bioes_tag(source: &[u8], layout: Layout) -> bool {
    let delimiter = layout.delimiter as u8;
    [b'E', b'S'].into_iter().any(|prefix| {
        memmem::find_iter(source, &[delimiter, prefix, b'-']).any(|at| {
            let rest = &source[at + 1..];
            memchr::memchr2(delimiter, b'\n', rest).is_none_or(|end| rest[end] == b'\n')
        })
    })
}

fn is_id_line(content: &[u8], layout: Layout) -> bool {
    ID_MARKS.iter().any(|mark| content.starts_with(mark.as_bytes()))
        && memchr(layout.delimiter as u8, content).is_none()
        && memchr(b'\t', content).is_none()
}

/// Reads a line; the error says what is wrong and what was expected.
fn read_line(content: &[u8], layout: Layout) -> Result<Line<'_>, String> {
    if content.is_empty() {
        return Ok(Line::Blank);
    }
    let text = text_of(content)?;
    if let Some(at) = memchr(b'\r', content) {
        return Err(format!("a carriage return within the line (column {}); lines end in LF or CRLF", at + 1));
    }
    if is_id_line(content, layout) {
        let id = ID_MARKS.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim_matches(' ');
        let empty = || format!("`{}` without an id; write it behind the colon", shown(text));
        return if id.is_empty() { Err(empty()) } else { Ok(Line::Id(id)) };
    }
    let between = if layout.delimiter == '\t' { "tab" } else { "space" };
    let Some((first, last)) = text.find(layout.delimiter).zip(text.rfind(layout.delimiter)) else {
        return Err(format!("`{}` has no tag; expected a token, a {between} and a tag", shown(text)));
    };
    let columns = if first == last { 2 } else { 1 + text.matches(layout.delimiter).count() };
    if columns != layout.columns {
        let expected = layout.columns;
        return Err(format!(
            "{columns} columns where the file's other lines have {expected} (columns end at a {between})"
        ));
    }
    let (token, tag) = (&text[..first], &text[last + 1..]);
    if token.is_empty() {
        return Err(format!("no token before the {between}"));
    }
    if parse_tag(tag).is_none() {
        let tag = shown(tag);
        return Err(format!("`{tag}` is not a tag; expected `O` or one of `B-`, `I-`, `E-`, `S-` and a type"));
    }
    Ok(Line::Token { token, tag })
}

fn writable_type(label: &str, delimiter: char) -> bool {
    !label.is_empty() && !label.contains([delimiter, '\t', '\n', '\r'])
}

fn writable_id(id: &str) -> bool {
    !id.is_empty() && id.trim_matches(' ') == id && !id.contains(['\t', '\n', '\r'])
}

fn tag_error(error: TagError) -> Unwritable {
    match error {
        TagError::Spans(error) => Unwritable::Spans(error),
        malformed @ TagError::Malformed { .. } => Unwritable::Source(malformed.to_string()),
    }
}

/// The tags of a tweet as they stand, and where.
struct TokenTags<'a> {
    tags: Vec<&'a str>,
    ranges: Vec<Range<usize>>,
    spans: Vec<Span>,
}

impl<'a> TokenTags<'a> {
    fn read(block: &'a [u8], layout: Layout) -> Result<Self, Unwritable> {
        let (mut tags, mut ranges) = (Vec::new(), Vec::new());
        for (range, content) in lines_of(block) {
            if let Line::Token { tag, .. } = read_line(content, layout).map_err(Unwritable::Source)? {
                tags.push(tag);
                ranges.push(range.end - tag.len()..range.end);
            }
        }
        let (spans, _) = layout.scheme.decode(&tags).map_err(tag_error)?;
        Ok(Self { tags, ranges, spans })
    }

    /// Tags for `spans` that differ from those that stand only where the labelling differs.
    fn change(&self, spans: &[Span], scheme: TagScheme) -> Result<Vec<String>, Unwritable> {
        let mut tags = scheme.encode(spans, self.tags.len()).map_err(tag_error)?;
        let wanted: HashSet<&Span> = spans.iter().collect();
        let kept: HashSet<&Span> = self.spans.iter().filter(|span| wanted.contains(span)).collect();
        let new_ends: HashSet<(usize, &str)> =
            wanted.difference(&kept).map(|span| (span.end, span.label.as_str())).collect();
        for span in &kept {
            // An orphan `I-` must not run on into a new neighbour of its own type: it gets its proper tag.
            let first = span.start + usize::from(new_ends.contains(&(span.start, span.label.as_str())));
            for (tag, stands) in tags[first..span.end].iter_mut().zip(&self.tags[first..span.end]) {
                (*stands).clone_into(tag);
            }
        }
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relabel(block: &str, spans: &[Span]) -> String {
        let layout = Conll.layout(block.as_bytes());
        let out = Conll.relabel(block.as_bytes(), layout, spans).expect("writable");
        let read = Conll.parse(&out, layout).expect("well-formed").example.spans;
        assert_eq!(read.iter().collect::<HashSet<_>>(), spans.iter().collect(), "{block:?}");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn only_changed_labels_change_their_tags() {
        let block = "IMGID:7\r\nSt\tx\tO\r\n.\tx\tO\r\nLouis\tx\tI-LOC\r\n\u{a0}\tx\tO\r\nAnn\tx\tB-PER\r\n\r\n";
        let louis = Span::new("LOC", 2, 3);
        assert_eq!(relabel(block, &[louis.clone(), Span::new("PER", 4, 5)]), block);
        assert_eq!(relabel(block, std::slice::from_ref(&louis)), block.replace("B-PER", "O"));
        let wider = [Span::new("LOC", 0, 3), Span::new("a b/c", 4, 5)];
        let expected = block.replace("\tO\r\n.\tx\tO", "\tB-LOC\r\n.\tx\tI-LOC").replace("B-PER", "B-a b/c");
        assert_eq!(relabel(block, &wider), expected);
    }

    #[test]
    fn an_orphan_does_not_run_on_into_a_new_neighbour() {
        let spans = [Span::new("LOC", 0, 1), Span::new("LOC", 1, 2)];
        assert_eq!(relabel("a\tO\nb\tI-LOC\n", &spans), "a\tB-LOC\nb\tB-LOC\n");
        assert_eq!(
            relabel("a\tO\nb\tE-LOC\nc\tI-LOC", &[spans[0].clone(), spans[1].clone(), Span::new("LOC", 2, 3)]),
            "a\tS-LOC\nb\tS-LOC\nc\tI-LOC"
        );
    }

    #[test]
    fn blank_means_empty() {
        let source = "\u{feff}\n\nIMGID:1\n\u{a0}\tO\n\u{200d}\tB-OTHER\n\n\nx\tO\nIMGID:3\ny\tO";
        let layout = Conll.layout(source.as_bytes());
        let (prologue, blocks) = Conll.cut(source.as_bytes(), layout);
        let texts: Vec<_> = blocks.iter().map(|block| (&source[block.bytes.clone()], block.line)).collect();
        let first = "IMGID:1\n\u{a0}\tO\n\u{200d}\tB-OTHER\n\n\n";
        assert_eq!((prologue, texts), (5, vec![(first, 3), ("x\tO\n", 8), ("IMGID:3\ny\tO", 9)]));
        let parsed = Conll.parse(first.as_bytes(), layout).expect("well-formed");
        assert_eq!(parsed.example.tokens, ["\u{a0}", "\u{200d}"]);
        assert_eq!(parsed.example.images, ["1"]);
    }

    #[test]
    fn one_odd_line_does_not_decide_on_the_columns() {
        assert_eq!(Conll.layout(b"a\tb\tO\nc\tO\nd\tO\n").columns, 2);
        assert_eq!(
            Conll.layout(b"a b B-X O\nc d O O\n"),
            Layout { delimiter: ' ', columns: 4, scheme: TagScheme::Bio }
        );
        assert_eq!(Conll.layout(b"a\tS-X\n").scheme, TagScheme::Bioes);
        assert_eq!(Conll.layout(b"a\tS-1\tB-X\n").scheme, TagScheme::Bio);
    }

    #[test]
    fn all_malformed_lines_are_named() {
        let block = b"IMGID:9\nno-tag\nb\tB-PER\n\tO\nc\tX-PER\nd\te\tO\n\xff\tO\n \n";
        let faulty = Conll.parse(block, Layout::default()).expect_err("malformed");
        assert_eq!(faulty.id.as_deref(), Some("9"));
        let lines: Vec<usize> = faulty.faults.items().iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 6, 7]);
        assert!(Conll.parse(b"IMGID:9\n\n", Layout::default()).is_err());
    }

    #[test]
    fn rendering_refuses_what_would_read_back_differently() {
        let example = |id: &str, token: &str, label: &str| Example {
            id: id.into(),
            tokens: vec![token.into()],
            spans: vec![Span::new(label, 0, 1)],
            ..Example::default()
        };
        let render = |example: &Example| Conll.render(example, TagScheme::Bioes);
        let good = example("1", "\u{1b}[2J", "a b/c");
        assert_eq!(render(&good).expect("writable"), b"IMGID:1\n\x1b[2J\tS-a b/c\n\n");
        for bad in [example("1\n", "a", "b"), example("", "a", "b"), example("1", "", "b"), example("1", "a\tb", "c")] {
            assert!(matches!(render(&bad), Err(Unwritable::Text { .. })), "{bad:?}");
        }
        assert!(matches!(render(&example("1", "a", "b\r")), Err(Unwritable::Text { what: "type", .. })));
    }

    #[test]
    fn tweets_stay_parted() {
        for (before, after, same_file, joint) in [
            ("a\tO", "b\tO", false, "\n\n"),
            ("a\tO\n", "b\tO", true, "\n"),
            ("a\tO\n", "IMGID:2\nb\tO", true, ""),
            ("a\tO\r\n", "IMGID:2\nb\tO", false, "\r\n"),
            ("a\tO\r\n\r\n", "b\tO", false, ""),
        ] {
            assert_eq!(Conll.joint(before.as_bytes(), after.as_bytes(), same_file), joint.as_bytes(), "{before:?}");
        }
    }
}

//! Texts with offsets, made into tokens with spans; everything that does not fit is named with its line.

use std::ops::Range;

use serde_json::{Map, Value};
use spanlight_models::example::{Example, Repair, Span, SpanStructure, check_spans};

use super::conversion::{Conversion, CutToken};
use super::kept::Kept;
use super::offsets::{Guess, Unit, same_words};
use super::{Converted, Exchange, OtherFields};
use crate::corpus::error::{Problem, ReadError, RepairedTag, SkippedTweet, shown};
use crate::corpus::{Listed, MAX_LINE};

/// What is known about the tokens of a text.
#[derive(Debug, Default)]
pub(super) enum Tokens {
    /// Nothing: the text is cut at white space.
    #[default]
    Unknown,
    /// The text is these, joined by one space.
    Joined(Vec<String>),
    /// They stand in the text one after the other, with or without white space between them.
    Within(Vec<String>),
}

/// An entity by its offsets.
#[derive(Debug)]
pub(super) struct RawSpan {
    pub start: usize,
    pub end: usize,
    pub label: String,
    /// The words that the tool says it has.
    pub said: Option<String>,
}

/// A tweet as other tools have it.
#[derive(Debug, Default)]
pub(super) struct RawTweet {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its id; made of its place where it is empty.
    pub id: String,
    pub text: String,
    pub tokens: Tokens,
    pub spans: Vec<RawSpan>,
    pub kept: Kept,
    /// Fields that are nothing to spanlight.
    pub other: OtherFields,
}

enum Entry {
    Raw(RawTweet),
    Ready { line: usize, example: Example },
    Faulty { line: usize, id: String, problems: Listed<Problem> },
}

/// What is taken from a file, in order.
pub(super) struct Taken {
    name: String,
    entries: Vec<Entry>,
    guess: Guess,
    repairs: Listed<RepairedTag>,
    pub conversion: Conversion,
}

impl Taken {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            entries: Vec::new(),
            guess: Guess::default(),
            repairs: Listed::default(),
            conversion: Conversion::default(),
        }
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes a text with offsets.
    pub fn raw(&mut self, tweet: RawTweet) {
        for span in &tweet.spans {
            self.guess.add(&tweet.text, span.start, span.end, span.said.as_deref());
        }
        self.entries.push(Entry::Raw(tweet));
    }

    /// Takes a tweet that has its tokens; repairs are by line.
    pub fn ready(&mut self, line: usize, example: Example, repairs: Vec<(usize, Repair)>) {
        for (line, repair) in repairs {
            self.repairs.push(RepairedTag::new(&example.id, Some(line), repair));
        }
        self.entries.push(Entry::Ready { line, example });
    }

    /// Takes note of a malformed tweet.
    pub fn fault(&mut self, line: usize, id: &str, what: String) {
        self.faults(line, id, [(line, what)]);
    }

    /// Takes note of a tweet with malformed lines.
    pub fn faults(&mut self, line: usize, id: &str, faults: impl IntoIterator<Item = (usize, String)>) {
        let id = if id.is_empty() { format!("#{}", self.entries.len() + 1) } else { id.to_owned() };
        let problem = |(line, what)| Problem { line, tweet: id.clone(), what };
        let problems = faults.into_iter().map(problem).collect();
        self.entries.push(Entry::Faulty { line, id, problems });
    }

    /// Makes tweets of all that was taken.
    pub fn finish(self, format: Exchange, skip_bad: bool) -> Result<Converted, ReadError> {
        let Self { name, entries, guess, repairs, mut conversion } = self;
        conversion.format = format.name();
        conversion.offsets = guess.unit();
        let unit = guess.unit().unwrap_or(Unit::CodePoints);
        let (mut jsonl, mut skipped, mut problems) = (Vec::new(), Listed::default(), Listed::default());
        for (place, entry) in entries.into_iter().enumerate() {
            let made = match entry {
                Entry::Raw(mut tweet) => {
                    if tweet.id.is_empty() {
                        tweet.id = format!("#{}", place + 1);
                    }
                    let (line, id) = (tweet.line, tweet.id.clone());
                    let other = std::mem::take(&mut tweet.other);
                    convert(tweet, unit, &mut conversion)
                        .map(|example| (example, other))
                        .map_err(|what| (line, id, what))
                }
                Entry::Ready { line, mut example } => {
                    if example.id.is_empty() {
                        example.id = format!("#{}", place + 1);
                    }
                    let id = example.id.clone();
                    match check_spans(&example.spans, example.tokens.len(), SpanStructure::Overlapping) {
                        Ok(()) => Ok((example, Map::new())),
                        Err(error) => Err((line, id, error.to_string())),
                    }
                }
                Entry::Faulty { line, id, problems: own } => {
                    skipped.push(SkippedTweet::new(&id, line, &own));
                    problems.append(own);
                    continue;
                }
            };
            let written = made.and_then(|(example, other)| {
                let line = write_line(&example, format, other);
                line.map_err(|what| (place + 1, example.id, what))
            });
            match written {
                Ok(line) => jsonl.extend_from_slice(&line),
                Err((line, tweet, what)) => {
                    let own = Listed::from_iter([Problem { line, tweet: tweet.clone(), what }]);
                    skipped.push(SkippedTweet::new(&tweet, line, &own));
                    problems.append(own);
                }
            }
        }
        if !problems.is_empty() && !skip_bad {
            return Err(ReadError::Malformed { file: name, problems });
        }
        if jsonl.is_empty() {
            return Err(ReadError::NoTweet { file: name, skipped: skipped.total() });
        }
        Ok(Converted { jsonl, skipped, repairs, conversion })
    }
}

/// A line of spanlight's own form, what else the tool said in a field with the format's name.
fn write_line(example: &Example, format: Exchange, other: OtherFields) -> Result<Vec<u8>, String> {
    let failed = |error: serde_json::Error| error.to_string();
    let mut value = serde_json::to_value(example).map_err(failed)?;
    if let (Value::Object(fields), false) = (&mut value, other.is_empty()) {
        fields.insert(format.name().to_owned(), Value::Object(other));
    }
    let mut line = serde_json::to_vec(&value).map_err(failed)?;
    line.push(b'\n');
    if line.len() > MAX_LINE {
        return Err(format!("the tweet is longer than {MAX_LINE} bytes; cut the text into smaller ones"));
    }
    Ok(line)
}

fn convert(tweet: RawTweet, unit: Unit, conversion: &mut Conversion) -> Result<Example, String> {
    let RawTweet { line, id, text, tokens, spans, kept, .. } = tweet;
    let mut ranges: Vec<(Range<usize>, String)> = Vec::with_capacity(spans.len());
    for span in spans {
        ranges.push((place_of(&text, &span, unit)?, span.label));
    }
    let (mut pieces, known) = cut(&text, tokens);
    if !known {
        conversion.leave("tweets whose tokens are not those of their text, which is cut at white space");
    }
    let whole = pieces.len();
    for border in ranges.iter().flat_map(|(range, _)| [range.start, range.end]) {
        split_at(&mut pieces, border);
    }
    let recut = pieces.len() != whole;
    if recut {
        list_cuts(&text, &pieces, &ranges, (&id, line), conversion);
    }
    let index = |at: usize| pieces.partition_point(|piece| piece.start < at);
    let spans: Vec<Span> =
        ranges.into_iter().map(|(range, label)| Span::new(label, index(range.start), index(range.end))).collect();
    let tokens: Vec<String> = pieces.iter().map(|piece| text[piece.clone()].to_owned()).collect();
    if tokens.is_empty() {
        return Err("the text is empty; a tweet needs at least one word".to_owned());
    }
    check_spans(&spans, tokens.len(), SpanStructure::Overlapping).map_err(|error| error.to_string())?;
    let Kept { images, image_scores, image_measures, contexts, mut boxes, .. } = kept;
    // Boxes belong to tokens, which are others now.
    if (recut || !known) && !boxes.is_empty() {
        boxes.clear();
        conversion.leave("tweets whose boxes are left out, because their tokens changed");
    }
    boxes.retain(|region| region.start < region.end && region.end <= tokens.len());
    let mut example = Example { id, tokens, spans, images, image_scores, image_measures, contexts, boxes };
    example.spans.sort();
    Ok(example)
}

/// Where an entity is in the text, without white space at its ends.
fn place_of(text: &str, span: &RawSpan, unit: Unit) -> Result<Range<usize>, String> {
    let RawSpan { start, end, label, said } = span;
    let counted = unit.name();
    if label.is_empty() {
        return Err(format!("the entity {start}..{end} has no type"));
    }
    let Some(range) = unit.range(text, *start, *end) else {
        let length = text.chars().count();
        return Err(format!(
            "the entity {start}..{end} does not fit a text of {length} code points (offsets are read as {counted}, by which \
             most entities of the file fit); correct its offsets"
        ));
    };
    let found = &text[range.clone()];
    if let Some(said) = said.as_deref().filter(|said| !same_words(found, said)) {
        return Err(format!(
            "the entity {start}..{end} is said to be `{}`, but the text has `{}` there (offsets are read as {counted}, by \
             which most entities of the file fit); correct its offsets or its text",
            shown(said),
            shown(found)
        ));
    }
    let start = range.start + (found.len() - found.trim_ascii_start().len());
    let end = range.end - (found.len() - found.trim_ascii_end().len());
    if start < end {
        Ok(start..end)
    } else {
        Err(format!("the entity {}..{} holds nothing but white space", span.start, span.end))
    }
}

/// Places of the tokens, and whether what was known about them fits the text.
fn cut(text: &str, tokens: Tokens) -> (Vec<Range<usize>>, bool) {
    let found = match tokens {
        Tokens::Unknown => return (at_white_space(text), true),
        Tokens::Joined(tokens) => joined(text, &tokens),
        Tokens::Within(tokens) => within(text, &tokens),
    };
    found.map_or_else(|| (at_white_space(text), false), |pieces| (pieces, true))
}

fn at_white_space(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    text.split_ascii_whitespace()
        .map(|word| {
            let at = word.as_ptr() as usize - start;
            at..at + word.len()
        })
        .collect()
}

fn joined(text: &str, tokens: &[String]) -> Option<Vec<Range<usize>>> {
    let mut at = 0;
    let mut pieces = Vec::with_capacity(tokens.len());
    for token in tokens {
        pieces.push(at..at + token.len());
        at += token.len() + 1;
    }
    (tokens.join(" ") == text && tokens.iter().all(|token| !token.is_empty())).then_some(pieces)
}

fn within(text: &str, tokens: &[String]) -> Option<Vec<Range<usize>>> {
    let mut at = 0;
    let mut pieces = Vec::with_capacity(tokens.len());
    for token in tokens.iter().filter(|token| !token.trim().is_empty()) {
        let start = at + text[at..].find(token.as_str())?;
        if !text[at..start].trim().is_empty() {
            return None;
        }
        at = start + token.len();
        pieces.push(start..at);
    }
    text[at..].trim().is_empty().then_some(pieces)
}

/// Cuts the token in which a border lies.
fn split_at(pieces: &mut Vec<Range<usize>>, border: usize) {
    let place = pieces.partition_point(|piece| piece.end <= border);
    if let Some(piece) = pieces.get_mut(place).filter(|piece| piece.start < border) {
        let end = std::mem::replace(&mut piece.end, border);
        pieces.insert(place + 1, border..end);
    }
}

/// Lists the tokens that were cut: neighbours without anything between them that a border parts.
fn list_cuts(
    text: &str,
    pieces: &[Range<usize>],
    ranges: &[(Range<usize>, String)],
    (tweet, line): (&str, usize),
    conversion: &mut Conversion,
) {
    let border = |at: usize| ranges.iter().any(|(range, _)| range.start == at || range.end == at);
    let mut start = 0;
    for end in 1..=pieces.len() {
        if end < pieces.len() && pieces[end - 1].end == pieces[end].start && border(pieces[end].start) {
            continue;
        }
        if end - start > 1 {
            let parts = pieces[start..end].iter().map(|piece| text[piece.clone()].to_owned()).collect();
            let token = text[pieces[start].start..pieces[end - 1].end].to_owned();
            conversion.cut.push(CutToken { tweet: tweet.to_owned(), line, token, parts });
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(tweets: Vec<RawTweet>) -> Taken {
        let mut taken = Taken::new("test");
        for tweet in tweets {
            taken.raw(tweet);
        }
        taken
    }

    fn tweet(text: &str, spans: &[(usize, usize, Option<&str>)]) -> RawTweet {
        let span = |(start, end, said): &(usize, usize, Option<&str>)| RawSpan {
            start: *start,
            end: *end,
            label: "X".into(),
            said: said.map(str::to_owned),
        };
        RawTweet { line: 7, text: text.into(), spans: spans.iter().map(span).collect(), ..RawTweet::default() }
    }

    fn read(tweets: Vec<RawTweet>) -> (Vec<Example>, Conversion) {
        let Converted { jsonl, conversion, .. } = taken(tweets).finish(Exchange::Doccano, false).expect("well formed");
        let lines = String::from_utf8(jsonl).expect("UTF-8");
        (lines.lines().map(|line| serde_json::from_str(line).expect("a tweet")).collect(), conversion)
    }

    #[test]
    fn tokens_are_cut_where_entities_begin_and_end() {
        let (tweets, conversion) = read(vec![tweet("(Rome), \u{a0} now", &[(1, 5, None), (10, 13, None)])]);
        assert_eq!(tweets[0].tokens, ["(", "Rome", "),", "\u{a0}", "now"]);
        assert_eq!(tweets[0].spans, [Span::new("X", 1, 2), Span::new("X", 4, 5)]);
        assert_eq!(tweets[0].id, "#1");
        let cut = &conversion.cut.items()[0];
        assert_eq!((conversion.cut.total(), cut.line, cut.token.as_str(), cut.parts.len()), (1, 7, "(Rome),", 3));
    }

    #[test]
    fn known_tokens_are_used_where_they_fit() {
        let known = |text: &str, tokens: &[&str]| {
            let tokens: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
            vec![
                RawTweet { tokens: Tokens::Joined(tokens.clone()), ..tweet(text, &[]) },
                RawTweet { tokens: Tokens::Within(tokens), ..tweet(text, &[]) },
            ]
        };
        assert_eq!(read(known("a b c", &["a b", "c"])).0[0].tokens, ["a b", "c"]);
        let (tweets, conversion) = read(known("don't  stop", &["do", "n't", "stop"]));
        assert_eq!((tweets[0].tokens.len(), tweets[1].tokens.len()), (2, 3));
        assert_eq!(conversion.left[0].1, 1);
        assert_eq!(read(known("x y", &["x", "z"])).0[1].tokens, ["x", "y"]);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_line() {
        let problems = |tweets: Vec<RawTweet>| match taken(tweets).finish(Exchange::Doccano, false) {
            Err(ReadError::Malformed { problems, .. }) => problems.items().to_vec(),
            _ => panic!("malformed"),
        };
        let good = || tweet("to Rome", &[(3, 7, Some("Rome"))]);
        for (bad, part) in [
            (tweet("to Rome", &[(3, 9, None)]), "does not fit a text of 7"),
            (tweet("to Rome", &[(2, 7, Some("Paris"))]), "said to be `Paris`"),
            (tweet("to  x", &[(2, 4, None)]), "white space"),
            (tweet("to Rome", &[(3, 7, None), (3, 7, None)]), "twice"),
            (tweet("  ", &[]), "is empty"),
        ] {
            let found = problems(vec![good(), good(), bad]);
            assert!(found.len() == 1 && found[0].line == 7 && found[0].what.contains(part), "{found:?}");
            assert_eq!(found[0].tweet, "#3");
        }
    }
}

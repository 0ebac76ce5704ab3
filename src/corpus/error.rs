//! What can be wrong with a corpus, in words.

use std::fmt::Write;
use std::io;

use serde::Serialize;
use spanlight_models::example::{Repair, SpanError, SpanStructure};

use super::Listed;

/// How many lines of what is wrong a message spells out.
pub(crate) const PRINTED: usize = 50;

/// How much of a word from a corpus a message quotes.
const QUOTED: usize = 60;

/// A malformed line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Id of the tweet it belongs to, `#n` for the n-th tweet where it has none.
    pub tweet: String,
    /// What is wrong and what was expected.
    pub what: String,
}

/// A tag that is read differently from how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairedTag {
    /// Id of the tweet.
    pub tweet: String,
    /// Line in the file, from 1, where it comes from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The tag, its token, and what it is read as.
    #[serde(flatten)]
    pub repair: Repair,
}

impl RepairedTag {
    pub(crate) fn new(tweet: &str, line: Option<usize>, repair: Repair) -> Self {
        Self { tweet: tweet.to_owned(), line, repair }
    }
}

/// A tweet that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedTweet {
    /// Id of the tweet.
    pub tweet: String,
    /// Its first line in the file, from 1, where it comes from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is wrong with it.
    pub reason: String,
}

impl SkippedTweet {
    pub(super) fn new(tweet: &str, line: usize, problems: &Listed<Problem>) -> Self {
        let mut reason = String::new();
        if let Some(first) = problems.items().first() {
            let _ = write!(reason, "line {}: {}", first.line, first.what);
        }
        if problems.total() > 1 {
            let _ = write!(reason, " (and {} more)", problems.total() - 1);
        }
        Self { tweet: tweet.to_owned(), line: Some(line), reason }
    }
}

/// Why a corpus could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read {file}: {cause}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// No known format.
    #[error(
        "{file} {guess}; spanlight reads lines `token<TAB>tag` with `IMGID:` lines and blank lines between tweets \
         (conll), one JSON object a line (jsonl), files of Label Studio, doccano, Prodigy, spaCy and CoNLL-2003, tables (csv), and \
         folders of brat and GMNER; say which with --format where the content does not tell"
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// What it looks like.
        guess: &'static str,
    },
    /// A line that no corpus of tweets has.
    #[error(
        "{file}:{line}: the line is longer than {} bytes, so this is not a corpus of tweets; \
         check that the file has line ends and is not compressed",
        super::MAX_LINE
    )]
    LineTooLong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Malformed lines, all of them.
    #[error("{}\nMend these lines, or leave out their tweets with --skip-bad.", malformed(file, problems))]
    Malformed {
        /// The file.
        file: String,
        /// The lines.
        problems: Listed<Problem>,
    },
    /// Tweets with entities that share tokens, for a place that does not hold such.
    #[error(
        "{}\nAllow it with `spanlight types spans {needed}` (with --spans {needed} where the project is made now), or leave out \
         these tweets with --skip-bad.",
        listed(&misfits(*structure, problems), file, problems)
    )]
    Structure {
        /// The file.
        file: String,
        /// What the place holds.
        structure: SpanStructure,
        /// What all of its tweets would fit.
        needed: SpanStructure,
        /// The tweets.
        problems: Listed<Problem>,
    },
    /// Nothing in it.
    #[error("{file} holds no tweet{}", left_out(*skipped))]
    NoTweet {
        /// The file.
        file: String,
        /// How many tweets were left out because they are malformed.
        skipped: usize,
    },
}

/// Why a tweet cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The spans do not fit the tweet.
    #[error(transparent)]
    Spans(#[from] SpanError),
    /// A word that would be read back differently.
    #[error(
        "the {what} `{}` cannot be written in this format (it is empty, or holds a line end or a column separator); jsonl can hold it",
        shown(text)
    )]
    Text {
        /// Token, type or id.
        what: &'static str,
        /// The word.
        text: String,
    },
    /// The bytes it was imported from are not what they were.
    #[error("its source cannot be read any more: {0}")]
    Source(String),
}

/// Text from a corpus, fit for a message: short, control characters escaped.
pub fn shown(text: &str) -> String {
    let mut end = text.char_indices().skip(QUOTED);
    match end.next() {
        Some((end, _)) => format!("{}…", text[..end].escape_debug()),
        None => text.escape_debug().to_string(),
    }
}

/// All malformed lines, a line each, as many as a person reads.
pub(super) fn malformed(file: &str, problems: &Listed<Problem>) -> String {
    let lines = if problems.total() == 1 { "line" } else { "lines" };
    listed(&format!("{} malformed {lines} in {file}:", problems.total()), file, problems)
}

fn misfits(structure: SpanStructure, problems: &Listed<Problem>) -> String {
    let tweets = tweets_have(problems.total());
    format!("{tweets} entities that share tokens, which spans = \"{structure}\" does not admit:")
}

/// The subject of a heading over so many tweets.
pub(crate) fn tweets_have(count: usize) -> String {
    if count == 1 { "1 tweet has".to_owned() } else { format!("{count} tweets have") }
}

/// A heading, and a line for each problem.
fn listed(heading: &str, file: &str, problems: &Listed<Problem>) -> String {
    let line = |Problem { line, tweet, what }: &Problem| format!("{file}:{line}: tweet {}: {what}", shown(tweet));
    format!("{heading}\n{}", problems.lines(PRINTED, line).join("\n"))
}

fn left_out(skipped: usize) -> String {
    if skipped == 0 { String::new() } else { format!(" that is well-formed ({skipped} malformed ones left out)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_capped_and_escaped() {
        let problem = |line| Problem { line, tweet: "a\u{1b}[2J".into(), what: "no tag".into() };
        let message = malformed("x.txt", &(1..=60).map(problem).collect());
        assert!(message.starts_with("60 malformed lines in x.txt:\nx.txt:1: tweet a\\u{1b}[2J: no tag\n"));
        assert!(message.contains("... and 10 more") && !message.contains('\u{1b}'));
        assert_eq!(shown(&"x".repeat(500)).chars().count(), QUOTED + 1);
    }
}

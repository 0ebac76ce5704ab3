//! Writing tweets in the format of another tool, into a file or a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use spanlight_models::example::{Example, Span, SpanStructure, check_spans};

use super::{Exchange, OtherFields};
use crate::corpus::error::SkippedTweet;
use crate::corpus::{Listed, Unwritable};

/// A tweet's text, its tokens joined by one space, and where they are in code points.
pub(super) struct Text {
    pub joined: String,
    pub starts: Vec<usize>,
    pub ends: Vec<usize>,
    bytes: Vec<(usize, usize)>,
}

impl Text {
    /// Refuses spans that do not fit; they may overlap.
    pub fn of(example: &Example) -> Result<Self, Unwritable> {
        check_spans(&example.spans, example.tokens.len(), SpanStructure::Overlapping)?;
        let mut text = Self { joined: String::new(), starts: Vec::new(), ends: Vec::new(), bytes: Vec::new() };
        let mut at = 0;
        for token in &example.tokens {
            if !text.starts.is_empty() {
                text.joined.push(' ');
                at += 1;
            }
            let start = text.joined.len();
            text.joined.push_str(token);
            text.starts.push(at);
            at += token.chars().count();
            text.ends.push(at);
            text.bytes.push((start, text.joined.len()));
        }
        Ok(text)
    }

    /// The offset of an entity's first code point.
    pub fn start(&self, span: &Span) -> usize {
        self.starts[span.start]
    }

    /// One past the offset of an entity's last code point.
    pub fn end(&self, span: &Span) -> usize {
        self.ends[span.end - 1]
    }

    /// An entity's words.
    pub fn words(&self, span: &Span) -> &str {
        &self.joined[self.bytes[span.start].0..self.bytes[span.end - 1].1]
    }
}

/// A line of JSON.
pub(super) fn line(value: &Value) -> Result<Vec<u8>, Unwritable> {
    let mut line = serde_json::to_vec(value).map_err(|error| Unwritable::Source(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Number of tweets.
    pub tweets: usize,
    /// Tweets that the format cannot hold, with the reason.
    pub left_out: Listed<SkippedTweet>,
    /// Number of tweets whose images, contexts or boxes the format cannot hold.
    pub reduced: usize,
}

/// An export to the format of another tool, a tweet at a time.
pub struct Exporter<'a> {
    format: Exchange,
    target: Target<'a>,
    written: Written,
}

enum Target<'a> {
    File(&'a mut dyn Write),
    /// A file that is written when all tweets are known.
    Whole(&'a mut dyn Write, Vec<Example>),
    Folder(PathBuf),
}

impl<'a> Exporter<'a> {
    /// Writes into a file.
    pub fn to_file(format: Exchange, out: &'a mut dyn Write) -> io::Result<Self> {
        let target = if format.form().whole(&[]).is_some() {
            Target::Whole(out, Vec::new())
        } else {
            out.write_all(format.form().marks()[0].as_bytes())?;
            Target::File(out)
        };
        Ok(Self { format, target, written: Written::default() })
    }

    /// Writes into a folder that is there and empty.
    pub fn to_folder(format: Exchange, dir: &Path, types: &[String]) -> io::Result<Self> {
        for folder in format.form().folders() {
            fs::create_dir(dir.join(folder))?;
        }
        if let Some((name, text)) = format.form().types_file(types) {
            fs::write(dir.join(name), text)?;
        }
        Ok(Self { format, target: Target::Folder(dir.to_owned()), written: Written::default() })
    }

    /// Writes a tweet; one that the format cannot hold is left out and listed.
    pub fn tweet(&mut self, example: &Example, other: Option<&OtherFields>) -> io::Result<()> {
        let form = self.format.form();
        let result = match &mut self.target {
            Target::File(out) => match form.render(example, other) {
                Ok(bytes) => {
                    if self.written.tweets > 0 {
                        out.write_all(form.marks()[1].as_bytes())?;
                    }
                    out.write_all(&bytes)?;
                    Ok(())
                }
                Err(cause) => Err(cause),
            },
            Target::Whole(_, examples) => form.render(example, other).map(|_| examples.push(example.clone())),
            Target::Folder(dir) => match form.files(example) {
                Ok(files) => append(dir, files)?,
                Err(cause) => Err(cause),
            },
        };
        match result {
            Ok(()) => {
                self.written.tweets += 1;
                self.written.reduced += usize::from(form.reduces(example));
            }
            Err(cause) => {
                let (tweet, reason) = (example.id.clone(), cause.to_string());
                self.written.left_out.push(SkippedTweet { tweet, line: None, reason });
            }
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<Written> {
        let form = self.format.form();
        match &mut self.target {
            Target::File(out) => {
                out.write_all(form.marks()[2].as_bytes())?;
                out.flush()?;
            }
            Target::Whole(out, examples) => {
                if let Some(bytes) = form.whole(examples) {
                    out.write_all(&bytes?)?;
                }
                out.flush()?;
            }
            Target::Folder(_) => {}
        }
        Ok(self.written)
    }
}

/// Writes the files of one tweet; one of its own that is there is that of another tweet with the same id.
fn append(dir: &Path, files: Vec<(String, Vec<u8>)>) -> io::Result<Result<(), Unwritable>> {
    let shared = |name: &str| name == super::gmner::TEXT;
    if let Some((name, _)) = files.iter().find(|(name, _)| !shared(name) && dir.join(name).exists()) {
        return Ok(Err(Unwritable::Source(format!("{name} is there already, from another tweet of the same id"))));
    }
    for (name, bytes) in files {
        let path = dir.join(&name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file: File = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(&bytes)?;
    }
    Ok(Ok(()))
}

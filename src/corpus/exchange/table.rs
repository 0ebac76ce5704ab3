//! A table with a row for each token: columns for the tweet, the token and its tag, which the first row names.
//!
//! The tweet's column may be empty in the rows after its first, as in tables made by hand.

use std::io::{self, BufRead, BufReader, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use spanlight_models::example::{Example, SpanStructure};

use super::conll2003::{Sentence, has_more_than_text, tags};
use super::raw::Taken;
use super::{Form, OtherFields};
use crate::corpus::{ReadError, Unwritable};

/// The form of tables.
pub(super) struct Csv;

/// Names of the columns for tweet, token and tag, in lower case; the first of each is written.
const NAMES: [&[&str]; 3] = [
    &["tweet", "id", "tweet_id", "sentence #", "sentence", "sentence_id", "doc_id"],
    &["token", "word", "words", "tokens"],
    &["tag", "label", "labels", "ner", "ner_tag", "entity", "tags"],
];

impl Form for Csv {
    fn recognises(&self, head: &[u8]) -> bool {
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        delimiter(line).is_some_and(|delimiter| {
            let header = Rows::new(line, delimiter).next();
            header.is_ok_and(|header| header.is_some_and(|(_, header)| places(&header).is_some()))
        })
    }

    fn read(&self, name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        let failed = |cause| ReadError::Io { file: name.to_owned(), cause };
        let mut file = BufReader::new(file);
        let begun = file.fill_buf().map_err(failed)?;
        let line = begun.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = delimiter(line).unwrap_or(b',');
        let mut rows = Rows::new(file, delimiter);
        let header = rows.next().map_err(failed)?.map(|(_, header)| header).unwrap_or_default();
        let Some(places) = places(&header) else {
            taken.fault(1, "", "the first row must name the columns tweet, token and tag".to_owned());
            return Ok(());
        };
        let mut sentence = Sentence::default();
        while let Some((number, row)) = rows.next().map_err(failed)? {
            take(&row, number, places, &mut sentence, taken);
        }
        sentence.hand_over(taken);
        Ok(())
    }

    fn marks(&self) -> [&'static str; 3] {
        ["tweet,token,tag\n", "", ""]
    }

    fn render(&self, example: &Example, _other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        if example.id.is_empty() {
            return Err(Unwritable::Text { what: "id", text: String::new() });
        }
        let mut out = String::new();
        for (token, tag) in example.tokens.iter().zip(tags(example)?) {
            if token.is_empty() {
                return Err(Unwritable::Text { what: "token", text: token.clone() });
            }
            out.push_str(&[&example.id, token, &tag].map(|cell| quoted(cell)).join(","));
            out.push('\n');
        }
        Ok(out.into_bytes())
    }

    fn holds(&self) -> SpanStructure {
        SpanStructure::Flat
    }

    fn reduces(&self, example: &Example) -> bool {
        has_more_than_text(example)
    }
}

fn take(row: &[Vec<u8>], number: usize, [tweet, token, tag]: [usize; 3], sentence: &mut Sentence, taken: &mut Taken) {
    let field = |place: usize| std::str::from_utf8(row.get(place).map_or(&[], Vec::as_slice));
    let (Ok(id), Ok(token), Ok(tag)) = (field(tweet), field(token), field(tag)) else {
        sentence.fault(number, "not UTF-8; convert the file to UTF-8".to_owned());
        return;
    };
    if !id.is_empty() && id != sentence.id {
        std::mem::take(sentence).hand_over(taken);
        id.clone_into(&mut sentence.id);
    }
    if token.is_empty() {
        sentence.fault(number, "a row without a token".to_owned());
    } else {
        sentence.token(number, token, tag);
    }
}

/// The rows of a table, one after the other, with their lines.
struct Rows<R> {
    file: R,
    reader: Reader,
}

impl<R: BufRead> Rows<R> {
    fn new(file: R, delimiter: u8) -> Self {
        Self { file, reader: ReaderBuilder::new().delimiter(delimiter).build() }
    }

    fn next(&mut self) -> io::Result<Option<(usize, Vec<Vec<u8>>)>> {
        let line = usize::try_from(self.reader.line()).unwrap_or(usize::MAX);
        let (mut text, mut ends) = (vec![0; 256], vec![0; 8]);
        let (mut written, mut ended) = (0, 0);
        loop {
            // Nothing more is how the reader learns of the end.
            let input = self.file.fill_buf()?;
            let (result, read, wrote, fields) =
                self.reader.read_record(input, &mut text[written..], &mut ends[ended..]);
            self.file.consume(read);
            written += wrote;
            ended += fields;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => text.resize(2 * text.len(), 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => {
                    let starts = std::iter::once(0).chain(ends.iter().copied());
                    let cells = starts.zip(&ends).take(ended).map(|(start, end)| text[start..*end].to_vec());
                    return Ok(Some((line, cells.collect())));
                }
            }
        }
    }
}

/// A cell, in quotes where it must be.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

/// What parts the columns of the first row.
fn delimiter(line: &[u8]) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|delimiter| memchr::memchr_iter(*delimiter, line).count() >= 2)
}

/// Places of tweet, token and tag.
fn places(header: &[Vec<u8>]) -> Option<[usize; 3]> {
    let place = |names: &[&str]| {
        let named = |column: &Vec<u8>| {
            let column = String::from_utf8_lossy(column);
            let column = column.trim_start_matches('\u{feff}').trim().to_lowercase();
            names.contains(&column.as_str())
        };
        header.iter().position(named)
    };
    Some([place(NAMES[0])?, place(NAMES[1])?, place(NAMES[2])?])
}

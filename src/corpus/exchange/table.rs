//! A table with a row for each token: columns for the tweet, the token and its tag, which the first row names.
//!
//! The tweet's column may be empty in the rows after its first, as in tables made by hand.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use spanlight_models::example::Example;

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
        let Some(delimiter) = delimiter(line) else { return false };
        let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(line);
        reader.headers().is_ok_and(|header| places(header).is_some())
    }

    fn read(&self, name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        let failed = |cause| ReadError::Io { file: name.to_owned(), cause };
        let mut start = [0; 4096];
        let mut read = 0;
        while read < start.len() && !start[..read].contains(&b'\n') {
            match file.read(&mut start[read..]).map_err(failed)? {
                0 => break,
                more => read += more,
            }
        }
        let line = start[..read].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = delimiter(line).unwrap_or(b',');
        let whole = (&start[..read]).chain(file);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(whole);
        let header = reader.headers().map(StringRecord::clone).unwrap_or_default();
        let Some(places) = places(&header) else {
            let what = "the first row must name the columns tweet, token and tag".to_owned();
            taken.fault(1, "", what);
            return Ok(());
        };
        rows(&mut reader, places, name, taken)
    }

    fn marks(&self) -> [&'static str; 3] {
        ["tweet,token,tag\n", "", ""]
    }

    fn render(&self, example: &Example, _other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let failed = |error: &dyn std::fmt::Display| Unwritable::Source(error.to_string());
        for (token, tag) in example.tokens.iter().zip(tags(example)?) {
            writer.write_record([&example.id, token, &tag]).map_err(|error| failed(&error))?;
        }
        writer.into_inner().map_err(|error| failed(&error))
    }

    fn reduces(&self, example: &Example) -> bool {
        has_more_than_text(example)
    }
}

fn rows<R: Read>(
    reader: &mut csv::Reader<R>,
    [tweet, token, tag]: [usize; 3],
    name: &str,
    taken: &mut Taken,
) -> Result<(), ReadError> {
    let mut sentence = Sentence::default();
    let mut row = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let cause = std::io::Error::other(error.to_string());
                return Err(ReadError::Io { file: name.to_owned(), cause });
            }
        }
        let number = row.position().map_or(0, |position| position.line() as usize);
        let Ok(text) = StringRecord::from_byte_record(row.clone()) else {
            sentence.fault(number, "not UTF-8; convert the file to UTF-8".to_owned());
            continue;
        };
        let field = |place: usize| text.get(place).unwrap_or_default();
        let id = field(tweet);
        if !id.is_empty() && id != sentence.id {
            std::mem::take(&mut sentence).hand_over(taken);
            sentence.id = id.to_owned();
        }
        if field(token).is_empty() {
            sentence.fault(number, "a row without a token".to_owned());
        } else {
            sentence.token(number, field(token), field(tag));
        }
    }
    sentence.hand_over(taken);
    Ok(())
}

/// What parts the columns of the first row.
fn delimiter(line: &[u8]) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|delimiter| line.iter().filter(|byte| *byte == delimiter).count() >= 2)
}

/// Places of tweet, token and tag.
fn places(header: &StringRecord) -> Option<[usize; 3]> {
    let place = |names: &[&str]| {
        let named = |column: &str| {
            let column = column.trim_start_matches('\u{feff}').trim().to_lowercase();
            names.contains(&column.as_str())
        };
        header.iter().position(named)
    };
    Some([place(NAMES[0])?, place(NAMES[1])?, place(NAMES[2])?])
}

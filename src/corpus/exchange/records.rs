//! JSON objects from a file, one after the other: a line each, or the elements of an array. The file is never in memory as
//! a whole.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::raw::Taken;
use crate::corpus::error::{ReadError, shown};
use crate::corpus::format::BOM;

/// The longest line that is read; tools may put a picture into it.
const LONGEST: u64 = 1 << 26;

/// Hands over every object with its line; what is no object is noted as a fault.
pub(super) fn each_object(
    file: &mut dyn Read,
    taken: &mut Taken,
    mut take: impl FnMut(&mut Taken, usize, Map<String, Value>),
) -> Result<(), ReadError> {
    let failed = |taken: &Taken, cause| ReadError::Io { file: taken.name().to_owned(), cause };
    let mut file = BufReader::new(file);
    let begun = file.fill_buf().map_err(|cause| failed(taken, cause))?;
    if begun.starts_with(BOM) {
        file.consume(BOM.len());
    }
    let begun = file.fill_buf().map_err(|cause| failed(taken, cause))?;
    if begun.trim_ascii_start().first() == Some(&b'[') {
        return each_element(file, taken, take);
    }
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = (&mut file).take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|cause| failed(taken, cause))? == 0 {
            break;
        }
        if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
            taken.fault(number, "", format!("the line is longer than {LONGEST} bytes; is this one object a line?"));
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Map<String, Value>>(&line) {
            Ok(object) => take(taken, number, object),
            Err(error) => {
                let what = error.to_string();
                let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
                let column = error.column();
                taken.fault(number, "", format!("{} (column {column}); expected one JSON object a line", shown(what)));
            }
        }
    }
    Ok(())
}

/// The elements of an array.
fn each_element(
    file: impl Read,
    taken: &mut Taken,
    take: impl FnMut(&mut Taken, usize, Map<String, Value>),
) -> Result<(), ReadError> {
    let line = Rc::new(Cell::new(1));
    let lines = Lines { file, line: Rc::clone(&line) };
    let mut json = serde_json::Deserializer::from_reader(lines);
    let result = Elements { taken, line, take }.deserialize(&mut json);
    result.and_then(|()| json.end()).or_else(|error| {
        if let Some(kind) = error.io_error_kind() {
            return Err(ReadError::Io { file: taken.name().to_owned(), cause: io::Error::from(kind) });
        }
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        taken.fault(error.line(), "", format!("{} (column {}); the array ends here", shown(what), error.column()));
        Ok(())
    })
}

/// Counts lines as they are read.
struct Lines<R> {
    file: R,
    line: Rc<Cell<usize>>,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.line.set(self.line.get() + memchr::memchr_iter(b'\n', &buffer[..read]).count());
        Ok(read)
    }
}

struct Elements<'a, F> {
    taken: &'a mut Taken,
    line: Rc<Cell<usize>>,
    take: F,
}

impl<'de, F: FnMut(&mut Taken, usize, Map<String, Value>)> DeserializeSeed<'de> for Elements<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&mut Taken, usize, Map<String, Value>)> Visitor<'de> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(value) = elements.next_element::<Value>()? {
            // The reader is one byte ahead at most, so this is the line in which the element ends.
            let line = self.line.get();
            match value {
                Value::Object(object) => (self.take)(self.taken, line, object),
                other => self.taken.fault(line, "", format!("expected an object, found {}", shown(&other.to_string()))),
            }
        }
        Ok(())
    }
}

/// The first object of a file's beginning, as far as it goes: names and values of its members, an array opened first.
pub(super) struct Head(Vec<(String, String)>);

impl Head {
    /// `None` for what does not begin like JSON objects.
    pub fn of(head: &[u8]) -> Option<Self> {
        // The head may end within a character.
        let text = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        };
        let object = text.trim_ascii_start();
        let object = object.strip_prefix('[').unwrap_or(object).trim_ascii_start();
        if !object.starts_with('{') {
            return None;
        }
        let mut members = crate::corpus::json_text::Members { values: Vec::new(), end: 0 };
        // What is cut off is not looked at.
        let _ = members.read(object);
        let values = members.values.into_iter().map(|(name, range)| (name, object[range].to_owned()));
        Some(Self(values.collect()))
    }

    /// Whether the object has this member.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of a member, as it stands.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is a tweet in spanlight's own form.
    pub fn is_own(&self) -> bool {
        self.has("id") && self.value("tokens").is_some_and(|tokens| tokens[1..].trim_ascii_start().starts_with('"'))
    }
}

/// A text or number as text, as ids are.
pub(super) fn text_of_id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An id as tools write them: a number where it looks like one.
pub(super) fn id_value(id: &str) -> Value {
    match id.parse::<u64>() {
        Ok(number) if number.to_string() == id => number.into(),
        _ => id.into(),
    }
}

/// A whole number that may be written as text, as some exports do.
pub(super) fn offset(value: Option<&Value>) -> Option<usize> {
    match value? {
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

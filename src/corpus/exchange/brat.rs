//! brat's standoff: a folder with `ID.txt` and `ID.ann`; an entity is `T1<TAB>TYPE START END<TAB>WORDS`. Offsets count code
//! points.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use spanlight_models::example::Example;

use super::Form;
use super::raw::{RawSpan, RawTweet, Taken};
use super::write::Text;
use crate::corpus::error::shown;
use crate::corpus::{ReadError, Unwritable};

/// brat's form.
pub(super) struct Brat;

impl Form for Brat {
    fn is_folder(&self) -> bool {
        true
    }

    fn recognises_folder(&self, dir: &Path) -> bool {
        fs::read_dir(dir).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.path().extension().is_some_and(|ending| ending == "ann"))
        })
    }

    fn read_folder(&self, dir: &Path, taken: &mut Taken) -> Result<(), ReadError> {
        for path in texts(dir)? {
            let ann = path.with_extension("ann");
            let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let text = match read_text(&path) {
                Ok(text) => text,
                Err(Fault::Io(cause)) => return Err(cause),
                Err(Fault::What(what)) => {
                    taken.fault(1, &id, format!("{}: {what}", path.display()));
                    continue;
                }
            };
            // A text that nobody has opened has no annotations.
            let standoff = if ann.exists() { read_text(&ann) } else { Ok(String::new()) };
            let standoff = match standoff {
                Ok(standoff) => standoff,
                Err(Fault::Io(cause)) => return Err(cause),
                Err(Fault::What(what)) => {
                    taken.fault(1, &id, format!("{}: {what}", ann.display()));
                    continue;
                }
            };
            take(&id, text, &standoff, &ann, taken);
        }
        Ok(())
    }

    fn files(&self, example: &Example) -> Result<Vec<(String, Vec<u8>)>, Unwritable> {
        let id = file_name(&example.id)?;
        let text = Text::of(example)?;
        let mut standoff = String::new();
        for (place, span) in example.spans.iter().enumerate() {
            if !plain(&span.label) {
                return Err(Unwritable::Text { what: "type", text: span.label.clone() });
            }
            let (start, end) = (text.start(span), text.end(span));
            let words = text.words(span);
            let _ = writeln!(standoff, "T{}\t{} {start} {end}\t{words}", place + 1, span.label);
        }
        Ok(vec![(format!("{id}.txt"), text.joined.into_bytes()), (format!("{id}.ann"), standoff.into_bytes())])
    }

    fn types_file(&self, types: &[String]) -> Option<(&'static str, String)> {
        let types = types.join("\n");
        Some(("annotation.conf", format!("[entities]\n{types}\n\n[relations]\n\n[events]\n\n[attributes]\n")))
    }

    fn reduces(&self, example: &Example) -> bool {
        super::conll2003::has_more_than_text(example)
    }
}

fn take(id: &str, text: String, standoff: &str, ann: &Path, taken: &mut Taken) {
    let mut tweet = RawTweet { line: 1, id: id.to_owned(), text, ..RawTweet::default() };
    let mut faults = Vec::new();
    for (number, line) in standoff.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if !line.starts_with('T') {
            taken.conversion.leave("lines of brat that are no entities (relations, events, attributes, notes)");
            continue;
        }
        match entity(line, &tweet.text) {
            Ok(span) => tweet.spans.push(span),
            Err(what) => faults.push((number + 1, format!("{}: {what}", ann.display()))),
        }
    }
    if faults.is_empty() { taken.raw(tweet) } else { taken.faults(1, id, faults) }
}

/// `T1<TAB>TYPE START END[;START END ...]<TAB>WORDS`.
fn entity(line: &str, text: &str) -> Result<RawSpan, String> {
    let malformed =
        || format!("`{}` is no entity; expected T1, a tab, TYPE START END, a tab and the words", shown(line));
    let mut columns = line.splitn(3, '\t');
    let (_, place, words) = (columns.next(), columns.next().ok_or_else(malformed)?, columns.next());
    let (label, offsets) = place.split_once(' ').ok_or_else(malformed)?;
    let mut parts = Vec::new();
    for part in offsets.split(';') {
        let numbers = part.split_once(' ').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        parts.push(numbers.ok_or_else(malformed)?);
    }
    let (Some(&(start, _)), Some(&(_, end))) = (parts.first(), parts.last()) else { return Err(malformed()) };
    // brat parts an entity at the end of a line; anything else between the parts is left out on purpose.
    let between = |pair: &[(usize, usize)]| {
        let between: Vec<char> = text.chars().skip(pair[0].1).take(pair[1].0.saturating_sub(pair[0].1)).collect();
        between.iter().all(|c| c.is_whitespace())
    };
    if !parts.windows(2).all(between) {
        return Err(format!("`{}` has words left out within it, which no entity here can", shown(line)));
    }
    Ok(RawSpan { start, end, label: label.to_owned(), said: words.map(str::to_owned) })
}

/// The texts of a folder, in order of their names, numbers by their value.
fn texts(dir: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let failed = |cause| ReadError::Io { file: dir.display().to_string(), cause };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "txt") && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort_by_cached_key(|path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        (stem.parse::<u64>().unwrap_or(u64::MAX), stem)
    });
    Ok(paths)
}

enum Fault {
    Io(ReadError),
    What(String),
}

fn read_text(path: &Path) -> Result<String, Fault> {
    let bytes = fs::read(path).map_err(|cause| Fault::Io(ReadError::Io { file: path.display().to_string(), cause }))?;
    // Offsets begin after the mark.
    let bytes = bytes.strip_prefix(crate::corpus::format::BOM).map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| {
        Fault::What(format!("not UTF-8 (byte {}); convert the file to UTF-8", error.utf8_error().valid_up_to() + 1))
    })
}

/// An id that can be the name of a file everywhere.
pub(super) fn file_name(id: &str) -> Result<&str, Unwritable> {
    let bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    if id.is_empty() || id.starts_with('.') || id.contains(bad) || id.len() > 200 {
        return Err(Unwritable::Text { what: "id", text: id.to_owned() });
    }
    Ok(id)
}

fn plain(label: &str) -> bool {
    !label.is_empty() && !label.contains(char::is_whitespace)
}

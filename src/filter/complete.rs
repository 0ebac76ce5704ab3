//! What can be written next.

use super::parse::{FIELDS, Vocabulary};
use super::test::ImageFact;
use crate::project::{Role, State};

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The term with it, or its field.
    pub insert: String,
    /// What it means.
    pub help: String,
    /// Whether the term is whole with it.
    pub whole: bool,
}

/// What can stand at a place of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the term begins that is being written, in bytes; a sign that negates it comes before.
    pub start: usize,
    /// What can stand there.
    pub offers: Vec<Offer>,
}

impl Completion {
    /// The line with an offer taken, and where the cursor is then, in bytes.
    pub fn take(&self, text: &str, cursor: usize, offer: &Offer) -> (String, usize) {
        let end = cursor + text[cursor..].find(char::is_whitespace).unwrap_or(text.len() - cursor);
        let space = if offer.whole { " " } else { "" };
        let head = format!("{}{}{space}", &text[..self.start], offer.insert);
        let tail = if offer.whole { text[end..].trim_start() } else { &text[end..] };
        (format!("{head}{tail}"), head.len())
    }
}

/// What can stand at the byte `cursor` of a line.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary) -> Completion {
    let before = &text[..cursor];
    let word =
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let start = word + usize::from(before[word..].starts_with('-'));
    let written = &before[start..];
    // Within quotes and slashes there is nothing to offer.
    if before.matches('"').count() % 2 == 1 || written.starts_with('/') {
        return Completion { start, offers: Vec::new() };
    }
    let offers = match written.split_once(':') {
        None => fields(written),
        Some((field, value)) => values(field, value, vocabulary),
    };
    Completion { start, offers }
}

fn fields(written: &str) -> Vec<Offer> {
    let fitting = FIELDS.iter().filter(|field| field.name.starts_with(written));
    let offer = |name: &str, help: &str| Offer { insert: format!("{name}:"), help: help.to_owned(), whole: false };
    fitting.map(|field| offer(field.name, field.help)).collect()
}

/// The values of a field that has a few names for values.
fn values(field: &str, value: &str, vocabulary: &Vocabulary) -> Vec<Offer> {
    // Only the last alternative is being written.
    let (kept, last) = value.rfind(',').map_or(("", value), |at| value.split_at(at + 1));
    let known: Vec<String> = match field {
        "state" => State::ALL.map(|state| state.name().to_owned()).to_vec(),
        "role" => Role::ALL.map(|role| role.name().to_owned()).to_vec(),
        "image" => ImageFact::ALL.map(|fact| fact.name().to_owned()).to_vec(),
        "type" if kept.is_empty() => vocabulary.types.iter().cloned().chain(["any".to_owned()]).collect(),
        "type" => vocabulary.types.clone(),
        "label" => vocabulary.types.iter().map(|name| format!("{name}=")).collect(),
        "by" => vocabulary.people.clone(),
        "note" => vec!["yes".to_owned()],
        "since" => ["today", "7d", "12h"].map(str::to_owned).to_vec(),
        "len" => [">20", "<8", "5..12"].map(str::to_owned).to_vec(),
        "conf" | "entity" | "margin" => ["<0.5", ">0.9"].map(str::to_owned).to_vec(),
        "suggested" => vec![">0".to_owned()],
        "labels" => vec!["0".to_owned()],
        _ => Vec::new(),
    };
    let taken: Vec<&str> = kept.split(',').collect();
    let fits = |name: &&String| {
        !taken.contains(&name.as_str()) && name.to_lowercase().starts_with(&last.to_lowercase()) && !name.contains(' ')
    };
    let offer = |name: &String| Offer {
        insert: format!("{field}:{kept}{name}"),
        help: String::new(),
        whole: !name.ends_with('='),
    };
    known.iter().filter(fits).map(offer).collect()
}

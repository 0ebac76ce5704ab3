//! Reads the line.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::test::{ImageFact, Number, Numbers, Pattern, Since, Test};
use super::{FilterError, Term};
use crate::project::{Role, State};

/// The names that a project has, for values and for completions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Entity types.
    pub types: Vec<String>,
    /// Annotators.
    pub people: Vec<String>,
}

/// Something that can be asked by `name:value`.
pub(super) struct Field {
    pub name: &'static str,
    pub help: &'static str,
    read: fn(&Value<'_>, &Vocabulary) -> Result<Test, String>,
}

/// All fields, those that are used most first.
pub(super) const FIELDS: &[Field] = &[
    Field { name: "state", help: "new, seen, in-progress, done, skipped, flagged", read: state },
    Field { name: "type", help: "has a label of a type; `any`: has some label", read: types },
    Field { name: "label", help: "words of a label: label:york, label:PER=\"new york\"", read: label },
    Field { name: "image", help: "yes, no, or missing: named, but without a file", read: image },
    Field { name: "len", help: "tokens: len:>20, len:5..12", read: |value, _| number(Number::Length, value) },
    Field {
        name: "conf",
        help: "how sure the model is: conf:<0.6",
        read: |value, _| number(Number::Confidence, value),
    },
    Field {
        name: "suggested",
        help: "suggestions beyond the labels: suggested:>0",
        read: |value, _| number(Number::Suggestions, value),
    },
    Field { name: "by", help: "who edited it", read: by },
    Field { name: "since", help: "edited since: 2026-11-01, today, 7d, 12h, v3 (of the model)", read: since },
    Field { name: "note", help: "yes, or words of the note", read: note },
    Field { name: "labels", help: "number of labels: labels:0", read: |value, _| number(Number::Labels, value) },
    Field {
        name: "entity",
        help: "its least sure entity: entity:<0.5",
        read: |value, _| number(Number::Entity, value),
    },
    Field { name: "entropy", help: "nats per token: entropy:>0.2", read: |value, _| number(Number::Entropy, value) },
    Field { name: "margin", help: "its closest call: margin:<0.3", read: |value, _| number(Number::Margin, value) },
    Field {
        name: "models",
        help: "how far two models differ: models:>0.5",
        read: |value, _| number(Number::Models, value),
    },
    Field {
        name: "against",
        help: "how far the model contradicts the labels: against:>0.5",
        read: |value, _| number(Number::Contradiction, value),
    },
    Field { name: "id", help: "its id holds this", read: |value, _| Ok(Test::Id(value.pattern()?)) },
    Field { name: "role", help: "label, replay, held-out; the queue has label only", read: role },
];

/// What stands behind the colon.
struct Value<'a> {
    raw: &'a str,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
    Regex { any_case: bool },
}

impl Value<'_> {
    fn pattern(&self) -> Result<Pattern, String> {
        match self.form {
            Form::Plain | Form::Quoted => Pattern::words(self.raw),
            Form::Regex { any_case } => Pattern::regex(self.raw, any_case),
        }
        .map_err(|error| said(&error))
    }

    /// Alternatives, with commas between them.
    fn alternatives(&self) -> Vec<&str> {
        if self.form == Form::Plain {
            self.raw.split(',').filter(|one| !one.is_empty()).collect()
        } else {
            vec![self.raw]
        }
    }
}

/// The last line of what the regular expression's reader says, which holds the reason.
fn said(error: &regex::Error) -> String {
    let told = error.to_string();
    let reason = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    format!("this regular expression cannot be read: {reason}")
}

/// The terms of a line.
pub(super) fn terms(text: &str, vocabulary: &Vocabulary) -> Result<Vec<Term>, FilterError> {
    let mut reader = Reader { text, at: 0 };
    let mut terms = Vec::new();
    while let Some(term) = reader.term(vocabulary)? {
        terms.push(term);
    }
    Ok(terms)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, place: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError { message: message.into(), place: place.start.min(self.text.len())..place.end.min(self.text.len()) }
    }

    fn term(&mut self, vocabulary: &Vocabulary) -> Result<Option<Term>, FilterError> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let start = self.at;
        if self.rest().is_empty() {
            return Ok(None);
        }
        let negated = self.rest().starts_with('-') && self.rest()[1..].starts_with(|c: char| !c.is_whitespace());
        self.at += usize::from(negated);
        let field = self.field(start)?;
        let value_start = self.at;
        let value = self.value()?;
        let place = start..self.at;
        let test = match field {
            Some(field) if value.raw.is_empty() => {
                let message = format!("`{}:` wants a value: {}", field.name, field.help);
                return Err(self.error(value_start..self.at, message));
            }
            Some(field) => (field.read)(&value, vocabulary),
            None if value.raw.is_empty() => Err("there is nothing between the quotes or slashes".into()),
            None => value.pattern().map(Test::Text),
        };
        let test = test.map_err(|message| self.error(value_start..self.at, message))?;
        Ok(Some(Term { negated, test, place }))
    }

    /// The field before a colon, if there is one.
    fn field(&mut self, start: usize) -> Result<Option<&'static Field>, FilterError> {
        let name_end = self.rest().find(|c: char| !c.is_ascii_lowercase()).unwrap_or(self.rest().len());
        let (name, behind) = self.rest().split_at(name_end);
        // Links have a colon too.
        if name.is_empty() || !behind.starts_with(':') || behind.starts_with("://") {
            return Ok(None);
        }
        let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
            let near = FIELDS.iter().map(|field| field.name).filter(|known| distance(known, name) <= 2);
            let meant = near.min_by_key(|known| distance(known, name)).map(|known| format!("; is `{known}` meant?"));
            let meant = meant.unwrap_or_else(|| {
                format!("; there are {}", FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(", "))
            });
            let message = format!("there is no field `{name}`{meant} (text with a colon goes in quotes)");
            return Err(self.error(start..self.at + name_end, message));
        };
        self.at += name_end + 1;
        Ok(Some(field))
    }

    /// Quoted, between slashes, or up to the next space; `NAME=` may stand before.
    fn value(&mut self) -> Result<Value<'a>, FilterError> {
        let start = self.at;
        match self.rest().chars().next() {
            Some('"') => self.enclosed('"', Form::Quoted),
            Some('/') => self.enclosed('/', Form::Regex { any_case: false }),
            _ => {
                let end = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
                // A quoted part may hold spaces: label:PER="new york".
                let quoted = self.rest()[..end].find("=\"").map(|at| (at, '"'));
                let opened = quoted.or_else(|| self.rest()[..end].find("=/").map(|at| (at, '/')));
                if let Some((at, mark)) = opened {
                    let body = &self.rest()[at + 2..];
                    let close = body.find(mark).ok_or_else(|| {
                        self.error(start + at + 1..self.text.len(), format!("a closing {mark} is missing"))
                    })?;
                    self.at += at + 2 + close + 1;
                } else {
                    self.at += end;
                }
                Ok(Value { raw: &self.text[start..self.at], form: Form::Plain })
            }
        }
    }

    fn enclosed(&mut self, mark: char, form: Form) -> Result<Value<'a>, FilterError> {
        let start = self.at + 1;
        let mut escaped = false;
        let close = self.text[start..].char_indices().find(|(_, c)| {
            let closes = *c == mark && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        let Some((length, _)) = close else {
            return Err(self.error(self.at..self.text.len(), format!("a closing {mark} is missing")));
        };
        let raw = &self.text[start..start + length];
        self.at = start + length + 1;
        let any_case = matches!(form, Form::Regex { .. }) && self.rest().starts_with('i');
        self.at += usize::from(any_case);
        let form = if any_case { Form::Regex { any_case } } else { form };
        if self.rest().starts_with(|c: char| !c.is_whitespace()) {
            let end = self.at + self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
            return Err(self.error(self.at..end, format!("a space is missing behind the closing {mark}")));
        }
        Ok(Value { raw, form })
    }
}

/// Number of letters that differ, roughly: a cheap edit distance for short names.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = replaced.min(before + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Reads names, which must be among some.
fn named<T: Copy>(
    value: &Value<'_>,
    what: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, String> {
    let one = |written: &str| {
        all.iter().copied().find(|known| name(*known) == written).ok_or_else(|| {
            let known = all.iter().map(|known| name(*known)).collect::<Vec<_>>().join(", ");
            format!("there is no {what} `{written}`; there are {known}")
        })
    };
    value.alternatives().into_iter().map(one).collect()
}

fn state(value: &Value<'_>, _: &Vocabulary) -> Result<Test, String> {
    named(value, "state", &State::ALL, State::name).map(Test::State)
}

fn role(value: &Value<'_>, _: &Vocabulary) -> Result<Test, String> {
    named(value, "role", &Role::ALL, Role::name).map(Test::Role)
}

fn image(value: &Value<'_>, _: &Vocabulary) -> Result<Test, String> {
    named(value, "kind of image", &ImageFact::ALL, ImageFact::name).map(Test::Image)
}

/// The type of this name, whatever the case.
fn type_called(written: &str, vocabulary: &Vocabulary) -> Result<String, String> {
    let exact = vocabulary.types.iter().find(|known| *known == written);
    let found = exact.or_else(|| vocabulary.types.iter().find(|known| known.to_lowercase() == written.to_lowercase()));
    found.cloned().ok_or_else(|| {
        let known = if vocabulary.types.is_empty() { "none".to_owned() } else { vocabulary.types.join(", ") };
        format!("there is no type `{written}`; there are {known}")
    })
}

fn types(value: &Value<'_>, vocabulary: &Vocabulary) -> Result<Test, String> {
    if value.raw == "any" {
        return Ok(Test::Type(Vec::new()));
    }
    value.alternatives().into_iter().map(|name| type_called(name, vocabulary)).collect::<Result<_, _>>().map(Test::Type)
}

fn label(value: &Value<'_>, vocabulary: &Vocabulary) -> Result<Test, String> {
    let split = (value.form == Form::Plain).then(|| value.raw.split_once('=')).flatten();
    let Some((name, words)) = split.filter(|(name, _)| !name.is_empty()) else {
        return Ok(Test::Label(None, value.pattern()?));
    };
    let name = type_called(name, vocabulary)?;
    let between = |mark: char| words.strip_prefix(mark).and_then(|words| words.strip_suffix(mark));
    let words = if let Some(raw) = between('"') {
        Value { raw, form: Form::Quoted }
    } else if let Some(raw) = between('/') {
        Value { raw, form: Form::Regex { any_case: false } }
    } else {
        Value { raw: words, form: Form::Plain }
    };
    if words.raw.is_empty() {
        return Err(format!("`label:{name}=` wants words; `type:{name}` asks for any label of the type"));
    }
    Ok(Test::Label(Some(name), words.pattern()?))
}

fn by(value: &Value<'_>, vocabulary: &Vocabulary) -> Result<Test, String> {
    let names: Vec<String> = value.alternatives().into_iter().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(format!("a name is missing; there are {}", vocabulary.people.join(", ")));
    }
    Ok(Test::By(names))
}

fn note(value: &Value<'_>, _: &Vocabulary) -> Result<Test, String> {
    if value.raw == "yes" { Ok(Test::Note(None)) } else { Ok(Test::Note(Some(value.pattern()?))) }
}

fn number(number: Number, value: &Value<'_>) -> Result<Test, String> {
    Ok(Test::Number(number, numbers(value.raw)?))
}

/// `>3`, `>=3`, `<3`, `<=3`, `3`, `3..5`.
fn numbers(written: &str) -> Result<Numbers, String> {
    let wrong = || format!("`{written}` is no number; write 7, >7, >=7, <7, <=7 or 5..12");
    let parse = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(wrong);
    let all = Numbers { least: f64::NEG_INFINITY, with_least: true, most: f64::INFINITY, with_most: true };
    if let Some((least, most)) = written.split_once("..") {
        let (least, most) = (parse(least)?, parse(most)?);
        if least > most {
            return Err(format!("nothing lies from {least} to {most}; the smaller number comes first"));
        }
        return Ok(Numbers { least, most, ..all });
    }
    if let Some(number) = written.strip_prefix(">=") {
        Ok(Numbers { least: parse(number)?, ..all })
    } else if let Some(number) = written.strip_prefix("<=") {
        Ok(Numbers { most: parse(number)?, ..all })
    } else if let Some(number) = written.strip_prefix('>') {
        Ok(Numbers { least: parse(number)?, with_least: false, ..all })
    } else if let Some(number) = written.strip_prefix('<') {
        Ok(Numbers { most: parse(number)?, with_most: false, ..all })
    } else {
        let number = parse(written)?;
        Ok(Numbers { least: number, most: number, ..all })
    }
}

fn since(value: &Value<'_>, _: &Vocabulary) -> Result<Test, String> {
    let written = value.raw;
    let wrong =
        || format!("`{written}` is no time; write 2026-11-01, 2026-11-01T14:00, today, 7d, 12h, or v3 for a model");
    if let Some(version) = written.strip_prefix('v').and_then(|version| version.parse().ok()) {
        return Ok(Test::Since(Since::Model(version)));
    }
    let now = Timestamp::now();
    let ago = |text: &str| text.parse::<i64>().ok().filter(|count| (0..=87_600).contains(count));
    let time = if written == "today" {
        format!("{now:.3}")[..10].to_owned()
    } else if let Some(hours) = written.strip_suffix('h').and_then(ago) {
        format!("{:.3}", now.checked_sub(hours.hours()).map_err(|_| wrong())?)
    } else if let Some(days) = written.strip_suffix('d').and_then(ago) {
        let hours = days.saturating_mul(24).min(87_600);
        format!("{:.3}", now.checked_sub(hours.hours()).map_err(|_| wrong())?)
    } else {
        let day = written.get(..10).unwrap_or(written);
        day.parse::<Date>().map_err(|_| wrong())?;
        let hour = written.get(10..).unwrap_or_default();
        if !hour.is_empty() && written.parse::<jiff::civil::DateTime>().is_err() {
            return Err(wrong());
        }
        written.to_owned()
    };
    Ok(Test::Since(Since::Time(time)))
}

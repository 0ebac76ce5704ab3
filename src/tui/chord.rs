//! Keys pressed one after another, as people write them in a keymap: `d`, `ctrl-l`, `; l`.

use std::fmt;
use std::str::FromStr;

use super::key::{Key, KeyError};

/// Keys that may follow each other in one chord.
const LONGEST: usize = 3;

/// One key, or several that are pressed one after another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chord(Vec<Key>);

/// Text that names no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// One of its keys is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nothing is written, or too much.
    #[error("`{0}` is no key sequence; write one to {LONGEST} keys with a space between two")]
    Length(String),
}

impl Chord {
    /// Its keys, in the order in which they are pressed.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// What is left to press after `pressed`, where the chord begins with that and goes on.
    pub fn after(&self, pressed: &[Key]) -> Option<&[Key]> {
        self.0.strip_prefix(pressed).filter(|rest| !rest.is_empty())
    }

    /// Whether one of both begins with the other, so that they cannot be told apart while they are pressed.
    pub fn collides(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl From<Key> for Chord {
    fn from(key: Key) -> Self {
        Self(vec![key])
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<Key>, _>>()?;
        if keys.is_empty() || keys.len() > LONGEST { Err(ChordError::Length(text.to_owned())) } else { Ok(Self(keys)) }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.0))
    }
}

/// Keys as they are shown: characters close together, names of keys apart.
pub fn shown(keys: &[Key]) -> String {
    let names: Vec<String> = keys.iter().map(Key::to_string).collect();
    let between = if names.iter().all(|name| name.chars().count() == 1) { "" } else { " " };
    names.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(text: &str) -> Chord {
        text.parse().expect("chord")
    }

    #[test]
    fn chords_are_keys_with_spaces_between() {
        assert_eq!(chord("; l").to_string(), ";l");
        assert_eq!(chord("ctrl-x space").to_string(), "Ctrl-x Space");
        assert_eq!(chord("d"), Key::char('d').into());
        for (text, message) in
            [("", "no key sequence"), ("a b c d", "no key sequence"), ("; entre", "`entre` is no key")]
        {
            let error = text.parse::<Chord>().expect_err("no chord").to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn beginnings_are_recognised() {
        let keys = |text: &str| chord(text).keys().to_vec();
        assert_eq!(chord("; l").after(&keys(";")), Some(&keys("l")[..]));
        assert_eq!(chord("; l").after(&keys("; l")), None);
        assert_eq!(chord("; l").after(&keys("l")), None);
        assert!(chord(";").collides(&chord("; l")) && chord("; l").collides(&chord("; l")));
        assert!(!chord("; l").collides(&chord("; k")));
    }
}

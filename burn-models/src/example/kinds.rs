//! The kinds of contexts by name.

use std::fmt;
use std::str::FromStr;

use super::ContextKind;

/// A word that names no kind of contexts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of contexts; there are tags, caption, ocr, knowledge and other")]
pub struct UnknownKind(String);

impl ContextKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Tags, Self::Caption, Self::Ocr, Self::Knowledge, Self::Other];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Caption => "caption",
            Self::Ocr => "ocr",
            Self::Knowledge => "knowledge",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ContextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ContextKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_as_files_call_them() {
        for kind in ContextKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.name());
        }
        let error = "captions".parse::<ContextKind>().expect_err("another word").to_string();
        assert!(ContextKind::ALL.iter().all(|kind| error.contains(kind.name())), "{error}");
    }
}

//! What has a map of its own, and in which direction a map is read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What has a map of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A piece of a word, as the model's vocabulary cuts it.
    SubToken,
    /// A token of the tweet.
    Word,
    /// An entity: the mean of its tokens, or its own row where the model reads phrases.
    #[default]
    Span,
}

/// The direction in which a map is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Where a unit looked.
    #[default]
    ToRegions,
    /// Which tokens looked at a region.
    ToTokens,
}

/// A word that names no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no unit; there are sub-token, word and span")]
pub struct UnknownUnit(String);

/// A word that names no direction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no direction; there are to-regions and to-tokens")]
pub struct UnknownDirection(String);

impl Unit {
    /// All units, the smallest first.
    pub const ALL: [Self; 3] = [Self::SubToken, Self::Word, Self::Span];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubToken => "sub-token",
            Self::Word => "word",
            Self::Span => "span",
        }
    }
}

impl Direction {
    /// Both directions.
    pub const ALL: [Self; 2] = [Self::ToRegions, Self::ToTokens];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToRegions => "to-regions",
            Self::ToTokens => "to-tokens",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(name: &str) -> Result<Self, UnknownUnit> {
        Self::ALL.into_iter().find(|unit| unit.name() == name).ok_or_else(|| UnknownUnit(name.to_owned()))
    }
}

impl FromStr for Direction {
    type Err = UnknownDirection;

    fn from_str(name: &str) -> Result<Self, UnknownDirection> {
        Self::ALL
            .into_iter()
            .find(|direction| direction.name() == name)
            .ok_or_else(|| UnknownDirection(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_directions_are_read_as_they_are_written() {
        for unit in Unit::ALL {
            assert_eq!(unit.name().parse(), Ok(unit));
            assert_eq!(serde_json::to_value(unit).expect("a word"), unit.name());
        }
        for direction in Direction::ALL {
            assert_eq!(direction.name().parse(), Ok(direction));
            assert_eq!(serde_json::to_value(direction).expect("a word"), direction.name());
        }
        assert!("token".parse::<Unit>().is_err() && "regions".parse::<Direction>().is_err());
    }
}

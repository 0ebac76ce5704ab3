//! Which of an alignment's maps, one for each layer and head, are looked at.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How maps per layer and head become one.
///
/// As text it is `mean`, `max`, `layer:3` or `head:3.7` (layer, head), each counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Selection {
    /// The mean over all layers and heads.
    #[default]
    Mean,
    /// The largest weight of all layers and heads, region by region.
    Max,
    /// The mean over the heads of one layer.
    Layer(usize),
    /// One head.
    Head {
        /// Its layer.
        layer: usize,
        /// Its number in the layer.
        head: usize,
    },
}

/// A word that names no selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` selects no maps; there are mean, max, layer:LAYER and head:LAYER.HEAD, both counted from 0")]
pub struct UnknownSelection(String);

impl Selection {
    /// Whether the map of this layer and head has a part in it.
    pub fn includes(self, layer: usize, head: usize) -> bool {
        match self {
            Self::Mean | Self::Max => true,
            Self::Layer(chosen) => chosen == layer,
            Self::Head { layer: chosen, head: own } => (chosen, own) == (layer, head),
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::Max => f.write_str("max"),
            Self::Layer(layer) => write!(f, "layer:{layer}"),
            Self::Head { layer, head } => write!(f, "head:{layer}.{head}"),
        }
    }
}

impl FromStr for Selection {
    type Err = UnknownSelection;

    fn from_str(text: &str) -> Result<Self, UnknownSelection> {
        let unknown = || UnknownSelection(text.to_owned());
        let number = |text: &str| text.parse::<usize>().map_err(|_| unknown());
        match text.split_once(':') {
            None if text == "mean" => Ok(Self::Mean),
            None if text == "max" => Ok(Self::Max),
            Some(("layer", layer)) => Ok(Self::Layer(number(layer)?)),
            Some(("head", place)) => {
                let (layer, head) = place.split_once('.').ok_or_else(unknown)?;
                Ok(Self::Head { layer: number(layer)?, head: number(head)? })
            }
            _ => Err(unknown()),
        }
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_read_as_it_is_written() {
        let all = [Selection::Mean, Selection::Max, Selection::Layer(3), Selection::Head { layer: 0, head: 11 }];
        for selection in all {
            assert_eq!(selection.to_string().parse(), Ok(selection));
        }
        for wrong in ["", "Mean", "layer", "layer:", "layer:-1", "head:3", "head:3.", "head:3.x", "head:1.2.3"] {
            assert_eq!(wrong.parse::<Selection>(), Err(UnknownSelection(wrong.into())));
        }
    }
}

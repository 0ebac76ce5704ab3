//! The ways in which a model can be asked where its words looked, and what each of them says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A way to say where words looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The attention weights as they are, per layer and head.
    #[default]
    Attention,
    /// Attention weights times their gradients, per layer and head, where positive (Chefer et al. 2021, eq. 5).
    GradientAttention,
    /// The attention of a whole stack of layers multiplied through (Abnar and Zuidema 2020), one map.
    Rollout,
    /// The fall of a label's probability when a region or word is hidden (Zeiler and Fergus 2014), one map.
    Occlusion,
}

/// A word that names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no method; there are {all}", all = Method::list(&Method::ALL))]
pub struct UnknownMethod(String);

impl Method {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Attention, Self::GradientAttention, Self::Rollout, Self::Occlusion];

    /// Its name on the command line, in files and on maps.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::GradientAttention => "gradient-attention",
            Self::Rollout => "rollout",
            Self::Occlusion => "occlusion",
        }
    }

    /// What its weights are, in one line for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Attention => "attention weights, per layer and head",
            Self::GradientAttention => {
                "attention weights times the gradient of the label's score, where positive, per layer and head"
            }
            Self::Rollout => "attention multiplied through all layers, half of each its own input; one map",
            Self::Occlusion => "fall of the label's probability with the region or word hidden; one map",
        }
    }

    /// What its maps do not prove, in one line for people.
    pub fn caveat(self) -> &'static str {
        match self {
            Self::Attention => "attention says where information could come from, not that the label depends on it",
            Self::GradientAttention => "a gradient tells of small changes; a label may depend on what has none",
            Self::Rollout => {
                "rollout follows attention alone, as if nothing between the layers changed what is passed on"
            }
            Self::Occlusion => "one region at a time is hidden: what several show alike seems not to matter",
        }
    }

    /// Their names with commas between them, or `none`.
    pub fn list(methods: &[Self]) -> String {
        let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_read_as_it_is_written() {
        for method in Method::ALL {
            assert_eq!(method.name().parse(), Ok(method));
            assert_eq!(serde_json::to_value(method).expect("a word"), method.name());
        }
        let error = "gradcam".parse::<Method>().expect_err("unknown").to_string();
        assert!(error.contains("gradcam") && error.contains("gradient-attention, rollout"), "{error}");
        assert_eq!(Method::list(&[]), "none");
    }
}

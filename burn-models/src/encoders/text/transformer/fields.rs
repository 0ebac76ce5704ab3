//! The values of a hub's `config.json`, each checked when it is taken.

use serde_json::Value;

use crate::layers::activation::Activation;

/// Larger sizes than any published model has, which only a broken file would ask for.
const LARGEST: u64 = 1 << 24;

/// The values of a `config.json`.
pub(super) struct Fields<'a>(pub &'a Value);

impl Fields<'_> {
    /// A size, which must be there.
    pub fn count(&self, name: &str) -> Result<usize, String> {
        match self.0[name].as_u64() {
            Some(count @ 1..=LARGEST) => Ok(count as usize),
            _ if self.0[name].is_null() => Err(format!("`{name}` is missing")),
            _ => Err(format!("`{name}` is {}, which is no size", self.0[name])),
        }
    }

    /// A size that has a usual value.
    pub fn count_or(&self, name: &str, default: usize) -> Result<usize, String> {
        match &self.0[name] {
            Value::Null => Ok(default),
            value => match value.as_u64() {
                Some(count @ 0..=LARGEST) => Ok(count as usize),
                _ => Err(format!("`{name}` is {value}, which is no size")),
            },
        }
    }

    /// A number that has a usual value.
    pub fn number(&self, name: &str, default: f64) -> Result<f64, String> {
        match &self.0[name] {
            Value::Null => Ok(default),
            value => value.as_f64().ok_or_else(|| format!("`{name}` is {value}, which is no number")),
        }
    }

    /// A known activation; `gelu` if nothing is said.
    pub fn activation(&self, name: &str) -> Result<Activation, String> {
        match self.0[name].as_str().unwrap_or("gelu") {
            "gelu" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
            "relu" => Ok(Activation::Relu),
            other => Err(format!("the activation `{other}` is not supported; supported are gelu, gelu_new and relu")),
        }
    }

    /// Refuses a variant of an architecture that would compute something else.
    pub fn must_be(&self, name: &str, expected: &Value) -> Result<(), String> {
        match &self.0[name] {
            Value::Null => Ok(()),
            value if value == expected => Ok(()),
            value => Err(format!("`{name}` is {value}; only {expected} is supported")),
        }
    }
}

//! What a system lets one choose when a fresh tagger is made, by name and as text.

use std::fmt::Display;

use indexmap::IndexMap;
use serde::Serialize;

use super::SystemInfo;

/// Something that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SystemOption {
    /// Its name; systems that share a name mean the same by it.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// The form of its value (`NUMBER`, `one|other`).
    pub value: &'static str,
    /// What is taken where nothing is chosen.
    pub default: &'static str,
}

/// Why something cannot be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The system has no such option.
    #[error("{system} has no option `{name}`; it has {known}")]
    Unknown {
        /// The system.
        system: &'static str,
        /// What was chosen.
        name: String,
        /// What could be.
        known: String,
    },
    /// The value is none of this option.
    #[error("`{value}` cannot be the option `{name}` ({form}): {reason}")]
    Value {
        /// The option.
        name: &'static str,
        /// Its form.
        form: &'static str,
        /// What was given.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What was chosen: values by the names of options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(IndexMap<String, String>);

impl Options {
    /// Makes sure that the system has every option that was chosen.
    pub fn check(&self, system: &SystemInfo) -> Result<(), OptionError> {
        let known: Vec<&str> = system.options.iter().map(|option| option.name).collect();
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(OptionError::Unknown {
                system: system.name,
                name: name.clone(),
                known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            }),
            None => Ok(()),
        }
    }

    /// The value of an option, or its default.
    pub fn read<T, E: Display>(
        &self,
        option: &SystemOption,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, OptionError> {
        let value = self.0.get(option.name).map_or(option.default, String::as_str);
        parse(value).map_err(|error| OptionError::Value {
            name: option.name,
            form: option.value,
            value: value.to_owned(),
            reason: error.to_string(),
        })
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(chosen: I) -> Self {
        Self(chosen.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::REGISTRY;

    const SIZE: SystemOption = SystemOption { name: "size", summary: "how large", value: "NUMBER", default: "3" };

    #[test]
    fn values_are_read_or_refused_by_name() {
        let read = |options: &Options| options.read(&SIZE, str::parse::<usize>);
        let sized = |value: &str| Options::from_iter([("size", value)]);
        assert_eq!((read(&Options::default()), read(&sized("12"))), (Ok(3), Ok(12)));
        let error = read(&sized("big")).expect_err("no number").to_string();
        assert!(error.contains("`size`") && error.contains("`big`") && error.contains("NUMBER"), "{error}");
        let error = sized("12").check(REGISTRY[0].info).expect_err("compact has no such option").to_string();
        assert!(error.contains("compact") && error.contains("`size`"), "{error}");
    }

    #[test]
    fn options_of_one_name_mean_the_same_everywhere() {
        let all: Vec<&SystemOption> = REGISTRY.iter().flat_map(|entry| entry.info.options).collect();
        for one in &all {
            assert!(all.iter().all(|other| other.name != one.name || other.value == one.value), "{}", one.name);
        }
    }
}

//! The configuration files of `diffusers`, read so that nothing in them is passed over in silence.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::DiffusionError;
use crate::encoders::published::PublishedError;

/// The settings of one configuration that nobody has taken yet.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    path: PathBuf,
    class: String,
    fields: Map<String, Value>,
}

impl Settings {
    /// Reads the file at `path`; `_class_name` and other notes of `diffusers` to itself are not among the settings.
    pub fn open(path: &Path) -> Result<Self, DiffusionError> {
        let text = fs::read_to_string(path).map_err(PublishedError::reading(path))?;
        Self::parse(path, &text)
    }

    /// What `read` takes from the file at `path`, which must be all that is in it.
    pub fn read_with<T>(
        path: &Path,
        read: impl FnOnce(&mut Self) -> Result<T, DiffusionError>,
    ) -> Result<T, DiffusionError> {
        Self::open(path)?.taken(read)
    }

    /// The same of settings that were read already.
    pub fn taken<T>(mut self, read: impl FnOnce(&mut Self) -> Result<T, DiffusionError>) -> Result<T, DiffusionError> {
        let taken = read(&mut self)?;
        self.finish()?;
        Ok(taken)
    }

    /// The same of a file's contents.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DiffusionError> {
        // Python writes numbers into JSON that JSON does not have; here it always stands for "no limit".
        let text = text.replace(": -Infinity", ": null");
        let parsed: Result<Map<String, Value>, _> = serde_json::from_str(&text);
        let config = |message: String| PublishedError::Config { path: path.to_owned(), message };
        let mut fields = parsed.map_err(|error| config(error.to_string()))?;
        let class = fields.get("_class_name").and_then(Value::as_str).unwrap_or("none").to_owned();
        fields.retain(|name, _| !name.starts_with('_'));
        Ok(Self { path: path.to_owned(), class, fields })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `_class_name`, or `none`.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// An error unless the class is one of `supported`.
    pub fn expect_class(&self, supported: &'static [&'static str]) -> Result<(), DiffusionError> {
        if supported.contains(&self.class.as_str()) {
            return Ok(());
        }
        Err(DiffusionError::Class { path: self.path.clone(), found: self.class.clone(), supported })
    }

    /// Takes the setting `name`, or `default` where it is not there or is null.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str, default: T) -> Result<T, DiffusionError> {
        let Some(value) = self.fields.shift_remove(name) else { return Ok(default) };
        let null = value.is_null();
        match serde_json::from_value(value) {
            Ok(value) => Ok(value),
            Err(_) if null => Ok(default),
            Err(error) => Err(self.wrong(format!("`{name}`: {error}"))),
        }
    }

    /// Takes the setting `name`, a number from 1 to `most`, or `default`.
    pub fn size(&mut self, name: &str, default: usize, most: usize) -> Result<usize, DiffusionError> {
        let value = self.take(name, default)?;
        if (1..=most).contains(&value) {
            return Ok(value);
        }
        Err(self.wrong(format!("`{name}` is {value}; it must be 1 to {most}")))
    }

    /// Takes the setting `name`, which must be one of `supported` where it is there; null counts as not there.
    pub fn only(&mut self, name: &str, supported: &[Value]) -> Result<(), DiffusionError> {
        let equal = |one: &Value, other: &Value| one == other || (one.is_number() && one.as_f64() == other.as_f64());
        match self.fields.shift_remove(name) {
            Some(found) if !found.is_null() && !supported.iter().any(|value| equal(value, &found)) => {
                let names: Vec<String> = supported.iter().map(Value::to_string).collect();
                let supported = if names.is_empty() { "null".to_owned() } else { names.join(" or ") };
                Err(self.field(name, &found, supported))
            }
            _ => Ok(()),
        }
    }

    /// Drops settings that do not matter here.
    pub fn ignore(&mut self, names: &[&str]) {
        self.fields.retain(|name, _| !names.contains(&name.as_str()));
    }

    /// An error if any setting is left.
    pub fn finish(self) -> Result<(), DiffusionError> {
        let fields: Vec<String> = self.fields.keys().cloned().collect();
        if fields.is_empty() { Ok(()) } else { Err(DiffusionError::UnknownFields { path: self.path, fields }) }
    }

    /// The setting `name` has a value that is not supported.
    pub fn field(&self, name: &str, found: &Value, supported: impl Into<String>) -> DiffusionError {
        let (path, found) = (self.path.clone(), found.to_string());
        DiffusionError::Field { path, field: name.to_owned(), found, supported: supported.into() }
    }

    /// The settings contradict themselves.
    pub fn wrong(&self, message: impl Into<String>) -> DiffusionError {
        PublishedError::Config { path: self.path.clone(), message: message.into() }.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(text: &str) -> Settings {
        Settings::parse(Path::new("unet/config.json"), text).expect("settings")
    }

    #[test]
    fn settings_are_taken_and_what_is_left_is_named() {
        let mut read = settings(r#"{"_class_name": "A", "_x": 1, "a": 2, "b": null, "c": true, "d": 1, "e": [1]}"#);
        assert_eq!(read.class(), "A");
        assert_eq!((read.take("a", 0).ok(), read.take("b", 7).ok()), (Some(2), Some(7)));
        assert_eq!(read.take("absent", 3.5).ok(), Some(3.5));
        assert!(read.only("d", &[json!(1.0)]).is_ok(), "a number is a number");
        let message = read.only("c", &[json!(false)]).expect_err("another value").to_string();
        assert_eq!(message, "unet/config.json: `c` is true, but only false is supported");
        let message = read.finish().expect_err("left over").to_string();
        assert!(message.contains("unet/config.json: `e` is unknown"), "{message}");
    }

    #[test]
    fn numbers_that_only_python_writes_are_no_limit() {
        let mut read = settings("{\"lambda_min_clipped\": -Infinity,\n \"a\": 0}");
        assert_eq!(read.take::<Option<f64>>("lambda_min_clipped", Some(1.0)).ok(), Some(None));
        assert!(read.size("a", 1, 5).expect_err("too small").to_string().contains("`a` is 0; it must be 1 to 5"));
        assert!(Settings::parse(Path::new("x"), "[1]").is_err());
    }
}

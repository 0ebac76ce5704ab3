//! What a project's `project.toml` says.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spanlight_models::example::{LabelSet, TagScheme, TypeStyle};

use super::ProjectError;
use crate::order::PlanChoice;

/// Settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Entity types with colours and keys, in order.
    pub labels: LabelSet,
    /// Scheme for tweets that come from another format than the one they are written in.
    pub scheme: TagScheme,
    /// Folders with images; relative ones start at the project's folder.
    pub images: Vec<PathBuf>,
    /// How the next tweet is chosen, as far as it differs from the user's settings.
    pub queue: PlanChoice,
}

/// The file: types as a list, so that their order is seen and kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    scheme: TagScheme,
    #[serde(default)]
    images: Vec<PathBuf>,
    #[serde(default, skip_serializing_if = "PlanChoice::is_empty")]
    queue: PlanChoice,
    #[serde(default, rename = "label")]
    labels: Vec<LabelEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelEntry {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<char>,
}

impl Settings {
    pub(super) fn read(path: &Path) -> Result<Self, ProjectError> {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|cause| ProjectError::io(path, "reading the settings", cause))?;
        Self::parse(&text).map_err(|what| ProjectError::Settings { path: path.to_owned(), what })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut labels = LabelSet::default();
        for LabelEntry { name, color, key } in file.labels {
            if name.is_empty() || labels.index_of(&name).is_some() {
                return Err(format!("the label name `{}` is empty or there twice", name.escape_debug()));
            }
            labels.insert(name, TypeStyle { color, key });
        }
        Ok(Self { labels, scheme: file.scheme, images: file.images, queue: file.queue })
    }

    /// Writes the file aside and renames it, so that it is never half there.
    pub(super) fn write(&self, path: &Path) -> Result<(), ProjectError> {
        let entry = |(name, style): (&str, &TypeStyle)| LabelEntry {
            name: name.to_owned(),
            color: style.color.clone(),
            key: style.key,
        };
        let labels = self.labels.iter().map(entry).collect();
        let file = SettingsFile { scheme: self.scheme, images: self.images.clone(), queue: self.queue.clone(), labels };
        let text = toml::to_string(&file)
            .map_err(|error| ProjectError::Settings { path: path.to_owned(), what: error.to_string() })?;
        crate::replace::replace_file(path, |out| out.write_all(text.as_bytes()))
            .map_err(|cause| ProjectError::io(path, "saving the settings", cause))
    }

    /// The image folders, those that are relative taken from the project's folder.
    pub(super) fn image_folders(&self, dir: &Path) -> Vec<PathBuf> {
        self.images.iter().map(|folder| dir.join(folder)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("project.toml");
        let mut labels = LabelSet::new(["PER", "a b/c \"d\"", "LOC"]);
        labels.insert("ZZ", TypeStyle { color: Some("#ff0000".into()), key: Some('z') });
        labels.insert("AA", TypeStyle { color: None, key: Some('ä') });
        let queue = PlanChoice { random_share: Some(20), ..PlanChoice::default() };
        let images = vec!["images".into(), "/more".into()];
        let settings = Settings { labels, scheme: TagScheme::Bioes, images, queue };
        settings.write(&path).expect("written");
        assert_eq!(Settings::read(&path).expect("read"), settings);
        let folders = settings.image_folders(Path::new("/p.spanlight"));
        assert_eq!(folders, [Path::new("/p.spanlight/images"), Path::new("/more")]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("sheme = \"BIO\"", "sheme"),
            ("scheme = \"BIOX\"", "BIOX"),
            ("[[label]]\nname = \"A\"\n[[label]]\nname = \"A\"", "twice"),
            ("[[label]]\nname = \"A\"\nkey = \"ab\"", "line 3"),
        ] {
            let message = Settings::parse(text).expect_err("a mistake");
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
    }
}

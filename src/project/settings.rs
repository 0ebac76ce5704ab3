//! What a project's `project.toml` says.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use spanlight_models::example::{LabelSet, SpanStructure, TagScheme, TypeStyle};

use super::ProjectError;
use crate::order::PlanChoice;

/// Where the guidelines are unless the settings name another file.
const GUIDELINES: &str = "guidelines.md";

/// Settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Entity types with colours and keys, in order.
    pub labels: LabelSet,
    /// Scheme for tweets that come from another format than the one they are written in.
    pub scheme: TagScheme,
    /// How the entities of a tweet may lie to each other; [`Project::set_structure`] changes it.
    ///
    /// [`Project::set_structure`]: super::Project::set_structure
    pub spans: SpanStructure,
    /// Folders with images; relative ones start at the project's folder.
    pub images: Vec<PathBuf>,
    /// The annotation guidelines, a Markdown file; a relative path starts at the project's folder.
    pub guidelines: Option<PathBuf>,
    /// How the next tweet is chosen, as far as it differs from the user's settings.
    pub queue: PlanChoice,
    /// What types mean and what they were called, for those that have it.
    pub notes: IndexMap<String, TypeNotes>,
}

/// What the settings say of a type besides its looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeNotes {
    /// What the type means.
    pub description: Option<String>,
    /// What it was called before.
    pub was: Vec<String>,
}

/// An entity type: its name, its looks, what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityType {
    /// Name, as labels carry it.
    pub name: String,
    /// Colour as `#rrggbb` or a theme's colour name; the theme's palette decides where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The key that assigns the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<char>,
    /// What the type means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it was called before, and the types that were merged into it: models still call it so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
}

impl EntityType {
    /// A type of this name, with nothing chosen.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    fn notes(&self) -> TypeNotes {
        TypeNotes { description: self.description.clone(), was: self.was.clone() }
    }
}

/// The file: types as a list, so that their order is seen and kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    scheme: TagScheme,
    #[serde(default)]
    spans: SpanStructure,
    #[serde(default)]
    images: Vec<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guidelines: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "PlanChoice::is_empty")]
    queue: PlanChoice,
    #[serde(default, rename = "label")]
    types: Vec<EntityType>,
}

impl Settings {
    pub(super) fn read(path: &Path) -> Result<Self, ProjectError> {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|cause| ProjectError::io(path, "reading the settings", cause))?;
        Self::parse(&text).map_err(|what| ProjectError::Settings { path: path.to_owned(), what })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut settings = Self {
            scheme: file.scheme,
            spans: file.spans,
            images: file.images,
            guidelines: file.guidelines,
            queue: file.queue,
            ..Self::default()
        };
        for (place, entry) in file.types.iter().enumerate() {
            if entry.name.is_empty() || file.types[..place].iter().any(|other| other.name == entry.name) {
                return Err(format!("the label name `{}` is empty or there twice", entry.name.escape_debug()));
            }
        }
        settings.set_types(&file.types);
        Ok(settings)
    }

    /// Writes the file aside and renames it, so that it is never half there.
    pub(super) fn write(&self, path: &Path) -> Result<(), ProjectError> {
        let (images, guidelines, queue) = (self.images.clone(), self.guidelines.clone(), self.queue.clone());
        let (scheme, spans) = (self.scheme, self.spans);
        let file = SettingsFile { scheme, spans, images, guidelines, queue, types: self.types() };
        let text = toml::to_string(&file)
            .map_err(|error| ProjectError::Settings { path: path.to_owned(), what: error.to_string() })?;
        crate::replace::replace_file(path, |out| out.write_all(text.as_bytes()))
            .map_err(|cause| ProjectError::io(path, "saving the settings", cause))
    }

    /// The types with all that is said of them, in order.
    pub fn types(&self) -> Vec<EntityType> {
        let entry = |(name, style): (&str, &TypeStyle)| {
            let TypeNotes { description, was } = self.notes.get(name).cloned().unwrap_or_default();
            EntityType { name: name.to_owned(), color: style.color.clone(), key: style.key, description, was }
        };
        self.labels.iter().map(entry).collect()
    }

    /// Puts other types in the place of all there are.
    pub fn set_types(&mut self, types: &[EntityType]) {
        self.labels = LabelSet::default();
        self.notes.clear();
        for entry in types {
            self.labels.insert(entry.name.as_str(), TypeStyle { color: entry.color.clone(), key: entry.key });
            if entry.notes() != TypeNotes::default() {
                self.notes.insert(entry.name.clone(), entry.notes());
            }
        }
    }

    /// What types are called now, by what they were called; names that are in use again are left out.
    pub fn former_names(&self) -> IndexMap<String, String> {
        let former = self.notes.iter().flat_map(|(name, notes)| notes.was.iter().map(move |was| (was, name)));
        let gone = former.filter(|(was, _)| self.labels.index_of(was).is_none());
        gone.map(|(was, name)| (was.clone(), name.clone())).collect()
    }

    /// The file with the guidelines, whether it is there or not.
    pub fn guidelines_file(&self, dir: &Path) -> PathBuf {
        dir.join(self.guidelines.as_deref().unwrap_or(Path::new(GUIDELINES)))
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
        let images = vec!["images".into(), "/more".into()];
        let guidelines = Some("rules.md".into());
        let queue = PlanChoice { random_share: Some(20), ..PlanChoice::default() };
        let mut settings = Settings {
            labels,
            scheme: TagScheme::Bioes,
            spans: SpanStructure::Nested,
            images,
            guidelines,
            queue,
            ..Settings::default()
        };
        let mut types = settings.types();
        types[2].description = Some("A place.".into());
        types[2].was = vec!["GPE".into(), "PER".into()];
        settings.set_types(&types);
        settings.write(&path).expect("written");
        assert_eq!(Settings::read(&path).expect("read"), settings);
        let folders = settings.image_folders(Path::new("/p.spanlight"));
        assert_eq!(settings.types(), types);
        // PER is in use, so that it means itself.
        assert_eq!(settings.former_names(), [("GPE".to_owned(), "LOC".to_owned())].into());
        assert_eq!(folders, [Path::new("/p.spanlight/images"), Path::new("/more")]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("sheme = \"BIO\"", "sheme"),
            ("scheme = \"BIOX\"", "BIOX"),
            ("spans = \"deep\"", "nested"),
            ("[[label]]\nname = \"A\"\n[[label]]\nname = \"A\"", "twice"),
            ("[[label]]\nname = \"A\"\nkey = \"ab\"", "line 3"),
        ] {
            let message = Settings::parse(text).expect_err("a mistake");
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
    }
}

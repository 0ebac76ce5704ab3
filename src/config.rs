//! The user's folders and settings, and word of their changes while the program runs.

mod contexts;
mod folders;
mod settings;
mod watch;

use std::ops::Range;
use std::path::{Path, PathBuf};

pub use contexts::{ContextSettings, EndpointSettings, TesseractSettings};
pub use folders::Folders;
pub use settings::{ColorChoice, GraphicsChoice, LessonEncoder, Settings};
pub use watch::{FileWatch, Watch, WatchError};

pub use crate::order::QueueOrder;

/// What the user's folders say.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where things lie.
    pub folders: Folders,
    /// `settings.toml`, or the defaults.
    pub settings: Settings,
    /// Why `settings.toml` could not be used, where that is so.
    pub problem: Option<ConfigError>,
}

impl Config {
    /// Reads the settings of `folders`; broken ones are reported and replaced by the defaults.
    pub fn load(folders: Folders) -> Self {
        match Settings::read(&folders.settings_file()) {
            Ok(settings) => Self { folders, settings, problem: None },
            Err(problem) => Self { folders, settings: Settings::default(), problem: Some(problem) },
        }
    }

    /// The user's settings; the defaults where there are none or they do not read, which who needs a device is told.
    pub fn settings_of_user() -> Settings {
        Folders::of_user().map(Self::load).map(|config| config.settings).unwrap_or_default()
    }

    /// Reads the settings again; broken ones are reported and the ones in use stay.
    pub fn reload(&mut self) {
        match Settings::read(&self.folders.settings_file()) {
            Ok(settings) => (self.settings, self.problem) = (settings, None),
            Err(problem) => self.problem = Some(problem),
        }
    }
}

/// A file of the user's that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: cannot be read: {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It says something that has no meaning.
    #[error("{}:{line}: {message}", .file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

impl ConfigError {
    /// An error at a place in `text`, the contents of `file`.
    pub fn at(file: &Path, text: &str, place: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let start = place.map_or(0, |place| place.start.min(text.len()));
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let message = message.into().lines().collect::<Vec<_>>().join("; ");
        Self::Invalid { file: file.to_path_buf(), line, message }
    }

    /// What the TOML reader says about `text`, the contents of `file`.
    pub fn from_toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        Self::at(file, text, error.span(), error.message())
    }
}

/// The contents of a file that need not exist.
pub fn read_optional(file: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { file: file.to_path_buf(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_settings_are_the_defaults_and_broken_ones_keep_the_last_good_ones() {
        let dir = tempfile::tempdir().expect("folder");
        let folders = Folders::at(dir.path(), dir.path());
        let mut config = Config::load(folders.clone());
        assert_eq!((&config.settings, &config.problem), (&Settings::default(), &None));
        std::fs::write(folders.settings_file(), "theme = \"light\"\n").expect("settings");
        config.reload();
        assert_eq!(config.settings.theme, "light");
        std::fs::write(folders.settings_file(), "theme = \"light\"\norder = \"sideways\"\n").expect("settings");
        config.reload();
        assert_eq!(config.settings.theme, "light");
        let problem = config.problem.expect("problem").to_string();
        assert!(problem.contains("settings.toml:2: "), "{problem}");
        assert!(problem.contains("sideways"), "{problem}");
    }

    #[test]
    fn unknown_settings_are_refused_by_name() {
        let dir = tempfile::tempdir().expect("folder");
        let folders = Folders::at(dir.path(), dir.path());
        std::fs::write(folders.settings_file(), "\n\ncolour = \"red\"\n").expect("settings");
        let problem = Config::load(folders).problem.expect("problem").to_string();
        assert!(problem.contains(":3: ") && problem.contains("colour"), "{problem}");
    }

    #[test]
    fn a_lesson_takes_a_kind_and_a_rank() {
        let dir = tempfile::tempdir().expect("folder");
        let folders = Folders::at(dir.path(), dir.path());
        let read = |text: &str| {
            std::fs::write(folders.settings_file(), text).expect("settings");
            Settings::read(&folders.settings_file())
        };
        let settings = read("lesson-encoder = \"whole\"\nlesson-rank = 16\n").expect("good settings");
        assert_eq!((settings.lesson_encoder, settings.lesson_rank), (LessonEncoder::Whole, 16));
        for rank in ["0", "257", "-1"] {
            let problem = read(&format!("lesson-rank = {rank}\n")).expect_err("no rank").to_string();
            assert!(problem.contains("settings.toml:1: "), "{problem}");
        }
    }
}

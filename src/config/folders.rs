//! Where the user's files lie.

use std::env;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folders for what the user writes and for what the program keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    config: PathBuf,
    data: PathBuf,
    cache: PathBuf,
}

impl Folders {
    /// The usual folders of the system; `SPANLIGHT_CONFIG_DIR`, `SPANLIGHT_DATA_DIR` and `SPANLIGHT_CACHE_DIR` replace them.
    ///
    /// `None` where the system knows no home folder and the variables do not name the first two; the cache is then among the
    /// data.
    pub fn of_user() -> Option<Self> {
        let chosen = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let system = ProjectDirs::from("", "", "spanlight");
        let config = chosen("SPANLIGHT_CONFIG_DIR").or_else(|| Some(system.as_ref()?.config_dir().to_path_buf()))?;
        let data = chosen("SPANLIGHT_DATA_DIR").or_else(|| Some(system.as_ref()?.data_dir().to_path_buf()))?;
        let cache = chosen("SPANLIGHT_CACHE_DIR").or_else(|| Some(system.as_ref()?.cache_dir().to_path_buf()));
        Some(Self { cache: cache.unwrap_or_else(|| data.join("cache")), config, data })
    }

    /// Folders at given places.
    pub fn at(config: &Path, data: &Path) -> Self {
        Self { config: config.to_path_buf(), data: data.to_path_buf(), cache: data.join("cache") }
    }

    /// Settings, keymap and themes.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Logs and projects that the program makes by itself.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What can be made again at any time.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Compiled CUDA kernels.
    pub fn kernels(&self) -> PathBuf {
        self.cache.join("kernels")
    }

    /// The user's settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// The user's keys.
    pub fn keymap_file(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// The user's themes, one file each.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }
}

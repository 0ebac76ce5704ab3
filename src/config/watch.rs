//! Word of changes in the user's folder while the program runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::Folders;

/// Editors write a file in several steps; this long nothing may happen before it is read again.
const QUIET: Duration = Duration::from_millis(120);

/// Watches the user's folder as long as it lives.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
}

/// The folder cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The folder is not there and cannot be made.
    #[error("{}: cannot be made: {reason}; changes of settings are seen at the next start", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The system refuses.
    #[error("changes of settings are seen at the next start: {0}")]
    System(#[from] notify::Error),
    /// There is no thread for it.
    #[error("changes of settings are seen at the next start: {0}")]
    Thread(std::io::Error),
}

impl Watch {
    /// Calls `changed` once after every burst of changes to settings, keymap or themes.
    pub fn start(folders: &Folders, changed: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        let themes = folders.themes();
        fs::create_dir_all(&themes).map_err(|reason| WatchError::Folder { folder: themes, reason })?;
        let (events, received) = channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too, and reloading reads.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = events.send(());
            }
        })?;
        watcher.watch(folders.config(), RecursiveMode::Recursive)?;
        thread::Builder::new()
            .name("settings".into())
            .spawn(move || debounce(&received, &changed))
            .map_err(WatchError::Thread)?;
        Ok(Self { _watcher: watcher })
    }
}

/// Watches a single file, which need not be there yet, as long as it lives.
#[derive(Debug)]
pub struct FileWatch {
    _watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Calls `changed` once after every burst of changes to the file.
    pub fn start(file: &Path, changed: impl Fn() + Send + 'static) -> Result<Self, WatchError> {
        let (events, received) = channel();
        // Editors write beside the file and rename: the folder is watched.
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = file.file_name().map(ToOwned::to_owned);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let own = |event: &notify::Event| event.paths.iter().any(|path| path.file_name() == name.as_deref());
            if event.is_ok_and(|event| !event.kind.is_access() && own(&event)) {
                let _ = events.send(());
            }
        })?;
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
        thread::Builder::new()
            .name("guidelines".into())
            .spawn(move || debounce(&received, &changed))
            .map_err(WatchError::Thread)?;
        Ok(Self { _watcher: watcher })
    }
}

fn debounce(events: &Receiver<()>, changed: &impl Fn()) {
    while events.recv().is_ok() {
        loop {
            match events.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_theme_is_told_once() {
        let dir = tempfile::tempdir().expect("folder");
        let folders = Folders::at(dir.path(), dir.path());
        let (told, heard) = channel();
        let watch = Watch::start(&folders, move || {
            let _ = told.send(());
        })
        .expect("watch");
        fs::write(folders.themes().join("mine.toml"), "a").expect("theme");
        fs::write(folders.themes().join("mine.toml"), "ab").expect("theme");
        heard.recv_timeout(Duration::from_secs(10)).expect("word of the change");
        drop(watch);
        assert!(heard.try_iter().count() <= 1);
    }
}

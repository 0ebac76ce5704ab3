//! The folder of an export: what it was begun with, and what is finished in it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::error::CliError;
use crate::file_name::file_name;
use crate::project::lock::{LockError, acquire};
use crate::replace::replace_file;

/// What an export was begun with.
const SETTINGS: &str = "align.json";
/// Who writes into the folder now; no tweet's file is called so.
const LOCK: &str = ".lock";
/// One line for every finished tweet.
const FINISHED: &str = "finished.jsonl";

/// The folder.
pub struct Folder {
    path: PathBuf,
    finished: HashMap<String, Finished>,
    log: File,
    _lock: Lock,
}

/// Held as long as the folder is written.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // An export that is done says nothing of who made it.
        let _ = self.0.set_len(0);
    }
}

/// A finished tweet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// Name of its files without what follows a dot.
    pub name: String,
    /// Hash of the tweet and of what stands in the way of its image.
    pub tweet: String,
    /// Page of the report it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Its files.
    pub files: Vec<String>,
    /// How many figures it has.
    pub figures: usize,
    /// How many of them have letters that no font has.
    #[serde(default)]
    pub boxed: usize,
    /// Whether there is any map.
    pub mapped: bool,
    /// Why its image cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Its lines in the table of all maps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<String>,
}

impl Folder {
    /// Opens the folder, makes it if it is not there; refuses one into which another process writes, and one with an export
    /// of other `settings` unless `fresh`.
    pub fn open(path: &Path, settings: &Value, fresh: bool) -> Result<Self, CliError> {
        fs::create_dir_all(path).map_err(CliError::io("making the folder of the export", path))?;
        let lock = lock(path)?;
        let file = path.join(SETTINGS);
        let before = match fs::read(&file) {
            Ok(bytes) => Some(serde_json::from_slice::<Value>(&bytes).unwrap_or(Value::Null)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(CliError::io("reading the settings of the export", &file)(error)),
        };
        let log = path.join(FINISHED);
        let mut finished = HashMap::new();
        if let Some(before) = before.filter(|_| !fresh) {
            if let Some(what) = difference(&before, settings) {
                return Err(CliError::OtherExport { folder: path.to_owned(), what });
            }
            finished = read_finished(&log).map_err(CliError::io("reading what is finished", &log))?;
        } else {
            let mut text = format!("{settings:#}").into_bytes();
            text.push(b'\n');
            // In this order: settings never stand beside what was finished with others.
            remove(&log).map_err(CliError::io("starting the export", &log))?;
            replace_file(&file, |out| out.write_all(&text)).map_err(CliError::io("starting the export", &file))?;
        }
        let opened = OpenOptions::new().create(true).append(true).open(&log);
        let log = opened.map_err(CliError::io("writing down what is finished", &log))?;
        Ok(Self { path: path.to_owned(), finished, log, _lock: lock })
    }

    /// Whether a tweet is finished as it is now, with all of its files.
    pub fn has(&self, name: &str, tweet: &str, page: Option<usize>) -> Option<&Finished> {
        let finished = self.finished.get(name).filter(|finished| finished.tweet == tweet && finished.page == page)?;
        finished.files.iter().all(|file| self.path.join(file).is_file()).then_some(finished)
    }

    /// Writes a file of the export.
    pub fn write(&self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
        let path = self.path.join(name);
        replace_file(&path, write).map_err(CliError::io("writing the export", path))
    }

    /// Writes down that tweets are finished.
    pub fn finish(&mut self, tweets: Vec<Finished>) -> Result<(), CliError> {
        let path = self.path.join(FINISHED);
        let failed = || CliError::io("writing down what is finished", &path);
        let mut lines = Vec::new();
        for tweet in &tweets {
            serde_json::to_writer(&mut lines, tweet).map_err(|error| failed()(error.into()))?;
            lines.push(b'\n');
        }
        self.log.write_all(&lines).and_then(|()| self.log.sync_data()).map_err(failed())?;
        self.finished.extend(tweets.into_iter().map(|tweet| (tweet.name.clone(), tweet)));
        Ok(())
    }

    /// Brings the list of what is finished into the order `names`, so that a stopped export leaves what another one does.
    pub fn settle(&mut self, names: &[String]) -> Result<(), CliError> {
        let mut lines = Vec::new();
        for finished in names.iter().filter_map(|name| self.finished.get(name)) {
            let failed = CliError::io("writing down what is finished", self.path.join(FINISHED));
            serde_json::to_writer(&mut lines, finished).map_err(|error| failed(error.into()))?;
            lines.push(b'\n');
        }
        self.write(FINISHED, |out| out.write_all(&lines))
    }

    /// A finished tweet.
    pub fn get(&self, name: &str) -> Option<&Finished> {
        self.finished.get(name)
    }
}

fn lock(folder: &Path) -> Result<Lock, CliError> {
    let path = folder.join(LOCK);
    match acquire(&path) {
        Ok(file) => Ok(Lock(file)),
        Err(LockError::Held(holder)) => {
            Err(CliError::ExportHeld { folder: folder.to_owned(), holder: Box::new(holder) })
        }
        Err(LockError::Io(cause)) => Err(CliError::io("starting the export", path)(cause)),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The finished tweets; a line that was cut off when the program was killed does not count.
fn read_finished(path: &Path) -> io::Result<HashMap<String, Finished>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        read => read?,
    };
    // What was cut off must not run into the next line.
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < text.len() {
        OpenOptions::new().write(true).open(path)?.set_len(whole as u64)?;
    }
    let lines = text[..whole].split(|byte| *byte == b'\n');
    let finished = lines.filter_map(|line| serde_json::from_slice::<Finished>(line).ok());
    Ok(finished.map(|finished| (finished.name.clone(), finished)).collect())
}

/// The first setting that differs, with both values.
fn difference(before: &Value, now: &Value) -> Option<String> {
    let (Some(old), Some(new)) = (before.as_object(), now.as_object()) else {
        return Some(format!("{SETTINGS} that cannot be read"));
    };
    let keys = new.keys().chain(old.keys().filter(|key| !new.contains_key(*key)));
    let differs = keys.into_iter().find(|key| old.get(*key) != new.get(*key))?;
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    Some(format!("`{differs}` {} instead of {}", shown(old.get(differs)), shown(new.get(differs))))
}

/// Names of files for tweets, each its own: the id, in which what cannot be part of a name is written as its code.
pub fn names<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let own = |id: &str| {
        let name = file_name(id);
        let count = times.entry(name.clone()).or_default();
        *count += 1;
        // No id is written with this sign.
        if *count == 1 { name } else { format!("{name}%{count}") }
    };
    ids.map(own).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finished(name: &str, files: &[&str]) -> Finished {
        Finished {
            name: name.to_owned(),
            tweet: "1".to_owned(),
            page: None,
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            figures: 1,
            boxed: 0,
            mapped: true,
            problem: None,
            maps: Vec::new(),
        }
    }

    #[test]
    fn no_id_leads_outside_and_no_two_tweets_share_a_name() {
        let ids = ["a", "../a", ".", "", "a", "t:1", "a%2", "é/b\0", &"x".repeat(400), &"x".repeat(401)];
        let names = names(ids.iter().copied());
        assert_eq!(names[..8], ["a", "%2E.%2Fa", "%2E", "%", "a%2", "t:1", "a%252", "é%2Fb%00"]);
        assert!(names[8].len() < 230 && names[8] != names[9]);
    }

    #[test]
    fn what_is_finished_is_known_again_and_a_line_cut_off_does_not_count() {
        let outside = tempfile::tempdir().expect("a folder");
        let path = outside.path().join("a/b");
        let settings = json!({"unit": "span", "model": "x"});
        let mut folder = Folder::open(&path, &settings, false).expect("made");
        folder.write("t.csv", |out| out.write_all(b"x")).expect("written");
        folder.finish(vec![finished("t", &["t.csv"]), finished("u", &["u.csv"])]).expect("written");
        drop(folder);
        OpenOptions::new()
            .append(true)
            .open(path.join(FINISHED))
            .and_then(|mut log| log.write_all(b"{\"na"))
            .expect("cut");
        let mut folder = Folder::open(&path, &settings, false).expect("opened");
        assert!(folder.has("t", "1", None).is_some() && folder.has("u", "1", None).is_none(), "a file is gone");
        assert!(folder.has("t", "2", None).is_none() && folder.has("t", "1", Some(0)).is_none());
        folder.finish(vec![finished("v", &[])]).expect("written");
        folder.settle(&["v".into(), "t".into()]).expect("written");
        let Err(error) = Folder::open(&path, &settings, false) else { panic!("two at once") };
        let process = std::process::id().to_string();
        assert!(error.to_string().contains("is being written by") && error.to_string().contains(&process), "{error}");
        drop(folder);
        assert_eq!(fs::read(path.join(LOCK)).expect("it stays"), b"", "and says nothing of a person");
        let folder = Folder::open(&path, &settings, false).expect("opened");
        assert!(folder.get("v").is_some() && folder.get("u").is_none());
    }

    #[test]
    fn other_settings_are_refused_unless_it_starts_again() {
        let path = tempfile::tempdir().expect("a folder");
        let (one, other) = (json!({"unit": "span"}), json!({"unit": "word"}));
        let mut folder = Folder::open(path.path(), &one, false).expect("made");
        folder.finish(vec![finished("t", &[])]).expect("written");
        drop(folder);
        let Err(error) = Folder::open(path.path(), &other, false) else { panic!("other settings") };
        assert!(error.to_string().contains("`unit` \"span\" instead of \"word\""), "{error}");
        let folder = Folder::open(path.path(), &other, true).expect("fresh");
        assert!(folder.get("t").is_none());
        drop(folder);
        fs::write(path.path().join(SETTINGS), "no json").expect("written");
        assert!(Folder::open(path.path(), &one, false).is_err());
        let file = path.path().join("file");
        fs::write(&file, "x").expect("written");
        assert!(Folder::open(&file, &one, false).is_err());
    }
}

//! One writer at a time, and the second one learns who the first is.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::log::now;

/// How long a lock may linger after its holder is gone: a process that is just being started shares the open files of
/// the one that starts it.
const LINGERING: Duration = Duration::from_millis(300);

/// Who has a project open for work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the user.
    pub user: String,
    /// Process number.
    pub pid: u32,
    /// Name of the machine.
    pub host: String,
    /// Since when, RFC 3339 in UTC.
    pub since: String,
    /// The program.
    pub program: String,
}

impl Holder {
    fn this_process() -> Self {
        let host = whoami::hostname().unwrap_or_else(|_| "this machine".to_owned());
        Self { user: user(), pid: std::process::id(), host, since: now(), program: program() }
    }

    fn unknown() -> Self {
        let unknown = || "unknown".to_owned();
        Self { user: unknown(), pid: 0, host: unknown(), since: unknown(), program: unknown() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, pid, host, since, program } = self;
        write!(f, "{user} on {host}, process {pid} ({program}), since {since}")
    }
}

/// The name of the user, as it stands beside every edit.
pub(super) fn user() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "spanlight".to_owned())
}

/// Why a lock was not had.
pub(crate) enum LockError {
    Held(Holder),
    Io(io::Error),
}

/// Takes the lock, which is held as long as the file is open, and writes down who has it.
///
/// The system gives the lock back when a process ends in whatever way, so no stale lock is ever in the way.
pub(crate) fn acquire(path: &Path) -> Result<File, LockError> {
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = open.map_err(LockError::Io)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if begun.elapsed() < LINGERING => thread::sleep(LINGERING / 30),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok());
                return Err(LockError::Held(holder.unwrap_or_else(Holder::unknown)));
            }
            Err(TryLockError::Error(cause)) => return Err(LockError::Io(cause)),
        }
    }
    // The words are a courtesy to the second writer: a full disk must not keep the first one out.
    let _ = describe(&mut file);
    Ok(file)
}

fn describe(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let mut line = serde_json::to_vec(&Holder::this_process())?;
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_writer_learns_who_the_first_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let Ok(first) = acquire(&path) else { panic!("free") };
        let Err(LockError::Held(holder)) = acquire(&path) else { panic!("held") };
        assert_eq!((holder.pid, holder.user), (std::process::id(), user()));
        let soon = thread::spawn(move || {
            thread::sleep(LINGERING / 6);
            drop(first);
        });
        assert!(acquire(&path).is_ok(), "a lock that lingers is waited for");
        soon.join().expect("let go");
    }
}

//! The program as a shell sees it: output, errors, exit codes.

mod align;
mod annotate;
#[path = "../common/mod.rs"]
mod common;
mod comparison;
mod context;
mod contexts;
mod encoders;
mod evaluation;
mod formats;
mod hub;
mod images;
mod learning;
mod models;
mod nested;
mod past;
mod projects;
mod providers;
mod queue;
mod real;
mod scheme;
mod select;
mod stub;
mod synthesize;
mod team;
mod usage;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program, with folders of its own.
struct Shell {
    folder: TempDir,
}

/// What came of one call.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A path in the folder of this test.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the folder of this test.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(&path, content).expect("written");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spanlight"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("SPANLIGHT_CONFIG_DIR", self.path("config")).env("SPANLIGHT_DATA_DIR", self.path("data"));
        command.env("SPANLIGHT_CACHE_DIR", self.path("cache"));
        command.env("SPANLIGHT_DEVICE", "cpu").env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The output of a call that did its work.
    fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// The one JSON object of a call that did its work.
    fn json(self) -> Value {
        let out = self.done();
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"));
        assert!(value.is_object() && out.lines().count() == 1, "{out}");
        value
    }

    /// What a call whose work failed says; its standard output is empty.
    fn failed(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{}", self.err);
        assert!(self.err.contains("error: ") && !self.err.contains("panicked"), "{}", self.err);
        self.err
    }

    /// What a call says that was used wrongly.
    fn refused(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        assert!(self.err.contains("error: "), "{}", self.err);
        self.err
    }
}

/// `count` tweets in CoNLL form, an orphan `I-LOC` in each.
fn tweets(count: usize) -> String {
    let tweet = |n| format!("IMGID:{n}\nword{n}\tO\nRome\tI-LOC\nmet\tO\nAda\tB-PER\nLove\tI-PER\n\n");
    (0..count).map(tweet).collect()
}

/// A file of the repository.
fn of_repository(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

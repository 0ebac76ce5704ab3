//! The store: nothing confirmed is ever lost, everything can be taken back, and one program works in it at a time.

#[path = "../common/mod.rs"]
mod common;
mod contexts;
mod crash;
mod exchange;
mod images;
mod learning;
mod nested;
mod past;
mod queue;
mod scheme;
mod sharing;
mod steps;

use std::path::PathBuf;

use spanlight::corpus::{Corpus, Format, ReadOptions};
use spanlight::project::{Change, ExportOptions, ExportReport, Project, Role, Settings, State, TweetId};
use spanlight_models::example::Span;
use spanlight_models::uncertainty::{Scored, Uncertainty};
use tempfile::TempDir;

const LABEL: ExportOptions = ExportOptions { format: Format::Conll, role: Role::Label, flatten: None };

fn corpus(text: &str) -> Corpus {
    Corpus::read_from("test", text.as_bytes(), ReadOptions::default()).expect("a corpus")
}

/// `count` tweets of four tokens, the second one an orphan `I-LOC`.
fn tweets(count: usize) -> String {
    let tweet = |n| format!("IMGID:{n}\nword{n}\tO\nRome\tI-LOC\nin\tO\nItaly\tB-LOC\n\n");
    (0..count).map(tweet).collect::<Vec<_>>().concat()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn project(text: &str) -> (TempDir, PathBuf, Project) {
    let folder = folder();
    let dir = folder.path().join("test.spanlight");
    let mut project = Project::create(&dir, &Settings::default()).expect("created");
    project.import(&corpus(text), Role::Label).expect("imported");
    (folder, dir, project)
}

/// What a model says that is unsure of a labelling and suggests nothing.
fn unsure(least_confidence: f32) -> Scored {
    Scored { uncertainty: Uncertainty { least_confidence, ..Uncertainty::default() }, ..Scored::default() }
}

fn relabel(tweet: TweetId, spans: &[Span]) -> Change {
    Change { tweet, spans: Some(spans.to_vec()), ..Change::default() }
}

fn set_state(tweet: TweetId, state: State) -> Change {
    Change { tweet, state: Some(state), ..Change::default() }
}

fn exported(project: &Project, options: ExportOptions) -> (String, ExportReport) {
    let mut out = Vec::new();
    let report = project.export(options, &mut out).expect("exported");
    (String::from_utf8(out).expect("UTF-8"), report)
}

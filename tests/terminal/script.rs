//! Two hundred edits at fifty keys a second: none is lost, none comes before its time, and all can be taken back.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use spanlight::corpus::Format;
use spanlight::project::{EditKind, ExportOptions, Project, Role, State};
use spanlight_models::example::Span;

use crate::{corpus, spanlight};

const EDITS: usize = 200;

/// One key every so often.
const PACE: Duration = Duration::from_millis(20);

/// What `annotate` gives a project without types.
const TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

/// Everything a project says: its tweets as they are written, and their states.
fn told(project: &Project) -> (Vec<u8>, Vec<State>) {
    let mut text = Vec::new();
    project
        .export(ExportOptions { format: Format::Jsonl, role: Role::Label, flatten: None }, &mut text)
        .expect("exported");
    (text, project.queue().iter().map(|item| item.state).collect())
}

fn read(dir: &Path) -> (Vec<u8>, Vec<State>) {
    told(&Project::open_read_only(dir).expect("opened"))
}

#[test]
fn two_hundred_edits_at_fifty_keys_a_second_are_kept_in_order_and_taken_back() {
    let home = tempfile::tempdir().expect("a folder");
    let tweets = corpus(home.path(), EDITS);
    let dir = home.path().join("p.spanlight");
    let shown = dir.display().to_string();
    let arguments = ["annotate", "--graphics", "blocks", "--corpus", &tweets, "--project", &shown];
    let mut program = spanlight(home.path(), [100, 30], &arguments);
    program.until(|text| text.contains("200 to do") || text.contains("✓0"));
    // What comes next is the following tweet, whatever the model thinks of them.
    program.keys("O");
    program.until(|text| text.contains("following tweet of the corpus"));

    // The edits: on every tweet one label, of a type and at a token that tell the place in the script.
    let mut keys = String::new();
    for edit in 0..EDITS {
        keys.push_str(&"d".repeat(edit % 3));
        keys.push(['1', '2', '3', '4'][edit % 4]);
        keys.push('s');
    }
    let begun = Instant::now();
    for (place, key) in keys.chars().enumerate() {
        program.keys(key.encode_utf8(&mut [0; 4]));
        let due = begun + PACE * (place as u32 + 1);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    program.until(|text| text.contains("this is the last tweet of the queue"));
    program.keys("q");
    assert!(program.end().success());

    let project = Project::open_read_only(&dir).expect("opened");
    let mut numbers = Vec::new();
    for (edit, item) in project.queue().iter().enumerate() {
        let labels = project.tweet(item.id).expect("there").example.spans;
        let token = edit % 3;
        assert_eq!(labels, [Span::new(TYPES[edit % 4], token, token + 1)], "tweet {edit}");
        let history = project.timeline(item.id).expect("read");
        assert_eq!((history.len(), history[1].kind), (2, Some(EditKind::Edit)), "tweet {edit}: {history:?}");
        numbers.push(history[1].number);
    }
    assert!(numbers.is_sorted(), "edits are in the order of the keys: {numbers:?}");
    assert_eq!((numbers.len(), project.undo_depth()), (EDITS, (EDITS, 0)));
    let labelled = told(&project);
    drop(project);

    // All back, and all again, by keys in a program that was started anew.
    let mut program = spanlight(home.path(), [100, 30], &arguments);
    program.until(|text| text.contains("✓0"));
    for (key, end) in [("u", "there is nothing to undo"), ("U", "there is nothing to redo")] {
        for _ in 0..=EDITS {
            program.keys(key);
            thread::sleep(PACE);
        }
        program.until(|text| text.contains(end));
        if key == "u" {
            let (text, states) = read(&dir);
            assert!(!String::from_utf8_lossy(&text).contains("PER"), "no label is left");
            assert!(states.iter().all(|state| matches!(state, State::New | State::Seen)), "{states:?}");
        }
    }
    program.keys("q");
    assert!(program.end().success());
    assert_eq!(read(&dir), labelled);
}

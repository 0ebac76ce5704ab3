//! One writer, any number of readers, and what is no store.

use std::fs;

use spanlight::project::{Project, ProjectError, Role, Settings, State};
use spanlight_models::example::Span;

use super::*;

#[test]
fn one_program_works_and_others_look_on() {
    let (_folder, dir, mut project) = project(&tweets(2));
    let locked = Project::open(&dir).expect_err("locked");
    let ProjectError::Locked { holder, .. } = &locked else { panic!("{locked}") };
    assert_eq!(holder.pid, std::process::id());
    assert!(locked.to_string().contains(&format!("process {}", std::process::id())), "{locked}");
    assert!(matches!(Project::create(&dir, &Settings::default()), Err(ProjectError::Locked { .. })));

    let first = project.queue()[0].id;
    project.apply("done", &[set_state(first, State::Done)]).expect("applied");
    let mut reader = Project::open_read_only(&dir).expect("opened beside the writer");
    assert_eq!((reader.queue()[0].state, reader.is_read_only()), (State::Done, true));
    for error in [
        reader.apply("x", &[set_state(first, State::Flagged)]).expect_err("read-only"),
        reader.import(&corpus("IMGID:9\na\tO\n"), Role::Label).expect_err("read-only"),
        reader.mark_seen(reader.queue()[1].id).expect_err("read-only"),
        reader.update_settings(Settings::default()).expect_err("read-only"),
        reader.undo().expect_err("read-only"),
    ] {
        assert!(matches!(error, ProjectError::ReadOnly { .. }), "{error}");
    }
    assert_eq!(reader.queue()[1].state, State::New);
    project.apply("PER", &[relabel(first, &[Span::new("PER", 0, 1)])]).expect("applied beside the reader");
    let (text, _) = exported(&reader, LABEL);
    assert!(text.contains("word0\tB-PER"), "an export shows what is there when it is made");

    drop(project);
    assert!(matches!(Project::create(&dir, &Settings::default()), Err(ProjectError::AlreadyThere { .. })));
    Project::open(&dir).expect("free again");
}

#[test]
fn what_is_no_store_is_refused_in_words() {
    let folder = folder();
    let nothing = folder.path().join("nothing");
    assert!(matches!(Project::open(&nothing), Err(ProjectError::NotAProject { .. })));
    assert!(!nothing.exists());

    let (_folder, dir, project) = project(&tweets(200));
    drop(project);
    let store = dir.join("store.sqlite");
    let good = fs::read(&store).expect("readable");
    let refuse = |bytes: &[u8]| {
        fs::write(&store, bytes).expect("written");
        Project::open(&dir).expect_err("refused")
    };
    let mut torn = good.clone();
    torn[4096..].fill(0x5a);
    for bytes in [&b"no database at all, but long enough to be one"[..], &torn, &good[..6000], b""] {
        let error = refuse(bytes);
        assert!(matches!(error, ProjectError::Corrupt { .. }), "{error:?}");
        assert!(error.to_string().contains("store.sqlite"), "{error}");
    }
    fs::write(&store, &good).expect("written");
    let db = rusqlite::Connection::open(&store).expect("opened");
    db.pragma_update(None, "user_version", 99).expect("changed");
    drop(db);
    let newer = Project::open(&dir).expect_err("newer");
    assert!(matches!(newer, ProjectError::NewerVersion { found: 99, .. }), "{newer}");
    fs::write(&store, &good).expect("written");
    fs::write(dir.join("project.toml"), "colour = 1").expect("written");
    assert!(matches!(Project::open(&dir), Err(ProjectError::Settings { .. })));
}

//! History, versions and progress on the command line.

use spanlight::project::{Change, Project, State};
use spanlight_models::example::Span;

use super::*;

/// A project of three tweets whose labels are edited by `label`.
fn project(shell: &Shell) -> Project {
    let data = shell.file("corpus.txt", tweets(3));
    shell.run(&["import", &data, "--project", "p"]).done();
    Project::open(&shell.path("p")).expect("opened")
}

fn label(project: &mut Project, place: usize, spans: &[(&str, usize, usize)]) {
    let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
    let change =
        Change { tweet: project.queue()[place].id, spans: Some(spans), state: Some(State::Done), ..Change::default() };
    project.apply("label", &[change]).expect("applied");
}

#[test]
fn versions_are_made_compared_exported_and_restored() {
    let shell = Shell::new();
    let mut work = project(&shell);
    label(&mut work, 0, &[("PER", 3, 5)]);
    // Somebody works in it: making a version waits, looking does not.
    assert!(shell.run(&["version", "create", "v1", "--project", "p"]).failed().contains("is open in another program"));
    assert_eq!(shell.run(&["version", "list", "--project", "p", "--json"]).json()["versions"], serde_json::json!([]));
    drop(work);
    let made = shell.run(&["version", "create", "v1", "--project", "p", "--json"]).json();
    assert_eq!((&made["version"]["name"], &made["version"]["types"][0]), (&"v1".into(), &"LOC".into()));
    assert!(shell.run(&["version", "create", "v1", "--project", "p"]).failed().contains("choose another name"));
    let first = shell.run(&["export", "--project", "p"]).done();

    let mut work = Project::open(&shell.path("p")).expect("opened");
    label(&mut work, 0, &[("LOC", 3, 5)]);
    label(&mut work, 1, &[("PER", 3, 5)]);
    drop(work);
    shell.run(&["version", "create", "v2", "--project", "p"]).done();
    for arguments in [
        &["diff", "v1", "v2", "--project", "p", "--json"][..],
        &["diff", "p@v1", "p@v2", "--json"],
        &["diff", "v1", "now", "--project", "p", "--json"],
        &["diff", "p@v1", "p", "--json"],
    ] {
        let report = shell.run(arguments).json();
        assert_eq!((&report["tweets"], &report["same"]), (&3.into(), &1.into()), "{arguments:?}");
        assert_eq!((&report["kinds"]["type"], &report["kinds"]["removed"]), (&1.into(), &1.into()), "{report}");
    }
    let said = shell.run(&["diff", "v1", "v3", "--project", "p"]).failed();
    assert!(said.contains("no version v3; it has v1, v2"), "{said}");
    assert_eq!(shell.run(&["export", "--project", "p", "--version", "v1"]).done(), first);
    assert_ne!(shell.run(&["export", "--project", "p"]).done(), first);

    let restored = shell.run(&["version", "restore", "v1", "--project", "p", "--json"]).json();
    assert_eq!(restored["tweets"], 2);
    assert_eq!(shell.run(&["export", "--project", "p"]).done(), first);
    let list = shell.run(&["version", "list", "--project", "p"]).done();
    assert!(list.contains("v1") && list.contains("2 tweets edited since"), "{list}");
    Project::open(&shell.path("p")).expect("opened").undo().expect("undone").expect("one step");
    assert_ne!(shell.run(&["export", "--project", "p"]).done(), first);
}

#[test]
fn the_history_of_a_tweet_is_listed_and_gone_back_in() {
    let shell = Shell::new();
    let mut work = project(&shell);
    label(&mut work, 0, &[("PER", 0, 1)]);
    label(&mut work, 0, &[("LOC", 0, 1)]);
    drop(work);
    let report = shell.run(&["history", "--project", "p", "--id", "0", "--json"]).json();
    let events = report["events"].as_array().expect("a list");
    let summaries: Vec<_> = events.iter().map(|event| event["summary"].as_str().expect("a summary")).collect();
    assert_eq!(summaries, ["import", "label", "label"]);
    assert_eq!(events[2]["changes"][0]["kind"], "type");
    let number = events[1]["number"].to_string();
    let text = shell.run(&["history", "--project", "p", "--id", "0", "--restore", &number]).done();
    assert!(text.contains(&format!("as it was after number {number}")), "{text}");
    assert!(text.contains("[word0] PER becomes [word0] LOC") && text.contains("back to “label”"), "{text}");
    let again = shell.run(&["history", "--project", "p", "--id", "0", "--restore", &number]).done();
    assert!(again.contains("nothing was changed"), "{again}");
    assert!(shell.run(&["history", "--project", "p", "--id", "0", "--restore", "77"]).failed().contains("number 77"));
    assert!(shell.run(&["history", "--project", "p", "--id", "x"]).failed().contains("no tweet with the id `x`"));
}

#[test]
fn progress_is_told_with_the_counts() {
    let shell = Shell::new();
    let mut work = project(&shell);
    label(&mut work, 0, &[("PER", 0, 1), ("LOC", 1, 2)]);
    drop(work);
    let db = rusqlite::Connection::open(shell.path("p/store.sqlite")).expect("opened");
    // The clock of her other machine is ahead, then behind.
    db.execute_batch(
        "INSERT INTO edits SELECT 2, '2999-01-01T00:00:00.000Z', who, 2, kind, 2, summary, tweet + 1, before, after, slot FROM edits;
         INSERT INTO edits SELECT 3, '2998-12-31T23:59:30.000Z', who, 3, kind, 3, summary, tweet + 1, before, after, slot FROM edits WHERE seq = 2;
         INSERT INTO edits SELECT 4, '2998-12-31T23:59:40.000Z', who, 4, kind, 4, summary, tweet, before, after, slot FROM edits WHERE seq = 3;",
    )
    .expect("written");
    drop(db);
    let stats = shell.run(&["stats", "--project", "p", "--json"]).json();
    let progress = &stats["progress"];
    assert_eq!((&progress["total"]["tweets"], &progress["total"]["seconds"]), (&3.into(), &10.0.into()), "{progress}");
    assert_eq!((&progress["backwards"], &progress["pause_seconds"]), (&1.into(), &300.into()));
    assert_eq!(progress["total"]["labels_per_hour"], 2160.0);
    let text = shell.run(&["stats", "--project", "p", "--pause", "1"]).done();
    for part in ["labels an hour", "a clock ran backwards 1 times", "more than 1 minutes without an edit are a pause"] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    shell.run(&["stats", "--project", "p", "--pause", "0"]).refused();
}

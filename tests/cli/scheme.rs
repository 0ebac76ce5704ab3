//! Types, comments and boxes from the command line.

use super::*;

/// A project of two tweets with an image each.
fn project(shell: &Shell) -> String {
    let line = |n| {
        format!(
            "{{\"id\":\"{n}\",\"tokens\":[\"Ada\",\"in\",\"Rome\"],\"spans\":[{{\"start\":0,\"end\":1,\"type\":\"PER\"}},{{\"start\":2,\"end\":3,\"type\":\"LOC\"}}],\"images\":[\"{n}\"]}}\n"
        )
    };
    let data = shell.file("corpus.jsonl", (1..3).map(line).collect::<String>());
    let dir = shell.path("p.spanlight").display().to_string();
    shell.run(&["import", &data, "--project", &dir]).done();
    dir
}

#[test]
fn types_are_changed_after_a_look() {
    let shell = Shell::new();
    let dir = project(&shell);
    let at = ["--project", dir.as_str(), "--json"];
    let run = |arguments: &[&str]| shell.run(&[&["types"], arguments, &at[..]].concat());
    let look = run(&["rename", "LOC", "PLACE", "--dry-run"]).json();
    assert_eq!((&look["changed"], &look["labels"], &look["states"]["new"]), (&false.into(), &2.into(), &2.into()));
    assert_eq!(look["samples"]["items"][0]["words"], "Rome");
    assert_eq!(run(&["rename", "LOC", "PLACE"]).json()["changed"], true);
    run(&["describe", "PLACE", "--description", "Where things are.", "--key", "y", "--color", "#00ff00"]).json();
    run(&["add", "TIME"]).json();
    let listed = run(&["list"]).json();
    let types = listed["types"].as_array().expect("a list");
    let place = types.iter().find(|entry| entry["name"] == "PLACE").expect("there");
    assert_eq!((&place["name"], &place["labels"], &place["key"]), (&"PLACE".into(), &2.into(), &"y".into()));
    assert_eq!((&place["examples"][0][0], &place["was"][0]), (&"Rome".into(), &"LOC".into()));
    assert!(run(&["remove", "PLACE"]).failed().contains("say what becomes of them"));
    run(&["merge", "PLACE", "TIME", "--into", "PER"]).json();
    assert_eq!(run(&["list"]).json()["types"][0]["labels"], 4);
    assert!(run(&["rename", "NO", "X"]).failed().contains("there are PER"));
    let out = shell.run(&["export", "--project", &dir]).done();
    assert_eq!(out.matches("\"PER\"").count(), 4, "{out}");
}

#[test]
fn comments_and_boxes_are_written_and_merged() {
    let shell = Shell::new();
    let dir = project(&shell);
    let at = ["--project", dir.as_str(), "--json"];
    let run = |arguments: &[&str]| shell.run(&[arguments, &at[..]].concat());
    run(&["comments", "add", "who?", "--id", "1", "--tokens", "0:1", "--kind", "question"]).json();
    run(&["comments", "answer", "1", "Lovelace"]).json();
    assert!(run(&["comments", "answer", "1", "x"]).failed().contains("only questions"));
    assert!(run(&["comments", "add", "x", "--id", "1", "--tokens", "0:9"]).failed().contains("3 tokens"));
    let listed = run(&["comments", "list", "--kind", "decision"]).json();
    let entry = &listed["comments"][0];
    assert_eq!(
        (&entry["tweet"], &entry["words"], &entry["answer"]["text"]),
        (&"1".into(), &"Ada".into(), &"Lovelace".into())
    );

    run(&["box", "add", "1,2,30,40", "--id", "1", "--tokens", "0:1"]).json();
    let two = run(&["box", "add", "5,6,7,8", "--id", "1", "--tokens", "0:1"]).json();
    assert_eq!(two["tweets"][0]["boxes"][1]["xmin"], 5.0);
    assert!(run(&["box", "remove", "3", "--id", "1"]).failed().contains("no box number 3"));
    run(&["box", "remove", "2", "--id", "1"]).json();
    let folder = shell.path("out").display().to_string();
    shell.run(&["export", "--project", &dir, "--format", "gmner", "--out", &folder]).done();
    let again = shell.path("again.spanlight").display().to_string();
    shell.run(&["import", &folder, "--project", &again]).done();
    let boxes = shell.run(&["box", "list", "--project", &again, "--json"]).json();
    assert_eq!(boxes["tweets"][0]["boxes"][0]["ymax"], 40.0);
    let back = shell.path("back").display().to_string();
    shell.run(&["export", "--project", &again, "--format", "gmner", "--out", &back]).done();
    for name in ["tweets.txt", "xml/1.xml"] {
        let read = |folder: &str| std::fs::read(Path::new(folder).join(name)).expect("there");
        assert_eq!(read(&folder), read(&back), "{name}");
    }

    let other = shell.path("o.spanlight").display().to_string();
    shell.run(&["import", &shell.path("corpus.jsonl").display().to_string(), "--project", &other]).done();
    shell.run(&["comments", "add", "hm", "--id", "1", "--project", &other]).done();
    let both = shell.path("both.spanlight").display().to_string();
    shell.run(&["merge", &dir, &other, "--into", &both]).done();
    let merged = shell.run(&["comments", "list", "--project", &both, "--json"]).json();
    let who: Vec<&Value> = merged["comments"].as_array().expect("a list").iter().map(|one| &one["who"]).collect();
    assert_eq!(who, ["p", "o"]);
}

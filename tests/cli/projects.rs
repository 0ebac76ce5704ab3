//! Corpora in and out of projects.

use std::fs;

use spanlight::project::Project;

use super::*;

#[test]
fn a_corpus_goes_in_and_comes_out_as_it_was() {
    let shell = Shell::new();
    // No final newline, CRLF in one place, a byte order mark: everything must survive.
    let source = format!("\u{feff}{}IMGID:x\r\nlast\tB-ORG", tweets(3));
    let data = shell.file("t.txt", &source);
    let report = shell.run(&["import", &data, "--project", "p", "--json"]).json();
    for (field, count) in [("tweets", 4), ("entities", 7), ("missing_images", 4)] {
        assert_eq!(report[field], count, "{field} of {report}");
    }
    assert_eq!((&report["format"], &report["role"]), (&"conll".into(), &"label".into()));
    assert_eq!(report["repairs"]["total"], 3);
    assert_eq!(report["repairs"]["items"][0]["line"], 3);
    assert_eq!(report["new_types"], serde_json::json!(["LOC", "PER", "ORG"]));

    let ran = shell.run(&["export", "--project", "p"]);
    assert!(ran.err.contains("4 tweets (4 of them as imported)"), "{}", ran.err);
    assert_eq!(ran.done(), source);
    let report = shell.run(&["export", "--project", "p", "--out", "again.txt", "--json"]).json();
    assert_eq!((&report["tweets"], &report["unchanged"]), (&4.into(), &4.into()));
    assert_eq!(fs::read_to_string(shell.path("again.txt")).expect("written"), source);

    let json = shell.run(&["export", "--project", "p", "--format", "jsonl"]).done();
    assert_eq!(json.lines().count(), 4);
    shell.file("t.jsonl", &json);
    shell.run(&["import", "t.jsonl", "--project", "q"]).done();
    assert_eq!(shell.run(&["export", "--project", "q"]).done(), json);
}

#[test]
fn published_corpora_come_out_as_they_went_in() {
    let Some(data) = super::common::published() else { return };
    let shell = Shell::new();
    let (corpus, images) = (data.join("twitter2015/test.txt"), data.join("images"));
    let (corpus, images) = (corpus.display().to_string(), images.display().to_string());
    let arguments = ["import", "--format", "conll", &corpus, "--images", &images, "--project", "out/t15", "--json"];
    let report = shell.run(&arguments).json();
    assert_eq!((&report["tweets"], &report["entities"]), (&3257.into(), &5207.into()));
    assert_eq!(report["repairs"]["total"], 135);
    let exported = shell.run(&["export", "--project", "out/t15", "--format", "conll"]).done();
    assert!(exported.as_bytes() == fs::read(&corpus).expect("readable"));
}

#[test]
fn people_read_the_report_too() {
    let shell = Shell::new();
    let data = shell.file("t.txt", format!("{}{}", tweets(60), tweets(1)));
    let text = shell.run(&["import", &data, "--project", "p", "--role", "held-out"]).done();
    for part in [
        "61 tweets with 122 entities",
        "held-out",
        "new types: LOC, PER",
        "more than once: 1",
        "line 3: tweet 0: I-LOC is read as B-LOC",
        "... and 11 more",
    ] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    let said = shell.run(&["export", "--project", "p"]).failed();
    assert!(said.contains("no tweets of role label"), "{said}");
    let text = shell.run(&["stats", "--project", "p"]).done();
    let held_out = text.lines().find(|line| line.trim_start().starts_with("held-out")).expect("a line");
    assert!(held_out.ends_with(" 61"), "{text}");
}

#[test]
fn the_same_corpus_is_not_taken_in_twice() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(1));
    shell.run(&["import", &data, "--project", "p"]).done();
    assert!(shell.run(&["import", &data, "--project", "p"]).failed().contains("already"));
    assert_eq!(shell.run(&["stats", "--project", "p", "--json"]).json()["roles"]["label"], 1);
}

#[test]
fn images_beside_a_corpus_are_found() {
    let shell = Shell::new();
    shell.file("c/images/0.jpg", b"not an image, but there");
    let data = shell.file("c/t.txt", tweets(2));
    let report = shell.run(&["import", &data, "--project", "p", "--json"]).json();
    assert_eq!(report["missing_images"], 1);
    let said = shell.run(&["import", &data, "--project", "q", "--images", "nowhere"]).failed();
    assert!(said.contains("nowhere is no folder of images"), "{said}");
    assert!(!shell.path("q").exists());
    let more = shell.file("more.txt", tweets(3));
    shell.file("elsewhere/2.png", b"there");
    let report = shell.run(&["import", &more, "--project", "p", "--images", "elsewhere", "--json"]).json();
    assert_eq!(report["missing_images"], 1, "both folders are the project's now");
}

#[test]
fn every_malformed_line_is_named_and_can_be_passed_over() {
    let shell = Shell::new();
    let source = format!("{}IMGID:bad\u{1b}[2J\none two three\nx\tB-\n\nIMGID:worse\ny\tQ\n\n{}", tweets(1), tweets(1));
    let data = shell.file("t.txt", source);
    for arguments in [&["import", &data, "--project", "p"][..], &["evaluate", "--data", &data]] {
        let said = shell.run(arguments).failed();
        for line in [9, 10, 13] {
            assert!(said.contains(&format!("{data}:{line}: tweet ")), "line {line} in {said}");
        }
        assert!(said.contains("3 malformed lines") && said.contains("--skip-bad"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    assert!(!shell.path("p").exists(), "nothing is made for a corpus that cannot be read");
    let report = shell.run(&["import", &data, "--project", "p", "--skip-bad", "--json"]).json();
    assert_eq!((&report["tweets"], &report["skipped"]["total"]), (&2.into(), &2.into()));
    assert!(shell.run(&["import", &data, "--project", "q", "--skip-bad"]).done().contains("left out: 2"));
}

#[test]
fn what_is_no_corpus_is_told_apart() {
    let shell = Shell::new();
    let cases: [(&str, &[u8], &str); 5] = [
        ("empty", b"", "is empty"),
        ("zip", b"PK\x03\x04rest", "zip archive"),
        ("binary", b"\x00\x01\x02\x03", "is a binary file"),
        ("prose", b"Once upon a time\nthere was a corpus\n", "is in no known format"),
        ("array", b"[{\"id\": 1}]", "JSON array"),
    ];
    for (name, content, part) in cases {
        let file = shell.file(name, content);
        let said = shell.run(&["import", &file, "--project", "p"]).failed();
        assert!(said.contains(name) && said.contains(part), "{said}");
    }
    let long = shell.file("long", "x".repeat(3 << 20));
    let said = shell.run(&["import", &long, "--project", "p", "--format", "conll"]).failed();
    assert!(said.contains("longer than"), "{said}");
    let said = shell.run(&["import", "absent.txt", "--project", "p"]).failed();
    assert!(said.contains("cannot read absent.txt"), "{said}");
    let said = shell.run(&["import", ".", "--project", "p"]).failed();
    assert!(said.contains("cannot read ."), "{said}");
}

#[test]
fn a_project_that_is_open_elsewhere_names_its_holder_and_can_be_read() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(2));
    let more = shell.file("more.txt", tweets(3));
    shell.run(&["import", &data, "--project", "p"]).done();
    let held = Project::open(&shell.path("p")).expect("opened");
    let said = shell.run(&["import", &more, "--project", "p"]).failed();
    assert!(said.contains(&format!("process {}", std::process::id())) && said.contains("open in another"), "{said}");
    assert_eq!(shell.run(&["export", "--project", "p"]).done(), tweets(2));
    assert_eq!(shell.run(&["stats", "--project", "p", "--json"]).json()["states"]["new"], 2);
    drop(held);
    shell.run(&["import", &more, "--project", "p"]).done();
}

#[test]
fn folders_that_are_no_projects_are_refused() {
    let shell = Shell::new();
    shell.file("other/file.txt", "x");
    for command in ["export", "stats"] {
        for dir in ["absent", "other"] {
            let said = shell.run(&[command, "--project", dir]).failed();
            assert!(said.contains(&format!("{dir} is not a spanlight project")), "{said}");
        }
    }
    shell.file("fake/store.sqlite", "not a database at all, whatever its name says");
    assert!(shell.run(&["stats", "--project", "fake"]).failed().contains("store.sqlite"));
}

#[test]
fn an_export_replaces_its_file_at_once_or_not_at_all() {
    let shell = Shell::new();
    let source = "{\"id\":\"1\",\"tokens\":[\"a b\"]}\n{\"id\":\"2\",\"tokens\":[\"tab\\there\"]}\n";
    let data = shell.file("t.jsonl", source);
    shell.run(&["import", &data, "--project", "p"]).done();
    let ran = shell.run(&["export", "--project", "p", "--format", "conll", "--out", "o.txt"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("tweet 2: ") && ran.err.contains("1 of 2 tweets cannot be written as conll"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_to_string(shell.path("o.txt")).expect("the others are there"), "IMGID:1\na b\tO\n\n");
    let said = shell.run(&["export", "--project", "p", "--out", "no/such/folder/o.txt"]).failed();
    assert!(said.contains("o.txt"), "{said}");
    let left = fs::read_dir(shell.folder.path()).expect("listed").flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".spanlight-")));
}

#[test]
fn stats_count_everything() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(5));
    shell.run(&["import", &data, "--project", "p"]).done();
    let stats = shell.run(&["stats", "--project", "p", "--json"]).json();
    assert_eq!((&stats["roles"]["label"], &stats["states"]["new"]), (&5.into(), &5.into()));
    assert_eq!((&stats["types"]["LOC"], &stats["types"]["PER"]), (&5.into(), &5.into()));
    assert_eq!((&stats["tokens"], &stats["edits"], &stats["corrections_waiting"]), (&25.into(), &0.into(), &0.into()));
    assert_eq!(stats["files"][0]["format"], "conll");
}

//! Texts that accompany tweets: files in every published form, lists, edits, files again.

use serde_json::json;

use super::common::skipped;
use super::*;

/// A project `p` of the tweets 0, 1, ....
fn project(shell: &Shell, count: usize) {
    let data = shell.file("t.txt", tweets(count));
    shell.run(&["import", &data, "--project", "p"]).done();
}

fn import(shell: &Shell, content: &str, more: &[&str]) -> Value {
    let file = shell.file("contexts", content);
    shell.run(&[&["context", "import", "--project", "p", "--json", &file], more].concat()).json()
}

fn contexts(shell: &Shell, id: &str) -> Vec<(String, String)> {
    let listing = shell.run(&["context", "list", "--project", "p", "--id", id, "--json"]).json();
    let text = |context: &Value, field: &str| context[field].as_str().unwrap_or_default().to_owned();
    let contexts = listing["contexts"].as_array().cloned().unwrap_or_default();
    contexts.iter().map(|context| (text(context, "kind"), text(context, "text"))).collect()
}

#[test]
fn every_published_form_is_recognised() {
    let knowledge = |n: usize| {
        format!("word{n}\tO\r\nRome\tI-LOC\r\nmet\tO\r\nAda\tB-PER\r\nLove\tI-PER\r\n<EOS>\tX\r\nk{n}\tX\r\nis\tX\r\n")
    };
    for (form, content, kind, first) in [
        ("lines", "0.jpg :a dog : asleep\n1.jpg :a cat\n".to_owned(), "caption", "a dog : asleep"),
        ("map", "{\"0.jpg\": \"a dog\",\n \"1.jpg\": \"a cat\"}".into(), "caption", "a dog"),
        ("blocks", "imgid:0###a dog\n\nasleep\nimgid:1###a cat\n".into(), "caption", "a dog\n\nasleep"),
        (
            "jsonl",
            "{\"tweet_id\": \"0\", \"caption\": \"a dog\", \"tokens\": []}\n{\"tweet_id\": 1, \"caption\": \"c\"}\n"
                .into(),
            "caption",
            "a dog",
        ),
        ("knowledge", [knowledge(0), knowledge(1)].join("\r\n"), "knowledge", "k0 is"),
        ("pairs", "0\r\nNamed entities: none\r\n1\r\nNone\r\n".into(), "knowledge", "Named entities: none"),
        ("tsv", "0\ta dog\n1\ta cat\n".into(), "caption", "a dog"),
    ] {
        let shell = Shell::new();
        project(&shell, 3);
        let report = import(&shell, &content, &[]);
        assert_eq!((&report["form"], &report["added"]), (&form.into(), &2.into()), "{report}");
        assert_eq!(report["files"][0]["ends_early"], true, "{report}");
        assert_eq!(report["files"][0]["missed"]["items"], json!(["2"]));
        assert_eq!(contexts(&shell, "0"), [(kind.to_owned(), first.to_owned())], "{form}");
    }
    let shell = Shell::new();
    project(&shell, 1);
    let lines = "0.jpg###Ada(PER)###a poet###0###&[0, 0, 0, 0]\n0.jpg###Rome (new)(LOC)###a town###2###&[1, 2, 3, 4]\n";
    assert_eq!(import(&shell, lines, &[])["form"], "expansions");
    let listing = shell.run(&["context", "list", "--project", "p", "--id", "0", "--json"]).json();
    let items = json!([{"text": "Ada: a poet"}, {"text": "Rome (new): a town"}]);
    assert_eq!(listing["contexts"][0]["items"], items, "the types are labels and stay out");
    let predicted = "Imageid:0.jpg#7###Ada(PER)###Ada(PER)-a poet###2\n";
    import(&shell, predicted, &["--replace"]);
    let listing = shell.run(&["context", "list", "--project", "p", "--id", "0"]).done();
    assert!(listing.contains("0 #0 knowledge (contexts, ") && listing.ends_with(": Ada: a poet\n"), "{listing}");
}

#[test]
fn published_files_go_with_their_corpora() {
    let Some(data) = super::common::published() else { return };
    let shell = Shell::new();
    let import = |corpus: &str, project: &str, file: &str| {
        let (corpus, file) = (data.join(corpus).display().to_string(), data.join(file).display().to_string());
        if !shell.path(project).exists() {
            shell.run(&["import", &corpus, "--project", project]).done();
        }
        shell.run(&["context", "import", "--project", project, &file, "--json"]).json()
    };
    let report = import("twitter2015/valid.txt", "p15", "captions/BLIP2_15.txt");
    let counts = |report: &Value| json!(["form", "tweets", "added"].map(|name| report[name].clone()));
    assert_eq!(counts(&report), json!(["lines", 999, 999]), "one caption is empty");
    assert_eq!((&report["extra"]["total"], &report["empty"]["total"]), (&7287.into(), &2.into()));
    let report = import("twitter2015/valid.txt", "p15", "captions/CATR_15.json");
    assert_eq!(counts(&report), json!(["map", 1000, 1000]));
    let report = import("twitter2017/valid.txt", "p17", "captions/CATR_17.json");
    let missed = report["files"][0]["missed"]["total"].as_u64().expect("a count");
    assert!(missed > 0 && report["files"][0]["covered"].as_u64() == Some(723 - missed), "{missed}");
    let report = import("twitter2015/train.txt", "t15", "captions/RiTUAL_toy.jsonl");
    assert_eq!(report["form"], "jsonl");
    assert!(report["tweets"].as_u64().is_some_and(|tweets| tweets > 0));
    let report = import("twitter2017/train.txt", "t17", "knowledge/pgim_manual/2017train_GPT.txt");
    assert_eq!((&report["form"], &report["extra"]["total"]), (&"pairs".into(), &0.into()));
    let report = import("twitter2015/train.txt", "t15", "knowledge/pgim_manual/2015train.txt");
    assert_eq!((&report["form"], &report["extra"]["total"]), (&"pairs".into(), &0.into()));
    let report = import("gmner/txt/test.txt", "g", "knowledge/riveg/GMNER_finall_label.txt");
    assert_eq!((&report["form"], &report["extra"]["total"]), (&"expansions".into(), &0.into()));
    let predicted = import("gmner/txt/test.txt", "g", "knowledge/riveg/OFAVE_to_OFAREC_augment.txt");
    assert_eq!(predicted["extra"]["total"], 0);

    // The compressed ones are decompressed by the user.
    for (corpus, project, file, form) in [
        ("twitter2015/valid.txt", "p15", "knowledge/pgim_2015/valid.txt", "knowledge"),
        ("gmner/txt/dev.txt", "gd", "captions/mPLUG-Owl_gmner_dev.txt", "blocks"),
    ] {
        let compressed = data.join(format!("{file}.zst"));
        let Ok(zstd) = Command::new("zstd").args(["-d", "-c"]).arg(&compressed).output() else {
            skipped(format_args!("zstd is not there to decompress {}", compressed.display()));
            continue;
        };
        let plain = shell.file("plain.txt", zstd.stdout);
        let report = import(corpus, project, &plain);
        assert_eq!((&report["form"], &report["extra"]["total"]), (&form.into(), &0.into()), "{file}");
        let coverage = &report["files"][0];
        assert_eq!(coverage["ends_early"], true, "{file}");
        let refused =
            shell.run(&["context", "import", "--project", project, &compressed.display().to_string()]).failed();
        assert!(refused.contains("zstd -d"), "{refused}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    let shell = Shell::new();
    project(&shell, 2);
    let long = "word ".repeat(5_000);
    let record = json!({"id": "0", "kind": "tags", "items": [{"text": "a\tb", "score": 0.5}, {"text": "c"}],
                        "image": "0", "similarity": 0.31, "source": "detector", "model": "m"});
    let lines = [record, json!({"id": "1", "ocr": "two\nlines \\n \u{1b}[2J"}), json!({"id": "1", "caption": long})];
    let content = lines.map(|line| line.to_string() + "\n").concat();
    assert_eq!(import(&shell, &content, &[])["added"], 3);
    assert_eq!(contexts(&shell, "1")[1], ("caption".to_owned(), long.trim().to_owned()));
    let all = shell.run(&["context", "export", "--project", "p"]).done();
    for format in ["jsonl", "tsv"] {
        let written = shell.run(&["context", "export", "--project", "p", "--format", format]).done();
        shell.file("other/t.txt", tweets(2));
        let project = format!("p-{format}");
        shell.run(&["import", "other/t.txt", "--project", &project]).done();
        let file = shell.file("again", written);
        shell.run(&["context", "import", "--project", &project, &file]).done();
        let again = shell.run(&["context", "export", "--project", &project]).done();
        let without_time = |text: &str| -> Vec<Value> {
            let line = |line: &str| {
                let mut value: Value = serde_json::from_str(line).expect("JSON");
                value.as_object_mut().expect("an object").remove("at");
                value
            };
            text.lines().map(line).collect()
        };
        assert_eq!(without_time(&again), without_time(&all), "{format}");
        let report = shell.run(&["context", "import", "--project", &project, &file, "--json"]).json();
        assert_eq!((&report["added"], &report["changed"], &report["removed"]), (&0.into(), &0.into(), &0.into()));
    }
    let report = shell
        .run(&["context", "export", "--project", "p", "--kind", "ocr", "--out", "o.tsv", "--format", "tsv", "--json"])
        .json();
    assert_eq!(report["contexts"], 1);
    let shown = shell.run(&["context", "list", "--project", "p", "--id", "1"]).done();
    assert!(shown.contains("\\u{1b}[2J"), "nothing steers the terminal");
}

#[test]
fn malformed_entries_are_named_by_file_line_and_id() {
    let shell = Shell::new();
    project(&shell, 2);
    for (content, places) in [
        ("0.jpg :a\nno id\n1.jpg :b\n\u{7}.jpg\n", &["2: ", "4: "][..]),
        ("{\"0.jpg\": \"a\",\n \"1.jpg\": 7,\n \"1.jpg\": \"b", &["2: tweet 1.jpg: ", "breaks off"]),
        (
            "{\"id\": \"0\", \"caption\": \"a\"}\n{\"id\": \"1\", \"caption\": 3}\n{\"caption\": \"x\"}\n{\"id\"\n",
            &["2: tweet 1: `caption`", "3: ", "4: "],
        ),
        ("{\"id\": \"0\", \"text\": \"a\"}\n{\"id\": \"0\", \"caption\": \"b\"}\n", &["1: tweet 0: ", "--kind"]),
        ("id\tkind\ttext\n0\tcaption\ta\n1\tcaption\n0\tpoem\tx\n", &["3: tweet 1: 2 columns", "4: tweet 0: ", "poem"]),
        (
            "a\tO\n<EOS>\tX\nk\tX\n\nnolabel\n<EOS>\tX\nk\tX\n\nword1\tO\nRome\tI-LOC\nmet\tO\nAda\tB-PER\nLove\tI-PER\n<EOS>\tX\nk\tX\n",
            &["5: tweet #2: "],
        ),
        ("0\nsome words\n1\nother words\n1\n0\nmore words\n", &["5: tweet 1: no text follows"]),
    ] {
        let file = shell.file("bad", content);
        let said = shell.run(&["context", "import", "--project", "p", &file]).failed();
        for place in places {
            assert!(said.contains(place), "`{place}` in {said}");
        }
        assert!(said.contains("--skip-bad") && said.contains(&format!("{file}:")), "{said}");
        let report = import(&shell, content, &["--skip-bad"]);
        assert!(report["skipped"]["total"].as_u64() > Some(0), "{report}");
    }
    for (name, content, part) in [
        ("empty", &b""[..], "is empty"),
        ("zst", b"\x28\xb5\x2f\xfd", "zstd -d"),
        ("prose", b"Once upon a time\nthere was one\n", "no known format; known forms are jsonl"),
        ("nothing", b"0.jpg :\n", "holds no text (1 entries are empty"),
    ] {
        let file = shell.file(name, content);
        let said = shell.run(&["context", "import", "--project", "p", &file]).failed();
        assert!(said.contains(part), "{said}");
    }
    assert!(shell.run(&["context", "import", "--project", "p", "absent"]).failed().contains("cannot read absent"));
}

#[test]
fn people_read_what_is_missing_and_what_is_too_much() {
    let shell = Shell::new();
    project(&shell, 30);
    let file = shell.file("c.txt", "0.jpg :a\n3.jpg :b\n4.jpg :\nx.jpg :c\n");
    let text = shell.run(&["context", "import", "--project", "p", "--kind", "caption", &file]).done();
    for part in [
        "3 entries, 2 tweets",
        "2 new",
        "2 of 30 tweets, 28 missed",
        "... and 8 more",
        "c.txt:4: tweet x.jpg: ",
        "c.txt:3: tweet 4.jpg: no text",
    ] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    let text = shell.run(&["context", "list", "--project", "p"]).done();
    assert_eq!(text, "caption: 2 from c.txt\n");
}

#[test]
fn contexts_are_edited_and_taken_away() {
    let shell = Shell::new();
    project(&shell, 2);
    let edit = |more: &[&str]| shell.run(&[&["context", "edit", "--project", "p", "--kind", "caption"], more].concat());
    edit(&["--id", "0", "a dog"]).done();
    assert_eq!(contexts(&shell, "0"), [("caption".to_owned(), "a dog".to_owned())]);
    assert!(edit(&["--id", "0", "a dog"]).done().contains("already"));
    import(&shell, "0.jpg :from a file\n1.jpg :b\n", &[]);
    assert!(edit(&["--id", "0", "x"]).failed().contains("2 contexts of kind caption"));
    edit(&["--id", "0", "--number", "1", "a cat"]).done();
    assert_eq!(contexts(&shell, "0")[1].1, "a cat");
    assert!(edit(&["--id", "0", "--number", "7", "x"]).failed().contains("no caption with the number 7"));
    assert!(edit(&["--id", "9", "x"]).failed().contains("no tweet with the id `9`"));
    let removed =
        shell.run(&["context", "remove", "--project", "p", "--id", "0", "--kind", "caption", "--json"]).json();
    assert_eq!(removed["removed"], 2);
    assert!(shell.run(&["context", "remove", "--project", "p"]).refused().contains("required"));
    assert_eq!(shell.run(&["context", "list", "--project", "p"]).done(), "caption: 1 from contexts\n");
    // Undo and redo know contexts over restarts.
    let mut opened = spanlight::project::Project::open(&shell.path("p")).expect("opened");
    opened.undo().expect("undone").expect("a step");
    drop(opened);
    assert_eq!(contexts(&shell, "0").len(), 2);
    let exported = shell.run(&["export", "--project", "p", "--format", "jsonl"]).done();
    assert!(exported.lines().next().is_some_and(|line| line.contains("a cat")), "{exported}");
}

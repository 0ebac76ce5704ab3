//! Files of other tools, in and out.

use std::fs;

use spanlight_models::example::{Context, ContextKind, Example, RegionBox, Span, TagScheme};

use super::*;

/// What a format keeps of a tweet besides tokens and entities; the table in the README says the same.
#[allow(clippy::struct_excessive_bools, reason = "a row of the table, a column each")]
struct Claims {
    format: &'static str,
    ids: bool,
    images: bool,
    contexts: bool,
    boxes: bool,
}

const CLAIMS: [Claims; 11] = [
    Claims { format: "jsonl", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "conll", ids: true, images: false, contexts: false, boxes: false },
    Claims { format: "label-studio", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "doccano", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "prodigy", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "brat", ids: true, images: false, contexts: false, boxes: false },
    Claims { format: "conll2003", ids: false, images: false, contexts: false, boxes: false },
    Claims { format: "csv", ids: true, images: false, contexts: false, boxes: false },
    Claims { format: "docbin", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "parquet", ids: true, images: true, contexts: true, boxes: true },
    Claims { format: "gmner", ids: true, images: false, contexts: false, boxes: true },
];

/// Emoji, combining marks, a token with a no-break space, markup, a quote, touching entities.
fn hard_tweets() -> Vec<Example> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let image = "17_06_1".to_owned();
    let first = Example {
        id: "17_06_1".into(),
        tokens: words(&["💩", "e\u{301}te", "New", "York", "👩‍🚀", "Ann", "\"<b>&amp;\"", ",", "Bo"]),
        spans: vec![Span::new("LOC", 2, 4), Span::new("PER", 5, 6), Span::new("OTHER", 6, 7)],
        images: vec![image.clone(), "17_06_1_2".into()],
        contexts: vec![Context::new(ContextKind::Caption, "a rocket")],
        boxes: vec![RegionBox { image, start: 2, end: 4, xmin: 1.5, ymin: 2.0, xmax: 30.0, ymax: 40.25 }],
        ..Example::default()
    };
    let second = Example {
        id: "2".into(),
        tokens: words(&["a\u{a0}b", "\u{200d}", "(Ann)", "Ann"]),
        spans: vec![Span::new("PER", 2, 3), Span::new("PER", 3, 4)],
        ..Example::default()
    };
    let third = Example { id: "3".into(), tokens: words(&["nothing"]), ..Example::default() };
    vec![first, second, third]
}

fn lines(tweets: &[Example]) -> String {
    tweets.iter().map(|tweet| serde_json::to_string(tweet).expect("JSON") + "\n").collect()
}

fn read_back(shell: &Shell, project: &str) -> Vec<Example> {
    let text = shell.run(&["export", "--project", project, "--format", "jsonl"]).done();
    text.lines().map(|line| serde_json::from_str(line).expect("a tweet")).collect()
}

#[test]
fn every_format_keeps_what_is_claimed() {
    let shell = Shell::new();
    let tweets = hard_tweets();
    let data = shell.file("t.jsonl", lines(&tweets));
    shell.run(&["import", &data, "--project", "p"]).done();
    for claims in &CLAIMS {
        let Claims { format, .. } = claims;
        let (out, project) = (format!("out-{format}"), format!("project-{format}"));
        let ran = shell.run(&["export", "--project", "p", "--format", format, "--out", &out]);
        let loses = !(claims.images && claims.contexts && claims.boxes);
        assert_eq!(ran.err.contains("cannot hold"), loses, "{format}: {}", ran.err);
        ran.done();
        // Recognised by content, and read the same when told.
        let report = shell.run(&["import", &out, "--project", &project, "--json"]).json();
        let (own, format) = (["jsonl", "conll"].contains(format), *format);
        assert_eq!(report["format"], format);
        assert!(own || report["conversion"]["cut"]["total"] == 0, "{format}: {report}");
        shell.run(&["import", &out, "--format", format, "--project", &format!("told-{format}")]).done();

        let mut found = read_back(&shell, &project);
        assert_eq!(found, read_back(&shell, &format!("told-{format}")));
        assert_eq!(found.len(), tweets.len(), "{format}");
        if format == "brat" {
            // The files of a folder are in the order of their names, numbers first.
            found.sort_by(|one, other| one.id.cmp(&other.id));
        }
        for (found, tweet) in found.iter().zip(&tweets) {
            assert_eq!((&found.tokens, &found.spans), (&tweet.tokens, &tweet.spans), "{format}");
            assert_eq!(found.id == tweet.id, claims.ids, "{format}");
            let empty = tweet.images.is_empty();
            assert_eq!(empty || found.images == tweet.images, empty || claims.images, "{format}");
            assert_eq!(found.contexts == tweet.contexts, claims.contexts || tweet.contexts.is_empty(), "{format}");
            assert_eq!(found.boxes == tweet.boxes, claims.boxes || tweet.boxes.is_empty(), "{format}");
        }
        // Out and in once more changes nothing.
        let again = format!("again-{format}");
        shell.run(&["export", "--project", &project, "--format", format, "--out", &again]).done();
        if shell.path(&out).is_file() {
            let bytes = |name: &str| fs::read(shell.path(name)).expect("written");
            assert!(bytes(&out) == bytes(&again) || !claims.ids, "{format}");
        }
    }
}

#[test]
fn published_corpora_survive_every_format() {
    let Some(data) = super::common::published() else { return };
    let shell = Shell::new();
    let corpus = data.join("twitter2017/valid.txt").display().to_string();
    shell.run(&["import", &corpus, "--project", "p"]).done();
    let expected = read_back(&shell, "p");
    for format in ["doccano", "label-studio", "prodigy", "brat", "conll2003", "csv", "docbin", "gmner", "parquet"] {
        let (out, project) = (format!("out-{format}"), format!("project-{format}"));
        shell.run(&["export", "--project", "p", "--format", format, "--out", &out]).done();
        shell.run(&["import", &out, "--format", format, "--project", &project]).done();
        let mut found = read_back(&shell, &project);
        if format == "brat" {
            // The files of a folder have no order but that of their names.
            let mut sorted: Vec<&Example> = expected.iter().collect();
            sorted.sort_by_key(|tweet| &tweet.id);
            found.sort_by(|one, other| one.id.cmp(&other.id));
            assert!(found.iter().zip(sorted).all(|(a, b)| (&a.tokens, &a.spans) == (&b.tokens, &b.spans)), "{format}");
            continue;
        }
        assert_eq!(found.len(), expected.len(), "{format}");
        let same = |(a, b): (&Example, &Example)| (&a.tokens, &a.spans) == (&b.tokens, &b.spans);
        assert!(found.iter().zip(&expected).all(same), "{format}");
    }
}

/// Imports a file and gives its tweets with the report.
fn import(shell: &Shell, name: &str, content: &str) -> (Vec<Example>, Value) {
    let file = shell.file(name, content);
    let project = format!("project-of-{}", name.replace('/', "-"));
    let report = shell.run(&["import", &file, "--project", &project, "--json"]).json();
    (read_back(shell, &project), report)
}

fn words_of(tweet: &Example) -> Vec<String> {
    tweet.spans.iter().map(|span| format!("{} {}", span.label, tweet.tokens[span.start..span.end].join(" "))).collect()
}

#[test]
fn files_as_the_tools_write_them_are_read() {
    let shell = Shell::new();
    let (tweets, report) = import(
        &shell,
        "doccano.jsonl",
        "{\"id\":7,\"text\":\"EU rejects German call.\",\"label\":[[0,2,\"ORG\"],[11,17,\"MISC\"]],\"Comments\":[],\"wiki\":3}\n\
         {\"id\":8,\"text\":\"Peter Blackburn\",\"entities\":[{\"id\":1,\"label\":\"PER\",\"start_offset\":0,\"end_offset\":15}],\
         \"relations\":[]}\n",
    );
    assert_eq!((report["format"].as_str(), tweets[0].id.as_str()), (Some("doccano"), "7"));
    assert_eq!(
        (words_of(&tweets[0]), words_of(&tweets[1])),
        (vec!["ORG EU".into(), "MISC German".into()], vec!["PER Peter Blackburn".into()])
    );
    // What is nothing to spanlight comes back.
    let out = shell.run(&["export", "--project", "project-of-doccano.jsonl", "--format", "doccano"]).done();
    assert!(out.contains("\"wiki\":3") && out.contains("\"relations\":[]") && out.starts_with("{\"id\":7,"), "{out}");

    // Offsets in UTF-16, as Label Studio wrote them: found out by the words.
    let (tweets, report) = import(
        &shell,
        "label_studio.json",
        "[{\"id\":1,\"data\":{\"text\":\"💩This is Rome.\",\"image\":\"/data/upload/1/77.jpg\"},\"annotations\":[\
         {\"id\":9,\"was_cancelled\":true,\"result\":[]},{\"id\":10,\"result\":[{\"value\":{\"start\":10,\"end\":14,\"text\":\"Rome\",\
         \"labels\":[\"LOC\"]},\"id\":\"x\",\"from_name\":\"label\",\"to_name\":\"text\",\"type\":\"labels\"},{\"type\":\"choices\",\
         \"value\":{\"choices\":[\"ok\"]}}]}],\"predictions\":[{\"result\":[]}]}]",
    );
    assert_eq!(words_of(&tweets[0]), ["LOC Rome"]);
    assert_eq!(
        (tweets[0].tokens.last().map(String::as_str), &tweets[0].images),
        (Some("."), &vec!["77.jpg".to_owned()])
    );
    assert_eq!(report["conversion"]["offsets"], "utf16");
    assert_eq!(report["conversion"]["cut"]["items"][0]["token"], "Rome.");
    assert_eq!(report["conversion"]["left"].as_array().map(Vec::len), Some(2));
    let minimal = "[\n{\"text\":\"in Rome\",\"id\":3,\"label\":[{\"start\":3,\"end\":7,\"text\":\"Rome\",\"labels\":[\"LOC\"]}]}\n]\n";
    let (tweets, report) = import(&shell, "minimal.json", minimal);
    assert_eq!((words_of(&tweets[0]), report["format"].as_str()), (vec!["LOC Rome".into()], Some("label-studio")));

    let (tweets, report) = import(
        &shell,
        "prodigy.jsonl",
        "{\"text\":\"Don't go, Bo\",\"_input_hash\":1,\"_task_hash\":2,\"tokens\":[{\"text\":\"Do\",\"start\":0,\"end\":2,\"id\":0},\
         {\"text\":\"n't\",\"start\":2,\"end\":5,\"id\":1},{\"text\":\"go\",\"start\":6,\"end\":8,\"id\":2},{\"text\":\",\",\"start\":8,\
         \"end\":9,\"id\":3},{\"text\":\"Bo\",\"start\":10,\"end\":12,\"id\":4}],\"spans\":[{\"start\":10,\"end\":12,\
         \"token_start\":4,\"token_end\":4,\"label\":\"PER\"}],\"answer\":\"accept\"}\n\
         {\"text\":\"Ann\",\"spans\":[{\"start\":0,\"end\":3,\"label\":\"ORG\"}],\"answer\":\"reject\"}\n",
    );
    assert_eq!((tweets[0].tokens.len(), words_of(&tweets[0])), (5, vec!["PER Bo".to_owned()]));
    assert!(tweets[1].spans.is_empty() && report["conversion"]["left"][0][1] == 1, "{report}");

    shell
        .file("brat/a.ann", "T1\tLOC 3 6;7 11\tNew York\nT2\tPER 16 19\tAnn\nR1\tat Arg1:T2 Arg2:T1\n#1\tNote T1\tx\n");
    shell.file("brat/a.txt", "in New\nYork by (Ann)\n");
    shell.file("brat/b.txt", "nobody was here");
    let report = shell.run(&["import", "brat", "--project", "b", "--json"]).json();
    let tweets = read_back(&shell, "b");
    assert_eq!(words_of(&tweets[0]), ["LOC New York", "PER Ann"]);
    assert_eq!((tweets[1].id.as_str(), &report["conversion"]["left"][0][1]), ("b", &2.into()));

    // The first release of CoNLL-2003: I- opens where nothing is open.
    let conll = "-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\nPeter NNP I-NP I-PER\nBlackburn NNP I-NP I-PER\n";
    let (tweets, report) = import(&shell, "eng.testa", conll);
    assert_eq!((tweets.len(), words_of(&tweets[1])), (2, vec!["PER Peter Blackburn".to_owned()]));
    assert_eq!((report["repairs"]["total"].as_u64(), report["format"].as_str()), (Some(2), Some("conll2003")));

    let table = "Sentence #,Word,POS,Tag\nSentence: 1,London,NNP,B-geo\n,\"a, b\",X,O\nSentence: 2,Ann,NNP,B-per\n";
    let (tweets, report) = import(&shell, "ner.csv", table);
    assert_eq!((tweets[0].tokens[1].as_str(), tweets[1].id.as_str()), ("a, b", "Sentence: 2"));
    assert_eq!(report["format"], "csv");
}

#[test]
fn boxes_in_xml_files_are_read_beside_any_corpus() {
    let shell = Shell::new();
    let voc = |object: &str| format!("<annotation>\n<filename>7.jpg</filename>\n{object}</annotation>\n");
    let object = "<object><name>Ada Love</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4.5</ymax></bndbox></object>";
    shell.file("g/xml/0.xml", voc(object));
    shell.file("g/tweets.txt", tweets(2));
    shell.run(&["import", "g", "--project", "p"]).done();
    let tweet = &read_back(&shell, "p")[0];
    assert_eq!((tweet.boxes[0].start, tweet.boxes[0].end, tweet.boxes[0].image.as_str()), (3, 5, "0"));
    shell.file("g/xml/1.xml", voc("<object><name>x</name><bndbox><xmin>1</xmin></bndbox></object>"));
    let said = shell.run(&["import", "g", "--project", "q"]).failed();
    assert!(said.contains("1.xml") && said.contains("four growing numbers"), "{said}");
}

#[test]
fn broken_files_are_named_by_line_and_can_be_passed_over() {
    let shell = Shell::new();
    let doccano = |label: &str| format!("{{\"id\":1,\"text\":\"to Rome now\",\"label\":[{label}]}}\n");
    let cases = [
        ("range.jsonl", doccano("[3,99,\"LOC\"]"), "does not fit a text of 11 code points"),
        ("overlap.jsonl", doccano("[3,7,\"LOC\"],[5,11,\"X\"]"), "overlap"),
        ("shape.jsonl", doccano("[3,\"LOC\"]"), "is no [start, end, type]"),
        ("blank.jsonl", doccano("[2,3,\"LOC\"]"), "white space"),
        ("broken.jsonl", "{\"id\":1,\"text\":\"x\",\n".to_owned(), "expected one JSON object a line"),
        ("notype.jsonl", doccano("[3,7,\"\"]"), "has no type"),
    ];
    for (name, bad, part) in cases {
        let file = shell.file(name, format!("{}{bad}{}", doccano("[3,7,\"LOC\"]"), doccano("")));
        let said = shell.run(&["import", &file, "--format", "doccano", "--project", "p"]).failed();
        assert!(said.contains(&format!("{name}:2: tweet ")) && said.contains(part), "`{part}` in {said}");
        assert!(!shell.path("p").exists());
        let project = format!("project-of-{name}");
        let report =
            shell.run(&["import", &file, "--format", "doccano", "--project", &project, "--skip-bad", "--json"]).json();
        assert_eq!((&report["tweets"], &report["skipped"]["total"]), (&2.into(), &1.into()), "{name}");
    }
    // The same id twice is told, and both are taken.
    let twice = shell.file("twice.jsonl", doccano("[3,7,\"LOC\"]") + &doccano("[3,7,\"CITY\"]"));
    let report = shell.run(&["import", &twice, "--project", "both", "--json"]).json();
    assert_eq!((&report["tweets"], &report["repeated_ids"]["total"]), (&2.into(), &1.into()));
    assert_eq!(report["new_types"], serde_json::json!(["CITY", "LOC"]));

    // Words that are elsewhere: neither unit fits.
    let task = |start: usize, end: usize| {
        format!(
            "{{\"id\":{start},\"data\":{{\"text\":\"to Rome\"}},\"annotations\":[{{\"result\":[{{\"value\":\
             {{\"start\":{start},\"end\":{end},\"text\":\"Rome\",\"labels\":[\"LOC\"]}}}}]}}]}}"
        )
    };
    let tasks = shell.file("tasks.json", format!("[{},\n{},\n{}]", task(3, 7), task(2, 6), task(3, 7)));
    let said = shell.run(&["import", &tasks, "--project", "p"]).failed();
    assert!(said.contains("tasks.json:2: tweet 2: ") && said.contains("said to be `Rome`"), "{said}");
    let cut_off = shell.file("cut.json", format!("[{},\n{}", task(3, 7), &task(3, 7)[..40]));
    let said = shell.run(&["import", &cut_off, "--project", "p"]).failed();
    assert!(said.contains("the array ends here"), "{said}");

    shell.file("brat/a.txt", "to Rome and Paris");
    shell.file("brat/a.ann", "T1\tLOC 3 7;12 17\tRome Paris\nT2 LOC 3 7\n");
    let said = shell.run(&["import", "brat", "--project", "p"]).failed();
    assert!(said.contains("words left out within it") && said.contains("a.ann: `T2 LOC 3 7` is no entity"), "{said}");
}

#[test]
fn what_a_format_cannot_hold_is_told() {
    let shell = Shell::new();
    let source = "{\"id\":\"a/b\",\"tokens\":[\"x\"]}\n{\"id\":\"2\",\"tokens\":[\"one two\"]}\n{\"id\":\"3\",\"tokens\":[\"y\"]}\n";
    let data = shell.file("t.jsonl", source);
    shell.run(&["import", &data, "--project", "p"]).done();
    let ran = shell.run(&["export", "--project", "p", "--format", "brat", "--out", "b"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("tweet a/b: ") && ran.err.contains("1 of 3 tweets cannot be written as brat"),
        "{}",
        ran.err
    );
    assert!(shell.path("b/3.ann").is_file() && shell.path("b/annotation.conf").is_file());
    let ran = shell.run(&["export", "--project", "p", "--format", "conll2003", "--out", "c.txt"]);
    assert!(ran.err.contains("the token `one two`"), "{}", ran.err);
    assert!(shell.run(&["export", "--project", "p", "--format", "brat", "--out", "b"]).failed().contains("exists"));
    assert!(shell.run(&["export", "--project", "p", "--format", "brat"]).refused().contains("--out"));
    // A token with a space in it is kept by formats with a place for it.
    let out = shell.run(&["export", "--project", "p", "--format", "doccano"]).done();
    assert!(out.contains("{\"tokens\":[\"one two\"]}"), "{out}");
}

/// A Python with a library, or why there is none.
fn python_with(library: &str) -> Result<String, String> {
    let python = std::env::var("SPANLIGHT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match Command::new(&python).args(["-c", &format!("import {library}")]).output() {
        Err(error) => Err(format!("{python}: {error}")),
        Ok(output) if output.status.success() => Ok(python),
        Ok(_) => Err(format!("{python} has no {library}; name one with SPANLIGHT_TEST_PYTHON")),
    }
}

#[test]
fn spacy_reads_what_is_written_and_writes_what_is_read() {
    let python = match python_with("spacy") {
        Ok(python) => python,
        Err(why) => return super::common::skipped(why),
    };
    let shell = Shell::new();
    let tweets = hard_tweets();
    let data = shell.file("t.jsonl", lines(&tweets));
    shell.run(&["import", &data, "--project", "p"]).done();
    shell.run(&["export", "--project", "p", "--format", "docbin", "--out", "out.spacy"]).done();
    let run = |mode: &str, file: &str| {
        let script = of_repository("tests/cli/docbin.py");
        let path = shell.path(file).display().to_string();
        Ran::from(Command::new(&python).args([&script, mode, &path]).output().expect("Python starts")).done()
    };
    let said = run("read", "out.spacy");
    for (line, tweet) in said.lines().zip(&tweets) {
        let found: Value = serde_json::from_str(line).expect("JSON");
        let entities: Vec<_> =
            tweet.spans.iter().map(|span| serde_json::json!([span.start, span.end, span.label])).collect();
        assert_eq!((found["id"].as_str(), &found["entities"]), (Some(tweet.id.as_str()), &entities.into()));
        assert_eq!(found["tokens"], serde_json::json!(tweet.tokens));
        assert_eq!(found["text"], tweet.tokens.join(" "));
    }
    assert_eq!(said.lines().count(), tweets.len());

    run("write", "in.spacy");
    let report = shell.run(&["import", "in.spacy", "--project", "q", "--json"]).json();
    assert_eq!((report["format"].as_str(), report["tweets"].as_u64()), (Some("docbin"), Some(2)));
    let found = read_back(&shell, "q");
    assert_eq!(words_of(&found[0]), ["PERSON Ann", "XYZ mark", "GPE New York"]);
    assert_eq!((found[0].tokens.len(), found[1].tokens.len()), (7, 2));
}

/// Checks the tweets of `tests/cli/parquet.py`.
fn check_sentences(shell: &Shell, file: &str) {
    let report = shell.run(&["import", file, "--project", "sentences", "--json"]).json();
    assert_eq!((report["format"].as_str(), report["tweets"].as_u64()), (Some("parquet"), Some(3)));
    assert_eq!(report["conversion"]["left"][0][0], "columns that are passed over: `pos_tags`");
    let tweets = read_back(shell, "sentences");
    assert_eq!(words_of(&tweets[0]), ["PER Ann Lee", "LOC Porto"]);
    assert_eq!((tweets[0].tokens[5].as_str(), &tweets[0].images), ("💩", &vec!["harbour".to_owned()]));
    assert!(tweets[1].spans.is_empty() && tweets[1].images.is_empty(), "{:?}", tweets[1]);
    assert_eq!(words_of(&tweets[2]), ["PER Bo", "PER Cy"]);
    assert_eq!(tweets.iter().map(|tweet| tweet.id.as_str()).collect::<Vec<_>>(), ["0", "1", "2"]);
}

#[test]
fn data_sets_of_hugging_face_are_read() {
    let shell = Shell::new();
    let golden = of_repository("tests/golden/datasets/sentences.parquet");
    check_sentences(&shell, &golden);

    let bytes = fs::read(&golden).expect("there");
    for (name, bad) in [("half", &bytes[..bytes.len() / 2]), ("head", &bytes[..4]), ("tail", &bytes[bytes.len() - 8..])]
    {
        let file = shell.file(name, bad);
        let said = shell.run(&["import", &file, "--format", "parquet", "--project", "p"]).failed();
        assert!(said.contains("no Parquet that can be read"), "{name}: {said}");
        assert!(!shell.path("p").exists());
    }
    // The names of the classes are what makes tags of numbers.
    let field = b"huggingface";
    let at = bytes.windows(field.len()).rposition(|window| window == field).expect("metadata");
    let mut other = bytes.clone();
    other[at..at + field.len()].copy_from_slice(b"HuggingFace");
    let file = shell.file("nameless.parquet", &other);
    let said = shell.run(&["import", &file, "--project", "p"]).failed();
    assert!(said.contains("nameless.parquet:1: tweet 0") && said.contains("does not say what they mean"), "{said}");
}

#[test]
fn datasets_reads_what_is_written_and_writes_what_is_read() {
    let python = match python_with("datasets") {
        Ok(python) => python,
        Err(why) => return super::common::skipped(why),
    };
    let shell = Shell::new();
    let tweets = hard_tweets();
    let data = shell.file("t.jsonl", lines(&tweets));
    shell.run(&["import", &data, "--project", "p"]).done();
    shell.run(&["export", "--project", "p", "--format", "parquet", "--out", "out.parquet"]).done();
    let run = |mode: &str, file: &str| {
        let path = shell.path(file).display().to_string();
        let mut command = Command::new(&python);
        command.args([&of_repository("tests/cli/parquet.py"), mode, &path]);
        command.env("HF_HOME", shell.path("hub")).env("HF_HUB_OFFLINE", "1");
        Ran::from(command.output().expect("Python starts")).done()
    };
    let said = run("read", "out.parquet");
    for (line, tweet) in said.lines().zip(&tweets) {
        let found: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(
            (found["id"].as_str(), &found["tokens"]),
            (Some(tweet.id.as_str()), &serde_json::json!(tweet.tokens))
        );
        assert_eq!(found["images"], serde_json::json!(tweet.images));
        let tags = TagScheme::Bio.encode(&tweet.spans, tweet.tokens.len()).expect("they fit");
        assert_eq!(found["ner_tags"], serde_json::json!(tags));
    }
    assert_eq!(said.lines().count(), tweets.len());
    run("write", "in.parquet");
    check_sentences(&shell, "in.parquet");
}

//! Systems that read contexts: their options, their views, and what becomes of labels without contexts.

use std::fs;

use serde_json::json;

use super::encoders::tiny;
use super::*;

/// Tweets `met NAME` whose type a context of `kind` tells, as JSON lines; `contexts` says whether they have it.
fn lesson(kind: &str, contexts: bool) -> String {
    let tweet = |n: usize| {
        let name = ["ada", "bo", "cy", "dee"][n / 2 % 4];
        let (label, word) = if n.is_multiple_of(2) { ("PER", "i") } else { ("MISC", "own") };
        let mut tweet = json!({
            "id": n.to_string(), "tokens": ["met", name], "spans": [{ "start": 1, "end": 2, "type": label }],
        });
        if contexts {
            let similarity = if n.is_multiple_of(4) { 0.2 } else { 0.4 };
            tweet["contexts"] = json!([{ "kind": kind, "text": word, "similarity": similarity }]);
        }
        tweet.to_string() + "\n"
    };
    (0..32).map(tweet).collect()
}

fn train<'a>(system: &'a str, encoder: &'a str, data: &'a str) -> Vec<&'a str> {
    let begin = ["train", "--system", system, "--encoder", encoder, "--data", data, "--valid", data, "--out", system];
    [&begin[..], &["--encoder-rate", "0.01", "--head-rate", "0.01", "--epochs", "6", "--batch", "8", "--fresh"]]
        .concat()
}

#[test]
fn ita_is_trained_with_its_options_and_scored_in_both_views() {
    let shell = Shell::new();
    let (encoder, data) = (tiny(&shell), shell.file("t.jsonl", lesson("caption", true)));
    let options = ["--contexts", "caption,ocr", "--budget", "8", "--preset", "code", "--temperature", "2"];
    shell.run(&[&train("ita", &encoder, &data)[..], &options].concat()).done();
    let manifest = fs::read_to_string(shell.path("ita/model.toml")).expect("written");
    for line in ["contexts = [\"caption\", \"ocr\"]", "budget = 8", "alignment = 0.5", "temperature = 2.0"] {
        assert!(manifest.contains(line), "{line} in {manifest}");
    }

    let evaluate = ["evaluate", "--model", "ita", "--data", &data, "--view", "text,context"];
    let report = shell.run(&[&evaluate[..], &["--contexts-check", "--json"]].concat()).json();
    let (other, none) = (&report["views"][0], &report["contexts_check"][0]);
    assert_eq!(
        (&report["view"], &other["view"], &none["contexts_as"]),
        (&"text".into(), &"context".into(), &"none".into())
    );
    let number = |value: &Value| value.as_f64().expect("a number");
    assert!((number(&other["f1"]) - number(&report["f1"]) - number(&other["difference"])).abs() < 1e-9);
    assert_eq!(none["changed"], 0, "the text alone has no contexts to lose");
    let table = shell.run(&evaluate).done();
    assert!(table.contains("views, same weights") && table.contains("context"), "{table}");

    let bare = shell.file("bare.jsonl", lesson("caption", false));
    let predict = |data: &str, more: &[&str]| {
        let out = shell.run(&[&["predict", "--model", "ita", "--data", data][..], more].concat()).done();
        out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["spans"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(predict(&data, &["--view", "text"]), predict(&bare, &[]));
    let told = shell.run(&["predict", "--model", "ita", "--data", &data, "--influence"]).done();
    let told: Value = serde_json::from_str(told.lines().next().expect("a tweet")).expect("JSON");
    let influence = &told["influence"];
    // Other tweets in the same pass may change the last digits of probabilities.
    let types =
        |spans: &Value| spans.as_array().expect("spans").iter().map(|span| span["type"].clone()).collect::<Vec<_>>();
    let without = |left_out: &Value| types(&left_out["prediction"]["spans"]);
    assert_eq!(types(&influence["whole"]["spans"]), types(&told["spans"]));
    assert_eq!(without(&influence["without_all"]), types(&predict(&bare, &[])[0]));
    assert_eq!(without(&influence["without_one"][0]), without(&influence["without_all"]), "its only context");
    assert_eq!(influence["without_all"]["change"].as_array().map(Vec::len), Some(2));
    let captions: String =
        (0..32).map(|n| json!({ "id": n.to_string(), "text": (["i", "own"][n % 2]) }).to_string() + "\n").collect();
    let beside = format!("caption={}", shell.file("captions.jsonl", captions));
    assert_eq!(predict(&data, &[]), predict(&bare, &["--context-file", &beside]));
    let said = shell.run(&["predict", "--model", "ita", "--data", &bare, "--context-file", &beside]).err;
    assert!(said.contains("32 of 32 tweets covered, 0 entries about others"), "{said}");
    let said = shell.run(&["predict", "--model", "ita", "--data", &bare, "--context-file", "nowhere.txt"]).failed();
    assert!(said.contains("nowhere.txt"), "{said}");
    let said = shell.run(&["predict", "--model", "ita", "--data", &data, "--view", "both"]).refused();
    assert!(said.contains("both") && said.contains("context"), "{said}");
}

#[test]
fn mmavk_keeps_the_threshold_that_it_chose() {
    let shell = Shell::new();
    let (encoder, data) = (tiny(&shell), shell.file("t.jsonl", lesson("knowledge", true)));
    let threshold = |options: &[&str]| {
        shell.run(&[&train("mmavk", &encoder, &data)[..], options].concat()).done();
        let manifest = fs::read_to_string(shell.path("mmavk/model.toml")).expect("written");
        let line = manifest.lines().find_map(|line| line.strip_prefix("threshold = ")).expect("it is written down");
        shell.run(&["evaluate", "--model", "mmavk", "--data", &data, "--view", "context,text", "--json"]).json();
        line.parse::<f32>().expect("a number")
    };
    assert!((threshold(&["--threshold", "0.35"]) - 0.35).abs() < 1e-6);
    let chosen = threshold(&["--threshold", "auto", "--contexts", "knowledge,caption"]);
    assert!(chosen.is_infinite() || (0.2..0.4).contains(&chosen), "{chosen}");
}

#[test]
fn options_are_listed_and_wrong_ones_refused() {
    let shell = Shell::new();
    let listing = shell.run(&["systems"]).done();
    assert!(listing.contains("--preset paper|code") && listing.contains("--threshold NUMBER|auto"), "{listing}");
    let systems = shell.run(&["systems", "--json"]).json();
    let ita = systems["systems"].as_array().expect("a list").iter().find(|line| line["name"] == "ita").expect("listed");
    assert_eq!((&ita["uses_contexts"], &ita["options"][0]["name"]), (&true.into(), &"contexts".into()));

    let (encoder, data) = (tiny(&shell), shell.file("t.jsonl", lesson("caption", true)));
    let said = shell.run(&[&train("bert-crf", &encoder, &data)[..], &["--preset", "code"]].concat()).failed();
    assert!(said.contains("bert-crf has no option `preset`"), "{said}");
    let said = shell.run(&[&train("ita", &encoder, &data)[..], &["--contexts", "captions"]].concat()).failed();
    assert!(said.contains("`captions` is no kind of contexts") && said.contains("caption, ocr"), "{said}");
    let said = shell.run(&[&train("mmavk", &encoder, &data)[..], &["--threshold", "high"]].concat()).failed();
    assert!(said.contains("`threshold` (NUMBER|auto)"), "{said}");
}

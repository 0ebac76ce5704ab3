//! Everything that `evaluate` measures.

use std::fs;
use std::sync::LazyLock;

use super::models::{ckpt, lesson};
use super::*;

/// Everything about the embedded model on the sample's test split, with its predictions and its record beside it.
static FULL: LazyLock<(Shell, Value)> = LazyLock::new(|| {
    let shell = Shell::new();
    let [data, train, valid] =
        ["test", "train", "valid"].map(|name| of_repository(&format!("sample-data/{name}.jsonl")));
    let arguments = ["evaluate", "--data", &data, "--train", &train, "--temperature-from", &valid, "--full", "--json"];
    let report = shell.run(&[&arguments[..], &["--predictions-out", "p.jsonl", "--record", "r.jsonl"]].concat()).json();
    (shell, report)
});

pub(super) fn full() -> &'static Value {
    &FULL.1
}

pub(super) fn file(name: &str) -> String {
    FULL.0.path(name).display().to_string()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

pub(super) fn share(value: &Value) -> f64 {
    let share = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((0.0..=1.0).contains(&share), "{share}");
    share
}

#[test]
fn breakdowns_confusion_and_errors_add_up() {
    let report = full();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let breakdowns = list(&report["breakdowns"]);
    assert_eq!(breakdowns.len(), 5);
    for breakdown in &breakdowns {
        for (part, whole) in [("gold", "support"), ("predicted", "predicted"), ("matched", "matched")] {
            let sum: u64 = list(&breakdown["parts"]).iter().map(|one| count(&one[part])).sum();
            assert_eq!(sum, count(&report[whole]), "{part} by {}", breakdown["by"]);
        }
        for part in list(&breakdown["parts"]) {
            assert_eq!(part.get("score").is_some(), count(&part["gold"]) >= 50, "{part}");
        }
    }
    let cells: u64 = list(&report["confusion"]["cells"]).iter().flat_map(&list).map(|cell| count(&cell)).sum();
    let bounded = count(&report["span_only"]["matched"]);
    let (gold, predicted) = (count(&report["support"]), count(&report["predicted"]));
    assert_eq!(cells, gold + predicted - bounded);
    let errors = &report["errors"];
    let kind = |name: &str| count(&errors["counts"][name]);
    let paired = kind("wrong_type") + kind("wrong_boundary") + kind("wrong_both");
    assert_eq!(paired + kind("missed"), gold - count(&report["matched"]));
    assert_eq!(paired + kind("spurious"), predicted - count(&report["matched"]));
    assert_eq!(kind("wrong_type"), bounded - count(&report["matched"]));
    assert_eq!(list(&errors["list"]).len() as u64, paired + kind("missed") + kind("spurious"));
    assert!((share(&report["type_accuracy"]) - count(&report["matched"]) as f64 / bounded as f64).abs() < 1e-12);
}

#[test]
fn calibration_is_measured_before_and_after_a_temperature() {
    let calibration = &full()["calibration"];
    let scaled = &calibration["scaled"];
    assert!((0.05..20.0).contains(&scaled["temperature"].as_f64().expect("a temperature")));
    assert_eq!(calibration["tweets_left_out"], 0);
    for kind in ["entities", "words", "entity_words"] {
        for figure in ["ece", "ece_equal_mass", "brier"] {
            share(&calibration[kind][figure]);
        }
        assert_eq!(calibration[kind]["bins"].as_array().map(Vec::len), Some(15));
        // The labels stay, so what is right stays.
        assert_eq!(calibration[kind]["accuracy"], scaled[kind]["accuracy"], "{kind}");
        assert_eq!(calibration[kind]["count"], scaled[kind]["count"], "{kind}");
    }
    assert_eq!(calibration["entities"]["count"], full()["predicted"]);
    assert!(calibration["loss_per_word"].as_f64().expect("a loss") > 0.0);
}

#[test]
fn other_images_on_the_same_weights_change_predictions() {
    let checks = full()["images_check"].as_array().expect("a list");
    let names: Vec<&str> = checks.iter().filter_map(|check| check["images_as"].as_str()).collect();
    assert_eq!(names, ["shuffled", "blank", "none"]);
    for check in checks {
        let [changed, right, wrong] = ["changed", "became_right", "became_wrong"].map(|name| count(&check[name]));
        assert!(changed > 0 && right < wrong && right + wrong <= changed, "{check}");
        assert!(check["difference"].as_f64().expect("a number") < -0.15, "{check}");
    }
}

#[test]
fn the_record_is_one_line_without_a_path() {
    full();
    let text = fs::read_to_string(file("r.jsonl")).expect("written");
    let record: Value = serde_json::from_str(text.trim_end()).expect("one line");
    assert!(!text.contains(FULL.0.folder.path().to_str().expect("UTF-8")) && !text.contains('/'), "{text}");
    let names = ["system", "model", "data", "predictions", "images_as"].map(|name| record[name].as_str().expect(name));
    assert_eq!(names, ["compact", "embedded", "test.jsonl", "p.jsonl", "own"]);
    assert_eq!(record["test"]["overall"]["matched"], full()["matched"]);
    assert_eq!(record["calibration"]["entity_ece"], full()["calibration"]["entities"]["ece"]);
    for name in ["one_by_one", "batched"] {
        assert!(record["seconds_per_100_tweets"][name].as_f64().expect("seconds") > 0.0);
    }
    // Trained models say how they came about.
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 10));
    for _ in 0..2 {
        shell.run(&["evaluate", "--data", &data, "--model", &ckpt(), "--record", "r.jsonl"]).done();
    }
    let text = fs::read_to_string(shell.path("r.jsonl")).expect("written");
    assert_eq!(text.lines().count(), 2, "results are added");
    let record: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&record["seed"], &record["selected_on"]), (&7.into(), &"valid".into()));
    assert!((1..=6).contains(&count(&record["selected_epoch"])) && record["dev"]["overall"]["gold"] == 12);
}

#[test]
fn people_get_tables_and_a_diagram() {
    let shell = Shell::new();
    let data = of_repository("sample-data/test.jsonl");
    let text = shell.run(&["evaluate", "--data", &data]).done();
    assert!(text.contains("borders only") && text.contains("type right where the borders are: "), "{text}");
    assert!(!text.contains("calibration") && !text.contains("missed"), "only what was asked for: {text}");
    let flags = ["--breakdown", "--confusion", "--calibration", "--errors"];
    let text = shell.run(&[&["evaluate", "--data", &data], &flags[..]].concat()).done();
    for part in ["words in the tweet", "gold types down", "ECE", "100 % │", "right among the surest", "\nspurious: "]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("–: fewer than 50 entities") && text.lines().all(|line| line == line.trim_end()), "{text}");
}

#[test]
fn outputs_that_cannot_be_written_are_named_beforehand() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 2));
    for flag in ["--record", "--predictions-out"] {
        let said = shell.run(&["evaluate", "--data", &data, flag, "no/such/folder/file"]).failed();
        assert!(said.contains("no/such/folder") && !said.contains("model embedded"), "{said}");
    }
    for flag in ["--train", "--temperature-from"] {
        let said = shell.run(&["evaluate", "--data", &data, flag, "missing.txt"]).failed();
        assert!(said.contains("missing.txt"), "{said}");
    }
    let nothing = shell.file("nothing.txt", "IMGID:1\na\tO\n");
    let said = shell.run(&["evaluate", "--data", &data, "--temperature-from", &nothing]).failed();
    assert!(said.contains("nothing to fit a temperature on"), "{said}");
    let said = shell.run(&["evaluate", "--data", &nothing]).failed();
    assert!(said.contains("nothing to score"), "{said}");
}

#[test]
fn types_that_the_model_does_not_know_are_left_out_of_likelihoods_only() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("VEHICLE", 20));
    let report = shell.run(&["evaluate", "--data", &data, "--model", &ckpt(), "--json"]).json();
    assert_eq!((&report["calibration"]["tweets_left_out"], &report["support"]), (&10.into(), &20.into()));
    assert_eq!(report["per_type"]["VEHICLE"]["f1"], 0.0);
}

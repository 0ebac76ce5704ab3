//! Comparisons of systems.

use std::fs;

use super::evaluation::{file, full, share};
use super::models::{ckpt, lesson};
use super::*;

#[test]
fn a_model_against_itself_differs_by_exactly_nothing() {
    full();
    let shell = Shell::new();
    let (data, predictions) = (of_repository("sample-data/test.jsonl"), file("p.jsonl"));
    for (one, other) in [("embedded", "embedded"), (predictions.as_str(), "embedded")] {
        let report = shell.run(&["evaluate", "--compare", one, other, "--data", &data, "--json"]).json();
        let comparison = &report["comparisons"][0];
        assert_eq!(comparison["method"], "paired_bootstrap");
        for figure in ["difference", "low", "high"] {
            assert_eq!(comparison[figure].as_f64().map(f64::to_bits), Some(0), "{figure} of {comparison}");
        }
        assert_eq!((&comparison["p"], &comparison["not_better"]), (&1.0.into(), &1.0.into()));
        assert_eq!(comparison["changes"]["changed"], 0);
        assert!((share(&comparison["f1"][0]) - share(&full()["f1"])).abs() < 1e-12);
    }
}

/// Predictions for `count` tweets `met Ada`, of which those are right for which `right` says so.
fn predictions(count: usize, right: impl Fn(usize) -> bool) -> String {
    let line = |n: usize| {
        let label = if right(n) { "PER" } else { "LOC" };
        let span = serde_json::json!({"start": 1, "end": 2, "type": label, "probability": 0.5});
        let gold = serde_json::json!([{"start": 1, "end": 2, "type": "PER"}]);
        format!(
            "{}\n",
            serde_json::json!({"id": n.to_string(), "tokens": ["met", "Ada"], "gold": gold, "spans": [span]})
        )
    };
    (0..count).map(line).collect()
}

#[test]
fn files_of_predictions_are_compared_over_tweets() {
    let shell = Shell::new();
    let first = shell.file("first.jsonl", predictions(200, |n| n % 2 == 0));
    shell.file("second.jsonl", predictions(200, |n| n % 2 == 0 || n % 5 == 0));
    shell.file("third.jsonl", predictions(200, |n| n % 2 == 1));
    let text = shell.run(&["evaluate", "--compare", "first.jsonl", "second.jsonl"]).done();
    insta::assert_snapshot!(text, @r"
                      F1
    first.jsonl    50.00
    second.jsonl   60.00
    difference    +10.00
    95 % interval +6.00 to +14.50
    the second is not better in 0.00 % of the resamples, p 0.0002
    20 predictions differ: 20 are right in the second only, 0 in the first only
    paired bootstrap over 200 tweets, 10000 resamples, seed 1
    ");
    let report = shell.run(&["evaluate", "--compare", &first, "second.jsonl", "third.jsonl", "--json"]).json();
    let p = |place: usize, name: &str| report["comparisons"][place][name].as_f64().expect("a p-value");
    assert!(p(0, "p") < 0.01 && p(1, "p") > 0.5);
    assert!((p(0, "p_holm") - 2.0 * p(0, "p")).abs() < 1e-12 && p(1, "p_holm") >= p(1, "p"));
    assert!(
        shell.run(&["evaluate", "--compare", "first.jsonl", "second.jsonl", "third.jsonl"]).done().contains("Holm")
    );
}

#[test]
fn results_of_several_seeds_are_compared_over_seeds() {
    full();
    let shell = Shell::new();
    let record: Value = serde_json::from_slice(&fs::read(file("r.jsonl")).expect("written")).expect("one line");
    let records = |matched: [u64; 3]| {
        let with = |(seed, matched): (usize, u64)| {
            let mut record = record.clone();
            record["seed"] = (seed + 1).into();
            record["test"]["overall"] = serde_json::json!({"matched": matched, "predicted": 500, "gold": 500});
            format!("{record}\n")
        };
        matched.into_iter().enumerate().map(with).collect::<String>()
    };
    shell.file("a/all.jsonl", records([400, 402, 404]));
    shell.file("a/notes.json", "{}");
    shell.file("b.jsonl", records([410, 416, 411]));
    let text = shell.run(&["evaluate", "--compare", "a", "b.jsonl"]).done();
    insta::assert_snapshot!(text, @r"
    test.jsonl     F1
    a           80.40
    b.jsonl     82.47
    difference  +2.07
    t 5.096 with 2 degrees of freedom, p 0.0364, deviation 0.70
    paired t-test over the seeds 1, 2, 3
    ");
    let report = shell.run(&["evaluate", "--compare", "a", "b.jsonl", "--json"]).json();
    let comparison = &report["comparisons"][0];
    assert_eq!((&comparison["method"], &comparison["seeds"]), (&"paired_t_test".into(), &serde_json::json!([1, 2, 3])));
    assert!((comparison["difference"].as_f64().expect("a number") - 31.0 / 3.0 / 500.0).abs() < 1e-12);
    // A single result says nothing about chance.
    shell.file("one.jsonl", format!("{record}\n"));
    let said = shell.run(&["evaluate", "--compare", "one.jsonl", "one.jsonl"]).failed();
    assert!(said.contains("--predictions-out"), "{said}");
    let said = shell.run(&["evaluate", "--compare", "one.jsonl", "b.jsonl"]).failed();
    assert!(said.contains("there are 1 and 3 runs"), "{said}");
}

#[test]
fn checkpoints_of_several_seeds_are_scored_and_compared() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 20));
    for (side, seed) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
        for entry in fs::read_dir(ckpt()).expect("a checkpoint").flatten() {
            let bytes = fs::read(entry.path()).expect("readable");
            shell.file(&format!("{side}/{seed}/{}", entry.file_name().display()), bytes);
        }
        shell.file(&format!("{side}/{seed}/metrics.json"), format!("{{\"options\":{{\"seed\":{seed}}}}}"));
    }
    let report = shell.run(&["evaluate", "--compare", "a", "b", "--data", &data, "--json"]).json();
    let comparison = &report["comparisons"][0];
    assert_eq!((&comparison["data"], &comparison["seeds"]), (&"t.txt".into(), &serde_json::json!([1, 2])));
    assert!(comparison.get("t").is_none() && comparison.get("p").is_none(), "no deviation, no t: {comparison}");
    let text = shell.run(&["evaluate", "--compare", "a", "b", "--data", &data]).done();
    assert!(text.contains("all differences are the same"), "{text}");
    let said = shell.run(&["evaluate", "--compare", "a", "b"]).failed();
    assert!(said.contains("give them with --data"), "{said}");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let shell = Shell::new();
    let good = predictions(4, |_| true);
    shell.file("good.jsonl", &good);
    shell.file("short.jsonl", predictions(3, |_| true));
    shell.file("other.jsonl", good.replace("\"id\":\"2\"", "\"id\":\"7\""));
    shell.file("blind.jsonl", good.replace("\"gold\"", "\"silver\""));
    shell.file("broken.jsonl", format!("{good}{{\"id\": 3\n"));
    shell.file("outside.jsonl", good.replace("\"end\":2", "\"end\":9"));
    shell.file("unsure.jsonl", good.replace("0.5", "1.5"));
    shell.file("folder/readme.txt", "nothing");
    shell.file("none.jsonl", "");
    for (other, what) in [
        ("short.jsonl", "one has 4 tweets, the other 3"),
        ("other.jsonl", "the tweets 2 and 7 are not the same"),
        ("blind.jsonl", "without gold; give the labelled tweets with --data"),
        ("broken.jsonl", "broken.jsonl:5: "),
        ("outside.jsonl", "outside.jsonl:1: span 1..9"),
        ("unsure.jsonl", "unsure.jsonl:1: 1.5 is no probability"),
        ("folder", "folder: nothing to compare in it"),
        ("missing.jsonl", "missing.jsonl: nothing to compare in it"),
        ("none.jsonl", "none.jsonl"),
    ] {
        let said = shell.run(&["evaluate", "--compare", "good.jsonl", other]).failed();
        assert!(said.contains(what), "{what} in {said}");
    }
    // Labelled tweets decide what is right, in the order in which they stand.
    let gold = "IMGID:0\nmet\tO\nAda\tB-PER\n\n".repeat(4);
    let data = shell.file("t.txt", gold);
    let said = shell.run(&["evaluate", "--compare", "blind.jsonl", "good.jsonl", "--data", &data]).failed();
    assert!(said.contains("blind.jsonl: these are not the tweets of --data: it has the tweet 1"), "{said}");
    let tweets = [0, 1, 2, 3].map(|n| format!("IMGID:{n}\nmet\tO\nAda\tB-LOC\n\n"));
    let data = shell.file("t.txt", tweets.concat());
    let report = shell.run(&["evaluate", "--compare", "blind.jsonl", "good.jsonl", "--data", &data, "--json"]).json();
    assert_eq!(report["comparisons"][0]["f1"], serde_json::json!([0.0, 0.0]));
}

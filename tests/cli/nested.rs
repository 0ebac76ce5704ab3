//! Entities that share tokens, from the command line.

use super::*;

const TWEETS: &str = concat!(
    r#"{"id":"flat","tokens":["Ada","in","Rome"],"spans":[{"start":0,"end":1,"type":"PER"}]}"#,
    "\n",
    r#"{"id":"deep","tokens":["Bank","of","Rome"],"spans":[{"start":0,"end":3,"type":"ORG"},{"start":2,"end":3,"type":"LOC"}]}"#,
    "\n",
);

#[test]
fn a_flat_project_says_what_it_cannot_take_and_loses_nothing() {
    let shell = Shell::new();
    let data = shell.file("t.jsonl", TWEETS);
    let said = shell.run(&["import", &data, "--project", "p"]).failed();
    for part in ["t.jsonl:2: tweet deep: spans 0..3", "overlap", "types spans nested", "--skip-bad"] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    assert!(!shell.path("p").exists(), "no empty project is left behind");
    let aside = shell.run(&["import", &data, "--project", "p", "--skip-bad", "--json"]).json();
    assert_eq!((&aside["tweets"], &aside["skipped"]["items"][0]["tweet"]), (&1.into(), &"deep".into()));
    assert_eq!(aside["skipped"]["items"][0]["line"], 2);
}

#[test]
fn the_setting_is_shown_changed_and_refused() {
    let shell = Shell::new();
    let data = shell.file("t.jsonl", TWEETS);
    shell.run(&["import", &data, "--project", "p", "--spans", "nested"]).done();
    let spans = |arguments: &[&str]| shell.run(&[&["types", "spans"], arguments, &["--project", "p"]].concat());
    assert_eq!(spans(&[]).done(), "spans = \"nested\"\n");
    assert_eq!(spans(&["overlapping", "--json"]).json()["changed"], true);
    let look = spans(&["flat", "--dry-run", "--json"]).json();
    assert_eq!((&look["misfits"]["total"], &look["spans"]), (&1.into(), &"overlapping".into()));
    let said = spans(&["flat"]).failed();
    assert!(said.contains("tweet deep: spans 0..3") && said.contains("nothing was changed"), "{said}");
    // The project stays as it was, and so do its bytes.
    assert_eq!(shell.run(&["export", "--project", "p"]).done(), TWEETS);
}

#[test]
fn an_export_stops_or_tells_what_it_drops() {
    let shell = Shell::new();
    let data = shell.file("t.jsonl", TWEETS);
    shell.run(&["import", &data, "--project", "p", "--spans", "overlapping"]).done();
    for format in ["conll", "conll2003", "csv", "parquet", "gmner"] {
        let said = shell.run(&["export", "--project", "p", "--format", format, "--out", "x"]).failed();
        assert!(said.contains("tweet deep") && said.contains("--flatten innermost"), "{format}: {said}");
        assert!(!shell.path("x").exists());
    }
    let ran = shell.run(&["export", "--project", "p", "--format", "conll", "--flatten", "innermost"]);
    assert!(ran.err.contains("tweet deep: dropped ORG 0..3"), "{}", ran.err);
    assert!(ran.done().contains("Bank\tO\nof\tO\nRome\tB-LOC\n"));
    let report = shell
        .run(&["export", "--project", "p", "--format", "csv", "--flatten", "outermost", "--out", "o.csv", "--json"])
        .json();
    assert_eq!(report["flattened"]["items"][0]["dropped"][0]["type"], "LOC");
}

#[test]
fn evaluation_counts_what_a_model_cannot_find() {
    let shell = Shell::new();
    let data = shell.file("t.jsonl", TWEETS);
    let ran = shell.run(&["evaluate", "--data", &data, "--json"]);
    assert!(ran.err.contains("1 entities in 1 tweets lie within or across longer ones"), "{}", ran.err);
    let report = ran.json();
    assert_eq!((&report["overlaps"]["entities"], &report["overlaps"]["tweets"]), (&1.into(), &1.into()));
    let text = shell.run(&["evaluate", "--data", &data, "--full"]).done();
    assert!(text.contains("which the model cannot find beside these: 1, in 1 tweets"), "{text}");
}

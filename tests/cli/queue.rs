//! Filters, orders and views of the queue.

use serde_json::json;

use super::*;

fn shell() -> Shell {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(12));
    shell.run(&["import", &data, "--project", "p"]).done();
    shell
}

#[test]
fn tweets_are_listed_by_filter_and_order() {
    let shell = shell();
    let list =
        |arguments: &[&str]| shell.run(&[&["queue", "list", "--project", "p", "--json"], arguments].concat()).json();
    let all = list(&["--order", "corpus"]);
    assert_eq!((&all["fit"], &all["random_share"]), (&json!(12), &json!(0)));
    assert_eq!((&all["counts"]["state:new"], &all["counts"]["type:LOC"]), (&json!(12), &json!(12)));
    assert_eq!((&all["tweets"][2]["id"], &all["tweets"][2]["number"]), (&json!("2"), &json!(3)));
    let some = list(&["--filter", "/word1[01]/ type:PER", "--order", "corpus"]);
    let ids: Vec<&str> = some["tweets"].as_array().expect("a list").iter().filter_map(|t| t["id"].as_str()).collect();
    assert_eq!(ids, ["10", "11"]);
    assert_eq!(list(&["--filter", "-word1"])["fit"], 9);
    let random = list(&["--order", "random"]);
    assert_eq!(random["tweets"], list(&["--order", "random"])["tweets"], "lots stay");
    assert_ne!(random["tweets"], all["tweets"]);
    let text = shell.run(&["queue", "list", "--project", "p", "--limit", "1", "--counts"]).done();
    assert!(text.contains("12 tweets; next: least sure + 10 % random") && text.contains("and 11 more"), "{text}");
    let refused = shell.run(&["queue", "list", "--project", "p", "--filter", "word1 sate:new"]).refused();
    assert!(refused.contains("  word1 sate:new\n        ^^^^\n") && refused.contains("is `state` meant?"), "{refused}");
}

#[test]
fn exports_and_counts_take_a_filter() {
    let shell = shell();
    let text = shell.run(&["export", "--project", "p", "--filter", "word3"]).done();
    assert!(text.contains("word3") && text.lines().filter(|line| line.starts_with("IMGID")).count() == 1, "{text}");
    let stats = shell.run(&["stats", "--project", "p", "--filter", "word1", "--json"]).json();
    assert_eq!(
        (&stats["filter"], &stats["states"]["new"], &stats["types"]["PER"]),
        (&json!("word1"), &json!(3), &json!(3))
    );
    shell.run(&["export", "--project", "p", "--filter", "state:don"]).refused();
}

#[test]
fn views_and_plans_are_kept_in_the_project() {
    let shell = shell();
    shell.run(&["queue", "save", "ones", "--project", "p", "--filter", "word1", "--order", "corpus"]).done();
    shell.run(&["queue", "save", "bad", "--project", "p", "--filter", "type:NO"]).refused();
    let views = shell.run(&["queue", "views", "--project", "p", "--json"]).json();
    assert_eq!((&views["views"][0]["name"], &views["views"][0]["order"]), (&json!("ones"), &json!("corpus")));
    let list = shell.run(&["queue", "list", "--project", "p", "--view", "ones", "--json"]).json();
    assert_eq!((&list["fit"], &list["order"]), (&json!(3), &json!("corpus")));
    shell.run(&["queue", "plan", "--project", "p", "--order", "margin", "--random-share", "25", "--seed", "7"]).done();
    let plan = shell.run(&["queue", "plan", "--project", "p", "--json"]).json();
    assert_eq!(plan, json!({"order": "margin", "random_share": 25, "diverse": true, "seed": 7}));
    let list = shell.run(&["queue", "list", "--project", "p"]).done();
    assert!(list.contains("next: closest call + 25 % random"), "{list}");
    shell.run(&["queue", "forget", "ones", "--project", "p"]).done();
    let gone = shell.run(&["queue", "list", "--project", "p", "--view", "ones"]).failed();
    assert!(gone.contains("no saved view `ones`"), "{gone}");
    shell.run(&["queue", "plan", "--project", "p", "--random-share", "101"]).refused();
}

#[test]
fn many_tweets_are_changed_by_one_command() {
    let shell = shell();
    let change = |arguments: &[&str]| shell.run(&[&["queue", "change", "--project", "p"], arguments].concat());
    let look = change(&["--filter", "/word1[01]/", "--done", "--dry-run", "--json"]).json();
    assert_eq!((&look["changed"], &look["changes"]["total"]), (&json!(false), &json!(2)));
    let done = change(&["--filter", "/word1[01]/", "--done", "--label", "LOC=met", "--json"]).json();
    assert_eq!(
        (&done["changed"], &done["labelled"], &done["what"]),
        (&json!(true), &json!(2), &json!("label `met` LOC and done"))
    );
    assert_eq!(done["changes"]["items"][0]["added"][0]["type"], "LOC");
    assert_eq!(shell.run(&["stats", "--project", "p", "--json"]).json()["states"]["done"], 2);
    let told = change(&["--all", "--flag", "again"]).done();
    assert!(told.contains("flag: changed 12 of 12 tweets"), "{told}");
    assert!(change(&["--all", "--accept"]).done().contains("12 tweets were not scored"));
    assert!(change(&["--done"]).refused().contains("--filter"), "all tweets only if it is said");
    assert!(change(&["--all"]).refused().contains("--accept"));
    assert!(change(&["--all", "--label", "NO=met"]).failed().contains("there are"));
}

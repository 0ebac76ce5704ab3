//! Simulated annotators, and likely errors in labels.

use super::models::{ckpt, lesson};
use super::*;

/// A simulation that takes seconds: tweets that are easy to learn, few of them.
fn simulate(shell: &Shell, more: &[&str]) -> Ran {
    let (data, test) = (shell.file("pool.txt", lesson("LOC", 60)), shell.file("test.txt", lesson("LOC", 12)));
    let fixed = ["simulate", "--data", &data, "--test", &test, "--start", "12", "--every", "6", "--epochs", "2"];
    shell.run(&[&fixed[..], &["--seed", "3", "--out", "sim"], more].concat())
}

#[test]
fn a_simulation_that_was_cut_short_goes_on_to_the_same_end() {
    let shell = Shell::new();
    let all = simulate(&shell, &["--rounds", "3", "--learning", "lessons,afresh", "--json"]).json();
    assert_eq!((all["tweets"].as_u64(), all["ways"].as_array().map(Vec::len)), (Some(60), Some(4)));
    for way in all["ways"].as_array().expect("ways") {
        let labelled: Vec<_> =
            way["rounds"].as_array().expect("rounds").iter().map(|round| &round["labelled"]).collect();
        assert_eq!(labelled, [12, 18, 24, 30]);
        let lessons =
            way["rounds"].as_array().expect("rounds").iter().filter(|round| round["lesson"].is_object()).count();
        assert_eq!(lessons, if way["learning"] == "lessons" { 3 } else { 0 });
    }
    let summary = &all["lessons"][0];
    assert_eq!(summary["lessons"], 3);
    assert!(summary["largest_loss"].as_f64().is_none_or(|loss| loss <= 0.0), "the held-out set decides: {summary}");

    // What a kill leaves before a round is written down: its labels and the model before, perhaps its own model too.
    let other = Shell::new();
    let go = |rounds: &str| simulate(&other, &["--rounds", rounds, "--learning", "lessons,afresh", "--json"]);
    go("1").json();
    let way = |name: &str| other.path("sim/uncertain-lessons-3").join(name);
    let model: Vec<_> =
        std::fs::read_dir(way("model-0001")).expect("a model").flatten().map(|file| file.path()).collect();
    let model: Vec<_> = model.into_iter().map(|path| (std::fs::read(&path).expect("read"), path)).collect();
    go("2").json();
    assert!(!way("model-0001").exists() && way("model-0002").exists(), "one model is enough to go on");
    std::fs::remove_file(way("round-0002.json")).expect("there");
    std::fs::create_dir(way("model-0001")).expect("gone");
    for (bytes, path) in model {
        std::fs::write(path, bytes).expect("writable");
    }
    let rest = go("3").json();
    let curves = |all: &Value| serde_json::to_string(&all["curves"]).expect("JSON");
    assert_eq!(curves(&all), curves(&rest));

    let said = simulate(&other, &["--rounds", "3", "--random-share", "0.5"]).failed();
    assert!(said.contains("sim holds a simulation with other numbers") && said.contains("--fresh"), "{said}");
    simulate(&other, &["--rounds", "1", "--random-share", "0.5", "--fresh", "--orders", "random"]).done();
}

#[test]
fn a_simulation_tells_people_with_a_table_and_a_chart() {
    let shell = Shell::new();
    let said = simulate(&shell, &["--rounds", "2", "--orders", "random,uncertainty,corpus"]).done();
    assert!(said.contains("labelled") && said.contains("● random") && said.contains("○ uncertain"), "{said}");
    assert!(said.contains("the F1 of the random order") && said.contains("lessons, random: "), "{said}");
    // The annotator's project is a project like any other.
    let stats = shell.run(&["stats", "--project", "sim/uncertain-lessons-3/project", "--json"]).json();
    assert_eq!(stats["states"]["done"], 24);
}

#[test]
fn what_cannot_be_simulated_is_said_at_once() {
    let shell = Shell::new();
    let corpus = shell.file("some.txt", lesson("LOC", 12));
    let said = shell.run(&["simulate", "--data", &corpus, "--test", &corpus, "--out", "s", "--start", "0"]);
    assert!(said.code != 0 && said.err.contains("--start"), "{}", said.err);
    let said = simulate(&shell, &["--pool", "15"]).failed();
    assert!(said.contains("there are 15 tweets to label"), "{said}");
    let bare = shell.file("bare.txt", "IMGID:1\na\tO\n");
    let said = shell.run(&["simulate", "--data", &bare, "--test", &bare, "--out", "s"]).failed();
    assert!(said.contains("bare.txt") && said.contains("no tweet in it has an entity"), "{said}");
    let model = ckpt();
    let begun = simulate(&shell, &["--model", &model, "--rounds", "1"]);
    assert_eq!(begun.code, 0, "{}", begun.err);
}

/// Easy tweets with two faults: a person that is said to be a place, and one that is not labelled.
fn faulty() -> String {
    let text = lesson("LOC", 40);
    let broken = text.replacen("met\tO\nBo\tB-PER", "met\tO\nBo\tB-LOC", 1);
    broken.replacen("met\tO\nCy\tB-PER", "met\tO\nCy\tO", 1)
}

#[test]
fn faults_are_found_with_and_without_a_model() {
    let shell = Shell::new();
    let data = shell.file("faulty.txt", faulty());
    let find = |more: &[&str]| shell.run(&[&["suspects", "--data", &data, "--json"][..], more].concat());
    let train = ["--folds", "2", "--epochs", "8"];
    let found = find(&train).json();
    let suspects = found["suspects"].as_array().expect("a list");
    let of = |tweet: &str| suspects.iter().find(|one| one["tweet"] == tweet);
    let (wrong, missing) = (of("2").expect("found"), of("4").expect("found"));
    assert!(wrong["reasons"].to_string().contains("the model"), "{wrong}");
    assert_eq!((&wrong["fault"], &wrong["suggestion"]["type"]), (&"type".into(), &"PER".into()), "{wrong}");
    assert_eq!(
        (&missing["fault"], &missing["gold"], &missing["words"]),
        (&"missing".into(), &Value::Null, &"Cy".into())
    );
    // Finished folds are not trained again, and say the same.
    assert_eq!(find(&train).json(), found);

    let of_text = find(&["--checks", "types,boundaries"]).json();
    assert_eq!((&of_text["model"], of_text["tweets"].as_u64()), (&Value::Null, Some(40)));
    assert!(of_text["suspects"].as_array().is_some_and(|list| !list.is_empty()), "{of_text}");
    let by_model = find(&["--checks", "model", "--model", &ckpt()]).json();
    assert!(by_model["model"].as_str().is_some_and(|name| name.contains("ckpt")), "{by_model}");
}

#[test]
fn suspects_of_a_project_lie_in_its_folder() {
    let shell = Shell::new();
    let data = shell.file("faulty.txt", faulty());
    shell.run(&["import", &data, "--project", "p"]).done();
    let found = shell.run(&["suspects", "--project", "p", "--checks", "types,boundaries,tags", "--json"]).json();
    let kept: Value =
        serde_json::from_slice(&std::fs::read(shell.path("p/suspects.json")).expect("written")).expect("JSON");
    assert_eq!(kept["suspects"], found["suspects"]);
    assert!(kept["suspects"][0]["row"].is_i64(), "{kept}");
    let said = shell.run(&["suspects", "--project", "p", "--checks", "types"]).done();
    assert!(said.contains("suspects among") && said.contains("p/suspects.json"), "{said}");
    assert!(shell.run(&["suspects", "--project", "p", "--data", &data]).refused().contains("cannot be used with"));
    let bare = shell.file("bare.txt", "IMGID:1\na\tO\n");
    assert!(shell.run(&["suspects", "--data", &bare]).failed().contains("no tweet in it is labelled"));
}

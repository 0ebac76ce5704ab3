//! Training, predicting and scoring from the shell.

use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::LazyLock;

use spanlight::corpus::{Corpus, ReadOptions};
use spanlight_models::checkpoint;
use spanlight_models::device;

use super::common::skipped;
use super::*;

/// A checkpoint that knows PER and MISC, trained for a moment, the outcome that was printed, and what was said on the way.
static TRAINED: LazyLock<(Shell, Value, String)> = LazyLock::new(|| {
    let shell = Shell::new();
    shell.file("train.txt", lesson("MISC", 48));
    shell.file("valid.txt", lesson("MISC", 12));
    let arguments =
        ["train", "--data", "train.txt", "--valid", "valid.txt", "--out", "made/ckpt", "--epochs", "6", "--seed", "7"];
    let ran = shell.run(&[&arguments[..], &["--batch", "8", "--half", "--json"]].concat());
    let said = ran.err.clone();
    (shell, ran.json(), said)
});

/// Tweets that are easy to learn: `met NAME` is a person, `own NAME` a thing.
pub(super) fn lesson(thing: &str, count: usize) -> String {
    let names = ["Ada", "Bo", "Cy", "Dee"];
    let tweet = |n: usize| {
        let (name, verb, label) =
            if n.is_multiple_of(2) { (n / 2 % 4, "met", "PER") } else { (n / 2 % 4, "own", thing) };
        format!("IMGID:{n}\nI\tO\n{verb}\tO\n{}\tB-{label}\n\n", names[name])
    };
    (0..count).map(tweet).collect()
}

pub(super) fn ckpt() -> String {
    TRAINED.0.path("made/ckpt").display().to_string()
}

#[test]
fn training_writes_a_checkpoint_that_says_how_it_came_about() {
    let (shell, outcome, said) = &*TRAINED;
    let events = said.lines().filter(|line| line.starts_with('{'));
    let events: Vec<Value> = events.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(events.iter().any(|line| line["event"] == "step" && line["loss"].is_f64()), "{said}");
    assert_eq!(events.iter().filter(|line| line["event"] == "evaluated").count(), 6);
    for field in ["f1", "precision", "recall", "seconds"] {
        assert!(outcome[field].is_f64(), "{field} in {outcome}");
    }
    assert!((0.0..=1.0).contains(&outcome["f1"].as_f64().expect("a number")));
    assert_eq!((&outcome["support"], &outcome["seed"], &outcome["stopped"]), (&12.into(), &7.into(), &false.into()));
    assert_eq!((&outcome["epochs"], &outcome["steps"]), (&6.into(), &36.into()));
    let folder = shell.path("made/ckpt");
    let names: Vec<_> = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let log = fs::read_to_string(folder.join("metrics.jsonl")).expect("written");
    assert_eq!(log.lines().filter(|line| line.contains("\"event\":\"step\"")).count(), 36);
    assert!(!shell.path("made/ckpt.training").exists(), "what a resumption needs is gone");
    let metrics = fs::read_to_string(folder.join("metrics.json")).expect("written");
    assert!(!metrics.contains(shell.folder.path().to_str().expect("UTF-8")), "paths are private");
    let metrics: Value = serde_json::from_str(&metrics).expect("JSON");
    assert_eq!((&metrics["selected_on"], &metrics["train"]), (&"valid".into(), &"train.txt".into()));
    assert_eq!((&metrics["options"]["seed"], &metrics["options"]["batch"]), (&7.into(), &8.into()));
}

#[test]
fn training_goes_on_from_a_checkpoint_with_new_types() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("ORG", 16));
    let model = ckpt();
    let arguments = ["train", "--data", &data, "--valid", &data, "--out", "c", "--model", &model, "--epochs", "1"];
    let ran = shell.run(&arguments);
    assert!(ran.err.contains("epoch 1/1") && !ran.err.contains('\u{1b}'), "{}", ran.err);
    assert!(ran.done().contains("saved in c"));
    let scores = shell.run(&["evaluate", "--data", &data, "--model", "c", "--json"]).json();
    assert_eq!(scores["per_type"]["ORG"]["support"], 8);
    let labels = checkpoint::load(&shell.path("c"), &device::cpu()).expect("a checkpoint").labels().clone();
    assert_eq!(labels.names().collect::<Vec<_>>().len(), 3);
}

#[test]
fn a_place_that_is_not_ours_is_refused_before_training() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 4));
    shell.file("precious/file", "x");
    let said = shell.run(&["train", "--data", &data, "--valid", &data, "--out", "precious"]).failed();
    assert!(said.contains("precious exists and is no checkpoint") && !said.contains("epoch"), "{said}");
    let said = shell.run(&["train", "--data", &data, "--valid", &data, "--out", "precious/file/c"]).failed();
    assert!(said.contains("making room for the checkpoint"), "{said}");
    assert_eq!(fs::read(shell.path("precious/file")).expect("still there"), b"x");
    let nothing = shell.file("nothing.txt", "IMGID:1\na\tO\n");
    let said = shell.run(&["train", "--data", &nothing, "--valid", &data, "--out", "c"]).failed();
    assert!(said.contains("nothing.txt") && said.contains("no tweet in it has an entity"), "{said}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_the_training_and_keeps_the_best_so_far() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 16));
    let arguments = ["train", "--data", &data, "--valid", &data, "--out", "c", "--epochs", "10000", "--json"];
    let mut child = shell.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("epoch 2/") {
        line.clear();
        assert!(said.read_line(&mut line).expect("UTF-8") > 0, "it ended before it was stopped");
    }
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
    assert!(signalled.success());
    let rest: String = said.lines().map_while(Result::ok).collect();
    let ran = Ran::from(child.wait_with_output().expect("ended"));
    assert!(rest.contains("stopped after step") && rest.contains("is kept"), "{rest}");
    let outcome = ran.json();
    assert_eq!(outcome["stopped"], true);
    assert!(outcome["f1"].is_f64() && checkpoint::is_checkpoint(&shell.path("c")));
}

/// Starts a training, kills it without warning after its first epoch, and returns what it was called with.
fn killed(shell: &Shell, data: &str) -> [String; 11] {
    let arguments = ["train", "--data", data, "--valid", data, "--out", "c", "--epochs", "3", "--batch", "2"];
    let arguments = arguments.map(str::to_owned);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = shell.command(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("started");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("epoch 1/") {
        line.clear();
        assert!(said.read_line(&mut line).expect("UTF-8") > 0, "it ended before it was killed");
    }
    // The state is written right after the epoch was told.
    let state = shell.path("c.training/state.safetensors");
    while !state.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    arguments
}

#[test]
fn a_killed_training_goes_on() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 160));
    let arguments = killed(&shell, &data);
    assert!(!shell.path("c").exists(), "there is no checkpoint before the end");
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let other = shell.run(&[&words[..], &["--head-rate", "0.5"]].concat()).failed();
    assert!(other.contains("with other options") && other.contains("state.safetensors"), "{other}");
    let ran = shell.run(&words);
    assert!(ran.err.contains("going on in epoch 2 after step 80"), "{}", ran.err);
    ran.done();
    let log = fs::read_to_string(shell.path("c/metrics.jsonl")).expect("written");
    let steps = log.lines().filter(|line| line.contains("\"event\":\"step\"")).count();
    assert_eq!(steps, 240, "every step is there once");
    assert!(!shell.path("c.training").exists());
}

#[test]
fn a_killed_training_can_be_forgotten() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 160));
    let arguments = killed(&shell, &data);
    let words: Vec<&str> = arguments.iter().map(String::as_str).chain(["--fresh"]).collect();
    let ran = shell.run(&words);
    assert!(ran.err.contains("epoch 1/3") && !ran.err.contains("going on"), "{}", ran.err);
}

#[test]
fn several_seeds_get_a_folder_each_and_a_mean() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 16));
    let arguments = ["train", "--data", &data, "--valid", &data, "--out", "c", "--epochs", "1", "--seed", "1,2"];
    let table = shell.run(&arguments).done();
    assert!(table.contains("mean") && table.contains("deviation"), "{table}");
    assert!(checkpoint::is_checkpoint(&shell.path("c/seed-1")) && checkpoint::is_checkpoint(&shell.path("c/seed-2")));
    let outcome = shell.run(&[&arguments[..], &["--json"]].concat()).json();
    let f1: Vec<f64> = outcome["runs"].as_array().expect("runs").iter().filter_map(|run| run["f1"].as_f64()).collect();
    assert!((outcome["mean_f1"].as_f64().expect("a mean") - f1.iter().sum::<f64>() / 2.0).abs() < 1e-9);
}

#[test]
fn predictions_are_one_object_a_tweet() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 300));
    let model = ckpt();
    let lines = shell.run(&["predict", "--data", &data, "--model", &model]).done();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 300);
    for (n, line) in lines.iter().enumerate() {
        assert_eq!((&line["id"], &line["tokens"][0]), (&n.to_string().into(), &"I".into()));
        assert!((0.0..=1.0).contains(&line["uncertainty"].as_f64().expect("a number")));
        for span in line["spans"].as_array().expect("a list") {
            assert!(span["start"].is_u64() && span["end"].is_u64() && span["type"].is_string());
            assert!((0.0..=1.0).contains(&span["probability"].as_f64().expect("a number")));
        }
    }
    let arguments = ["predict", "--data", &data, "--model", &model, "--out", "p.jsonl", "--json"];
    let summary = shell.run(&arguments).json();
    assert_eq!(summary["tweets"], 300);
    let written = Corpus::read(&shell.path("p.jsonl"), ReadOptions::default()).expect("a corpus again");
    assert_eq!(written.examples().map(|example| example.spans.len()).sum::<usize>() as u64, summary["entities"]);
}

#[test]
fn scores_are_told_to_people_and_programs() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 40));
    let model = ckpt();
    let scores = shell.run(&["evaluate", "--data", &data, "--model", &model, "--json"]).json();
    for kind in [&scores, &scores["per_type"]["PER"], &scores["span_only"]] {
        for field in ["f1", "precision", "recall"] {
            assert!((0.0..=1.0).contains(&kind[field].as_f64().expect("a number")), "{field} of {kind}");
        }
    }
    assert_eq!((&scores["support"], &scores["per_type"]["MISC"]["support"]), (&40.into(), &20.into()));
    assert_eq!(
        (&scores["tweets"], &scores["image_problems"], &scores["images_as"]),
        (&40.into(), &0.into(), &"own".into())
    );
    assert!(scores.get("pointing").is_none(), "there are no boxes");
    let text = shell.run(&["evaluate", "--data", &data, "--model", &model]).done();
    let first = text.lines().next().expect("a head");
    let table: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert!(first.contains("precision") && table.len() == 5, "{text}");
    assert!(table.iter().all(|line| line.len() == first.len()), "{text}");
}

#[test]
fn other_and_misc_are_the_same_class() {
    let shell = Shell::new();
    let model = ckpt();
    let evaluate = |thing: &str| {
        let data = shell.file(&format!("{thing}.txt"), lesson(thing, 40));
        let ran = shell.run(&["evaluate", "--data", &data, "--model", &model, "--json"]);
        (ran.err.clone(), ran.json())
    };
    let ((_, misc), (said, other)) = (evaluate("MISC"), evaluate("OTHER"));
    assert!(said.contains("MISC of the model is read as OTHER"), "{said}");
    assert_eq!((&misc["f1"], &misc["per_type"]["MISC"]), (&other["f1"], &other["per_type"]["OTHER"]));
    let (said, unknown) = evaluate("VEHICLE");
    assert!(said.contains("does not know: VEHICLE"), "{said}");
    assert_eq!(unknown["per_type"]["VEHICLE"]["f1"], 0.0);
}

#[test]
fn images_can_be_shuffled_or_left_out_and_broken_ones_are_counted() {
    let shell = Shell::new();
    let model = ckpt();
    for n in 0..6 {
        shell.file(&format!("images/{n}.png"), b"no image");
    }
    let data = shell.file("t.txt", lesson("MISC", 8));
    let evaluate = |images_as: &str| {
        shell.run(&["evaluate", "--data", &data, "--model", &model, "--images-as", images_as, "--json"]).json()
    };
    for (images_as, problems) in [("own", 6), ("shuffled", 6), ("none", 0)] {
        let scores = evaluate(images_as);
        let found = (&scores["image_problems"], &scores["missing_images"], &scores["images_as"]);
        assert_eq!(found, (&problems.into(), &2.into(), &images_as.into()));
    }
}

#[test]
fn what_is_no_model_is_named() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 2));
    let evaluate = |model: &str| shell.run(&["evaluate", "--data", &data, "--model", model]).failed();
    shell.file("folder/file", "x");
    for model in ["folder", "no-such-model", ""] {
        let said = evaluate(model);
        assert!(said.contains(&format!("`{model}` is no model")) && said.contains("embedded"), "{said}");
    }
    let broken = |name: &str, file: &str, content: &[u8]| {
        for entry in fs::read_dir(ckpt()).expect("a checkpoint").flatten() {
            let bytes = fs::read(entry.path()).expect("readable");
            shell.file(&format!("{name}/{}", entry.file_name().display()), bytes);
        }
        shell.file(&format!("{name}/{file}"), content);
        evaluate(name)
    };
    let said =
        broken("a", "model.toml", b"layout = 99\nsystem = \"compact\"\nscheme = \"BIO\"\nlabels = []\n[config]\n");
    assert!(
        said.contains("the model a cannot be used") && said.contains("because: model.toml has layout 99"),
        "{said}"
    );
    assert!(broken("b", "model.toml", b"system = 3").contains("because: model.toml"));
    assert!(broken("c", "weights.safetensors", b"short").contains("because: weights.safetensors"));
    assert!(broken("d", "tokenizer.json", b"{}").contains("the model d cannot be used"));
    fs::remove_file(shell.path("a/tokenizer.json")).expect("removed");
    shell.file("a/model.toml", fs::read(TRAINED.0.path("made/ckpt/model.toml")).expect("readable"));
    assert!(evaluate("a").contains("tokenizer.json"));
}

#[test]
fn the_embedded_model_needs_the_images_and_looks_at_the_right_place() {
    if let Err(error) = checkpoint::load_embedded(&device::cpu()) {
        skipped(format_args!("this program was built without a trained model ({error})"));
        return;
    }
    let shell = Shell::new();
    let data = of_repository("sample-data/test.jsonl");
    let evaluate = |images_as| shell.run(&["evaluate", "--data", &data, "--images-as", images_as, "--json"]).json();
    let f1 = |scores: &Value| scores["f1"].as_f64().expect("a number");
    let (own, shuffled) = (evaluate("own"), evaluate("shuffled"));
    assert!(f1(&own) >= 0.92, "{own}");
    assert!(f1(&shuffled) <= f1(&own) - 0.15, "{shuffled}");
    assert!(own["pointing"]["rate"].as_f64().expect("a share") >= 0.8, "{own}");
    assert!(shuffled.get("pointing").is_none());
}

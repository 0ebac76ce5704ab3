//! Published encoders: adding them, checking them, and training on them.

use std::fs;

use spanlight_models::checkpoint;

use super::models::lesson;
use super::*;

/// The pieces of the tiny BERT.
pub const VOCABULARY: [&str; 12] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "met", "own", "ada", "bo", "cy", "dee"];

/// A tiny BERT as its own library made it, with the stored outputs beside it.
pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("burn-models/tests/golden/text/bert")
}

/// The tiny BERT with a vocabulary, in a folder of the test.
pub(super) fn tiny(shell: &Shell) -> String {
    for name in ["config.json", "model.safetensors"] {
        shell.file(&format!("tiny/{name}"), fs::read(golden().join(name)).expect("golden"));
    }
    shell.file("tiny/vocab.txt", VOCABULARY.join("\n"));
    shell.path("tiny").display().to_string()
}

#[test]
fn an_encoder_is_added_described_checked_and_taken_away() {
    let shell = Shell::new();
    let said = shell.run(&["model", "list"]).done();
    assert!(said.contains("no encoder was added yet"), "{said}");
    let added = shell.run(&["model", "add", &tiny(&shell), "--name", "mini"]).done();
    assert!(added.starts_with("mini: bert, text encoder"), "{added}");
    let listing = shell.run(&["model", "list", "--json"]).json();
    assert_eq!(listing["encoders"][0]["name"], "mini");
    let info = shell.run(&["model", "info", "mini", "--json"]).json();
    assert_eq!((&info["kind"], &info["architecture"]), (&"text".into(), &"bert".into()));

    let reference = golden().join("padded.safetensors").display().to_string();
    let checked = shell.run(&["model", "check", "mini", "--reference", &reference, "--json"]).json();
    assert_eq!(checked["same"], true, "{checked}");
    assert!(checked["differences"][0]["absolute"].as_f64().expect("a number") < 2e-5, "{checked}");
    let ran = shell.run(&["model", "check", "mini", "--reference", &reference, "--tolerance", "0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("last_hidden_state") && ran.err.contains("differ from the reference"), "{}", ran.err);

    shell.run(&["model", "remove", "mini"]).done();
    let said = shell.run(&["model", "info", "mini"]).failed();
    assert!(said.contains("neither a folder or file nor the name"), "{said}");
}

#[test]
fn what_is_no_encoder_is_not_added() {
    let shell = Shell::new();
    let said = shell.run(&["model", "add", "nowhere"]).failed();
    assert!(said.contains("nowhere"), "{said}");
    let folder = tiny(&shell);
    fs::write(shell.path("tiny/model.safetensors"), [0xff; 40]).expect("writable");
    let said = shell.run(&["model", "add", &folder]).failed();
    assert!(said.contains("model.safetensors"), "{said}");
    assert!(shell.run(&["model", "list", "--json"]).json()["encoders"].as_array().expect("a list").is_empty());
}

#[test]
fn a_system_without_a_published_encoder_has_none_to_export() {
    let shell = Shell::new();
    let said = shell.run(&["model", "export", "embedded", "--out", "x"]).failed();
    assert!(said.contains("compact has no published text encoder"), "{said}");
    assert!(!shell.path("x").exists());
}

#[test]
fn a_small_checkpoint_needs_its_encoder_and_a_whole_one_nothing() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 16));
    let folder = tiny(&shell);
    shell.run(&["model", "add", &folder, "--name", "mini"]).done();
    let arguments = ["train", "--system", "bert-crf", "--encoder", "mini", "--data", &data, "--valid", &data];
    let train = |out: &str, more: &[&str]| {
        let few = ["--lora", "2", "--epochs", "1", "--out", out];
        shell.run(&[&arguments[..], &few, more].concat()).done();
        fs::metadata(shell.path(out).join("weights.safetensors")).expect("written").len()
    };
    let (small, whole) = (train("small", &[]), train("whole", &["--whole"]));
    assert!(small < whole, "{small} of {whole} bytes");
    let manifest = fs::read_to_string(shell.path("small/model.toml")).expect("written");
    assert!(!manifest.contains(shell.folder.path().to_str().expect("UTF-8")), "paths are private: {manifest}");
    let evaluate = |model: &str| shell.run(&["evaluate", "--model", model, "--data", &data, "--json"]);
    let scores = evaluate("small").json();
    assert_eq!(scores["f1"], evaluate("whole").json()["f1"]);
    shell.run(&["model", "export", "small", "--out", "exported"]).done();
    assert_eq!(shell.run(&["model", "info", "exported", "--json"]).json()["architecture"], "bert");

    shell.run(&["model", "remove", "mini"]).done();
    let said = evaluate("small").failed();
    assert!(said.contains("small/model.toml") && said.contains("spanlight model add DIR --name mini"), "{said}");
    assert_eq!(evaluate("whole").json()["f1"], scores["f1"]);
    let file = shell.path("tiny/model.safetensors");
    let mut bytes = fs::read(&file).expect("there");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&file, bytes).expect("writable");
    shell.run(&["model", "add", &folder, "--name", "mini"]).done();
    let said = evaluate("small").failed();
    assert!(said.contains("mini is not the encoder") && said.contains("--replace"), "{said}");
    fs::write(&file, fs::read(golden().join("model.safetensors")).expect("golden")).expect("writable");
    shell.run(&["model", "add", &folder, "--name", "mini", "--replace"]).done();
    assert_eq!(evaluate("small").json()["f1"], scores["f1"]);
}

#[test]
fn systems_are_trained_on_a_published_encoder() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 64));
    shell.run(&["model", "add", &tiny(&shell), "--name", "mini"]).done();
    let vit = golden().join("../../image/vit").display().to_string();
    let said = shell
        .run(&[
            "train",
            "--system",
            "bert-crf",
            "--encoder",
            "mini",
            "--image-encoder",
            &vit,
            "--data",
            &data,
            "--valid",
            &data,
            "--out",
            "c",
        ])
        .failed();
    assert!(said.contains("without a published image encoder"), "{said}");
    let seeing = ["--image-encoder", &vit];
    for (system, more) in [
        ("bert-crf", &[][..]),
        ("span-ner", &[]),
        ("bert-crf", &["--lora", "4"]),
        ("smner", &seeing),
        ("instruct-ner", &seeing),
    ] {
        let arguments = ["train", "--system", system, "--encoder", "mini", "--data", &data, "--valid", &data];
        let rates = ["--encoder-rate", "0.01", "--head-rate", "0.01", "--epochs", "12", "--fresh", "--json"];
        let out = ["--out", "made", "--batch", "8"];
        let outcome = shell.run(&[&arguments[..], &rates, &out, more].concat()).json();
        assert!(outcome["f1"].as_f64().expect("scored") > 0.9, "{system} {more:?}: {outcome}");
        assert!(checkpoint::is_checkpoint(&shell.path("made")));
        let out = format!("exported-{system}-{}", more.len());
        shell.run(&["model", "export", "made", "--out", &out]).done();
        let said = shell.run(&["model", "export", "made", "--out", &out]).failed();
        assert!(said.contains("exists"), "{said}");
        let info = shell.run(&["model", "info", &out, "--json"]).json();
        assert_eq!(info["architecture"], "bert");
        let scores = shell.run(&["evaluate", "--model", "made", "--data", &data, "--json"]).json();
        assert!(scores["f1"].as_f64().expect("a number") > 0.9, "{scores}");
    }
}

#[test]
fn maps_and_what_is_imagined_stand_in_prediction_files() {
    let shell = Shell::new();
    let data = shell.file("t.txt", lesson("MISC", 24));
    let encoder = tiny(&shell);
    let vit = golden().join("../../image/vit").display().to_string();
    let train = ["train", "--system", "bga-mner", "--encoder", &encoder, "--image-encoder", &vit, "--alpha", "0.1"];
    let more = ["--data", &data, "--valid", &data, "--out", "bga", "--epochs", "1", "--batch", "8"];
    shell.run(&[&train[..], &more].concat()).done();
    let predict = ["predict", "--model", "bga", "--data", &data];
    let lines = |more: &[&str]| -> Vec<serde_json::Value> {
        let out = shell.run(&[&predict[..], more].concat()).done();
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let (plain, explained) = (lines(&[]), lines(&["--maps"]));
    assert!(plain[0].get("alignments").is_none() && plain[0].get("imagination").is_none());
    for (plain, explained) in plain.iter().zip(&explained) {
        assert_eq!(plain["spans"], explained["spans"]);
        assert_eq!(explained["alignments"], serde_json::json!([]), "there is no image to lie on");
        let words = &explained["imagination"]["levels"][0]["words"];
        assert_eq!(words.as_array().expect("a list").len(), plain["tokens"].as_array().expect("a list").len());
        assert!(words[0]["probability"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)));
    }
}

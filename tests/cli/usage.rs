//! What every command has in common, and the commands that need no corpus.

use super::*;

const COMMANDS: [&str; 17] = [
    "annotate",
    "tutorial",
    "keys",
    "import",
    "export",
    "train",
    "predict",
    "evaluate",
    "assign",
    "agree",
    "merge",
    "diff",
    "stats",
    "systems",
    "model",
    "doctor",
    "completions",
];

#[test]
fn help_and_version_are_results() {
    let shell = Shell::new();
    let help = shell.run(&["--help"]).done();
    for command in COMMANDS {
        assert!(help.contains(&format!("  {command} ")), "{command} in {help}");
        assert!(shell.run(&[command, "--help"]).done().contains("Usage: spanlight"));
    }
    assert_eq!(shell.run(&["--version"]).done(), format!("spanlight {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_ends_with_two() {
    let shell = Shell::new();
    let wrong: [&[&str]; 20] = [
        &["--no-such-flag"],
        &["no-such-command"],
        &["import"],
        &["import", "x", "--project", "p", "--format", "xml"],
        &["import", "x", "--project", "p", "--role", "boss"],
        &["export", "--project", "p", "--json"],
        &["predict", "--data", "x", "--json"],
        &["train", "--data", "x", "--valid", "y", "--out", "z", "--system", "no-such-system"],
        &["train", "--data", "x", "--valid", "y", "--out", "z", "--epochs", "0"],
        &["train", "--data", "x", "--valid", "y", "--out", "z", "--head-rate", "fast"],
        &["train", "--data", "x", "--valid", "y", "--out", "z", "--model", "m", "--system", "compact"],
        &["evaluate", "--data", "x", "--device", "abacus"],
        &["evaluate", "--data", "x", "--images-as", "postcards"],
        &["evaluate"],
        &["evaluate", "--compare", "a"],
        &["evaluate", "--compare", "a", "b", "--model", "c"],
        &["evaluate", "--data", "x", "--images-check", "--images-as", "none"],
        &["annotate", "--reset-sample", "--project", "p"],
        &["completions", "no-such-shell"],
        &["systems", "--json", "surplus"],
    ];
    for arguments in wrong {
        let said = shell.run(arguments).refused();
        assert!(said.contains("--help"), "{arguments:?}: {said}");
    }
    assert!(!shell.path("data").exists() && !shell.path("z").exists());
}

#[test]
fn an_unknown_device_in_the_environment_or_the_settings_is_named() {
    let shell = Shell::new();
    let output = shell.command(&["doctor"]).env("SPANLIGHT_DEVICE", "abacus").output();
    let said = Ran::from(output.expect("started")).refused();
    assert!(said.contains("abacus") && said.contains("auto"), "{said}");

    let data = shell.file("t.txt", tweets(1));
    shell.file("config/settings.toml", "device = \"abacus\"\n");
    let mut command = shell.command(&["evaluate", "--data", &data]);
    let said = Ran::from(command.env_remove("SPANLIGHT_DEVICE").output().expect("started")).failed();
    assert!(said.contains("settings.toml") && said.contains("abacus"), "{said}");
}

#[test]
fn systems_are_listed() {
    let shell = Shell::new();
    let said = shell.run(&["systems"]).done();
    assert!(said.contains("compact: ") && said.contains("begins with: the published text encoder"), "{said}");
    let list = shell.run(&["systems", "--json"]).json();
    let compact = &list["systems"][0];
    assert_eq!((compact["name"].as_str(), compact["uses_image"].as_bool()), (Some("compact"), Some(true)));
    assert!(compact["defaults"]["epochs"].as_u64() > Some(0));
}

#[test]
fn the_keys_are_listed_with_those_that_collide() {
    let shell = Shell::new();
    assert!(shell.run(&["keys"]).done().contains("repeat-in-corpus"));
    let table = shell.run(&["keys", "--json"]).json();
    assert_eq!(table["problems"].as_array().map(Vec::len), Some(0));
    let file = std::path::PathBuf::from(table["file"].as_str().expect("a path"));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(&file, "done = [\"d\"]\n").expect("a keymap");
    let told = |command: &str| shell.run(&[command, "--json"]).json()["problems"].to_string();
    assert!(told("keys").contains("`d` of `next-token` is already the key of `done`"), "{}", told("keys"));
    assert!(told("doctor").contains("keymap.toml"), "{}", told("doctor"));
    std::fs::remove_file(file).expect("removed");
}

#[test]
fn the_doctor_says_what_works_and_sends_no_escape_codes() {
    let shell = Shell::new();
    let text = shell.run(&["doctor"]).done();
    assert!(!text.contains('\u{1b}') && text.contains("device ") && text.contains("graphics"), "{text}");
    let found = shell.run(&["doctor", "--json"]).json();
    assert_eq!(found["device"]["name"], "cpu");
    assert!(!found["device"]["reason"].as_str().expect("a reason").is_empty());
    assert_eq!(found["terminal"]["interactive"], false);
    assert_eq!(found["folders"][1]["path"].as_str(), shell.path("data").to_str());
    assert_eq!((&found["folders"][1]["exists"], &found["folders"][1]["writable"]), (&false.into(), &true.into()));
    assert!(!shell.path("data").exists(), "looking changes nothing");

    shell.file("config/settings.toml", "theme = 3\n");
    let found = shell.run(&["doctor", "--json"]).json();
    assert!(found["problems"][0].as_str().expect("a problem").contains("settings.toml:1"), "{found}");
}

#[test]
fn completions_know_commands_and_values() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shell.run(&["completions", name]).done();
        assert!(script.contains("evaluate") && script.contains("skip-bad"), "{name}");
    }
    assert!(shell.run(&["completions", "bash"]).done().contains("held-out"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(5_000));
    shell.run(&["import", &data, "--project", "p"]).done();
    for arguments in [&["export", "--project", "p"][..], &["completions", "bash"]] {
        let mut child =
            shell.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().expect("ended"));
        assert_eq!((ran.code, ran.err.contains("panicked")), (0, false), "{arguments:?}: {}", ran.err);
    }
}

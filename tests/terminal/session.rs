//! From the first start to a model that learned, by keys alone; sizes; text that wants to take the terminal over.

use std::fs;

use crate::{corpus, spanlight};

#[test]
fn the_sample_project_opens_labels_learns_and_resumes() {
    let home = tempfile::tempdir().expect("a folder");
    let mut program = spanlight(home.path(), [120, 36], &[]);
    program.until(|text| text.contains("v0") && text.contains("70 to do"));
    for _ in 0..3 {
        program.keys("F ");
    }
    program.until(|text| text.contains("67 to do"));
    program.keys("u");
    program.until(|text| text.contains("68 to do"));
    program.keys("U");
    program.until(|text| text.contains("67 to do"));
    program.keys("L");
    program.until(|text| text.contains("v1") || text.contains("worse"));
    // A model that waits for the user's word would be asked about.
    program.keys("-q");
    assert!(program.end().success());
    assert!(!program.look(vt100::Screen::alternate_screen), "the terminal is given back");

    let mut program = spanlight(home.path(), [120, 36], &[]);
    program.until(|text| text.contains("67 to do"));
    program.keys("u");
    program.until(|text| text.contains("68 to do"));
    program.keys("q");
    assert!(program.end().success());
}

#[test]
fn every_size_shows_something_and_a_resize_loses_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let tweets = corpus(home.path(), 50);
    let mut program = spanlight(home.path(), [120, 36], &["annotate", "--corpus", &tweets]);
    program.until(|text| text.contains("50 to do"));
    program.keys("1 ");
    for size in [[80, 24], [60, 18], [200, 60], [40, 10], [1, 1], [120, 36]] {
        program.resize(size);
        program.until(|text| !text.trim().is_empty());
    }
    program.until(|text| text.contains("49 to do"));
    program.keys("q");
    assert!(program.end().success());
}

#[test]
fn text_of_a_tweet_never_reaches_the_terminal_raw() {
    let home = tempfile::tempdir().expect("a folder");
    let tokens = [
        "\u{1b}[2J",
        "\u{1b}]52;c;aGFja2Vk\u{7}",
        "\u{1b}]0;title\u{7}",
        "nul\0",
        "\u{9b}31m",
        "\u{202e}abc",
        "\u{2066}",
        "a\rb",
        "\u{8}\u{8}",
    ];
    let line =
        serde_json::json!({ "id": "evil\u{1b}[31m", "tokens": tokens, "spans": [], "images": ["../../etc/passwd"] });
    let tweets = home.path().join("evil.jsonl");
    fs::write(&tweets, format!("{line}\n")).expect("a folder to write to");
    let tweets = tweets.display().to_string();
    let mut program = spanlight(home.path(), [120, 36], &["annotate", "--corpus", &tweets]);
    program.until(|text| text.contains("✓0") && text.contains("31m"));
    program.keys("q");
    assert!(program.end().success());
    let bytes = String::from_utf8_lossy(&program.bytes()).into_owned();
    for raw in ["\u{1b}]52", "\u{1b}]0;title", "\u{9b}31m", "\u{202e}", "\u{2066}", "nul\0"] {
        assert!(!bytes.contains(raw), "{raw:?} was sent to the terminal");
    }
}

#[test]
fn the_tutorial_is_done_left_and_gone_on_with_and_the_mouse_is_given_back() {
    let home = tempfile::tempdir().expect("a folder");
    let mut program = spanlight(home.path(), [80, 24], &["tutorial"]);
    program.until(|text| text.contains("Tutorial 1 of"));
    program.keys("d");
    program.until(|text| text.contains("Tutorial 2 of"));
    // A click puts the cursor on the first word again.
    program.keys("\x1b[<0;3;4M\x1b[<0;3;4m1");
    program.until(|text| text.contains("Tutorial 3 of"));
    program.keys(";k");
    assert!(program.end().success());
    let bytes = program.bytes();
    let count = |sequence: &[u8]| bytes.windows(sequence.len()).filter(|window| *window == sequence).count();
    assert_eq!([count(b"\x1b[?1000h"), count(b"\x1b[?1000l")], [1, 1]);

    let mut program = spanlight(home.path(), [80, 24], &["annotate", "--tutorial"]);
    program.until(|text| text.contains("Tutorial 3 of"));
    program.keys(";k");
    program.until(|text| text.contains("70 to do") || text.contains("1/70"));
    program.keys("q");
    assert!(program.end().success());
}

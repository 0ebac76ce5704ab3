//! From key to frame while the model learns, in the real program in a pseudo terminal: `cargo bench --bench latency`.

#[allow(dead_code, reason = "a bench uses a part of it")]
#[path = "../tests/terminal/pty.rs"]
mod pty;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use pty::Program;

/// Keys a second, faster than anybody types for long.
const RATE: u64 = 30;

/// What is typed while the model learns: moves, labels, undo, heat map, other tweets.
const KEYS: &str = "ddde1uaatdDA3uutswbF ue";

/// A learning job that ended, in the words of the screen.
fn learned(text: &str) -> bool {
    text.contains("· v1") || text.contains("worse")
}

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let log = home.path().join("frames");
    let arguments = ["annotate", "--frame-log", &log.display().to_string()].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut program = Program::start(Path::new(env!("CARGO_BIN_EXE_spanlight")), home.path(), [120, 36], &arguments);
    program.until(|text| text.contains("✓0"));
    for _ in 0..20 {
        program.keys("F ");
        thread::sleep(Duration::from_millis(100));
    }
    program.until(|text| text.contains("✓20"));
    let before = frames(&log).len();
    program.keys("L");
    program.until(|text| text.contains("learning") || text.contains("Learning"));
    let mut typed = 0;
    for key in KEYS.chars().cycle() {
        if learned(&program.text()) {
            break;
        }
        program.keys(&key.to_string());
        typed += 1;
        thread::sleep(Duration::from_millis(1000 / RATE));
    }
    program.keys("-q");
    assert!(program.end().success(), "the program ends by itself");

    let mut times: Vec<u64> = frames(&log).split_off(before);
    times.sort_unstable();
    let share = |percent: usize| times[(times.len() - 1) * percent / 100] as f64 / 1000.0;
    println!("| key to frame while learning | {typed} keys, {} frames |", times.len());
    println!("| median | {:.1} ms |", share(50));
    println!("| p99 | {:.1} ms (aim: under 16 ms) |", share(99));
    println!("| longest | {:.1} ms |", share(100));
}

/// Microseconds from key to frame, one for every frame that a key led to.
fn frames(log: &Path) -> Vec<u64> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().filter_map(|line| line.split(' ').next()?.parse().ok()).collect()
}

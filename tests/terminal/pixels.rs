//! Pictures in pixels: a terminal that says what it can, and one that a person types into while it is asked.

use std::thread;
use std::time::{Duration, Instant};

use super::pty::Program;
use super::spanlight;

/// Waits until the program has written something since the byte `from`.
fn until_written(program: &Program, wanted: &str, from: usize) {
    let begun = Instant::now();
    let written = |bytes: &[u8]| bytes[from..].windows(wanted.len()).any(|part| part == wanted.as_bytes());
    while !written(&program.bytes()) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{wanted:?} was not written");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Answers what a terminal is asked, as kitty does, with a key in between.
fn answer(program: &mut Program) {
    until_written(program, "\x1b[c", 0);
    program.keys("\x1b[?62;c");
    until_written(program, "a=q", 0);
    program.keys("s\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c");
}

#[test]
fn pictures_come_in_pixels_give_way_to_a_dialog_and_are_gone_at_the_end() {
    let home = tempfile::tempdir().expect("a folder");
    let mut program = spanlight(home.path(), [120, 36], &["annotate"]);
    answer(&mut program);
    program.until(|text| text.contains("2/70") && text.contains("kitty"));
    // The third tweet has an image.
    program.keys("s");
    until_written(&program, "a=T,f=24", 0);
    let before = program.bytes().len();
    program.keys("?");
    program.until(|text| text.contains("filter:"));
    until_written(&program, "a=d,d=A", before);
    let before = program.bytes().len();
    program.keys("\x1b");
    until_written(&program, "a=T,f=24", before);
    let before = program.bytes().len();
    program.keys("B");
    program.until(|text| text.contains('▀'));
    until_written(&program, "a=d,d=A", before);
    program.keys("BBq");
    assert!(program.end().success());
}

//! The real program in a pseudo terminal: a day's work, sizes, hostile text, and kills at random moments.

mod crash;
mod pixels;
mod pty;
mod script;
mod session;

use std::path::Path;

use pty::Program;

/// The program under test.
fn spanlight(home: &Path, size: [u16; 2], arguments: &[&str]) -> Program {
    Program::start(Path::new(env!("CARGO_BIN_EXE_spanlight")), home, size, arguments)
}

/// A corpus of `count` tweets without labels in a file under `home`.
fn corpus(home: &Path, count: usize) -> String {
    let lines = (0..count).map(|tweet| {
        format!(
            "{{\"id\":\"t{tweet}\",\"tokens\":[\"Ann{tweet}\",\"walked\",\"to\",\"Port\",\"Allister\"],\"spans\":[]}}\n"
        )
    });
    let file = home.join("tweets.jsonl");
    std::fs::write(&file, lines.collect::<String>()).expect("a folder to write to");
    file.display().to_string()
}

//! Makes `docs/screens/`: pictures of the real program, which runs in a pseudo terminal on the sample project.
//!
//! `cargo run --example screens [FOLDER]`, after `cargo build`.

mod blocks;
mod cell;
mod fills;
mod gold;
#[path = "../../tests/terminal/pty.rs"]
#[expect(dead_code, reason = "the tests need more of it than a photographer")]
mod pty;
mod scene;
mod shots;
mod svg;
mod writing;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use shots::SHOTS;

fn main() -> ExitCode {
    let folder = env::args_os().nth(1).map_or_else(default_folder, PathBuf::from);
    match program().and_then(|program| photograph(&program, &folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("screens: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `docs/screens/` of this repository.
fn default_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/screens")
}

/// The program, built with the same profile as this example, which lies in a folder beside it.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let example = env::current_exe()?;
    let built = example.parent().and_then(Path::parent).ok_or("this example was moved out of the target folder")?;
    let program = built.join(format!("spanlight{}", env::consts::EXE_SUFFIX));
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("{}: the program is not built; `cargo build` first", program.display()).into())
    }
}

fn photograph(program: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for shot in &SHOTS {
        let file = folder.join(format!("{}.svg", shot.name));
        let picture = shot.take(program)?;
        fs::write(&file, &picture)?;
        println!("{} ({} KB)", file.display(), picture.len().div_ceil(1000));
    }
    Ok(())
}

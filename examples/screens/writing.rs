//! Text in runs of one look, each kept to its columns, so that it is aligned in any font.

use std::fmt::Write;

use vt100::Screen;

use crate::blocks::is_shape;
use crate::cell::{HEIGHT, Look, WIDTH, hex};

/// From the top of a cell to the line that letters stand on.
const BASELINE: usize = 14;

/// Characters in neighbouring cells that are written with one stroke.
struct Run {
    column: usize,
    columns: usize,
    text: String,
    look: Look,
    /// Letters of a font have one width; signs and emoji are as wide as they like, and stand alone.
    letters: bool,
}

/// The text of a row.
pub fn row(screen: &Screen, row: u16) -> String {
    let mut written = String::new();
    for run in runs(screen, row) {
        let _ = write!(written, "<text x=\"{}\" y=\"{}\"", run.column * WIDTH, usize::from(row) * HEIGHT + BASELINE);
        if run.columns > 1 {
            let _ = write!(written, " textLength=\"{}\"", run.columns * WIDTH);
        }
        let _ = write!(written, " fill=\"{}\"", hex(run.look.ink));
        if run.look.bold {
            written.push_str(" font-weight=\"bold\"");
        }
        if run.look.italic {
            written.push_str(" font-style=\"italic\"");
        }
        let _ = writeln!(written, ">{}</text>", escaped(&run.text));
    }
    written
}

fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..screen.size().1 {
        let Some(cell) = screen.cell(row, column) else { continue };
        let text = cell.contents();
        if text.trim().is_empty() || is_shape(text) {
            continue;
        }
        let columns = if cell.is_wide() { 2 } else { 1 };
        let look = Look::of(cell);
        let column = usize::from(column);
        let letters = !cell.is_wide() && text.chars().all(|c| c.is_ascii() || c.is_alphabetic());
        match runs.last_mut().filter(|run| run.letters && letters && run.look == look) {
            Some(run) if run.column + run.columns == column => {
                run.text.push_str(text);
                run.columns += columns;
            }
            // One space is kept, more would be folded.
            Some(run) if run.column + run.columns + 1 == column && is_space(screen, row, column - 1, look) => {
                run.text.push(' ');
                run.text.push_str(text);
                run.columns += 1 + columns;
            }
            _ => runs.push(Run { column, columns, text: text.to_owned(), look, letters }),
        }
    }
    runs
}

/// Whether a space of the same colour behind it is between two words.
fn is_space(screen: &Screen, row: u16, column: usize, look: Look) -> bool {
    screen.cell(row, column as u16).is_some_and(|cell| {
        cell.contents().trim().is_empty() && !cell.is_wide_continuation() && Look::of(cell).paper == look.paper
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

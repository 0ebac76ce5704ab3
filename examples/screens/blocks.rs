//! Characters that are shapes: drawn as rectangles, they meet each other in any font.

use vt100::Cell;

use crate::cell::{HEIGHT, Look, Rgb, WIDTH};
use crate::fills::Fill;

/// Thickness of a line.
const LINE: usize = 1;
const HEAVY: usize = 3;
/// Where the line below text is.
const UNDERLINE: usize = HEIGHT - 2;

/// The colours of a cell's upper and lower half.
pub fn halves(cell: &Cell, look: Look) -> [Rgb; 2] {
    match cell.contents() {
        "█" => [look.ink, look.ink],
        "▀" => [look.ink, look.paper],
        "▄" => [look.paper, look.ink],
        _ => [look.paper, look.paper],
    }
}

/// Whether a character is drawn here, and is no text.
pub fn is_shape(character: &str) -> bool {
    matches!(character, "█" | "▀" | "▄") || !lines(character).is_empty() || eighths(character) > 0
}

/// What is drawn over the halves of the cell at `(x, y)`, in pixels.
pub fn over(cell: &Cell, look: Look, (x, y): (usize, usize)) -> Vec<Fill> {
    let mut rectangles = lines(cell.contents());
    let depth = HEIGHT * eighths(cell.contents()) / 8;
    if depth > 0 {
        rectangles.push([0, HEIGHT - depth, WIDTH, depth]);
    }
    if look.underline {
        rectangles.push([0, UNDERLINE, WIDTH, LINE]);
    }
    let fill =
        |[left, top, width, height]: [usize; 4]| Fill { x: x + left, y: y + top, width, height, color: look.ink };
    rectangles.into_iter().map(fill).collect()
}

/// How many eighths of the cell are filled from below; halves and full blocks are none of these.
fn eighths(character: &str) -> usize {
    match character {
        "▁" => 1,
        "▂" => 2,
        "▃" => 3,
        "▅" => 5,
        "▆" => 6,
        "▇" => 7,
        _ => 0,
    }
}

/// The lines of a frame's character: left, top, width, height.
fn lines(character: &str) -> Vec<[usize; 4]> {
    let (middle, center) = (HEIGHT / 2, WIDTH / 2);
    let across = [0, middle, WIDTH, LINE];
    let rightward = [center, middle, WIDTH - center, LINE];
    let leftward = [0, middle, center + LINE, LINE];
    let down = [center, 0, LINE, HEIGHT];
    let upper = [center, 0, LINE, middle + LINE];
    let lower = [center, middle, LINE, HEIGHT - middle];
    match character {
        "─" => vec![across],
        "━" => vec![[0, middle - HEAVY / 2, WIDTH, HEAVY]],
        "│" => vec![down],
        "├" => vec![down, rightward],
        "┬" => vec![across, lower],
        "┌" | "╭" => vec![rightward, lower],
        "┐" | "╮" => vec![leftward, lower],
        "└" | "╰" => vec![rightward, upper],
        "┘" | "╯" => vec![leftward, upper],
        _ => Vec::new(),
    }
}

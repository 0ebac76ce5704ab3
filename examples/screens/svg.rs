//! A screen as an SVG picture: what is behind the text, then shapes, then text.

use vt100::Screen;

use crate::blocks;
use crate::cell::{HEIGHT, Look, WIDTH};
use crate::fills::{self, Fill};
use crate::writing;

/// Letters of this size are as wide as a cell in most fonts.
const FONT_SIZE: usize = 15;

/// The picture of a screen.
pub fn draw(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (usize::from(columns) * WIDTH, usize::from(rows) * HEIGHT);
    let writing: String = (0..rows).map(|row| writing::row(screen, row)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <g shape-rendering=\"crispEdges\">\n{}{}</g>\n\
         <g font-family=\"'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace\" font-size=\"{FONT_SIZE}\">\n{writing}</g>\n\
         </svg>\n",
        fills::paths(&ground(screen)),
        fills::paths(&shapes(screen)),
    )
}

/// The two halves of every cell.
fn ground(screen: &Screen) -> Vec<Fill> {
    let (rows, columns) = screen.size();
    let mut fills = Vec::new();
    for row in 0..rows {
        for half in 0..2 {
            for column in 0..columns {
                let Some(cell) = screen.cell(row, column) else { continue };
                let color = blocks::halves(cell, Look::of(cell))[half];
                let (x, y) = (usize::from(column) * WIDTH, (2 * usize::from(row) + half) * HEIGHT / 2);
                fills.push(Fill { x, y, width: WIDTH, height: HEIGHT / 2, color });
            }
        }
    }
    fills
}

/// Lines, bars and curves.
fn shapes(screen: &Screen) -> Vec<Fill> {
    let (rows, columns) = screen.size();
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let drawn = |(row, column)| {
        let cell = screen.cell(row, column)?;
        Some(blocks::over(cell, Look::of(cell), (usize::from(column) * WIDTH, usize::from(row) * HEIGHT)))
    };
    cells.filter_map(drawn).flatten().collect()
}

//! A cell of the screen as it looks: colours resolved, reversal done.

use vt100::{Cell, Color};

/// Width of a cell in pixels; height is twice as much, so that half blocks are squares.
pub const WIDTH: usize = 9;
/// Height of a cell in pixels.
pub const HEIGHT: usize = 2 * WIDTH;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// What the program leaves to the terminal: light text on a dark ground.
const INK: Rgb = [0xd0, 0xd0, 0xd0];
const PAPER: Rgb = [0x12, 0x12, 0x12];

/// How a cell is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colour of the text.
    pub ink: Rgb,
    /// Colour behind it.
    pub paper: Rgb,
    /// Heavy text.
    pub bold: bool,
    /// Slanted text.
    pub italic: bool,
    /// A line below the text.
    pub underline: bool,
}

impl Look {
    /// The look of a cell.
    pub fn of(cell: &Cell) -> Self {
        let (ink, paper) = (rgb(cell.fgcolor(), INK), rgb(cell.bgcolor(), PAPER));
        let (ink, paper) = if cell.inverse() { (paper, ink) } else { (ink, paper) };
        Self { ink, paper, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }
}

/// Themes are written in true colours; everything else is the terminal's own.
fn rgb(color: Color, default: Rgb) -> Rgb {
    match color {
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Default | Color::Idx(_) => default,
    }
}

/// A colour as SVG writes it.
pub fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

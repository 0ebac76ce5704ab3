//! The way to the terminal: crossterm's, for terminals that do not agree how wide an emoji is.

use std::io::{self, Stdout};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// What makes an emoji of a character that is narrow in some terminals.
const EMOJI_STYLE: char = '\u{fe0f}';

/// A place on the screen and what is to be there.
type Placed<'a> = (u16, u16, &'a Cell);

/// Standard output.
#[derive(Debug)]
pub struct Output(CrosstermBackend<Stdout>);

impl Output {
    /// Draws on standard output.
    pub fn standard() -> Self {
        Self(CrosstermBackend::new(io::stdout()))
    }
}

/// Puts the column that an emoji may or may not cover before the emoji: cleared after it, half of the emoji would go, or the
/// rest of the row would move.
fn clear_first(cells: &mut [Placed<'_>]) {
    let mut index = 0;
    while index + 1 < cells.len() {
        let ((x, y, cell), (next_x, next_y, _)) = (cells[index], cells[index + 1]);
        if next_y == y && next_x == x + 1 && cell.symbol().contains(EMOJI_STYLE) {
            cells.swap(index, index + 1);
            index += 1;
        }
        index += 1;
    }
}

impl Backend for Output {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = Placed<'a>>,
    {
        let mut cells: Vec<Placed<'a>> = content.collect();
        clear_first(&mut cells);
        self.0.draw(cells.into_iter())
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.0.append_lines(lines)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    /// Never asked of the terminal: its answer would come among the keys, and not every terminal gives one.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_emoji_may_cover_is_cleared_before_it() {
        let [heart, wide, space] = ["❤️", "東", " "].map(Cell::new);
        let mut cells =
            vec![(0, 0, &heart), (1, 0, &space), (2, 0, &wide), (3, 0, &space), (4, 0, &heart), (0, 1, &space)];
        clear_first(&mut cells);
        let order: Vec<(u16, u16)> = cells.iter().map(|(x, y, _)| (*x, *y)).collect();
        assert_eq!(order, [(1, 0), (0, 0), (2, 0), (3, 0), (4, 0), (0, 1)]);
    }
}

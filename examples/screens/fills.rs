//! Rectangles of one colour, as few as possible, written as one path per colour.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cell::{Rgb, hex};

/// A filled rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    pub color: Rgb,
}

impl Fill {
    /// Takes in `next` if it goes on to the right.
    fn widened(&mut self, next: &Self) -> bool {
        let goes_on = self.color == next.color && self.y == next.y && self.height == next.height;
        let joins = goes_on && self.x + self.width == next.x;
        self.width += if joins { next.width } else { 0 };
        joins
    }

    /// Takes in `next` if it goes on below.
    fn deepened(&mut self, next: &Self) -> bool {
        let goes_on = self.color == next.color && self.x == next.x && self.width == next.width;
        let joins = goes_on && self.y + self.height == next.y;
        self.height += if joins { next.height } else { 0 };
        joins
    }
}

/// The paths of fills that come row by row, from left to right, and do not overlap.
pub fn paths(fills: &[Fill]) -> String {
    let mut colors: BTreeMap<Rgb, String> = BTreeMap::new();
    for fill in merged(fills) {
        let path = colors.entry(fill.color).or_default();
        let _ = write!(path, "M{} {}h{}v{}h-{}z", fill.x, fill.y, fill.width, fill.height, fill.width);
    }
    let mut paths = String::new();
    for (color, path) in &colors {
        let _ = writeln!(paths, "<path fill=\"{}\" d=\"{path}\"/>", hex(*color));
    }
    paths
}

fn merged(fills: &[Fill]) -> Vec<Fill> {
    let mut rows: Vec<Fill> = Vec::new();
    for fill in fills {
        if !rows.last_mut().is_some_and(|last| last.widened(fill)) {
            rows.push(*fill);
        }
    }
    let mut all: Vec<Fill> = Vec::new();
    // By left edge, the last fill that begins there: only it can go on.
    let mut lowest: BTreeMap<usize, usize> = BTreeMap::new();
    for fill in rows {
        let above = lowest.get(&fill.x).copied();
        if !above.is_some_and(|above| all[above].deepened(&fill)) {
            lowest.insert(fill.x, all.len());
            all.push(fill);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb = [255, 0, 0];
    const BLUE: Rgb = [0, 0, 255];

    fn grid(rows: &[[Rgb; 3]]) -> Vec<Fill> {
        let cell = |x, y, color| Fill { x, y, width: 1, height: 1, color };
        rows.iter()
            .enumerate()
            .flat_map(|(y, row)| row.iter().enumerate().map(move |(x, color)| cell(x, y, *color)))
            .collect()
    }

    #[test]
    fn neighbours_of_one_colour_become_one_rectangle() {
        assert_eq!(paths(&grid(&[[RED; 3], [RED; 3]])), "<path fill=\"#ff0000\" d=\"M0 0h3v2h-3z\"/>\n");
    }

    #[test]
    fn every_cell_is_covered_once_in_its_own_colour() {
        let rows = [[RED, BLUE, BLUE], [RED, RED, BLUE], [RED, BLUE, RED], [BLUE, BLUE, BLUE]];
        let mut painted = [[None; 3]; 4];
        for fill in merged(&grid(&rows)) {
            for row in &mut painted[fill.y..fill.y + fill.height] {
                for cell in &mut row[fill.x..fill.x + fill.width] {
                    assert_eq!(cell.replace(fill.color), None, "painted twice");
                }
            }
        }
        assert_eq!(painted, rows.map(|row| row.map(Some)));
    }
}

//! How large a picture becomes in cells without being stretched.

/// Width and height of a cell in pixels as half blocks show it.
pub const HALF_BLOCKS: (u16, u16) = (1, 2);

/// Columns and rows for a picture of `width` x `height` pixels in at most `columns` x `rows` cells, each as wide and high as
/// `cell`.
///
/// The picture fills the space in one direction; it is at least one cell large.
pub fn fit((width, height): (u32, u32), columns: u16, rows: u16, cell: (u16, u16)) -> (u16, u16) {
    if width == 0 || height == 0 || columns == 0 || rows == 0 || cell.0 == 0 || cell.1 == 0 {
        return (0, 0);
    }
    let [across, down] = [cell.0, cell.1].map(f64::from);
    let scale = (f64::from(columns) * across / f64::from(width)).min(f64::from(rows) * down / f64::from(height));
    let fitted_columns = (f64::from(width) * scale / across).round().clamp(1.0, f64::from(columns)) as u16;
    let fitted_rows = (f64::from(height) * scale / down).round().clamp(1.0, f64::from(rows)) as u16;
    (fitted_columns, fitted_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(width: u32, height: u32, columns: u16, rows: u16) -> (u16, u16) {
        fit((width, height), columns, rows, HALF_BLOCKS)
    }

    #[test]
    fn the_picture_fills_one_direction_and_keeps_its_shape() {
        assert_eq!(blocks(100, 100, 40, 40), (40, 20));
        assert_eq!(blocks(100, 100, 80, 20), (40, 20));
        assert_eq!(blocks(400, 100, 40, 40), (40, 5));
        assert_eq!(blocks(100, 400, 40, 20), (10, 20));
        assert_eq!(fit((100, 100), 40, 40, (10, 10)), (40, 40), "cells of another shape");
    }

    #[test]
    fn extreme_shapes_stay_visible_and_within_the_space() {
        assert_eq!(blocks(10_000, 1, 30, 10), (30, 1));
        assert_eq!(blocks(1, 10_000, 30, 10), (1, 10));
        assert_eq!(blocks(1, 1, 30, 10), (20, 10));
        assert_eq!(blocks(0, 5, 30, 10), (0, 0));
        assert_eq!(blocks(5, 5, 0, 10), (0, 0));
    }
}

//! How large a picture becomes in cells without being stretched.

/// Columns and rows for a picture of `width` x `height` pixels in at most `columns` x `rows` cells.
///
/// A cell counts as one pixel wide and two pixels high, as half blocks show it. The picture fills the space in one direction;
/// it is at least one cell large.
pub fn fit(width: u32, height: u32, columns: u16, rows: u16) -> (u16, u16) {
    if width == 0 || height == 0 || columns == 0 || rows == 0 {
        return (0, 0);
    }
    let scale = (f64::from(columns) / f64::from(width)).min(2.0 * f64::from(rows) / f64::from(height));
    let fitted_columns = (f64::from(width) * scale).round().clamp(1.0, f64::from(columns)) as u16;
    let fitted_rows = (f64::from(height) * scale / 2.0).round().clamp(1.0, f64::from(rows)) as u16;
    (fitted_columns, fitted_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_fills_one_direction_and_keeps_its_shape() {
        assert_eq!(fit(100, 100, 40, 40), (40, 20));
        assert_eq!(fit(100, 100, 80, 20), (40, 20));
        assert_eq!(fit(400, 100, 40, 40), (40, 5));
        assert_eq!(fit(100, 400, 40, 20), (10, 20));
    }

    #[test]
    fn extreme_shapes_stay_visible_and_within_the_space() {
        assert_eq!(fit(10_000, 1, 30, 10), (30, 1));
        assert_eq!(fit(1, 10_000, 30, 10), (1, 10));
        assert_eq!(fit(1, 1, 30, 10), (20, 10));
        assert_eq!(fit(0, 5, 30, 10), (0, 0));
        assert_eq!(fit(5, 5, 0, 10), (0, 0));
    }
}

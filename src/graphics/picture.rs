//! A finished picture in cells: upper and lower half of each cell have a colour of their own.

use std::sync::Arc;

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use spanlight_models::alignment::Frame;

use super::Rgb;

/// Cells without colour, from dark to light.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// A picture in half blocks, and in pixels for a terminal that shows these.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    columns: u16,
    rows: u16,
    cells: Vec<[Rgb; 2]>,
    pixels: Option<Arc<[u8]>>,
    size: (u32, u32),
    seen: Frame,
}

impl Picture {
    /// The picture of an image that is one pixel wide and two pixels high per cell.
    pub fn from_pixels(pixels: &RgbImage) -> Self {
        let (columns, rows) = (pixels.width(), pixels.height().div_ceil(2));
        let at = |x, y: u32| pixels.get_pixel(x, y.min(pixels.height() - 1)).0;
        let cells = (0..rows)
            .flat_map(|row| (0..columns).map(move |x| (x, row)))
            .map(|(x, row)| [at(x, 2 * row), at(x, 2 * row + 1)]);
        let (columns, rows, cells) = (columns as u16, rows as u16, cells.collect());
        Self { columns, rows, cells, pixels: None, size: pixels.dimensions(), seen: Frame::WHOLE }
    }

    /// The same as the part `seen` of an image file of `size` pixels.
    pub fn of_part(self, size: (u32, u32), seen: Frame) -> Self {
        Self { size, seen, ..self }
    }

    /// The same with what shows it in pixels, on the same cells.
    pub fn with_pixels(self, bytes: Arc<[u8]>) -> Self {
        Self { pixels: Some(bytes), ..self }
    }

    /// What shows it in pixels.
    pub fn pixels(&self) -> Option<&Arc<[u8]>> {
        self.pixels.as_ref()
    }

    /// Width and height of the image in its file.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// The part of the image that it shows.
    pub fn seen(&self) -> Frame {
        self.seen
    }

    /// Width in cells.
    pub fn columns(&self) -> u16 {
        self.columns
    }

    /// Height in cells.
    pub fn rows(&self) -> u16 {
        self.rows
    }

    /// Colours of the upper and lower half of a cell.
    pub fn cell(&self, column: u16, row: u16) -> [Rgb; 2] {
        self.cells[usize::from(row) * usize::from(self.columns) + usize::from(column)]
    }
}

impl Picture {
    /// Draws the upper left part that fits into `area`; without colours in shades made of characters.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, colored: bool) {
        let area = area.intersection(buffer.area);
        for row in 0..self.rows.min(area.height) {
            for column in 0..self.columns.min(area.width) {
                let [upper, lower] = self.cell(column, row);
                let cell = &mut buffer[(area.x + column, area.y + row)];
                if colored {
                    let color = |[red, green, blue]: Rgb| Color::Rgb(red, green, blue);
                    cell.set_symbol("▀").set_fg(color(upper)).set_bg(color(lower));
                } else {
                    cell.set_symbol(shade(upper, lower));
                }
            }
        }
    }
}

fn shade(upper: Rgb, lower: Rgb) -> &'static str {
    let light =
        |color: Rgb| color.into_iter().zip([299, 587, 114]).map(|(c, share)| u32::from(c) * share).sum::<u32>() / 1000;
    SHADES[(light(upper).midpoint(light(lower)) * SHADES.len() as u32 / 256) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_shows_two_pixels() {
        let mut pixels = RgbImage::new(2, 4);
        pixels.put_pixel(1, 2, image::Rgb([9, 8, 7]));
        pixels.put_pixel(1, 3, image::Rgb([1, 2, 3]));
        let picture = Picture::from_pixels(&pixels);
        assert_eq!((picture.columns(), picture.rows()), (2, 2));
        assert_eq!(picture.cell(1, 1), [[9, 8, 7], [1, 2, 3]]);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 2));
        let area = buffer.area;
        picture.draw(area, &mut buffer, true);
        assert_eq!(buffer[(1, 1)].fg, Color::Rgb(9, 8, 7));
        assert_eq!(buffer[(1, 1)].bg, Color::Rgb(1, 2, 3));
    }

    #[test]
    fn without_colour_light_becomes_characters() {
        let pixels = RgbImage::from_fn(2, 2, |x, _| image::Rgb([if x == 0 { 0 } else { 255 }; 3]));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        let area = buffer.area;
        Picture::from_pixels(&pixels).draw(area, &mut buffer, false);
        assert_eq!(buffer, Buffer::with_lines([" █"]));
    }

    #[test]
    fn a_picture_larger_than_its_place_is_cut() {
        let picture = Picture::from_pixels(&RgbImage::new(50, 50));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 3));
        picture.draw(Rect::new(1, 1, 40, 40), &mut buffer, true);
        assert_eq!(buffer[(0, 0)].symbol(), " ");
        assert_eq!(buffer[(2, 2)].symbol(), "▀");
    }
}

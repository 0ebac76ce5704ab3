//! Pictures in pixels, for terminals that can show them: what is to be written, and how the terminal is asked.
//!
//! `viuer`, which makes the half blocks, could print these too, but it asks the terminal on standard input and waits without
//! end, where the thread that reads keys waits as well; it never removes a kitty picture, and it takes every cell for
//! 6 x 12 pixels. So the few bytes of each protocol are written here.

mod iterm;
mod kitty;
mod pass;
mod probe;
mod sixel;

use std::fmt;
use std::sync::Arc;

use image::RgbImage;

pub use pass::{PixelPass, Placed};
pub use probe::{Ability, probe};

/// How a terminal is given pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// That of kitty, Ghostty and others.
    Kitty,
    /// That of iTerm2, `WezTerm` and others.
    Iterm,
    /// Sixel: xterm, foot, mlterm and others.
    Sixel,
}

impl Protocol {
    /// What removes every picture; nothing where text over them is enough.
    pub fn remove_all(self) -> &'static [u8] {
        match self {
            Self::Kitty => kitty::REMOVE_ALL,
            Self::Iterm | Self::Sixel => b"",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kitty => "kitty",
            Self::Iterm => "iterm",
            Self::Sixel => "sixel",
        })
    }
}

/// A protocol, and how many pixels a cell is wide and high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelFormat {
    /// How pictures are given.
    pub protocol: Protocol,
    /// Width and height of a cell.
    pub cell: (u16, u16),
}

impl PixelFormat {
    /// Pixels for so many cells.
    pub fn size(self, columns: u16, rows: u16) -> (u32, u32) {
        (u32::from(columns) * u32::from(self.cell.0), u32::from(rows) * u32::from(self.cell.1))
    }

    /// Of so many columns and rows those that a picture may take.
    pub fn room(self, columns: u16, rows: u16) -> (u16, u16) {
        let most = |cell: u16| (sixel::LARGEST / u32::from(cell.max(1))) as u16;
        match self.protocol {
            Protocol::Sixel => (columns.min(most(self.cell.0)), rows.min(most(self.cell.1))),
            Protocol::Kitty | Protocol::Iterm => (columns, rows),
        }
    }

    /// What shows `image` in `columns x rows` cells from the cursor on; why there is nothing where it cannot be written.
    pub fn encode(self, image: &RgbImage, columns: u16, rows: u16) -> Result<Arc<[u8]>, String> {
        let bytes = match self.protocol {
            Protocol::Kitty => Ok(kitty::encode(image, columns, rows)),
            Protocol::Iterm => iterm::encode(image, columns, rows),
            Protocol::Sixel => sixel::encode(image),
        };
        bytes.map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(40, 30, |x, y| image::Rgb(if x < 20 { [250, 0, 0] } else { [0, (y * 8) as u8, 250] }))
    }

    fn written(protocol: Protocol) -> String {
        let bytes = PixelFormat { protocol, cell: (10, 15) }.encode(&picture(), 4, 2).expect("bytes");
        String::from_utf8(bytes.to_vec()).expect("all protocols are text")
    }

    #[test]
    fn kitty_gets_every_pixel_in_parts_of_a_size_it_takes() {
        let text = written(Protocol::Kitty);
        let parts: Vec<&str> = text.split("\x1b\\").filter(|part| !part.is_empty()).collect();
        assert!(parts[0].starts_with("\x1b_G") && parts[0].contains("c=4,r=2") && parts[0].contains("s=40,v=30"));
        let payload: String = parts.iter().filter_map(|part| part.split_once(';')).map(|(_, data)| data).collect();
        assert_eq!(STANDARD.decode(payload).expect("base64"), picture().into_raw());
        assert!(parts.iter().all(|part| part.split_once(';').is_some_and(|(_, data)| data.len() <= 4096)));
        let more: Vec<bool> = parts.iter().map(|part| part.contains("m=1")).collect();
        assert!(parts.len() > 1 && more[..parts.len() - 1].iter().all(|more| *more) && !more[parts.len() - 1]);
    }

    #[test]
    fn iterm_gets_a_file_that_decodes_to_the_picture() {
        let text = written(Protocol::Iterm);
        assert!(text.starts_with("\x1b]1337;File=") && text.contains("width=4;height=2") && text.ends_with('\x07'));
        let payload = text.split_once(':').expect("a payload").1.trim_end_matches('\x07');
        let file = STANDARD.decode(payload).expect("base64");
        assert_eq!(image::load_from_memory(&file).expect("a picture").into_rgb8(), picture());
    }

    #[test]
    fn sixel_decodes_to_nearly_the_picture() {
        let decoded = icy_sixel::SixelImage::decode(written(Protocol::Sixel).as_bytes()).expect("sixel");
        assert_eq!((decoded.width, decoded.height), (40, 30));
        let found = decoded.pixels.chunks(4).flat_map(|pixel| &pixel[..3]);
        let off = found.zip(picture().into_raw()).map(|(found, wanted)| found.abs_diff(wanted)).max();
        assert!(off < Some(32), "colours are few, but near: {off:?}");
    }
}

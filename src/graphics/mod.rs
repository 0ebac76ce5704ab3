//! Pixels: decoding and scaling aside from the screen's thread, heat maps, boxes, half blocks.
//!
//! Nothing here knows where on the screen a picture goes; it is given a size in cells and answers with finished cells.

mod cache;
mod colormap;
mod heatmap;
mod letterbox;
mod loader;
mod outline;
mod picture;
mod pixels;
mod scale;
mod view;

pub use cache::ByteCache;
pub use colormap::ColorMap;
pub use heatmap::{Heat, HeatStyle, Tone};
pub use letterbox::{HALF_BLOCKS, fit};
pub use loader::{Loader, PictureRequest, Rendered};
pub use outline::Outline;
pub use picture::Picture;
pub use pixels::{Ability, PixelFormat, PixelPass, Placed, Protocol, probe};
pub use scale::{Ends, Scale, UnknownScale};
pub use view::View;

/// A colour as red, green and blue.
pub type Rgb = [u8; 3];

/// `from` moved towards `to` by `amount` in `0..=1`.
pub(crate) fn mix(from: Rgb, to: Rgb, amount: f32) -> Rgb {
    std::array::from_fn(|i| {
        let (from, to) = (f32::from(from[i]), f32::from(to[i]));
        // Rounds and stays within a byte; `round` is a call for every channel of every pixel.
        (from + (to - from) * amount + 0.5) as u8
    })
}

//! Which part of an image is seen: magnified, and moved about.

use spanlight_models::alignment::Frame;

/// Hundredths: an image that is as large as its place allows.
const WHOLE: u16 = 100;
/// Strongest magnification, in hundredths.
const STRONGEST: u16 = 6400;
/// Ten-thousandths of an image's width or height.
const UNITS: f32 = 10_000.0;

/// How far an image is magnified, and about which point of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Hundredths; 100 is as large as the whole image has room.
    percent: u16,
    /// The point in the middle, in ten-thousandths of width and height.
    center: [u16; 2],
}

impl Default for View {
    fn default() -> Self {
        Self { percent: WHOLE, center: [(UNITS / 2.0) as u16; 2] }
    }
}

impl View {
    /// Whether nothing is magnified.
    pub fn is_whole(self) -> bool {
        self.percent == WHOLE
    }

    /// How many times larger than the whole image would be.
    pub fn times(self) -> f32 {
        f32::from(self.percent) / f32::from(WHOLE)
    }

    /// Half as large again, or as much smaller, about the same point.
    pub fn zoomed(self, closer: bool) -> Self {
        let percent = if closer { f32::from(self.percent) * 1.5 } else { f32::from(self.percent) / 1.5 };
        let percent = percent.round().clamp(f32::from(WHOLE), f32::from(STRONGEST)) as u16;
        // Steps up and down meet at the same sizes.
        if percent < WHOLE + 20 { Self::default() } else { Self { percent, ..self } }
    }

    /// Moved by half of what is seen, which is `seen` now; what is seen stays in the image.
    pub fn moved(self, seen: Frame, (across, down): (i8, i8)) -> Self {
        let center = |from: f32, length: f32, by: i8| {
            let half = length / 2.0;
            let center = (from + half + half * f32::from(by)).clamp(half, (1.0 - half).max(half));
            (center * UNITS).round() as u16
        };
        Self { center: [center(seen.x, seen.width, across), center(seen.y, seen.height, down)], ..self }
    }

    /// What is seen of an image of `width` x `height` pixels in at most `columns` x `rows` cells, each as wide and high as
    /// `cell`; at least a pixel.
    pub fn part(self, (width, height): (u32, u32), (columns, rows): (u16, u16), cell: (u16, u16)) -> Frame {
        let room = [f32::from(columns) * f32::from(cell.0), f32::from(rows) * f32::from(cell.1)];
        let size = [width.max(1) as f32, height.max(1) as f32];
        let scale = (room[0] / size[0]).min(room[1] / size[1]) * self.times();
        if self.is_whole() || scale <= 0.0 {
            return Frame::WHOLE;
        }
        let [(x, width), (y, height)] = [0, 1].map(|axis| {
            let length = (room[axis] / (size[axis] * scale)).min(1.0).max(1.0 / size[axis]);
            let from = f32::from(self.center[axis]) / UNITS - length / 2.0;
            (from.clamp(0.0, 1.0 - length), length)
        });
        Frame { x, y, width, height }
    }
}

/// `frame`, both in fractions of an image, in fractions of what is seen of it.
pub fn within(frame: Frame, seen: Frame) -> Frame {
    Frame {
        x: (frame.x - seen.x) / seen.width,
        y: (frame.y - seen.y) / seen.height,
        width: frame.width / seen.width,
        height: frame.height / seen.height,
    }
}

/// The pixels of a part of an image of `width` x `height` pixels: left, upper edge, width and height, at least one of them.
pub fn pixels((width, height): (u32, u32), part: Frame) -> [u32; 4] {
    let side = |from: f32, length: f32, full: u32| {
        let first = ((from * full as f32).floor().max(0.0) as u32).min(full.saturating_sub(1));
        let last = ((from + length) * full as f32).ceil() as u32;
        (first, last.clamp(first + 1, full.max(first + 1)) - first)
    };
    let ((x, across), (y, down)) = (side(part.x, part.width, width), side(part.y, part.height, height));
    [x, y, across, down]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::HALF_BLOCKS;

    const SPACE: (u16, u16) = (80, 20);

    #[test]
    fn closer_shows_less_and_steps_back_lead_to_the_whole() {
        let mut view = View::default();
        let mut seen = vec![view.part((400, 300), SPACE, HALF_BLOCKS)];
        assert_eq!(seen[0], Frame::WHOLE);
        for _ in 0..30 {
            view = view.zoomed(true);
            seen.push(view.part((400, 300), SPACE, HALF_BLOCKS));
        }
        assert!(seen.windows(2).all(|pair| pair[1].width <= pair[0].width && pair[1].height <= pair[0].height));
        assert!((view.times() - 64.0).abs() < 1e-6);
        for _ in 0..30 {
            view = view.zoomed(false);
        }
        assert!(view.is_whole() && view == View::default());
    }

    #[test]
    fn what_is_seen_fills_the_room_and_never_leaves_the_image() {
        // The picture is 53 columns wide at first; magnified by a half it fills all 80.
        let closer = View::default().zoomed(true);
        let part = closer.part((400, 300), SPACE, HALF_BLOCKS);
        assert!((part.width - 1.0).abs() < 1e-6 && (part.height - 2.0 / 3.0).abs() < 1e-3, "{part:?}");
        let mut view = closer.zoomed(true).zoomed(true);
        for by in [(1, 0), (1, 0), (1, 1), (1, 1), (0, 1), (0, 1)] {
            view = view.moved(view.part((400, 300), SPACE, HALF_BLOCKS), by);
            let part = view.part((400, 300), SPACE, HALF_BLOCKS);
            assert!(part.x >= 0.0 && part.x + part.width <= 1.0001 && part.y + part.height <= 1.0001, "{part:?}");
        }
        let part = view.part((400, 300), SPACE, HALF_BLOCKS);
        assert!(part.x + part.width > 0.999 && part.y + part.height > 0.999, "the lower right corner: {part:?}");
        let back = view.moved(part, (-1, 0));
        assert!(back.part((400, 300), SPACE, HALF_BLOCKS).x < part.x, "one step back shows at once");
    }

    #[test]
    fn strips_and_single_pixels_can_be_magnified() {
        let mut view = View::default();
        for _ in 0..30 {
            view = view.zoomed(true);
            for size in [(1, 1), (16_000, 10), (10, 16_000), (3, 2)] {
                let part = view.part(size, SPACE, HALF_BLOCKS);
                let [x, y, width, height] = pixels(size, part);
                assert!(width >= 1 && height >= 1 && x + width <= size.0 && y + height <= size.1, "{size:?} {part:?}");
            }
        }
    }

    #[test]
    fn places_are_told_within_what_is_seen() {
        let seen = Frame { x: 0.5, y: 0.25, width: 0.25, height: 0.5 };
        assert_eq!(within(seen, seen), Frame::WHOLE);
        let whole = within(Frame::WHOLE, seen);
        assert_eq!(whole, Frame { x: -2.0, y: -0.5, width: 4.0, height: 2.0 });
        assert_eq!(pixels((100, 40), seen), [50, 10, 25, 20]);
    }
}

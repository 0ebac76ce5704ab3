//! The gallery of a tweet's candidate images: how they are laid out, which is looked at closely.

use ratatui::layout::Rect;

use crate::graphics::View;

/// Least columns and rows of an image with what is known of it.
const SMALLEST: (u16, u16) = (13, 5);
/// From so many rows on what is known of an image has a row of its own, and from so many on two.
const ROOMY: [u16; 2] = [8, 14];
/// Shape that most images have: width and height.
const USUAL_SHAPE: (f32, f32) = (4.0, 3.0);

/// How many images are seen at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// As many as there is room for.
    #[default]
    Grid,
    /// The one under the cursor.
    Single,
    /// The one under the cursor beside another one.
    Pair,
}

/// The gallery's choices; the cursor is the image that the page shows.
#[derive(Clone, Debug, Default)]
pub struct Gallery {
    /// How many are seen.
    pub arrangement: Arrangement,
    /// The image that stays on the left of two; the preferred one where nobody chose.
    pub held: Option<String>,
    /// What is seen of those that are looked at closely, the same of both.
    pub view: View,
}

impl Gallery {
    /// The place among `images` of the one that is seen beside the one at `cursor`.
    pub fn partner(&self, images: &[String], cursor: usize) -> Option<usize> {
        let held = self.held.as_ref().and_then(|held| images.iter().position(|id| id == held));
        let held = held.unwrap_or(0);
        let partner = if held == cursor { (cursor + 1) % images.len().max(1) } else { held };
        (partner != cursor && partner < images.len()).then_some(partner)
    }
}

/// The places of images in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiles {
    /// Images in a row.
    pub columns: usize,
    /// The first image that is seen.
    pub first: usize,
    /// The one behind the last that is seen.
    pub end: usize,
    space: Rect,
    /// Width and height of each.
    size: (u16, u16),
}

impl Tiles {
    /// A grid for `count` images in which those of a usual shape are as large as can be; where not all have room, the one
    /// at `cursor` is seen.
    pub fn arrange(count: usize, cursor: usize, space: Rect) -> Self {
        let fits = |columns: usize| {
            let rows = count.div_ceil(columns);
            let size = (space.width / columns as u16, space.height / rows as u16);
            (size.0 >= SMALLEST.0 && size.1 >= SMALLEST.1).then_some((columns, size))
        };
        let all = (1..=count.min(usize::from(space.width))).filter(|columns| count.div_ceil(*columns) < 1000);
        // Of equals the one with fewer columns, whose images are in the order in which one reads.
        let best = all.filter_map(fits).fold(None, |best: Option<(usize, (u16, u16))>, next| {
            if best.is_none_or(|best| shown(next.1) > shown(best.1)) { Some(next) } else { best }
        });
        if let Some((columns, size)) = best {
            return Self { columns, first: 0, end: count, space, size };
        }
        let columns = usize::from((space.width / SMALLEST.0).max(1));
        let rows = usize::from((space.height / SMALLEST.1).max(1));
        let last_row = count.div_ceil(columns).saturating_sub(rows);
        let first = (cursor / columns).saturating_sub(rows / 2).min(last_row) * columns;
        let size = (space.width / columns as u16, space.height / rows as u16);
        Self { columns, first, end: (first + columns * rows).min(count), space, size }
    }

    /// The place of the image `place`.
    pub fn area(&self, place: usize) -> Rect {
        let place = place.saturating_sub(self.first);
        let (column, row) = ((place % self.columns) as u16, (place / self.columns) as u16);
        let (width, height) = self.size;
        Rect { x: self.space.x + column * width, y: self.space.y + row * height, width, height }
    }

    /// Rows below each picture for what is known of it.
    pub fn caption_rows(&self) -> u16 {
        caption_rows(self.size.1)
    }
}

fn caption_rows(height: u16) -> u16 {
    1 + ROOMY.iter().filter(|rows| height >= **rows).count() as u16
}

/// How large an image of a usual shape is shown in a tile: one column is for the sign of the cursor, one stays free.
fn shown((width, height): (u16, u16)) -> f32 {
    let (across, down) = (width.saturating_sub(2), 2 * height.saturating_sub(caption_rows(height)));
    (f32::from(across) / USUAL_SHAPE.0).min(f32::from(down) / USUAL_SHAPE.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_images_have_room_and_none_covers_another() {
        for (width, height) in [(60, 11), (80, 17), (120, 27), (200, 50)] {
            let space = Rect::new(3, 2, width, height);
            for count in 1..=40 {
                for cursor in [0, count / 2, count - 1] {
                    let tiles = Tiles::arrange(count, cursor, space);
                    let seen: Vec<Rect> = (tiles.first..tiles.end).map(|place| tiles.area(place)).collect();
                    assert!((tiles.first..tiles.end).contains(&cursor), "{count} {cursor} {tiles:?}");
                    assert!(count > 9 || seen.len() == count || height < 17, "{count} {tiles:?}");
                    for (index, area) in seen.iter().enumerate() {
                        assert_eq!(area.intersection(space), *area, "{count} {tiles:?}");
                        assert!(area.width >= SMALLEST.0 && area.height >= SMALLEST.1, "{count} {tiles:?}");
                        assert!(seen[index + 1..].iter().all(|other| area.intersection(*other).is_empty()));
                    }
                }
            }
        }
        assert_eq!(Tiles::arrange(9, 0, Rect::new(0, 0, 120, 27)).columns, 5, "5 by 2 are larger than 3 by 3");
        assert_eq!(Tiles::arrange(2, 0, Rect::new(0, 0, 120, 27)).columns, 2);
        assert_eq!(Tiles::arrange(8, 0, Rect::new(0, 0, 60, 11)).end, 8);
    }

    #[test]
    fn the_other_image_of_two_is_never_the_same() {
        let images: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let mut gallery = Gallery::default();
        assert_eq!([0, 1, 2].map(|cursor| gallery.partner(&images, cursor)), [Some(1), Some(0), Some(0)]);
        gallery.held = Some("c".into());
        assert_eq!([0, 1, 2].map(|cursor| gallery.partner(&images, cursor)), [Some(2), Some(2), Some(0)]);
        gallery.held = Some("gone".into());
        assert_eq!(gallery.partner(&images, 1), Some(0));
        assert_eq!((gallery.partner(&images[..1], 0), gallery.partner(&[], 0)), (None, None));
    }
}

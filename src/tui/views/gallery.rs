//! The gallery: the candidate images of a tweet side by side with what is known of them, or one or two of them closely.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{dialog, hints, image, pane, put, put_cut, put_wrapped, status, tweet};
use crate::graphics::{Picture, PictureRequest, View};
use crate::tui::app::{App, Slot};
use crate::tui::gallery::{Arrangement, Tiles};
use crate::tui::layout::SMALLEST;

/// Rows below an image that is looked at closely.
const CLOSE_CAPTION: u16 = 2;

/// The places of the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GalleryPanes {
    /// The tweet; not where one or two images have the whole screen.
    pub tweet: Option<Rect>,
    /// The images, with the line above them.
    pane: Rect,
    /// The images.
    pub images: Rect,
    /// Where one is.
    pub status: Rect,
    /// Which keys there are.
    pub hints: Rect,
}

impl GalleryPanes {
    /// The panes of a screen of this size, with the tweet unless all of it is for the images; nothing where it is too small.
    pub fn arrange(area: Rect, with_tweet: bool) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let hint_rows = if area.height < 30 { 1 } else { 2 };
        let tweet_rows = if with_tweet { (area.height / 6).clamp(4, 10) } else { 0 };
        let [tweet, pane, status, hints] = Layout::vertical([
            Constraint::Length(tweet_rows),
            Constraint::Fill(1),
            Constraint::Length(1),
            Constraint::Length(hint_rows),
        ])
        .areas(area);
        let images = Rect { y: pane.y + 1, height: pane.height - 1, ..pane };
        Some(Self { tweet: with_tweet.then_some(tweet), pane, images, status, hints })
    }
}

/// The panes of the gallery on a screen of this size.
pub fn panes(app: &App, area: Rect) -> Option<GalleryPanes> {
    let all = app.gallery.as_ref().is_some_and(|gallery| gallery.arrangement == Arrangement::Grid);
    GalleryPanes::arrange(area, all)
}

/// An image on the screen.
struct Place<'a> {
    /// Its place among the tweet's images, and its id.
    index: usize,
    id: &'a str,
    /// Where it is, with the rows for what is known of it.
    area: Rect,
    caption_rows: u16,
    view: View,
}

impl Place<'_> {
    /// The room for the picture: a column is for the sign of the cursor, the last one stays free.
    fn space(&self) -> Rect {
        let Rect { x, y, width, height } = self.area;
        Rect { x: x + 1, y, width: width.saturating_sub(2), height: height.saturating_sub(self.caption_rows) }
    }

    fn slot(&self, app: &App) -> Option<Slot> {
        let space = self.space();
        let request = app.picture_request(self.id, space.width, space.height)?;
        Some(Slot { request: PictureRequest { view: self.view, ..request }, space })
    }
}

/// Draws the whole screen; gives the pictures on it, the one under the cursor last.
pub fn draw(app: &App, frame: &mut Frame<'_>, panes: &GalleryPanes) -> Vec<Slot> {
    let buffer = frame.buffer_mut();
    if let Some(area) = panes.tweet {
        tweet::draw(app, buffer, area);
    }
    let slots = draw_images(app, buffer, panes);
    status::draw(app, buffer, panes.status);
    hints::draw(app, buffer, panes.hints);
    dialog::draw(app, frame, panes.hints);
    slots
}

fn draw_images(app: &App, buffer: &mut Buffer, panes: &GalleryPanes) -> Vec<Slot> {
    let (images, cursor) = app.page.as_ref().map_or((&[][..], 0), |page| (&*page.tweet.example.images, page.image));
    let places = places(app, images, cursor, panes.images);
    pane(buffer, &app.theme, panes.pane, &title(&places, images.len()), images.get(cursor).map_or("", String::as_str));
    if images.is_empty() {
        image::placeholder(app, buffer, panes.images, "this tweet has no image", "");
    }
    let mut slots = Vec::new();
    for place in places {
        let (here, slot) = (place.index == cursor, place.slot(app));
        let picture = image::draw_slot(app, buffer, place.space(), slot.as_ref(), ("no file in the image folders", ""));
        draw_caption(app, buffer, &place, here, picture);
        let at = if here { slots.len() } else { 0 };
        slots.splice(at..at, slot);
    }
    slots
}

/// The images that are seen, and where.
fn places<'a>(app: &App, images: &'a [String], cursor: usize, space: Rect) -> Vec<Place<'a>> {
    let Some(gallery) = app.gallery.as_ref().filter(|_| !images.is_empty()) else { return Vec::new() };
    let close =
        |index: usize, area| Place { index, id: &images[index], area, caption_rows: CLOSE_CAPTION, view: gallery.view };
    match (gallery.arrangement, gallery.partner(images, cursor)) {
        (Arrangement::Grid, _) => {
            let tiles = Tiles::arrange(images.len(), cursor, space);
            let caption_rows = tiles.caption_rows();
            let tile = |index: usize| Place {
                index,
                id: &images[index],
                area: tiles.area(index),
                caption_rows,
                view: View::default(),
            };
            (tiles.first..tiles.end).map(tile).collect()
        }
        (Arrangement::Pair, Some(partner)) => {
            let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(space);
            vec![close(partner, left), close(cursor, right)]
        }
        (Arrangement::Single | Arrangement::Pair, _) => vec![close(cursor, space)],
    }
}

fn title(places: &[Place<'_>], count: usize) -> String {
    match places {
        [] => "Images".to_owned(),
        [only] => format!("Image {} of {count}", only.index + 1),
        [one, other] if count > 2 => format!("Images {} and {} of {count}", one.index + 1, other.index + 1),
        _ if places.len() == count => format!("All {count} images"),
        [first, .., last] => format!("Images {}–{} of {count}", first.index + 1, last.index + 1),
    }
}

/// Number, whether it is the preferred one, and what is known of the image; in one row or in two.
fn draw_caption(app: &App, buffer: &mut Buffer, place: &Place<'_>, here: bool, picture: Option<&Picture>) {
    let theme = &app.theme;
    let Some(page) = &app.page else { return };
    let Rect { x, y, height, .. } = place.area;
    let end = place.area.right() - 1;
    let top = y + height.saturating_sub(place.caption_rows);
    if here {
        for y in y..y + height {
            put(buffer, (x, y), end, "▌", theme.key());
        }
    }
    let number = format!("{}{}", if place.index == 0 { "✓" } else { "" }, place.index + 1);
    let number = if here { format!("[{number}]") } else { format!(" {number} ") };
    let style = match (here, place.index) {
        (true, _) => theme.title(),
        (false, 0) => theme.on(theme.ui.good),
        (false, _) => theme.dim(),
    };
    let after = put(buffer, (x + 1, top), end, &number, style) + 1;
    let mut known = page.tweet.example.image_facts(place.id).told();
    let closely = app.gallery.as_ref().is_some_and(|gallery| gallery.arrangement != Arrangement::Grid);
    if place.caption_rows < 2 {
        known.push(place.id.to_owned());
        put_cut(buffer, (after, top), end, &known.join(" · "), style);
        return;
    }
    let name = if place.index == 0 { format!("{} · preferred", place.id) } else { place.id.to_owned() };
    put_cut(buffer, (after, top), end, &name, style);
    if let Some(picture) = picture.filter(|_| closely) {
        known.insert(0, close_look(picture, place.view));
    }
    let below = Rect::new(x + 2, top + 1, end.saturating_sub(x + 2), place.caption_rows - 1);
    put_wrapped(buffer, below, &known.join(" · "), theme.dim());
}

/// Size of the image and what of it is seen.
fn close_look(picture: &Picture, view: View) -> String {
    let ((width, height), seen) = (picture.size(), picture.seen());
    let percent = |part: f32| format!("{:.0}", 100.0 * part);
    let range = |from: f32, length: f32| format!("{}–{} %", percent(from), percent(from + length));
    let size = format!("{width} × {height} pixels");
    if view.is_whole() {
        return size;
    }
    let (across, down) = (range(seen.x, seen.width), range(seen.y, seen.height));
    format!("{size} · {:.1}×: {across} across, {down} down", view.times())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_overlap_and_leave_the_images_most_of_the_room() {
        assert_eq!(GalleryPanes::arrange(Rect::new(0, 0, 59, 40), true), None);
        for width in (60..220).step_by(13) {
            for height in (18..70).step_by(3) {
                for with_tweet in [false, true] {
                    let area = Rect::new(0, 0, width, height);
                    let panes = GalleryPanes::arrange(area, with_tweet).expect("panes");
                    let all: Vec<Rect> =
                        [panes.pane, panes.status, panes.hints].into_iter().chain(panes.tweet).collect();
                    for (index, pane) in all.iter().enumerate() {
                        assert!(all[index + 1..].iter().all(|other| pane.intersection(*other).is_empty()));
                    }
                    assert_eq!(panes.images.intersection(panes.pane), panes.images);
                    assert!(panes.images.height * 3 > height, "{panes:?}");
                }
            }
        }
    }
}

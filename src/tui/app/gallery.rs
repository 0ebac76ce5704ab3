//! The gallery of candidate images: going through them, looking closely, and preferring one.

use super::App;
use super::keys::looks_only;
use crate::graphics::{PictureRequest, View};
use crate::tui::action::{Action, Context, Group};
use crate::tui::command::Command;
use crate::tui::gallery::{Arrangement, Gallery, Tiles};
use crate::tui::pictures::Shown;
use crate::tui::theme::Tone;

/// Direction of a step: columns to the right, rows down.
type Step = (i8, i8);

impl App {
    /// Shows all candidate images of the tweet.
    pub(super) fn open_gallery(&mut self) {
        self.gallery = Some(Gallery::default());
        if !self.pictures.available() || !self.looks.panes.images {
            let graphics = self.key_of(Action::Graphics);
            self.say(Tone::Plain, format!("images are switched off; {graphics} shows them"));
        }
    }

    /// Does a command in the gallery.
    pub(super) fn perform_in_gallery(&mut self, command: Command) {
        match command {
            Command::Act(action) => self.do_in_gallery(action),
            Command::Label(_) => self.send_back(),
        }
    }

    /// Says where labels are changed.
    fn send_back(&mut self) {
        let back = self.key_of(Action::CloseGallery);
        self.say(Tone::Plain, format!("that is done on the annotation screen; {back} goes back to it"));
    }

    fn do_in_gallery(&mut self, action: Action) {
        let tweet = self.page.as_ref().map(|page| page.tweet.id);
        match action {
            action if action.context() == Context::Gallery => self.act_on_gallery(action),
            Action::PreferImage => self.prefer_in_gallery(),
            // The keys that lead here lead back as well.
            Action::ShowGallery => self.gallery = None,
            // Nothing is edited from the inspector.
            action if works_here(action) && !(action.group() == Group::History && self.inspector.is_some()) => {
                self.act(action);
            }
            _ => self.send_back(),
        }
        // Another tweet has other images, and another image another look.
        if let Some(gallery) = self.gallery.as_mut().filter(|_| self.page.as_ref().map(|page| page.tweet.id) != tweet) {
            (gallery.held, gallery.view) = (None, View::default());
        }
        self.question();
    }

    fn act_on_gallery(&mut self, action: Action) {
        let Some(gallery) = &mut self.gallery else { return };
        match action {
            Action::CloseGallery if gallery.arrangement != Arrangement::Grid => {
                (gallery.arrangement, gallery.view) = (Arrangement::Grid, View::default());
            }
            Action::CloseGallery => self.gallery = None,
            Action::GalleryLeft => self.step_in_gallery((-1, 0)),
            Action::GalleryRight => self.step_in_gallery((1, 0)),
            Action::GalleryUp => self.step_in_gallery((0, -1)),
            Action::GalleryDown => self.step_in_gallery((0, 1)),
            Action::GalleryNext => self.step_image(1),
            Action::GalleryPrevious => self.step_image(-1),
            Action::GalleryPrefer => self.prefer_in_gallery(),
            Action::GallerySingle => self.arrange_gallery(Arrangement::Single),
            Action::GalleryPair => self.pair_images(),
            Action::GalleryHold => self.hold_image(),
            Action::ZoomIn => self.zoom(true),
            Action::ZoomOut => self.zoom(false),
            Action::ZoomOff => gallery.view = View::default(),
            _ => {}
        }
    }

    /// Takes an arrangement, or goes back to the grid where it is there already.
    fn arrange_gallery(&mut self, wanted: Arrangement) {
        let Some(gallery) = &mut self.gallery else { return };
        gallery.arrangement = if gallery.arrangement == wanted { Arrangement::Grid } else { wanted };
        gallery.view = View::default();
    }

    fn pair_images(&mut self) {
        if self.image_count() < 2 {
            self.show_image(1);
        } else {
            self.arrange_gallery(Arrangement::Pair);
        }
    }

    /// Keeps the image under the cursor on the left of two.
    fn hold_image(&mut self) {
        let image = self.image_id().map(str::to_owned);
        let Some((gallery, image)) = self.gallery.as_mut().zip(image) else { return };
        gallery.held = Some(image);
        let pair = self.key_of(Action::GalleryPair);
        self.say(Tone::Plain, format!("this image stays on the left of two; {pair} shows it beside another one"));
    }

    /// Steps through the grid; through an image that is magnified; else to another image.
    fn step_in_gallery(&mut self, (across, down): Step) {
        let Some(gallery) = &self.gallery else { return };
        match gallery.arrangement {
            Arrangement::Grid => self.step_in_grid((across, down)),
            Arrangement::Single | Arrangement::Pair if gallery.view.is_whole() => {
                self.step_image(isize::from(across) + isize::from(down));
            }
            Arrangement::Single | Arrangement::Pair => self.pan((across, down)),
        }
    }

    fn step_in_grid(&mut self, (across, down): Step) {
        let count = self.image_count();
        let Some((page, panes)) = self.page.as_mut().zip(self.gallery_panes) else { return };
        let columns = Tiles::arrange(count, page.image, panes.images).columns;
        let step = isize::from(across) + isize::from(down) * columns as isize;
        let there = page.image.checked_add_signed(step).filter(|place| *place < count);
        // Below the last but one row is the last, however short it is.
        let below = (down > 0 && page.image / columns < count.saturating_sub(1) / columns).then_some(count - 1);
        page.image = there.or(below).unwrap_or(page.image);
    }

    /// Goes to the image so many further; of two, never to the one that stays.
    fn step_image(&mut self, by: isize) {
        let count = self.image_count() as isize;
        let paired = self.gallery.as_ref().is_some_and(|gallery| gallery.arrangement == Arrangement::Pair);
        let held = self.gallery.as_ref().and_then(|gallery| gallery.held.clone());
        let Some(page) = self.page.as_mut().filter(|_| count > 1) else { return };
        let images = &page.tweet.example.images;
        let held = held.and_then(|held| images.iter().position(|id| *id == held)).unwrap_or(0);
        let next = |place: usize| (place as isize + by).rem_euclid(count) as usize;
        page.image = next(page.image);
        if paired && count > 2 && page.image == held {
            page.image = next(page.image);
        }
    }

    /// Goes to the image of this number.
    pub(super) fn go_to_image(&mut self, number: usize) {
        self.dirty = true;
        let count = self.image_count();
        match (number.checked_sub(1).filter(|place| *place < count), &mut self.page) {
            (Some(place), Some(page)) => page.image = place,
            _ => self.say(Tone::Plain, format!("there is no image {number}")),
        }
        self.question();
    }

    fn prefer_in_gallery(&mut self) {
        if self.inspector.is_some() {
            return self.say(Tone::Plain, "an image is preferred on the annotation screen, not from the inspector");
        }
        self.prefer_image();
    }

    /// Looks closer or from farther away; from the grid only closer, at the image under the cursor.
    fn zoom(&mut self, closer: bool) {
        let Some(gallery) = &mut self.gallery else { return };
        if gallery.arrangement == Arrangement::Grid {
            if closer {
                gallery.arrangement = Arrangement::Single;
            }
            return;
        }
        gallery.view = gallery.view.zoomed(closer);
    }

    /// Moves over the magnified image under the cursor.
    fn pan(&mut self, by: Step) {
        let seen = self.slots.last().and_then(|slot| match self.pictures.shown(&slot.request) {
            Shown::Picture(picture) => Some((slot.request.clone(), picture.size())),
            Shown::Loading | Shown::Failed(_) => None,
        });
        let Some((gallery, (request, size))) = self.gallery.as_mut().zip(seen) else { return };
        // The picture on the screen may be of a moment ago.
        let seen = PictureRequest { view: gallery.view, ..request }.seen(size);
        gallery.view = gallery.view.moved(seen, by);
    }

    /// Number of images that the tweet can have.
    fn image_count(&self) -> usize {
        self.page.as_ref().map_or(0, |page| page.tweet.example.images.len())
    }
}

/// Whether an action of the annotation screen works in the gallery too.
pub(super) fn works_here(action: Action) -> bool {
    looks_only(action) || action == Action::HeatMap || action.group() == Group::History
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_changes_labels_works_in_the_gallery() {
        for action in Action::ALL.iter().copied().filter(|action| works_here(*action)) {
            assert!(!matches!(action.group(), Group::Label | Group::Suggest | Group::Model), "{action}");
        }
    }
}

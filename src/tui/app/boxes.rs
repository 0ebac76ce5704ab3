//! Drawing on the image where an entity is.

use spanlight_models::example::RegionBox;

use super::App;
use crate::graphics::Outline;
use crate::tui::action::{Action, Context};
use crate::tui::boxing::Boxing;
use crate::tui::key::Key;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Columns of the entity's words in messages.
const QUOTED: usize = 24;

impl App {
    /// Begins a box for the entity under the cursor on the image that is shown.
    pub(super) fn begin_boxing(&mut self) {
        let begun = self.new_boxing();
        match begun {
            Ok(boxing) => {
                // The picture must be seen, whatever was hidden.
                self.looks.panes.images = true;
                self.looks.boxes = true;
                self.boxing = Some(boxing);
                self.next_box();
            }
            Err(why) => self.say(Tone::Plain, why),
        }
    }

    fn new_boxing(&self) -> Result<Boxing, String> {
        let page = self.page.as_ref().ok_or("no tweet is open")?;
        let mark = page.current().filter(|mark| mark.is_label());
        let mark = mark.ok_or("put the cursor on a label first: a box shows where an entity is")?;
        let image = self.image_id().ok_or("this tweet has no image")?;
        let path = self.project.images().find(image).ok_or("the image is not in the image folders")?;
        let size = image::image_dimensions(&path).map_err(|error| format!("this image cannot be read: {error}"))?;
        Ok(Boxing::new(image.to_owned(), size, mark.span.start..mark.span.end))
    }

    pub(super) fn pressed_in_boxing(&mut self, key: Key) {
        let Some(action) = self.keymap.action(Context::Boxing, key) else { return };
        self.dirty = true;
        match action {
            Action::KeepBox => self.keep_box(),
            Action::NextBox => self.next_box(),
            Action::RemoveBox => self.remove_box(),
            Action::LeaveBoxes => {
                self.boxing = None;
                self.say(Tone::Plain, "back to the text");
            }
            Action::Leave => self.leave(),
            Action::Redraw => self.redraw_everything(),
            action => self.move_box(action),
        }
    }

    fn move_box(&mut self, action: Action) {
        let Some(boxing) = &mut self.boxing else { return };
        match action {
            Action::BoxLeft => boxing.shift(-1, 0),
            Action::BoxRight => boxing.shift(1, 0),
            Action::BoxUp => boxing.shift(0, -1),
            Action::BoxDown => boxing.shift(0, 1),
            Action::BoxWider => boxing.grow(1, 0),
            Action::BoxNarrower => boxing.grow(-1, 0),
            Action::BoxTaller => boxing.grow(0, 1),
            Action::BoxLower => boxing.grow(0, -1),
            Action::BoxStep => boxing.step = boxing.step.next(),
            _ => {}
        }
    }

    /// Boxes of the entity that is drawn for, on its image, with their places among all of the tweet.
    fn own_boxes(&self) -> Vec<(usize, RegionBox)> {
        let (Some(page), Some(boxing)) = (&self.page, &self.boxing) else { return Vec::new() };
        let own = |(_, region): &(usize, &RegionBox)| {
            region.image == boxing.image && (region.start..region.end) == boxing.tokens
        };
        let all = page.tweet.example.boxes.iter().enumerate();
        all.filter(own).map(|(place, region)| (place, region.clone())).collect()
    }

    /// Goes to the entity's next box, and from the last one to a new one.
    fn next_box(&mut self) {
        let own = self.own_boxes();
        let Some(boxing) = &mut self.boxing else { return };
        let after = |place: &usize| boxing.place.is_none_or(|here| *place > here);
        match own.iter().find(|(place, _)| after(place)) {
            Some((place, region)) => boxing.change(*place, region),
            None => boxing.begin(),
        }
    }

    fn keep_box(&mut self) {
        let (Some(page), Some(boxing)) = (&self.page, &self.boxing) else { return };
        let mut boxes = page.tweet.example.boxes.clone();
        let region = boxing.region();
        let summary = if let Some(kept) = boxing.place.and_then(|place| boxes.get_mut(place)) {
            *kept = region;
            "change a box"
        } else {
            boxes.push(region);
            "draw a box"
        };
        if self.set_boxes(summary, boxes) {
            let own = self.own_boxes();
            if let (Some(boxing), Some((place, region))) = (&mut self.boxing, own.last()) {
                let place = boxing.place.unwrap_or(*place);
                let region = own.iter().find(|(known, _)| *known == place).map_or(region, |(_, region)| region);
                boxing.change(place, region);
            }
            let (next, back) = (self.key_of(Action::NextBox), self.key_of(Action::LeaveBoxes));
            let count = if own.len() == 1 { "one box".to_owned() } else { format!("{} boxes", own.len()) };
            self.say(Tone::Good, format!("{count} for {}; {next} next or new, {back} back", self.boxed_words()));
        }
    }

    fn remove_box(&mut self) {
        let (Some(page), Some(boxing)) = (&self.page, &self.boxing) else { return };
        let Some(place) = boxing.place else {
            return self.say(Tone::Plain, "this box is not kept yet");
        };
        let mut boxes = page.tweet.example.boxes.clone();
        if place < boxes.len() {
            boxes.remove(place);
        }
        if self.set_boxes("remove a box", boxes) {
            if let Some(boxing) = &mut self.boxing {
                boxing.begin();
            }
            let undo = self.key_of(Action::Undo);
            self.say(Tone::Plain, format!("the box is gone; {undo} on the text brings it back"));
        }
    }

    fn set_boxes(&mut self, summary: &str, boxes: Vec<RegionBox>) -> bool {
        let Some(tweet) = self.page.as_ref().map(|page| page.tweet.id) else { return false };
        let summary = format!("{summary} for {}", self.boxed_words());
        let applied = self.project.set_boxes(tweet, &summary, boxes);
        let failed = applied.is_err();
        if self.took_effect(applied).is_none() && !failed {
            self.say(Tone::Plain, "the box is as it was");
            return false;
        }
        !failed
    }

    fn boxed_words(&self) -> String {
        let (Some(page), Some(boxing)) = (&self.page, &self.boxing) else { return String::new() };
        format!("`{}`", text::truncate(&page.words(boxing.tokens.clone()), QUOTED))
    }

    /// What is drawn, in words: for the title of the image's pane, since colour alone says nothing.
    pub(in crate::tui) fn boxing_info(&self) -> Option<String> {
        let boxing = self.boxing.as_ref()?;
        let RegionBox { xmin, ymin, xmax, ymax, .. } = boxing.region();
        let own = self.own_boxes();
        let which = match boxing.place.and_then(|place| own.iter().position(|(known, _)| *known == place)) {
            Some(place) => format!("{}/{}", place + 1, own.len()),
            None => "new".to_owned(),
        };
        Some(format!("{which} · {} · {xmin},{ymin}–{xmax},{ymax}", boxing.step.name()))
    }

    /// The box that is drawn, over all others.
    pub(super) fn boxing_outline(&self) -> Option<Outline> {
        let boxing = self.boxing.as_ref().filter(|boxing| self.image_id() == Some(boxing.image.as_str()))?;
        Some(Outline { edges: boxing.edges, color: self.theme.ui.accent })
    }
}

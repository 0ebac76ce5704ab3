//! The image beside the tweet: which one, with which map and boxes over it.

use spanlight_models::alignment::{Alignment, Regions};
use spanlight_models::example::RegionBox;

use super::App;
use crate::graphics::{Heat, HeatStyle, Outline, PictureRequest, View};
use crate::tui::action::Action;
use crate::tui::theme::Tone;

impl App {
    /// Id of the image on the screen.
    pub(in crate::tui) fn image_id(&self) -> Option<&str> {
        let page = self.page.as_ref()?;
        page.tweet.example.images.get(page.image).map(String::as_str)
    }

    /// The picture of one of the tweet's images in so many cells, as it is to be drawn now; `None` where there is no file.
    pub(in crate::tui) fn picture_request(&self, image: &str, columns: u16, rows: u16) -> Option<PictureRequest> {
        let path = self.project.images().find(image)?;
        let heat = self.heat_shown().then(|| self.heat_on(Some(image)).ok()).flatten();
        Some(PictureRequest {
            path,
            columns,
            rows,
            view: View::default(),
            heat,
            outlines: self.outlines_on(image),
            marked: None,
            pixels: self.pixel_format(),
        })
    }

    /// Whether the heat map is switched on.
    pub(in crate::tui) fn heat_shown(&self) -> bool {
        self.looks.heat
    }

    /// The tokens that the heat map is of: the selection, the entity, else the token under the cursor.
    pub(in crate::tui) fn heat_tokens(&self) -> std::ops::Range<usize> {
        self.page.as_ref().map_or(0..0, crate::tui::page::Page::target)
    }

    /// The map over one of the tweet's images, or why there is none.
    pub(in crate::tui) fn heat_on(&self, image: Option<&str>) -> Result<Heat, String> {
        let (alignment, rows, columns, frame) = self.alignment_on(image)?;
        let tokens = self.heat_tokens();
        let weights = alignment.span_map(tokens.start, tokens.end);
        Ok(Heat { rows, columns, frame, weights, range: None, style: self.looks.heat_style, map: self.theme.heat_map })
    }

    /// The alignment over one of the tweet's images with the shape of its grid, or why there is none.
    pub(in crate::tui) fn alignment_on(
        &self,
        image: Option<&str>,
    ) -> Result<(&Alignment, usize, usize, spanlight_models::alignment::Frame), String> {
        let page = self.page.as_ref().ok_or("no tweet is open")?;
        let answer = self
            .suggestions
            .answer(page.tweet.id)
            .ok_or_else(|| self.model.silence().unwrap_or("the model has not answered yet").to_owned())?;
        if image.and_then(|id| self.project.images().find(id)).is_none() {
            return Err("there is no image to look at".into());
        }
        if let Some(problem) = &answer.image_problem {
            return Err(format!("the model could not use the image: {problem}"));
        }
        let looks = self.model.card.as_ref().is_some_and(|card| card.uses_image);
        let alignment = answer.image_alignment().ok_or(if looks {
            "the model gave no map for this tweet"
        } else {
            "this model does not look at images"
        })?;
        match &alignment.regions {
            Regions::Grid { image: seen, rows, columns, frame } if image == Some(seen) => {
                Ok((alignment, *rows, *columns, *frame))
            }
            Regions::Grid { .. } => Err("the model looked at another of the tweet's images".into()),
            Regions::Words { .. } => Err("the model looked at words, not at regions".into()),
        }
    }

    /// The boxes to draw on an image: those of the tweet, and over them the one that is being drawn.
    pub(in crate::tui) fn outlines_on(&self, image: &str) -> Vec<Outline> {
        let drawn = self.boxing_outline().filter(|_| self.image_id() == Some(image));
        self.kept_outlines(image).into_iter().chain(drawn).collect()
    }

    /// The boxes that the tweet has on an image: all, or those of the entity under the cursor where it has any.
    fn kept_outlines(&self, image: &str) -> Vec<Outline> {
        let Some(page) = self.page.as_ref().filter(|_| self.looks.boxes) else { return Vec::new() };
        let here = |region: &&RegionBox| region.image == image;
        let changed = self.boxing.as_ref().and_then(|boxing| boxing.place);
        let others = page.tweet.example.boxes.iter().enumerate().filter(|(place, _)| Some(*place) != changed);
        let all: Vec<&RegionBox> = others.map(|(_, region)| region).filter(here).collect();
        let target = page.target();
        let own: Vec<&RegionBox> =
            all.iter().filter(|region| region.start < target.end && target.start < region.end).copied().collect();
        let labels = &self.project.settings().labels;
        let outline = |region: &&RegionBox| {
            let label = page.tweet.example.spans.iter().find(|span| span.start < region.end && region.start < span.end);
            let color = label.map_or(self.theme.ui.accent, |span| self.theme.type_color(labels, &span.label));
            Outline { edges: [region.xmin, region.ymin, region.xmax, region.ymax], color }
        };
        if own.is_empty() { all.iter().map(outline).collect() } else { own.iter().map(outline).collect() }
    }

    /// Has the image of the tweet that comes next decoded ahead.
    pub(super) fn prefetch_next(&self) {
        let Some(next) = self.up_next.filter(|_| self.looks.panes.images) else { return };
        let example = self.project.tweet(next).map(|tweet| tweet.example);
        if let Some(path) = example.ok().and_then(|example| self.project.images().find(example.images.first()?)) {
            self.pictures.prefetch(path);
        }
    }

    /// Shows the image so many further, around the end.
    pub(super) fn show_image(&mut self, by: isize) {
        let Some(page) = &mut self.page else { return };
        match page.tweet.example.images.len() {
            0 => self.say(Tone::Plain, "this tweet has no image"),
            1 => self.say(Tone::Plain, "this tweet has only this image"),
            count => page.image = (page.image as isize + by).rem_euclid(count as isize) as usize,
        }
    }

    /// Makes the image on the screen the one that counts.
    pub(super) fn prefer_image(&mut self) {
        let Some(page) = &self.page else { return };
        let (tweet, shown, count) = (page.tweet.id, page.image, page.tweet.example.images.len());
        let Some(image) = page.tweet.example.images.get(shown).cloned() else {
            return self.say(Tone::Plain, "this tweet has no image");
        };
        if shown == 0 {
            let only =
                if count == 1 { "this tweet has only this image" } else { "this image is the preferred one already" };
            return self.say(Tone::Plain, only);
        }
        let applied = self.project.prefer_image(tweet, &image);
        if self.took_effect(applied).is_some() {
            let undo = self.key_of(Action::Undo);
            self.say(Tone::Good, format!("this image is preferred from now on; {undo} takes it back"));
        }
    }

    pub(super) fn switch_heat_style(&mut self) {
        self.looks.heat_style = match self.looks.heat_style {
            HeatStyle::Smooth => HeatStyle::Grid,
            HeatStyle::Grid => HeatStyle::Smooth,
        };
        self.looks.heat = true;
    }

    pub(super) fn switch_boxes(&mut self) {
        self.looks.boxes = !self.looks.boxes;
        let none = self.page.as_ref().is_some_and(|page| page.tweet.example.boxes.is_empty());
        if self.looks.boxes && none {
            self.say(Tone::Plain, "boxes are on; there is none for this tweet");
        }
    }
}

//! How images come to the screen: in half blocks as part of the frame, or in pixels after it.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

use super::App;
use crate::config::GraphicsChoice;
use crate::graphics::{Ability, Picture, PictureRequest, PixelFormat, Placed, Protocol};
use crate::tui::pictures::Shown;
use crate::tui::theme::Tone;

/// A picture and the place that it has to itself.
#[derive(Clone, Debug)]
pub struct Slot {
    /// What is wanted.
    pub request: PictureRequest,
    /// Where it may lie.
    pub space: Rect,
}

impl Slot {
    /// The cells of the finished picture: the middle of its space.
    pub fn area(&self, picture: &Picture) -> Rect {
        let x = self.space.x + (self.space.width.saturating_sub(picture.columns())) / 2;
        let y = self.space.y + (self.space.height.saturating_sub(picture.rows())) / 2;
        Rect::new(x, y, picture.columns(), picture.rows())
    }
}

impl App {
    /// Takes in what the terminal can show.
    pub fn can_show(&mut self, ability: Ability) {
        self.ability = Some(ability);
        self.dirty = true;
    }

    /// Whether the terminal is to be asked what it can show.
    pub fn wants_pixels(&self) -> bool {
        !matches!(self.looks.graphics, GraphicsChoice::Blocks | GraphicsChoice::Off)
    }

    /// How pictures are made in pixels, where they are to be.
    pub(in crate::tui) fn pixel_format(&self) -> Option<PixelFormat> {
        let ability = self.ability.as_ref()?;
        let by = |protocol| Some(PixelFormat { protocol, cell: ability.cell });
        match self.looks.graphics {
            GraphicsChoice::Auto => ability.pixels,
            GraphicsChoice::Kitty => by(Protocol::Kitty),
            GraphicsChoice::Iterm => by(Protocol::Iterm),
            GraphicsChoice::Sixel => by(Protocol::Sixel),
            GraphicsChoice::Blocks | GraphicsChoice::Off => None,
        }
    }

    /// What the status line calls it.
    pub(in crate::tui) fn graphics_name(&self) -> String {
        match self.pixel_format() {
            Some(format) => format.protocol.to_string(),
            None if self.looks.panes.images => "blocks".into(),
            None => "no images".into(),
        }
    }

    /// The picture of a slot at its place; in pixels its cells stay empty, and untouched once it lies there.
    pub(in crate::tui) fn draw_picture(&self, slot: &Slot, picture: &Picture, buffer: &mut Buffer) {
        let Some(placed) = self.in_pixels(slot, picture) else {
            return picture.draw(slot.area(picture), buffer, self.theme.colored);
        };
        let untouched = self.pass.shows(&placed);
        for position in placed.area.intersection(buffer.area).positions() {
            let cell = &mut buffer[position];
            cell.set_symbol(" ").set_style(self.theme.base());
            if untouched {
                cell.set_diff_option(CellDiffOption::Skip);
            }
        }
    }

    /// Has everything drawn that a picture lies over which is not to stay.
    pub(in crate::tui) fn uncover(&self, buffer: &mut Buffer) {
        for position in self.pass.cells() {
            if !buffer.area.contains(position) {
                continue;
            }
            let cell = &mut buffer[position];
            if cell.diff_option != CellDiffOption::Skip {
                cell.set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
    }

    /// The picture as the terminal is given it, where it is shown in pixels: not under a dialog or the keys that can follow, which
    /// would lie below.
    fn in_pixels(&self, slot: &Slot, picture: &Picture) -> Option<Placed> {
        let wanted = slot.request.pixels.is_some() && self.dialog.is_none() && self.pending.is_empty();
        let bytes = picture.pixels().filter(|_| wanted)?;
        Some(Placed { area: slot.area(picture), bytes: bytes.clone() })
    }

    /// Writes what the frame has left room for; to be called after every frame.
    pub fn show_pixels(&mut self, out: &mut impl Write) -> io::Result<()> {
        let Some(format) = self.pixel_format() else {
            return if self.pass.is_empty() { Ok(()) } else { self.forget_pixels(out) };
        };
        let placed = self.slots.iter().filter_map(|slot| match self.pictures.shown(&slot.request) {
            Shown::Picture(picture) => self.in_pixels(slot, picture),
            Shown::Loading | Shown::Failed(_) => None,
        });
        let placed = placed.collect();
        self.pass.show(format.protocol, placed, out)
    }

    /// Removes all pixels, as before the screen is cleared or left.
    pub fn forget_pixels(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.pass.forget(out)
    }

    /// The way of showing images is another one.
    pub(super) fn graphics_chosen(&mut self) {
        self.looks.panes.images = self.looks.graphics != GraphicsChoice::Off && self.pictures.available();
    }

    /// Goes on to the next way of showing images that the terminal has.
    pub(super) fn switch_graphics(&mut self) {
        let pixels = self.ability.as_ref().is_some_and(|ability| ability.pixels.is_some());
        self.looks.graphics = match self.looks.graphics {
            GraphicsChoice::Off if pixels => GraphicsChoice::Auto,
            GraphicsChoice::Off => GraphicsChoice::Blocks,
            GraphicsChoice::Auto if !pixels => GraphicsChoice::Off,
            GraphicsChoice::Blocks => GraphicsChoice::Off,
            GraphicsChoice::Auto | GraphicsChoice::Kitty | GraphicsChoice::Iterm | GraphicsChoice::Sixel => {
                GraphicsChoice::Blocks
            }
        };
        self.graphics_chosen();
        let reason = self.ability.as_ref().map(|ability| format!(" ({})", ability.reason)).unwrap_or_default();
        self.say(Tone::Plain, format!("images: {}{reason}", self.graphics_name()));
    }
}

//! The pass after a frame: pictures are written where the frame left room for them, and only when something changed.

use std::io::{self, Write};
use std::sync::Arc;

use crossterm::cursor::{MoveTo, RestorePosition, SavePosition};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::layout::{Position, Rect};

use super::Protocol;

/// A picture at its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its cells.
    pub area: Rect,
    /// What shows it.
    pub bytes: Arc<[u8]>,
}

impl PartialEq for Placed {
    /// The same bytes, not merely equal ones: a picture that was made anew is written anew.
    fn eq(&self, other: &Self) -> bool {
        self.area == other.area && Arc::ptr_eq(&self.bytes, &other.bytes)
    }
}

/// What lies on the screen beside its text.
#[derive(Debug, Default)]
pub struct PixelPass {
    shown: Vec<Placed>,
    /// The protocol that it was shown with.
    protocol: Option<Protocol>,
}

impl PixelPass {
    /// Whether exactly this picture lies at its place, so that the text below it is to be left alone.
    pub fn shows(&self, placed: &Placed) -> bool {
        self.shown.contains(placed)
    }

    /// The cells below everything that lies on the screen.
    pub fn cells(&self) -> impl Iterator<Item = Position> {
        self.shown.iter().flat_map(|placed| placed.area.positions())
    }

    /// Whether anything lies on the screen.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The screen was cleared, and the pictures with it.
    pub fn forget(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.shown.clear();
        match self.protocol.take() {
            Some(protocol) => out.write_all(protocol.remove_all()).and_then(|()| out.flush()),
            None => Ok(()),
        }
    }

    /// Shows these pictures and no others. The frame has drawn over those that went before.
    pub fn show(&mut self, protocol: Protocol, pictures: Vec<Placed>, out: &mut impl Write) -> io::Result<()> {
        let before = self.protocol.replace(protocol);
        if before == Some(protocol) && self.shown == pictures {
            return Ok(());
        }
        let gone = self.shown.iter().any(|shown| !pictures.contains(shown));
        queue!(out, BeginSynchronizedUpdate, SavePosition)?;
        if let Some(before) = before.filter(|before| gone || *before != protocol) {
            out.write_all(before.remove_all())?;
        }
        // Where one went by a word, all have gone.
        let all_gone = gone && !protocol.remove_all().is_empty();
        for picture in &pictures {
            if all_gone || before != Some(protocol) || !self.shown.contains(picture) {
                queue!(out, MoveTo(picture.area.x, picture.area.y))?;
                out.write_all(&picture.bytes)?;
            }
        }
        queue!(out, RestorePosition, EndSynchronizedUpdate)?;
        self.shown = pictures;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(x: u16, bytes: &Arc<[u8]>) -> Placed {
        Placed { area: Rect::new(x, 1, 4, 2), bytes: Arc::clone(bytes) }
    }

    fn shown(pass: &mut PixelPass, protocol: Protocol, pictures: Vec<Placed>) -> String {
        let mut out = Vec::new();
        pass.show(protocol, pictures, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn only_what_changed_is_written() {
        let (one, two): (Arc<[u8]>, Arc<[u8]>) = (Arc::from(&b"ONE"[..]), Arc::from(&b"TWO"[..]));
        let mut pass = PixelPass::default();
        let first = shown(&mut pass, Protocol::Sixel, vec![placed(3, &one), placed(9, &two)]);
        assert!(first.contains("\x1b[2;4HONE") && first.contains("\x1b[2;10HTWO"), "{first:?}");
        assert!(pass.shows(&placed(3, &one)) && !pass.shows(&placed(4, &one)));
        assert_eq!(shown(&mut pass, Protocol::Sixel, vec![placed(3, &one), placed(9, &two)]), "");
        let moved = shown(&mut pass, Protocol::Sixel, vec![placed(3, &one), placed(20, &two)]);
        assert!(!moved.contains("ONE") && moved.contains("\x1b[2;21HTWO"), "{moved:?}");
    }

    #[test]
    fn kitty_pictures_are_removed_when_they_go_and_the_others_are_shown_again() {
        let (one, two): (Arc<[u8]>, Arc<[u8]>) = (Arc::from(&b"ONE"[..]), Arc::from(&b"TWO"[..]));
        let mut pass = PixelPass::default();
        assert!(!shown(&mut pass, Protocol::Kitty, vec![placed(3, &one), placed(9, &two)]).contains("a=d"));
        let left = shown(&mut pass, Protocol::Kitty, vec![placed(9, &two)]);
        assert!(left.find("a=d") < left.find("TWO") && left.contains("a=d") && !left.contains("ONE"), "{left:?}");
        let none = shown(&mut pass, Protocol::Kitty, Vec::new());
        assert!(none.contains("a=d") && pass.is_empty(), "{none:?}");
        let mut out = Vec::new();
        pass.forget(&mut out).expect("written");
        assert_eq!(out, Protocol::Kitty.remove_all());
    }
}

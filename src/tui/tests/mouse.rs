//! The mouse.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use spanlight_models::example::Span;

use super::Desk;
use crate::tui::edit::Selection;
use crate::tui::message::Message;

impl Desk {
    /// Where `text` begins on a screen.
    fn place_of(&mut self, (width, height): (u16, u16), text: &str) -> (u16, u16) {
        let buffer = self.draw(width, height).clone();
        for y in 0..height {
            for x in 0..width {
                let row: String = (x..width).map(|x| buffer[(x, y)].symbol()).collect();
                if row.starts_with(text) {
                    return (x, y);
                }
            }
        }
        panic!("`{text}` is not on the screen");
    }

    fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) -> &mut Self {
        self.app.update(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        self
    }

    fn click(&mut self, size: (u16, u16), text: &str) -> &mut Self {
        let at = self.place_of(size, text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), at).mouse(MouseEventKind::Up(MouseButton::Left), at)
    }
}

#[test]
fn a_click_puts_the_cursor_and_dragging_selects() {
    for size in [(60, 18), (80, 24), (120, 36), (200, 60)] {
        let mut desk = Desk::new();
        // The queue shows the same words.
        desk.app.looks.panes.queue = Some(false);
        desk.click(size, "Sebastian");
        assert_eq!(desk.cursor(), 3, "{size:?}");
        let (from, to) = (desk.place_of(size, "met "), desk.place_of(size, "Greta"));
        desk.mouse(MouseEventKind::Down(MouseButton::Left), from).mouse(MouseEventKind::Drag(MouseButton::Left), to);
        assert_eq!(desk.app.page.as_ref().and_then(|page| page.selection).map(Selection::range), Some(0..3));
        desk.press("1");
        assert_eq!(desk.labels(0), [Span::new("PER", 0, 3)]);
    }
}

#[test]
fn rows_of_the_queue_hints_and_lists_are_clicked() {
    let size = (120, 36);
    let mut desk = Desk::new();
    desk.click(size, "nothing to");
    assert_eq!(desk.row(), 3);
    desk.click(size, "help");
    assert!(desk.screen(120, 36).contains("Help: all keys"));
    let (x, y) = desk.place_of(size, "Help: all keys");
    desk.mouse(MouseEventKind::Down(MouseButton::Left), (x, y)).press("esc");
    assert!(desk.app.dialog.is_none());
    desk.press("=").click(size, "ORG").click(size, "ORG");
    assert_eq!(desk.labels(3), [Span::new("ORG", 0, 1)]);
}

#[test]
fn the_wheel_goes_through_what_it_is_over() {
    let size = (120, 36);
    let mut desk = Desk::new();
    let queue = desk.place_of(size, "nothing to");
    desk.mouse(MouseEventKind::ScrollDown, queue).mouse(MouseEventKind::ScrollDown, queue);
    assert_eq!(desk.row(), 2);
    desk.mouse(MouseEventKind::ScrollUp, queue);
    assert_eq!(desk.row(), 1);
    desk.press("?").mouse(MouseEventKind::ScrollDown, queue).press("enter");
    assert_eq!(desk.cursor(), 0, "the second row of the help was chosen");
    assert_eq!(desk.row(), 1);
}

#[test]
fn no_place_of_the_screen_breaks_anything() {
    for size in [(60, 18), (80, 24), (121, 37)] {
        let mut desk = Desk::new();
        desk.ready().suggest(0, &[("PER", 0, 2, 0.9)]);
        for (x, y) in (0..size.0 + 2).step_by(3).flat_map(|x| (0..size.1 + 2).map(move |y| (x, y))) {
            desk.draw(size.0, size.1);
            for kind in [
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::Drag(MouseButton::Left),
                MouseEventKind::Up(MouseButton::Left),
                MouseEventKind::ScrollDown,
            ] {
                desk.mouse(kind, (x, y));
            }
            if desk.app.quits() {
                break;
            }
        }
    }
}

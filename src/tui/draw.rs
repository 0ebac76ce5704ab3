//! One frame.

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

use super::app::{App, Slot};
use super::dialog::Dialog;
use super::layout::{Content, Panes, SMALLEST};
use super::text;
use super::views::{contexts, details, dialog, hints, image, inspect, model, queue, status, tweet, which_key};

/// Draws one pane.
type Draw = fn(&App, &mut Buffer, Rect);

impl App {
    /// Draws the whole screen and remembers where things are.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.theme.base());
        if self.inspector.is_some() {
            self.draw_inspector(frame);
        } else {
            self.draw_annotation(frame);
        }
        which_key::draw(self, frame);
        self.uncover(frame.buffer_mut());
        self.colors.reduce(frame.buffer_mut());
        mend_spills(frame.buffer_mut());
    }

    fn draw_annotation(&mut self, frame: &mut Frame<'_>) {
        let news = self.model.job.is_some() || self.model.candidate.is_some();
        let mut choices = self.looks.panes;
        if matches!(self.dialog, Some(Dialog::Text(_))) {
            // What is being written stays in sight at every size.
            choices.contexts = Some(true);
        }
        self.panes = Panes::arrange(frame.area(), choices, Content { news, contexts: self.looks.texts });
        match self.panes {
            Some(panes) => {
                self.lay_out_tweet(panes.tweet);
                self.lay_out_contexts(panes.contexts);
                self.draw_panes(frame, panes);
                dialog::draw(self, frame, panes.hints);
            }
            None => self.draw_too_small(frame),
        }
    }

    fn draw_inspector(&mut self, frame: &mut Frame<'_>) {
        self.inspect_panes = inspect::panes(self, frame.area());
        match self.inspect_panes {
            Some(panes) => {
                self.lay_out_tweet(panes.tweet);
                inspect::draw(self, frame, &panes);
            }
            None => self.draw_too_small(frame),
        }
    }

    /// Breaks the tweet's lines for its pane and scrolls to the cursor.
    fn lay_out_tweet(&mut self, area: Rect) {
        let sheet = tweet::Sheet::new(area, area.x > 0);
        if let Some(page) = &mut self.page {
            page.wrap(usize::from(sheet.text.width));
            page.scroll_to_cursor(sheet.visible());
        }
    }

    /// Scrolls the accompanying texts to the chosen one.
    fn lay_out_contexts(&mut self, area: Option<Rect>) {
        let extent = |page| area.map(|area| contexts::extent(self, page, area));
        let extent = self.page.as_ref().and_then(extent);
        if let (Some(page), Some((rows, total, visible))) = (&mut self.page, extent) {
            page.scroll_texts(&rows, total, visible);
        }
    }

    fn draw_panes(&self, frame: &mut Frame<'_>, panes: Panes) {
        let buffer = frame.buffer_mut();
        tweet::draw(self, buffer, panes.tweet);
        let optional: [(Option<Rect>, Draw); 6] = [
            (panes.queue, queue::draw),
            (panes.details, details::draw),
            (panes.contexts, contexts::draw),
            (panes.image, image::draw),
            (panes.model, model::draw),
            (panes.strip, model::draw_state),
        ];
        for (area, draw) in optional {
            if let Some(area) = area {
                draw(self, buffer, area);
            }
        }
        status::draw(self, buffer, panes.status);
        hints::draw(self, buffer, panes.hints);
    }

    fn draw_too_small(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let lines = [
            format!("{} x {} is too small", area.width, area.height),
            format!("{} x {} are needed", SMALLEST.0, SMALLEST.1),
        ];
        for (row, line) in lines.iter().enumerate() {
            let y = area.height / 2 + row as u16;
            if y < area.height {
                frame.buffer_mut().set_stringn(area.x, y, line, usize::from(area.width), self.theme.base());
            }
        }
    }

    /// Asks for the pictures that the last frame has place for.
    pub fn want_picture(&mut self) {
        let requests = self.slots().into_iter().map(|slot| slot.request).collect();
        self.pictures.want(requests);
    }

    /// The pictures that the last frame has place for, and their places.
    pub fn slots(&self) -> Vec<Slot> {
        match &self.inspect_panes {
            Some(panes) if self.inspector.is_some() => inspect::slots(self, panes),
            _ => self.panes.and_then(|panes| image::slot(self, panes.image?)).into_iter().collect(),
        }
    }
}

/// A terminal that does not join emoji draws their parts over what stands behind; that is drawn again, changed or not.
fn mend_spills(buffer: &mut Buffer) {
    let columns = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(columns) {
        for column in 0..row.len() {
            let (symbol, ground) = (row[column].symbol(), row[column].bg);
            // Only graphemes of several characters are drawn differently.
            if symbol.chars().nth(1).is_none() {
                continue;
            }
            let (width, spill) = (text::width(symbol), text::spill(symbol));
            row.iter_mut().take(column + width).skip(column + 1).for_each(|cell| cell.bg = ground);
            row.iter_mut().skip(column + width).take(spill).for_each(|cell| {
                cell.set_diff_option(CellDiffOption::AlwaysUpdate);
            });
        }
    }
}

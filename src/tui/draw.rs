//! One frame.

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

use super::app::{App, Slot};
use super::dialog::Dialog;
use super::layout::{Choices, Content, Panes, SMALLEST};
use super::text;
use super::views::{
    adjudication, batch, contexts, details, dialog, gallery, guidelines, hints, image, inspect, model, queue, status,
    suspects, tutorial, tweet, which_key,
};

/// Draws one pane.
type Draw = fn(&App, &mut Buffer, Rect);

impl App {
    /// Draws the whole screen and remembers where things are.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.theme.base());
        self.slots = if self.gallery.is_some() {
            self.draw_gallery(frame)
        } else if self.inspector.is_some() {
            self.draw_inspector(frame)
        } else if self.batch.is_some() {
            self.draw_batch(frame)
        } else {
            self.draw_annotation(frame)
        };
        which_key::draw(self, frame);
        self.uncover(frame.buffer_mut());
        self.colors.reduce(frame.buffer_mut());
        mend_spills(frame.buffer_mut());
    }

    /// Draws the screen on which one labels; gives the pictures on it, as the other screens do.
    fn draw_annotation(&mut self, frame: &mut Frame<'_>) -> Vec<Slot> {
        let news = self.model.job.is_some() || self.model.candidate.is_some();
        let mut choices = self.looks.panes;
        if self.adjudication.is_some() {
            // Their places are the annotators'.
            choices = Choices { queue: Some(false), model: Some(false), contexts: Some(false), ..choices };
        }
        if matches!(self.dialog, Some(Dialog::Text(_))) {
            // What is being written stays in sight at every size.
            choices.contexts = Some(true);
        }
        choices.guidelines = self.guidelines.is_some() && self.boxing.is_none();
        if self.boxing.is_some() {
            // The picture gets the room of what is not needed for drawing on it.
            choices.model = Some(false);
            choices.queue = choices.queue.filter(|_| frame.area().width >= 110).or(Some(false));
        }
        let tutorial = if self.tutorial.is_some() { tutorial::rows(frame.area().width) } else { 0 };
        let content = Content { news, contexts: self.looks.texts, tutorial };
        self.panes = Panes::arrange(frame.area(), choices, content);
        let writing = matches!(self.dialog, Some(Dialog::Text(_)));
        let board = match self.panes {
            Some(panes) if self.adjudication.is_some() && !writing => {
                let (panes, board) = adjudication::arrange(frame.area(), panes);
                self.panes = Some(panes);
                Some(board)
            }
            _ => None,
        };
        match self.panes {
            Some(mut panes) => {
                let question = self.suspects.as_ref().map(|_| suspects::place(&mut panes));
                self.panes = Some(panes);
                self.lay_out_tweet(panes.tweet);
                self.lay_out_contexts(panes.contexts);
                guidelines::lay_out(self, panes.guidelines);
                let slot = self.draw_panes(frame, panes);
                if let Some(board) = board {
                    adjudication::draw(self, frame.buffer_mut(), board);
                }
                if let Some(area) = question {
                    suspects::draw(self, frame, area);
                }
                dialog::draw(self, frame, panes.hints);
                slot.into_iter().collect()
            }
            None => self.draw_too_small(frame),
        }
    }

    fn draw_batch(&mut self, frame: &mut Frame<'_>) -> Vec<Slot> {
        // No picture has a place here.
        self.panes = None;
        match batch::places(frame.area()) {
            Some(places) => {
                self.lay_out_batch(places.list);
                batch::draw(self, frame.buffer_mut(), &places);
                dialog::draw(self, frame, places.hints);
                Vec::new()
            }
            None => self.draw_too_small(frame),
        }
    }

    fn draw_gallery(&mut self, frame: &mut Frame<'_>) -> Vec<Slot> {
        self.gallery_panes = gallery::panes(self, frame.area());
        match self.gallery_panes {
            Some(panes) => {
                if let Some(area) = panes.tweet {
                    self.lay_out_tweet(area);
                }
                gallery::draw(self, frame, &panes)
            }
            None => self.draw_too_small(frame),
        }
    }

    fn draw_inspector(&mut self, frame: &mut Frame<'_>) -> Vec<Slot> {
        self.inspect_panes = inspect::panes(self, frame.area());
        match self.inspect_panes {
            Some(panes) => {
                self.lay_out_tweet(panes.tweet);
                inspect::draw(self, frame, &panes)
            }
            None => self.draw_too_small(frame),
        }
    }

    /// Breaks the tweet's lines for its pane and scrolls to the cursor.
    fn lay_out_tweet(&mut self, area: Rect) {
        if let Some(page) = &mut self.page {
            let sheet = tweet::Sheet::new(area, area.x > 0, page.lane_count());
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

    fn draw_panes(&self, frame: &mut Frame<'_>, panes: Panes) -> Option<Slot> {
        let buffer = frame.buffer_mut();
        tweet::draw(self, buffer, panes.tweet);
        let slot = panes.image.and_then(|area| image::draw(self, buffer, area));
        let optional: [(Option<Rect>, Draw); 7] = [
            (panes.queue, queue::draw),
            (panes.details, details::draw),
            (panes.contexts, contexts::draw),
            (panes.model, model::draw),
            (panes.guidelines, guidelines::draw),
            (panes.strip, model::draw_state),
            (panes.tutorial, tutorial::draw),
        ];
        for (area, draw) in optional {
            if let Some(area) = area {
                draw(self, buffer, area);
            }
        }
        status::draw(self, buffer, panes.status);
        hints::draw(self, buffer, panes.hints);
        slot
    }

    fn draw_too_small(&self, frame: &mut Frame<'_>) -> Vec<Slot> {
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
        Vec::new()
    }

    /// Asks for the pictures that the last frame has place for.
    pub fn want_picture(&mut self) {
        let requests = self.slots.iter().map(|slot| slot.request.clone()).collect();
        self.pictures.want(requests);
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

//! Which panes there are and where, for every size of the terminal.

use ratatui::layout::{Constraint, Layout, Rect};

/// Below this the screen only says how small it is.
pub const SMALLEST: (u16, u16) = (60, 18);

/// What a person chose to see; `None` leaves it to the size of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The queue.
    pub queue: Option<bool>,
    /// The model's pane.
    pub model: Option<bool>,
    /// Images.
    pub images: bool,
}

/// The places of the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// The queue.
    pub queue: Option<Rect>,
    /// The tweet.
    pub tweet: Rect,
    /// Entities and contexts of the tweet.
    pub details: Option<Rect>,
    /// The image.
    pub image: Option<Rect>,
    /// The model: what it does, how it learns.
    pub model: Option<Rect>,
    /// One line about the running job where the model has no pane.
    pub strip: Option<Rect>,
    /// Where one is.
    pub status: Rect,
    /// Which keys there are.
    pub hints: Rect,
}

impl Panes {
    /// The panes of a screen of this size, or nothing where it is too small.
    ///
    /// `busy` says that there is news of the model which must be visible.
    pub fn arrange(area: Rect, choices: Choices, busy: bool) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let hint_rows = if area.height < 30 { 1 } else { 2 };
        let [main, status, hints] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(hint_rows)]).areas(area);

        let low = main.height < 28;
        let queue_shown = choices.queue.unwrap_or(area.width >= 110);
        let model_shown = choices.model.unwrap_or(!low);
        // A narrow screen with the queue on it has no width left for a third column.
        let column_fits = area.width >= 80 || !queue_shown;
        let strip_shown = busy && !(model_shown && column_fits);
        let (main, strip) = if strip_shown { split_bottom(main, 1) } else { (main, None) };

        let queue_width = match area.width {
            0..80 => 20,
            80..110 => 24,
            110..160 => 30,
            _ => 44,
        };
        let (queue, rest) = if queue_shown { split_left(main, queue_width) } else { (None, main) };
        let column_shown = (choices.images || model_shown) && column_fits;
        let (left, column) = if column_shown { split_right(rest, side_width(rest.width)) } else { (rest, None) };
        let (image, model) = match column {
            None => (None, None),
            Some(column) if !model_shown => (Some(column), None),
            Some(column) if !choices.images || low => (None, Some(column)),
            Some(column) => {
                let rows = if main.height < 44 { 11 } else { 17 };
                let [image, model] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(column);
                (Some(image), Some(model))
            }
        };
        let (tweet, details) = match main.height {
            0..21 => (left, None),
            21..44 => split_bottom(left, left.height / 3),
            _ => split_bottom(left, left.height * 2 / 5),
        };
        Some(Self { queue, tweet, details, image, model, strip, status, hints })
    }
}

/// Width of the column with image and model.
fn side_width(available: u16) -> u16 {
    (u32::from(available) * 43 / 100).clamp(24, 84) as u16
}

fn split_left(area: Rect, width: u16) -> (Option<Rect>, Rect) {
    let [left, right] = Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(area);
    (Some(left), right)
}

fn split_right(area: Rect, width: u16) -> (Rect, Option<Rect>) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(area);
    (left, Some(right))
}

fn split_bottom(area: Rect, height: u16) -> (Rect, Option<Rect>) {
    let [upper, lower] = Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    (upper, Some(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Choices = Choices { queue: None, model: None, images: true };

    fn at(width: u16, height: u16, choices: Choices, busy: bool) -> Panes {
        Panes::arrange(Rect::new(0, 0, width, height), choices, busy).expect("panes")
    }

    #[test]
    fn panes_appear_as_the_screen_grows() {
        assert_eq!(Panes::arrange(Rect::new(0, 0, 59, 18), DEFAULT, false), None);
        assert_eq!(Panes::arrange(Rect::new(0, 0, 60, 17), DEFAULT, false), None);
        let shown = |width, height| {
            let panes = at(width, height, DEFAULT, false);
            [panes.queue, panes.details, panes.image, panes.model].map(|pane| pane.is_some())
        };
        assert_eq!(shown(60, 18), [false, false, true, false]);
        assert_eq!(shown(80, 24), [false, true, true, false]);
        assert_eq!(shown(120, 36), [true; 4]);
        assert_eq!(shown(200, 60), [true; 4]);
    }

    #[test]
    fn a_running_job_is_seen_at_every_size() {
        for (width, height) in [(60, 18), (80, 24), (120, 36), (200, 60), (60, 60), (200, 18)] {
            for model in [None, Some(false), Some(true)] {
                let panes = at(width, height, Choices { model, ..DEFAULT }, true);
                assert!(panes.model.is_some() != panes.strip.is_some(), "{width}x{height} {model:?}");
            }
        }
    }

    #[test]
    fn panes_never_overlap_or_leave_the_screen() {
        let options = [None, Some(true), Some(false)];
        for width in (60..220).step_by(7) {
            for height in (18..70).step_by(3) {
                for (queue, model, images, busy) in
                    options.iter().flat_map(|q| options.iter().map(move |m| (*q, *m, q.is_some(), m.is_some())))
                {
                    let panes = at(width, height, Choices { queue, model, images }, busy);
                    let optional = [panes.queue, panes.details, panes.image, panes.model, panes.strip];
                    let all: Vec<Rect> =
                        optional.into_iter().flatten().chain([panes.tweet, panes.status, panes.hints]).collect();
                    for (index, pane) in all.iter().enumerate() {
                        assert_eq!(pane.intersection(Rect::new(0, 0, width, height)), *pane);
                        assert!(all[index + 1..].iter().all(|other| pane.intersection(*other).is_empty()));
                    }
                    assert!(panes.tweet.width >= 28 && panes.tweet.height >= 8, "{width}x{height}: {:?}", panes.tweet);
                }
            }
        }
    }
}

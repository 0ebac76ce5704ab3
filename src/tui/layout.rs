//! Which panes there are and where, for every size of the terminal.

use ratatui::layout::{Constraint, Layout, Rect};

/// Below this the screen only says how small it is.
pub const SMALLEST: (u16, u16) = (60, 18);

/// From this height on there is room for lists below the tweet.
const WITH_LISTS: u16 = 21;

/// From this height on there is room for the image above the guidelines.
const WITH_IMAGE: u16 = 30;

/// What a person chose to see; `None` leaves it to the size of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The queue.
    pub queue: Option<bool>,
    /// The model's pane.
    pub model: Option<bool>,
    /// The texts that accompany the tweet.
    pub contexts: Option<bool>,
    /// Images.
    pub images: bool,
    /// The guidelines.
    pub guidelines: bool,
}

/// What there is to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// News of the model, which must be visible.
    pub news: bool,
    /// Texts that accompany tweets.
    pub contexts: bool,
    /// Rows for a step of the tutorial.
    pub tutorial: u16,
}

/// The places of the panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// The queue.
    pub queue: Option<Rect>,
    /// The tweet.
    pub tweet: Rect,
    /// Entities of the tweet.
    pub details: Option<Rect>,
    /// Texts that accompany the tweet.
    pub contexts: Option<Rect>,
    /// The image.
    pub image: Option<Rect>,
    /// The model: what it does, how it learns.
    pub model: Option<Rect>,
    /// The guidelines.
    pub guidelines: Option<Rect>,
    /// The step of the tutorial.
    pub tutorial: Option<Rect>,
    /// One line about the running job where the model has no pane.
    pub strip: Option<Rect>,
    /// Where one is.
    pub status: Rect,
    /// Which keys there are.
    pub hints: Rect,
}

impl Panes {
    /// The panes of a screen of this size, or nothing where it is too small.
    pub fn arrange(area: Rect, choices: Choices, content: Content) -> Option<Self> {
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            return None;
        }
        let hint_rows = if area.height < 30 { 1 } else { 2 };
        let [main, status, hints] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(hint_rows)]).areas(area);

        let (main, tutorial) = if content.tutorial > 0 { split_bottom(main, content.tutorial) } else { (main, None) };
        let low = main.height < 28;
        // A narrow screen has no room for a third column.
        let queue_fits = area.width >= 80 || !choices.guidelines;
        let queue_shown = choices.queue.unwrap_or(area.width >= 110) && queue_fits;
        // The guidelines stand where the model's pane does.
        let model_shown = choices.model.unwrap_or(!low) && !choices.guidelines;
        // A narrow screen with the queue on it has no width left for a third column.
        let column_fits = area.width >= 80 || !queue_shown;
        let strip_shown = content.news && !(model_shown && column_fits);
        let (main, strip) = if strip_shown { split_bottom(main, 1) } else { (main, None) };

        let queue_width = match area.width {
            0..80 => 20,
            80..110 => 24,
            110..160 => 30,
            _ => 44,
        };
        let (queue, rest) = if queue_shown { split_left(main, queue_width) } else { (None, main) };
        let column_shown = choices.guidelines || ((choices.images || model_shown) && column_fits);
        let (left, column) = if column_shown { split_right(rest, side_width(rest.width)) } else { (rest, None) };
        let (image, model) = match column {
            None => (None, None),
            Some(_) if choices.guidelines => (None, None),
            Some(column) if !model_shown => (Some(column), None),
            Some(column) if !choices.images || low => (None, Some(column)),
            Some(column) => {
                let rows = if main.height < 44 { 11 } else { 17 };
                let [image, model] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(column);
                (Some(image), Some(model))
            }
        };
        let (image, guidelines) = match column.filter(|_| choices.guidelines) {
            None => (image, None),
            Some(column) if !choices.images || main.height < WITH_IMAGE => (None, Some(column)),
            Some(column) => split_bottom_of(column, column.height * 3 / 5),
        };
        let contexts_shown = choices.contexts.unwrap_or(content.contexts && main.height >= WITH_LISTS);
        let (tweet, details, contexts) = stack(left, contexts_shown);
        Some(Self { queue, tweet, details, contexts, image, model, guidelines, tutorial, strip, status, hints })
    }
}

/// Tweet, entities and contexts, one above the other, as far as there is room.
fn stack(area: Rect, contexts_shown: bool) -> (Rect, Option<Rect>, Option<Rect>) {
    let height = area.height;
    if !contexts_shown {
        let (tweet, details) = match height {
            0..WITH_LISTS => (area, None),
            WITH_LISTS..44 => split_bottom(area, height / 3),
            _ => split_bottom(area, height * 2 / 5),
        };
        return (tweet, details, None);
    }
    let (entities, texts) = match height {
        0..WITH_LISTS => (0, height * 2 / 5),
        WITH_LISTS..28 => (4, height / 3),
        28..44 => (height / 5, height / 3),
        _ => (height / 5, height * 3 / 8),
    };
    let (rest, contexts) = split_bottom(area, texts);
    let (tweet, details) = if entities > 0 { split_bottom(rest, entities) } else { (rest, None) };
    (tweet, details, contexts)
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

/// The same where the upper part is optional.
fn split_bottom_of(area: Rect, height: u16) -> (Option<Rect>, Option<Rect>) {
    let (upper, lower) = split_bottom(area, height);
    (Some(upper), lower)
}

fn split_bottom(area: Rect, height: u16) -> (Rect, Option<Rect>) {
    let [upper, lower] = Layout::vertical([Constraint::Fill(1), Constraint::Length(height)]).areas(area);
    (upper, Some(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Choices = Choices { queue: None, model: None, contexts: None, images: true, guidelines: false };

    fn at(width: u16, height: u16, choices: Choices, news: bool) -> Panes {
        with(width, height, choices, Content { news, ..Content::default() })
    }

    fn with(width: u16, height: u16, choices: Choices, content: Content) -> Panes {
        Panes::arrange(Rect::new(0, 0, width, height), choices, content).expect("panes")
    }

    #[test]
    fn panes_appear_as_the_screen_grows() {
        assert_eq!(Panes::arrange(Rect::new(0, 0, 59, 18), DEFAULT, Content::default()), None);
        assert_eq!(Panes::arrange(Rect::new(0, 0, 60, 17), DEFAULT, Content::default()), None);
        let shown = |width, height| {
            let panes = at(width, height, DEFAULT, false);
            [panes.queue, panes.details, panes.image, panes.model].map(|pane| pane.is_some())
        };
        let texts = |width, height, contexts| {
            let choices = Choices { contexts, ..DEFAULT };
            let height = with(width, height, choices, Content { contexts: true, ..Content::default() }).contexts;
            height.map_or(0, |pane| pane.height)
        };
        assert_eq!([texts(60, 18, None), texts(80, 24, None), texts(120, 36, Some(false))], [0, 7, 0]);
        assert!(texts(60, 18, Some(true)) >= 6 && texts(120, 36, None) >= 9 && texts(200, 60, None) >= 18);
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
                    let guidelines = busy && images;
                    let choices = Choices { queue, model, contexts: queue, images, guidelines };
                    let tutorial = if busy || images { 0 } else { 6 };
                    let panes = with(width, height, choices, Content { news: busy, contexts: busy, tutorial });
                    let more = [panes.model, panes.guidelines, panes.strip, panes.tutorial];
                    let optional = [panes.queue, panes.details, panes.contexts, panes.image].into_iter().chain(more);
                    let all: Vec<Rect> = optional.flatten().chain([panes.tweet, panes.status, panes.hints]).collect();
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

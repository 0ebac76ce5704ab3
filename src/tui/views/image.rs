//! The image in half blocks, and what the heat map over it is.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{pane, put, put_cut, put_wrapped};
use crate::graphics::{Heat, Picture};
use crate::tui::app::{App, Slot};
use crate::tui::pictures::Shown;
use crate::tui::text;

/// Rows for the colour bar and the sentence about the map.
const CAPTION_ROWS: u16 = 4;

/// The place for the picture itself in the pane `area`.
fn picture_space(app: &App, area: Rect) -> Rect {
    let left = u16::from(area.x > 0);
    let inner = Rect {
        x: area.x + left,
        y: area.y + 1,
        width: area.width.saturating_sub(left),
        height: area.height.saturating_sub(1),
    };
    let caption = if app.heat_shown() { CAPTION_ROWS.min(inner.height / 2) } else { 0 };
    let candidates = u16::from(several(app)).min(inner.height);
    // Pixels in the last column would scroll some terminals.
    let width = inner.width.saturating_sub(u16::from(app.pixel_format().is_some()));
    Rect { y: inner.y + candidates, width, height: inner.height.saturating_sub(caption + candidates), ..inner }
}

/// Whether there are images to choose from.
fn several(app: &App) -> bool {
    app.page.as_ref().is_some_and(|page| page.tweet.example.images.len() > 1)
}

/// Draws the image of the open tweet; gives the picture that is wanted, and its place.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) -> Option<Slot> {
    let theme = &app.theme;
    let images = app.page.as_ref().map_or(0, |page| page.tweet.example.images.len());
    let place = app.page.as_ref().map_or(0, |page| page.image + 1);
    let title = if images > 1 { format!("Image {place} of {images}") } else { "Image".into() };
    let heat = if app.heat_shown() { " · heat map" } else { "" };
    let info = format!("{}{heat}", app.image_id().unwrap_or("none"));
    match app.boxing_info() {
        Some(drawn) => pane(buffer, theme, area, "Box", &drawn),
        None => pane(buffer, theme, area, &title, &info),
    };
    let space = picture_space(app, area);
    if several(app) {
        draw_candidates(app, buffer, Rect { y: area.y + 1, height: 1, ..space });
    }
    let request = app.image_id().and_then(|id| app.picture_request(id, space.width, space.height));
    let slot = request.map(|request| Slot { request, space });
    let nothing = match app.image_id() {
        Some(id) => ("the image is not in the image folders", id),
        None => ("this tweet has no image", ""),
    };
    draw_slot(app, buffer, space, slot.as_ref(), nothing);
    if app.heat_shown() {
        let left = u16::from(area.x > 0) + 1;
        let caption = Rect {
            x: area.x + left,
            y: space.bottom(),
            width: area.width.saturating_sub(left + 1),
            height: area.bottom().saturating_sub(space.bottom()),
        };
        draw_caption(app, buffer, caption);
    }
    slot
}

/// The images that the tweet can have by their numbers, with their scores where there are any: the preferred one has a
/// hook, those without a file a question mark.
fn draw_candidates(app: &App, buffer: &mut Buffer, area: Rect) {
    let Some(page) = &app.page else { return };
    let theme = &app.theme;
    let images = &page.tweet.example.images;
    let label = |place: usize| {
        let missing = if app.project.images().find(&images[place]).is_none() { "?" } else { "" };
        let score = page.tweet.example.image_scores.get(&images[place]);
        let score = score.map(|score| format!(" {score:.2}")).unwrap_or_default();
        format!("{}{}{missing}{score}", if place == 0 { "✓" } else { "" }, place + 1)
    };
    let widths: Vec<usize> = (0..images.len()).map(|place| text::width(&label(place)) + 2).collect();
    // The shown one stays in sight where there are more than fit.
    let mut first = 0;
    while first < page.image && widths[first..=page.image].iter().sum::<usize>() > usize::from(area.width) {
        first += 1;
    }
    let mut x = area.x + 1;
    for place in first..images.len() {
        let shown = place == page.image;
        let text = if shown { format!("[{}]", label(place)) } else { format!(" {} ", label(place)) };
        let style = match (shown, place) {
            (true, _) => theme.title(),
            (false, 0) => theme.on(theme.ui.good),
            (false, _) => theme.dim(),
        };
        x = put(buffer, (x, area.y), area.right(), &text, style);
    }
}

/// Draws the picture of a slot, or what stands in its place; without a slot in `space` that there is nothing, and why. Gives
/// the picture that is seen.
pub fn draw_slot<'a>(
    app: &'a App,
    buffer: &mut Buffer,
    space: Rect,
    slot: Option<&Slot>,
    (nothing, why): (&str, &str),
) -> Option<&'a Picture> {
    let (label, reason) = match slot.map(|slot| (slot, app.pictures.shown(&slot.request))) {
        Some((slot, Shown::Picture(picture))) => {
            app.draw_picture(slot, picture, buffer);
            return Some(picture);
        }
        Some((_, Shown::Loading)) => ("…", ""),
        Some((_, Shown::Failed(reason))) => ("this image cannot be shown", reason),
        None => (nothing, why),
    };
    placeholder(app, buffer, space, label, reason);
    None
}

/// A quiet sign in the middle of the place for the picture.
pub fn placeholder(app: &App, buffer: &mut Buffer, space: Rect, label: &str, reason: &str) {
    let width = space.width.saturating_sub(4).min(44);
    let x = space.x + (space.width - width) / 2;
    let y = space.y + space.height / 3;
    let place = Rect { x, y, width, height: space.bottom().saturating_sub(y) };
    let rows = put_wrapped(buffer, place, label, app.theme.dim());
    let below = Rect { y: place.y + rows, height: place.height.saturating_sub(rows).min(4), ..place };
    put_wrapped(buffer, below, reason, app.theme.dim());
}

fn draw_caption(app: &App, buffer: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let heat = match app.heat_on(app.image_id()) {
        Ok(heat) => heat,
        Err(reason) => {
            put_wrapped(buffer, area, &format!("no heat map: {reason}"), app.theme.on(app.theme.ui.warn));
            return;
        }
    };
    draw_bar(app, buffer, Rect { height: 1, ..area }, &heat);
    for (row, line) in explain(app).iter().enumerate() {
        let y = area.y + 1 + row as u16;
        if y < area.bottom() {
            put_cut(buffer, (area.x, y), area.right(), line, app.theme.dim());
        }
    }
}

/// The colour scale with the weights at its ends.
pub fn draw_bar(app: &App, buffer: &mut Buffer, area: Rect, heat: &Heat) {
    let (least, most) = heat.scale();
    let (from, to) = (format!("{least:.3} "), format!(" {most:.3}"));
    let x = put(buffer, (area.x, area.y), area.right(), &from, app.theme.dim());
    let end = area.right().saturating_sub(text::width(&to) as u16).max(x);
    let columns = end - x;
    for column in 0..columns {
        let value = f32::from(column) / f32::from(columns.saturating_sub(1).max(1));
        let [red, green, blue] = heat.map.color(value);
        let sign = if app.theme.colored { "█" } else { ["░", "▒", "▓", "█"][(value * 3.9) as usize] };
        put(buffer, (x + column, area.y), end, sign, app.theme.on([red, green, blue]));
    }
    put(buffer, (end, area.y), area.right(), &to, app.theme.dim());
}

/// What the map is: of which words, by which system, version and method, over what it is averaged, on which scale.
fn explain(app: &App) -> Vec<String> {
    let tokens = app.heat_tokens();
    let words = app.page.as_ref().map(|page| page.words(tokens.clone())).unwrap_or_default();
    let Ok((alignment, rows, columns, _)) = app.alignment_on(app.image_id()) else { return Vec::new() };
    let layers = alignment.maps.iter().map(|map| map.layer).collect::<BTreeSet<_>>().len();
    let heads = alignment.maps.iter().map(|map| map.head).collect::<BTreeSet<_>>().len();
    let system = app.model.card.as_ref().map_or("model", |card| card.system.as_str());
    let answer = app.page.as_ref().and_then(|page| app.suggestions.answer(page.tweet.id));
    let version = answer.map_or(0, |answer| answer.version);
    let whole = alignment.whole_share(tokens.start, tokens.end);
    let whole = whole.map(|share| format!(", {:.0} % on the whole image", 100.0 * share)).unwrap_or_default();
    vec![
        format!("“{words}” by {system} v{version}"),
        format!("{}: {} × {}, mean", alignment.method, text::counted(layers, "layer"), text::counted(heads, "head")),
        format!("{rows}×{columns} regions, scaled least to most{whole}"),
    ]
}

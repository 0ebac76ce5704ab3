//! All heads as small maps, one pixel a region, sorted; all on one colour scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use spanlight_models::alignment::Selection;
use spanlight_models::trust::{Order, ranked};

use crate::graphics::{Picture, Scale, Tone};
use crate::tui::app::App;
use crate::tui::text;
use crate::tui::views::{pane, put_cut};

/// Columns between two small maps.
const GAP: u16 = 2;
/// Least columns of a small map with its name.
const TILE: u16 = 10;

/// Draws the gallery.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let (theme, Some(inspector)) = (&app.theme, &app.inspector) else { return };
    let insight = app.primary().and_then(|question| app.insight(&question)?.ok());
    let alignment = insight.and_then(|insight| insight.alignment.as_ref());
    let count = alignment.map_or(0, |alignment| alignment.maps.len());
    let info = format!("{} by {}", text::counted(count, "head"), inspector.order);
    let inner = pane(buffer, theme, area, "Heads", &info);
    let (Some(insight), Some(alignment)) = (insight, alignment) else { return };
    let (rows, columns) = alignment.regions.shape();
    if columns == 0 {
        return;
    }
    let tokens = app.inspected_rows(insight);
    let Ok(heads) = alignment.gallery(tokens) else { return };
    let all: Vec<f32> = heads.iter().flat_map(|head| head.map.weights.iter().copied()).collect();
    let boxes = app.inspected_boxes(alignment);
    let tone = Tone { range: Scale::Shared.ends(&all, &all).range, map: theme.heat_map };
    let (width, height) = ((columns as u16).min(inner.width), (rows as u16).div_ceil(2));
    let (across, down) = ((width + GAP).max(TILE), height + 1);
    let per_row = usize::from((inner.width / across).max(1));
    let first = inspector.scroll * per_row;
    let visible = per_row * usize::from(inner.height / down);
    for (place, (head, trust)) in
        ranked(heads, inspector.order, &alignment.regions, &boxes).into_iter().skip(first).take(visible).enumerate()
    {
        let x = inner.x + (place % per_row) as u16 * across;
        let y = inner.y + (place / per_row) as u16 * down;
        let pixels = image::RgbImage::from_fn(columns as u32, rows as u32, |x, y| {
            let weight = head.map.weights[y as usize * columns + x as usize];
            image::Rgb(tone.map.color(tone.place(weight)))
        });
        Picture::from_pixels(&pixels).draw(Rect { x, y, width, height }, buffer, theme.colored);
        let measure = trust.map_or_else(
            || "-".to_owned(),
            |trust| match inspector.order {
                Order::Strength => format!("{:.2}", trust.strength),
                Order::Entropy => format!("{:.2}", trust.normalised_entropy),
                Order::Overlap => trust.overlap.map_or_else(|| "-".into(), |overlap| format!("{:.2}", overlap.mass)),
            },
        );
        let chosen = inspector.selection == Selection::Head { layer: head.layer, head: head.head };
        let style = if chosen { theme.title().add_modifier(Modifier::UNDERLINED) } else { theme.dim() };
        let label = format!("{}.{} {measure}", head.layer, head.head);
        put_cut(buffer, (x, y + height), (x + across - 1).min(inner.right()), &label, style);
    }
}

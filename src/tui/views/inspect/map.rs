//! One map: over the picture, or over the words of the texts that accompany the tweet; with its colour bar and its rule.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spanlight_models::alignment::{Alignment, Map, Regions};
use spanlight_models::attribution::Direction;

use crate::graphics::{ColorMap, Ends, Heat, PictureRequest, Tone, View};
use crate::tui::app::{App, Slot};
use crate::tui::inspect::{Against, shared_weights};
use crate::tui::views::image::{draw_bar, draw_slot};
use crate::tui::views::{pane, percent, put, put_cut, put_wrapped};
use crate::tui::{text, wrap::Wrapped};
use crate::worker::{Insight, Question};

/// Rows below the map: the colour bar and what the map is.
const CAPTION_ROWS: u16 = 5;

/// Which map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that was chosen.
    First,
    /// The one that it is compared with.
    Second,
    /// The second less the first.
    Difference,
}

/// A map that can be drawn.
struct Drawn<'a> {
    alignment: &'a Alignment,
    map: Map,
    ends: Ends,
    colors: ColorMap,
}

impl Drawn<'_> {
    /// The map over a grid of regions.
    fn heat(&self, app: &App) -> Option<Heat> {
        let Regions::Grid { rows, columns, frame, .. } = &self.alignment.regions else { return None };
        Some(Heat {
            rows: *rows,
            columns: *columns,
            frame: *frame,
            weights: self.map.weights.clone(),
            range: Some(self.ends.range),
            style: app.looks.heat_style,
            map: self.colors,
        })
    }
}

/// The question behind a side; that of the difference is the second.
fn question(app: &App, side: Side) -> Option<Question> {
    match side {
        Side::First => app.primary(),
        Side::Second | Side::Difference => app.secondary(),
    }
}

/// The answer behind a side, or why there is none yet.
fn insight(app: &App, side: Side) -> Result<&Insight, String> {
    let question = question(app, side).ok_or("there is nothing else to compare with")?;
    match app.insight(&question) {
        Some(answer) => answer.map_err(str::to_owned),
        None => Err(app.model.silence().unwrap_or("…").to_owned()),
    }
}

/// The map of a side with the ends of its scale.
fn drawn(app: &App, side: Side) -> Result<Drawn<'_>, String> {
    let inspector = app.inspector.as_ref().ok_or("nothing is inspected")?;
    let scale = inspector.scale;
    if side == Side::Difference {
        let (one, first) = app.map_of(insight(app, Side::First)?)?;
        let (other, second) = app.map_of(insight(app, Side::Second)?)?;
        if one.regions.len() != other.regions.len() || inspector.against == Against::OtherImage {
            return Err("the two maps have no regions in common".into());
        }
        let weights: Vec<f32> = second.weights.iter().zip(&first.weights).map(|(to, from)| to - from).collect();
        let ends = scale.even_ends(&weights, &weights);
        let map = Map { weights, sum: second.sum - first.sum };
        return Ok(Drawn { alignment: other, map, ends, colors: ColorMap::Difference });
    }
    let (alignment, map) = app.map_of(insight(app, side)?)?;
    let mut all = shared_weights(alignment, inspector.selection);
    // Two that are compared share a scale, unless their weights are of different kinds.
    let kin = inspector.against != Against::OtherMethod;
    let partner = if side == Side::First { Side::Second } else { Side::First };
    if let (true, Some(Ok(other))) = (kin, question(app, partner).and_then(|question| app.insight(&question)))
        && let Some(other) = &other.alignment
    {
        all.extend(shared_weights(other, inspector.selection));
    }
    all.extend(&map.weights);
    let ends = scale.ends(&map.weights, &all);
    Ok(Drawn { alignment, map, ends, colors: app.theme.heat_map })
}

/// The place for the picture in the pane.
fn picture_space(app: &App, area: Rect) -> Rect {
    let left = u16::from(area.x > 0);
    let caption = CAPTION_ROWS.min(area.height / 2);
    let last_column = u16::from(app.pixel_format().is_some());
    Rect {
        x: area.x + left,
        y: area.y + 1,
        width: area.width.saturating_sub(left + last_column),
        height: area.height.saturating_sub(1 + caption),
    }
}

/// The place below the map.
fn caption(area: Rect, space: Rect) -> Rect {
    let x = area.x + 1 + u16::from(area.x > 0);
    let (width, height) = (area.right().saturating_sub(x + 1), area.bottom().saturating_sub(space.bottom()));
    Rect { x, y: space.bottom(), width, height }
}

/// One side of the screen, worked out once a frame.
struct Sheet<'a> {
    side: Side,
    question: Option<Question>,
    insight: Result<&'a Insight, String>,
    drawn: Result<Drawn<'a>, String>,
    /// The room for the picture or the words.
    space: Rect,
    /// The room below.
    caption: Rect,
}

impl<'a> Sheet<'a> {
    fn of(app: &'a App, area: Rect, side: Side) -> Self {
        let space = picture_space(app, area);
        Self {
            side,
            question: question(app, side),
            insight: insight(app, side),
            drawn: drawn(app, side),
            space,
            caption: caption(area, space),
        }
    }

    /// The picture that is wanted, and its place.
    fn slot(&self, app: &App) -> Option<Slot> {
        let inspector = app.inspector.as_ref()?;
        let image = self.question.as_ref()?.image.as_ref()?;
        let path = app.project.images().find(image)?;
        let heat = self.drawn.as_ref().ok().and_then(|drawn| drawn.heat(app));
        let places = heat.as_ref().map_or(0, |heat| heat.weights.len());
        let region = heat.as_ref().filter(|_| app.region() < places).map(|heat| heat.region(app.region()));
        let accent = app.theme.ui.accent;
        let to_tokens = inspector.direction == Direction::ToTokens;
        let outlines = if self.side == Side::First { app.outlines_on(image) } else { Vec::new() };
        Some(Slot {
            request: PictureRequest {
                path,
                columns: self.space.width,
                rows: self.space.height,
                view: View::default(),
                heat: heat.filter(|_| !to_tokens),
                outlines,
                marked: region.map(|frame| (frame, accent)),
                pixels: app.pixel_format(),
            },
            space: self.space,
        })
    }

    /// The place for words: as wide as the picture, with a free column on both sides.
    fn text_space(&self) -> Rect {
        Rect { x: self.space.x + 1, width: self.space.width.saturating_sub(2), ..self.space }
    }

    /// What the line above the map says besides its name.
    fn info(&self) -> String {
        match (self.side, &self.question) {
            (Side::Difference, _) => "second less first".to_owned(),
            (_, Some(question)) => {
                let image = question.image.as_deref().unwrap_or("no image");
                match &self.insight {
                    Ok(insight) if !insight.model.is_empty() => format!("{} · {image}", insight.model),
                    _ => image.to_owned(),
                }
            }
            (_, None) => String::new(),
        }
    }
}

/// Draws a side; gives the picture that it wants.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect, side: Side) -> Option<Slot> {
    let theme = &app.theme;
    let title = match side {
        Side::First => "Map",
        Side::Second => "Compared",
        Side::Difference => "Difference",
    };
    let sheet = Sheet::of(app, area, side);
    let slot = sheet.slot(app);
    pane(buffer, theme, area, title, &sheet.info());
    match &sheet.drawn {
        Ok(drawn) if matches!(drawn.alignment.regions, Regions::Words { .. }) => {
            draw_words(app, buffer, sheet.text_space(), drawn);
            draw_caption(app, buffer, &sheet, drawn);
        }
        Ok(drawn) => {
            draw_slot(app, buffer, sheet.space, slot.as_ref(), ("no image", ""));
            draw_caption(app, buffer, &sheet, drawn);
        }
        Err(reason) if side == Side::Difference => {
            put_wrapped(buffer, sheet.text_space(), reason, theme.dim());
        }
        Err(reason) => {
            draw_slot(app, buffer, sheet.space, slot.as_ref(), ("no image", ""));
            put_wrapped(buffer, sheet.caption, reason, theme.dim());
        }
    }
    slot
}

/// The words of the texts, each on the colour of its weight; the one under the cursor is marked.
fn draw_words(app: &App, buffer: &mut Buffer, space: Rect, drawn: &Drawn<'_>) {
    let Regions::Words { words } = &drawn.alignment.regions else { return };
    let cursor = app.region();
    let tone = Tone { range: drawn.ends.range, map: drawn.colors };
    let texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    let wrapped = Wrapped::new(&texts, usize::from(space.width));
    for line in 0..wrapped.height().min(usize::from(space.height)) {
        for piece in wrapped.line(line) {
            let weight = drawn.map.weights.get(piece.token).copied().unwrap_or(0.0);
            let ground = tone.map.color(tone.place(weight));
            let mut style = app.theme.on_ground(ground);
            if piece.token == cursor {
                style = style.patch(app.theme.cursor());
            }
            let place = (space.x + piece.column as u16, space.y + line as u16);
            put(buffer, place, space.right(), &piece.text, style);
        }
    }
}

/// The colour bar and, below it, of what, by what and on which scale the map is.
fn draw_caption(app: &App, buffer: &mut Buffer, sheet: &Sheet<'_>, drawn: &Drawn<'_>) {
    let (caption, Ok(insight)) = (sheet.caption, &sheet.insight) else { return };
    if caption.height == 0 {
        return;
    }
    if app.inspector.as_ref().is_some_and(|inspector| inspector.direction == Direction::ToTokens) {
        let region = region_name(&drawn.alignment.regions, app.region());
        let line = format!("which words look at {region}");
        put_cut(buffer, (caption.x, caption.y), caption.right(), &line, app.theme.dim());
        return;
    }
    let bar = Heat {
        rows: 1,
        columns: 1,
        frame: spanlight_models::alignment::Frame::WHOLE,
        weights: Vec::new(),
        range: Some(drawn.ends.range),
        style: app.looks.heat_style,
        map: drawn.colors,
    };
    draw_bar(app, buffer, Rect { height: 1, ..caption }, &bar);
    for (row, line) in explain(app, drawn, insight, sheet.side).iter().enumerate() {
        let y = caption.y + 1 + row as u16;
        if y < caption.bottom() {
            put_cut(buffer, (caption.x, y), caption.right(), line, app.theme.dim());
        }
    }
}

/// What a region is called.
fn region_name(regions: &Regions, place: usize) -> String {
    match regions {
        Regions::Grid { columns, .. } => {
            let columns = (*columns).max(1);
            format!("row {}, column {}", place / columns + 1, place % columns + 1)
        }
        Regions::Words { words } => words.get(place).map(|word| format!("“{}”", word.text)).unwrap_or_default(),
    }
}

/// Of which words, by which method and which heads, on which scale; and the number under the cursor.
fn explain(app: &App, drawn: &Drawn<'_>, insight: &Insight, side: Side) -> Vec<String> {
    let Some(inspector) = &app.inspector else { return Vec::new() };
    let (layers, heads) = (drawn.alignment.layers().len(), drawn.alignment.heads().len());
    let place = app.region();
    let region = region_name(&drawn.alignment.regions, place);
    let weight = drawn.map.weights.get(place).map(|weight| format!("{region}: {weight:.3}")).unwrap_or_default();
    let shared = app.secondary().is_some() && inspector.against != Against::OtherMethod;
    let others = if shared { "both maps and all words" } else { "all words" };
    let share = format!("{} of what was looked at is shown", percent(drawn.map.sum));
    match side {
        Side::Difference => vec![weight, format!("{} · centred on no change", inspector.scale)],
        Side::Second if inspector.against == Against::Recorded => vec![
            format!("“{}” · where the picture shows it, as recorded", app.inspected_words(insight)),
            weight,
            inspector.scale.rule(others),
        ],
        Side::First | Side::Second => vec![
            format!("“{}” · {} · {}", app.inspected_words(insight), drawn.alignment.method, inspector.selection),
            weight,
            inspector.scale.rule(others),
            format!("{} of {}; {share}", text::counted(heads, "head"), text::counted(layers, "layer")),
        ],
    }
}

//! What the annotators say about a tweet, side by side: a row for each difference, a column for each voice.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use spanlight_models::example::Span;

use super::{pane, percent, put, put_cut, put_wrapped};
use crate::graphics::Rgb;
use crate::project::adjudication::Difference;
use crate::tui::action::Action;
use crate::tui::adjudication::{Adjudication, Case, kind_name};
use crate::tui::app::App;
use crate::tui::layout::Panes;
use crate::tui::page::Page;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Least and most columns for what a difference is about.
const ABOUT: [u16; 2] = [18, 34];
/// Least columns for a voice.
const VOICE: u16 = 11;
/// Least rows of the tweet.
const TWEET_ROWS: u16 = 8;

/// Places the tweet and its image above, and what the annotators say below; returns the place of the latter.
pub fn arrange(area: Rect, panes: Panes) -> (Panes, Rect) {
    let bottom = panes.strip.unwrap_or(panes.status).y;
    let main = Rect { height: bottom - area.y, ..area };
    let above = (main.height / 2).max(TWEET_ROWS);
    let [top, board] = Layout::vertical([Constraint::Length(above), Constraint::Fill(1)]).areas(main);
    let image = panes.image.map(|image| Rect { y: top.y, height: top.height, ..image });
    let tweet = Rect { width: image.map_or(top.width, |image| image.x - top.x), ..top };
    (Panes { queue: None, tweet, details: None, contexts: None, image, model: None, ..panes }, board)
}

/// The colour of an annotator; names and numbers stand beside it.
fn voice_color(app: &App, number: usize) -> Rgb {
    app.theme.types[number % app.theme.types.len()]
}

/// A voice as it is drawn.
struct Column {
    title: String,
    color: Rgb,
    /// Whether it is finished; the model always is.
    counts: bool,
    place: usize,
}

fn columns(app: &App, adjudication: &Adjudication, case: &Case) -> Vec<Column> {
    let voice = |(place, (number, voice)): (usize, &(usize, crate::project::Voice))| {
        let unfinished = if voice.counts { "" } else { " (unfinished)" };
        let title = format!("{} {}{unfinished}", number + 1, voice.name);
        Column { title, color: voice_color(app, *number), counts: voice.counts, place }
    };
    let mut columns: Vec<Column> = case.voices.iter().enumerate().map(voice).collect();
    let version = app.suggestions.answer(case.tweet).map(|answer| format!(" v{}", answer.version)).unwrap_or_default();
    let number = adjudication.annotators.len();
    let title = format!("{} model{version}", number + 1);
    columns.push(Column { title, color: voice_color(app, number), counts: true, place: case.voices.len() });
    columns
}

/// Draws the board.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let (Some(adjudication), Some(page)) = (&app.adjudication, &app.page) else { return };
    let case = adjudication.case.as_ref().filter(|case| case.tweet == page.tweet.id);
    let left = app.to_adjudicate();
    let info = match (case, &adjudication.contested) {
        (_, None) => "looking for differences …".to_owned(),
        (Some(case), Some(_)) if !case.differences.is_empty() => {
            let open = (0..case.differences.len()).filter(|index| !app.is_settled(*index)).count();
            let (here, all) = (case.current + 1, case.differences.len());
            format!("difference {here} of {all} · {open} open · {} left", text::counted(left, "tweet"))
        }
        _ => format!("{} left", text::counted(left, "tweet")),
    };
    let inner = pane(buffer, &app.theme, area, "Annotators", &info);
    let Some(case) = case.filter(|_| inner.height > 0) else { return };
    if case.voices.is_empty() {
        put_cut(buffer, (inner.x, inner.y), inner.right(), "nobody has labelled this tweet", app.theme.dim());
        return;
    }
    let columns = columns(app, adjudication, case);
    let used = draw_table(app, page, case, &columns, buffer, inner);
    let below = Rect { y: inner.y + used, height: inner.height - used, ..inner };
    draw_details(app, page, case, &columns, buffer, below);
}

/// The differences against the voices; returns the rows it took.
fn draw_table(app: &App, page: &Page, case: &Case, columns: &[Column], buffer: &mut Buffer, area: Rect) -> u16 {
    let about = (area.width / 4).clamp(ABOUT[0], ABOUT[1]);
    let fit = usize::from((area.width - about) / VOICE).clamp(1, columns.len());
    // The chosen voice stays in sight.
    let first = (case.column + 1).saturating_sub(fit);
    let shown = &columns[first..first + fit];
    let width = (area.width - about) / fit as u16;
    let at = |place: usize| area.x + about + (place as u16) * width;
    let hidden = columns.len() - fit;
    if hidden > 0 {
        let more = format!("+{hidden} ←→");
        put_cut(buffer, (area.x, area.y), area.x + about - 1, &more, app.theme.key());
    }
    for (place, column) in shown.iter().enumerate() {
        let mut style = app.theme.on(column.color).add_modifier(Modifier::BOLD);
        if column.place == case.column {
            style = style.add_modifier(Modifier::UNDERLINED);
        }
        put_cut(buffer, (at(place), area.y), at(place) + width - 1, &column.title, style);
    }
    let rows = usize::from(area.height.saturating_sub(1)).min(case.differences.len().max(1));
    // Below the table there is room for what is said in full.
    let rows = rows.min((usize::from(area.height) / 2).max(1));
    let top = (case.current + 1).saturating_sub(rows);
    for (row, (index, difference)) in case.differences.iter().enumerate().skip(top).take(rows).enumerate() {
        let y = area.y + 1 + row as u16;
        draw_about(app, page, case, index, buffer, (area.x, y), area.x + about - 1);
        let now: Vec<&Span> = case.within(difference, &page.tweet.example.spans).collect();
        for (place, column) in shown.iter().enumerate() {
            let said = said(app, case, column, difference);
            let taken = app.is_settled(index) && said.iter().map(|(span, _)| span).eq(now.iter().copied());
            let x =
                put(buffer, (at(place), y), area.right(), if taken { "✓" } else { " " }, app.theme.tone(Tone::Good));
            let end = at(place) + width - 1;
            draw_said(app, page, column, &said, buffer, (x, y), end);
        }
        if index == case.current {
            buffer.set_style(Rect { y, height: 1, ..area }, app.theme.chosen());
            let cell = shown.iter().position(|column| column.place == case.column);
            if let Some(place) = cell {
                let cell = Rect { x: at(place), y, width: width - 1, height: 1 };
                buffer.set_style(cell, Style::new().add_modifier(Modifier::UNDERLINED));
            }
        }
    }
    if case.differences.is_empty() {
        let who: Vec<&str> =
            case.voices.iter().filter(|(_, voice)| voice.counts).map(|(_, voice)| voice.name.as_str()).collect();
        let line = match who.as_slice() {
            [] => "nobody has finished this tweet".to_owned(),
            [one] => format!("only {one} has labelled this tweet"),
            all => format!("{} agree on this tweet", all.join(", ")),
        };
        put_cut(buffer, (area.x, area.y + 1), area.right(), &line, app.theme.tone(Tone::Good));
    }
    (rows as u16 + 1).min(area.height)
}

/// What a difference is about, and whether it is settled.
fn draw_about(app: &App, page: &Page, case: &Case, index: usize, buffer: &mut Buffer, at: (u16, u16), end: u16) {
    let Some(difference) = case.differences.get(index) else { return };
    let (sign, tone) = if app.is_settled(index) { ("✓ ", Tone::Good) } else { ("○ ", Tone::Warn) };
    if index == case.current {
        put(buffer, (at.0.saturating_sub(1), at.1), end, "▸", app.theme.title());
    }
    let x = put(buffer, at, end, sign, app.theme.tone(tone));
    let kind = format!("{} ", kind_name(difference.kind));
    let x = put_cut(buffer, (x, at.1), end, &kind, app.theme.dim());
    let words = page.words(difference.start..difference.end);
    put_cut(buffer, (x, at.1), end, &words, app.theme.on(app.theme.ui.text));
}

/// What a voice says about a difference; the model with its probabilities.
type Said = Vec<(Span, Option<f32>)>;

fn said(app: &App, case: &Case, column: &Column, difference: &Difference) -> Said {
    if column.place < case.voices.len() {
        return case.said(column.place, difference).into_iter().map(|span| (span, None)).collect();
    }
    let scored = app.model_says(difference).unwrap_or_default().into_iter();
    scored.map(|scored| (scored.span, Some(scored.probability))).collect()
}

/// The entities of one voice in one row, with the voice's colour before them.
fn draw_said(
    app: &App,
    page: &Page,
    column: &Column,
    said: &[(Span, Option<f32>)],
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    end: u16,
) -> u16 {
    let mut x = put(buffer, (x, y), end, "▎", app.theme.on(column.color));
    if said.is_empty() {
        return put_cut(buffer, (x, y), end, "nothing", app.theme.dim());
    }
    for (span, probability) in said {
        let color = app.theme.type_color(&app.project.settings().labels, &span.label);
        let sign = if probability.is_some() { "◇" } else { "◆" };
        let score = probability.map(|probability| format!(" {}", percent(probability))).unwrap_or_default();
        let mut style = app.theme.on(color);
        if !column.counts {
            style = style.add_modifier(Modifier::DIM);
        }
        x = put_cut(buffer, (x, y), end, &format!("{sign}{}{score} ", span.label), style);
        x = put_cut(buffer, (x, y), end, &format!("{} ", page.words(span.start..span.end)), app.theme.dim());
    }
    x
}

/// The current difference in full, a line for each way to see it, and what the annotators wrote.
fn draw_details(app: &App, page: &Page, case: &Case, columns: &[Column], buffer: &mut Buffer, area: Rect) {
    let notes: Vec<String> = case
        .voices
        .iter()
        .filter_map(|(_, voice)| Some(format!("{}: {}", voice.name, voice.note.as_deref()?)))
        .collect();
    let mut y = area.y + u16::from(area.height > 4);
    let note_rows = (notes.len() as u16).min(area.height / 2);
    if let Some(difference) = case.difference() {
        // Voices that say the same share a line.
        let mut lines: Vec<(Vec<&Column>, Said)> = Vec::new();
        for column in columns {
            let model = column.place == case.voices.len();
            if model && app.suggestions.answer(case.tweet).is_none() {
                continue;
            }
            let said = said(app, case, column, difference);
            let same = |known: &(Vec<&Column>, Said)| !model && column.counts && known.1 == said;
            match lines.iter_mut().find(|known| same(known)) {
                Some((who, _)) => who.push(column),
                None => lines.push((vec![column], said)),
            }
        }
        for (who, said) in &lines {
            if y + note_rows >= area.bottom() {
                break;
            }
            let mut x = area.x;
            for column in who {
                let style = app.theme.on(column.color).add_modifier(Modifier::BOLD);
                x = put_cut(buffer, (x, y), area.right(), &column.title, style) + 2;
            }
            if let Some(column) = who.first() {
                draw_said(app, page, column, said, buffer, (x, y), area.right());
            }
            y += 1;
        }
        let none = app.keymap.label(Action::TakeNone).unwrap_or_default();
        if y + note_rows < area.bottom() && !none.is_empty() {
            let x = put(buffer, (area.x, y), area.right(), &none, app.theme.key());
            put_cut(buffer, (x + 1, y), area.right(), "no entity", app.theme.dim());
            y += 1;
        }
    }
    for note in &notes {
        if y >= area.bottom() {
            break;
        }
        let place = Rect { y, height: area.bottom() - y, ..area };
        y += put_wrapped(buffer, place, &format!("note of {note}"), app.theme.on(app.theme.ui.text));
    }
}

//! The texts that accompany the tweet, with the words in them that the model looked at for the name under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use spanlight_models::alignment::{Alignment, Regions};
use spanlight_models::example::{Context, ContextKind};

use super::{percent, put, put_words};
use crate::tui::app::App;
use crate::tui::page::Page;

/// Most rows of one text.
const ROWS: u16 = 3;

/// Share of the highest weight from which a word stands out, and from which it stands out most.
const STANDS_OUT: [f32; 2] = [1.0 / 3.0, 2.0 / 3.0];

/// Draws the texts, one below the other, as far as there is room.
pub fn draw(app: &App, page: &Page, buffer: &mut Buffer, area: Rect) {
    let seen = app.suggestions.answer(page.tweet.id).and_then(|answer| answer.context_alignment());
    let target = page.target();
    let weights = seen.map(|alignment| alignment.span_map(target.start, target.end)).unwrap_or_default();
    let share = seen.map_or(0.0, |alignment| alignment.share(target.start, target.end));
    let highest = weights.iter().copied().fold(0.0, f32::max);
    // A free row between what is above and the texts, where there is room for it.
    let mut y = area.y + u16::from(area.height > 2);
    for (place, context) in page.tweet.example.contexts.iter().enumerate() {
        if y >= area.bottom() {
            return;
        }
        let own = seen.map(|alignment| of_context(alignment, &weights, place)).unwrap_or_default();
        let style = |word: usize| emphasis(app, own.get(word).copied().unwrap_or(0.0), highest);
        let x =
            put(buffer, (area.x, y), area.right(), &title(context, share * own.iter().sum::<f32>()), app.theme.title())
                + 1;
        let words: Vec<String> = context.words().map(str::to_owned).collect();
        let area = Rect { x, y, width: area.right().saturating_sub(x), height: (area.bottom() - y).min(ROWS) };
        y += put_words(buffer, area, &words, style).max(1);
    }
}

/// Kind, similarity to the image, and the share of the model's attention that went to the text.
fn title(context: &Context, share: f32) -> String {
    let kind = match context.kind {
        ContextKind::Tags => "objects",
        ContextKind::Caption => "caption",
        ContextKind::Ocr => "text in image",
        ContextKind::Knowledge => "knowledge",
        ContextKind::Other => "context",
    };
    let similarity = context.similarity.map(|similarity| format!(" ≈{similarity:.2}")).unwrap_or_default();
    let looked = if share > 0.0 { format!(" {}", percent(share)) } else { String::new() };
    format!("{kind}{similarity}{looked}")
}

/// The weights of the words of one text, in order, as far as they were read.
fn of_context(alignment: &Alignment, weights: &[f32], place: usize) -> Vec<f32> {
    let Regions::Words { words } = &alignment.regions else { return Vec::new() };
    words.iter().zip(weights).filter(|(word, _)| word.context == place).map(|(_, weight)| *weight).collect()
}

/// Not by colour alone: what stands out is underlined, what stands out most is bold too.
fn emphasis(app: &App, weight: f32, highest: f32) -> Style {
    let [some, most] = STANDS_OUT.map(|share| highest > 0.0 && weight >= share * highest);
    let accent = app.theme.on(app.theme.ui.accent).add_modifier(Modifier::UNDERLINED);
    match (some, most) {
        (_, true) => accent.add_modifier(Modifier::BOLD),
        (true, false) => accent,
        (false, false) => app.theme.dim(),
    }
}

//! Comments: while one is written, all of the project, and those of the open tweet.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dialog::{filter, type_line, window};
use super::{put, put_cut, put_wrapped};
use crate::project::{Comment, CommentKind};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::page::Page;
use crate::tui::remark::{Purpose, Remarks, Writing};
use crate::tui::text;

/// Columns for the words that a comment is about.
const WORDS: usize = 22;

/// The sign of a kind; never colour alone.
pub fn sign(kind: &str) -> &'static str {
    match kind {
        "question" => "?",
        "decision" => "=",
        "flag" => "⚑",
        _ => "✎",
    }
}

/// What a comment says, with its answer and who wrote it.
fn sentence(comment: &Comment) -> String {
    let answer = comment.answer.as_ref().map(|answer| format!(" → {} ({})", answer.text, answer.who));
    format!("{} {} ({}){}", sign(comment.kind.name()), comment.text, comment.who, answer.unwrap_or_default())
}

/// Draws the comment that is written, below those that are there.
pub fn draw_writing(app: &App, frame: &mut Frame<'_>, writing: &Writing) {
    let theme = &app.theme;
    let about = match (&writing.tokens, &app.page) {
        (Some(tokens), Some(page)) => format!("Comment on “{}”", text::truncate(&page.words(tokens.clone()), WORDS)),
        _ => "Comment on the tweet".to_owned(),
    };
    let rows = writing.here.len().min(4) as u16;
    let inner = window(app, frame, &about, 84, rows * 2 + 7);
    let mut y = inner.y;
    let chosen = match writing.purpose() {
        Purpose::Answer(id) | Purpose::Edit(id) | Purpose::Remove(id) => Some(id),
        Purpose::New(_) => None,
    };
    // The last ones, and the chosen one among them.
    let first = writing.here.len().saturating_sub(4);
    let first =
        writing.here.iter().position(|stored| Some(stored.id) == chosen).map_or(first, |place| place.min(first));
    for stored in writing.here.iter().skip(first) {
        if y + 4 >= inner.bottom() {
            break;
        }
        let place = Rect { x: inner.x + 2, width: inner.width.saturating_sub(2), y, height: 2 };
        if Some(stored.id) == chosen {
            put(frame.buffer_mut(), (inner.x, y), inner.right(), "▸", theme.title());
        }
        y += put_wrapped(frame.buffer_mut(), place, &sentence(&stored.comment), theme.on(theme.ui.text)).max(1);
    }
    let purpose = match writing.purpose() {
        Purpose::New(kind) => format!("new {}", kind.name()),
        Purpose::Answer(_) => "answer the question ▸: it becomes a decision".to_owned(),
        Purpose::Edit(_) => "change what stands at ▸".to_owned(),
        Purpose::Remove(_) => "take away what stands at ▸".to_owned(),
    };
    let key = |action| app.keymap.label(action).unwrap_or_default();
    let line = inner.bottom().saturating_sub(3);
    put_cut(frame.buffer_mut(), (inner.x, line - 1), inner.right(), &purpose, theme.title());
    type_line(app, frame, Rect { y: line, height: 1, ..inner }, "> ", &writing.input);
    let (up, down) = (key(Action::DialogUp), key(Action::DialogDown));
    let hint = format!(
        "{} save  {up}{down} comment, question, decision …  {} back",
        key(Action::DialogAccept),
        key(Action::DialogClose)
    );
    put_cut(frame.buffer_mut(), (inner.x, inner.bottom() - 1), inner.right(), &hint, theme.key());
}

/// Draws the list of all comments and flags.
pub fn draw_list(app: &App, frame: &mut Frame<'_>, remarks: &Remarks) {
    let theme = &app.theme;
    let screen = frame.area();
    let shown = remarks.shown();
    let open = remarks.all.iter().filter(|listed| listed.remark.kind == CommentKind::Question.name()).count();
    let title = format!("Comments: {}, {open} open questions; choose to go there", remarks.all.len());
    let inner = window(app, frame, &title, screen.width.min(110), screen.height.min(30));
    let place = filter(app, frame, inner, &remarks.list);
    // Two rows each: where, and what.
    let visible = usize::from(place.height / 2).max(1);
    let first = remarks.list.first_visible(visible);
    for (row, listed) in shown.iter().enumerate().skip(first).take(visible) {
        let y = place.y + 2 * (row - first) as u16;
        let remark = &listed.remark;
        let words = text::truncate(&listed.words, usize::from(place.width) / 2);
        let who = remark.who.as_ref().map(|who| format!(" · {who}")).unwrap_or_default();
        let day = remark.at.as_ref().and_then(|at| at.get(..10)).map(|day| format!(" · {day}")).unwrap_or_default();
        let buffer = frame.buffer_mut();
        let sign = sign(&remark.kind);
        let x = put(buffer, (place.x, y), place.right(), &format!("{sign} {} ", remark.kind), theme.title());
        put_cut(buffer, (x, y), place.right(), &format!("{} “{words}”{who}{day}", listed.tweet), theme.dim());
        let answer = remark.answer.as_ref().map(|answer| format!(" → {}", answer.text)).unwrap_or_default();
        let said = if remark.text.is_empty() { "(no reason given)" } else { remark.text.as_str() };
        let line = format!("{said}{answer}");
        put_cut(buffer, (place.x + 2, y + 1), place.right(), &line, theme.on(theme.ui.text));
        if row == remarks.list.cursor {
            buffer.set_style(Rect { y, height: 2.min(place.bottom() - y), ..place }, theme.chosen());
        }
    }
    if shown.is_empty() {
        put(frame.buffer_mut(), (place.x, place.y), place.right(), "no such comment", theme.dim());
    }
}

/// How much is written on a tweet, for its title.
pub fn count(page: &Page) -> String {
    let questions = page.comments.iter().filter(|stored| stored.comment.kind == CommentKind::Question).count();
    match (page.comments.len() - questions, questions) {
        (0, 0) => String::new(),
        (comments, 0) => format!(" · ✎{comments}"),
        (0, questions) => format!(" · ?{questions}"),
        (comments, questions) => format!(" · ✎{comments} ?{questions}"),
    }
}

/// Draws what is written on the open tweet, as far as there is room.
pub fn draw_of_tweet(app: &App, page: &Page, buffer: &mut Buffer, area: Rect) {
    let target = page.target();
    for (row, stored) in page.comments.iter().take(usize::from(area.height)).enumerate() {
        let comment = &stored.comment;
        let words = comment.tokens.map(|(start, end)| format!("“{}” ", text::truncate(&page.words(start..end), WORDS)));
        let line = format!("{}{}", words.unwrap_or_default(), sentence(comment));
        let here = comment.tokens.is_some() && comment.touches(&target);
        let style = if here { app.theme.on(app.theme.ui.text) } else { app.theme.dim() };
        put_cut(buffer, (area.x, area.y + row as u16), area.right(), &line, style);
    }
}

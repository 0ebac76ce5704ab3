//! The only place that prints: results to standard output, everything else to standard error.

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use spanlight_models::example::Span;

use super::error::CliError;

/// Prints a command's result: one JSON object with `json`, otherwise lines for people.
pub fn result(json: bool, value: &impl Serialize, lines: impl FnOnce() -> Vec<String>) -> Result<(), CliError> {
    let printed = if json { to_json(value)? } else { printable(&lines().join("\n")) };
    print(&(printed + "\n"))
}

/// Prints to standard output as it is.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::output)
}

/// One line of JSON.
fn to_json(value: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string(value).map_err(|error| CliError::Output(error.into()))
}

/// Tells the person something while the work goes on.
pub fn note(text: impl Display) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(io::stderr(), "{}", printable(&text.to_string()));
}

/// Tells why the command failed, and what caused that.
pub fn error(error: &dyn Error) {
    note(chain(error));
}

/// An error and its causes, one a line; causes that are told already are left out.
fn chain(error: &dyn Error) -> String {
    let mut last = error.to_string();
    let mut text = format!("error: {last}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !last.contains(&next) {
            let _ = write!(text, "\n  because: {next}");
            last = next;
        }
        cause = error.source();
    }
    text
}

/// Text that cannot steer a terminal: control characters and changes of direction are shown as escapes.
fn printable(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    shown
}

/// The first items of a list, one a line, and how many more there are.
pub fn listing<T>(items: &[T], total: usize, most: usize, line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = items.iter().take(most).map(|item| format!("  {}", line(item))).collect();
    let shown = lines.len();
    if total > shown {
        lines.push(format!("  ... and {} more (see --json)", total - shown));
    }
    lines
}

/// A span for people, its end exclusive.
pub fn span(span: &Span) -> String {
    format!("{} {}..{}", span.label, span.start, span.end)
}

/// Spans for people, with commas between them.
pub fn spans(all: &[Span]) -> String {
    all.iter().map(span).collect::<Vec<_>>().join(", ")
}

/// Columns of text: the first one to the left, the others to the right.
pub fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let _ = if column == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the cake failed{}", if *.0 { ": no flour" } else { "" })]
    struct Cake(bool, #[source] NoFlour);

    #[derive(Debug, thiserror::Error)]
    #[error("no flour")]
    struct NoFlour;

    #[test]
    fn causes_are_told_once() {
        assert_eq!(chain(&Cake(false, NoFlour)), "error: the cake failed\n  because: no flour");
        assert_eq!(chain(&Cake(true, NoFlour)), "error: the cake failed: no flour");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{202e}c\u{9b}é 👩‍🚀"), "a\\u{1b}[2Jb\\r\n\\u{202e}c\\u{9b}é 👩‍🚀");
    }

    #[test]
    fn tables_are_aligned() {
        let rows = [vec!["a".to_owned(), "10".into()], vec!["bcd".to_owned(), "5".into()]];
        assert_eq!(table(&rows), ["a    10", "bcd   5"]);
    }
}

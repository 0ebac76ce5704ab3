//! A text that is typed, broken into lines, with the cursor in it.

use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use super::text;

/// A text broken into lines of a width; positions are characters, as the input counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedLines {
    /// First character and safe text of every line.
    lines: Vec<(usize, String)>,
    /// For every character, and for the end, its line and its column.
    places: Vec<(usize, usize)>,
}

impl TypedLines {
    /// Breaks `value` behind spaces, and within words that are longer than a line.
    ///
    /// The last column stays free for the cursor behind the last character of a line.
    pub fn new(value: &str, width: usize) -> Self {
        let width = width.saturating_sub(1).max(2);
        let mut lines = vec![(0, String::new())];
        let mut places: Vec<(usize, usize)> = Vec::new();
        let mut column = 0;
        // A word with the space behind it; a space may hang over the edge, where nobody sees it.
        for word in value.split_inclusive(' ') {
            let shown = text::width(&text::visible(word.trim_end_matches(' ')));
            if column > 0 && column + shown > width {
                lines.push((places.len(), String::new()));
                column = 0;
            }
            for grapheme in word.graphemes(true) {
                let safe = text::visible(grapheme);
                let wide = text::width(&safe);
                if column > 0 && column + wide > width && grapheme != " " {
                    lines.push((places.len(), String::new()));
                    column = 0;
                }
                let line = lines.len() - 1;
                places.extend(grapheme.chars().map(|_| (line, column.min(width))));
                lines[line].1.push_str(&safe);
                column += wide;
            }
        }
        places.push((lines.len() - 1, column.min(width)));
        Self { lines, places }
    }

    /// The lines, made safe.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(_, line)| line.as_str())
    }

    /// Line and column of a position.
    pub fn place(&self, position: usize) -> (usize, usize) {
        self.places[position.min(self.places.len() - 1)]
    }

    /// The position so many lines further down that is nearest to the column of `position`.
    pub fn vertical(&self, position: usize, by: isize) -> usize {
        let (line, column) = self.place(position);
        let line = line.saturating_add_signed(by).min(self.lines.len() - 1);
        let of_line = self.places.iter().enumerate().filter(|(_, place)| place.0 == line);
        of_line.min_by_key(|(_, place)| place.1.abs_diff(column)).map_or(position, |(found, _)| found)
    }
}

/// Moves the cursor of `input` by lines of a width.
pub fn move_by_lines(input: &mut Input, width: usize, by: isize) {
    let position = TypedLines::new(input.value(), width).vertical(input.cursor(), by);
    input.handle(InputRequest::SetCursor(position));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(value: &str, width: usize) -> Vec<String> {
        TypedLines::new(value, width).lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_break_behind_spaces_and_within_long_words() {
        assert_eq!(lines("one two three", 8), ["one two ", "three"]);
        assert_eq!(lines("abcdefghij k", 5), ["abcd", "efgh", "ij k"]);
        assert_eq!(lines("", 5), [""]);
        assert_eq!(lines("a\u{1b}[2J", 20), ["a␛[2J"]);
    }

    #[test]
    fn every_position_has_a_place_within_the_width() {
        let value = "東京タワー at 👩‍👩‍👧‍👦 dawn  and so on";
        for width in [3, 5, 9, 40] {
            let typed = TypedLines::new(value, width);
            for position in 0..=value.chars().count() {
                assert!(typed.place(position).1 < width.max(3), "{position} at width {width}");
            }
        }
    }

    #[test]
    fn up_and_down_keep_the_column() {
        let mut input = Input::new("one two three four".into()).with_cursor(9);
        move_by_lines(&mut input, 9, -1);
        assert_eq!(input.cursor(), 1);
        move_by_lines(&mut input, 9, -1);
        assert_eq!(input.cursor(), 1);
        move_by_lines(&mut input, 9, 9);
        assert_eq!(input.cursor(), 15);
    }
}

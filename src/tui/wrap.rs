//! A tweet's tokens broken into lines, by grapheme and display width.

use super::text;

/// A token, or a part of a token that is longer than a line, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The token.
    pub token: usize,
    /// Line from the top.
    pub line: usize,
    /// Column from the left.
    pub column: usize,
    /// Columns it takes.
    pub width: usize,
    /// Safe text.
    pub text: String,
}

/// All lines of a tweet at one width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrapped {
    pieces: Vec<Piece>,
    /// Where the pieces of each line begin.
    lines: Vec<usize>,
    /// The first piece of each token.
    tokens: Vec<usize>,
}

impl Wrapped {
    /// Breaks `tokens` into lines of `width` columns; one column lies between two tokens.
    pub fn new(tokens: &[String], width: usize) -> Self {
        let width = width.max(2);
        let mut wrapped =
            Self { pieces: Vec::with_capacity(tokens.len()), lines: vec![0], tokens: Vec::with_capacity(tokens.len()) };
        let mut column = 0;
        for (index, raw) in tokens.iter().enumerate() {
            let shown = text::token(raw);
            let wide = text::width(&shown);
            let gap = usize::from(column > 0);
            if column + gap + wide > width && column > 0 {
                wrapped.break_line();
                column = 0;
            } else {
                column += gap;
            }
            wrapped.tokens.push(wrapped.pieces.len());
            if column + wide <= width {
                wrapped.push(index, column, wide, shown.into_owned());
                column += wide;
            } else {
                column = wrapped.push_long(index, &shown, width);
            }
        }
        wrapped
    }

    fn break_line(&mut self) {
        self.lines.push(self.pieces.len());
    }

    fn push(&mut self, token: usize, column: usize, width: usize, text: String) {
        self.pieces.push(Piece { token, line: self.lines.len() - 1, column, width, text });
    }

    /// Breaks a token that is longer than a line between graphemes; returns the column behind it.
    fn push_long(&mut self, token: usize, shown: &str, width: usize) -> usize {
        let mut part = String::new();
        let mut used = 0;
        for (grapheme, wide) in text::graphemes(shown) {
            if used + wide > width {
                self.push(token, 0, used, std::mem::take(&mut part));
                self.break_line();
                used = 0;
            }
            part.push_str(grapheme);
            used += wide;
        }
        self.push(token, 0, used, part);
        used
    }

    /// Number of lines; at least one.
    pub fn height(&self) -> usize {
        self.lines.len()
    }

    /// The pieces of a line from left to right.
    pub fn line(&self, line: usize) -> &[Piece] {
        let start = self.lines.get(line).copied().unwrap_or(self.pieces.len());
        let end = self.lines.get(line + 1).copied().unwrap_or(self.pieces.len());
        &self.pieces[start..end]
    }

    /// The line where a token begins.
    pub fn line_of(&self, token: usize) -> usize {
        self.first_piece(token).map_or(0, |piece| piece.line)
    }

    fn first_piece(&self, token: usize) -> Option<&Piece> {
        self.tokens.get(token).map(|piece| &self.pieces[*piece])
    }

    /// The token above or below `token`, nearest to its column.
    pub fn vertical(&self, token: usize, lines: isize) -> usize {
        let Some(from) = self.first_piece(token) else { return token };
        let Some(line) = from.line.checked_add_signed(lines).filter(|line| *line < self.height()) else { return token };
        let middle = from.column + from.width / 2;
        let distance = |piece: &&Piece| (piece.column + piece.width / 2).abs_diff(middle);
        self.line(line).iter().min_by_key(distance).map_or(token, |piece| piece.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn lines(tokens: &[String], width: usize) -> Vec<String> {
        let wrapped = Wrapped::new(tokens, width);
        let line =
            |line: usize| wrapped.line(line).iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ");
        (0..wrapped.height()).map(line).collect()
    }

    #[test]
    fn lines_break_between_tokens() {
        assert_eq!(lines(&words("one two three four"), 9), ["one two", "three", "four"]);
        assert_eq!(lines(&words("one two"), 7), ["one two"]);
        assert_eq!(lines(&[], 7), [""]);
    }

    #[test]
    fn wide_characters_and_joined_emoji_are_measured_as_shown() {
        assert_eq!(lines(&words("東京 タワー 👩‍👩‍👧‍👦"), 11), ["東京 タワー", "👩‍👩‍👧‍👦"]);
        assert_eq!(lines(&words("東京 タワー 👩‍👩‍👧‍👦"), 14), ["東京 タワー 👩‍👩‍👧‍👦"]);
    }

    #[test]
    fn a_token_longer_than_a_line_is_broken_and_the_next_follows_it() {
        assert_eq!(lines(&words("a abcdefgh b"), 3), ["a", "abc", "def", "gh", "b"]);
        assert_eq!(lines(&words("abcd b"), 3), ["abc", "d b"]);
        let wrapped = Wrapped::new(&words("a abcdefgh b"), 3);
        assert_eq!(wrapped.line_of(1), 1);
        assert_eq!(wrapped.line_of(2), 4);
        for line in 0..wrapped.height() {
            assert!(wrapped.line(line).iter().all(|piece| piece.column + piece.width <= 3));
        }
    }

    #[test]
    fn going_up_and_down_keeps_the_column() {
        let wrapped = Wrapped::new(&words("aaaa bbbb cccc dddd eeee ffff"), 14);
        assert_eq!(wrapped.vertical(1, 1), 4);
        assert_eq!(wrapped.vertical(5, -1), 2);
        assert_eq!(wrapped.vertical(0, -1), 0);
        assert_eq!(wrapped.vertical(5, 1), 5);
    }

    #[test]
    fn ten_thousand_tokens_are_placed_once_each() {
        let tokens: Vec<String> = (0..10_000).map(|i| format!("token{i}")).collect();
        let wrapped = Wrapped::new(&tokens, 40);
        let placed: usize = (0..wrapped.height()).map(|line| wrapped.line(line).len()).sum();
        assert_eq!(placed, 10_000);
        assert_eq!(wrapped.line(wrapped.line_of(9_999)).last().map(|piece| piece.token), Some(9_999));
    }
}

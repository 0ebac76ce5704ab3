//! Text from a corpus made safe and measurable: nothing in it may steer the terminal or break the columns.

use std::borrow::Cow;
use std::fmt::Write;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Longest grapheme in code points that is sent as it is; emoji sequences stay far below, stacked accents may not grow a cell without end.
const LONGEST_GRAPHEME: usize = 16;

/// Text in which every control, bidi and stand-alone invisible character is a visible symbol.
///
/// The result holds no C0 or C1 control and no bidi control, and every grapheme of it has a width of at least one column.
pub fn visible(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(raw);
    }
    let mut safe = String::with_capacity(raw.len());
    for grapheme in raw.graphemes(true) {
        push_grapheme(&mut safe, grapheme);
    }
    if safe == raw { Cow::Borrowed(raw) } else { Cow::Owned(safe) }
}

fn push_grapheme(safe: &mut String, grapheme: &str) {
    if grapheme.chars().any(steers_terminal) {
        grapheme.chars().for_each(|c| push_char(safe, c));
    } else if width(grapheme) == 0 {
        grapheme.chars().for_each(|c| push_symbol(safe, c));
    } else if grapheme.chars().nth(LONGEST_GRAPHEME).is_some() {
        safe.extend(grapheme.chars().take(LONGEST_GRAPHEME));
    } else {
        safe.push_str(grapheme);
    }
}

fn push_char(safe: &mut String, c: char) {
    let alone = c.encode_utf8(&mut [0; 4]).to_owned();
    if steers_terminal(c) || width(&alone) == 0 { push_symbol(safe, c) } else { safe.push(c) }
}

/// Whether a terminal may obey `c` instead of showing it.
fn steers_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn push_symbol(safe: &mut String, c: char) {
    let name = match c {
        '\0'..='\u{1f}' => {
            safe.extend(char::from_u32(0x2400 + c as u32));
            return;
        }
        '\u{7f}' => "␡",
        '\u{ad}' => "‹SHY›",
        '\u{61c}' => "‹ALM›",
        '\u{200b}' => "‹ZWSP›",
        '\u{200c}' => "‹ZWNJ›",
        '\u{200d}' => "‹ZWJ›",
        '\u{200e}' => "‹LRM›",
        '\u{200f}' => "‹RLM›",
        '\u{2028}' => "‹LSEP›",
        '\u{2029}' => "‹PSEP›",
        '\u{202a}' => "‹LRE›",
        '\u{202b}' => "‹RLE›",
        '\u{202c}' => "‹PDF›",
        '\u{202d}' => "‹LRO›",
        '\u{202e}' => "‹RLO›",
        '\u{2060}' => "‹WJ›",
        '\u{2066}' => "‹LRI›",
        '\u{2067}' => "‹RLI›",
        '\u{2068}' => "‹FSI›",
        '\u{2069}' => "‹PDI›",
        '\u{fe0e}' => "‹VS15›",
        '\u{fe0f}' => "‹VS16›",
        '\u{feff}' => "‹BOM›",
        other => {
            // Writing into a string cannot fail.
            let _ = write!(safe, "‹{:04X}›", other as u32);
            return;
        }
    };
    safe.push_str(name);
}

/// A token as the screen shows it: safe, and never without a visible sign.
pub fn token(raw: &str) -> Cow<'_, str> {
    if raw.is_empty() {
        return Cow::Borrowed("∅");
    }
    if raw.chars().all(char::is_whitespace) && !raw.chars().any(char::is_control) {
        return Cow::Owned("␣".repeat(raw.chars().count()));
    }
    visible(raw)
}

/// Columns that already safe `text` takes in a terminal.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(grapheme_width).sum()
}

/// Columns of one safe grapheme, as ratatui counts them.
fn grapheme_width(grapheme: &str) -> usize {
    usize::from(grapheme.cell_width())
}

/// Columns beyond its own that a grapheme takes in a terminal which draws the parts of an emoji side by side.
pub fn spill(grapheme: &str) -> usize {
    let mut part = [0; 4];
    let parts: usize = grapheme.chars().map(|c| grapheme_width(c.encode_utf8(&mut part))).sum();
    parts.saturating_sub(grapheme_width(grapheme))
}

/// Graphemes of safe text with their widths.
pub fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.graphemes(true).map(|grapheme| (grapheme, grapheme_width(grapheme)))
}

/// The beginning of `raw`, made safe, in at most `columns` columns; an ellipsis marks what is left out.
pub fn truncate(raw: &str, columns: usize) -> String {
    // More characters than this cannot fit, however narrow; long rows are not worth measuring whole.
    let head_end =
        raw.char_indices().nth(columns.saturating_mul(LONGEST_GRAPHEME) + 1).map_or(raw.len(), |(index, _)| index);
    let head = &raw[..head_end];
    let safe = visible(head);
    if head.len() == raw.len() && width(&safe) <= columns {
        return safe.into_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for (grapheme, wide) in graphemes(&safe) {
        if used + wide + 1 > columns {
            break;
        }
        short.push_str(grapheme);
        used += wide;
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

/// The end of `raw`, made safe, in at most `columns` columns; an ellipsis marks what is left out.
pub fn truncate_end(raw: &str, columns: usize) -> String {
    let characters = columns.saturating_mul(LONGEST_GRAPHEME) + 1;
    let tail_start = raw.char_indices().rev().nth(characters).map_or(0, |(index, _)| index);
    let safe = visible(&raw[tail_start..]);
    if tail_start == 0 && width(&safe) <= columns {
        return safe.into_owned();
    }
    let mut kept = Vec::new();
    let mut used = 0;
    for grapheme in safe.graphemes(true).rev() {
        if used + grapheme_width(grapheme) + 1 > columns {
            break;
        }
        kept.push(grapheme);
        used += grapheme_width(grapheme);
    }
    if columns > 0 {
        kept.push("…");
    }
    kept.into_iter().rev().collect()
}

/// A number with its thing: `1 label`, `3 labels`.
pub fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// `raw` cut to `columns` and filled with spaces to exactly that width.
pub fn fit(raw: &str, columns: usize) -> String {
    let mut text = truncate(raw, columns);
    let used = width(&text);
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_symbols() {
        assert_eq!(visible("\u{1b}[31mred"), "␛[31mred");
        assert_eq!(visible("\u{1b}]52;c;ZXZpbA==\u{7}"), "␛]52;c;ZXZpbA==␇");
        assert_eq!(visible("a\0b\u{7f}"), "a␀b␡");
        assert_eq!(visible("\u{9b}31m"), "‹009B›31m");
        assert_eq!(visible("tab\there\r\n"), "tab␉here␍␊");
    }

    #[test]
    fn the_end_of_a_text_is_cut_at_graphemes() {
        assert_eq!(truncate_end("one two", 7), "one two");
        assert_eq!(truncate_end("one two", 4), "…two");
        assert_eq!(truncate_end("ab👩‍👩‍👧‍👦東", 4), "…東");
        assert_eq!(truncate_end("ab", 0), "");
        assert_eq!(width(&truncate_end(&"é👩‍👩‍👧‍👦\u{1b}".repeat(90), 20)), 20);
    }

    #[test]
    fn bidi_controls_become_names_and_right_to_left_text_stays() {
        assert_eq!(visible("abc\u{202e}cba"), "abc‹RLO›cba");
        assert_eq!(visible("#\u{200e}tag"), "#‹LRM›tag");
        assert_eq!(visible("שלום"), "שלום");
    }

    #[test]
    fn no_character_of_the_basic_plane_steers_the_terminal_or_vanishes() {
        for c in (0..=0xffff_u32).filter_map(char::from_u32) {
            let raw = c.to_string();
            let shown = token(&raw);
            assert!(!shown.chars().any(steers_terminal), "U+{:04X} is sent raw", c as u32);
            assert!(width(&shown) > 0, "U+{:04X} is invisible", c as u32);
        }
    }

    #[test]
    fn emoji_sequences_stay_whole_and_are_two_columns_wide() {
        for emoji in ["👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "❤️", "👩🏽‍❤️‍💋‍👨🏿"]
        {
            assert_eq!(visible(emoji), emoji);
            assert_eq!(width(emoji), 2, "{emoji}");
        }
        assert_eq!(token("\u{fe0f}"), "‹VS16›");
        assert_eq!(token("\u{200d}"), "‹ZWJ›");
        assert_eq!(token("\u{a0}"), "␣");
        assert_eq!(token(""), "∅");
    }

    #[test]
    fn joined_emoji_spill_where_they_are_not_joined() {
        let spilt = [("👩‍👩‍👧‍👦", 6), ("👍🏽", 2), ("🇩🇪", 0), ("❤️", 0), ("東", 0), ("a\u{301}\u{301}", 0)];
        for (grapheme, columns) in spilt {
            assert_eq!(spill(grapheme), columns, "{grapheme}");
        }
    }

    #[test]
    fn stacked_accents_are_cut() {
        let zalgo = format!("a{}", "\u{301}".repeat(5000));
        assert_eq!(visible(&zalgo).chars().count(), LONGEST_GRAPHEME);
        assert_eq!(width(&visible(&zalgo)), 1);
    }

    #[test]
    fn truncation_respects_wide_characters() {
        assert_eq!(truncate("東京タワー", 7), "東京タ…");
        assert_eq!(truncate("東京タワー", 6), "東京…");
        assert_eq!(truncate("short", 5), "short");
        assert_eq!(truncate("longer", 5), "long…");
        assert_eq!(truncate("x", 0), "");
        assert_eq!(fit("東", 4), "東  ");
        assert_eq!(width(&truncate(&"L".repeat(500), 12)), 12);
    }
}

//! What can be known of letters without a font: their direction, and which cannot stand in a picture.

/// Whether a letter is read from the right; `None` for what goes along with its neighbours, as digits and signs.
pub fn is_rtl(c: char) -> Option<bool> {
    match c {
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' => Some(true),
        c if c.is_alphabetic() => Some(false),
        _ => None,
    }
}

/// Whether a text is read from the right: the first letter that has a direction decides.
pub fn reads_from_right(text: &str) -> bool {
    text.chars().find_map(is_rtl).unwrap_or(false)
}

/// Characters that change their neighbours and are not seen themselves.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}' | '\u{e0020}'..='\u{e007f}')
}

/// Whether a character changes the direction of others.
fn steers(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Text that any picture can hold: control characters, changes of direction and what XML forbids become a sign.
pub fn drawable(text: &str) -> String {
    let drawn = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() || steers(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
        c => c,
    };
    text.chars().map(drawn).collect()
}

/// The places `0..rtl.len()` from left to right, where `rtl` says of each in the order of reading whether it is read from
/// the right (`None` where it goes along with its neighbours) and `base` whether the whole line is.
pub fn visual_order(rtl: &[Option<bool>], base: bool) -> Vec<usize> {
    // What has no direction has that of its neighbours where they agree, otherwise the line's.
    let level = |place: usize| {
        rtl[place].unwrap_or_else(|| {
            let before = rtl[..place].iter().rev().find_map(|rtl| *rtl);
            let after = rtl[place..].iter().find_map(|rtl| *rtl);
            if before == after { before.unwrap_or(base) } else { base }
        })
    };
    let levels: Vec<bool> = (0..rtl.len()).map(level).collect();
    let mut order: Vec<usize> = Vec::with_capacity(levels.len());
    for run in levels.chunk_by(|one, two| one == two) {
        let from = order.len();
        let places = from..from + run.len();
        // Runs against the line stand the other way round in it.
        if run[0] == base { order.extend(places) } else { order.extend(places.rev()) }
    }
    if base {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_the_order_in_which_they_are_seen() {
        let (left, right, none) = (Some(false), Some(true), None);
        assert_eq!(visual_order(&[left, right, right, left], false), [0, 2, 1, 3]);
        assert_eq!(visual_order(&[left, right, none, right, none], false), [0, 3, 2, 1, 4]);
        assert_eq!(visual_order(&[right, left, left, right], true), [3, 1, 2, 0]);
        assert_eq!(visual_order(&[right, none], true), [1, 0]);
        assert!(visual_order(&[], true).is_empty());
    }

    #[test]
    fn directions_are_those_of_the_letters() {
        assert!(reads_from_right("123 שלום abc") && reads_from_right("#سلام") && !reads_from_right("@abc שלום"));
        assert!(!reads_from_right("12 !"));
    }

    #[test]
    fn nothing_that_steers_or_breaks_a_picture_stays() {
        assert_eq!(drawable("a\u{1b}[2J\u{202e}b\u{ffff}\tc👩‍🚀"), "a\u{fffd}[2J\u{fffd}b\u{fffd} c👩‍🚀");
    }
}

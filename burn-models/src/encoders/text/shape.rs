//! What a word looks like: a small closed set of shapes that a name unseen in training still has.

/// Number of shapes that [`word_shape`] can give.
pub const SHAPES: usize = 12;

/// The shape of a word, in `0..SHAPES`.
pub fn word_shape(word: &str) -> u8 {
    let mut chars = word.chars();
    let first = chars.next();
    let has = |test: fn(char) -> bool| word.chars().any(test);
    match first {
        _ if word.starts_with("http://") || word.starts_with("https://") || word.starts_with("www.") => 0,
        Some('@') => 1,
        Some('#') => 2,
        _ if !has(char::is_alphanumeric) => {
            if word.is_ascii() {
                3
            } else {
                4
            }
        }
        _ if !has(char::is_alphabetic) => 5,
        _ if has(char::is_numeric) => 6,
        _ if !has(char::is_uppercase) && !has(char::is_lowercase) => 7,
        _ if !has(char::is_uppercase) => 8,
        _ if !has(char::is_lowercase) => 9,
        Some(first) if first.is_uppercase() && !chars.any(char::is_uppercase) => 10,
        _ => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_a_word() {
        let words = ["https://x.y", "@a", "#b", "?!", "🐶", "2015", "3rd", "東京", "park", "NASA", "Jordan", "McLaren"];
        let shapes: Vec<u8> = words.iter().map(|word| word_shape(word)).collect();
        assert_eq!(shapes, (0..SHAPES as u8).collect::<Vec<_>>());
        assert!(usize::from(word_shape("")) < SHAPES);
    }
}

//! The queue's texts in memory, one piece, for listing and search.

use memchr::memmem::Finder;

/// How many characters of a text a list shows at most.
const SNIPPET: usize = 200;

/// Texts one after the other, as they are and in lower case; each ends with a line feed.
#[derive(Debug, Default)]
pub(super) struct TextIndex {
    text: String,
    ends: Vec<usize>,
    lower: String,
    lower_ends: Vec<usize>,
}

impl TextIndex {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.ends.push(self.text.len());
        fold(text, &mut self.lower);
        self.lower.push('\n');
        self.lower_ends.push(self.lower.len());
    }

    pub fn append(&mut self, more: &Self) {
        let (text, lower) = (self.text.len(), self.lower.len());
        self.text.push_str(&more.text);
        self.ends.extend(more.ends.iter().map(|end| text + end));
        self.lower.push_str(&more.lower);
        self.lower_ends.extend(more.lower_ends.iter().map(|end| lower + end));
    }

    /// Text `index`.
    pub fn whole(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index] - 1]
    }

    /// The beginning of text `index`.
    pub fn snippet(&self, index: usize) -> &str {
        let text = self.whole(index);
        text.char_indices().nth(SNIPPET).map_or(text, |(end, _)| &text[..end])
    }

    /// The texts that contain `words`, whatever the case.
    pub fn containing(&self, words: &str) -> Vec<usize> {
        let mut needle = String::new();
        fold(words, &mut needle);
        find(&self.lower, &self.lower_ends, &needle, |_, _| true)
    }

    /// The texts that contain `words` exactly, not as a part of longer words.
    pub fn containing_words(&self, words: &str) -> Vec<usize> {
        let bytes = self.text.as_bytes();
        let edge = |at: usize| matches!(bytes.get(at), None | Some(b' ' | b'\n'));
        find(&self.text, &self.ends, words, |start, end| (start == 0 || edge(start - 1)) && edge(end))
    }
}

/// Numbers of the texts in which `needle` is found at a place that fits.
fn find(texts: &str, ends: &[usize], needle: &str, fits: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    let finder = Finder::new(needle);
    let mut from = 0;
    while let Some(at) = finder.find(&texts.as_bytes()[from..]) {
        let (start, end) = (from + at, from + at + needle.len());
        let index = ends.partition_point(|end| *end <= start);
        // A needle with a line feed could reach into the next text.
        if end < ends[index] && fits(start, end) {
            found.push(index);
            from = ends[index];
        } else {
            from = start + 1;
        }
    }
    found
}

/// Lower case letter by letter, so that a part of a text folds as it does within the text.
fn fold(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
    } else {
        out.extend(text.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(texts: &[&str]) -> TextIndex {
        let mut index = TextIndex::default();
        for text in texts {
            index.push(text);
        }
        index
    }

    #[test]
    fn search_ignores_case_and_stays_within_texts() {
        let mut all = index(&["New York", "ÉCOLE d' été", "", "ΣΑΣ yes"]);
        all.append(&index(&["a\nb new", "york"]));
        assert_eq!(all.containing("new"), [0, 4]);
        assert_eq!(all.containing("École"), [1]);
        assert_eq!(all.containing("σας".to_uppercase().as_str()), [3]);
        assert_eq!(all.containing("A\nB"), [4]);
        assert_eq!(all.containing("new\nyork"), [0_usize; 0]);
        assert_eq!(all.containing(""), [0_usize; 0]);
        assert_eq!(all.snippet(4), "a\nb new");
        assert_eq!(index(&["é".repeat(300).as_str()]).snippet(0), "é".repeat(SNIPPET));
    }

    #[test]
    fn words_are_found_whole() {
        let all = index(&["York", "New Yorker York .", "york", "New York"]);
        assert_eq!(all.containing_words("York"), [0, 1, 3]);
        assert_eq!(all.containing_words("New York"), [3]);
    }
}

//! What lists offer, keys repeat and macros record: an action, or the type that is assigned.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::action::Action;

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// An action.
    Act(Action),
    /// Label as the type at this place in the label set.
    Label(usize),
}

/// A word that was typed.
struct Word {
    text: String,
    /// Letters in this order, with others between them.
    loose: Atom,
    /// These letters in one piece.
    whole: Atom,
}

/// Ranks commands by what was typed.
pub struct Finder {
    matcher: Matcher,
    words: Vec<Word>,
    letters: Vec<char>,
}

/// How much more a key that is typed as it is written weighs than any word.
const KEY: u32 = 1_000;

/// How much more a hit in a name weighs than one in a sentence.
const NAME: u32 = 2;

impl Finder {
    /// Looks for what was typed.
    pub fn new(typed: &str) -> Self {
        let atom = |word: &str, kind| Atom::new(word, CaseMatching::Ignore, Normalization::Smart, kind, false);
        let words = typed.split_whitespace().map(|word| Word {
            text: word.to_owned(),
            loose: atom(word, AtomKind::Fuzzy),
            whole: atom(word, AtomKind::Substring),
        });
        Self { words: words.collect(), matcher: Matcher::new(Config::DEFAULT), letters: Vec::new() }
    }

    /// How well a command fits; `None` where a word is found neither among its keys, nor loosely in its names, nor in one
    /// piece in its sentences.
    pub fn score(&mut self, keys: &[String], names: &[&str], sentences: &[&str]) -> Option<u32> {
        let Self { matcher, words, letters } = self;
        let mut best = |atom: &Atom, texts: &[&str]| {
            let scores = texts.iter().filter_map(|text| atom.score(Utf32Str::new(text, letters), matcher));
            scores.max().map(u32::from)
        };
        let of_word = |word: &Word| {
            let key = keys.contains(&word.text).then_some(KEY);
            let name = best(&word.loose, names).map(|score| score * NAME);
            let sentence = best(&word.whole, sentences);
            key.max(name).max(sentence)
        };
        words.iter().map(of_word).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(typed: &str) -> Vec<Action> {
        let mut finder = Finder::new(typed);
        let mut found: Vec<(u32, Action)> = Vec::new();
        for action in Action::ALL {
            let score = finder.score(&[action.hint().to_owned()], &[action.name()], &[action.help()]);
            found.extend(score.map(|score| (score, *action)));
        }
        found.sort_by_key(|(score, action)| (std::cmp::Reverse(*score), *action));
        found.into_iter().map(|(_, action)| action).collect()
    }

    #[test]
    fn letters_of_a_name_find_it_and_every_word_must_be_found() {
        assert_eq!(ranked("rptcorp").first(), Some(&Action::RepeatInCorpus));
        assert_eq!(ranked("nxt thm").first(), Some(&Action::NextTheme));
        assert_eq!(ranked("held-out"), [Action::TakeOver]);
        assert!(ranked("next zebra").is_empty());
        assert_eq!(ranked("").len(), Action::ALL.len());
    }

    #[test]
    fn a_key_finds_what_it_does_first_and_letters_strewn_over_a_sentence_find_nothing() {
        let mut finder = Finder::new("u");
        let undo = finder.score(&["u".into()], &["undo"], &[]);
        assert!(undo > finder.score(&["U".into()], &["redo", "undo-redo"], &["under"]));
        assert_eq!(Finder::new("ltc").score(&[], &["x"], &["Label the corpus"]), None);
    }
}

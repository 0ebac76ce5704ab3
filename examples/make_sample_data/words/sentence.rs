//! A sentence with slots, and how the slots are filled.

use super::fillers::Filler;
use super::names::Name;
use crate::art::kind::{Kind, kind};
use crate::dice::Dice;

/// What kind of name a slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A name of any type: the sentence does not tell.
    Any,
    Person,
    Place,
    /// An organisation with a plain name.
    Organisation,
    Firm,
    Club,
    /// A film, a book, a song, a game.
    Title,
    /// A thing or an animal with a plain name.
    Thing,
}

impl Slot {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "X" => Self::Any,
            "PER" => Self::Person,
            "LOC" => Self::Place,
            "ORG" => Self::Organisation,
            "FIRM" => Self::Firm,
            "CLUB" => Self::Club,
            "FILM" => Self::Title,
            "MISC" => Self::Thing,
            _ => return None,
        })
    }

    /// The type of the entity, where the slot fixes it.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::Person => Some("PER"),
            Self::Place => Some("LOC"),
            Self::Organisation | Self::Firm | Self::Club => Some("ORG"),
            Self::Title | Self::Thing => Some("MISC"),
        }
    }
}

/// The script a sentence is written in, and its names with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    Latin,
    Arabic,
    Hebrew,
    Japanese,
    Chinese,
    Korean,
}

#[derive(Clone, Debug)]
enum Piece {
    Word(String),
    Small(Filler),
    Name { slot: Slot, lower: bool },
}

/// A sentence with slots.
#[derive(Clone)]
pub struct Template {
    /// Kinds of objects that a fitting picture shows.
    pub kinds: Vec<&'static Kind>,
    pub script: Script,
    /// The sentence as written.
    pub source: String,
    pieces: Vec<Piece>,
    shouted: bool,
}

impl Template {
    /// Reads a sentence; `kinds` are names of kinds apart by commas, or `-`.
    pub fn parse(kinds: &str, script: Script, text: &str) -> Self {
        let kinds = if kinds == "-" { Vec::new() } else { kinds.split(',').map(kind).collect() };
        let pieces: Vec<Piece> = text.split_whitespace().map(parse_piece).collect();
        let letters = || pieces.iter().filter_map(Piece::word).flat_map(str::chars).filter(|c| c.is_alphabetic());
        let shouted = letters().filter(|c| c.is_uppercase()).count() > 2 && letters().all(|c| !c.is_lowercase());
        Self { kinds, script, source: text.to_owned(), pieces, shouted }
    }

    /// The words that are not slots, in small letters.
    pub fn vocabulary(&self) -> impl Iterator<Item = String> {
        self.pieces.iter().filter_map(Piece::word).map(str::to_lowercase)
    }

    /// Fills the slots: small ones by chance, those for names by `name`.
    pub fn write(&self, dice: &mut Dice, mut name: impl FnMut(Slot) -> Name) -> Sentence {
        let mut sentence = Sentence::default();
        for piece in &self.pieces {
            match piece {
                Piece::Word(word) => sentence.tokens.push(word.clone()),
                Piece::Small(filler) => sentence.push(&filler.write(dice)),
                Piece::Name { slot, lower } => {
                    let start = sentence.tokens.len();
                    sentence.tokens.extend(name(*slot).into_iter().map(|word| self.cased(word, *lower)));
                    sentence.mentions.push((*slot, start, sentence.tokens.len()));
                }
            }
        }
        if self.script == Script::Latin && !self.shouted {
            sentence.vary(dice);
        }
        sentence
    }

    fn cased(&self, word: String, lower: bool) -> String {
        match (self.shouted, lower) {
            (true, _) => word.to_uppercase(),
            (_, true) => word.to_lowercase(),
            _ => word,
        }
    }
}

impl Piece {
    fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

fn parse_piece(token: &str) -> Piece {
    let Some(name) = token.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Piece::Word(token.to_owned());
    };
    if let Some(filler) = Filler::named(name) {
        return Piece::Small(filler);
    }
    let slot = Slot::named(&name.to_uppercase()).unwrap_or_else(|| panic!("there is no slot `{token}`"));
    Piece::Name { slot, lower: name.chars().all(char::is_lowercase) }
}

/// A sentence with its slots filled.
#[derive(Clone, Debug, Default)]
pub struct Sentence {
    pub tokens: Vec<String>,
    /// Slot, first token, one past the last token of every name.
    pub mentions: Vec<(Slot, usize, usize)>,
}

impl Sentence {
    fn push(&mut self, words: &str) {
        self.tokens.extend(words.split(' ').map(str::to_owned));
    }

    /// Small habits of people who write: no capital at the start, something at the end.
    fn vary(&mut self, dice: &mut Dice) {
        let starts_with_name = self.mentions.first().is_some_and(|mention| mention.1 == 0);
        if !starts_with_name && self.tokens.len() > 2 && dice.chance(0.12) {
            self.tokens[0] = self.tokens[0].to_lowercase();
        }
        if self.tokens.len() > 2 && dice.chance(0.22) {
            let extra = *dice.pick(&[Filler::Emoji, Filler::Emoji, Filler::Hashtag, Filler::Link]);
            self.push(&extra.write(dice));
        }
    }
}

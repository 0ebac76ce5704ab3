//! Invents names. Every word of a name is handed out once, so the names of the splits cannot meet.

use std::collections::{BTreeMap, HashSet};

use super::sentence::{Script, Slot};
use crate::dice::Dice;

/// A name as tokens.
pub type Name = Vec<String>;

/// Names that people, places, organisations and things all bear.
const KNOWN: &str = "Sebastian Jordan Austin Sydney Florence Phoenix Savannah Chelsea Brooklyn Georgia Lincoln Orion \
    Apollo Luna Nova Milo Bruno Felix Hugo Otto Oscar Ruby Hazel Amber Jasper Victoria Carolina Virginia Kingston Darwin \
    Alice Houston Dallas Denver Paris Verona Siena Vienna Devon Chester Winston Preston Ashton Clifton Camden Dakota \
    Montana Sierra Alexandria Aurora Atlas Titan Vesta Ceres Juno Minerva Diana Venus Jupiter Neptune Ajax Hector Troy \
    Ithaca Delphi Leo Lyra Vega Altair Rigel Sirius Castor Pollux Kestrel Falcon Merlin Robin Wren Martin Raven Heron \
    Allister Marlow Tamsin Quincy Barnaby Clementine Dorset Ember Fable Gideon Harlow Indigo Juniper Kepler Lennox \
    Magnolia Nimbus Olive Percival Quill Rowan Saffron Tobias Umber Valentine Willow Xavier Yarrow Zephyr";

const STARTS: &str = "Al Bren Cor Dal El Fen Gar Hal Il Jor Kel Lan Mar Nor Or Pel Quin Ras Sel Tam Ul Ver Wil Yor Zan \
    Bal Cas Dor Est Fal Gren Hes Is Jas Kor Lor Mel Nev Os Per Ros Sor Tor Ush Vel Wen Yel Zor Tri Stel Bran Clar Dra \
    Fri Gal Thes Kri Pra Sha Chan";
const MIDDLES: &str = "a e i o u an en il or da ma ri li va no";
const ENDS: &str = "a o en in ar el is or ett ley ton wick more dale stead ford by mir vik ano elle ine ius ra na lo den \
    ver son ling mont ria dor wyn";

/// First words of names that fit any type.
const PREFIXES: &str = "Big Little Old Royal Grand Saint Port North Blue Silver Golden Lady Lucky Great";
const ADJECTIVES: &str = "Long Grey Last Quiet Broken Hidden Second Burning Wild Lonely Distant Paper Glass Iron";
const NOUNS: &str =
    "Harbour Winter Garden Promise Kingdom Letters Mirror Orchard Silence Thunder Crown Summer Voyage Echo";

const BEFORE_PLACES: &str = "Lake Port Mount Saint New North";
const AFTER_PLACES: &str = "Bay Valley Springs Island";
const AFTER_FIRMS: &str = "Motors Airlines Foods Labs Group Insurance";
const AFTER_CLUBS: &str = "United Rovers City Athletic Wanderers";
#[cfg(test)]
const SMALL_WORDS: &str = "The of van & Sons Bank FC Return to Rising";

/// Names in other scripts.
const ARABIC: &str = "سامر نورا ليلى جاد زيد دانة رامي هالة ياسمين كريم فارس لمى سليم مروان ريم طارق هدى نادر سلمى بدر";
const HEBREW: &str = "נועם דניאל תמר אלון שירה גיל יעל אורן מיכל רוני עומר נטע איתן הדס ליאור דור מאיה ארז נגה טל";
const JAPANESE: &str =
    "小林 森川 青木 林田 川村 木下 小川 田村 森下 青山 山下 村田 川田 小森 田中 木村 山川 林 下村 青田";
const CHINESE: &str =
    "林安 云山 星河 白露 安平 山河 明月 林星 月白 云安 平山 星云 白山 明河 安林 月山 河平 露白 云明 星安";
const KOREAN: &str =
    "하늘 바다 보람 미르 나래 가람 다온 누리 하람 보미 나루 다솔 미나 가온 하나 아라 바람 누나 보라 솔미";

/// Invents names and remembers the words it has handed out.
pub struct Names {
    known: Vec<String>,
    scripts: BTreeMap<Script, Vec<String>>,
    used: HashSet<String>,
    dice: Dice,
}

impl Names {
    /// `taken` are words that must not become names: those of the sentences.
    pub fn new(taken: HashSet<String>, mut dice: Dice) -> Self {
        let deck = |words: &str, dice: &mut Dice| {
            let mut deck: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            dice.shuffle(&mut deck);
            deck
        };
        let known = deck(KNOWN, &mut dice);
        let scripts = [
            (Script::Arabic, ARABIC),
            (Script::Hebrew, HEBREW),
            (Script::Japanese, JAPANESE),
            (Script::Chinese, CHINESE),
            (Script::Korean, KOREAN),
        ];
        let scripts = scripts.into_iter().map(|(script, words)| (script, deck(words, &mut dice))).collect();
        Self { known, scripts, used: taken, dice }
    }

    /// A new name whose form says nothing about its type: one to three words.
    pub fn ambiguous(&mut self, script: Script) -> Name {
        if script != Script::Latin {
            return self.foreign(script);
        }
        match self.dice.whole(0, 19) {
            0..=8 => vec![self.word()],
            9..=11 => vec![self.word(), self.word()],
            12..=16 => vec![self.one_of(PREFIXES), self.word()],
            17 => vec!["The".to_owned(), self.one_of(ADJECTIVES), self.word()],
            18 => vec![self.word(), "of".to_owned(), self.word()],
            _ => vec![self.one_of(PREFIXES), self.word(), self.word()],
        }
    }

    /// A new name for a slot whose type the sentence tells; its form often tells it too.
    pub fn clear(&mut self, slot: Slot, script: Script) -> Name {
        if script != Script::Latin {
            return self.foreign(script);
        }
        match slot {
            Slot::Any => self.ambiguous(script),
            Slot::Person => self.person(),
            Slot::Place => self.place(),
            Slot::Organisation | Slot::Thing => {
                if self.dice.chance(0.7) {
                    vec![self.word()]
                } else {
                    vec![self.word(), self.word()]
                }
            }
            Slot::Firm => self.firm(),
            Slot::Club => self.club(),
            Slot::Title => self.title(),
        }
    }

    fn person(&mut self) -> Name {
        match self.dice.whole(0, 9) {
            0..=2 => vec![self.word()],
            3 => vec![self.word(), "van".to_owned(), self.word()],
            _ => vec![self.word(), self.word()],
        }
    }

    fn place(&mut self) -> Name {
        match self.dice.whole(0, 9) {
            0..=5 => vec![self.word()],
            6..=7 => vec![self.one_of(BEFORE_PLACES), self.word()],
            _ => vec![self.word(), self.one_of(AFTER_PLACES)],
        }
    }

    fn firm(&mut self) -> Name {
        match self.dice.whole(0, 9) {
            0..=3 => vec![self.word()],
            4 => vec![self.word(), "&".to_owned(), "Sons".to_owned()],
            5 => vec!["Bank".to_owned(), "of".to_owned(), self.word()],
            _ => vec![self.word(), self.one_of(AFTER_FIRMS)],
        }
    }

    fn club(&mut self) -> Name {
        match self.dice.whole(0, 9) {
            0..=3 => vec![self.word()],
            4..=5 => vec!["FC".to_owned(), self.word()],
            _ => vec![self.word(), self.one_of(AFTER_CLUBS)],
        }
    }

    fn title(&mut self) -> Name {
        match self.dice.whole(0, 9) {
            0..=2 => vec![self.word()],
            3..=4 => vec!["The".to_owned(), self.word(), self.one_of(NOUNS)],
            5 => vec![self.one_of(NOUNS), "of".to_owned(), self.word()],
            6 => vec!["Return".to_owned(), "to".to_owned(), self.word()],
            7 => vec![self.word(), "Rising".to_owned()],
            _ => vec!["The".to_owned(), self.one_of(ADJECTIVES), self.word()],
        }
    }

    fn foreign(&mut self, script: Script) -> Name {
        let deck = self.scripts.get_mut(&script).and_then(Vec::pop);
        vec![deck.unwrap_or_else(|| panic!("names in {script:?} are used up: add some to names.rs"))]
    }

    fn one_of(&mut self, words: &str) -> String {
        let words: Vec<&str> = words.split_whitespace().collect();
        (*self.dice.pick(&words)).to_owned()
    }

    /// A word that no name has had so far.
    fn word(&mut self) -> String {
        loop {
            let known = if self.dice.chance(0.25) { self.known.pop() } else { None };
            let word = known.unwrap_or_else(|| self.invent());
            if is_speakable(&word) && self.used.insert(word.to_lowercase()) {
                return word;
            }
        }
    }

    fn invent(&mut self) -> String {
        let middle = if self.dice.chance(0.6) { self.one_of(MIDDLES) } else { String::new() };
        self.one_of(STARTS) + &middle + &self.one_of(ENDS)
    }
}

/// Whether the parts of an invented word go together: no three vowels or four consonants in a row, no doubled vowel.
fn is_speakable(word: &str) -> bool {
    let sounds: Vec<char> = word.to_lowercase().chars().collect();
    let is_vowel = |sound: &char| "aeiou".contains(*sound);
    let doubled = sounds.windows(2).any(|pair| pair[0] == pair[1] && is_vowel(&pair[0]));
    let crowded = sounds.windows(4).any(|four| !four.iter().any(is_vowel));
    let hollow = sounds.windows(3).any(|three| three.iter().all(is_vowel));
    sounds.len() <= 10 && !doubled && !crowded && !hollow
}

/// The words that names of several splits may share, in small letters.
#[cfg(test)]
pub fn shared_words() -> HashSet<String> {
    [PREFIXES, ADJECTIVES, NOUNS, BEFORE_PLACES, AFTER_PLACES, AFTER_FIRMS, AFTER_CLUBS, SMALL_WORDS]
        .iter()
        .flat_map(|words| words.split_whitespace())
        .map(str::to_lowercase)
        .collect()
}

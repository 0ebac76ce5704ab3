//! Every kind of object: what type of entity it shows, how it is drawn and where it may stand.

use super::backgrounds::Setting::{self, Indoors, Outdoors, Studio, Water};
use super::canvas::Canvas;
use super::color::Palette;
use super::{organisations, people, places, still, things};
use crate::dice::Dice;

type Draw = fn(&mut Canvas, &Palette, &mut Dice);

/// A kind of object in the pictures.
pub struct Kind {
    pub name: &'static str,
    /// Type of the entity it shows; `None` for things that bear no name.
    pub label: Option<&'static str>,
    /// Width of the drawing where its height is 100.
    pub width: f32,
    pub settings: &'static [Setting],
    /// Whether it may lean a little.
    pub tilts: bool,
    /// Whether it may fill the back of a picture, with something else before it.
    pub scenery: bool,
    /// Only `today` has it: what the first model has never seen.
    pub unseen: bool,
    pub draw: Draw,
}

const ANYWHERE: &[Setting] = &[Outdoors, Outdoors, Indoors, Studio];
const OUTSIDE: &[Setting] = &[Outdoors, Outdoors, Studio];

macro_rules! kinds {
    ($($name:literal $label:expr, $width:literal, $settings:expr, $flags:expr, $draw:path;)*) => {
        &[$(Kind {
            name: $name,
            label: $label,
            width: $width,
            settings: $settings,
            tilts: ($flags & TILTS) != 0,
            scenery: ($flags & SCENERY) != 0,
            unseen: ($flags & UNSEEN) != 0,
            draw: $draw,
        }),*]
    };
}

const FIRM: u8 = 0;
const TILTS: u8 = 1;
const SCENERY: u8 = 2;
const UNSEEN: u8 = 4;

/// All kinds.
pub const KINDS: &[Kind] = kinds! {
    "portrait" Some("PER"), 80.0, ANYWHERE, FIRM, people::portrait;
    "standing" Some("PER"), 56.0, ANYWHERE, FIRM, people::standing;
    "singer" Some("PER"), 70.0, ANYWHERE, FIRM, people::singer;
    "footballer" Some("PER"), 86.0, ANYWHERE, FIRM, people::footballer;
    "mountains" Some("LOC"), 180.0, OUTSIDE, SCENERY, places::mountains;
    "island" Some("LOC"), 140.0, &[Water], FIRM, places::island;
    "skyline" Some("LOC"), 160.0, &[Outdoors, Outdoors, Water, Studio], SCENERY, places::skyline;
    "castle" Some("LOC"), 120.0, &[Outdoors, Outdoors, Water, Studio], FIRM, places::castle;
    "bridge" Some("LOC"), 200.0, &[Water, Water, Outdoors], FIRM, places::bridge;
    "shop" Some("ORG"), 120.0, OUTSIDE, FIRM, organisations::shop;
    "factory" Some("ORG"), 140.0, &[Outdoors, Outdoors, Water, Studio], FIRM, organisations::factory;
    "office" Some("ORG"), 70.0, OUTSIDE, FIRM, organisations::office;
    "bank" Some("ORG"), 130.0, OUTSIDE, FIRM, organisations::bank;
    "crest" Some("ORG"), 90.0, ANYWHERE, TILTS, organisations::crest;
    "dog" Some("MISC"), 128.0, ANYWHERE, FIRM, things::dog;
    "cat" Some("MISC"), 90.0, ANYWHERE, FIRM, things::cat;
    "shoe" Some("MISC"), 150.0, ANYWHERE, TILTS, things::shoe;
    "car" Some("MISC"), 190.0, OUTSIDE, FIRM, things::car;
    "ship" Some("MISC"), 150.0, &[Water], FIRM, things::ship;
    "rocket" Some("MISC"), 60.0, ANYWHERE, TILTS, things::rocket;
    "gamepad" Some("MISC"), 150.0, ANYWHERE, TILTS, things::gamepad;
    "robot" Some("MISC"), 80.0, ANYWHERE, UNSEEN, things::robot;
    "lighthouse" Some("LOC"), 70.0, &[Outdoors, Water, Water], UNSEEN, places::lighthouse;
    "plate" None, 120.0, &[Indoors, Studio], TILTS, still::plate;
    "mug" None, 100.0, &[Indoors, Studio], FIRM, still::mug;
    "flowers" None, 92.0, ANYWHERE, FIRM, still::flowers;
    "note" None, 120.0, &[Indoors, Studio], TILTS, still::note;
};

/// The kind called `name`.
pub fn kind(name: &str) -> &'static Kind {
    KINDS.iter().find(|kind| kind.name == name).unwrap_or_else(|| panic!("there is no kind `{name}`"))
}

/// The kinds that show entities of type `label`, without those only `today` has.
pub fn kinds_of(label: &str) -> Vec<&'static Kind> {
    KINDS.iter().filter(|kind| kind.label == Some(label) && !kind.unseen).collect()
}

/// The kinds that bear no name.
pub fn nameless() -> Vec<&'static Kind> {
    KINDS.iter().filter(|kind| kind.label.is_none()).collect()
}

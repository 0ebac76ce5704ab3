//! What tools would write about the pictures: a caption, tags and knowledge, some of them beside the point.

use spanlight_models::example::{Context, ContextItem, ContextKind};

use crate::art::kind::{KINDS, Kind};
use crate::dice::Dice;
use crate::split::Split;
use crate::tweet::Tweet;

/// Share of the captions that name nothing, as captioners do when they are at a loss.
const VAGUE: f64 = 0.08;

/// Share of the knowledge that is about something else.
const MISTAKEN: f64 = 0.25;

/// Captions that name nothing.
const NOTHING: [&str; 4] =
    ["a colourful drawing", "a picture with several shapes", "an illustration", "a close up of a picture"];

/// How captions begin.
const OPENINGS: [&str; 5] = ["", "a drawing of ", "a picture of ", "an illustration of ", "there is "];

/// The source of what was written here.
const SOURCE: &str = "sample";

/// How a kind is spoken of, and what is known about its like.
struct Words {
    kind: &'static str,
    phrase: &'static str,
    knowledge: &'static str,
}

const fn words(kind: &'static str, phrase: &'static str, knowledge: &'static str) -> Words {
    Words { kind, phrase, knowledge }
}

const WORDS: &[Words] = &[
    words("portrait", "the face of a person", "A portrait shows one person who looks at the viewer."),
    words("standing", "a person standing", "Somebody stands upright ; the clothes say nothing about who it is."),
    words("singer", "a person singing into a microphone", "A singer performs songs in front of an audience."),
    words("footballer", "a player kicking a ball", "A footballer is an athlete who plays for a team."),
    words("mountains", "snowy mountains", "Mountains are a region of high land that people travel to."),
    words("island", "an island with palm trees", "An island is land with water all around it."),
    words("skyline", "the skyline of a town", "A skyline is the outline of a city seen from far away."),
    words("castle", "an old castle", "A castle is a fortified place , often named after its town."),
    words(
        "bridge",
        "a bridge over a river",
        "A bridge carries a road across a river ; many places are named after one.",
    ),
    words("shop", "the front of a shop", "A shop is run by a company that sells goods."),
    words("factory", "a factory with chimneys", "A factory belongs to a company that makes goods."),
    words("office", "a tall office building", "An office building houses the people who work for a company."),
    words("bank", "a building with columns", "Banks and institutions like buildings with columns."),
    words("crest", "a crest on a shield", "A crest is the badge of a club or another organisation."),
    words("dog", "a dog", "A dog is an animal that people keep and give a name."),
    words("cat", "a cat sitting", "A cat is an animal that people keep and give a name."),
    words("shoe", "a running shoe", "A shoe is a product with the name of a model."),
    words("car", "a car", "A car is a vehicle with the name of a model."),
    words("ship", "a ship on the water", "A ship is a vessel , and ships have names."),
    words("rocket", "a rocket", "A rocket is a vehicle that flies into space."),
    words("gamepad", "a video game controller", "With a game controller one plays video games , which have titles."),
    words("robot", "a robot", "A robot is a machine that can do work by itself."),
    words("lighthouse", "a lighthouse", "A lighthouse stands at the coast and shows ships the way."),
    words("plate", "food on a plate", "A meal is served on a plate."),
    words("mug", "a mug", "People drink coffee and tea from mugs."),
    words("flowers", "a bunch of flowers", "Flowers are given as a present."),
    words("note", "a note on paper", "A note is something written down quickly."),
];

/// Gives every tweet with a picture its contexts.
pub fn write(splits: &mut [Split], dice: &mut Dice) {
    for tweet in splits.iter_mut().flat_map(|split| &mut split.tweets) {
        if tweet.image.is_some() {
            let contexts = [caption(tweet, dice), tags(tweet, dice), knowledge(tweet, dice)];
            let sourced = |context| Context { source: Some(SOURCE.to_owned()), ..context };
            tweet.example.contexts = contexts.into_iter().map(sourced).collect();
        }
    }
}

fn caption(tweet: &Tweet, dice: &mut Dice) -> Context {
    if dice.chance(VAGUE) {
        return Context::new(ContextKind::Caption, *dice.pick(&NOTHING));
    }
    let seen: Vec<&str> = tweet.kinds.iter().map(|kind| of(kind).phrase).collect();
    Context::new(ContextKind::Caption, format!("{}{}", dice.pick(&OPENINGS), seen.join(" and ")))
}

/// What is in the picture, with how sure a detector would be, and sometimes what is not.
fn tags(tweet: &Tweet, dice: &mut Dice) -> Context {
    let mut items: Vec<ContextItem> =
        tweet.kinds.iter().map(|kind| item(kind.name, dice.between(0.55, 0.99))).collect();
    if dice.chance(0.3) {
        items.push(item(dice.pick(KINDS).name, dice.between(0.1, 0.5)));
    }
    items.sort_by(|one, other| other.score.partial_cmp(&one.score).unwrap_or(std::cmp::Ordering::Equal));
    Context { items, ..Context::new(ContextKind::Tags, "") }
}

fn item(text: &str, score: f32) -> ContextItem {
    ContextItem { text: text.to_owned(), score: Some(hundredths(score)) }
}

/// A sentence on what is seen, or on something else; the similarity mostly tells which.
fn knowledge(tweet: &Tweet, dice: &mut Dice) -> Context {
    let mistaken = dice.chance(MISTAKEN);
    let kind = if mistaken { dice.pick(KINDS) } else { *dice.pick(&tweet.kinds) };
    let similarity = if mistaken { dice.between(0.12, 0.32) } else { dice.between(0.28, 0.48) };
    Context { similarity: Some(hundredths(similarity)), ..Context::new(ContextKind::Knowledge, of(kind).knowledge) }
}

fn of(kind: &Kind) -> &'static Words {
    WORDS
        .iter()
        .find(|words| words.kind == kind.name)
        .unwrap_or_else(|| panic!("nothing is said about `{}`", kind.name))
}

/// Two digits are enough for a guess.
fn hundredths(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

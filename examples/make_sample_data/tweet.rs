//! Makes one tweet of a sentence, names and a picture.

use crate::art::Area;
use crate::art::kind::Kind;
use crate::art::picture::{self, Picture};
use crate::candidates::Candidate;
use crate::deck::Deck;
use crate::dice::Dice;
use crate::ids::Ids;
use crate::words::names::{Name, Names};
use crate::words::sentence::{Sentence, Slot, Template};
use spanlight_models::example::{Example, RegionBox, Span};

/// A finished tweet and what is known about how it was made.
pub struct Tweet {
    pub example: Example,
    pub image: Option<image::RgbImage>,
    /// The kinds of objects in the picture.
    pub kinds: Vec<&'static Kind>,
    /// The name whose type only the picture tells, if there is one.
    pub riddle: Option<Riddle>,
    /// Pictures beside `image`, in the order of the example's images.
    pub candidates: Vec<Candidate>,
    /// Pictures that are known to show what the tweet is about.
    pub references: Vec<image::RgbImage>,
}

/// A name whose type only the picture tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Riddle {
    /// The sentence it stands in, with its slots.
    pub sentence: String,
    pub name: String,
    pub label: &'static str,
}

/// What all tweets are made with.
pub struct Maker {
    pub names: Names,
    pub ids: Ids,
    pub dice: Dice,
    nameless: Deck,
}

impl Maker {
    pub fn new(names: Names, ids: Ids, dice: Dice) -> Self {
        Self { names, ids, dice, nameless: Deck::nameless() }
    }

    /// `name` in a sentence that fits every type, with a picture of `kind` that tells it.
    pub fn ambiguous(&mut self, template: &Template, name: &Name, kind: &'static Kind) -> Tweet {
        let sentence = template.write(&mut self.dice, |_| name.clone());
        let picture = picture::single(kind, &mut self.dice);
        let mut tweet = self.bare(&sentence, label_of(kind));
        tweet.riddle = Some(riddle(template, name, kind));
        self.illustrate(&mut tweet, picture, vec![(kind, Some(0))]);
        tweet
    }

    /// Two names and two objects; the sentence tells the type of one, the picture that of `name`.
    pub fn pair(&mut self, template: &Template, name: &Name, kind: &'static Kind) -> Tweet {
        let sentence = self.fill(template, |slot| (slot == Slot::Any).then(|| name.clone()));
        let told_kind = *self.dice.pick(&template.kinds);
        let mut tweet = self.bare(&sentence, label_of(kind));
        tweet.riddle = Some(riddle(template, name, kind));
        let asked = usize::from(sentence.mentions[0].0 != Slot::Any);
        let (told, asked) = ((told_kind, Some(1 - asked)), (kind, Some(asked)));
        // Scenery lies behind. Two of a type stand in the order of their names, others as it comes.
        let told_first =
            told_kind.scenery || if told_kind.label == kind.label { told.1 == Some(0) } else { self.dice.chance(0.5) };
        let objects = if told_first { vec![told, asked] } else { vec![asked, told] };
        let picture = picture::double(objects[0].0, objects[1].0, &mut self.dice);
        self.illustrate(&mut tweet, picture, objects);
        tweet
    }

    /// A sentence that tells all its types, or one without names.
    pub fn told(&mut self, template: &Template) -> Tweet {
        let sentence = self.fill(template, |_| None);
        let mut tweet = self.bare(&sentence, "");
        if !template.kinds.is_empty() && self.dice.chance(0.6) {
            let kind = *self.dice.pick(&template.kinds);
            let shown = tweet.example.spans.iter().position(|span| Some(span.label.as_str()) == kind.label);
            let picture = picture::single(kind, &mut self.dice);
            self.illustrate(&mut tweet, picture, vec![(kind, shown)]);
        } else if template.kinds.is_empty() && self.dice.chance(0.2) {
            let kind = self.nameless.draw(&mut self.dice);
            let picture = picture::single(kind, &mut self.dice);
            self.illustrate(&mut tweet, picture, vec![(kind, None)]);
        }
        tweet
    }

    /// Fills a sentence with the names `given` offers and new ones.
    fn fill(&mut self, template: &Template, given: impl Fn(Slot) -> Option<Name>) -> Sentence {
        let names = &mut self.names;
        template.write(&mut self.dice, |slot| given(slot).unwrap_or_else(|| names.clear(slot, template.script)))
    }

    /// A tweet without a picture; `asked` is the type of the name whose slot fixes none.
    fn bare(&mut self, sentence: &Sentence, asked: &str) -> Tweet {
        let spans = sentence.mentions.iter();
        let spans = spans.map(|&(slot, start, end)| Span::new(slot.label().unwrap_or(asked), start, end)).collect();
        let example = Example { id: self.ids.tweet(), tokens: sentence.tokens.clone(), spans, ..Example::default() };
        Tweet { example, image: None, kinds: Vec::new(), riddle: None, candidates: Vec::new(), references: Vec::new() }
    }

    /// Adds `picture` with a box for every object that shows an entity of the tweet.
    fn illustrate(&mut self, tweet: &mut Tweet, picture: Picture, objects: Vec<(&'static Kind, Option<usize>)>) {
        let id = self.ids.image();
        for (&(_, shown), area) in objects.iter().zip(&picture.boxes) {
            if let Some(span) = shown.and_then(|index| tweet.example.spans.get(index)) {
                tweet.example.boxes.push(region(&id, span, *area));
            }
        }
        tweet.example.boxes.sort_by_key(|region| region.start);
        tweet.example.images.push(id);
        tweet.kinds = objects.into_iter().map(|(kind, _)| kind).collect();
        tweet.image = Some(picture.image);
    }
}

fn label_of(kind: &Kind) -> &'static str {
    kind.label.expect("riddles are about kinds that bear names")
}

fn riddle(template: &Template, name: &Name, kind: &Kind) -> Riddle {
    Riddle { sentence: template.source.clone(), name: name.join(" "), label: label_of(kind) }
}

fn region(image: &str, span: &Span, area: Area) -> RegionBox {
    RegionBox {
        image: image.to_owned(),
        start: span.start,
        end: span.end,
        xmin: area.x,
        ymin: area.y,
        xmax: area.x + area.width,
        ymax: area.y + area.height,
    }
}

//! Likely errors in labels that are there already: doubts from the labels themselves and from models that did not learn
//! from them.
//!
//! What is found is kept in `suspects.json`, in the folder of a project or wherever a person wants it: one JSON object with
//! `version` (1), `checks`, `tweets`, `entities`, `model` and `suspects`, the most suspicious first, each a [`Suspect`]:
//!
//! ```json
//! {"tweet": "17", "place": 4, "row": 5, "score": 0.93, "fault": "type", "words": "Rome",
//!  "gold": {"start": 3, "end": 4, "type": "PER"}, "suggestion": {"start": 3, "end": 4, "type": "LOC"},
//!  "reasons": [{"check": "types", "score": 0.93, "text": "`Rome` is PER here and LOC in 12 other places"}]}
//! ```
//!
//! `row` is the tweet's row in the project's store; `gold` is null where a label seems to be missing, `suggestion` where
//! nothing should be labelled or nobody knows what should be.

mod equal_texts;
mod file;
mod folds;
mod gold;
mod names;
mod reading;
mod tags;

use serde::{Deserialize, Serialize};
use spanlight_models::example::Span;

pub use file::{FILE, Found, SuspectsError};
pub use folds::{FoldError, Folds, Stage};
pub use gold::{Gold, GoldTweet, ProjectGold};
pub use reading::{Doubts, Opinions};

use crate::project::ProjectError;

/// How labels are doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Tags that have no proper predecessor in the file.
    Tags,
    /// Borders that differ between equal texts or equal names.
    Boundaries,
    /// One name with several types.
    Types,
    /// A model that did not learn from the tweet.
    Model,
}

impl Check {
    /// All checks.
    pub const ALL: [Self; 4] = [Self::Tags, Self::Boundaries, Self::Types, Self::Model];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Boundaries => "boundaries",
            Self::Types => "types",
            Self::Model => "model",
        }
    }
}

/// What seems to be wrong with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing is labelled where something should be.
    Missing,
    /// Something is labelled where nothing should be.
    Extra,
    /// It begins or ends elsewhere.
    Borders,
    /// It is of another type.
    Type,
    /// Both.
    BordersAndType,
}

impl Fault {
    /// What turns the one label into the other.
    fn between(gold: Option<&Span>, suggestion: Option<&Span>) -> Self {
        match (gold, suggestion) {
            (None, _) => Self::Missing,
            (Some(_), None) => Self::Extra,
            (Some(gold), Some(wanted)) => {
                match ((gold.start, gold.end) == (wanted.start, wanted.end), gold.label == wanted.label) {
                    (true, _) => Self::Type,
                    (false, true) => Self::Borders,
                    (false, false) => Self::BordersAndType,
                }
            }
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "should not be there",
            Self::Borders => "other borders",
            Self::Type => "another type",
            Self::BordersAndType => "other borders and another type",
        }
    }
}

/// Why a label is doubted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which check says so.
    pub check: Check,
    /// How sure it is, `0..=1`.
    pub score: f64,
    /// In words; holds text of the corpus, which may steer a terminal.
    pub text: String,
}

/// A label that is likely wrong, or missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Id of the tweet.
    pub tweet: String,
    /// Its place among the tweets that were looked through, from 0; ids may be there twice.
    pub place: usize,
    /// Its row in the project's store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<i64>,
    /// How suspicious it is, `0..=1`: all reasons taken together as if they knew nothing of each other.
    pub score: f64,
    /// What seems to be wrong.
    pub fault: Fault,
    /// The words that are or should be labelled; text of the corpus.
    pub words: String,
    /// The label as it is.
    pub gold: Option<Span>,
    /// What it should be, as far as somebody knows.
    pub suggestion: Option<Span>,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// A doubt of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub place: usize,
    pub gold: Option<Span>,
    pub suggestion: Option<Span>,
    pub fault: Fault,
    pub reason: Reason,
}

impl Doubt {
    fn new(place: usize, gold: Option<&Span>, suggestion: Option<Span>, reason: Reason) -> Self {
        let fault = Fault::between(gold, suggestion.as_ref());
        Self { place, gold: gold.cloned(), suggestion, fault, reason }
    }
}

/// Doubts that need no model, by the checks that are asked for.
pub fn doubts_of_text(gold: &dyn Gold, checks: &[Check]) -> Result<Doubts, ProjectError> {
    let mut doubts = Vec::new();
    if checks.contains(&Check::Tags) || checks.contains(&Check::Boundaries) || checks.contains(&Check::Types) {
        let names = names::Names::gather(gold)?;
        for place in 0..gold.len() {
            let tweet = gold.tweet(place)?;
            if checks.contains(&Check::Tags) {
                tags::doubts(place, &tweet, &names, &mut doubts);
            }
            if checks.contains(&Check::Boundaries) {
                names.borders(place, &tweet, &mut doubts);
            }
            if checks.contains(&Check::Types) {
                names.types(place, &tweet, &mut doubts);
            }
        }
    }
    if checks.contains(&Check::Boundaries) {
        equal_texts::doubts(gold, &mut doubts)?;
    }
    Ok(Doubts(doubts))
}

/// Puts the doubts about the same label together and orders them, the most suspicious first; at most `most` are kept.
pub fn rank(gold: &dyn Gold, doubts: Doubts, most: usize) -> Result<Vec<Suspect>, ProjectError> {
    let mut doubts = doubts.0;
    discount(gold, &mut doubts)?;
    let key = |doubt: &Doubt| {
        let about = doubt.gold.as_ref().or(doubt.suggestion.as_ref());
        (doubt.place, about.map(|span| (span.start, span.end)), doubt.gold.is_none())
    };
    // The strongest reason first, so that what it suggests is what is suggested.
    doubts.sort_by(|one, other| {
        let strength = other.reason.score.total_cmp(&one.reason.score);
        key(one).cmp(&key(other)).then(strength).then_with(|| one.reason.text.cmp(&other.reason.text))
    });
    let mut suspects: Vec<Suspect> = Vec::new();
    let mut last = None;
    for doubt in doubts {
        let about = key(&doubt);
        if last != Some(about) {
            last = Some(about);
            suspects.push(Suspect {
                tweet: String::new(),
                place: doubt.place,
                row: None,
                score: 0.0,
                fault: doubt.fault,
                words: String::new(),
                gold: doubt.gold.clone(),
                suggestion: doubt.suggestion.clone(),
                reasons: Vec::new(),
            });
        }
        let Some(suspect) = suspects.last_mut() else { continue };
        // Whoever sees only that a beginning is lost takes the word of whoever knows it.
        if suspect.suggestion.is_none() && suspect.fault == Fault::Borders && doubt.fault == Fault::Borders {
            suspect.suggestion.clone_from(&doubt.suggestion);
        }
        // Another doubt of the same kind says little that is new.
        if !suspect.reasons.iter().any(|reason| reason.check == doubt.reason.check) {
            suspect.score = 1.0 - (1.0 - suspect.score) * (1.0 - doubt.reason.score);
        }
        suspect.reasons.push(doubt.reason);
    }
    suspects.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.place.cmp(&other.place)));
    suspects.truncate(most);
    for suspect in &mut suspects {
        let GoldTweet { example, row, .. } = gold.tweet(suspect.place)?;
        let about = suspect.gold.as_ref().or(suspect.suggestion.as_ref());
        suspect.words = about.map_or_else(String::new, |span| words_of(&example.tokens, span));
        (suspect.tweet, suspect.row) = (example.id, row);
    }
    Ok(suspects)
}

/// A model that finds nothing where a name stands, most of all one in small letters, is contradicted by the other places of
/// the name.
fn discount(gold: &dyn Gold, doubts: &mut [Doubt]) -> Result<(), ProjectError> {
    let names = names::Names::gather(gold)?;
    for doubt in doubts.iter_mut().filter(|doubt| doubt.fault == Fault::Extra && doubt.reason.check == Check::Model) {
        let Some(span) = &doubt.gold else { continue };
        let tokens = gold.tweet(doubt.place)?.example.tokens;
        doubt.reason.score *= 1.0 - names.support(&words_of(&tokens, span));
    }
    Ok(())
}

/// The words of an entity.
fn words_of(tokens: &[String], span: &Span) -> String {
    tokens.get(span.start..span.end).unwrap_or_default().join(" ")
}

#[cfg(test)]
mod tests;

//! Differences of a merged project settled by a rule, where no person has to look.

use serde::Serialize;
use spanlight_models::example::Span;

use super::TeamError;
use super::merge::{DecidedTweet, OpenTweet, Policy, names};
use crate::corpus::Listed;
use crate::project::adjudication::{self, Voice};
use crate::project::{Change, MERGED, Project, State, TweetId};

/// Who is right where annotators differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judge {
    /// A rule over all of them.
    Policy(Policy),
    /// The annotator of this name, where there is a finished labelling.
    Annotator(String),
}

/// What became of settling.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SettleReport {
    /// Tweets that are settled now, in one step of undo.
    pub settled: Listed<DecidedTweet>,
    /// Tweets about which the rule decides nothing.
    pub open: Listed<OpenTweet>,
    /// Tweets that a person has begun to settle, which are left to the person.
    pub begun: usize,
}

/// Settles tweets; `begun` ones, which a person has in hand, only where that is asked for.
pub fn settle(
    project: &mut Project,
    judge: &Judge,
    tweets: &[TweetId],
    begun: bool,
) -> Result<SettleReport, TeamError> {
    if let Judge::Annotator(name) = judge {
        let annotators: Vec<String> = project.annotators()?.into_iter().map(|annotator| annotator.name).collect();
        if !annotators.contains(name) {
            return Err(TeamError::NoSuchAnnotator { name: name.clone(), annotators });
        }
    }
    let mut report = SettleReport::default();
    let mut changes: Vec<Change> = Vec::new();
    for tweet in tweets {
        let before = project.tweet(*tweet)?;
        if before.state == State::InProgress && !begun {
            report.begun += 1;
            continue;
        }
        let voices: Vec<Voice> = project.voices(*tweet)?.into_iter().filter(|voice| voice.counts).collect();
        let id = before.example.id;
        let Some(spans) = decided(judge, &voices) else {
            let differences = adjudication::differences(&voices).len();
            report.open.push(OpenTweet { tweet: id, annotators: names(&voices), differences });
            continue;
        };
        report.settled.push(DecidedTweet::new(id, &voices, &spans));
        changes.push(Change { tweet: *tweet, spans: Some(spans), state: Some(State::Done), note: None });
    }
    let by = match judge {
        Judge::Policy(policy) => policy.name(),
        Judge::Annotator(name) => name,
    };
    project.apply(&format!("{MERGED}{by} decides"), &changes)?;
    Ok(report)
}

fn decided(judge: &Judge, voices: &[Voice]) -> Option<Vec<Span>> {
    match judge {
        Judge::Policy(Policy::Agreed) => Some(adjudication::agreed(voices)),
        Judge::Policy(Policy::Majority) => {
            Some(adjudication::majority(voices)).filter(|(_, tied)| !tied).map(|(s, _)| s)
        }
        Judge::Policy(Policy::First) => voices.first().map(|voice| voice.spans.clone()),
        Judge::Annotator(name) => voices.iter().find(|voice| voice.name == *name).map(|voice| voice.spans.clone()),
    }
}

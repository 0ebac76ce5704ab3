//! One project made of several annotators' projects: equal labels are taken, differences are kept to be decided.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::example::{RegionBox, Span};

use super::TeamError;
use super::box_policy::{BoxPolicy, DifferentBoxes};
use super::gather::{Gathered, Side, Team};
use super::labeller::Labeller;
use super::stage::{Stage, Watch};
use crate::corpus::Listed;
use crate::project::adjudication::{self, Voice};
use crate::project::{
    Annotator, Comment, EntityType, ImportedFile, Labelling, MERGED, MergedFile, MergedTweet, Outcome, Project, Role,
    Settings, State,
};

/// What is done where annotators differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// A person decides; the tweet begins with what all marked.
    #[default]
    Agreed,
    /// What more than half marked is taken; where exactly half did, a person decides.
    Majority,
    /// The first of those who labelled the tweet is right.
    First,
}

impl Policy {
    /// All policies, by their names on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("agreed", Self::Agreed), ("majority", Self::Majority), ("first", Self::First)];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Majority => "majority",
            Self::First => "first",
        }
    }
}

/// A tweet about which the annotators differed and the policy decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecidedTweet {
    /// Id of the tweet.
    pub tweet: String,
    /// Who labelled it.
    pub annotators: Vec<String>,
    /// The entities that some marked and that are not taken.
    pub dropped: Vec<Span>,
    /// The entities that not all marked and that are taken.
    pub taken: Vec<Span>,
}

impl DecidedTweet {
    /// A tweet that now has the labels `spans`.
    pub(super) fn new(tweet: String, voices: &[Voice], spans: &[Span]) -> Self {
        let contested = adjudication::held(voices).into_iter().filter(|held| held.by.len() < voices.len());
        let (taken, dropped) = contested.map(|held| held.span).partition(|span| spans.contains(span));
        Self { tweet, annotators: names(voices), dropped, taken }
    }
}

/// A tweet that is left to be decided by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenTweet {
    /// Id of the tweet.
    pub tweet: String,
    /// Who labelled it.
    pub annotators: Vec<String>,
    /// Number of places where they differ.
    pub differences: usize,
}

/// What became of a merge.
#[derive(Clone, Debug, Serialize)]
pub struct MergeReport {
    /// The annotators.
    pub annotators: Vec<Labeller>,
    /// What was done where they differ.
    pub policy: Policy,
    /// Number of tweets.
    pub tweets: usize,
    /// Tweets that several labelled alike.
    pub equal: usize,
    /// Tweets that one alone labelled, which are taken as they are.
    pub single: usize,
    /// Tweets that nobody finished, which stay to be labelled.
    pub unlabelled: usize,
    /// Tweets that somebody flagged, which stay flagged whoever agrees.
    pub flagged: usize,
    /// Tweets about which they differ and the policy decided.
    pub decided: Listed<DecidedTweet>,
    /// Tweets about which they differ and a person has to decide.
    pub open: Listed<OpenTweet>,
    /// Tweets whose contexts were changed in the annotators' projects, where the changes stay.
    pub contexts_left: usize,
    /// What was done where their boxes differ.
    pub boxes: BoxPolicy,
    /// Tweets about whose boxes they differ, with what was not taken.
    pub boxes_differ: Listed<DifferentBoxes>,
}

/// Makes the project `into` of those of a team; the annotators' own stay as they are.
///
/// All types must be everybody's, unless `all_types`. A folder is there only when everything is in it.
pub fn merge(
    team: &Team,
    into: &Path,
    policy: Policy,
    boxes: BoxPolicy,
    all_types: bool,
    watch: &mut Watch<'_>,
) -> Result<MergeReport, TeamError> {
    if into.exists() {
        return Err(TeamError::Exists(into.to_owned()));
    }
    let missing = team.missing_types();
    if !missing.is_empty() && !all_types {
        return Err(TeamError::OtherTypes(missing));
    }
    let mut merge = Merge::new(team, policy, boxes)?;
    let files = merge.files(watch)?;
    let annotators: Vec<Annotator> = team.labellers.iter().map(annotator).collect();
    watch(Stage::Writing { tweets: team.tweets.len() });
    write(into, &merge.settings(), &annotators, &files)?;
    Ok(merge.report)
}

/// Fills a folder beside the one that is wanted, then gives it its name.
fn write(into: &Path, settings: &Settings, annotators: &[Annotator], files: &[MergedFile]) -> Result<(), TeamError> {
    let failed = |cause| TeamError::Place { path: into.to_owned(), cause };
    let parent = into.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let aside = tempfile::Builder::new().prefix(".spanlight-merge-").tempdir_in(parent).map_err(failed)?;
    let dir = aside.path().join("project");
    Project::create(&dir, settings)?.fill(annotators, files)?;
    fs::rename(&dir, into).map_err(failed)
}

fn annotator(labeller: &Labeller) -> Annotator {
    let project = labeller.path.canonicalize().unwrap_or_else(|_| labeller.path.clone());
    Annotator { name: labeller.name.clone(), project: project.display().to_string() }
}

struct Merge<'a> {
    team: &'a Team,
    projects: Vec<&'a Project>,
    policy: Policy,
    boxes: BoxPolicy,
    report: MergeReport,
}

impl<'a> Merge<'a> {
    fn new(team: &'a Team, policy: Policy, boxes: BoxPolicy) -> Result<Self, TeamError> {
        let not_a_project = |labeller: &&Labeller| !Project::is_project(&labeller.path);
        let Some(projects) = team.projects() else {
            let dir = team.labellers.iter().find(not_a_project).map(|labeller| labeller.path.clone());
            return Err(crate::project::ProjectError::NotAProject { dir: dir.unwrap_or_default() }.into());
        };
        let contexts: Result<Vec<usize>, _> =
            projects.iter().map(|project| project.tweets_with_own_contexts()).collect();
        let report = MergeReport {
            annotators: team.labellers.clone(),
            policy,
            tweets: team.tweets.len(),
            equal: 0,
            single: 0,
            unlabelled: 0,
            flagged: 0,
            decided: Listed::default(),
            open: Listed::default(),
            contexts_left: contexts?.into_iter().sum(),
            boxes,
            boxes_differ: Listed::default(),
        };
        Ok(Self { team, projects, policy, boxes, report })
    }

    /// Types of all, as the first who has one describes it; folders with images of all.
    fn settings(&self) -> Settings {
        let known: Vec<EntityType> = self.projects.iter().flat_map(|project| project.settings().types()).collect();
        let as_first = |name: String| {
            let found = known.iter().find(|entry| entry.name == name).cloned();
            found.unwrap_or_else(|| EntityType::named(name))
        };
        let types: Vec<EntityType> = self.team.types().into_iter().map(as_first).collect();
        let mut images: Vec<PathBuf> = Vec::new();
        for folder in self.projects.iter().flat_map(|project| project.images().folders()) {
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            if !images.contains(&folder) {
                images.push(folder);
            }
        }
        let scheme = self.projects.first().map(|project| project.settings().scheme).unwrap_or_default();
        let guidelines = self.projects.iter().map(|project| project.guidelines_file()).find(|file| file.is_file());
        let guidelines = guidelines.map(|file| file.canonicalize().unwrap_or(file));
        // What one of them admits may be among the labels.
        let spans = self.projects.iter().map(|project| project.settings().spans).max().unwrap_or_default();
        let mut settings = Settings { scheme, spans, images, guidelines, ..Settings::default() };
        settings.set_types(&types);
        settings
    }

    /// The tweets by the files they come from, then the files that are not there to be labelled.
    fn files(&mut self, watch: &mut Watch<'_>) -> Result<Vec<MergedFile>, TeamError> {
        let mut files: Vec<MergedFile> = Vec::new();
        let mut places: HashMap<(usize, usize), usize> = HashMap::new();
        let team = self.team;
        for (done, tweet) in team.tweets.iter().enumerate() {
            watch(Stage::Joining { done, total: team.tweets.len() });
            let (who, file) = tweet.origin;
            let place = if let Some(place) = places.get(&tweet.origin) {
                *place
            } else {
                let Some(imported) = &team.files[who][file].imported else { continue };
                let prologue = self.projects[who].prologue(imported.id)?;
                places.insert(tweet.origin, files.len());
                files.push(MergedFile { file: imported.clone(), prologue, tweets: Vec::new() });
                files.len() - 1
            };
            let merged = self.tweet(tweet)?;
            files[place].tweets.push(merged);
        }
        for role in [Role::Replay, Role::HeldOut] {
            self.other_files(role, &mut files)?;
        }
        Ok(files)
    }

    /// Files of a role that is not to be labelled, each once.
    fn other_files(&self, role: Role, files: &mut Vec<MergedFile>) -> Result<(), TeamError> {
        for project in &self.projects {
            let known = |file: &ImportedFile| files.iter().any(|merged| merged.file.same_bytes(file));
            let new: Vec<&ImportedFile> =
                project.files().iter().filter(|file| file.role == role && !known(file)).collect();
            let mut tweets: HashMap<i64, Vec<MergedTweet>> = HashMap::new();
            if !new.is_empty() {
                project.each_labelled(role, |tweet| {
                    let example = project.imported_from(tweet.file, &tweet.name, &tweet.source)?;
                    tweets.entry(tweet.file).or_default().push(MergedTweet {
                        name: tweet.name,
                        source: tweet.source,
                        text: example.tokens.join(" "),
                        imported: Vec::new(),
                        voices: Vec::new(),
                        comments: Vec::new(),
                        outcome: None,
                    });
                    Ok(())
                })?;
            }
            for file in new {
                let tweets = tweets.remove(&file.id).unwrap_or_default();
                files.push(MergedFile { file: file.clone(), prologue: project.prologue(file.id)?, tweets });
            }
        }
        Ok(())
    }

    fn tweet(&mut self, tweet: &Gathered) -> Result<MergedTweet, TeamError> {
        let said = |(who, side): (usize, &Option<Side>)| {
            let side = side.as_ref().filter(|side| side.counts || side.human || side.note.is_some())?;
            Some((who, self.voice(who, side)))
        };
        let voices: Vec<(usize, Voice)> = tweet.sides.iter().enumerate().filter_map(said).collect();
        let outcome = self.outcome(tweet, &voices);
        let comments = self.comments(tweet)?;
        Ok(MergedTweet {
            name: tweet.id.clone(),
            source: tweet.source.clone(),
            text: tweet.tokens.join(" "),
            imported: tweet.imported.clone(),
            voices,
            comments,
            outcome,
        })
    }

    /// What all annotators wrote on a tweet, with their names; what the corpus had on it, once.
    fn comments(&self, tweet: &Gathered) -> Result<Vec<Comment>, TeamError> {
        let mut all: Vec<Comment> = Vec::new();
        for (who, side) in tweet.sides.iter().enumerate() {
            let Some(beside) = side.as_ref().and_then(|side| side.beside.as_ref()) else { continue };
            for stored in self.projects[who].comments(beside.row)? {
                let comment = match stored.comment.place {
                    // Places are those of the bytes that the merged project has.
                    Some(_) if who == tweet.origin.0 => stored.comment,
                    Some(_) => Comment { place: None, ..stored.comment },
                    None => Comment { who: self.team.labellers[who].name.clone(), ..stored.comment },
                };
                // Rows and places differ from project to project.
                let bare = |comment: &Comment| Comment { tweet: 0, place: None, ..comment.clone() };
                if !all.iter().any(|known| bare(known) == bare(&comment)) {
                    all.push(comment);
                }
            }
        }
        Ok(all)
    }

    /// The boxes that the annotators drew, as far as they belong to an entity that is taken; `None`: as the corpus has them.
    fn boxes(&mut self, tweet: &Gathered, spans: &[Span]) -> Option<Vec<RegionBox>> {
        let drawn: Vec<(usize, &Vec<RegionBox>)> =
            tweet.labelled().filter_map(|(who, side)| Some((who, side.beside.as_ref()?.boxes.as_ref()?))).collect();
        let all: Vec<&Vec<RegionBox>> = drawn.iter().map(|(_, boxes)| *boxes).collect();
        let chosen = self.boxes.choose(&all)?;
        let taken = |region: &&RegionBox| spans.iter().any(|span| (span.start, span.end) == (region.start, region.end));
        if all.iter().any(|boxes| *boxes != all[0]) {
            let annotators = drawn.iter().map(|(who, _)| self.team.labellers[*who].name.clone()).collect();
            let mut dropped: Vec<RegionBox> = Vec::new();
            for region in all.iter().flat_map(|boxes| boxes.iter()).filter(|region| !chosen.contains(region)) {
                if !dropped.contains(region) {
                    dropped.push(region.clone());
                }
            }
            let tweet = tweet.id.clone();
            self.report.boxes_differ.push(DifferentBoxes { tweet, annotators, taken: chosen.len(), dropped });
        }
        Some(chosen.iter().filter(taken).cloned().collect())
    }

    fn voice(&self, who: usize, side: &Side) -> Voice {
        let name = self.team.labellers[who].name.clone();
        let mut spans = side.spans.clone();
        // In one order, so that equal labels are equal as they are stored.
        spans.sort();
        Voice { name, spans, state: side.state, note: side.note.clone(), counts: side.counts }
    }

    fn outcome(&mut self, tweet: &Gathered, said: &[(usize, Voice)]) -> Option<Outcome> {
        let voices: Vec<Voice> =
            said.iter().filter(|(_, voice)| voice.counts).map(|(_, voice)| voice.clone()).collect();
        let flagged = tweet.sides.iter().flatten().any(|side| side.state == State::Flagged);
        self.report.flagged += usize::from(flagged);
        let (spans, summary, decided) = self.decide(tweet, &voices);
        let note = notes(said);
        let boxes = self.boxes(tweet, &spans);
        let plain = note.is_none() && boxes.is_none() && !flagged && !tweet.renamed;
        if !decided && spans == tweet.imported && plain {
            return None;
        }
        let state = match (flagged, decided) {
            (true, _) => State::Flagged,
            (false, true) => State::Done,
            (false, false) => State::New,
        };
        let who = voices.iter().map(|voice| voice.name.as_str()).collect::<Vec<_>>().join(", ");
        let labelling = Labelling { state, spans, note, boxes, human: decided, ..Labelling::default() };
        Some(Outcome { who, summary, labelling })
    }

    /// The labels of a tweet, how they came about, and whether they are final.
    fn decide(&mut self, tweet: &Gathered, voices: &[Voice]) -> (Vec<Span>, String, bool) {
        let [first, others @ ..] = voices else {
            self.report.unlabelled += 1;
            return (tweet.imported.clone(), format!("{MERGED}nobody finished it"), false);
        };
        if others.is_empty() {
            self.report.single += 1;
            return (first.spans.clone(), format!("{MERGED}only {}", first.name), true);
        }
        if others.iter().all(|other| other.spans == first.spans) {
            self.report.equal += 1;
            return (first.spans.clone(), format!("{MERGED}{} agree", voices.len()), true);
        }
        let (spans, summary) = match (self.policy, adjudication::majority(voices)) {
            (Policy::First, _) => (first.spans.clone(), format!("{MERGED}{} is the first", first.name)),
            (Policy::Majority, (spans, false)) => (spans, format!("{MERGED}majority of {}", voices.len())),
            _ => {
                self.leave_open(tweet, voices);
                return (adjudication::agreed(voices), format!("{MERGED}{} differ", voices.len()), false);
            }
        };
        self.tell_decided(tweet, voices, &spans);
        (spans, summary, true)
    }

    fn leave_open(&mut self, tweet: &Gathered, voices: &[Voice]) {
        let differences = adjudication::differences(voices).len();
        self.report.open.push(OpenTweet { tweet: tweet.id.clone(), annotators: names(voices), differences });
    }

    fn tell_decided(&mut self, tweet: &Gathered, voices: &[Voice], spans: &[Span]) {
        self.report.decided.push(DecidedTweet::new(tweet.id.clone(), voices, spans));
    }
}

pub(super) fn names(voices: &[Voice]) -> Vec<String> {
    voices.iter().map(|voice| voice.name.clone()).collect()
}

/// What the annotators wrote, each with the name in front; one line for all who wrote the same.
fn notes(said: &[(usize, Voice)]) -> Option<String> {
    let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
    for (_, voice) in said {
        if let Some(note) = voice.note.as_deref() {
            match lines.iter_mut().find(|(known, _)| *known == note) {
                Some((_, who)) => who.push(&voice.name),
                None => lines.push((note, vec![&voice.name])),
            }
        }
    }
    let line = |(note, who): &(&str, Vec<&str>)| format!("{}: {note}", who.join(", "));
    (!lines.is_empty()).then(|| lines.iter().map(line).collect::<Vec<_>>().join("\n"))
}

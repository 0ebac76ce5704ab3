//! A system asked where its words looked: what all methods share.

use std::ops::Range;
use std::sync::Arc;

use super::{Attribution, AttributionError, Falls, Method, Piece, Unit};
use crate::alignment::{Alignment, Regions};
use crate::device::Device;
use crate::input::{Item, Row};
use crate::layers::probe;
use crate::layers::spans::enumerate;
use crate::model::{Prepared, Reading, answers, prepare};
use crate::systems::{Answer, Spec, System};
use crate::tagging::numbers;
use crate::training::Control;

/// Hears the steps done and the steps in all, and may stop what goes on.
pub type Watch<'a> = &'a mut dyn FnMut(usize, usize) -> Control;

/// A system with its weights on a device.
pub(crate) struct Explainer<'a, S: System> {
    pub module: &'a S,
    pub spec: &'a Spec<S::Config>,
    pub device: &'a Device,
}

/// What a window's rows are labelled, and how likely every class was.
pub(super) struct Chances {
    /// The class of every row: its tag in the best labelling, or the likeliest class of a phrase.
    pub labels: Vec<usize>,
    /// `rows x classes` probabilities.
    probabilities: Vec<f32>,
}

impl Chances {
    /// Probability of class `label` at every row.
    pub fn of(&self, labels: &[usize]) -> Vec<f32> {
        let classes = self.probabilities.len() / self.labels.len().max(1);
        labels.iter().zip(self.probabilities.chunks(classes.max(1))).map(|(label, row)| row[*label]).collect()
    }
}

impl<S: System> Explainer<'_, S> {
    /// The methods that the system has, whichever tweet it is asked about.
    pub fn methods(&self) -> Vec<Method> {
        Method::ALL.into_iter().filter(|method| self.missing(*method).is_none()).collect()
    }

    /// Where the words of a tweet looked.
    pub fn attribute(
        &self,
        item: &Item,
        unit: Unit,
        method: Method,
        watch: Watch<'_>,
    ) -> Result<Attribution, AttributionError> {
        self.check(unit, method)?;
        let prepared = self.prepare(item);
        let mut reading = self.read(item, &prepared, method == Method::Attention && unit != Unit::SubToken)?;
        let cut: Vec<Row>;
        let (mut rows, mut pieces) = (&prepared.rows, Vec::new());
        if unit == Unit::SubToken {
            pieces = prepared.rows.iter().flat_map(|row| self.pieces(row)).collect();
            cut = prepared.rows.iter().map(Row::by_pieces).collect();
            rows = &cut;
        }
        let mut falls = None;
        let alignment = match method {
            Method::Attention if pieces.is_empty() => first(std::mem::take(&mut reading.answer.alignments)),
            Method::Attention => joined(rows.iter().map(|row| Ok(self.attention(row))))?,
            Method::GradientAttention => joined(rows.iter().map(|row| self.gradient(row, watch)))?,
            Method::Rollout => joined(rows.iter().map(|row| Ok(self.rollout(row))))?,
            Method::Occlusion => {
                let (alignment, all) = self.occlusion(rows, None, watch)?;
                falls = Some(all);
                alignment
            }
        };
        let problem = reading.image_problem.clone();
        let mut alignment =
            alignment.filter(|found| !found.regions.is_empty()).ok_or_else(|| Self::nothing(item, problem))?;
        alignment.name_image(item.example.images.first());
        alignment.check().map_err(|source| AttributionError::Map { tweet: item.example.id.clone(), source })?;
        Ok(Attribution { reading, alignment, pieces, falls })
    }

    /// What hiding each of `regions` does to the labels of a tweet.
    pub fn hide(&self, item: &Item, regions: &[usize], watch: Watch<'_>) -> Result<Falls, AttributionError> {
        self.check(Unit::Word, Method::Occlusion)?;
        let prepared = self.prepare(item);
        let problem = prepared.problems.first().map(|(_, problem)| problem.clone());
        let (alignment, falls) = self.occlusion(&prepared.rows, Some(regions), watch)?;
        if alignment.is_none_or(|alignment| alignment.regions.is_empty()) {
            return Err(Self::nothing(item, problem));
        }
        Ok(falls)
    }

    /// Why the system does not have a method; `None` where it does.
    fn missing(&self, method: Method) -> Option<&'static str> {
        let (maps, sees_image) = (!S::INFO.alignments.is_empty(), S::region_grid(&self.spec.config).is_some());
        match method {
            Method::Attention | Method::GradientAttention | Method::Rollout if !maps => {
                Some("its words attend to no regions or contexts")
            }
            Method::Rollout if !S::STACKED => {
                Some("its words attend to regions in one layer, with nothing to multiply through")
            }
            Method::Occlusion if !sees_image && S::INFO.uses_image => Some("its answers do not depend on the image"),
            Method::Occlusion if !sees_image && !S::INFO.uses_contexts => Some("it reads the tweet alone"),
            _ => None,
        }
    }

    fn check(&self, unit: Unit, method: Method) -> Result<(), AttributionError> {
        let system = S::INFO.name;
        if let Some(reason) = self.missing(method) {
            return Err(AttributionError::NotOffered { system, method, reason, offered: self.methods() });
        }
        let reason = match (unit, method) {
            (Unit::Word | Unit::Span, _) => None,
            _ if S::reach(self.spec).is_some() => Some("it reads phrases of whole words"),
            (_, Method::GradientAttention | Method::Occlusion) => Some("labels and their scores are those of words"),
            _ => None,
        };
        reason.map_or(Ok(()), |reason| Err(AttributionError::NoSuchUnit { system, method, unit, reason }))
    }

    fn nothing(item: &Item, problem: Option<String>) -> AttributionError {
        let missing = match problem {
            _ if item.example.tokens.is_empty() => "no tokens".into(),
            Some(problem) => format!("an image that cannot be used ({problem})"),
            None if S::INFO.uses_image => "no image".into(),
            None => "no text beside it that is read".into(),
        };
        AttributionError::NothingToSee { tweet: item.example.id.clone(), system: S::INFO.name, missing }
    }

    fn prepare(&self, item: &Item) -> Prepared {
        prepare::<S>(self.spec, std::slice::from_ref(item), &mut || Control::Continue).unwrap_or_default()
    }

    fn read(&self, item: &Item, prepared: &Prepared, align: bool) -> Result<Reading, AttributionError> {
        let items = std::slice::from_ref(item);
        let go_on = &mut |_| Control::Continue;
        let answers = answers(self.module, self.spec, items, prepared, self.device, align, go_on);
        let answer = answers.and_then(|answers| answers.into_iter().next()).ok_or(AttributionError::Stopped)?;
        Ok(Reading { answer, image_problem: prepared.problems.first().map(|(_, problem)| problem.clone()) })
    }

    fn pieces(&self, row: &Row) -> Vec<Piece> {
        let of_word = |word: usize| {
            let ids = &row.pieces[row.firsts[word]..row.firsts[word + 1]];
            ids.iter().map(move |id| Piece { text: self.spec.pieces.text(*id), token: row.offset + word })
        };
        (0..row.words()).flat_map(of_word).collect()
    }

    /// The system's own maps of one window.
    fn attention(&self, row: &Row) -> Option<Alignment> {
        let batch = S::collate(self.spec, &[row], None, self.device);
        first(self.module.answer(self.spec, &batch, &[row], true).pop()?.alignments)
    }

    /// The rows of the maps of a window: phrases where the system reads phrases, words otherwise, which have no list.
    pub(super) fn phrases(&self, row: &Row) -> Vec<Range<usize>> {
        S::reach(self.spec).map(|longest| enumerate(row.words(), longest)).unwrap_or_default()
    }

    /// What windows are labelled; they are read at once.
    pub(super) fn chances(&self, rows: &[&Row]) -> Vec<Chances> {
        let batch = S::collate(self.spec, rows, None, self.device);
        let (answers, scores) = probe::scores(|| self.module.answer(self.spec, &batch, rows, false));
        let (classes, most) = scores.as_ref().map_or((0, 0), |scores| (scores.dims()[2], scores.dims()[1]));
        let told = scores.map(numbers).unwrap_or_default();
        let of = |(place, answer): (usize, Answer)| {
            if let Some(chain) = answer.chains.first() {
                let marginals = chain.marginals(&chain.recursions());
                let probabilities = marginals.into_iter().map(|chance| chance as f32).collect();
                return Chances { labels: chain.viterbi(), probabilities };
            }
            let rows = self.phrases(rows[place]).len();
            let told = &told[place * most * classes..][..rows * classes];
            let best = |row: &[f32]| (0..classes).max_by(|one, other| row[*one].total_cmp(&row[*other])).unwrap_or(0);
            let labels = told.chunks(classes.max(1)).map(best).collect();
            Chances { labels, probabilities: told.iter().map(|log| log.exp()).collect() }
        };
        answers.into_iter().enumerate().map(of).collect()
    }

    /// What the words of a window can look at.
    pub(super) fn regions(&self, row: &Row) -> Option<Regions> {
        if let Some(grid) = S::region_grid(&self.spec.config) {
            let frame = row.pixels.as_ref()?.frame();
            return Some(Regions::Grid { image: String::new(), rows: grid.side, columns: grid.side, frame });
        }
        let beside = row.knowledge.as_ref().map(|knowledge| &knowledge.words);
        Some(Regions::Words { words: beside.unwrap_or(&row.context.words).clone() })
    }

    /// The window with one region hidden: covered in the encoder's mean colour, or a word that nobody knows.
    pub(super) fn hidden(&self, row: &Row, region: usize) -> Row {
        let mut row = row.clone();
        let unknown = self.spec.pieces.unknown();
        if let (Some(grid), Some(pixels)) = (S::region_grid(&self.spec.config), &row.pixels) {
            row.pixels = Some(Arc::new(pixels.hiding(region, grid.side, grid.colour)));
        } else if let Some(knowledge) = &mut row.knowledge {
            let knowledge = Arc::make_mut(knowledge);
            if let Some(word) = knowledge.words.get(region) {
                knowledge.pieces[word.pieces.clone()].fill(unknown);
            }
        } else if let Some(word) = row.context.words.get(region) {
            let own = row.own_pieces();
            row.pieces[own + word.pieces.start..own + word.pieces.end].fill(unknown);
        }
        row
    }
}

/// The first of a system's alignments, which its words are read with.
pub(super) fn first(alignments: Vec<Alignment>) -> Option<Alignment> {
    alignments.into_iter().next()
}

/// The alignments of all windows of a tweet as one; `None` where there is none.
fn joined(
    windows: impl Iterator<Item = Result<Option<Alignment>, AttributionError>>,
) -> Result<Option<Alignment>, AttributionError> {
    let mut joined: Option<Alignment> = None;
    for window in windows {
        match (&mut joined, window?) {
            (Some(joined), Some(next)) => joined.append(&next),
            (empty, Some(next)) => *empty = Some(next),
            (_, None) => {}
        }
    }
    Ok(joined)
}

//! A trained tagger behind one object-safe face, whatever its system.

mod loaded;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub(crate) use loaded::entry;

use crate::attribution::{Attribution, AttributionError, Falls, Method, Unit, Watch};
use crate::checkpoint::{CheckpointError, Extent, Manifest, Opened, Parts, Precision};
use crate::device::Device;
use crate::encoders::published::PublishedError;
use crate::example::{LabelSet, Span, TagScheme};
use crate::image_file;
use crate::input::{Item, Row};
use crate::layers::projection::AdapterConfig;
use crate::metrics::Scores;
use crate::prediction::Prediction;
use crate::systems::{Answer, CreateError, Foundation, Spec, System, SystemInfo};
use crate::training::{Control, Observer, TrainError, TrainOptions, TrainReport, TrainingData};

/// Rows of one forward pass while predicting.
const PREDICTION_BATCH: usize = 32;

/// What a model says about one tweet, and what stood in its way.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Labels and alignments.
    pub answer: Answer,
    /// Why the image could not be used, where that is so.
    pub image_problem: Option<String>,
}

/// A published text encoder in a tagger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextEncoderCard {
    /// Number of its parameters, adapters included.
    pub parameters: usize,
    /// The adapters through which it learns; without, all of it does.
    pub adapter: Option<AdapterConfig>,
}

/// A tagger with weights on a device. The only face that worker and command line see.
pub trait Tagger: Any + Send {
    /// What its system is and needs.
    fn info(&self) -> &'static SystemInfo;

    /// The entity types it knows.
    fn labels(&self) -> &LabelSet;

    /// How it writes entities as tags.
    fn scheme(&self) -> TagScheme;

    /// Most words of an entity that it can find, where there is a limit; longer ones are missed.
    fn reach(&self) -> Option<usize>;

    /// Number of trained parameters.
    fn parameters(&self) -> usize;

    /// How its system is trained from scratch unless told otherwise.
    fn defaults(&self) -> TrainOptions;

    /// Methods by which it can say where its words looked, whichever tweet it is asked about.
    fn methods(&self) -> Vec<Method>;

    /// Where the words of a tweet looked, by one of its [`Tagger::methods`]; `watch` hears steps done and steps in all.
    ///
    /// Rows are tokens, phrases where the system reads phrases, or pieces for [`Unit::SubToken`]; words and spans have the
    /// same rows, so that going from one to the other is arithmetic.
    fn attribute(
        &self,
        item: &Item,
        unit: Unit,
        method: Method,
        watch: Watch<'_>,
    ) -> Result<Attribution, AttributionError>;

    /// What hiding each of `regions`, one at a time, does to the labels of a tweet; regions that are not there are passed
    /// over.
    fn hide(&self, item: &Item, regions: &[usize], watch: Watch<'_>) -> Result<Falls, AttributionError>;

    /// One reading per item, in order; alignments where `align` is set.
    fn predict(&self, items: &[Item], align: bool) -> Vec<Reading>;

    /// Scores against the items' own spans; `None` if `observe` (told the rows done) stopped it.
    fn score(&self, items: &[Item], observe: &mut dyn FnMut(usize) -> Control) -> Option<Scores>;

    /// Learns in place; on an error the weights stay as they were.
    ///
    /// With a file `keep` an interrupted training goes on from there, and this one can be gone on with after a kill.
    fn train(
        &mut self,
        data: &TrainingData,
        options: &TrainOptions,
        keep: Option<&Path>,
        observe: &mut Observer<'_>,
    ) -> Result<TrainReport, TrainError>;

    /// Calls the types by other names; `names` has one for each, in order.
    fn rename(&mut self, names: &LabelSet);

    /// Moves to another label set; types known before keep what was learned about them.
    fn relabel(&mut self, labels: &LabelSet);

    /// Its published text encoder; `None` for a system without one.
    fn text_encoder(&self) -> Option<TextEncoderCard>;

    /// Gives its published text encoder adapters, or puts what they learned into the encoder's own weights and takes them
    /// away. It says what it said before; a system without such an encoder, and adapters that are there already, stay as
    /// they are.
    fn adapt(&mut self, adapter: Option<AdapterConfig>);

    /// The `model.toml` of its whole checkpoint.
    fn manifest(&self) -> Result<Manifest, CheckpointError>;

    /// The parts of a checkpoint; what nobody knows to lie elsewhere is in it, whatever the extent.
    fn parts(&self, precision: Precision, extent: Extent) -> Result<Parts, CheckpointError>;

    /// Hears that all of it lies as it is, with [`Precision::Full`], in the checkpoint `folder`, so that checkpoints of what
    /// is learned from now on can leave its text encoder out.
    fn lies_in(&mut self, folder: &Path);

    /// Writes its published text encoder, fine-tuned, to a hub folder; `None` for a system without one.
    fn export(&self, folder: &Path) -> Option<Result<(), PublishedError>>;

    /// The same model once more.
    fn fork(&self) -> Box<dyn Tagger>;

    /// A model with weights between this one's (share 0) and those of `other` (share 1), which was made of it by
    /// training; `None` for a model of another system, of other types or with other adapters.
    ///
    /// Between adapters that differ in their second matrix alone ([`TrainOptions::frozen_down`]) it is the change of the
    /// encoder's weights that is shared out.
    fn blend(&self, other: &dyn Tagger, share: f64) -> Option<Box<dyn Tagger>>;
}

/// Makes a fresh tagger, with a seed for what is left to chance.
pub type Create = fn(&Foundation<'_>, u64) -> Result<Box<dyn Tagger>, CreateError>;

/// Makes a tagger of a checkpoint.
pub type Load = fn(&Opened<'_>, &Device) -> Result<Box<dyn Tagger>, CheckpointError>;

/// A system of the registry.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What the system is and needs.
    pub info: &'static SystemInfo,
    /// How it is trained from scratch unless told otherwise.
    pub defaults: fn() -> TrainOptions,
    /// A fresh tagger.
    pub create: Create,
    /// A tagger from the parts of a checkpoint.
    pub load: Load,
}

/// Tweets as rows, images decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// The rows of all tweets.
    pub rows: Vec<Row>,
    /// The tweet of every row.
    pub items: Vec<usize>,
    /// The tweet and the reason for every image that could not be used.
    pub problems: Vec<(usize, String)>,
}

/// A tweet that was read already: which one, its rows, and what was wrong with its image.
struct Known {
    item: usize,
    rows: Range<usize>,
    problem: Option<String>,
}

/// Decodes images and splits words; `None` if `observe`, called after every tweet, stopped it.
pub(crate) fn prepare<S: System>(
    spec: &Spec<S::Config>,
    items: &[Item],
    observe: &mut dyn FnMut() -> Control,
) -> Option<Prepared> {
    let mut prepared = Prepared::default();
    // A lesson shows the same tweets many times; each is read once, and its copies share the pixels.
    let mut known: HashMap<(&str, [Option<&Path>; 2]), Known> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let key = (item.example.id.as_str(), [item.image.as_deref(), item.maps.as_deref()]);
        let before = known.get(&key).filter(|before| items[before.item].example == item.example);
        let (rows, problem) = match before {
            Some(before) => (prepared.rows[before.rows.clone()].to_vec(), before.problem.clone()),
            None => read::<S>(spec, item),
        };
        let from = prepared.rows.len();
        prepared.items.extend(rows.iter().map(|_| index));
        prepared.rows.extend(rows);
        let rows = from..prepared.rows.len();
        known.entry(key).or_insert_with(|| Known { item: index, rows, problem: problem.clone() });
        prepared.problems.extend(problem.map(|problem| (index, problem)));
        if observe() == Control::Stop {
            return None;
        }
    }
    Some(prepared)
}

/// The rows of one tweet, and why its image or the maps over it could not be used, where that is so.
fn read<S: System>(spec: &Spec<S::Config>, item: &Item) -> (Vec<Row>, Option<String>) {
    match item.image.as_deref().filter(|_| S::INFO.uses_image).map(image_file::load) {
        None => (S::rows(spec, item, None), None),
        Some(Ok(image)) => {
            let mut rows = S::rows(spec, item, Some(&Arc::new(image)));
            let problem = S::add_maps(spec, item, &mut rows).err();
            (rows, problem.map(|error| error.to_string()))
        }
        Some(Err(error)) => (S::rows(spec, item, None), Some(error.to_string())),
    }
}

/// One answer per item, in order; windows of long tweets are joined again.
pub(crate) fn answers<S: System>(
    module: &S,
    spec: &Spec<S::Config>,
    items: &[Item],
    prepared: &Prepared,
    device: &Device,
    align: bool,
    observe: &mut dyn FnMut(usize) -> Control,
) -> Option<Vec<Answer>> {
    let mut order: Vec<usize> = (0..prepared.rows.len()).collect();
    order.sort_by_key(|row| prepared.rows[*row].pieces.len());
    let mut windows: Vec<Option<Answer>> = vec![None; prepared.rows.len()];
    let mut done = 0;
    for places in order.chunks(PREDICTION_BATCH) {
        let rows: Vec<&Row> = places.iter().map(|row| &prepared.rows[*row]).collect();
        let batch = S::collate(spec, &rows, None, device);
        for (place, answer) in places.iter().zip(module.answer(spec, &batch, &rows, align)) {
            windows[*place] = Some(answer);
        }
        done += places.len();
        if observe(done) == Control::Stop {
            return None;
        }
    }
    let certain = Prediction { path_probability: 1.0, ..Prediction::default() };
    let mut joined: Vec<Option<Answer>> = vec![None; items.len()];
    for ((answer, item), row) in windows.into_iter().zip(&prepared.items).zip(&prepared.rows) {
        let Some(mut answer) = answer else { continue };
        for alignment in &mut answer.alignments {
            alignment.name_image(items[*item].example.images.first());
        }
        match &mut joined[*item] {
            Some(before) => before.append(answer, row.offset, row.words()),
            empty => *empty = Some(answer),
        }
    }
    for answer in joined.iter_mut().flatten() {
        answer.alignments.retain(|alignment| !alignment.regions.is_empty());
    }
    let empty = || Answer { prediction: certain.clone(), ..Answer::default() };
    Some(joined.into_iter().map(|answer| answer.unwrap_or_else(empty)).collect())
}

/// Scores `items` against their own spans.
pub(crate) fn score<S: System>(
    module: &S,
    spec: &Spec<S::Config>,
    items: &[Item],
    prepared: &Prepared,
    device: &Device,
    observe: &mut dyn FnMut(usize) -> Control,
) -> Option<Scores> {
    let answers = answers(module, spec, items, prepared, device, false, observe)?;
    let mut scores = Scores::default();
    for (item, answer) in items.iter().zip(answers) {
        let predicted: Vec<Span> = answer.prediction.spans.into_iter().map(|scored| scored.span).collect();
        scores.add(&item.example.spans, &predicted);
    }
    Some(scores)
}

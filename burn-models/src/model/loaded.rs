//! A system with its weights: how it is made, kept and changed.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use burn::module::Module;

use super::{Control, Entry, Item, Reading, TextEncoderCard, answers, prepare, score};
use crate::attribution::{Attribution, AttributionError, Explainer, Falls, Method, Unit, Watch};
use crate::checkpoint::{self, Base, CheckpointError, Extent, Manifest, Opened, Parts, Precision, weights};
use crate::device::{self, Device};
use crate::encoders::published::{PublishedError, fill_places};
use crate::example::{LabelSet, TagScheme};
use crate::layers::projection::{AdapterConfig, is_adapter};
use crate::metrics::Scores;
use crate::model::Tagger;
use crate::systems::{CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::training::{self, Observer, TrainError, TrainOptions, TrainReport, TrainingData, parameters};

/// The registry's line for `S`.
pub(crate) const fn entry<S: System>() -> Entry {
    Entry { info: &S::INFO, defaults: S::defaults, create: create::<S>, load: load::<S> }
}

fn create<S: System>(foundation: &Foundation<'_>, seed: u64) -> Result<Box<dyn Tagger>, CreateError> {
    let encoders =
        [("text", foundation.text, S::INFO.text_encoder), ("image", foundation.image, S::INFO.image_encoder)];
    for (kind, given, need) in encoders {
        if let (Some(given), EncoderNeed::None) = (given, need) {
            return Err(CreateError::NoUse { system: S::INFO.name, kind, given: given.display().to_string() });
        }
    }
    foundation.options.check(&S::INFO)?;
    device::seed(foundation.device, seed);
    let (mut module, mut spec) = S::create(foundation)?;
    parameters::settle(&module);
    let places = encoder_places(&mut module, &mut spec.config);
    let elsewhere = match foundation.text {
        Some(folder) if !places.is_empty() => {
            Some(Elsewhere { base: Base::encoder(foundation.text_name, folder)?, places: places.into_keys().collect() })
        }
        _ => None,
    };
    Ok(Box::new(Loaded { module, spec, device: foundation.device.clone(), elsewhere }))
}

fn load<S: System>(opened: &Opened<'_>, device: &Device) -> Result<Box<dyn Tagger>, CheckpointError> {
    let mut spec: Spec<S::Config> = opened.spec()?;
    let mut module = S::new(&spec, device);
    let published = module.published(&mut spec.config).map(|published| published.config.transformer.vocabulary);
    let (pieces, rows) = (spec.pieces.rows(), published.or_else(|| S::vocabulary(&spec.config)));
    if let Some(rows) = rows.filter(|rows| pieces > *rows) {
        return Err(PublishedError::Vocabulary { path: opened.tokenizer_file(), pieces, rows }.into());
    }
    let mut elsewhere = None;
    if let Some((base, folder)) = opened.base()? {
        let places = encoder_places(&mut module, &mut spec.config).into_keys();
        let places: HashSet<String> = places.filter(|place| !opened.weights.contains(place)).collect();
        match &base {
            Base::Encoder { .. } => {
                if let Some(published) = module.published(&mut spec.config) {
                    published.fill(&folder)?;
                }
            }
            Base::Checkpoint { .. } => {
                let weights = checkpoint::open_weights(&folder)?;
                module = fill_places(module, &weights, |place| places.contains(place))?;
            }
        }
        elsewhere = Some(Elsewhere { base, places });
    }
    let left_out = |place: &str| elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.places.contains(place));
    let module = fill_places(module, &opened.weights, |place| !left_out(place))?;
    Ok(Box::new(Loaded { module, spec, device: device.clone(), elsewhere }))
}

/// Places and sizes of the parameters of a module's published text encoder, adapters aside.
fn encoder_places<S: System>(module: &mut S, config: &mut S::Config) -> HashMap<String, usize> {
    let Some(published) = module.published(config) else { return HashMap::new() };
    let own = parameters::ids(published.text);
    parameters::places(module, &own).into_iter().filter(|(place, _)| !is_adapter(place)).collect()
}

/// A system with its weights.
struct Loaded<S: System> {
    module: S,
    spec: Spec<S::Config>,
    device: Device,
    elsewhere: Option<Elsewhere>,
}

/// Weights that lie somewhere else already.
#[derive(Clone)]
struct Elsewhere {
    /// Where.
    base: Base,
    /// The parameters that have exactly these weights.
    places: HashSet<String>,
}

impl<S: System> Loaded<S> {
    fn copy(&self) -> Self {
        Self {
            module: self.module.clone(),
            spec: self.spec.clone(),
            device: self.device.clone(),
            elsewhere: self.elsewhere.clone(),
        }
    }

    fn explainer(&self) -> Explainer<'_, S> {
        Explainer { module: &self.module, spec: &self.spec, device: &self.device }
    }

    /// What lies elsewhere, if it is the larger part of the encoder: for little the checkpoint need not depend on another.
    fn elsewhere(&self) -> Option<&Elsewhere> {
        let elsewhere = self.elsewhere.as_ref()?;
        let places = encoder_places(&mut self.module.clone(), &mut self.spec.config.clone());
        let there: usize = elsewhere.places.iter().filter_map(|place| places.get(place)).sum();
        (2 * there > places.values().sum()).then_some(elsewhere)
    }

    /// Takes another module of the same places; what differs in it lies nowhere else.
    fn replace(&mut self, module: S) {
        if let Some(elsewhere) = &mut self.elsewhere {
            let differences = parameters::differences(&on_graph(&self.module), &on_graph(&module));
            elsewhere.places.retain(|place| !differences.contains(place));
        }
        self.module = module;
    }
}

/// The module on the autodiff twin of its device.
fn on_graph<S: System>(module: &S) -> S {
    S::from_inner(module.clone())
}

impl<S: System> Tagger for Loaded<S> {
    fn info(&self) -> &'static SystemInfo {
        &S::INFO
    }

    fn labels(&self) -> &LabelSet {
        &self.spec.labels
    }

    fn scheme(&self) -> TagScheme {
        self.spec.scheme
    }

    fn reach(&self) -> Option<usize> {
        S::reach(&self.spec)
    }

    fn parameters(&self) -> usize {
        self.module.num_params()
    }

    fn defaults(&self) -> TrainOptions {
        let (mut module, mut config) = (self.module.clone(), self.spec.config.clone());
        let scratch = module.published(&mut config).is_some_and(|published| published.config.scratch);
        if scratch { S::defaults().from_scratch() } else { S::defaults() }
    }

    fn methods(&self) -> Vec<Method> {
        self.explainer().methods()
    }

    fn attribute(
        &self,
        item: &Item,
        unit: Unit,
        method: Method,
        watch: Watch<'_>,
    ) -> Result<Attribution, AttributionError> {
        self.explainer().attribute(item, unit, method, watch)
    }

    fn hide(&self, item: &Item, regions: &[usize], watch: Watch<'_>) -> Result<Falls, AttributionError> {
        self.explainer().hide(item, regions, watch)
    }

    fn predict(&self, items: &[Item], align: bool) -> Vec<Reading> {
        let prepared = prepare::<S>(&self.spec, items, &mut || Control::Continue).unwrap_or_default();
        let mut problems = vec![None; items.len()];
        for (item, problem) in &prepared.problems {
            problems[*item] = Some(problem.clone());
        }
        let answers =
            answers(&self.module, &self.spec, items, &prepared, &self.device, align, &mut |_| Control::Continue);
        let answers = answers.unwrap_or_default().into_iter();
        answers.zip(problems).map(|(answer, image_problem)| Reading { answer, image_problem }).collect()
    }

    fn score(&self, items: &[Item], observe: &mut dyn FnMut(usize) -> Control) -> Option<Scores> {
        let prepared = prepare::<S>(&self.spec, items, &mut || observe(0))?;
        score(&self.module, &self.spec, items, &prepared, &self.device, observe)
    }

    fn train(
        &mut self,
        data: &TrainingData,
        options: &TrainOptions,
        keep: Option<&Path>,
        observe: &mut Observer<'_>,
    ) -> Result<TrainReport, TrainError> {
        let (module, config, report) =
            training::fit(self.module.clone(), &self.spec, data, options, keep, &self.device, observe)?;
        self.replace(module);
        self.spec.config = config.unwrap_or_else(|| self.spec.config.clone());
        Ok(report)
    }

    fn rename(&mut self, names: &LabelSet) {
        if names.len() == self.spec.labels.len() {
            self.spec.labels = names.clone();
        }
    }

    fn relabel(&mut self, labels: &LabelSet) {
        if labels.names().eq(self.spec.labels.names()) {
            self.spec.labels = labels.clone();
            return;
        }
        let spec = Spec { labels: labels.clone(), ..self.spec.clone() };
        self.module = self.module.clone().relabel(&self.spec, &spec, &self.device);
        self.spec = spec;
    }

    fn text_encoder(&self) -> Option<TextEncoderCard> {
        let (mut module, mut config) = (self.module.clone(), self.spec.config.clone());
        let published = module.published(&mut config)?;
        Some(TextEncoderCard { parameters: published.text.num_params(), adapter: published.config.adapter })
    }

    fn adapt(&mut self, adapter: Option<AdapterConfig>) {
        let had = self.text_encoder().is_some_and(|encoder| encoder.adapter.is_some());
        device::seed(&self.device, S::defaults().seed);
        let mut module = self.module.clone();
        if let Some(published) = module.published(&mut self.spec.config) {
            published.adapt(adapter, &self.device);
        }
        parameters::settle(&module);
        self.module = module;
        if had && adapter.is_none() {
            // Its own weights took up what the adapters had learned.
            self.elsewhere = None;
        }
    }

    fn manifest(&self) -> Result<Manifest, CheckpointError> {
        Manifest::new(S::INFO.name, &self.spec.labels, self.spec.scheme, &self.spec.config)
    }

    fn parts(&self, precision: Precision, extent: Extent) -> Result<Parts, CheckpointError> {
        let left_out = self.elsewhere().filter(|elsewhere| match extent {
            Extent::Whole => false,
            Extent::WithoutEncoder => matches!(elsewhere.base, Base::Encoder { .. }),
            Extent::WithoutNeighbour => true,
        });
        let manifest = self.manifest()?;
        let none = HashSet::new();
        let (manifest, places) = match left_out {
            Some(elsewhere) => (manifest.on(elsewhere.base.clone()), &elsewhere.places),
            None => (manifest, &none),
        };
        let tokenizer = self.spec.pieces.to_json();
        Ok(Parts {
            manifest,
            weights: weights::write(&self.module, precision, places)?,
            tokenizer: tokenizer.map_err(|error| CheckpointError::Unwritable(error.to_string()))?.into_bytes(),
            log: Vec::new(),
        })
    }

    fn lies_in(&mut self, folder: &Path) {
        let places = encoder_places(&mut self.module, &mut self.spec.config);
        if self.elsewhere().is_some() || places.is_empty() {
            return;
        }
        // A file that cannot be read again is only not referred to.
        self.elsewhere =
            Base::checkpoint(folder).ok().map(|base| Elsewhere { base, places: places.into_keys().collect() });
    }

    fn export(&self, folder: &Path) -> Option<Result<(), PublishedError>> {
        let (mut module, mut config) = (self.module.clone(), self.spec.config.clone());
        let published = module.published(&mut config)?;
        Some(published.text.export(published.config, &self.spec.pieces, folder))
    }

    fn fork(&self) -> Box<dyn Tagger> {
        Box::new(self.copy())
    }

    fn blend(&self, other: &dyn Tagger, share: f64) -> Option<Box<dyn Tagger>> {
        let other: &dyn Any = other;
        let other: &Self = other.downcast_ref()?;
        let adapters = |tagger: &Self| tagger.text_encoder().map(|encoder| encoder.adapter);
        if !other.spec.labels.names().eq(self.spec.labels.names()) || adapters(self) != adapters(other) {
            return None;
        }
        let mut blend = self.copy();
        blend.replace(parameters::blended(on_graph(&self.module), &on_graph(&other.module), share).valid());
        Some(Box::new(blend))
    }
}

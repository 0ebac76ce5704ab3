//! The model in use, a candidate that waits for the user's word, and what can be asked of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use spanlight_models::checkpoint::{self, Extent, Precision};
use spanlight_models::device::{self, Device};
use spanlight_models::example::{LabelSet, TypeStyle};
use spanlight_models::influence;
use spanlight_models::input::Item;
use spanlight_models::metrics::Scores;
use spanlight_models::model::Tagger;
use spanlight_models::training::{Control, TrainEvent};
use spanlight_models::uncertainty::Scored;

use super::WorkerOptions;
use super::inbox::{Inbox, Task};
use super::inspection::{self, Named, Other};
use super::lesson::{self, Lesson, LessonEvent, Manner, Taught};
use super::lineage::Lineage;
use super::message::{
    DeviceCard, Event, HeldOutScore, LearnJob, ModelCard, Outcome, Phase, Progress, Question, Types, Verdict, Which,
    WorkItem,
};

pub struct Session {
    device: Device,
    options: WorkerOptions,
    model: Box<dyn Tagger>,
    /// The model that it is compared with, once it was asked for.
    other: Option<Other>,
    candidate: Option<Taught>,
    lineage: Lineage,
}

impl Session {
    /// Chooses the device, loads the model in use and says so.
    pub fn open(options: &WorkerOptions, emit: &mut dyn FnMut(Event)) -> Result<Self, String> {
        let chosen = device::choose(options.device).map_err(|error| error.to_string())?;
        let base = base_name(options);
        let lineage = Lineage::open(&options.checkpoints, &base).map_err(|error| error.to_string())?;
        let (model, note) = load_current(options, &lineage, &chosen.device)?;
        let session =
            Self { device: chosen.device, options: options.clone(), model, other: None, candidate: None, lineage };
        let device = DeviceCard { device: chosen.name, reason: chosen.reason };
        emit(Event::Ready { model: session.card(), device });
        if let Some(note) = note {
            emit(Event::ModelChanged { model: session.card(), note });
        }
        Ok(session)
    }

    /// Does one task; long ones look into the inbox between two steps.
    pub fn work(&mut self, task: Task, inbox: &mut Inbox<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), String> {
        match task {
            Task::Predict(item) => emit(predict(self.model.as_ref(), self.lineage.current(), item)),
            Task::Ablate(item) => emit(ablate(self.model.as_ref(), self.lineage.current(), item)),
            Task::Inspect(question, item) if question.model == Which::Other => {
                self.inspect_other(question, item, inbox, emit);
            }
            Task::Inspect(question, item) if question.model == Which::Recorded => {
                let answer = inspection::recorded(self.options.maps.as_ref(), self.model.as_ref(), &question, item);
                emit(Event::Inspected(question, answer.map(Box::new)));
            }
            Task::Inspect(question, item) => {
                let name = format!("{} v{}", self.model.info().name, self.lineage.current());
                inspect((self.model.as_ref(), name), question, item, inbox, emit);
            }
            Task::Score(items) => emit(self.score(items)),
            Task::Compare(items) => emit(self.compare(items)),
            Task::Learn(job) => return self.learn(job, inbox, emit),
            Task::Accept => {
                if let Some(candidate) = self.candidate.take() {
                    let version = self.accept(candidate)?;
                    let note = format!("version {version} is in use, as you asked");
                    emit(Event::ModelChanged { model: self.card(), note });
                }
            }
            Task::Discard => {
                if self.candidate.take().is_some() {
                    let note = format!("version {} stays in use", self.lineage.current());
                    emit(Event::ModelChanged { model: self.card(), note });
                }
            }
            Task::RollBack => return self.roll_back(emit),
            Task::Retype(types) => return self.retype(types, emit),
            Task::Shutdown => {}
        }
        Ok(())
    }

    /// Asks the other model where the words of a tweet looked.
    fn inspect_other(
        &mut self,
        question: Question,
        item: WorkItem,
        inbox: &mut Inbox<'_>,
        emit: &mut dyn FnMut(Event),
    ) {
        match Other::current(&mut self.other, &self.options, &self.lineage, &self.device) {
            Ok(other) => inspect(other.named(), question, item, inbox, emit),
            Err(reason) => emit(Event::Inspected(question, Err(reason))),
        }
    }

    fn card(&self) -> ModelCard {
        ModelCard {
            system: self.model.info().name.to_owned(),
            name: base_name(&self.options),
            version: self.lineage.current(),
            parameters: self.model.parameters(),
            labels: self.model.labels().names().map(str::to_owned).collect(),
            methods: self.model.methods(),
            uses_image: self.model.info().uses_image,
            uses_contexts: self.model.info().uses_contexts,
        }
    }

    fn score(&self, items: Vec<WorkItem>) -> Event {
        let (tweets, items): (Vec<i64>, Vec<Item>) = items.into_iter().map(|item| (item.tweet, as_input(item))).unzip();
        let readings = self.model.predict(&items, false);
        let scores = readings.iter().map(|reading| Scored::of(&reading.answer));
        Event::Scored { version: self.lineage.current(), scores: tweets.into_iter().zip(scores).collect() }
    }

    /// Scores with both models; without another one only with the one in use.
    fn compare(&mut self, items: Vec<WorkItem>) -> Event {
        let inputs: Vec<Item> = items.iter().cloned().map(as_input).collect();
        let others = match Other::current(&mut self.other, &self.options, &self.lineage, &self.device) {
            Ok(other) => other.named().0.predict(&inputs, false),
            Err(reason) => {
                tracing::info!("nothing is compared: {reason}");
                Vec::new()
            }
        };
        let mut event = self.score(items);
        if let Event::Scored { scores, .. } = &mut event {
            for ((_, scored), other) in scores.iter_mut().zip(others) {
                let spans = other.answer.prediction.spans.into_iter().map(|scored| scored.span);
                scored.other = Some(spans.collect());
            }
        }
        event
    }

    fn learn(&mut self, job: LearnJob, inbox: &mut Inbox<'_>, emit: &mut dyn FnMut(Event)) -> Result<(), String> {
        let begun = Instant::now();
        self.candidate = None;
        let mut steps = 0;
        let corrections = job.corrections.len();
        let taught = self.teach(job, &mut steps, inbox, emit)?;
        let mut outcome = Outcome {
            before: None,
            after: None,
            verdict: Verdict::Stopped,
            steps,
            corrections,
            beyond_flat: 0,
            elapsed: begun.elapsed(),
        };
        let Some(taught) = taught else {
            emit(Event::Finished(outcome));
            return Ok(());
        };
        outcome.beyond_flat = taught.record.beyond_flat;
        outcome.before = taught.record.held_out_before.as_ref().map(summary);
        outcome.after = taught.record.held_out_after.as_ref().map(summary);
        match taught.record.confirmed() {
            Some(true) => {
                let version = self.accept(taught)?;
                emit(Event::Finished(Outcome { verdict: Verdict::Accepted { version }, ..outcome }));
                emit(Event::ModelChanged { model: self.card(), note: format!("version {version} is in use") });
            }
            judged => {
                self.candidate = Some(taught);
                let verdict = if judged.is_some() { Verdict::Worse } else { Verdict::Unjudged };
                emit(Event::Finished(Outcome { verdict, ..outcome }));
            }
        }
        Ok(())
    }

    /// Gives a copy of the model in use a lesson, and answers what the screen asks meanwhile; `None` if it was stopped.
    fn teach(
        &self,
        job: LearnJob,
        steps: &mut usize,
        inbox: &mut Inbox<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Option<Taught>, String> {
        let (model, version) = (self.model.as_ref(), self.lineage.current());
        let items = |items: Vec<WorkItem>| items.into_iter().map(as_input).collect();
        let LearnJob { corrections, replay, held_out, labels } = job;
        let (corrections, replay, held_out) = (items(corrections), items(replay), items(held_out));
        let lesson = Lesson { corrections, replay, held_out, labels };
        let manner =
            Manner { encoder: self.options.lesson, rank: self.options.lesson_rank, seed: model.defaults().seed };
        let mut watch = |event: LessonEvent<'_>| match event {
            LessonEvent::Trainer(event) => {
                if let TrainEvent::Step { step, .. } = event {
                    *steps = *step;
                }
                relay(event, model, version, inbox, emit)
            }
            LessonEvent::Measured(step, scores) => {
                emit(Event::Measured { step, score: summary(scores) });
                Control::Continue
            }
        };
        lesson::teach(model, lesson, manner, &mut watch).map_err(|error| error.to_string())
    }

    /// Saves a candidate as the next version and puts it to use.
    fn accept(&mut self, candidate: Taught) -> Result<u64, String> {
        let (version, folder) = self.lineage.next();
        let parts = candidate.model.parts(Precision::Full, Extent::WithoutNeighbour);
        let parts = parts.map_err(|error| error.to_string())?;
        checkpoint::save(&parts, &candidate.record, &folder).map_err(|error| error.to_string())?;
        let lineage = self.lineage.advanced(version);
        lineage.save().map_err(|error| error.to_string())?;
        self.lineage = lineage;
        self.model = candidate.model;
        self.model.lies_in(&folder);
        Ok(version)
    }

    /// Reads the model in use anew for other types.
    fn retype(&mut self, types: Types, emit: &mut dyn FnMut(Event)) -> Result<(), String> {
        let gone = |name: &&str| types.labels.index_of(name).is_none() && !types.former.contains_key(*name);
        let gone: Vec<String> = self.model.labels().names().filter(gone).map(str::to_owned).collect();
        self.options.types = types;
        let (model, note) = load_current(&self.options, &self.lineage, &self.device)?;
        self.model = model;
        self.other = None;
        let gone = (!gone.is_empty()).then(|| format!("no longer suggested: {}", gone.join(", ")));
        let dropped = self.candidate.take().map(|_| "the model that waited for a decision is dropped".to_owned());
        let notes: Vec<String> = [note, gone, dropped].into_iter().flatten().collect();
        let note = if notes.is_empty() { "the model knows these types".to_owned() } else { notes.join("; ") };
        emit(Event::ModelChanged { model: self.card(), note });
        Ok(())
    }

    fn roll_back(&mut self, emit: &mut dyn FnMut(Event)) -> Result<(), String> {
        let Some(before) = self.lineage.rolled_back() else {
            return Err("this is the model the project began with; there is nothing to go back to".into());
        };
        let (model, _) = load_current(&self.options, &before, &self.device)?;
        before.save().map_err(|error| error.to_string())?;
        self.lineage = before;
        self.model = model;
        self.candidate = None;
        let note = format!("back to version {}", self.lineage.current());
        emit(Event::ModelChanged { model: self.card(), note });
        Ok(())
    }
}

/// Passes a trainer's event on, answers what the screen asks meanwhile, and says whether to go on.
fn relay(
    event: &TrainEvent,
    model: &dyn Tagger,
    version: u64,
    inbox: &mut Inbox<'_>,
    emit: &mut dyn FnMut(Event),
) -> Control {
    let progress = |phase, done, total, loss, eta| Event::Progress(Progress { phase, done, total, loss, eta });
    match *event {
        TrainEvent::Preparing { done, total } | TrainEvent::WarmingUp { done, total } => {
            emit(progress(Phase::WarmingUp, done, total, None, None));
        }
        TrainEvent::Step { step, total, loss, left, .. } => {
            emit(progress(Phase::Training, step, total, Some(loss), Some(left)));
        }
        TrainEvent::Evaluating { done, total } => emit(progress(Phase::Evaluating, done, total, None, None)),
        TrainEvent::SmallerParts { rows } => tracing::warn!("the device's memory holds only {rows} tweets at once"),
        TrainEvent::Evaluated { .. } | TrainEvent::Resumed { .. } | TrainEvent::NotKept { .. } => {}
    }
    while let Some(item) = inbox.prediction() {
        emit(predict(model, version, item));
    }
    if let Some(item) = inbox.ablation() {
        emit(ablate(model, version, item));
    }
    if let Some((question, item)) = inbox.question_to(Which::InUse) {
        inspect((model, format!("{} v{version}", model.info().name)), question, item, inbox, emit);
    }
    if inbox.should_stop() { Control::Stop } else { Control::Continue }
}

fn predict(model: &dyn Tagger, version: u64, item: WorkItem) -> Event {
    let begun = Instant::now();
    let tweet = item.tweet;
    let reading = model.predict(&[as_input(item)], true).pop().unwrap_or_default();
    Event::Predicted {
        tweet,
        version,
        prediction: reading.answer.prediction,
        alignments: reading.answer.alignments,
        fusion: reading.answer.fusion,
        image_problem: reading.image_problem,
        elapsed: begun.elapsed(),
    }
}

fn ablate(model: &dyn Tagger, version: u64, item: WorkItem) -> Event {
    let tweet = item.tweet;
    Event::Ablated { tweet, version, ablation: influence::ablate(model, &as_input(item)) }
}

/// Answers where the words of a tweet looked, unless the screen has gone on.
fn inspect(model: Named<'_>, question: Question, item: WorkItem, inbox: &mut Inbox<'_>, emit: &mut dyn FnMut(Event)) {
    if let Some(answer) = inspection::answer(model, &question, item, inbox).transpose() {
        emit(Event::Inspected(question, answer.map(Box::new)));
    }
}

fn summary(scores: &Scores) -> HeldOutScore {
    HeldOutScore { f1: scores.overall.f1(), support: scores.overall.gold }
}

pub fn as_input(item: WorkItem) -> Item {
    Item { example: item.example, image: item.image, maps: None }
}

fn base_name(options: &WorkerOptions) -> String {
    options.model.as_ref().map_or_else(|| "embedded".to_owned(), |path| path.display().to_string())
}

/// The model in use by the lineage, and what had to be said about it.
fn load_current(
    options: &WorkerOptions,
    lineage: &Lineage,
    device: &Device,
) -> Result<(Box<dyn Tagger>, Option<String>), String> {
    let own = lineage.checkpoint();
    let (mut model, note) = load(options, own.as_ref().or(options.model.as_ref()).map(PathBuf::as_path), device)?;
    if let Some(folder) = own {
        model.lies_in(&folder);
    }
    Ok((model, note))
}

/// The model of a checkpoint, or the embedded one, moved to the project's types; and what had to be said about that.
pub fn load(
    options: &WorkerOptions,
    folder: Option<&Path>,
    device: &Device,
) -> Result<(Box<dyn Tagger>, Option<String>), String> {
    let loaded = match folder {
        Some(folder) => checkpoint::load(folder, &|name| options.encoders.named(name), device),
        None => checkpoint::load_embedded(device),
    };
    let mut model = loaded.map_err(|error| error.to_string())?;
    let note = take_types(model.as_mut(), &options.types);
    Ok((model, note))
}

/// Moves a model to the types of a project; what had to be said about that.
fn take_types(model: &mut dyn Tagger, types: &Types) -> Option<String> {
    let Types { labels, former } = types;
    if labels.is_empty() {
        return None;
    }
    let mut notes = Vec::new();
    let (renamed, merged) = by_present_names(model.labels(), types);
    if renamed != *model.labels() {
        let pairs = model.labels().names().zip(renamed.names()).filter(|(old, new)| old != new);
        notes.extend(pairs.map(|(old, new)| format!("{old} of the model is read as {new}")));
        model.rename(&renamed);
    }
    if let Some((renamed, [theirs, ours])) = model.labels().spelled_like(labels) {
        model.rename(&renamed);
        notes.push(format!("{theirs} of the model is read as {ours}"));
    }
    let new: Vec<&str> = labels.names().filter(|name| model.labels().index_of(name).is_none()).collect();
    if !new.is_empty() {
        notes.push(format!("not learned yet: {}", new.join(", ")));
    }
    let mut wanted = labels.clone();
    for name in merged {
        // The screen reads its suggestions as those of the type that it is now, until the model has learned.
        notes.push(format!("{name} of the model is read as {}", former.get(&name).map_or("", String::as_str)));
        wanted.insert(name, TypeStyle::default());
    }
    model.relabel(&wanted);
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// A model's types as they are called now, in its order, and those of them that were merged into another that it has.
fn by_present_names(of_model: &LabelSet, Types { labels, former }: &Types) -> (LabelSet, Vec<String>) {
    let (mut renamed, mut merged) = (LabelSet::default(), Vec::new());
    for (name, style) in of_model.iter() {
        let now = former.get(name).filter(|_| labels.index_of(name).is_none());
        let free = |now: &&String| of_model.index_of(now).is_none() && renamed.index_of(now).is_none();
        if now.is_some_and(|now| !free(&now)) {
            merged.push(name.to_owned());
        }
        renamed.insert(now.filter(free).map_or(name, String::as_str), style.clone());
    }
    (renamed, merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_a_model_are_read_by_their_present_names() {
        let of_model = LabelSet::new(["PER", "LOC", "GPE", "ORG"]);
        let former = [("PER", "PERSON"), ("GPE", "LOC"), ("ORG", "GROUP")];
        let former = former.map(|(was, now)| (was.to_owned(), now.to_owned())).into();
        // ORG is in use again, so that it means itself.
        let types = Types { labels: LabelSet::new(["PERSON", "LOC", "GROUP", "ORG"]), former };
        let (renamed, merged) = by_present_names(&of_model, &types);
        assert_eq!(renamed.names().collect::<Vec<_>>(), ["PERSON", "LOC", "GPE", "ORG"]);
        assert_eq!(merged, ["GPE"]);
    }
}

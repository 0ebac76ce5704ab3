//! What needs more than the scored tweets: other corpora, or the model once more.

use std::path::Path;

use indexmap::IndexMap;
use spanlight_models::example::{Example, LabelSet};
use spanlight_models::input::{Item, View};
use spanlight_models::metrics::{Certainty, Sentence, Surfaces, fit_temperature};
use spanlight_models::model::Tagger;
use spanlight_models::word_maps::{Nearness, TEACHER};

use super::Args;
use super::contexts::ContextsAs;
use super::images::{ImagesAs, shown};
use super::judge::Judgement;
use super::report::{CalibrationReport, ContextsReport, ImagesReport, MapsReport, Scaled, Shift, ViewReport};
use crate::cli::data::{self, Data};
use crate::cli::error::CliError;
use crate::cli::predict::each_reading;
use crate::cli::{map_files, output};

/// The names in a training file, their types called as the data call them.
pub fn surfaces(args: &Args, train: &Path, labels: &LabelSet) -> Result<Surfaces, CliError> {
    let corpus = data::read_corpus(train, &args.subject.reading)?;
    let mut examples: Vec<Example> = corpus.examples().collect();
    spell_like(&mut examples, corpus.labels(), labels);
    Ok(Surfaces::of(&examples))
}

/// Labelled tweets to fit on, their types called as the data call them.
pub fn held_out(args: &Args, file: &Path, labels: &LabelSet) -> Result<Vec<Item>, CliError> {
    let mut held_out =
        Data::read_labelled(file, &args.subject.reading, &args.subject.contexts, "fit a temperature on")?;
    spell_like(held_out.items.iter_mut().map(|item| &mut item.example), &held_out.labels, labels);
    Ok(held_out.items)
}

fn spell_like<'a>(examples: impl IntoIterator<Item = &'a mut Example>, own: &LabelSet, wanted: &LabelSet) {
    let Some((_, names)) = own.spelled_like(wanted) else { return };
    examples.into_iter().flat_map(|example| &mut example.spans).for_each(|span| span.respell(names));
}

/// Calibration as the model is, and with a temperature fitted on held-out tweets.
pub fn calibration(
    args: &Args,
    tagger: &dyn Tagger,
    items: &[Item],
    judgement: &Judgement,
    held_out: Option<&[Item]>,
) -> Result<CalibrationReport, CliError> {
    let (sentences, tweets_left_out) = judgement.sentences(tagger, items);
    let measured = Certainty::of(&judgement.tweets, &sentences);
    let mut report = CalibrationReport { measured, tweets_left_out, scaled: None };
    let Some(held_out) = held_out else { return Ok(report) };
    let shown = shown(held_out, args.images_as, args.seed)?;
    let held_out = seen(&shown.items, args.view());
    let (fitted_on, _) = Judgement::of(tagger, &held_out, false).sentences(tagger, &held_out);
    let Some(temperature) = fit_temperature(&fitted_on) else {
        output::note("no temperature can be fitted: the model scores no tags, or knows none of the types");
        return Ok(report);
    };
    let sentences: Vec<Sentence> = sentences.iter().map(|sentence| sentence.tempered(temperature)).collect();
    let measured = Certainty::of(&judgement.tempered(tagger, temperature), &sentences);
    report.scaled = Some(Scaled { temperature, measured });
    Ok(report)
}

/// How near the model's maps are to the recorded ones, on the tweets that have any.
pub fn maps(args: &Args, tagger: &dyn Tagger, items: &[Item]) -> Result<Vec<MapsReport>, CliError> {
    if args.maps.folder().is_some() && args.images_as != ImagesAs::Own {
        output::note("recorded maps lie over the tweets' own images: nothing is compared with them");
        return Ok(Vec::new());
    }
    let mut items: Vec<Item> = items.iter().filter(|item| item.image.is_some()).cloned().collect();
    args.maps.attach(&mut items)?;
    items.retain(|item| item.maps.is_some());
    let mut near: IndexMap<&'static str, Nearness> = IndexMap::new();
    each_reading(tagger, &items, true, |item, reading| {
        let Some(path) = &item.maps else { return Ok(()) };
        let recorded = map_files::read(path, &item.example)?;
        for looked in reading.answer.alignments.iter().filter(|looked| looked.method != TEACHER) {
            near.entry(looked.method).or_default().add(looked, &recorded);
        }
        Ok::<(), CliError>(())
    })?;
    let report = |(method, near): (_, Nearness)| Some(MapsReport { method, nearby: near.means()? });
    Ok(near.into_iter().filter_map(report).collect())
}

/// The scores with other images on the same weights, and what becomes of the predictions.
pub fn check_images(
    args: &Args,
    tagger: &dyn Tagger,
    items: &[Item],
    own: &Judgement,
) -> Result<Vec<ImagesReport>, CliError> {
    let check = |images_as| {
        let shown = shown(items, images_as, args.seed)?;
        let other = Judgement::of(tagger, &seen(&shown.items, args.view()), false);
        Ok(ImagesReport { images_as, shift: Shift::of(&own.tweets, &other.tweets) })
    };
    [ImagesAs::Shuffled, ImagesAs::Blank, ImagesAs::None].into_iter().map(check).collect()
}

/// The scores in the views besides the first.
pub fn other_views(args: &Args, tagger: &dyn Tagger, items: &[Item], own: &Judgement) -> Vec<ViewReport> {
    let look = |view: &View| {
        let other = Judgement::of(tagger, &seen(items, *view), false);
        ViewReport { view: *view, shift: Shift::of(&own.tweets, &other.tweets) }
    };
    args.view.iter().skip(1).map(look).collect()
}

/// The scores with other contexts on the same weights, and what becomes of the predictions.
pub fn check_contexts(args: &Args, tagger: &dyn Tagger, items: &[Item], own: &Judgement) -> Vec<ContextsReport> {
    let check = |contexts_as: ContextsAs| {
        let other = Judgement::of(tagger, &contexts_as.of(items, args.seed), false);
        ContextsReport { contexts_as, shift: Shift::of(&own.tweets, &other.tweets) }
    };
    ContextsAs::all(items).into_iter().map(check).collect()
}

/// The tweets as they are seen in a view.
pub fn seen(items: &[Item], view: View) -> Vec<Item> {
    items.iter().cloned().map(|item| view.of(item)).collect()
}

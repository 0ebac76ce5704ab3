//! How far the maps of a model can be trusted, over all tweets.

use spanlight_models::alignment::Selection;
use spanlight_models::attribution::Method;
use spanlight_models::example::Span;
use spanlight_models::image_file;
use spanlight_models::input::Item;
use spanlight_models::metrics::Interval;
use spanlight_models::training::Control;
use spanlight_models::trust::{Hidden, Line, Measured, Report, Reporter, Trust, draw_others};

use super::asker::{Answered, Asker};
use super::options::SpansOf;
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::figure::Looked;

/// Tweets that are asked about at once.
const CHUNK: usize = 32;
/// Resamples behind every interval.
const RESAMPLES: usize = 1000;
/// What is left to chance begins with this.
const SEED: u64 = 1;

/// The measures of one model's maps, a report a method.
pub fn reports(
    asker: &Asker<'_>,
    items: &[Item],
    spans_of: SpansOf,
    draws: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Report>, CliError> {
    let methods: Vec<Method> =
        asker.methods.iter().filter(|(_, missing)| missing.is_none()).map(|(method, _)| *method).collect();
    let mut reporters = vec![Reporter::default(); methods.len()];
    let hides = draws > 0 && asker.tagger.methods().contains(&Method::Occlusion);
    let mut progress = Progress::new();
    let mut done = 0;
    for chunk in items.chunks(CHUNK) {
        let stopped = || CliError::ExportStopped { done: 0, tweets: items.len(), goes_on: false };
        let answered = asker.ask(chunk, interrupt)?.ok_or_else(stopped)?;
        for (item, answered) in chunk.iter().zip(answered) {
            progress.update(|| format!("measuring tweet {done} of {}", items.len()));
            done += 1;
            if interrupt.wished() {
                return Err(stopped());
            }
            let spans = spans(item, &answered, spans_of);
            let size = item.image.as_deref().and_then(|path| image_file::probe(path).ok());
            let size = size.map(|info| [info.width, info.height]);
            for (method, reporter) in methods.iter().zip(&mut reporters) {
                let Some(looked) = answered.side.looked(*method) else { continue };
                let (regions, hidden) = if hides { hidden(looked, &spans, draws) } else { Default::default() };
                let mut watch = |_, _| if interrupt.wished() { Control::Stop } else { Control::Continue };
                // What cannot be hidden is not measured.
                let falls = (!regions.is_empty()).then(|| asker.tagger.hide(item, &regions, &mut watch).ok()).flatten();
                let tweet = Measured {
                    example: &item.example,
                    spans: &spans,
                    size,
                    alignment: &looked.alignment,
                    falls: falls.as_ref(),
                    hidden: &hidden,
                };
                let tweet_id = || item.example.id.clone();
                reporter.add(&tweet).map_err(|source| {
                    CliError::Attribution(spanlight_models::attribution::AttributionError::Map {
                        tweet: tweet_id(),
                        source,
                    })
                })?;
            }
        }
    }
    let system = asker.tagger.info().name;
    Ok(methods
        .iter()
        .zip(reporters)
        .map(|(method, reporter)| reporter.report(system, *method, RESAMPLES, SEED))
        .collect())
}

fn spans(item: &Item, answered: &Answered, spans_of: SpansOf) -> Vec<Span> {
    let own = &item.example.spans;
    match spans_of {
        SpansOf::Data => own.clone(),
        SpansOf::Auto if !own.is_empty() => own.clone(),
        _ => answered.reading.answer.prediction.spans.iter().map(|scored| scored.span.clone()).collect(),
    }
}

/// The regions to hide: the brightest one of every entity and `draws` others for each; and which they are, unless it is all
/// there are.
fn hidden(looked: &Looked, spans: &[Span], draws: usize) -> (Vec<usize>, Vec<Hidden>) {
    let regions = &looked.alignment.regions;
    if draws + 1 >= regions.len() && !spans.is_empty() {
        return ((0..regions.len()).collect(), Vec::new());
    }
    let of_span = |span: &Span| {
        let map = looked.alignment.to_regions(span.start..span.end, Selection::Mean);
        let brightest = map.ok().and_then(|map| Trust::of(&map, regions, &[])).map(|trust| trust.brightest);
        // Nothing is drawn for a map that cannot be measured.
        let others = brightest.map(|brightest| draw_others(regions.len(), brightest, draws, SEED));
        Hidden { brightest: brightest.unwrap_or(regions.len()), others: others.unwrap_or_default() }
    };
    let hidden: Vec<Hidden> = spans.iter().map(of_span).collect();
    let all = hidden.iter().flat_map(|hidden| hidden.others.iter().copied().chain([hidden.brightest]));
    let mut all: Vec<usize> = all.filter(|region| *region < regions.len()).collect();
    all.sort_unstable();
    all.dedup();
    (all, hidden)
}

/// A report as lines for people.
pub fn lines(name: &str, report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "{name} ({}), {}: {} entities in {} tweets, {} with a gold box; means with 95 % intervals",
        report.system, report.method, report.spans, report.tweets, report.boxed
    )];
    let mut rows = vec![
        ["maps", "strength", "entropy/most", "peak", "pointing", "in box", "IoU", "beats hidden"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(report.lines.iter().map(row));
    lines.extend(output::table(&rows));
    if let Some(chance) = report.chance {
        lines.push(format!("the boxes cover {:.0} % of the image in the mean", 100.0 * chance.mean));
    }
    if report.lines.iter().any(|line| line.occlusion.is_some())
        && report.lines.iter().any(|line| line.occlusion.is_none())
    {
        lines.push(
            "beats hidden: every entity's brightest region by the mean of all maps, against others drawn for it alone; where all \
             regions are hidden (--draws), layers and heads are checked too"
                .to_owned(),
        );
    }
    lines.push(report.note.to_owned());
    lines.push(report.method.caveat().to_owned());
    lines
}

fn row(line: &Line) -> Vec<String> {
    let measures =
        [line.strength, line.normalised_entropy, line.peak, line.pointing, line.mass, line.iou, line.occlusion];
    std::iter::once(line.selection.to_string()).chain(measures.map(shown)).collect()
}

fn shown(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |Interval { mean, low, high, .. }| format!("{mean:.3} [{low:.3}, {high:.3}]"))
}

/// Names and values for the head of a report with figures.
pub fn facts(name: &str, report: &Report) -> Vec<(String, String)> {
    let Some(line) = report.lines.first() else { return Vec::new() };
    let measures = [
        ("entropy, of the most", line.normalised_entropy),
        ("peak", line.peak),
        ("brightest region in the gold box", line.pointing),
        ("weight in the gold box", line.mass),
        ("brightest region matters more than a hidden other", line.occlusion),
    ];
    let told = |(what, interval): (&str, Option<Interval>)| {
        interval.map(|_| (format!("{name}, {}: {what}", report.method), shown(interval)))
    };
    measures.into_iter().filter_map(told).collect()
}

//! What an evaluation finds, for people.

use spanlight_models::example::Span;
use spanlight_models::metrics::{Calibration, Certainty, Confusion, Counts, ENOUGH, ErrorKind, Reach};
use spanlight_models::word_maps::Nearby;

use super::report::{
    BreakdownReport, CalibrationReport, ContextsReport, ErrorReport, Errors, ImagesReport, MapsReport, PointingReport,
    Report, Score, Shift,
};
use super::{Args, plot};
use crate::cli::output::{listing, table};
use crate::corpus::Overlaps;

/// Errors of one kind that are told.
const LISTED: usize = 20;

/// The scores, and what else was asked for.
pub fn describe(args: &Args, report: &Report<'_>) -> Vec<String> {
    let show = args.show;
    let mut lines = scores(report);
    if !report.views.is_empty() {
        lines.extend(views(report));
    }
    if show.breakdown || show.full || args.train.is_some() {
        lines.extend(report.breakdowns.iter().flat_map(breakdown));
    }
    if show.confusion || show.full {
        lines.extend(confusion(&report.confusion));
    }
    if show.calibration || show.full || args.temperature_from.is_some() {
        lines.extend(calibration(&report.calibration));
    }
    if !report.images_check.is_empty() {
        lines.extend(images_check(report.scores.overall.f1, &report.images_check));
    }
    if !report.contexts_check.is_empty() {
        lines.extend(contexts_check(report.scores.overall.f1, &report.contexts_check));
    }
    if show.errors || show.full {
        lines.extend(errors(&report.errors));
    }
    lines
}

fn scores(report: &Report<'_>) -> Vec<String> {
    let row = |name: &str, score: &Score| {
        let shares = [score.precision, score.recall, score.f1].map(percent);
        let counts = [score.predicted, score.support].map(|count| count.to_string());
        cells(name, shares.into_iter().chain(counts))
    };
    let mut rows = vec![head(["", "precision", "recall", "F1", "predicted", "entities"])];
    rows.push(row("all", &report.scores.overall));
    rows.extend(report.scores.per_type.iter().map(|(name, score)| row(name, score)));
    rows.push(row("borders only", &report.scores.span_only));
    let mut lines = table(&rows);
    lines.push(String::new());
    let bounded = report.scores.span_only.matched;
    let right = report.scores.overall.matched;
    lines.push(format!(
        "type right where the borders are: {} % ({right} of {bounded})",
        percent(report.scores.type_accuracy)
    ));
    if let Some(PointingReport { hits, total, rate }) = &report.pointing {
        lines.push(format!("brightest region in the box: {} % ({hits} of {total})", percent(*rate)));
    }
    for MapsReport { method, nearby } in &report.maps {
        let Nearby { words, divergence, even_divergence, same_peak, chance } = nearby;
        lines.push(format!(
            "{method} against recorded maps of {words} words: {divergence:.3} nats apart (even maps {even_divergence:.3}), \
             the same brightest region {} % (by chance {} %)",
            percent(*same_peak),
            percent(*chance)
        ));
    }
    if let Some(Reach { words, gold, beyond, recall_candidates, .. }) = report.reach.filter(|reach| reach.beyond > 0) {
        lines.push(format!(
            "entities of more than {words} words, which the model cannot find: {beyond} of {gold}; recall among the others {} %",
            percent(recall_candidates)
        ));
    }
    if let Some(Overlaps { tweets, entities }) = report.overlaps {
        lines.push(format!(
            "entities within or across longer ones, which the model cannot find beside these: {entities}, in {tweets} tweets"
        ));
    }
    let (missing, unusable) = (report.missing_images, report.image_problems);
    if missing + unusable > 0 {
        lines.push(format!("images without a file: {missing}, images that cannot be used: {unusable}"));
    }
    lines
}

fn breakdown(breakdown: &BreakdownReport) -> Vec<String> {
    let few = breakdown.parts.iter().any(|part| part.score.is_none() && part.counts.gold + part.counts.predicted > 0);
    let by_tweet = breakdown.parts.iter().any(|part| part.tweets.is_some());
    let mut rows = vec![head(["", "precision", "recall", "F1", "right", "predicted", "entities"])];
    if by_tweet {
        rows[0].push("tweets".to_owned());
    }
    for part in &breakdown.parts {
        let shares = part.score.map(|score| [score.precision, score.recall, score.f1].map(percent));
        let shares = shares.unwrap_or_else(|| ["–", "–", "–"].map(str::to_owned));
        let Counts { matched, predicted, gold } = part.counts;
        let counts = [Some(matched), Some(predicted), Some(gold), part.tweets];
        let counts = counts.into_iter().flatten().map(|count| count.to_string());
        rows.push(cells(part.name, shares.into_iter().chain(counts)));
    }
    let mut lines = section(breakdown.by, &rows);
    if few {
        lines.push(format!("–: fewer than {ENOUGH} entities"));
    }
    lines
}

fn confusion(confusion: &Confusion) -> Vec<String> {
    let mut rows = vec![cells("", confusion.types.iter().cloned().chain(["none".to_owned()]))];
    let names = confusion.types.iter().map(String::as_str).chain(["none"]);
    for (place, (name, row)) in names.zip(&confusion.cells).enumerate() {
        let count = |(column, count): (usize, &usize)| {
            // Nothing taken for nothing is not counted.
            let corner = place == confusion.types.len() && column == place;
            if corner { String::new() } else { count.to_string() }
        };
        rows.push(cells(name, row.iter().enumerate().map(count)));
    }
    section("gold types down, predicted types across, same borders", &rows)
}

fn calibration(report: &CalibrationReport) -> Vec<String> {
    let mut rows = vec![head(["", "count", "right", "confidence", "ECE", "ECE, equal mass", "Brier", "AURC"])];
    rows.extend(certainty(&report.measured, ""));
    if let Some(scaled) = &report.scaled {
        rows.extend(certainty(&scaled.measured, &format!(" at {:.3}", scaled.temperature)));
    }
    let mut lines = section("calibration", &rows);
    if let Some(loss) = report.measured.loss_per_word {
        lines.push(format!("negative log likelihood of a word's gold tag: {loss:.4}"));
    }
    if let Some(scaled) = &report.scaled {
        let loss = scaled.measured.loss_per_word.unwrap_or_default();
        lines.push(format!("with the temperature {:.3}: {loss:.4}; the labels stay", scaled.temperature));
    }
    if report.tweets_left_out > 0 {
        let count = report.tweets_left_out;
        lines.push(format!(
            "without the words of {count} tweets: no tag scores, or gold types that the model does not know"
        ));
    }
    let Some(entities) = &report.measured.entities else { return lines };
    let kept: Vec<_> = entities.coverage.points.iter().step_by(3).collect();
    let shares = kept.iter().map(|point| format!("{:.0}", 100.0 * point.coverage)).collect::<Vec<_>>().join(" / ");
    let right = kept.iter().map(|point| percent(point.precision)).collect::<Vec<_>>().join(" / ");
    lines.push(format!("right among the surest {shares} % of the entities: {right} %"));
    lines.extend([String::new(), "share of predicted entities that are right, by confidence".to_owned()]);
    lines.extend(plot::reliability(&entities.bins));
    lines
}

fn certainty(measured: &Certainty, suffix: &str) -> Vec<Vec<String>> {
    let row = |name: &str, calibration: &Option<Calibration>| {
        let calibration = calibration.as_ref()?;
        let shares = [calibration.accuracy, calibration.confidence, calibration.ece, calibration.ece_equal_mass];
        let plain = [calibration.brier, calibration.coverage.aurc].map(|figure| format!("{figure:.4}"));
        let shown = std::iter::once(calibration.count.to_string()).chain(shares.map(percent)).chain(plain);
        Some(cells(&format!("{name}{suffix}"), shown))
    };
    let kinds = [
        row("entities", &measured.entities),
        row("words", &measured.words),
        row("words of entities", &measured.entity_words),
    ];
    kinds.into_iter().flatten().collect()
}

fn images_check(own: f64, others: &[ImagesReport]) -> Vec<String> {
    let others = others.iter().map(|other| (other.images_as.name().to_owned(), &other.shift));
    shifts("images, same weights: predictions that differ from those with the own image", "own", own, others)
}

fn views(report: &Report<'_>) -> Vec<String> {
    let others = report.views.iter().map(|other| (other.view.name().to_owned(), &other.shift));
    let heading = "views, same weights: predictions that differ from those of the first";
    shifts(heading, report.view.name(), report.scores.overall.f1, others)
}

fn contexts_check(own: f64, others: &[ContextsReport]) -> Vec<String> {
    let others = others.iter().map(|other| (other.contexts_as.name(), &other.shift));
    shifts("contexts, same weights: predictions that differ from those with all own contexts", "own", own, others)
}

/// What becomes of the predictions, beside the F1 `own` of the main report.
fn shifts<'a>(heading: &str, name: &str, own: f64, others: impl Iterator<Item = (String, &'a Shift)>) -> Vec<String> {
    let mut rows = vec![head(["", "F1", "difference", "changed", "became right", "became wrong", "in tweets"])];
    rows.push(cells(name, [percent(own)]));
    for (name, Shift { f1, difference, changes }) in others {
        let shares = [percent(*f1), format!("{:+.2}", 100.0 * difference)];
        let counts = [changes.changed, changes.became_right, changes.became_wrong, changes.tweets];
        let counts = counts.map(|count| count.to_string());
        rows.push(cells(&name, shares.into_iter().chain(counts)));
    }
    section(heading, &rows)
}

fn errors(errors: &Errors) -> Vec<String> {
    let list = errors.list.as_deref().unwrap_or_default();
    let of_kind = |kind: ErrorKind| {
        let some: Vec<&ErrorReport> = list.iter().filter(|error| error.kind == kind).collect();
        let heading = format!("{}: {}", kind.name(), some.len());
        [String::new(), heading].into_iter().chain(listing(&some, some.len(), LISTED, |error| error_line(error)))
    };
    ErrorKind::ALL.into_iter().flat_map(of_kind).collect()
}

/// `ID: [New York] is LOC, said ORG 0.87: off to New York`.
fn error_line(error: &ErrorReport) -> String {
    let words = |span: &Span| error.tokens.get(span.start..span.end).unwrap_or_default().join(" ");
    let said = |scored: &spanlight_models::prediction::ScoredSpan| {
        let same =
            error.gold.as_ref().is_some_and(|gold| (gold.start, gold.end) == (scored.span.start, scored.span.end));
        let place = if same { String::new() } else { format!("[{}] ", words(&scored.span)) };
        format!("said {place}{} {:.2}", scored.span.label, scored.probability)
    };
    let gold = error.gold.as_ref().map(|gold| format!("[{}] is {}", words(gold), gold.label));
    let parts: Vec<String> = gold.into_iter().chain(error.predicted.as_ref().map(said)).collect();
    format!("{}: {}: {}", error.tweet, parts.join(", "), error.tokens.join(" "))
}

/// A heading over a table.
fn section(heading: &str, rows: &[Vec<String>]) -> Vec<String> {
    [String::new(), heading.to_owned()].into_iter().chain(table(rows)).collect()
}

fn head<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

pub fn cells(name: &str, rest: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(rest).collect()
}

pub fn percent(share: f64) -> String {
    format!("{:.2}", 100.0 * share)
}

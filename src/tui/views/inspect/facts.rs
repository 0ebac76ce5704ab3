//! What is known about the map: how it was asked for, the labels, how sharp it is, how it lies on the gold box, what it
//! does not prove.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use spanlight_models::alignment::{Alignment, Map};
use spanlight_models::attribution::{Direction, Method};
use spanlight_models::trust::{OcclusionCheck, Overlap, Trust};
use spanlight_models::word_maps::{divergence, same_peak};

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::views::{pane, percent, put, put_wrapped};
use crate::worker::{Insight, Question, Which};

/// Types that are told with their probabilities.
const TYPES: usize = 3;
/// Words listed that look at a region.
const WORDS: usize = 6;
/// Columns of the names of facts.
const NAMES: u16 = 9;
/// A change of a probability that is none.
const HARDLY: f32 = 0.001;
/// From this width on methods are described and not only named.
const ROOMY: u16 = 44;

/// Draws the facts.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let theme = &app.theme;
    let inner = pane(buffer, theme, area, "Inspector", "");
    let mut y = inner.y;
    for (name, fact, tone) in facts(app, inner.width >= ROOMY) {
        if y >= inner.bottom() {
            break;
        }
        put(buffer, (inner.x, y), inner.right(), &name, theme.dim());
        let place =
            Rect { x: inner.x + NAMES, y, width: inner.width.saturating_sub(NAMES), height: inner.bottom() - y };
        y += put_wrapped(buffer, place, &fact, theme.tone(tone)).max(1);
    }
}

type Fact = (String, String, Tone);

fn fact(name: &str, text: impl Into<String>) -> Fact {
    (name.to_owned(), text.into(), Tone::Plain)
}

fn facts(app: &App, roomy: bool) -> Vec<Fact> {
    let (Some(inspector), Some(question)) = (&app.inspector, app.primary()) else { return Vec::new() };
    let mut facts = match app.insight(&question) {
        None => vec![fact("", app.model.silence().unwrap_or("asking the model …"))],
        Some(Err(reason)) => vec![(String::new(), reason.to_owned(), Tone::Warn)],
        Some(Ok(insight)) => of_insight(app, &question, insight),
    };
    let method = if roomy { question.method.describe() } else { question.method.name() };
    facts.extend([fact("method", method), fact("unit", inspector.unit.name())]);
    let methods = app.model.card.as_ref().map(|card| card.methods.as_slice()).unwrap_or_default();
    let others: Vec<&str> =
        methods.iter().filter(|method| **method != question.method).map(|method| method.name()).collect();
    if !others.is_empty() {
        let key = app.keymap.label(Action::NextMethod).unwrap_or_default();
        facts.push(fact("else", format!("{key}: {}", others.join(", "))));
    }
    facts.push(fact("mind", question.method.caveat()));
    facts
}

fn of_insight(app: &App, question: &Question, insight: &Insight) -> Vec<Fact> {
    let mut facts = vec![fact("label", label(app, insight))];
    let other = app.secondary().and_then(|other| Some((app.insight(&other)?.ok()?, other.model)));
    if let Some((other, _)) = other.filter(|(_, model)| *model != Which::Recorded) {
        facts.push(fact("becomes", label(app, other)));
    }
    facts.extend(likely(app, insight));
    let Ok((alignment, map)) = app.map_of(insight) else { return facts };
    if app.inspector.as_ref().is_some_and(|inspector| inspector.direction == Direction::ToTokens) {
        facts.extend(looking(app, alignment));
    }
    let recorded = other.filter(|(_, model)| *model == Which::Recorded);
    facts.extend(recorded.and_then(|(recorded, _)| apart(&map, &app.map_of(recorded).ok()?.1)));
    let boxes = app.inspected_boxes(alignment);
    if let Some(trust) = Trust::of(&map, &alignment.regions, &boxes) {
        let sharp = format!("peak {:.3}, entropy {:.2} of 1", trust.peak, trust.normalised_entropy);
        facts.push(fact("sharp", sharp));
        facts.extend(trust.overlap.map(|overlap| fact("gold box", on_box(&overlap))));
        facts.push(check(app, question, insight, trust.brightest));
    }
    facts.extend(whole(app, insight, alignment));
    facts.extend(imagined(insight));
    facts
}

/// The label of the words by this answer.
fn label(app: &App, insight: &Insight) -> String {
    let Some(page) = &app.page else { return String::new() };
    let target = page.target();
    let spans = insight.reading.answer.prediction.spans.iter();
    let meeting = spans.filter(|scored| scored.span.start < target.end && target.start < scored.span.end);
    let told: Vec<String> = meeting
        .map(|scored| {
            let words = page.words(scored.span.start..scored.span.end);
            format!("{} {} “{words}”", scored.span.label, percent(scored.probability))
        })
        .collect();
    if told.is_empty() { "no entity".into() } else { told.join(", ") }
}

/// The types that the words may have, the likeliest first, and how much of that changes where something is compared.
fn likely(app: &App, insight: &Insight) -> Option<Fact> {
    let target = app.page.as_ref()?.target();
    let own = mean_chances(insight, target.clone())?;
    let other = app.secondary().and_then(|question| app.insight(&question)?.ok());
    let other = other.filter(|other| other.types == insight.types).and_then(|other| mean_chances(other, target));
    let mut places: Vec<usize> = (0..own.len()).collect();
    places.sort_by(|one, two| own[*two].total_cmp(&own[*one]));
    let name = |place: usize| insight.types.get(place).map_or("none", String::as_str);
    let told = places.into_iter().take(TYPES).map(|place| match &other {
        Some(other) => format!("{} {} → {}", name(place), percent(own[place]), percent(other[place])),
        None => format!("{} {}", name(place), percent(own[place])),
    });
    Some(fact("likely", told.collect::<Vec<_>>().join(", ")))
}

/// The mean over tokens of the probabilities of the types, and last of no entity.
fn mean_chances(insight: &Insight, tokens: Range<usize>) -> Option<Vec<f32>> {
    let rows = insight.chances.get(tokens).filter(|rows| !rows.is_empty())?;
    let mut mean = vec![0.0; rows[0].len()];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(sum, chance)| *sum += chance / rows.len() as f32);
    }
    Some(mean)
}

fn on_box(overlap: &Overlap) -> String {
    format!(
        "{}; {} of the weight in it (chance {}), IoU {:.2} at {:.0} % of the peak",
        if overlap.pointing { "peak inside" } else { "peak outside" },
        percent(overlap.mass),
        percent(overlap.chance),
        overlap.iou,
        100.0 * overlap.threshold
    )
}

/// How far the map is from the recorded one over the same regions; nothing where that says nothing.
fn apart(map: &Map, recorded: &Map) -> Option<Fact> {
    let (brightest, _) = (map.brightest()?, recorded.brightest()?);
    if map.weights.len() != recorded.weights.len() {
        return None;
    }
    let peak = if same_peak(brightest, &recorded.weights) { "the same" } else { "another" };
    let apart = divergence(&map.weights, &recorded.weights);
    Some(fact("recorded", format!("{apart:.2} nats from the recorded map, {peak} brightest region")))
}

/// Whether hiding the brightest region changes the label more than hiding another.
fn check(app: &App, question: &Question, insight: &Insight, brightest: usize) -> Fact {
    let asked = Question { method: Method::Occlusion, ..question.clone() };
    let known = app.insight(&asked);
    let key = app.keymap.label(Action::CheckByHiding).unwrap_or_default();
    let text = match known {
        None if app.hiding().is_some() => "hiding every region …".to_owned(),
        None => format!("{key} hides every region in turn"),
        Some(Err(reason)) => reason.to_owned(),
        Some(Ok(hidden)) => {
            let rows = hidden.alignment.as_ref().map(|alignment| {
                let rows = app.inspected_rows(insight);
                alignment.rows(rows.start, rows.end)
            });
            let check =
                hidden.falls.as_ref().zip(rows).and_then(|(falls, rows)| OcclusionCheck::of(brightest, falls, &rows));
            match check {
                Some(check) if check.fall.abs() < HARDLY && check.others < HARDLY => {
                    "hardly anything changes, whichever region is hidden".into()
                }
                Some(check) => format!(
                    "without the brightest region the label falls by {:.3}, without another by {:.3} in the mean: {}",
                    check.fall,
                    check.others,
                    if check.passed { "it matters" } else { "it matters no more than others" }
                ),
                None => "there is nothing to compare".into(),
            }
        }
    };
    fact("hidden", text)
}

/// Which words look at the region under the cursor.
fn looking(app: &App, alignment: &Alignment) -> Vec<Fact> {
    let (Some(inspector), Some(page)) = (&app.inspector, &app.page) else { return Vec::new() };
    let Ok(map) = alignment.to_tokens(app.region(), inspector.selection) else { return Vec::new() };
    let mut order: Vec<usize> = (0..map.weights.len()).collect();
    order.sort_by(|one, other| map.weights[*other].total_cmp(&map.weights[*one]));
    let most = order.first().map_or(0.0, |best| map.weights[*best]);
    let line = |(place, token): (usize, &usize)| {
        let weight = map.weights[*token];
        let bar = "━".repeat((weight / most.max(f32::MIN_POSITIVE) * 10.0).round() as usize);
        let words = page.tweet.example.tokens.get(*token).cloned().unwrap_or_default();
        fact(if place == 0 { "looked at" } else { "" }, format!("{weight:.3} {bar} {words}"))
    };
    order.iter().take(WORDS).enumerate().map(line).collect()
}

/// How much went to the image as a whole, where that can be looked at beside its regions.
fn whole(app: &App, insight: &Insight, alignment: &Alignment) -> Option<Fact> {
    let rows = app.inspected_rows(insight);
    let share = alignment.whole_share(rows.start, rows.end)?;
    let bar = "━".repeat((share * 10.0).round() as usize);
    Some(fact("whole", format!("{} looks at the image as a whole {bar}", percent(share))))
}

/// What a system that generates an image from words kept of them, level by level.
fn imagined(insight: &Insight) -> Vec<Fact> {
    let Some(imagination) = &insight.reading.answer.imagination else { return Vec::new() };
    let level = |(place, level): (usize, &spanlight_models::imagination::ImaginedLevel)| {
        let kept = level.words.iter().filter(|choice| choice.kept).count();
        let near = level.image.as_ref().map_or_else(String::new, |image| {
            let patches = image.regions.iter().filter(|choice| choice.kept).count();
            format!(", {patches} of {} patches; like the image {:.2}", image.regions.len(), image.mean)
        });
        fact(
            if place == 0 { "imagined" } else { "" },
            format!("layer {}: {kept} of {} words kept{near}", level.layer, level.words.len()),
        )
    };
    imagination.levels.iter().enumerate().map(level).collect()
}

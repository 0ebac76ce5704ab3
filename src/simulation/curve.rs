//! What the rounds of several ways say together.

use serde::Serialize;

use super::{Learning, Round, Walked};
use crate::order::QueueOrder;

/// A point of a curve, the mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Tweets labelled.
    pub labelled: usize,
    /// Words of them.
    pub words: f64,
    /// Entities in them.
    pub entities: f64,
    /// F1 on the test tweets.
    pub f1: f64,
    /// Sample deviation of F1 over the seeds; none with one seed.
    pub deviation: Option<f64>,
}

/// F1 against the number of labelled tweets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// By what the next tweet was chosen.
    pub order: QueueOrder,
    /// How the model learned.
    pub learning: Learning,
    /// Number of seeds.
    pub seeds: usize,
    /// From the start on.
    pub points: Vec<CurvePoint>,
}

/// How many tweets an order needs for what chance reaches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// The order.
    pub order: QueueOrder,
    /// How the model learned.
    pub learning: Learning,
    /// F1 of the random order.
    pub f1: f64,
    /// Tweets that the random order needed for it: all that it labelled.
    pub random: usize,
    /// Tweets that this order needed for it, between two points on the straight line; none where it never reached it.
    pub labelled: Option<f64>,
    /// The one divided by the other.
    pub share: Option<f64>,
}

/// What lessons did in one order, over all seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LessonSummary {
    /// The order.
    pub order: QueueOrder,
    /// Number of lessons.
    pub lessons: usize,
    /// Number of those whose model was taken over, whole or in part.
    pub taken: usize,
    /// Number of those of which half or a quarter was taken.
    pub in_part: usize,
    /// Largest loss of F1 on the held-out set by a whole lesson, before anything was judged; negative where all gained.
    pub largest_loss_unjudged: Option<f64>,
    /// The same for what was taken over.
    pub largest_loss: Option<f64>,
    /// Largest loss of F1 on the test tweets by what was taken over, which the test tweets had no say in.
    pub largest_loss_on_test: Option<f64>,
    /// Largest gain on the held-out set of what was taken over.
    pub largest_gain: Option<f64>,
    /// Mean change of F1 on the held-out set by whole lessons.
    pub mean_change_unjudged: Option<f64>,
    /// Mean change of F1 on the test tweets by a round, whether or not its lesson was taken over.
    pub mean_change_on_test: Option<f64>,
}

/// A curve for every order and way of learning, over the rounds that all seeds have.
pub fn curves(walked: &[Walked]) -> Vec<Curve> {
    let mut kinds: Vec<(QueueOrder, Learning)> = Vec::new();
    for one in walked {
        if !kinds.contains(&(one.way.order, one.way.learning)) {
            kinds.push((one.way.order, one.way.learning));
        }
    }
    kinds.into_iter().map(|(order, learning)| curve(walked, order, learning)).collect()
}

fn curve(walked: &[Walked], order: QueueOrder, learning: Learning) -> Curve {
    let same: Vec<&Walked> =
        walked.iter().filter(|one| (one.way.order, one.way.learning) == (order, learning)).collect();
    let rounds = same.iter().map(|one| one.rounds.len()).min().unwrap_or(0);
    let point = |number: usize| {
        let round = |of: fn(&Round) -> f64| same.iter().map(|one| of(&one.rounds[number])).collect::<Vec<f64>>();
        let f1 = round(|round| round.test.overall.f1());
        CurvePoint {
            labelled: same.first().map_or(0, |one| one.rounds[number].labelled),
            words: mean(&round(|round| round.words as f64)).unwrap_or(0.0),
            entities: mean(&round(|round| round.entities as f64)).unwrap_or(0.0),
            f1: mean(&f1).unwrap_or(0.0),
            deviation: deviation(&f1),
        }
    };
    Curve { order, learning, seeds: same.len(), points: (0..rounds).map(point).collect() }
}

/// What every order needs for the last F1 of the random order that learned in the same way.
pub fn reached(curves: &[Curve]) -> Vec<Reached> {
    let mut found = Vec::new();
    for random in curves.iter().filter(|curve| curve.order == QueueOrder::Random) {
        let Some(last) = random.points.last() else { continue };
        for curve in curves.iter().filter(|one| one.learning == random.learning && one.order != QueueOrder::Random) {
            let labelled = first_at(&curve.points, last.f1);
            let share = labelled.map(|labelled| labelled / last.labelled as f64);
            let (order, learning) = (curve.order, curve.learning);
            found.push(Reached { order, learning, f1: last.f1, random: last.labelled, labelled, share });
        }
    }
    found
}

/// The number of tweets at which a curve first reaches `f1`.
fn first_at(points: &[CurvePoint], f1: f64) -> Option<f64> {
    let place = points.iter().position(|point| point.f1 >= f1)?;
    let point = points[place];
    let Some(before) = place.checked_sub(1).map(|before| points[before]) else { return Some(point.labelled as f64) };
    let way = (f1 - before.f1) / (point.f1 - before.f1);
    Some(before.labelled as f64 + way * (point.labelled - before.labelled) as f64)
}

/// What lessons did, by order.
pub fn lessons(walked: &[Walked]) -> Vec<LessonSummary> {
    let with_lessons = |order: &QueueOrder| {
        let same = walked.iter().filter(|one| one.way.order == *order && one.way.learning == Learning::Lessons);
        let same: Vec<&Walked> = same.filter(|one| one.rounds.len() > 1).collect();
        (!same.is_empty()).then(|| summary(*order, &same))
    };
    QueueOrder::ALL.iter().filter_map(with_lessons).collect()
}

fn summary(order: QueueOrder, walked: &[&Walked]) -> LessonSummary {
    let rounds = || walked.iter().flat_map(|one| one.rounds.windows(2)).map(|pair| (&pair[0], &pair[1]));
    let (mut taken, mut in_part) = (0, 0);
    let (mut unjudged, mut judged, mut tested, mut all_tested) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (before, after) in rounds() {
        let on_test = after.test.overall.f1() - before.test.overall.f1();
        all_tested.push(on_test);
        let Some(lesson) = &after.lesson else { continue };
        taken += usize::from(after.taken);
        in_part += usize::from(after.taken && lesson.share < 1.0);
        let old = lesson.held_out_before.as_ref().map(|scores| scores.overall.f1());
        let whole = lesson.tried.first().and_then(|tried| tried.f1);
        unjudged.extend(whole.zip(old).map(|(new, old)| new - old));
        if after.taken {
            let new = lesson.held_out_after.as_ref().map(|scores| scores.overall.f1());
            judged.extend(new.zip(old).map(|(new, old)| new - old));
            tested.push(on_test);
        }
    }
    let least = |changes: &[f64]| changes.iter().copied().reduce(f64::min);
    LessonSummary {
        order,
        lessons: rounds().filter(|(_, round)| round.lesson.is_some()).count(),
        taken,
        in_part,
        largest_loss_unjudged: least(&unjudged).map(|change| -change),
        largest_loss: least(&judged).map(|change| -change),
        largest_loss_on_test: least(&tested).map(|change| -change),
        largest_gain: judged.iter().copied().reduce(f64::max),
        mean_change_unjudged: mean(&unjudged),
        mean_change_on_test: mean(&all_tested),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use spanlight_models::metrics::{Counts, Scores};

    use super::super::Way;
    use super::*;
    use crate::worker::lesson::{LessonRecord, Tried};

    /// Scores with this F1, in thousandths.
    fn scores(f1: usize) -> Scores {
        Scores { overall: Counts { matched: f1, predicted: 1000, gold: 1000 }, ..Scores::default() }
    }

    fn walked(order: QueueOrder, seed: u64, f1: &[usize]) -> Walked {
        let round = |(round, f1): (usize, &usize)| Round {
            round,
            labelled: 100 + 50 * round,
            words: 0,
            entities: 0,
            test: scores(*f1),
            lesson: None,
            taken: true,
            through: 0,
            seconds: 0.0,
        };
        let way = Way { order, learning: Learning::Lessons, seed };
        Walked { way, rounds: f1.iter().enumerate().map(round).collect() }
    }

    #[test]
    fn an_order_is_judged_by_what_chance_reaches_with_everything() {
        let walked = [
            walked(QueueOrder::Random, 1, &[100, 200, 300, 400]),
            walked(QueueOrder::Random, 2, &[100, 200, 300, 420]),
            walked(QueueOrder::Uncertain, 1, &[100, 310, 510]),
            walked(QueueOrder::Corpus, 1, &[100, 110, 120, 130]),
        ];
        let curves = curves(&walked);
        let last = curves[0].points[3];
        assert!((last.f1 - 0.41).abs() < 1e-12 && (last.deviation.expect("two") - 0.014_142).abs() < 1e-6);
        assert_eq!((curves.len(), curves[0].seeds, curves[1].points[0].deviation), (3, 2, None));
        let found = reached(&curves);
        let by = |order| *found.iter().find(|reached| reached.order == order).expect("it is compared");
        let uncertainty = by(QueueOrder::Uncertain);
        assert!((uncertainty.labelled.expect("reached") - 175.0).abs() < 1e-9, "{uncertainty:?}");
        assert!((uncertainty.share.expect("reached") - 0.7).abs() < 1e-9);
        assert_eq!((by(QueueOrder::Corpus).share, found.len()), (None, 2));
    }

    #[test]
    fn losses_are_told_before_and_after_the_judge() {
        let mut one = walked(QueueOrder::Random, 1, &[500, 490, 520, 520]);
        let lesson = |before, tried: &[(f64, usize)], share, after| LessonRecord {
            corrections: 20,
            replayed: 0,
            beyond_flat: 0,
            steps: 1,
            share,
            tried: tried.iter().map(|(share, f1)| Tried { share: *share, f1: Some(*f1 as f64 / 1e3) }).collect(),
            held_out_before: Some(scores(before)),
            held_out_after: Some(scores(after)),
        };
        one.rounds[1].lesson = Some(lesson(400, &[(1.0, 390), (0.5, 404)], 0.5, 404));
        one.rounds[2].lesson = Some(lesson(404, &[(1.0, 430)], 1.0, 430));
        one.rounds[3].lesson = Some(lesson(430, &[(1.0, 400), (0.5, 410), (0.25, 420)], 1.0, 400));
        one.rounds[3].taken = false;
        let found = lessons(&[one])[0];
        assert_eq!((found.lessons, found.taken, found.in_part), (3, 2, 1));
        let near = |value: Option<f64>, expected: f64| (value.expect("a value") - expected).abs() < 1e-9;
        assert!(near(found.largest_loss_unjudged, 0.03) && near(found.largest_loss, -0.004), "{found:?}");
        assert!(near(found.largest_loss_on_test, 0.01) && near(found.largest_gain, 0.026), "{found:?}");
        assert!(near(found.mean_change_on_test, 0.02 / 3.0), "{found:?}");
    }
}

//! What the screen knows of the model: which one it is, what it is doing, how its last lesson ended.

use std::time::{Duration, Instant};

use crate::worker::{DeviceCard, HeldOutScore, ModelCard, Outcome, Phase, Progress, Verdict};

/// Points of a curve that are kept; when there are more, every second one goes.
const CURVE_POINTS: usize = 512;

/// The running job.
#[derive(Clone, Debug)]
pub struct Job {
    /// The last sign of life.
    pub progress: Option<Progress>,
    /// When the job was asked for.
    pub started: Instant,
    /// When the last sign of life came.
    pub heard: Instant,
    /// The last edit that it learns from.
    pub through: i64,
    /// Whether it was asked to stop.
    pub stopping: bool,
}

impl Job {
    /// A job that learns edits up to `through`.
    pub fn new(through: i64, now: Instant) -> Self {
        Self { progress: None, started: now, heard: now, through, stopping: false }
    }

    /// Time to the end, as estimated at the last sign of life, less what has passed since.
    pub fn eta(&self, now: Instant) -> Option<Duration> {
        self.progress.as_ref()?.eta.map(|eta| eta.saturating_sub(now.duration_since(self.heard)))
    }
}

/// Values over training steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// Adds a value; not a number is left out.
    pub fn push(&mut self, step: usize, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.points.push((step as f64, value));
        if self.points.len() > CURVE_POINTS {
            let mut index = 0;
            let last = self.points.len() - 1;
            self.points.retain(|_| {
                index += 1;
                (index - 1) % 2 == 0 || index - 1 == last
            });
        }
    }

    /// The value at a share of the way from the first to the last step, between two points by a straight line.
    pub fn at(&self, share: f64) -> Option<f64> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let step = first.0 + (last.0 - first.0) * share;
        let after = self.points.iter().find(|point| point.0 >= step).unwrap_or(last);
        let before = self.points.iter().rev().find(|point| point.0 <= step).unwrap_or(first);
        let way = after.0 - before.0;
        Some(if way > 0.0 { before.1 + (after.1 - before.1) * (step - before.0) / way } else { after.1 })
    }

    /// Step and value of every point.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The newest value.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|point| point.1)
    }

    /// Least and greatest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = self.points.iter().map(|point| point.1);
        values.fold(None, |range, value| {
            Some(range.map_or((value, value), |(least, most): (f64, f64)| (least.min(value), most.max(value))))
        })
    }
}

/// State of the model as told by its thread.
#[derive(Clone, Debug, Default)]
pub struct ModelState {
    /// The model in use; `None` while it is loaded.
    pub card: Option<ModelCard>,
    /// Where it runs.
    pub device: Option<DeviceCard>,
    /// The job that runs.
    pub job: Option<Job>,
    /// Last edit of the job that waits behind it.
    pub queued: Option<i64>,
    /// How the last job ended.
    pub outcome: Option<Outcome>,
    /// Last edit of a candidate that waits for a person's word.
    pub candidate: Option<i64>,
    /// What failed last.
    pub failure: Option<String>,
    /// Loss per step.
    pub loss: Curve,
    /// Held-out F1.
    pub score: Curve,
    /// Whether its thread has ended.
    pub gone: bool,
}

impl ModelState {
    /// Version of the model in use.
    pub fn version(&self) -> Option<u64> {
        self.card.as_ref().map(|card| card.version)
    }

    /// Why the model says nothing, if it cannot.
    pub fn silence(&self) -> Option<&'static str> {
        if self.gone {
            Some("the model's thread has ended")
        } else if self.card.is_none() {
            Some("the model is being loaded")
        } else {
            None
        }
    }

    /// Notes a job that was sent; one runs and one waits.
    pub fn learning(&mut self, through: i64, now: Instant) {
        self.failure = None;
        self.candidate = None;
        if self.job.is_some() {
            self.queued = Some(through);
        } else {
            self.start(through, now);
        }
    }

    fn start(&mut self, through: i64, now: Instant) {
        self.job = Some(Job::new(through, now));
        self.outcome = None;
        self.loss = Curve::default();
        self.score = Curve::default();
    }

    /// Takes in a sign of life.
    pub fn progressed(&mut self, progress: Progress, now: Instant) {
        if let (Some(loss), Phase::Training) = (progress.loss, progress.phase) {
            self.loss.push(progress.done, f64::from(loss));
        }
        // A job that was started by somebody else, as a script does, is shown too.
        let job = self.job.get_or_insert_with(|| Job::new(0, now));
        job.progress = Some(progress);
        job.heard = now;
    }

    /// Takes in a score.
    pub fn measured(&mut self, step: usize, score: HeldOutScore) {
        self.score.push(step, score.f1);
    }

    /// Takes in the end of a job; returns the last edit that an accepted model learned.
    pub fn finished(&mut self, outcome: Outcome, now: Instant) -> Option<i64> {
        let through = self.job.take().map(|job| job.through);
        let learned = match outcome.verdict {
            Verdict::Accepted { .. } => through,
            Verdict::Worse | Verdict::Unjudged => {
                self.candidate = Some(through.unwrap_or(0));
                None
            }
            Verdict::Stopped => None,
        };
        if let Some(next) = self.queued.take() {
            self.start(next, now);
        }
        self.outcome = Some(outcome);
        learned
    }

    /// The running job failed.
    pub fn job_failed(&mut self, now: Instant) {
        self.job = None;
        if let Some(next) = self.queued.take() {
            self.start(next, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome {
            before: None,
            after: None,
            verdict,
            steps: 3,
            corrections: 2,
            beyond_flat: 0,
            elapsed: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_waiting_job_runs_after_the_first_and_only_accepted_edits_count_as_learned() {
        let now = Instant::now();
        let mut model = ModelState::default();
        model.learning(10, now);
        model.learning(20, now);
        model.learning(30, now);
        assert_eq!(model.finished(outcome(Verdict::Accepted { version: 1 }), now), Some(10));
        assert_eq!(model.job.as_ref().map(|job| job.through), Some(30), "a newer job replaces the waiting one");
        assert_eq!(model.finished(outcome(Verdict::Worse), now), None);
        assert_eq!(model.candidate, Some(30));
        assert!(model.job.is_none());
    }

    #[test]
    fn curves_stay_small_and_keep_their_ends() {
        let mut curve = Curve::default();
        for step in 0..5000 {
            curve.push(step, if step == 77 { f64::NAN } else { step as f64 });
        }
        assert!(curve.points().len() <= CURVE_POINTS);
        assert_eq!(curve.points()[0], (0.0, 0.0));
        assert_eq!(curve.last(), Some(4999.0));
    }

    #[test]
    fn curves_are_read_between_their_points() {
        let mut curve = Curve::default();
        assert_eq!(curve.at(0.5), None);
        curve.push(10, 1.0);
        assert_eq!(curve.at(0.5), Some(1.0));
        curve.push(20, 3.0);
        curve.push(30, 3.0);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| curve.at(share)), [Some(1.0), Some(2.0), Some(3.0), Some(3.0)]);
    }

    #[test]
    fn the_estimate_runs_down_between_two_signs_of_life() {
        let now = Instant::now();
        let mut job = Job::new(1, now);
        assert_eq!(job.eta(now), None);
        let eta = Some(Duration::from_secs(9));
        job.progress = Some(Progress { phase: Phase::Training, done: 1, total: 2, loss: None, eta });
        assert_eq!(job.eta(now + Duration::from_secs(4)), Some(Duration::from_secs(5)));
        assert_eq!(job.eta(now + Duration::from_secs(40)), Some(Duration::ZERO));
    }
}

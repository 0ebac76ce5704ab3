//! Which tweets the model is to score next, in the background.

use crate::order::QueueOrder;
use crate::project::{QueueItem, State};

/// Tweets per request: small, so that the model is never away from the tweet on screen for long.
const BATCH: usize = 16;

/// Progress of scoring the queue with one model.
#[derive(Clone, Debug, Default)]
pub struct Scoring {
    /// Per row of the queue: nothing left to do.
    settled: Vec<bool>,
    left: usize,
    in_flight: bool,
    paused: bool,
    /// Whether the other model is asked as well.
    compares: bool,
}

impl Scoring {
    /// Scores only what has no score yet that the order could go by.
    pub fn continued(queue: &[QueueItem], order: QueueOrder) -> Self {
        Self::with(queue, order, |item| {
            item.scores.is_some_and(|scores| match order {
                QueueOrder::Models => scores.models.is_some(),
                QueueOrder::Labels if item.state == State::Done => scores.labels.is_some(),
                _ => scores.version.is_some(),
            })
        })
    }

    /// Goes on for another order.
    pub fn for_order(&self, queue: &[QueueItem], order: QueueOrder) -> Self {
        Self { in_flight: self.in_flight, paused: self.paused, ..Self::continued(queue, order) }
    }

    /// Scores everything anew, because another model is in use.
    pub fn restarted(&self, queue: &[QueueItem], order: QueueOrder) -> Self {
        Self { in_flight: self.in_flight, ..Self::with(queue, order, |_| false) }
    }

    fn with(queue: &[QueueItem], order: QueueOrder, known: impl Fn(&QueueItem) -> bool) -> Self {
        let idle = |item: &QueueItem| match item.state {
            State::Done => !order.reviews(),
            State::Skipped => true,
            _ => false,
        };
        let settled: Vec<bool> = queue.iter().map(|item| idle(item) || known(item)).collect();
        let left = settled.iter().filter(|settled| !**settled).count();
        Self { settled, left, in_flight: false, paused: false, compares: order == QueueOrder::Models }
    }

    /// Whether the other model is asked as well.
    pub fn compares(&self) -> bool {
        self.compares
    }

    /// Rows that are scored or need not be, and all rows.
    pub fn progress(&self) -> (usize, usize) {
        (self.settled.len() - self.left, self.settled.len())
    }

    /// The rows to ask about now, the nearest behind row `from` first; nothing while an answer is awaited.
    pub fn next_batch(&mut self, from: usize) -> Vec<usize> {
        if self.in_flight || self.paused || self.left == 0 {
            return Vec::new();
        }
        let rows = self.settled.len();
        let from = from.min(rows);
        let batch: Vec<usize> = (from..rows).chain(0..from).filter(|row| !self.settled[*row]).take(BATCH).collect();
        for row in &batch {
            self.settled[*row] = true;
        }
        self.left -= batch.len();
        self.in_flight = true;
        batch
    }

    /// The answer came.
    pub fn answered(&mut self) {
        self.in_flight = false;
    }

    /// The request failed; nothing more is asked of this model.
    pub fn failed(&mut self) {
        self.in_flight = false;
        self.paused = true;
    }
}

#[cfg(test)]
mod tests {
    use spanlight_models::uncertainty::Uncertainty;

    use super::*;
    use crate::project::Scores;

    const ORDER: QueueOrder = QueueOrder::Uncertain;

    fn queue(states: &[(State, Option<f32>)]) -> Vec<QueueItem> {
        states
            .iter()
            .enumerate()
            .map(|(i, (state, uncertainty))| QueueItem { id: i as i64, state: *state, scores: uncertainty.map(scores) })
            .collect()
    }

    fn scores(least_confidence: f32) -> Scores {
        let uncertainty = Uncertainty { least_confidence, ..Uncertainty::default() };
        Scores { version: Some(0), uncertainty, ..Scores::default() }
    }

    #[test]
    fn the_nearest_rows_come_first_and_each_once() {
        let mut scoring = Scoring::continued(&queue(&[(State::New, None); 40]), ORDER);
        assert_eq!(scoring.next_batch(30), (30..40).chain(0..6).collect::<Vec<_>>());
        assert!(scoring.next_batch(30).is_empty(), "one request at a time");
        scoring.answered();
        assert_eq!(scoring.next_batch(5), (6..22).collect::<Vec<_>>());
        scoring.answered();
        assert_eq!(scoring.next_batch(0), (22..30).collect::<Vec<_>>());
        scoring.answered();
        assert!(scoring.next_batch(0).is_empty());
    }

    #[test]
    fn finished_and_known_rows_are_left_out_until_the_model_changes() {
        let rows =
            queue(&[(State::Done, None), (State::New, Some(0.5)), (State::Flagged, None), (State::Skipped, None)]);
        let mut scoring = Scoring::continued(&rows, ORDER);
        assert_eq!(scoring.next_batch(0), [2]);
        let mut again = scoring.restarted(&rows, ORDER);
        assert!(again.next_batch(0).is_empty(), "the old answer is still awaited");
        again.answered();
        assert_eq!(again.next_batch(0), [1, 2]);
        again.failed();
        assert!(again.next_batch(0).is_empty());
    }

    #[test]
    fn every_order_has_scored_what_it_goes_by() {
        let mut rows = queue(&[(State::Done, None), (State::New, Some(0.5)), (State::Skipped, None)]);
        assert!(Scoring::continued(&rows, ORDER).next_batch(0).is_empty());
        assert_eq!(Scoring::continued(&rows, QueueOrder::Labels).next_batch(0), [0], "done tweets are judged too");
        let models = Scoring::continued(&rows, ORDER).for_order(&rows, QueueOrder::Models);
        assert!(models.compares());
        assert_eq!(models.clone().next_batch(0), [1]);
        rows[1].scores = Some(Scores { version: None, ..scores(0.5) });
        assert_eq!(Scoring::continued(&rows, ORDER).next_batch(0), [1], "an older score lacks the other measures");
    }
}

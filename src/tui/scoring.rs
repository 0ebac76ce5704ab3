//! Which tweets the model is to score next, in the background.

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
}

impl Scoring {
    /// Scores only what has no score yet.
    pub fn continued(queue: &[QueueItem]) -> Self {
        Self::with(queue, |item| item.uncertainty.is_some())
    }

    /// Scores everything anew, because another model is in use.
    pub fn restarted(&self, queue: &[QueueItem]) -> Self {
        Self { in_flight: self.in_flight, ..Self::with(queue, |_| false) }
    }

    fn with(queue: &[QueueItem], known: impl Fn(&QueueItem) -> bool) -> Self {
        let finished = |item: &QueueItem| matches!(item.state, State::Done | State::Skipped);
        let settled: Vec<bool> = queue.iter().map(|item| finished(item) || known(item)).collect();
        let left = settled.iter().filter(|settled| !**settled).count();
        Self { settled, left, in_flight: false, paused: false }
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
    use super::*;

    fn queue(states: &[(State, Option<f32>)]) -> Vec<QueueItem> {
        states
            .iter()
            .enumerate()
            .map(|(i, (state, uncertainty))| QueueItem { id: i as i64, state: *state, uncertainty: *uncertainty })
            .collect()
    }

    #[test]
    fn the_nearest_rows_come_first_and_each_once() {
        let mut scoring = Scoring::continued(&queue(&[(State::New, None); 40]));
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
        let mut scoring = Scoring::continued(&rows);
        assert_eq!(scoring.next_batch(0), [2]);
        let mut again = scoring.restarted(&rows);
        assert!(again.next_batch(0).is_empty(), "the old answer is still awaited");
        again.answered();
        assert_eq!(again.next_batch(0), [1, 2]);
        again.failed();
        assert!(again.next_batch(0).is_empty());
    }
}

//! How fast an endpoint is asked, by all threads together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::providers::Stop;

/// The time from which on the next question may be asked.
#[derive(Debug)]
pub struct Pace {
    next: Mutex<Instant>,
    between: Duration,
}

impl Pace {
    /// At most `per_minute` questions a minute; any number where it is 0.
    pub fn new(per_minute: u32) -> Self {
        let between = Duration::from_mins(1).checked_div(per_minute).unwrap_or_default();
        Self { next: Mutex::new(Instant::now()), between }
    }

    /// Waits for one's turn; whether it came.
    pub fn wait(&self, stop: &Stop) -> bool {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + self.between;
            turn
        };
        stop.sleep(turn.saturating_duration_since(Instant::now()))
    }

    /// Nobody asks for this time.
    pub fn hold(&self, time: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(Instant::now() + time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_their_distance_and_a_hold_holds_all() {
        let (pace, stop, begun) = (Pace::new(6_000), Stop::default(), Instant::now());
        for _ in 0..4 {
            assert!(pace.wait(&stop));
        }
        assert!(begun.elapsed() >= Duration::from_millis(30));
        pace.hold(Duration::from_millis(60));
        assert!(pace.wait(&stop) && begun.elapsed() >= Duration::from_millis(90));
        pace.hold(Duration::from_mins(1));
        stop.raise();
        assert!(!pace.wait(&stop), "a stop ends the wait");
    }
}

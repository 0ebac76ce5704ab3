//! Which tweet of the queue comes next: a pure function of the states and scores of the queue.

use super::{QueueItem, State};
use crate::hash::stable_hash;

/// By what the next tweet is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The place in the corpus: the next one behind the open one.
    Place,
    /// Chance alone.
    Chance,
    /// The highest score; the place where none has a score yet.
    Score,
}

/// How the next tweet is chosen; the same queue, order and seed choose the same tweet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// By what.
    pub by: By,
    /// Share of the choices, `0..=1`, that are left to chance whatever the order, so that what is labelled stays a sample
    /// of the corpus too.
    pub random_share: f64,
    /// Seed of what is left to chance.
    pub seed: u64,
}

impl From<By> for Order {
    fn from(by: By) -> Self {
        Self { by, random_share: 0.0, seed: 0 }
    }
}

impl Order {
    /// The row of the tweet that comes next; `open` is the row of the open one, which is never chosen.
    pub fn next(&self, queue: &[QueueItem], open: Option<usize>) -> Option<usize> {
        if self.by == By::Chance || self.by_chance(queue) {
            return random(queue, open, self.seed);
        }
        let by_score = || if self.by == By::Score { most_uncertain(queue, open) } else { None };
        by_score().or_else(|| following(queue, open))
    }

    /// Whether this choice is one of those that are left to chance.
    ///
    /// Choices are told apart by the number of finished tweets, so that looking twice chooses the same.
    fn by_chance(&self, queue: &[QueueItem]) -> bool {
        if self.random_share <= 0.0 {
            return false;
        }
        let finished = queue.iter().filter(|item| !undone(item)).count() as u64;
        let drawn = stable_hash(&[&self.seed.to_le_bytes(), b"share", &finished.to_le_bytes()]);
        drawn as f64 / u64::MAX as f64 <= self.random_share
    }
}

/// Whether a tweet still waits for a person.
pub fn undone(item: &QueueItem) -> bool {
    !matches!(item.state, State::Done | State::Skipped)
}

/// The row of the undone tweet with the highest score, the first of equal ones; never the open one.
pub fn most_uncertain(queue: &[QueueItem], open: Option<usize>) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (row, score) in waiting(queue, open).filter_map(|(row, item)| Some((row, item.uncertainty?))) {
        if best.is_none_or(|(_, most)| score > most) {
            best = Some((row, score));
        }
    }
    best.map(|(row, _)| row)
}

/// The row of the next undone tweet behind the open one, around the end.
fn following(queue: &[QueueItem], open: Option<usize>) -> Option<usize> {
    let here = open.unwrap_or(0).min(queue.len());
    let behind = if open.is_some() { here + 1 } else { here };
    (behind..queue.len()).chain(0..here).find(|row| undone(&queue[*row]))
}

/// The row of an undone tweet that only the seed decides; it stays the same until that tweet is done.
fn random(queue: &[QueueItem], open: Option<usize>, seed: u64) -> Option<usize> {
    let drawn = |(_, item): &(usize, &QueueItem)| stable_hash(&[&seed.to_le_bytes(), &item.id.to_le_bytes()]);
    waiting(queue, open).min_by_key(drawn).map(|(row, _)| row)
}

fn waiting(queue: &[QueueItem], open: Option<usize>) -> impl Iterator<Item = (usize, &QueueItem)> {
    queue.iter().enumerate().filter(move |(row, item)| undone(item) && Some(*row) != open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(uncertainties: &[Option<f32>]) -> Vec<QueueItem> {
        let item = |(id, uncertainty): (usize, &Option<f32>)| QueueItem {
            id: id as i64 + 1,
            state: State::New,
            uncertainty: *uncertainty,
        };
        uncertainties.iter().enumerate().map(item).collect()
    }

    /// Rows in the order in which somebody who follows `order` finishes them.
    fn way(order: Order, mut queue: Vec<QueueItem>) -> Vec<usize> {
        let mut way = Vec::new();
        while let Some(row) = order.next(&queue, way.last().copied()) {
            queue[row].state = State::Done;
            way.push(row);
        }
        way
    }

    #[test]
    fn every_order_finishes_every_tweet_once() {
        let scores: Vec<Option<f32>> = (0..40).map(|row| (row % 3 > 0).then_some(row as f32 / 40.0)).collect();
        for by in [By::Place, By::Chance, By::Score] {
            for random_share in [0.0, 0.3, 1.0] {
                let order = Order { by, random_share, seed: 5 };
                let mut way = way(order, queue(&scores));
                way.sort_unstable();
                assert_eq!(way, (0..40).collect::<Vec<_>>(), "{order:?}");
            }
        }
    }

    #[test]
    fn scores_decide_and_the_place_where_there_are_none() {
        let queue = queue(&[None, Some(0.2), Some(0.9), Some(0.9), None]);
        assert_eq!(way(By::Score.into(), queue.clone()), [2, 3, 1, 4, 0]);
        assert_eq!(Order::from(By::Score).next(&queue, Some(2)), Some(3));
        assert_eq!(Order::from(By::Place).next(&queue, Some(4)), Some(0));
        assert_eq!(Order::from(By::Place).next(&queue, None), Some(0));
    }

    #[test]
    fn the_declared_share_is_left_to_chance_and_a_seed_repeats_it() {
        let scores: Vec<Option<f32>> = (0..1000).map(|row| Some(row as f32 / 1000.0)).collect();
        let order = Order { by: By::Score, random_share: 0.1, seed: 1 };
        let way_of = |order| way(order, queue(&scores));
        assert_eq!(way_of(order), way_of(order));
        assert_ne!(way_of(order), way_of(Order { seed: 2, ..order }));
        let mut by_score = queue(&scores);
        let mut by_chance = 0;
        for row in way_of(order).into_iter().take(500) {
            by_chance += usize::from(most_uncertain(&by_score, None) != Some(row));
            by_score[row].state = State::Done;
        }
        assert!((30..70).contains(&by_chance), "{by_chance} of 500");
    }
}

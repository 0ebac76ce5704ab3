//! Before the first step on a GPU: every shape of the training once, so that its kernels are compiled while progress is
//! shown, and batches that the memory does not hold are found before any weight has changed.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::report::{Control, Observer, TrainError, TrainEvent};
use super::session::Session;
use crate::batch;
use crate::input::Row;
use crate::systems::System;

/// What the panics of a device say that has no memory left.
const NO_MEMORY: [&str; 3] = ["out of memory", "out_of_memory", "can't allocate buffer"];

impl<S: System> Session<'_, S> {
    /// Computes loss and gradients for one batch of every shape of the first epoch, the largest first, without learning.
    ///
    /// Where one does not fit into the memory, all batches are computed in smaller parts from then on; their gradients are
    /// added up, so that a step stays the same.
    pub fn warm_up(&mut self, observe: &mut Observer<'_>) -> Result<Control, TrainError> {
        let shapes = shapes(self.order(1).into_iter().flatten(), self.rows());
        let total = shapes.len();
        for (done, batch) in shapes.into_iter().rev().enumerate() {
            if observe(TrainEvent::WarmingUp { done, total }) == Control::Stop {
                return Ok(Control::Stop);
            }
            let fitting = largest(batch.len().min(self.most_rows), |rows| self.rehearse(&batch[..rows]))?;
            if fitting < batch.len().min(self.most_rows) {
                self.most_rows = fitting;
                observe(TrainEvent::SmallerParts { rows: fitting });
            }
        }
        Ok(observe(TrainEvent::WarmingUp { done: total, total }))
    }
}

/// One batch of every shape, by rising size.
fn shapes(batches: impl Iterator<Item = Vec<usize>>, rows: &[Row]) -> Vec<Vec<usize>> {
    let mut shapes = BTreeMap::new();
    for batch in batches {
        let own: Vec<&Row> = batch.iter().map(|row| &rows[*row]).collect();
        let (length, words) = (batch::length(&own), batch::words(&own));
        shapes.entry((batch.len() * length, length, words)).or_insert(batch);
    }
    shapes.into_values().collect()
}

/// The largest of `rows`, `rows / 2`, `rows / 4`, ... for which `attempt` does not run out of memory.
fn largest(mut rows: usize, attempt: impl Fn(usize)) -> Result<usize, TrainError> {
    loop {
        match catch_unwind(AssertUnwindSafe(|| attempt(rows))) {
            Ok(()) => return Ok(rows),
            Err(panic) if !is_out_of_memory(panic.as_ref()) => resume_unwind(panic),
            Err(_) if rows <= 1 => return Err(TrainError::OutOfMemory),
            Err(_) => rows /= 2,
        }
    }
}

fn is_out_of_memory(panic: &(dyn Any + Send)) -> bool {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let message = message.unwrap_or_default().to_lowercase();
    NO_MEMORY.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_comes_once() {
        let row = |length: usize| Row { pieces: vec![0; length], tags: vec![0; length], ..Row::default() };
        let rows = [3, 4, 9, 10, 30].map(row);
        let batches = [vec![0, 1], vec![2, 3], vec![1, 0], vec![2], vec![4]];
        assert_eq!(shapes(batches.into_iter(), &rows), [vec![0, 1], vec![2], vec![2, 3], vec![4]]);
    }

    #[test]
    fn batches_are_halved_until_they_fit() {
        let device = |room: usize| {
            move |rows: usize| assert!(rows <= room, "CUDA_ERROR_OUT_OF_MEMORY: can't allocate buffer of size: 1")
        };
        assert_eq!(largest(16, device(16)).expect("fits"), 16);
        assert_eq!(largest(16, device(5)).expect("fits"), 4);
        assert_eq!(largest(6, device(1)).expect("fits"), 1);
        assert!(matches!(largest(16, device(0)), Err(TrainError::OutOfMemory)));
        let other = catch_unwind(|| largest(4, |_| panic!("a wrong shape")));
        assert!(other.is_err(), "other panics go on");
    }
}

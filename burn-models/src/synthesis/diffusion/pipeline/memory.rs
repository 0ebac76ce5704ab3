//! Trying again in smaller slices where a device has too little memory.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::super::DiffusionError;
use super::super::layers::Slicing;

/// How much smaller the slices of each attempt are.
const SMALLER: usize = 8;

/// Slices are not made smaller than this: what is short then is not the memory for attention.
const SMALLEST: usize = 1 << 16;

/// What a device without memory says; burn has no error for it, it panics.
const SHORT: [&str; 4] = ["out of memory", "outofmemory", "out_of_memory", "allocat"];

/// How much attention is computed at once, as far as that has worked.
pub(super) struct Attempt {
    slicing: Slicing,
    asked: Slicing,
    size: [usize; 2],
}

impl Attempt {
    pub fn new(slicing: Slicing, size: [usize; 2]) -> Self {
        Self { slicing, asked: slicing, size }
    }

    pub fn slicing(&self) -> Slicing {
        self.slicing
    }

    /// Whether slices had to become smaller than asked for.
    pub fn failed(&self) -> bool {
        self.slicing != self.asked
    }

    /// What `work` computes, with the first slices with which memory lasts.
    pub fn run<T>(&mut self, work: impl Fn(Slicing) -> T) -> Result<T, DiffusionError> {
        loop {
            let slicing = self.slicing;
            let panic = match catch_unwind(AssertUnwindSafe(|| work(slicing))) {
                Ok(done) => return Ok(done),
                Err(panic) => panic,
            };
            let Some(reason) = shortage(panic.as_ref()) else { resume_unwind(panic) };
            if slicing.scores <= SMALLEST {
                let [width, height] = self.size;
                return Err(DiffusionError::Memory { width, height, scores: slicing.scores, reason });
            }
            self.slicing = Slicing { scores: (slicing.scores / SMALLER).max(SMALLEST) };
        }
    }
}

/// What a panic says, if it is about memory.
fn shortage(panic: &(dyn Any + Send)) -> Option<String> {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))?;
    let small = text.to_lowercase();
    SHORT.iter().any(|sign| small.contains(sign)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_become_smaller_until_memory_lasts() {
        let mut attempt = Attempt::new(Slicing { scores: 1 << 24 }, [64, 32]);
        let limited = |most: usize| {
            move |slicing: Slicing| {
                assert!(slicing.scores <= most, "CUDA_ERROR_OUT_OF_MEMORY");
                slicing.scores
            }
        };
        assert_eq!(attempt.run(limited(1 << 24)).ok(), Some(1 << 24));
        assert!(!attempt.failed());
        assert_eq!(attempt.run(limited(1 << 20)).ok(), Some(1 << 18));
        assert!(attempt.failed());
        assert_eq!(attempt.run(|slicing| slicing.scores).ok(), Some(1 << 18), "what worked is kept");
        let message = attempt.run(limited(0)).expect_err("never enough").to_string();
        assert!(message.contains("64 x 32 pixels, with attention in slices of 65536 scores as well"), "{message}");
    }

    #[test]
    fn other_panics_stay_panics() {
        let mut attempt = Attempt::new(Slicing { scores: 8 }, [8, 8]);
        let panic = catch_unwind(AssertUnwindSafe(|| attempt.run::<()>(|_| panic!("a mistake")).is_ok()));
        assert!(panic.is_err());
    }
}

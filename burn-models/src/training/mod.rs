//! One trainer for all systems: epochs or a few incremental steps, schedule, evaluation, stop, resumption.

pub(crate) mod average;
pub(crate) mod chance;
mod fit;
pub(crate) mod keep;
mod mentions;
mod one_pass;
pub(crate) mod optimizer;
mod options;
pub(crate) mod parameters;
mod report;
pub(crate) mod session;
mod verdict;
mod warm_up;

pub(crate) use fit::{fit, multiplying};
pub use keep::KeepError;
pub use options::TrainOptions;
pub use report::{Control, Observer, TrainError, TrainEvent, TrainReport, TrainingData};

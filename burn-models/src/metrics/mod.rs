//! Everything by which a tagger is judged: entity scores, where they come from, calibration, significance.
//!
//! Pure bookkeeping over [`Judged`] tweets and, where probabilities of tags are needed, over scored [`Sentence`]s.

pub mod agreement;
mod bootstrap;
mod breakdown;
mod calibration;
mod certainty;
mod changes;
mod confusion;
mod counts;
mod coverage;
mod errors;
mod interval;
mod judged;
mod reach;
mod scores;
mod sentence;
mod surfaces;
mod t_test;
mod temperature;

pub use bootstrap::{Bootstrap, RESAMPLES, paired_bootstrap};
pub use breakdown::{Breakdown, ENOUGH, Part, breakdowns};
pub use calibration::{Calibration, Outcome, RELIABILITY_BINS, ReliabilityBin, entity_outcomes};
pub use certainty::Certainty;
pub use changes::Changes;
pub use confusion::Confusion;
pub use counts::Counts;
pub use coverage::{CoveragePoint, RiskCoverage};
pub use errors::{EntityError, ErrorKind, errors};
pub use interval::{Interval, Resamples};
pub use judged::{ImageState, Judged};
pub use reach::Reach;
pub use scores::Scores;
pub use sentence::{Sentence, WordOutcome, loss_per_word};
pub use surfaces::{Familiarity, Surfaces};
pub use t_test::{TTest, holm, paired_t_test};
pub use temperature::fit_temperature;

//! How good a model is on tweets that it does not learn from, in all views that count.

use std::borrow::Cow;

use super::report::Control;
use crate::device::Device;
use crate::example::Span;
use crate::input::{Item, Row, View};
use crate::metrics::Scores;
use crate::model::{Prepared, answers, score};
use crate::systems::{Answer, Spec, System};

/// What an epoch is judged by.
pub struct Verdict {
    /// Mean F1 of the system's views.
    pub f1: f64,
    /// Scores of the first of them.
    pub scores: Scores,
}

/// Settles what is chosen on `items` and scores them; `None` if `observe`, told the rows done, stopped it.
pub fn judge<S: System>(
    module: &S,
    spec: &Spec<S::Config>,
    items: &[Item],
    prepared: &Prepared,
    device: &Device,
    observe: &mut dyn FnMut(usize) -> Control,
) -> Option<Verdict> {
    let spec = settle(module, spec, items, prepared, device, observe)?;
    let mut scores = Vec::new();
    for view in S::judged_views(&spec.config) {
        let seen = match view {
            View::Context => Cow::Borrowed(prepared),
            View::Text => {
                let rows = prepared.rows.iter().map(Row::without_context).collect();
                let (items, problems) = (prepared.items.clone(), prepared.problems.clone());
                Cow::Owned(Prepared { rows, items, problems })
            }
        };
        scores.push(score(module, &spec, items, &seen, device, observe)?);
    }
    let f1 = scores.iter().map(|scores| scores.overall.f1()).sum::<f64>() / scores.len().max(1) as f64;
    Some(Verdict { f1, scores: scores.into_iter().next()? })
}

/// With what is chosen on `items`, where anything is; `None` if `observe` stopped it.
pub fn settle<'a, S: System>(
    module: &S,
    spec: &'a Spec<S::Config>,
    items: &[Item],
    prepared: &Prepared,
    device: &Device,
    observe: &mut dyn FnMut(usize) -> Control,
) -> Option<Cow<'a, Spec<S::Config>>> {
    let mut stopped = false;
    let config = S::settle(&spec.config, items, &mut |config| {
        let spec = Spec { config: config.clone(), ..spec.clone() };
        let answers = answers(module, &spec, items, prepared, device, false, observe);
        stopped |= answers.is_none();
        let counts = |(item, answer): (&Item, Answer)| {
            let predicted: Vec<Span> = answer.prediction.spans.into_iter().map(|scored| scored.span).collect();
            let mut scores = Scores::default();
            scores.add(&item.example.spans, &predicted);
            scores.overall
        };
        Some(items.iter().zip(answers?).map(counts).collect())
    });
    let settled = config.map_or(Cow::Borrowed(spec), |config| Cow::Owned(Spec { config, ..spec.clone() }));
    (!stopped).then_some(settled)
}

//! What every system with a tag per word shares: reading predictions off a chain, and moving to another label set.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Tensor, TensorData};

use crate::device::Backend;
use crate::example::{LabelSet, TagScheme};
use crate::input::Row;
use crate::layers::crf::{Chain, ConstraintMode, Constraints, Crf};
use crate::layers::probe;
use crate::prediction::{Prediction, ScoredSpan};
use crate::systems::{Answer, Spec};

/// The numbers of a tensor, row by row.
pub fn numbers<const D: usize>(tensor: Tensor<Backend, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().unwrap_or_default()
}

/// The best labelling of a chain with exact entity probabilities.
pub fn read(chain: &Chain, scheme: TagScheme, labels: &LabelSet) -> Prediction {
    let path = chain.viterbi();
    let recursions = chain.recursions();
    let names = scheme.tag_names(labels);
    let tags: Vec<&str> = path.iter().map(|tag| names[*tag].as_str()).collect();
    // The tags are the scheme's own, so reading them back cannot fail.
    let (spans, _) = scheme.decode(&tags).unwrap_or_default();
    let spans = spans.into_iter().map(|span| {
        let label = labels.index_of(&span.label).unwrap_or_default();
        let probability = chain.entity_log_probability(&recursions, scheme, label, span.start, span.end).exp() as f32;
        ScoredSpan { span, probability }
    });
    Prediction {
        spans: spans.collect(),
        path_probability: (chain.score(&path) - recursions.log_z).min(0.0).exp() as f32,
        entropy: (chain.entropy(&recursions) / path.len() as f64) as f32,
    }
}

/// The entities of a tweet from the chains of its windows.
pub fn read_windows(chains: &[Chain], scheme: TagScheme, labels: &LabelSet) -> Vec<ScoredSpan> {
    let mut offset = 0;
    let mut found = Vec::new();
    for chain in chains {
        found.extend(read(chain, scheme, labels).spans.into_iter().map(|mut scored| {
            scored.span.start += offset;
            scored.span.end += offset;
            scored
        }));
        offset += chain.words();
    }
    found
}

/// What a chain's emissions `[B, N, K]` say about the words of every row; without alignments.
pub fn answers<C>(
    emissions: Tensor<Backend, 3>,
    crf: &Crf<Backend>,
    spec: &Spec<C>,
    constraints: ConstraintMode,
    rows: &[&Row],
) -> Vec<Answer> {
    probe::scored(&emissions);
    let [_, words, tags] = emissions.dims();
    let emissions = numbers(emissions);
    let [transitions, start, end] = [numbers(crf.transitions.val()), numbers(crf.start.val()), numbers(crf.end.val())];
    let grammar = Constraints::new(spec.scheme, spec.labels.len());
    let answers = rows.iter().enumerate().map(|(place, row)| {
        let scores = &emissions[place * words * tags..][..row.words() * tags];
        let chain = Chain::new(scores, &transitions, &start, &end).map(|chain| match constraints {
            ConstraintMode::Decode => chain.constrained(&grammar),
            ConstraintMode::None => chain,
        });
        let prediction = chain.as_ref().map(|chain| read(chain, spec.scheme, &spec.labels)).unwrap_or_default();
        Answer { prediction, chains: chain.into_iter().collect(), ..Answer::default() }
    });
    answers.collect()
}

/// For every tag of `to` the place of the same tag in `from`.
pub fn kept_tags<C>(from: &Spec<C>, to: &Spec<C>) -> Vec<Option<usize>> {
    kept(&from.scheme.tag_names(&from.labels), &to.scheme.tag_names(&to.labels))
}

/// For no type and every type of `to` the place of the same among no type and the types of `from`.
pub fn kept_classes(from: &LabelSet, to: &LabelSet) -> Vec<Option<usize>> {
    let classes = |labels: &LabelSet| std::iter::once("").chain(labels.names()).map(str::to_owned).collect::<Vec<_>>();
    kept(&classes(from), &classes(to))
}

/// For every new name the place of the same name among the old ones.
fn kept(old: &[String], new: &[String]) -> Vec<Option<usize>> {
    new.iter().map(|name| old.iter().position(|other| other == name)).collect()
}

/// `fresh` with the weights of `old` for the outputs that `kept` names.
pub fn keep_outputs(mut fresh: Linear<Backend>, old: Linear<Backend>, kept: &[Option<usize>]) -> Linear<Backend> {
    fresh.weight = Param::from_tensor(keep_columns(fresh.weight.val(), &old.weight.val(), kept));
    if let (Some(new), Some(old)) = (&mut fresh.bias, old.bias) {
        *new = Param::from_tensor(keep_entries(new.val(), old.val(), kept));
    }
    fresh
}

/// `fresh` `[K']` with the entries of `old` `[K]` that `kept` names.
pub fn keep_entries(fresh: Tensor<Backend, 1>, old: Tensor<Backend, 1>, kept: &[Option<usize>]) -> Tensor<Backend, 1> {
    keep_columns(fresh.unsqueeze::<2>(), &old.unsqueeze::<2>(), kept).squeeze_dim(0)
}

/// `fresh` `[R, K']` with the columns of `old` `[R, K]` that `kept` names.
fn keep_columns(fresh: Tensor<Backend, 2>, old: &Tensor<Backend, 2>, kept: &[Option<usize>]) -> Tensor<Backend, 2> {
    let rows: Vec<Option<usize>> = (0..fresh.dims()[0]).map(Some).collect();
    keep_cells(fresh, old, (&rows, kept))
}

/// `fresh` `[R', K']` with the cells of `old` `[R, K]` for which `kept` names both the row and the column.
pub fn keep_cells(
    fresh: Tensor<Backend, 2>,
    old: &Tensor<Backend, 2>,
    kept: (&[Option<usize>], &[Option<usize>]),
) -> Tensor<Backend, 2> {
    let device = fresh.device();
    let [rows, columns] = fresh.dims();
    let width = old.dims()[1];
    let (mut values, old) = (numbers(fresh), numbers(old.clone()));
    for (row, from) in kept.0.iter().enumerate() {
        for (column, to) in kept.1.iter().enumerate() {
            if let (Some(from), Some(to)) = (from, to) {
                values[row * columns + column] = old[from * width + to];
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [rows, columns]), &device)
}

/// Transition scores between the kept tags; the others as in `fresh`.
pub fn keep_transitions(fresh: &Crf<Backend>, old: &Crf<Backend>, kept: &[Option<usize>]) -> Crf<Backend> {
    let cells = keep_cells(fresh.transitions.val(), &old.transitions.val(), (kept, kept));
    Crf {
        transitions: Param::from_tensor(cells),
        start: Param::from_tensor(keep_entries(fresh.start.val(), old.start.val(), kept)),
        end: Param::from_tensor(keep_entries(fresh.end.val(), old.end.val(), kept)),
    }
}

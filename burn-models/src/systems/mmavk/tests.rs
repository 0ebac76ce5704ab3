//! The invariants of the fusion and of the filter.

use burn::module::AutodiffModule;
use burn::optim::GradientsParams;

use super::*;
use crate::device;
use crate::example::{Context, ContextKind};
use crate::systems::ParameterGroup;
use crate::systems::contexts::testing::{items, silence, tagger};
use crate::tagging::numbers;
use crate::training::parameters;

fn fresh(threshold: &str) -> (Mmavk<Backend>, Spec<MmavkConfig>) {
    let (mut module, spec) = tagger::<Mmavk<Backend>>(&[("threshold", threshold)]);
    module.dropout = Dropout::new(0.0);
    // What begins as next to nothing could hide that something is wrong.
    let width = spec.config.text.transformer.width;
    let weight = Initializer::Normal { mean: 0.0, std: 0.3 }.init([2 * width, width], &module.fusion.weight.device());
    module.fusion.weight = weight;
    (module, spec)
}

/// The first tweet has knowledge of a similarity, the second none.
fn known(text: &str, similarity: Option<f32>) -> Vec<Item> {
    let knowledge = Context { similarity, ..Context::new(ContextKind::Knowledge, text) };
    items([vec![knowledge], Vec::new()])
}

fn rows(spec: &Spec<MmavkConfig>, items: &[Item]) -> Vec<Row> {
    items.iter().flat_map(|item| Mmavk::rows(spec, item, None)).collect()
}

fn collate(spec: &Spec<MmavkConfig>, rows: &[Row], device: &Device) -> MmavkBatch {
    Mmavk::collate(spec, &rows.iter().collect::<Vec<_>>(), None, device)
}

/// Scores of both tweets, the second padded to the first one's words.
fn emissions(module: &Mmavk<Backend>, spec: &Spec<MmavkConfig>, items: &[Item]) -> Vec<f32> {
    let batch = collate(spec, &rows(spec, items), &device::cpu());
    numbers(module.valid().forward(&batch, false).emissions)
}

fn farthest(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).fold(0.0, |most, (one, other)| most.max((one - other).abs()))
}

#[test]
fn knowledge_below_the_threshold_counts_for_nothing() {
    let (module, spec) = fresh("0.35");
    let of = |text, similarity| emissions(&module, &spec, &known(text, similarity));
    let without = of("", None);
    assert!(farthest(&of("red ball", Some(0.349)), &without) == 0.0);
    assert!(farthest(&of("a", Some(-1.0)), &without) == 0.0);
    let with = of("red ball", Some(0.35));
    assert!(farthest(&with, &without) > 1e-3);
    assert!(farthest(&of("red ball", Some(0.351)), &with) == 0.0);
    assert!(farthest(&of("red ball", None), &with) == 0.0, "what nobody measured cannot be too low");
}

#[test]
fn filtered_knowledge_learns_nothing() {
    let steepest = |similarity: f32| {
        let (module, spec) = fresh("0.35");
        let rows = rows(&spec, &known("red ball", Some(similarity)));
        let batch = collate(&spec, &rows, &Device::autodiff(device::cpu()));
        let graph = module.loss(&spec, &batch).backward();
        let names = parameters::list(&module, Mmavk::group);
        let gradients = parameters::gradients(&module, GradientsParams::from_grads(graph, &module));
        let of = |path: &str| {
            let found = gradients.iter().find(|(id, _)| names[*id].path == path);
            found.map(|(_, gradient)| numbers(gradient.clone())).unwrap_or_default()
        };
        let fusion = of("fusion.weight");
        let most = |slopes: &[f32]| slopes.iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
        [most(&of("pool.weight")), most(&fusion[fusion.len() / 2..]), most(&fusion[..fusion.len() / 2])]
    };
    let [pool, beside, own] = steepest(0.3);
    assert!(pool == 0.0 && beside == 0.0 && own > 1e-6);
    let [pool, beside, _] = steepest(0.4);
    assert!(pool > 1e-6 && beside > 1e-6);
}

#[test]
fn knowledge_pushes_all_words_of_a_tweet_alike() {
    let (module, spec) = fresh("0");
    let (with, without) =
        (emissions(&module, &spec, &known("red ball", Some(0.4))), emissions(&module, &spec, &known("", None)));
    let batch = collate(&spec, &rows(&spec, &known("red ball", Some(0.4))), &device::cpu());
    let plain = module.valid();
    let push = numbers(plain.push(plain.forward(&batch, false).fused));
    let (tags, words) = (spec.tags(), with.len() / 2 / spec.tags());
    for place in 0..words * tags {
        let difference = with[place] - without[place];
        assert!((difference - push[place % tags]).abs() < 1e-4, "{place}");
    }
    assert!(farthest(&with[words * tags..], &without[words * tags..]) < 1e-5, "the other tweet has no knowledge");

    // So two labellings with equally many of each tag stay as far apart: it cannot tell two names of a tweet apart.
    let mask = Tensor::from_data(TensorData::new(vec![true; 4], [1, 4]), &device::cpu());
    let apart = |scores: &[f32]| {
        let scores =
            Tensor::<Backend, 3>::from_data(TensorData::new(scores[..4 * tags].to_vec(), [1, 4, tags]), &device::cpu());
        let score = |path: [i64; 4]| {
            let path = Tensor::from_data(TensorData::new(path.to_vec(), [1, 4]), &device::cpu());
            numbers(plain.crf.score(scores.clone(), path, &mask))[0]
        };
        score([0, 1, 0, 3]) - score([0, 3, 0, 1])
    };
    assert!((apart(&with) - apart(&without)).abs() < 1e-3);
}

#[test]
fn padding_and_filtered_neighbours_change_nothing() {
    let (module, spec) = fresh("0.35");
    let both =
        [Context::new(ContextKind::Knowledge, "a red ball in rome"), Context::new(ContextKind::Knowledge, "red")];
    let both = both.map(|context| vec![Context { similarity: Some(0.5), ..context }]);
    let all = items(both);
    let (tags, together) = (spec.tags(), emissions(&module, &spec, &all));
    let alone = emissions(&module, &spec, &all[1..]);
    let second = &together[together.len() / 2..][..2 * tags];
    assert!(farthest(second, &alone[..2 * tags]) < 1e-4);
}

#[test]
fn an_answer_tells_what_the_knowledge_did() {
    let (module, spec) = fresh("0.35");
    let module = module.valid();
    let answer = |similarity| {
        let rows = rows(&spec, &known("red ball", Some(similarity)));
        let batch = collate(&spec, &rows, &device::cpu());
        let answers = module.answer(&spec, &batch, &rows.iter().collect::<Vec<_>>(), true);
        assert!(answers[1].fusion.is_none() && answers[1].alignments.is_empty());
        answers.into_iter().next().expect("two answers")
    };
    let used = answer(0.5);
    let fusion = used.fusion.expect("there is knowledge");
    assert_eq!((fusion.similarity, fusion.weight, fusion.change.len()), (Some(0.5), 1.0, 4));
    assert_eq!(fusion.contexts, [0]);
    assert!(fusion.push.iter().sum::<f32>().abs() < 1e-4 && fusion.push.iter().any(|score| score.abs() > 1e-3));
    assert!(fusion.change.iter().any(|change| *change > 1e-3));
    let Regions::Words { words } = &used.alignments[0].regions else { panic!("words are looked at") };
    assert_eq!(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["red", "ball"]);
    assert_eq!(used.alignments[0].tokens, 4);
    let passed_over = answer(0.3);
    let fusion = passed_over.fusion.expect("there is knowledge");
    assert_eq!((fusion.weight, fusion.change), (0.0, vec![0.0; 4]));
    assert!(passed_over.alignments.is_empty());
}

#[test]
fn a_threshold_is_chosen_where_it_is_left_open() {
    let (_, spec) = tagger::<Mmavk<Backend>>(&[]);
    let all: Vec<Item> = [0.2, 0.4].into_iter().flat_map(|similarity| known("red", Some(similarity))).collect();
    let mut asked = Vec::new();
    // Knowledge helps where it fits, and harms where it does not.
    let mut judge = |config: &MmavkConfig| {
        asked.push(config.threshold);
        let counts = |matched| Counts { matched, predicted: 1, gold: 1 };
        let with = [0, 1, 1, 1].map(counts).to_vec();
        Some(if config.threshold > 0.0 { [1, 1, 0, 1].map(counts).to_vec() } else { with })
    };
    let settled = Mmavk::<Backend>::settle(&spec.config, &all, &mut judge).expect("there are similarities");
    assert!((settled.threshold - 0.3).abs() < 1e-6 && settled.auto);
    assert_eq!(asked, [f32::NEG_INFINITY, f32::INFINITY]);
    let fixed = MmavkConfig { auto: false, ..spec.config };
    assert!(Mmavk::<Backend>::settle(&fixed, &all, &mut |_| None).is_none());
}

#[test]
fn open_thresholds_differ_while_training_and_let_the_most_similar_through() {
    let (_, spec) = tagger::<Mmavk<Backend>>(&[]);
    let all: Vec<Item> = [0.2, 0.3, 0.4].into_iter().flat_map(|similarity| known("red", Some(similarity))).collect();
    let rows = rows(&spec, &all);
    let rows: Vec<&Row> = rows.iter().collect();
    let mut noise = silence();
    let mut seen = [0; 3];
    for _ in 0..60 {
        let batch = Mmavk::<Backend>::collate(&spec, &rows, Some(&mut noise), &device::cpu());
        seen.iter_mut().zip([0, 2, 4]).for_each(|(seen, row)| *seen += usize::from(batch.places[row] > 0));
    }
    assert!(seen[0] > 5 && seen[0] < seen[1] && seen[1] < seen[2] && seen[2] == 60, "{seen:?}");
}

#[test]
fn every_parameter_learns_in_the_group_it_belongs_to() {
    let (module, _) = fresh("auto");
    for parameter in parameters::list(&module, Mmavk::group).values() {
        let expected = match parameter.path.split('.').next() {
            Some("text") => ParameterGroup::Encoder,
            Some("crf") => ParameterGroup::Crf,
            Some("pool" | "fusion" | "emissions") => ParameterGroup::Head,
            _ => panic!("{} is in no group", parameter.path),
        };
        assert_eq!(parameter.group, expected, "{}", parameter.path);
    }
}

//! The field against enumeration of all labellings, and against the reference numbers of the specification.

use burn::tensor::{Distribution, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::device::{Backend, cpu};
use crate::example::TagScheme;
use crate::tagging::numbers;

const EMISSIONS: [f32; 9] = [1.0, 0.5, -0.5, 0.2, -0.3, 0.8, 0.0, 0.4, 0.1];
const TRANSITIONS: [f32; 9] = [0.3, 0.2, -1.0, 0.1, -0.5, 0.9, 0.4, -0.2, 0.6];
const START: [f32; 3] = [0.2, 0.1, -2.0];
const END: [f32; 3] = [0.3, 0.0, 0.1];

fn reference() -> Chain {
    Chain::new(&EMISSIONS, &TRANSITIONS, &START, &END).expect("three words")
}

fn close(one: f64, other: f64, tolerance: f64) {
    assert!((one - other).abs() < tolerance, "{one} is not {other}");
}

fn all_close(ones: &[f64], others: &[f64], tolerance: f64) {
    assert_eq!(ones.len(), others.len());
    ones.iter().zip(others).for_each(|(one, other)| close(*one, *other, tolerance));
}

#[test]
fn reference_numbers() {
    let chain = reference();
    let recursions = chain.recursions();
    close(recursions.log_z, 4.829_368, 1e-6);
    close(chain.score(&[1, 2, 0]), 3.0, 1e-6);
    assert_eq!(chain.viterbi(), [1, 2, 2]);
    close(chain.score(&[1, 2, 2]), 3.1, 1e-6);
    let expected = [0.427_362, 0.551_069, 0.021_568, 0.264_431, 0.167_149, 0.568_419, 0.373_491, 0.272_846, 0.353_664];
    all_close(&chain.marginals(&recursions), &expected, 1e-6);
    let entity = chain.entity_log_probability(&recursions, TagScheme::Bio, 0, 0, 2);
    close(entity.exp(), 0.257_872, 1e-6);
}

#[test]
fn reference_numbers_with_the_grammar() {
    let chain = reference().constrained(&Constraints::new(TagScheme::Bio, 1));
    let recursions = chain.recursions();
    close(recursions.log_z, 4.644_627, 1e-6);
    let expected = [0.347_739, 0.652_261, 0.0, 0.277_932, 0.198_480, 0.523_588, 0.386_875, 0.289_330, 0.323_794];
    all_close(&chain.marginals(&recursions), &expected, 1e-6);
}

fn field() -> Crf<Backend> {
    let device = cpu();
    let row = |values: &[f32]| Param::from_tensor(Tensor::from_data(values, &device));
    let transitions = Tensor::from_data(TensorData::new(TRANSITIONS.to_vec(), [3, 3]), &device);
    Crf { transitions: Param::from_tensor(transitions), start: row(&START), end: row(&END) }
}

/// Two rows: the reference sentence, and the same cut to two words with noise behind.
fn batch() -> (Tensor<Backend, 3>, Tensor<Backend, 2, Int>, Tensor<Backend, 2, Bool>) {
    let device = cpu();
    let mut values = EMISSIONS.to_vec();
    values.extend_from_slice(&EMISSIONS[..6]);
    values.extend([7.0, -3.0, 11.0]);
    let emissions = Tensor::from_data(TensorData::new(values, [2, 3, 3]), &device);
    let tags = Tensor::from_data(TensorData::new(vec![1_i64, 2, 0, 1, 2, 99], [2, 3]), &device);
    let mask = Tensor::from_data(TensorData::new(vec![true, true, true, true, true, false], [2, 3]), &device);
    (emissions, tags, mask)
}

#[test]
fn the_tensor_code_agrees_and_ignores_padding() {
    let (emissions, tags, mask) = batch();
    let field = field();
    let log_z = numbers(field.log_partition(&emissions, &mask));
    close(f64::from(log_z[0]), 4.829_368, 1e-5);
    close(f64::from(log_z[1]), 3.373_448, 1e-5);
    let score = numbers(field.score(emissions.clone(), tags.clone(), &mask));
    close(f64::from(score[0]), 3.0, 1e-5);
    close(f64::from(log_z[1] - score[1]), 0.973_448, 1e-5);
    let loss = numbers(field.loss(emissions.clone(), tags, &mask));
    close(f64::from(loss[0]), f64::midpoint(1.829_368, 0.973_448), 1e-5);
    let marginals: Vec<f64> =
        numbers(field.log_marginals(&emissions, &mask).exp()).into_iter().map(f64::from).collect();
    all_close(&marginals[..9], &reference().marginals(&reference().recursions()), 1e-5);
    let two = [0.459_145, 0.519_622, 0.021_233, 0.373_936, 0.132_722, 0.493_342];
    all_close(&marginals[9..15], &two, 1e-5);
}

#[test]
fn the_gradient_of_the_partition_function_is_the_marginals() {
    let device = crate::device::Device::autodiff(cpu());
    let (emissions, _, mask) = batch();
    let emissions = Tensor::<Backend, 3>::from_data(emissions.into_data(), &device).require_grad();
    let row = |values: &[f32]| Param::from_tensor(Tensor::from_data(values, &device));
    let transitions = Tensor::from_data(TensorData::new(TRANSITIONS.to_vec(), [3, 3]), &device);
    let field = Crf { transitions: Param::from_tensor(transitions), start: row(&START), end: row(&END) };
    let gradients = field.log_partition(&emissions, &mask).sum().backward();
    let gradient = emissions.grad(&gradients).expect("emissions have a gradient");
    let values: Vec<f64> = numbers(gradient).into_iter().map(f64::from).collect();
    all_close(&values[..9], &reference().marginals(&reference().recursions()), 1e-5);
    all_close(&values[15..], &[0.0; 3], 1e-9);
    let moved = field.transitions.val().grad(&gradients).expect("transitions have a gradient");
    let moves: f64 = numbers(moved).into_iter().map(f64::from).sum();
    close(moves, 3.0, 1e-5);
}

/// A random sentence; forbidden moves where `scheme` is given.
fn random_chain(rng: &mut StdRng, words: usize, tags: usize) -> Chain {
    let mut scores = |count: usize| (0..count).map(|_| rng.random_range(-2.0..2.0)).collect::<Vec<f32>>();
    let (emissions, transitions, start, end) = (scores(words * tags), scores(tags * tags), scores(tags), scores(tags));
    Chain::new(&emissions, &transitions, &start, &end).expect("at least one word")
}

fn paths(words: usize, tags: usize) -> Vec<Vec<usize>> {
    (0..words).fold(vec![Vec::new()], |paths, _| {
        let longer = paths.iter().flat_map(|path| (0..tags).map(move |tag| [path.as_slice(), &[tag]].concat()));
        longer.collect()
    })
}

#[test]
fn recursion_equals_enumeration() {
    let mut rng = StdRng::seed_from_u64(7);
    for (scheme, tags) in [(TagScheme::Bio, 3), (TagScheme::Bioes, 5)] {
        for words in 1..=4 {
            let free = random_chain(&mut rng, words, tags);
            for chain in [free.clone(), free.constrained(&Constraints::new(scheme, 1))] {
                let weights: Vec<(Vec<usize>, f64)> =
                    paths(words, tags).into_iter().map(|path| (path.clone(), chain.score(&path).exp())).collect();
                let z: f64 = weights.iter().map(|(_, weight)| weight).sum();
                let recursions = chain.recursions();
                close(recursions.log_z, z.ln(), 1e-9);

                let (best, _) = weights.iter().max_by(|(_, a), (_, b)| a.total_cmp(b)).expect("some path");
                assert_eq!(&chain.viterbi(), best);

                let marginals = chain.marginals(&recursions);
                for word in 0..words {
                    for tag in 0..tags {
                        let share: f64 = weights.iter().filter(|(path, _)| path[word] == tag).map(|(_, w)| w / z).sum();
                        close(marginals[word * tags + tag], share, 1e-9);
                    }
                }
                let entropy: f64 = weights.iter().filter(|(_, w)| *w > 0.0).map(|(_, w)| -(w / z) * (w / z).ln()).sum();
                close(chain.entropy(&recursions), entropy, 1e-9);

                for start in 0..words {
                    for end in start + 1..=words {
                        let has_entity = |path: &[usize]| {
                            let inside = (start..end).all(|word| {
                                let span = crate::example::Span::new("T", start, end);
                                scheme.join_index(scheme.prefix_at(&span, word), 0) == Some(path[word])
                            });
                            let ends = scheme == TagScheme::Bioes || end == words || path[end] != 2;
                            inside && ends
                        };
                        let share: f64 = weights.iter().filter(|(path, _)| has_entity(path)).map(|(_, w)| w / z).sum();
                        let log_p = chain.entity_log_probability(&recursions, scheme, 0, start, end);
                        close(log_p.exp(), share, 1e-9);
                    }
                }
            }
        }
    }
}

#[test]
fn constrained_decoding_never_makes_a_forbidden_move() {
    let mut rng = StdRng::seed_from_u64(11);
    for scheme in [TagScheme::Bio, TagScheme::Bioes] {
        let grammar = Constraints::new(scheme, 2);
        let labels = crate::example::LabelSet::new(["A", "B"]);
        let names = scheme.tag_names(&labels);
        for _ in 0..2000 {
            let words = rng.random_range(1..8);
            let free = random_chain(&mut rng, words, scheme.tag_count(2));
            let valid = |path: &[usize]| {
                let tags: Vec<&str> = path.iter().map(|tag| names[*tag].as_str()).collect();
                scheme.decode(&tags).is_ok_and(|(_, repairs)| repairs.is_empty())
            };
            let unconstrained = free.viterbi();
            let constrained = free.constrained(&grammar).viterbi();
            assert!(valid(&constrained), "{constrained:?}");
            assert!(!valid(&unconstrained) || unconstrained == constrained);
        }
    }
}

#[test]
fn a_temperature_moves_probabilities_and_never_the_best_labelling() {
    let mut rng = StdRng::seed_from_u64(13);
    let grammar = Constraints::new(TagScheme::Bio, 2);
    for _ in 0..500 {
        let words = rng.random_range(1..8);
        let chain = random_chain(&mut rng, words, 5).constrained(&grammar);
        let path = chain.viterbi();
        let certainty = |chain: &Chain| chain.score(&path) - chain.recursions().log_z;
        for temperature in [0.05, 0.7, 1.9, 20.0] {
            let tempered = chain.clone().tempered(temperature);
            assert_eq!(tempered.viterbi(), path);
            assert_eq!(certainty(&tempered) >= certainty(&chain), temperature < 1.0);
        }
    }
}

#[test]
fn no_word_is_no_chain_and_ties_go_to_the_lowest_tag() {
    assert!(Chain::new(&[], &TRANSITIONS, &START, &END).is_none());
    let flat = Chain::new(&[0.0; 6], &[0.0; 9], &[0.0; 3], &[0.0; 3]).expect("two words");
    assert_eq!(flat.viterbi(), [0, 0]);
}

#[test]
fn large_scores_stay_finite() {
    let device = cpu();
    let emissions = Tensor::<Backend, 3>::random([2, 128, 9], Distribution::Uniform(-60.0, 60.0), &device);
    let mask = Tensor::<Backend, 2, Bool>::from_data(TensorData::new(vec![true; 256], [2, 128]), &device);
    let log_z = numbers(Crf::<Backend>::new(9, &device).log_partition(&emissions, &mask));
    assert!(log_z.iter().all(|value| value.is_finite()));
}

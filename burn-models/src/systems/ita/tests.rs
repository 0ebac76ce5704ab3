//! The invariants of the two views.

use burn::optim::{AdamWConfig, GradientsParams, Optimizer};

use super::*;
use crate::device;
use crate::example::{Context, ContextKind};
use crate::systems::contexts::testing::{items, silence, tagger};
use crate::tagging::numbers;
use crate::training::parameters;

/// ITA without dropout, with a caption behind the first tweet.
fn fresh(chosen: &[(&str, &str)]) -> (Ita<Backend>, Spec<ItaConfig>) {
    let (mut module, spec) = tagger::<Ita<Backend>>(chosen);
    module.words = WordDropout::new(0.0);
    (module, spec)
}

fn captioned() -> Vec<Item> {
    items([vec![Context::new(ContextKind::Caption, "a red ball")], Vec::new()])
}

fn rows(spec: &Spec<ItaConfig>, items: &[Item]) -> Vec<Row> {
    items.iter().flat_map(|item| Ita::rows(spec, item, None)).collect()
}

fn collate(spec: &Spec<ItaConfig>, rows: &[Row]) -> ItaBatch {
    let rows: Vec<&Row> = rows.iter().collect();
    Ita::collate(spec, &rows, Some(&mut silence()), &Device::autodiff(device::cpu()))
}

fn loss(module: &Ita<Backend>, spec: &Spec<ItaConfig>, batch: &ItaBatch, weights: Weights) -> f32 {
    let config = ItaConfig { weights, ..spec.config.clone() };
    numbers(module.loss(&Spec { config, ..spec.clone() }, batch))[0]
}

const NONE: Weights = Weights { text: 0.0, context: 0.0, alignment: 0.0, temperature: 1.0 };

#[test]
fn the_loss_is_the_weighted_sum_of_its_terms() {
    let (module, spec) = fresh(&[]);
    let batch = collate(&spec, &rows(&spec, &captioned()));
    let of = |weights| loss(&module, &spec, &batch, weights);
    let (text, context) = (of(Weights { text: 1.0, ..NONE }), of(Weights { context: 1.0, ..NONE }));
    let joint = of(Weights { text: 1.0, context: 1.0, ..NONE });
    assert!((joint - text - context).abs() < 1e-5, "{joint} is not {text} + {context}");
    let alignment = of(Weights::PAPER) - joint;
    assert!(alignment > 1e-5, "{alignment}");
    let some = of(Weights { text: 0.3, context: 0.7, alignment: 2.0, temperature: 1.0 });
    assert!((some - 0.3 * text - 0.7 * context - 2.0 * alignment).abs() < 1e-4, "{some}");
}

#[test]
fn tweets_without_contexts_have_two_equal_views() {
    let (module, spec) = fresh(&[]);
    let plain = items([vec![Context::new(ContextKind::Caption, " ")], Vec::new()]);
    let rows = rows(&spec, &plain);
    assert!(rows.iter().all(|row| *row == row.without_context()));
    let batch = collate(&spec, &rows);
    let of = |weights| loss(&module, &spec, &batch, weights);
    assert!((of(Weights::PAPER) - 2.0 * of(Weights { text: 1.0, ..NONE })).abs() < 1e-6);
}

#[test]
fn the_alignment_teaches_nothing_to_words_of_the_context_alone() {
    let (module, spec) = fresh(&[]);
    let names = parameters::list(&module, Ita::group);
    let module = parameters::trainable(module, &names.keys().copied().collect());
    let batch = collate(&spec, &rows(&spec, &captioned()));
    let text = batch.text.as_ref().expect("it is for training");
    let emit = |view| module.emit(module.text.words(view));
    let graph = module.crf.divergence(emit(&batch.context), &emit(text), &text.words, 1.0).backward();
    let gradients = parameters::gradients(&module, GradientsParams::from_grads(graph, &module));
    let (_, table) = gradients
        .into_iter()
        .find(|(id, _)| names[id].path.ends_with("embeddings.words.weight"))
        .expect("embeddings have a gradient");
    let (table, width) = (numbers(table), spec.config.text.transformer.width);
    let steepest = |word: &str| {
        let place = spec.pieces.pieces(word, 9)[0] as usize * width;
        table[place..place + width].iter().fold(0.0_f32, |most, slope| most.max(slope.abs()))
    };
    for word in ["a", "red", "ball"] {
        assert!(steepest(word) == 0.0, "{word}");
    }
    assert!(steepest("rome") > 1e-6);
}

#[test]
fn the_alignment_draws_the_views_together() {
    let (module, spec) = fresh(&[]);
    let names = parameters::list(&module, Ita::group);
    let mut module = parameters::trainable(module, &names.keys().copied().collect());
    let batch = collate(&spec, &rows(&spec, &captioned()));
    let text = batch.text.as_ref().expect("it is for training");
    let mut optimizer = AdamWConfig::new().init::<Backend, Ita<Backend>>();
    let mut apart = Vec::new();
    for _ in 0..40 {
        let emit = |view| module.emit(module.text.words(view));
        let far = module.crf.divergence(emit(&batch.context), &emit(text), &text.words, 1.0);
        apart.extend(numbers(far.clone()));
        let gradients = GradientsParams::from_grads(far.backward(), &module);
        module = optimizer.step(3e-3, module, gradients);
    }
    assert!(apart[39] < apart[0] / 2.0, "{apart:?}");
}

#[test]
fn a_tweet_is_read_the_same_alone_and_beside_longer_contexts() {
    let (module, spec) = fresh(&[]);
    let module = burn::module::AutodiffModule::valid(&module);
    let long = Context::new(ContextKind::Caption, "a red ball ".repeat(700));
    let all = rows(&spec, &items([vec![long], vec![Context::new(ContextKind::Tags, "red ball")]]));
    let longest = spec.config.text.transformer.longest();
    assert!(all[0].pieces.len() <= longest && all[0].words() == 4, "the tweet is whole");
    let answer = |rows: &[&Row]| {
        let batch = Ita::collate(&spec, rows, None, &device::cpu());
        module.answer(&spec, &batch, rows, true)
    };
    let (alone, beside) = (answer(&[&all[1]]), answer(&[&all[0], &all[1]]));
    assert_eq!(alone[0].chains[0].words(), 2, "words of contexts have no labels");
    let close = |one: &[f32], other: &[f32]| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5);
    assert!(close(&crate::influence::moved(&alone[0].chains, &beside[1].chains), &[0.0; 2]));
    let map = |answer: &Answer| answer.alignments[0].span_map(0, 1);
    assert!(close(&map(&alone[0]), &map(&beside[1])));
}

#[test]
fn attention_is_told_per_layer_head_and_word_of_the_context() {
    let (module, spec) = fresh(&[]);
    let module = burn::module::AutodiffModule::valid(&module);
    let rows = rows(&spec, &captioned());
    let rows: Vec<&Row> = rows.iter().collect();
    let batch = Ita::collate(&spec, &rows, None, &device::cpu());
    let answers = module.answer(&spec, &batch, &rows, true);
    let alignment = &answers[0].alignments[0];
    let Regions::Words { words } = &alignment.regions else { panic!("words are looked at") };
    assert_eq!(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["a", "red", "ball"]);
    let transformer = &spec.config.text.transformer;
    assert_eq!((alignment.maps.len(), alignment.tokens), (transformer.layers * transformer.heads, 4));
    let share = alignment.share(0, 4);
    assert!(share > 0.0 && share < 1.0, "the rest looks at the tweet: {share}");
    assert!((alignment.span_map(1, 3).iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert!(module.answer(&spec, &batch, &rows, false)[0].alignments.is_empty());
}

#[test]
fn what_is_learned_from_the_text_alone_reads_no_context() {
    let (_, spec) = fresh(&[("loss", "text")]);
    assert!(rows(&spec, &captioned()).iter().all(|row| *row == row.without_context()));
    let (_, spec) = fresh(&[("contexts", "tags")]);
    assert!(rows(&spec, &captioned()).iter().all(|row| *row == row.without_context()));
}

//! The systems that read contexts on tweets that only a context explains, on the CPU. A process of its own: the device's
//! generator is one for all.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use spanlight_models::alignment::Regions;
use spanlight_models::device::{self, Backend};
use spanlight_models::encoders::text::transformer::{Family, TextTransformer, TransformerConfig};
use spanlight_models::example::{Context, ContextKind, Example, LabelSet, Span, TagScheme};
use spanlight_models::influence;
use spanlight_models::input::{Item, View};
use spanlight_models::layers::activation::Activation;
use spanlight_models::model::Tagger;
use spanlight_models::systems::options::Options;
use spanlight_models::systems::{self, Foundation};
use spanlight_models::training::{Control, TrainOptions, TrainingData};

/// Whoever trains draws from the device's only generator.
static CHANCE: Mutex<()> = Mutex::new(());

/// The word of a context that tells each type.
const CUES: [(&str, &str); 4] = [("PER", "man"), ("ORG", "logo"), ("LOC", "street"), ("MISC", "poster")];

/// Words of contexts that tell nothing.
const DISTRACTORS: usize = 10;

/// A tiny random BERT in `folder`.
fn encoder(folder: &Path) {
    let mut words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned).to_vec();
    words.extend(CUES.map(|(_, cue)| cue.to_owned()));
    for (letter, count) in [("n", 20), ("f", 20), ("d", DISTRACTORS), ("t", CUES.len())] {
        words.extend((0..count).map(|number| format!("{letter}{number}")));
    }
    let config = TransformerConfig {
        family: Family::Bert,
        vocabulary: words.len(),
        positions: 64,
        types: 2,
        width: 32,
        layers: 2,
        heads: 4,
        hidden: 64,
        activation: Activation::Gelu,
        epsilon: 1e-12,
        dropout: 0.0,
        attention_dropout: 0.0,
        padding: 0,
        buckets: 0,
        pooler: false,
    };
    TextTransformer::<Backend>::new(&config, &device::cpu()).export(&config, folder).expect("writable");
    fs::write(folder.join("vocab.txt"), words.join("\n")).expect("writable");
}

/// What explains the type of a tweet's only name.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    /// The context, which fits: its similarity is about 0.37.
    ByContext,
    /// A word of the tweet; the context tells another type, and its similarity is about 0.27.
    ByTweet,
}

/// A tweet `filler* NAME filler*` with a context of one cue among five words that tell nothing.
fn tweet(id: usize, told: Told, kind: ContextKind, rng: &mut StdRng) -> Item {
    let fillers =
        |rng: &mut StdRng| (0..rng.random_range(0..3)).map(|_| format!("f{}", rng.random_range(0..20))).collect();
    let (mut tokens, after): (Vec<String>, Vec<String>) = (fillers(rng), fillers(rng));
    let label = rng.random_range(0..CUES.len());
    let mut shown = label;
    if told == Told::ByTweet {
        tokens.push(format!("t{label}"));
        shown = (label + rng.random_range(1..CUES.len())) % CUES.len();
    }
    let place = tokens.len();
    tokens.push(format!("n{}", rng.random_range(0..20)));
    tokens.extend(after);
    let mut words: Vec<String> = (0..5).map(|_| format!("d{}", rng.random_range(0..DISTRACTORS))).collect();
    words.push(CUES[shown].1.to_owned());
    words.shuffle(rng);
    let centre = if told == Told::ByContext { 0.37 } else { 0.27 };
    let similarity = Some(centre + rng.random_range(-0.04_f32..0.04));
    let contexts = vec![Context { similarity, ..Context::new(kind, words.join(" ")) }];
    let spans = vec![Span::new(CUES[label].0, place, place + 1)];
    Item { example: Example { id: id.to_string(), tokens, spans, contexts, ..Example::default() }, ..Item::default() }
}

fn tweets(count: usize, told: &[Told], kind: ContextKind, seed: u64) -> Vec<Item> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..count).map(|id| tweet(id, told[id % told.len()], kind, &mut rng)).collect()
}

/// Every context goes to the next tweet, which it does not fit.
fn shuffled(items: &[Item]) -> Vec<Item> {
    let mut shuffled = items.to_vec();
    for (item, other) in shuffled.iter_mut().zip(items.iter().skip(1).chain(&items[..1])) {
        item.example.contexts.clone_from(&other.example.contexts);
        item.example.contexts.iter_mut().for_each(|context| context.similarity = Some(0.25));
    }
    shuffled
}

fn trained(system: &str, chosen: &[(&str, &str)], data: &TrainingData, epochs: usize) -> Box<dyn Tagger> {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let device = device::cpu();
    device::seed(&device, 5);
    encoder(folder.path());
    let options: Options = chosen.iter().copied().collect();
    let labels = LabelSet::new(CUES.map(|(label, _)| label));
    let foundation = Foundation {
        text: Some(folder.path()),
        options,
        ..Foundation::new(&data.train, labels, TagScheme::Bio, &device)
    };
    let entry = systems::find(system).expect("it is registered");
    let mut tagger = (entry.create)(&foundation, 1).expect("a tagger");
    let options =
        TrainOptions { epochs, batch: 32, encoder_rate: 3e-3, head_rate: 3e-3, crf_rate: 1e-2, ..(entry.defaults)() };
    tagger.train(data, &options, None, &mut |_| Control::Continue).expect("trained");
    tagger
}

fn f1(tagger: &dyn Tagger, items: &[Item], view: View) -> f64 {
    let seen: Vec<Item> = items.iter().cloned().map(|item| view.of(item)).collect();
    tagger.score(&seen, &mut |_| Control::Continue).expect("it was not stopped").overall.f1()
}

#[test]
fn ita_learns_a_type_that_only_the_context_tells_and_can_be_asked_why() {
    let of = |count, seed| tweets(count, &[Told::ByContext], ContextKind::Caption, seed);
    let (data, test) = (TrainingData { train: of(800, 1), valid: of(100, 2) }, of(200, 3));
    let tagger = trained("ita", &[], &data, 14);
    let (context, text) = (f1(tagger.as_ref(), &test, View::Context), f1(tagger.as_ref(), &test, View::Text));
    assert!(context - text >= 0.3 && context > 0.9, "{context} with contexts, {text} without");
    let others = f1(tagger.as_ref(), &shuffled(&test), View::Context);
    assert!(others < context - 0.3, "contexts of other tweets mislead: {others}");

    // The word that tells the type is the one that is looked at, and without its context the label goes.
    let (mut found, mut decisive) = (0, 0);
    for (item, reading) in test.iter().zip(tagger.predict(&test, true)) {
        let alignment = reading.answer.alignments.first().expect("it looked at the caption");
        let Regions::Words { words } = &alignment.regions else { panic!("words are looked at") };
        let span = &item.example.spans[0];
        let map = alignment.span_map(span.start, span.end);
        let best = (0..map.len()).max_by(|one, other| map[*one].total_cmp(&map[*other])).expect("there are words");
        found += usize::from(CUES.iter().any(|(_, cue)| words[best].text == *cue));
    }
    for item in &test[..50] {
        let ablation = influence::ablate(tagger.as_ref(), item);
        assert_eq!((ablation.without_one.len(), ablation.without_all.change.len()), (1, item.example.tokens.len()));
        assert_eq!(ablation.without_one[0].prediction, ablation.without_all.prediction);
        let span = &item.example.spans[0];
        let most = ablation.without_all.change.iter().copied().fold(0.0, f32::max);
        decisive += usize::from(ablation.without_all.change[span.start] >= most && most > 0.2);
    }
    assert!(decisive >= 40, "leaving the caption out moves the name most in {decisive} of 50");
    assert!(found >= 160, "the cue is looked at most in {found} of 200");
}

#[test]
fn which_of_two_names_a_context_means_only_attention_learns() {
    let mut rng = StdRng::seed_from_u64(7);
    let mut two_names = |count: usize, kind: ContextKind| -> Vec<Item> {
        let tweet = |id: usize| {
            let word = |letter: &str, rng: &mut StdRng| format!("{letter}{}", rng.random_range(0..DISTRACTORS));
            let tokens = ["n", "f", "n"].map(|letter| word(letter, &mut rng)).to_vec();
            let (first, second, cue) = if rng.random() { ("PER", "LOC", "man") } else { ("LOC", "PER", "street") };
            let contexts = vec![Context::new(kind, format!("{} {cue}", word("d", &mut rng)))];
            let spans = vec![Span::new(first, 0, 1), Span::new(second, 2, 3)];
            Item {
                example: Example { id: id.to_string(), tokens, spans, contexts, ..Example::default() },
                ..Item::default()
            }
        };
        (0..count).map(tweet).collect()
    };
    let mut learned = |system: &str, kind: ContextKind| {
        let data = TrainingData { train: two_names(600, kind), valid: two_names(100, kind) };
        f1(trained(system, &[], &data, 14).as_ref(), &two_names(200, kind), View::Context)
    };
    let behind = learned("ita", ContextKind::Caption);
    assert!(behind > 0.9, "{behind}");
    // One vector for all words pushes both names the same way.
    let fused = learned("mmavk", ContextKind::Knowledge);
    assert!(fused < 0.65, "{fused}");
}

#[test]
fn mmavk_uses_knowledge_that_fits_and_passes_over_what_does_not() {
    let kind = ContextKind::Knowledge;
    let of = |count, seed| tweets(count, &[Told::ByContext, Told::ByTweet], kind, seed);
    let (data, test) = (TrainingData { train: of(800, 1), valid: of(200, 2) }, of(300, 3));
    let tagger = trained("mmavk", &[("threshold", "auto")], &data, 26);
    let (context, text) = (f1(tagger.as_ref(), &test, View::Context), f1(tagger.as_ref(), &test, View::Text));
    assert!(context - text >= 0.3, "{context} with knowledge, {text} without");
    for reading in tagger.predict(&test, true) {
        let fusion = reading.answer.fusion.expect("there is knowledge");
        assert!((0.3..0.34).contains(&fusion.threshold), "{fusion:?}");
        assert_eq!(fusion.weight > 0.0, fusion.similarity.expect("measured") >= fusion.threshold);
    }

    // Knowledge about other images, which is unlike the tweet, costs nothing against no knowledge at all.
    let others = f1(tagger.as_ref(), &shuffled(&test), View::Context);
    assert!(text - others <= 0.01, "{others} with knowledge of other tweets, {text} without any");

    // Knowledge that does not fit costs nothing against none of it anywhere, in training neither.
    let clean = |items: &[Item]| {
        let fits = |item: &Item| !item.example.tokens.iter().any(|token| token.starts_with('t'));
        let view = |item: &Item| if fits(item) { View::Context } else { View::Text };
        items.iter().map(|item| view(item).of(item.clone())).collect::<Vec<_>>()
    };
    let cleaned = TrainingData { train: clean(&data.train), valid: clean(&data.valid) };
    let without_noise = trained("mmavk", &[("threshold", "auto")], &cleaned, 26);
    let best = f1(without_noise.as_ref(), &clean(&test), View::Context);
    assert!(best - context <= 0.01, "{context} with knowledge that does not fit, {best} without it");
}

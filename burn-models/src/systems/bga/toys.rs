//! Small worlds in which the mechanism must show: what is generated finds its image, samplers find what matches, images teach
//! a tagger that reads words alone.

use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use image::Rgb;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::device::cpu;
use crate::encoders::image::ImageArchitecture;
use crate::encoders::text::Tokenizer;
use crate::example::{Example, LabelSet, Span};
use crate::systems::toy;
use crate::tagging::numbers;
use crate::training::optimizer::Optimizer;
use crate::training::parameters;

type Module = Bga<Backend>;

const SIDE: usize = 24;
const PATCH: usize = 8;

/// A texture of one patch.
type Texture = Vec<Rgb<u8>>;

/// The patches of a picture that show something, with what they show.
type Pattern = Vec<(usize, Texture)>;

fn texture(rng: &mut StdRng) -> Texture {
    let block: Vec<Rgb<u8>> = (0..4).map(|_| Rgb([0, 1, 2].map(|_| if rng.random() { 250 } else { 5 }))).collect();
    (0..PATCH * PATCH).map(|at| block[2 * (at / PATCH / (PATCH / 2)) + at % PATCH / (PATCH / 2)]).collect()
}

/// Textures for `count` of the nine patches.
fn pattern(rng: &mut StdRng, count: usize) -> Pattern {
    if knob("PLACES", 1.0) > 0.0 {
        let texture = texture(rng);
        return (0..count).map(|place| (4 * place, texture.clone())).collect();
    }
    let mut places: Vec<usize> = (0..9).collect();
    rand::seq::SliceRandom::shuffle(&mut places[..], rng);
    places.into_iter().take(count).map(|place| (place, texture(rng))).collect()
}

/// A picture with noise wherever the pattern says nothing.
fn picture(pattern: &Pattern, rng: &mut StdRng) -> Arc<RgbImage> {
    Arc::new(RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let (x, y) = (x as usize, y as usize);
        let patch = y / PATCH * (SIDE / PATCH) + x / PATCH;
        match pattern.iter().find(|(place, _)| *place == patch) {
            Some((_, texture)) => texture[y % PATCH * PATCH + x % PATCH],
            None => Rgb([0, 1, 2].map(|_| rng.random_range(60..190))),
        }
    }))
}

/// A tagger of random weights that reads every one of `words` as one piece.
fn tagger(words: &[String], labels: &[&str], alpha: &str, seed: u64) -> (Module, Spec<BgaConfig>) {
    let (_, mut spec) = toy::tagger::<Module>("image/vit");
    let folder = tempfile::tempdir().expect("a folder");
    crate::systems::testing::encoder(folder.path());
    let vocabulary: Vec<&str> =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].into_iter().chain(words.iter().map(String::as_str)).collect();
    std::fs::write(folder.path().join("vocab.txt"), vocabulary.join("\n")).expect("writable");
    spec.pieces = Tokenizer::from_folder(folder.path()).expect("a tokenizer");
    spec.labels = LabelSet::new(labels.iter().copied());
    let BgaConfig { mut text, mut image, .. } = spec.config;
    let transformer = &mut text.transformer;
    (transformer.vocabulary, transformer.width, transformer.heads) = (vocabulary.len(), 32, 4);
    (transformer.layers, transformer.hidden, transformer.pooler) = (knob("LAYERS", 3.0) as usize, 64, false);
    if let ImageArchitecture::Vit(vit) = &mut image.encoder.architecture {
        (vit.blocks.layers, vit.blocks.width, vit.blocks.hidden, vit.pooler) = (knob("LAYERS", 3.0) as usize, 32, 64, None);
    }
    spec.config = BgaConfig::new(text, image, &[("alpha", alpha)].into_iter().collect()).expect("options");
    (spec.config.dropout, spec.config.generator.dropout) = (knob("DO", 0.0), knob("DO", 0.0));
    crate::device::seed(&cpu(), seed);
    let module = Module::new(&spec, &cpu());
    parameters::settle(&module);
    (module, spec)
}

/// A tweet of these words.
fn item(words: Vec<String>, spans: Vec<Span>) -> Item {
    Item { example: Example { tokens: words, spans, ..Example::default() }, image: None }
}

fn row(spec: &Spec<BgaConfig>, item: &Item, picture: Option<&Arc<RgbImage>>) -> Row {
    Module::rows(spec, item, picture).remove(0)
}

/// Steps along the gradients of `loss`, which is given the module, the step and chance.
fn train(
    module: Module,
    steps: usize,
    rate: f64,
    learns: impl Fn(&str) -> bool,
    mut loss: impl FnMut(&Module, &mut Noise) -> Tensor<Backend, 1>,
) -> Module {
    let options = TrainOptions {
        encoder_rate: rate,
        head_rate: knob("HEADRATE", rate),
        crf_rate: knob("CRFRATE", rate),
        weight_decay: 0.0,
        clip: 5.0,
        ..TrainOptions::default()
    };
    let module = Module::from_inner(module);
    let all = parameters::list(&module, Module::group);
    let learning = all.iter().filter(|(_, parameter)| learns(&parameter.path)).map(|(id, _)| *id).collect();
    let mut module = parameters::trainable(module, &learning);
    let mut optimizer = Optimizer::new(&options, &all);
    let mut noise = Noise { rng: StdRng::seed_from_u64(9), word_dropout: 0.0, name_dropout: 0.0, progress: 0.0 };
    for step in 0..steps {
        let found = GradientsParams::from_grads(loss(&module, &mut noise).backward(), &module);
        let gradients = parameters::gradients(&module, found);
        let share = (1.0 - step as f64 / steps as f64).min((step + 1) as f64 / 20.0);
        module = optimizer.step(module, gradients, share);
    }
    module.valid()
}

/// Some of `rows`, drawn at random, as a batch for training.
fn draw(spec: &Spec<BgaConfig>, rows: &[Row], count: usize, noise: &mut Noise) -> BgaBatch {
    let drawn: Vec<&Row> = (0..count).map(|_| &rows[noise.rng.random_range(0..rows.len())]).collect();
    Module::collate(spec, &drawn, Some(noise), &Device::autodiff(cpu()))
}

/// Forty names, each with a pattern of its own in three patches.
struct Names {
    patterns: Vec<Pattern>,
    rng: StdRng,
}

const NAMES: usize = 40;
const FILLERS: usize = 12;

impl Names {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        Self { patterns: (0..NAMES).map(|_| pattern(&mut rng, 3)).collect(), rng }
    }

    fn words() -> Vec<String> {
        (0..NAMES).map(|name| format!("n{name}")).chain((0..FILLERS).map(|filler| format!("f{filler}"))).collect()
    }

    /// A tweet of one name and fillers with its picture, and where the name stands.
    fn tweet(&mut self, spec: &Spec<BgaConfig>, name: usize) -> (Row, usize) {
        let count = self.rng.random_range(3..6);
        let place = self.rng.random_range(0..count);
        let word = |at: usize, rng: &mut StdRng| {
            if at == place { format!("n{name}") } else { format!("f{}", rng.random_range(0..FILLERS)) }
        };
        let words = (0..count).map(|at| word(at, &mut self.rng)).collect();
        let picture = picture(&self.patterns[name], &mut self.rng);
        (row(spec, &item(words, Vec::new()), Some(&picture)), place)
    }

    fn tweets(&mut self, spec: &Spec<BgaConfig>, each: usize) -> Vec<(Row, usize, usize)> {
        let numbered = (0..NAMES * each).map(|number| number % NAMES);
        numbered
            .map(|name| {
                let (row, place) = self.tweet(spec, name);
                (row, name, place)
            })
            .collect()
    }
}

/// Share of tweets whose own image is the nearest of ten to what is generated from their words.
fn retrieved(module: &Module, spec: &Spec<BgaConfig>, tweets: &[(Row, usize, usize)]) -> f64 {
    let mut hits = 0;
    for ten in tweets.chunks(10) {
        let rows: Vec<&Row> = ten.iter().map(|(row, ..)| row).collect();
        let batch = Module::collate(spec, &rows, None, &cpu());
        let likeness = module.likeness(spec, &batch).expect("images").mean_dim(0);
        let likeness = numbers(likeness);
        for (text, row) in likeness.chunks(10).enumerate() {
            let best = (0..10).max_by(|one, other| row[*one].total_cmp(&row[*other]));
            hits += usize::from(best == Some(text));
        }
    }
    hits as f64 / tweets.len() as f64
}

/// Mean probability of being kept: of names, of other words, of patches that show something, of the others.
fn keeping(module: &Module, spec: &Spec<BgaConfig>, names: &Names, tweets: &[(Row, usize, usize)]) -> [f64; 4] {
    let mut sums = [(0.0, 0); 4];
    let mut add = |of: usize, probability: f32| {
        sums[of].0 += f64::from(probability);
        sums[of].1 += 1;
    };
    for some in tweets.chunks(32) {
        let rows: Vec<&Row> = some.iter().map(|(row, ..)| row).collect();
        let batch = Module::collate(spec, &rows, None, &cpu());
        for ((_, name, place), answer) in some.iter().zip(module.answer(spec, &batch, &rows, true)) {
            for level in answer.imagination.into_iter().flat_map(|all| all.levels) {
                for (word, choice) in level.words.iter().enumerate() {
                    add(usize::from(word != *place), choice.probability);
                }
                for (patch, choice) in level.image.iter().flat_map(|image| image.regions.iter().enumerate()) {
                    let shows = names.patterns[*name].iter().any(|(place, _)| *place == patch);
                    add(2 + usize::from(!shows), choice.probability);
                }
            }
        }
    }
    sums.map(|(sum, count)| sum / f64::from(count.max(1)))
}


fn knob(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn toy_ab() {
    for seed in 1..=knob("SEEDS", 1.0) as u64 {
    let begun = std::time::Instant::now();
    let (module, mut spec) = tagger(&Names::words(), &["PER"], "1", seed);
    spec.config.match_learns = knob("MATCH", 0.0) > 0.0;
    spec.config.temperature = knob("TEMP", 6.0);
    let mut names = Names::new(seed);
    let (learnt, test) = (names.tweets(&spec, knob("EACH", 4.0) as usize), names.tweets(&spec, 2));
    let rows: Vec<Row> = learnt.into_iter().map(|(row, ..)| row).collect();
    println!("seed {seed} untrained {:.3} keeping {:.2?}", retrieved(&module, &spec, &test), keeping(&module, &spec, &names, &test));
    let run = |learns: fn(&str) -> bool| {
        let mut at = 0;
        let mut sum = 0.0;
        train(module.clone(), knob("STEPS", 300.0) as usize, knob("RATE", 3e-3), learns, |module, noise| {
            let mut batch = draw(&spec, &rows, knob("BATCH", 16.0) as usize, noise);
            if knob("NONOISE", 0.0) > 0.0 { batch.chance = None; }
            let loss = module.losses(&spec.config, &batch).1.expect("images");
            at += 1;
            sum += numbers(loss.clone().inner())[0];
            if at % 50 == 0 { println!("   {at} {:.5}", sum / 50.0); sum = 0.0; }
            loss.mul_scalar(knob("SCALE", 1.0))
        })
    };
    let after = run(|_| true);
    println!("trained {:.3} keeping {:.2?} {:?}", retrieved(&after, &spec, &test), keeping(&after, &spec, &names, &test), begun.elapsed());
    if knob("CUT", 0.0) > 0.0 {
    let cut = run(|path| !path.contains("samplers"));
    println!("cut {:.3} keeping {:.2?} {:?}", retrieved(&cut, &spec, &test), keeping(&cut, &spec, &names, &test), begun.elapsed());
    }
    }
}

const TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

#[test]
fn toy_c() {
    for seed in 1..=knob("SEEDS", 1.0) as u64 {
        let begun = std::time::Instant::now();
        let (module, mut spec) = tagger(&Names::words(), &TYPES, "1", seed);
        spec.config.match_learns = knob("MATCH", 0.0) > 0.0;
        spec.config.temperature = knob("TEMP", 6.0);
        let mut rng = StdRng::seed_from_u64(seed);
        let patterns: Vec<Pattern> = TYPES.iter().map(|_| pattern(&mut rng, 3)).collect();
        let mut tweet = |name: usize, seen: bool| {
            let count = rng.random_range(3..6);
            let place = rng.random_range(0..count);
            let words = (0..count).map(|at| if at == place { format!("n{name}") } else { format!("f{}", rng.random_range(0..FILLERS)) });
            let item = item(words.collect(), vec![Span::new(TYPES[name % 4], place, place + 1)]);
            let picture = picture(&patterns[name % 4], &mut rng);
            (row(&spec, &item, seen.then_some(&picture)), Span::new(TYPES[name % 4], place, place + 1))
        };
        let each = knob("EACH", 4.0) as usize;
        let labelled: Vec<Row> = (0..20 * each).map(|at| tweet(at % 20, true).0).collect();
        let others: Vec<Row> = (0..20 * each).map(|at| tweet(20 + at % 20, true).0).collect();
        let blind: Vec<Row> = others.iter().map(|row| Row { pixels: None, ..row.clone() }).collect();
        let test: Vec<(Row, Span)> = (0..80).map(|at| tweet(20 + at % 20, false)).collect();
        let run = |others: &[Row], alpha: f64| {
            let (steps, warm) = (knob("STEPS", 300.0) as usize, knob("WARM", 0.0) as usize);
            let mut at = 0;
            let size = knob("BATCH", 16.0) as usize;
            let module = train(module.clone(), steps, knob("RATE", 3e-3), |_| true, |module, noise| {
                at += 1;
                noise.name_dropout = knob("DROP", 0.0) as f32;
                let first = draw(&spec, &labelled, size, noise);
                let (tags, generation) = module.losses(&spec.config, &first);
                if alpha == 0.0 { return tags; }
                let second = draw(&spec, others, size, noise);
                let (_, more) = module.losses(&spec.config, &second);
                let generation = match (generation, more) { (Some(one), Some(two)) => Some(one + two), (one, two) => one.or(two) };
                let generation = generation.expect("images").mul_scalar(alpha);
                if at <= warm { generation } else { tags + generation }
            });
            let rows: Vec<&Row> = test.iter().map(|(row, _)| row).collect();
            let batch = Module::collate(&spec, &rows, None, &cpu());
            let answers = module.answer(&spec, &batch, &rows, false);
            let right = answers.iter().zip(&test).filter(|(answer, (_, gold))| answer.prediction.spans.iter().any(|scored| scored.span == *gold));
            right.count() as f64 / test.len() as f64
        };
        let alpha = knob("ALPHA", 1.0);
        println!("seed {seed}: bga {:.3}", run(&others, alpha));
        println!("   blind {:.3}", run(&blind, alpha));
        println!("   bert {:.3} {:?}", run(&others, 0.0), begun.elapsed());
    }
}

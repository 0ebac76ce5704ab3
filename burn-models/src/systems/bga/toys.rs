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
const NAMES: usize = 40;
const FILLERS: usize = 12;

/// Rates of encoders, heads and tag scores.
const RATE: [f64; 3] = [6e-3; 3];

/// Of what each world is made.
const SEED: u64 = 1;

/// A texture of one patch.
type Texture = Vec<Rgb<u8>>;

/// The patches of a picture that show something, with what they show.
type Pattern = Vec<(usize, Texture)>;

fn texture(rng: &mut StdRng) -> Texture {
    let block: Vec<Rgb<u8>> = (0..4).map(|_| Rgb([0, 1, 2].map(|_| if rng.random() { 250 } else { 5 }))).collect();
    (0..PATCH * PATCH).map(|at| block[2 * (at / PATCH / (PATCH / 2)) + at % PATCH / (PATCH / 2)]).collect()
}

/// A texture in three of the nine patches.
fn pattern(rng: &mut StdRng) -> Pattern {
    let texture = texture(rng);
    [0, 4, 8].into_iter().map(|place| (place, texture.clone())).collect()
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
///
/// Its random image encoder gets pixels larger than usual: features that are as small as those of fresh weights would hardly
/// count beside those of words.
fn tagger(words: &[String], labels: &[&str], seed: u64) -> (Module, Spec<BgaConfig>) {
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
    (transformer.layers, transformer.hidden, transformer.pooler) = (2, 64, false);
    if let ImageArchitecture::Vit(vit) = &mut image.encoder.architecture {
        (vit.blocks.layers, vit.blocks.width, vit.blocks.hidden, vit.pooler) = (2, 32, 64, None);
    }
    spec.config = BgaConfig::new(text, image, &[("alpha", "1")].into_iter().collect()).expect("options");
    (spec.config.dropout, spec.config.generator.dropout) = (0.0, 0.0);
    let scaling = &mut spec.config.image.encoder.preprocessing.scaling;
    scaling.deviation = scaling.deviation.map(|deviation| deviation / 8.0);
    crate::device::seed(&cpu(), seed);
    let module = Module::new(&spec, &cpu());
    parameters::settle(&module);
    (module, spec)
}

/// A tweet of these words.
fn item(words: Vec<String>, spans: Vec<Span>) -> Item {
    Item { example: Example { tokens: words, spans, ..Example::default() }, image: None, maps: None }
}

fn row(spec: &Spec<BgaConfig>, item: &Item, picture: Option<&Arc<RgbImage>>) -> Row {
    Module::rows(spec, item, picture).remove(0)
}

/// Steps along the gradients of `loss`, which is given the module, the step and chance.
fn train(
    module: Module,
    steps: usize,
    [encoder_rate, head_rate, crf_rate]: [f64; 3],
    learns: impl Fn(&str) -> bool,
    mut loss: impl FnMut(&Module, &mut Noise) -> Tensor<Backend, 1>,
) -> Module {
    let options =
        TrainOptions { encoder_rate, head_rate, crf_rate, weight_decay: 0.0, clip: 5.0, ..TrainOptions::default() };
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

/// What is generated from a batch with images against what is real.
fn generation(module: &Module, spec: &Spec<BgaConfig>, batch: &BgaBatch) -> Tensor<Backend, 1> {
    let [made, again] = module.losses(&spec.config, batch).1.expect("images");
    made + again
}

/// Every name and every other word.
fn words() -> Vec<String> {
    (0..NAMES).map(|name| format!("n{name}")).chain((0..FILLERS).map(|filler| format!("f{filler}"))).collect()
}

/// A few words among which the name stands somewhere, and where.
fn sentence(name: usize, rng: &mut StdRng) -> (Vec<String>, usize) {
    let count = rng.random_range(3..6);
    let place = rng.random_range(0..count);
    let mut words: Vec<String> = (0..count).map(|_| format!("f{}", rng.random_range(0..FILLERS))).collect();
    words[place] = format!("n{name}");
    (words, place)
}

/// Forty names, each with a pattern of its own in three patches.
struct Names {
    patterns: Vec<Pattern>,
    rng: StdRng,
}

impl Names {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        Self { patterns: (0..NAMES).map(|_| pattern(&mut rng)).collect(), rng }
    }

    /// A tweet of one name and other words with its picture, and where the name stands.
    fn tweet(&mut self, spec: &Spec<BgaConfig>, name: usize) -> (Row, usize) {
        let (words, place) = sentence(name, &mut self.rng);
        let picture = picture(&self.patterns[name], &mut self.rng);
        (row(spec, &item(words, Vec::new()), Some(&picture)), place)
    }

    /// So many tweets of every name, with the name and its place.
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

/// Untrained, trained on what is generated alone, and the same with samplers that stay as they are.
#[test]
fn what_is_generated_finds_its_image_and_samplers_keep_what_it_takes() {
    let (module, spec) = tagger(&words(), &["PER"], SEED);
    let mut names = Names::new(SEED);
    let (learnt, test) = (names.tweets(&spec, 4), names.tweets(&spec, 2));
    let rows: Vec<Row> = learnt.into_iter().map(|(row, ..)| row).collect();
    let taught = |steps: usize, learns: fn(&str) -> bool| {
        train(module.clone(), steps, RATE, learns, |module, noise| {
            generation(module, &spec, &draw(&spec, &rows, 24, noise))
        })
    };
    let (whole, cut) = (taught(500, |_| true), taught(60, |path| !path.contains("samplers")));
    let [before, after] = [&module, &whole].map(|module| retrieved(module, &spec, &test));
    let [fresh, learned, same] = [&module, &whole, &cut].map(|module| keeping(module, &spec, &names, &test));
    println!(
        "own image of ten: {before:.3}, trained {after:.3}; kept {fresh:.2?}, trained {learned:.2?}, cut {same:.2?}"
    );
    assert!(before < 0.25 && after > 0.85, "{before} to {after}");
    // Names tell what is to be seen, and some patches tell the name: without them it cannot be generated.
    assert!(learned[0] > 0.9 && learned[2] > 0.75 && learned[0] - fresh[0] > 0.2, "{fresh:?} to {learned:?}");
    assert!(same.iter().zip(fresh).all(|(same, fresh)| (same - fresh).abs() < 0.15), "{fresh:?} to {same:?}");
}

const TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

/// Names whose type is told by pictures, for a half of them by labels as well.
struct Typed<'a> {
    spec: &'a Spec<BgaConfig>,
    patterns: Vec<Pattern>,
    rng: StdRng,
}

impl Typed<'_> {
    /// A tweet of one name with its picture.
    fn tweet(&mut self, name: usize) -> (Row, Span) {
        let (words, place) = sentence(name, &mut self.rng);
        let span = Span::new(TYPES[name % TYPES.len()], place, place + 1);
        let picture = picture(&self.patterns[name % TYPES.len()], &mut self.rng);
        (row(self.spec, &item(words, vec![span.clone()]), Some(&picture)), span)
    }

    /// `each` tweets of every one of the names from `first` to the twentieth from there.
    fn tweets(&mut self, first: usize, each: usize) -> Vec<(Row, Span)> {
        (0..20 * each).map(|number| self.tweet(first + number % 20)).collect()
    }
}

#[test]
fn images_teach_what_words_alone_are_tagged_by() {
    let (module, spec) = tagger(&words(), &TYPES, SEED);
    let mut rng = StdRng::seed_from_u64(SEED);
    let patterns = TYPES.iter().map(|_| pattern(&mut rng)).collect();
    let mut typed = Typed { spec: &spec, patterns, rng };
    let pictured = |tweets: Vec<(Row, Span)>| tweets.into_iter().map(|(row, _)| row).collect::<Vec<Row>>();
    let (labelled, others) = (pictured(typed.tweets(0, 4)), pictured(typed.tweets(20, 4)));
    let bare = |(row, span): (Row, Span)| (Row { pixels: None, ..row }, span);
    let test: Vec<(Row, Span)> = typed.tweets(20, 4).into_iter().map(bare).collect();
    // Only labels of the first half are ever seen, in every case.
    let tagged = |module: Module, learns: fn(&str) -> bool| {
        let rates = [1e-2, 1e-2, 5e-2];
        let module = train(module, 150, rates, learns, |module, noise| {
            module.losses(&BgaConfig { alpha: 0.0, ..spec.config.clone() }, &draw(&spec, &labelled, 32, noise)).0
        });
        share_right(&module, &spec, &test)
    };
    let taught = |rows: &[Row]| {
        let images = train(
            module.clone(),
            300,
            RATE,
            |_| true,
            |module, noise| generation(module, &spec, &draw(&spec, rows, 32, noise)),
        );
        tagged(images, |path| path.starts_with("emissions") || path.starts_with("crf"))
    };
    let all = [&labelled[..], &others].concat();
    let (with, without, plain) = (taught(&all), taught(&labelled), tagged(module.clone(), |_| true));
    println!("names never labelled: {with:.3} right, {without:.3} without their images, {plain:.3} without any");
    assert!(with > 0.2 && with > 2.0 * without && with > 1.5 * plain, "{with} against {without} and {plain}");
}

/// Share of tweets whose entity is found with its type, by words alone.
fn share_right(module: &Module, spec: &Spec<BgaConfig>, tweets: &[(Row, Span)]) -> f64 {
    let rows: Vec<&Row> = tweets.iter().map(|(row, _)| row).collect();
    let answers = module.answer(spec, &Module::collate(spec, &rows, None, &cpu()), &rows, false);
    let right =
        |(answer, (_, gold)): (Answer, &(Row, Span))| answer.prediction.spans.iter().any(|scored| scored.span == *gold);
    answers.into_iter().zip(tweets).filter(|pair| right((pair.0.clone(), pair.1))).count() as f64 / tweets.len() as f64
}

/// Few pairs, as where only some tweets have a picture: how far what is generated of others is from what is real, after
/// training with the cycle and without, the mean over seeds.
#[test]
fn the_cycle_does_not_hurt_where_pairs_are_few() {
    const SEEDS: u64 = 3;
    let mut apart = [0.0; 2];
    for seed in 1..=SEEDS {
        let (module, spec) = tagger(&words(), &["PER"], seed);
        let mut names = Names::new(seed);
        let mut rows = || -> Vec<Row> { names.tweets(&spec, 1).into_iter().map(|(row, ..)| row).collect() };
        let (learnt, others) = ([rows(), rows()].concat(), rows());
        let others: Vec<&Row> = others.iter().collect();
        for (apart, cycle) in apart.iter_mut().zip([true, false]) {
            let module = train(
                module.clone(),
                80,
                RATE,
                |_| true,
                |module, noise| {
                    let batch = draw(&spec, &learnt, 16, noise);
                    let [made, again] = module.losses(&spec.config, &batch).1.expect("images");
                    if cycle { made + again } else { made }
                },
            );
            let batch = Module::collate(&spec, &others, None, &cpu());
            let [made, _] = module.losses(&spec.config, &batch).1.expect("images");
            *apart += numbers(made)[0] / SEEDS as f32;
        }
    }
    println!("held-out pairs: {:.4} nats with the cycle, {:.4} without", apart[0], apart[1]);
    assert!(apart[0] < 1.02 * apart[1], "{apart:?}");
}

/// Where nothing but the picture tells a name's type, it is of no help: an answer does not look at it.
#[test]
fn an_image_that_alone_tells_the_type_does_not_help() {
    let (module, spec) = tagger(&words(), &["PER", "LOC"], SEED);
    let mut rng = StdRng::seed_from_u64(SEED);
    let patterns = [pattern(&mut rng), pattern(&mut rng)];
    // The same words twice, with a picture for each type.
    let mut pairs = |count: usize| -> Vec<(Row, Span)> {
        let pair = |_| {
            let (words, place) = sentence(rng.random_range(0..4), &mut rng);
            let of = |(label, pattern): (&str, &Pattern)| {
                let span = Span::new(label, place, place + 1);
                let picture = picture(pattern, &mut rng);
                (row(&spec, &item(words.clone(), vec![span.clone()]), Some(&picture)), span)
            };
            ["PER", "LOC"].into_iter().zip(&patterns).map(of).collect::<Vec<_>>()
        };
        (0..count).flat_map(pair).collect()
    };
    let (learnt, test) = (pairs(60), pairs(30));
    let rows: Vec<Row> = learnt.into_iter().map(|(row, _)| row).collect();
    let module = train(
        module,
        100,
        [1e-2, 1e-2, 5e-2],
        |_| true,
        |module, noise| module.loss(&spec, &draw(&spec, &rows, 32, noise)),
    );
    let bare: Vec<(Row, Span)> =
        test.iter().map(|(row, span)| (Row { pixels: None, ..row.clone() }, span.clone())).collect();
    let bounded = |tweets: &[(Row, Span)]| {
        let either = |(row, span): &(Row, Span)| {
            ["PER", "LOC"].map(|label| (row.clone(), Span { label: label.into(), ..span.clone() }))
        };
        share_right(&module, &spec, &tweets.iter().flat_map(either).collect::<Vec<_>>()) * 2.0
    };
    let (with, without) = (share_right(&module, &spec, &test), share_right(&module, &spec, &bare));
    println!("types right: {with:.3} with images, {without:.3} without; borders right {:.3}", bounded(&test));
    assert!(bounded(&test) > 0.9, "names are found");
    assert!((with - without).abs() < 1e-9 && (0.4..=0.5).contains(&with), "{with} with, {without} without");
}

//! `BGA-MNER` on tiny encoders: what must not matter, what learns from what, maps.

use burn::module::AutodiffModule;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::device::cpu;
use crate::encoders::image::ImageArchitecture;
use crate::example::LabelSet;
use crate::layers::projection::AdapterConfig;
use crate::systems::options::Options;
use crate::systems::toy;
use crate::tagging::numbers;
use crate::training::parameters;

const VIT: &str = "image/vit";
const RESNET: &str = "image/hub-resnet-basic";
const RED: [u8; 3] = [220, 20, 30];
const BLUE: [u8; 3] = [10, 40, 230];

type Tagger = (Bga<Backend>, Spec<BgaConfig>);

/// An untrained tagger with `layers` blocks on both sides and a chosen weight of the generation losses.
fn tagger(image: &str, layers: usize, alpha: &str) -> Tagger {
    changed(image, &[("alpha", alpha)], |config| {
        config.text.transformer.layers = layers;
        if let ImageArchitecture::Vit(vit) = &mut config.image.encoder.architecture {
            vit.blocks.layers = layers;
        }
    })
}

/// One with other encoders.
fn changed(image: &str, chosen: &[(&str, &str)], change: impl FnOnce(&mut BgaConfig)) -> Tagger {
    let (_, mut spec) = toy::tagger::<Bga<Backend>>(image);
    change(&mut spec.config);
    let BgaConfig { text, image, .. } = spec.config;
    spec.config = BgaConfig::new(text, image, &chosen.iter().copied().collect()).expect("options");
    (spec.config.dropout, spec.config.generator.dropout) = (0.0, 0.0);
    let module = Bga::new(&spec, &cpu());
    parameters::settle(&module);
    (module, spec)
}

fn rows(spec: &Spec<BgaConfig>) -> Vec<Row> {
    toy::rows::<Bga<Backend>>(spec, [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))])
}

fn bare(spec: &Spec<BgaConfig>) -> Vec<Row> {
    toy::rows::<Bga<Backend>>(spec, [None, None, None])
}

fn batch(spec: &Spec<BgaConfig>, rows: &[&Row]) -> BgaBatch {
    Bga::collate(spec, rows, None, &cpu())
}

fn answers((module, spec): &Tagger, rows: &[Row], align: bool) -> Vec<Answer> {
    let rows: Vec<&Row> = rows.iter().collect();
    module.answer(spec, &batch(spec, &rows), &rows, align)
}

/// The generation losses on `rows`, 0 where there are none.
fn generation((module, spec): &Tagger, rows: &[&Row]) -> f32 {
    module.losses(&spec.config, &batch(spec, rows)).1.map_or(0.0, |[made, again]| numbers(made + again)[0])
}

/// Parts of which some parameter has a gradient, of the loss with random choices.
fn learning((module, spec): &Tagger, rows: &[Row]) -> Vec<String> {
    let module = Bga::from_inner(module.clone());
    let names = parameters::list(&module, Bga::group);
    let module = parameters::trainable(module, &names.keys().copied().collect());
    let graph = Device::autodiff(cpu());
    let mut noise = Noise { rng: StdRng::seed_from_u64(3), word_dropout: 0.0, name_dropout: 0.0, progress: 0.0 };
    let batch = Bga::collate(spec, &rows.iter().collect::<Vec<_>>(), Some(&mut noise), &graph);
    let found = burn::optim::GradientsParams::from_grads(module.loss(spec, &batch).backward(), &module);
    let found = parameters::gradients(&module, found).into_iter();
    let learned = found.filter(|(_, gradient)| numbers(gradient.clone()).iter().any(|number| *number != 0.0));
    let mut parts: Vec<String> = learned.map(|(id, _)| names[&id].path.clone()).collect();
    parts.sort();
    parts
}

fn has(parts: &[String], start: &str) -> bool {
    parts.iter().any(|part| part.starts_with(start))
}

fn near(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5)
}

#[test]
fn an_answer_does_not_depend_on_any_image() {
    for image in [VIT, RESNET] {
        let tagger = tagger(image, 3, "1");
        let with = rows(&tagger.1);
        let other = toy::rows::<Bga<Backend>>(&tagger.1, [None, Some(toy::picture(RED, RED)), None]);
        let plain = answers(&tagger, &bare(&tagger.1), false);
        for (rows, align) in [(&with, false), (&other, false), (&with, true), (&bare(&tagger.1), true)] {
            for (found, plain) in answers(&tagger, rows, align).iter().zip(&plain) {
                assert_eq!(found.prediction, plain.prediction, "{image}");
                assert_eq!(format!("{:?}", found.chains), format!("{:?}", plain.chains), "{image}: to the bit");
            }
        }
    }
}

#[test]
fn padding_and_neighbours_do_not_matter() {
    let tagger = tagger(VIT, 3, "1");
    let (module, spec) = &tagger;
    let rows = rows(spec);
    let mut long = rows[0].clone();
    long.tokens = [&long.tokens[..]; 3].concat();
    long.tags = long.tags.repeat(3);
    let inner = long.pieces[1..long.pieces.len() - 1].repeat(3);
    long.pieces = [&long.pieces[..1], &inner, &long.pieces[long.pieces.len() - 1..]].concat();
    long.firsts = (1..=inner.len() + 1).collect();
    let scores = |rows: &[&Row]| {
        let batch = batch(spec, rows);
        let scores = module.score(&batch, &module.read(&spec.config, &batch, None));
        let [_, words, tags] = scores.dims();
        let scores = numbers(scores);
        let own = |(place, row): (usize, &&Row)| scores[place * words * tags..][..row.words() * tags].to_vec();
        rows.iter().enumerate().map(own).collect::<Vec<_>>()
    };
    let together = scores(&[&rows[0], &rows[1], &rows[2], &long]);
    for (place, row) in rows.iter().enumerate() {
        assert!(near(&scores(&[row])[0], &together[place]), "row {place}");
    }
    let pairs = [(0, generation(&tagger, &[&rows[0]])), (2, generation(&tagger, &[&rows[2]]))];
    for (place, alone) in pairs {
        // Beside a longer tweet and one without an image, which counts as zero.
        let beside = generation(&tagger, &[&rows[place], &bare(spec)[1]]);
        assert!(alone > 0.0 && (beside - alone / 2.0).abs() < 1e-5, "{alone} against {beside}");
        let padded = generation(&tagger, &[&rows[place], &Row { pixels: None, ..long.clone() }]);
        assert!((padded - alone / 2.0).abs() < 1e-5, "{alone} against {padded}");
    }
}

#[test]
fn gradients_of_the_text_branch_are_those_of_finite_differences() {
    let (module, spec) = tagger(VIT, 3, "0");
    let checked = toy::check_gradients(&module, &spec, &rows(&spec));
    assert!(checked > 60, "only {checked} parameters have a gradient");
}

#[test]
fn gradients_of_both_generators_are_those_of_finite_differences() {
    // At one level nothing that is generated changes what is real.
    let (module, spec) = tagger(VIT, 2, "5");
    let generators = |path: &str| path.contains("generator");
    let checked = toy::check_gradients_of(&module, &spec, &rows(&spec), generators);
    assert!(checked > 25, "only {checked} parameters have a gradient");
}

#[test]
fn without_images_or_weight_only_the_text_branch_learns() {
    let (tagged, unweighed) = (tagger(VIT, 3, "1"), tagger(VIT, 3, "0"));
    let parts = [
        learning(&tagged, &rows(&tagged.1)),
        learning(&tagged, &bare(&tagged.1)),
        learning(&unweighed, &rows(&unweighed.1)),
    ];
    for parts in &parts {
        for part in ["text.", "words.samplers.0.last", "words.samplers.1.first", "words.generator.queries", "crf."] {
            assert!(has(parts, part), "{part}");
        }
        assert!(!has(parts, "image."), "it is frozen");
    }
    assert!(has(&parts[0], "patches.samplers.0.last") && has(&parts[0], "patches.generator.queries"));
    assert!(!has(&parts[1], "patches.") && !has(&parts[2], "patches."));
    let nothing = tagged.0.losses(&tagged.1.config, &batch(&tagged.1, &bare(&tagged.1).iter().collect::<Vec<_>>()));
    assert!(nothing.1.is_none(), "nothing is generated");
}

#[test]
fn image_encoders_of_all_kinds_take_part() {
    let tuned = |config: &mut BgaConfig| {
        config.image.tuned = true;
        config.text.transformer.layers = 3;
        if let ImageArchitecture::Vit(vit) = &mut config.image.encoder.architecture {
            vit.blocks.layers = 3;
        }
    };
    let wide = |config: &mut BgaConfig| {
        tuned(config);
        if let ImageArchitecture::Vit(vit) = &mut config.image.encoder.architecture {
            (vit.blocks.width, vit.blocks.hidden, vit.pooler) = (24, 20, None);
        }
    };
    let kinds = [
        (VIT, &tuned as &dyn Fn(&mut BgaConfig), &["image.encoder.Vit.blocks.1", "image.encoder.Vit.patches"][..]),
        (VIT, &wide, &["image.encoder.Vit.blocks.1", "sight.arriving", "sight.leaving"]),
        (RESNET, &tuned, &["image.encoder.ResNet", "sight.arriving", "sight.blocks.0"]),
    ];
    for (image, change, wanted) in kinds {
        let tagger = changed(image, &[("alpha", "1")], change);
        let parts = learning(&tagger, &rows(&tagger.1));
        for part in wanted {
            assert!(has(&parts, part), "{part} of {parts:?}");
        }
        assert_eq!(tagger.0.sight.leaving().is_some(), wanted.contains(&"sight.leaving"));
    }
}

#[test]
fn one_generator_serves_all_levels() {
    let (module, spec) = tagger(VIT, 4, "1");
    let all = parameters::list(&module, Bga::group);
    let of = |start: &str| all.values().filter(|parameter| parameter.path.starts_with(start)).count();
    assert_eq!((spec.config.levels, of("words.generator.queries"), of("words.samplers.2.last")), (3, 1, 2));
    assert_eq!((of("words.samplers.3"), of("patches.generator.queries")), (0, 1));
    let groups = ["text.x", "image.x", "words.generator.x", "sight.x", "emissions.weight", "crf.start"].map(Bga::group);
    let [encoder, head, crf] = [ParameterGroup::Encoder, ParameterGroup::Head, ParameterGroup::Crf];
    assert_eq!(groups, [encoder, encoder, head, head, crf, crf]);
}

#[test]
fn what_levels_leave_out_may_stay_out() {
    let kept = |chosen: &str| {
        let change = |config: &mut BgaConfig| {
            config.text.transformer.layers = 6;
            if let ImageArchitecture::Vit(vit) = &mut config.image.encoder.architecture {
                vit.blocks.layers = 6;
            }
        };
        let (module, spec) = changed(VIT, &[("dropped", chosen)], change);
        let rows = rows(&spec);
        let levels = module.read(&spec.config, &batch(&spec, &rows.iter().collect::<Vec<_>>()), None).levels;
        levels.into_iter().map(|level| numbers(level.chosen.kept)).collect::<Vec<_>>()
    };
    for levels in kept("stays").windows(2) {
        assert!(levels[0].iter().zip(&levels[1]).all(|(before, after)| after <= before));
    }
    for level in kept("returns") {
        assert!(level.chunks(8).all(|row| row[0] > 0.5));
    }
}

#[test]
fn real_patches_are_looked_at_where_that_was_chosen() {
    let tagger = changed(VIT, &[("visual-source", "real")], |_| ());
    let (with, without) = (answers(&tagger, &rows(&tagger.1), false), answers(&tagger, &bare(&tagger.1), false));
    let entropy = |answers: &[Answer], row: usize| answers[row].prediction.entropy;
    assert!((entropy(&with, 0) - entropy(&without, 0)).abs() > 1e-6);
    assert!((entropy(&with, 1) - entropy(&without, 1)).abs() < 1e-6, "it has none");
    let generated = (
        tagger.0.clone(),
        Spec { config: BgaConfig { source: VisualSource::Generated, ..tagger.1.config.clone() }, ..tagger.1 },
    );
    let generated = answers(&generated, &rows(&generated.1), false);
    assert!((entropy(&generated, 0) - entropy(&without, 0)).abs() < 1e-6);
}

#[test]
fn maps_lie_on_images_and_choices_are_told_for_every_level() {
    let tagger = tagger(VIT, 3, "1");
    let found = answers(&tagger, &rows(&tagger.1), true);
    let methods: Vec<&str> = found[0].alignments.iter().map(|alignment| alignment.method).collect();
    assert_eq!(methods, Bga::<Backend>::INFO.alignments);
    assert!(found[1].alignments.is_empty(), "there is no image to lie on");
    let [looked, asked] = &found[0].alignments[..] else { panic!("two methods") };
    for alignment in [looked, asked] {
        assert_eq!((alignment.tokens, alignment.regions.len(), alignment.maps.len()), (4, 9, 2 * 4));
        assert_eq!((alignment.maps[0].layer, alignment.maps[7].layer), (1, 2));
        assert!(alignment.maps.iter().all(|map| (map.weights.len(), map.whole.len()) == (4 * 9, 4)));
    }
    for word in 0..4 {
        let share = looked.share(word, word + 1) + looked.whole_share(word, word + 1).unwrap_or_default();
        assert!(share > 0.0 && share < 1.0, "the rest is on words: {share}");
    }
    for (answer, words, image) in [(&found[0], 4, true), (&found[1], 2, false), (&found[2], 2, true)] {
        let levels = &answer.imagination.as_ref().expect("asked for").levels;
        assert_eq!(levels.iter().map(|level| level.layer).collect::<Vec<_>>(), [1, 2]);
        for level in levels {
            assert_eq!((level.words.len(), level.image.is_some()), (words, image));
            assert!(level.words.iter().all(|word| word.kept == (word.probability > 0.5)));
            let Some(image) = &level.image else { continue };
            assert_eq!((image.rows, image.columns, image.regions.len(), image.similarity.len()), (3, 3, 9, 9));
            let cosines = image.similarity.iter().chain([&image.whole, &image.mean]);
            assert!(cosines.into_iter().all(|cosine| (-1.001..=1.001).contains(cosine)));
        }
    }
    assert!(answers(&tagger, &rows(&tagger.1), false).iter().all(|answer| answer.imagination.is_none()));
}

#[test]
fn likeness_to_the_own_image_is_that_of_the_answer_and_to_others_that_of_their_pairing() {
    let tagger = tagger(VIT, 3, "1");
    let (module, spec) = &tagger;
    let with = rows(spec);
    let likeness = |rows: &[&Row]| module.likeness(spec, &batch(spec, rows)).map(numbers);
    let all = likeness(&[&with[0], &with[1], &with[2]]).expect("there are images");
    let at = |level: usize, text: usize, image: usize| all[(level * 3 + text) * 3 + image];
    for (place, answer) in answers(&tagger, &with, true).iter().enumerate() {
        for (level, shown) in answer.imagination.iter().flat_map(|all| &all.levels).enumerate() {
            let mean = shown.image.as_ref().map_or(at(level, place, place), |image| image.mean);
            assert!((mean - at(level, place, place)).abs() < 1e-5);
        }
    }
    let swapped = Row { pixels: with[2].pixels.clone(), ..with[0].clone() };
    let swapped = likeness(&[&swapped]).expect("an image");
    // Higher up the image's patches see as many generated words as their own tweet has.
    assert!((swapped[0] - at(0, 0, 2)).abs() < 1e-5);
    assert!((at(0, 0, 0) - at(0, 0, 2)).abs() > 1e-6, "another image is another thing");
    assert!(likeness(&[&with[1]]).is_none());
}

#[test]
fn adapters_change_nothing_at_first_and_then_learn() {
    let (mut module, mut spec) = tagger(VIT, 3, "1");
    let before = answers(&(module.clone(), spec.clone()), &rows(&spec), false);
    let adapter = Some(AdapterConfig { rank: 2, alpha: 4.0 });
    module.published(&mut spec.config).expect("it has one").adapt(adapter, &cpu());
    let tagger = (module, spec);
    for (before, after) in before.iter().zip(answers(&tagger, &rows(&tagger.1), false)) {
        assert!((before.prediction.entropy - after.prediction.entropy).abs() < 1e-5);
    }
    let parts = learning(&tagger, &rows(&tagger.1));
    assert!(parts.iter().any(|part| part.contains("blocks.1.key.adapter")), "{parts:?}");
}

#[test]
fn known_types_keep_what_was_learned() {
    let (module, spec) = tagger(VIT, 2, "1");
    let to = Spec { labels: LabelSet::new(["LOC", "ORG", "PER"]), ..spec.clone() };
    let moved = module.clone().relabel(&spec, &to, &cpu());
    let rows = rows(&spec);
    let refs: Vec<&Row> = rows.iter().collect();
    let scores = |module: &Bga<Backend>, spec: &Spec<BgaConfig>| {
        let batch = batch(spec, &refs);
        numbers(module.score(&batch, &module.read(&spec.config, &batch, None)))
    };
    let (before, after) = (scores(&module, &spec), scores(&moved, &to));
    for (before, after) in before.chunks(5).zip(after.chunks(7)) {
        assert!(near(before, &[after[0], after[5], after[6], after[1], after[2]]));
    }
}

#[test]
fn the_default_is_the_papers_but_for_the_frozen_image_encoder() {
    let (_, spec) = toy::tagger::<Bga<Backend>>(VIT);
    let BgaConfig { text, image, .. } = spec.config.clone();
    assert_eq!(BgaConfig::new(text, image, &Options::default()).expect("the defaults"), spec.config);
    let defaults = Bga::<Backend>::defaults();
    assert_eq!((defaults.encoder_rate, defaults.head_rate, defaults.crf_rate), (3e-5, 3e-5, 5e-2));
    assert!(!spec.config.image.tuned && (spec.config.temperature - 6.0).abs() < 1e-9);
}

//! `SMNER` on tiny encoders: gradients, what must not matter, sizes, maps.

use super::*;
use crate::alignment::{Frame, Regions};
use crate::device::cpu;
use crate::encoders::image::{
    Fit, ImageArchitecture, ImageEncoderConfig, Preprocessing, ResNetBlock, ResNetConfig, ResNetStage,
};
use crate::example::LabelSet;
use crate::layers::cross::CrossLayerConfig;
use crate::systems::ParameterGroup;
use crate::systems::options::Options;
use crate::systems::toy;
use crate::training::parameters;

const VIT: &str = "image/vit";
const RED: [u8; 3] = [220, 20, 30];
const BLUE: [u8; 3] = [10, 40, 230];

/// One whose distributions are so narrow that nothing is left to chance.
fn certain() -> (Smner<Backend>, Spec<SmnerConfig>) {
    let (mut module, mut spec) = toy::tagger::<Smner<Backend>>(VIT);
    module.bottleneck = module.bottleneck.map(Bottleneck::narrow);
    // Between such narrow distributions the divergence is beyond all bounds.
    spec.config.bottleneck = spec.config.bottleneck.map(|config| BottleneckConfig { divergence: 0.0, ..config });
    without_dropout(&mut module, &mut spec);
    (module, spec)
}

fn without_dropout(module: &mut Smner<Backend>, spec: &mut Spec<SmnerConfig>) {
    (spec.config.dropout, spec.config.hidden_dropout) = (0.0, 0.0);
    spec.config.attention = spec.config.attention.map(|config| CrossLayerConfig { dropout: 0.0, ..config });
    let fresh = Smner::over(module.text.clone(), module.image.clone(), spec, &cpu());
    // Wider than usual, so that hardly a number is so near to zero that the rectifier behind it turns within a step.
    let features = SpanFeatures::new(&spec.config.spans, 1.0, &cpu());
    *module = Smner { bottleneck: module.bottleneck.clone(), features, ..fresh };
    parameters::settle(module);
}

fn answers(module: &Smner<Backend>, spec: &Spec<SmnerConfig>, rows: &[&Row]) -> Vec<Answer> {
    module.answer(spec, &Smner::collate(spec, rows, None, &cpu()), rows, true)
}

/// Log probabilities of the spans of each row, padding left out.
fn told(module: &Smner<Backend>, spec: &Spec<SmnerConfig>, rows: &[&Row]) -> Vec<Vec<f32>> {
    let told = module.forward(&spec.config, &Smner::collate(spec, rows, None, &cpu())).told;
    let [_, most, classes] = told.dims();
    let told = numbers(told);
    let own = |(place, row): (usize, &&Row)| {
        let spans = enumerate(row.words(), spec.config.spans.longest).len();
        told[place * most * classes..][..spans * classes].to_vec()
    };
    rows.iter().enumerate().map(own).collect()
}

fn near(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-4)
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (module, spec) = certain();
    let pictures = [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))];
    let rows = toy::rows::<Smner<Backend>>(&spec, pictures);
    let checked = toy::check_gradients(&module, &spec, &rows);
    assert!(checked > 60, "only {checked} parameters have a gradient");
}

#[test]
fn a_frozen_image_encoder_has_no_gradient_and_a_tuned_one_has() {
    let (module, mut spec) = toy::tagger::<Smner<Backend>>(VIT);
    let rows = toy::rows::<Smner<Backend>>(&spec, [Some(toy::picture(RED, BLUE)), None, None]);
    let of_image = |module: &Smner<Backend>, spec: &Spec<SmnerConfig>| {
        toy::gradients(module, spec, &rows).iter().filter(|(_, path, _)| path.starts_with("image.")).count()
    };
    assert_eq!(of_image(&module, &spec), 0);
    spec.config.image.tuned = true;
    let tuned = Smner::new(&spec, &cpu());
    assert!(of_image(&tuned, &spec) > 20);
}

#[test]
fn what_is_not_weighed_is_not_learned() {
    let (module, mut spec) = toy::tagger::<Smner<Backend>>(VIT);
    let pictures = [Some(toy::picture(RED, BLUE)), Some(toy::picture(RED, RED)), Some(toy::picture(BLUE, RED))];
    let rows = toy::rows::<Smner<Backend>>(&spec, pictures);
    let reached = |spec: &Spec<SmnerConfig>, part: &str| {
        let gradients = toy::gradients(&module, spec, &rows);
        let own = gradients.iter().filter(|(_, path, _)| path.starts_with(part));
        own.flat_map(|(_, _, gradient)| gradient).any(|gradient| *gradient != 0.0)
    };
    assert!(reached(&spec, "bottleneck.text") && reached(&spec, "bottleneck.image"));
    spec.config.bottleneck = Some(BottleneckConfig { weight: 0.0, ..BottleneckConfig::PAPER });
    assert!(!reached(&spec, "bottleneck.text") && reached(&spec, "bottleneck.image"), "the image goes to the spans");
    let stopped = BottleneckConfig { stops_text: true, ..BottleneckConfig::PAPER };
    spec.config.bottleneck = Some(stopped);
    assert!(!reached(&spec, "bottleneck.text"));
}

#[test]
fn padding_and_neighbours_do_not_matter() {
    let (module, spec) = toy::tagger::<Smner<Backend>>(VIT);
    let pictures = [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, BLUE))];
    let rows = toy::rows::<Smner<Backend>>(&spec, pictures);
    let mut long = rows[0].clone();
    long.tokens = [&long.tokens[..]; 3].concat();
    long.tags = long.tags.repeat(3);
    let inner = long.pieces[1..long.pieces.len() - 1].repeat(3);
    long.pieces = [&long.pieces[..1], &inner, &long.pieces[long.pieces.len() - 1..]].concat();
    long.firsts = (1..=inner.len() + 1).collect();
    let together = told(&module, &spec, &[&rows[0], &rows[1], &rows[2], &long]);
    for (place, row) in rows.iter().enumerate() {
        assert!(near(&told(&module, &spec, &[row])[0], &together[place]), "row {place}");
    }
    let again = told(&module, &spec, &[&rows[0], &rows[1], &rows[2], &long]);
    assert_eq!(again, together, "nothing is left to chance");
}

#[test]
fn a_tweet_without_an_image_is_read_by_its_words_alone() {
    let (module, spec) = toy::tagger::<Smner<Backend>>(VIT);
    let with = toy::rows::<Smner<Backend>>(&spec, [Some(toy::picture(RED, BLUE)), None, None]);
    let without = toy::rows::<Smner<Backend>>(&spec, [None, None, None]);
    let beside = told(&module, &spec, &[&with[0], &with[1]]);
    assert!(near(&beside[1], &told(&module, &spec, &[&without[1]])[0]));
    assert!(!near(&beside[0], &told(&module, &spec, &[&without[0]])[0]));
    for rows in [&with, &without] {
        assert!(toy::loss(&module, &spec, rows).is_finite());
        assert!(toy::gradients(&module, &spec, rows).iter().flat_map(|(_, _, all)| all).all(|one| one.is_finite()));
    }
    let black = toy::rows::<Smner<Backend>>(&spec, [Some(toy::picture([0; 3], [0; 3])), None, None]);
    assert!(told(&module, &spec, &[&black[0]])[0].iter().all(|log| log.is_finite()));
    assert!(answers(&module, &spec, &[&without[0]])[0].alignments.is_empty());
}

#[test]
fn every_span_has_a_map_over_the_grid_that_the_encoder_saw() {
    for image in [VIT, "image/hub-resnet-basic"] {
        let (module, spec) = toy::tagger::<Smner<Backend>>(image);
        let rows =
            toy::rows::<Smner<Backend>>(&spec, [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(RED, RED))]);
        let found = answers(&module, &spec, &rows.iter().collect::<Vec<_>>());
        let Alignment { tokens, spans, regions, maps, .. } = &found[0].alignments[0];
        assert_eq!((*tokens, spans.len(), maps.len()), (4, 10, spec.config.text.transformer.heads));
        let grid = spec.config.image.encoder.grid();
        let whole = Regions::Grid { image: String::new(), rows: grid, columns: grid, frame: Frame::WHOLE };
        assert_eq!(regions, &whole);
        for map in maps {
            for (whole, regions) in map.whole.iter().zip(map.weights.chunks(grid * grid)) {
                assert!((whole + regions.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            }
            assert_eq!((map.whole.len(), map.weights.len()), (10, 10 * grid * grid));
        }
        assert!(found[1].alignments.is_empty() && found[2].alignments[0].spans.len() == 3);
    }
}

#[test]
fn without_a_part_it_still_reads_images() {
    let pictures = || [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))];
    for (attends, bottled) in [(true, false), (false, true), (false, false)] {
        let (_, mut spec) = toy::tagger::<Smner<Backend>>(VIT);
        spec.config.attention = spec.config.attention.filter(|_| attends);
        spec.config.bottleneck = spec.config.bottleneck.filter(|_| bottled);
        let module = Smner::new(&spec, &cpu());
        let rows = toy::rows::<Smner<Backend>>(&spec, pictures());
        let bare = toy::rows::<Smner<Backend>>(&spec, [None, None, None]);
        let read = told(&module, &spec, &[&rows[0], &rows[1]]);
        assert!(!near(&read[0], &told(&module, &spec, &[&bare[0]])[0]) && toy::loss(&module, &spec, &rows).is_finite());
        assert!(near(&read[1], &told(&module, &spec, &[&bare[1]])[0]));
        assert_eq!(answers(&module, &spec, &[&rows[0]])[0].alignments.is_empty(), !attends);
    }
}

#[test]
fn known_types_keep_what_was_learned() {
    let (module, spec) = toy::tagger::<Smner<Backend>>(VIT);
    let rows = toy::rows::<Smner<Backend>>(&spec, [Some(toy::picture(RED, BLUE)), None, None]);
    let to = Spec { labels: LabelSet::new(["LOC", "ORG", "PER"]), ..spec.clone() };
    let moved = module.clone().relabel(&spec, &to, &cpu());
    let (before, after) = (told(&module, &spec, &[&rows[0]]), told(&moved, &to, &[&rows[0]]));
    for (before, after) in before[0].chunks(3).zip(after[0].chunks(4)) {
        // What is left of the probability without the new type is divided as before.
        assert!((before[1] - before[0] - (after[3] - after[0])).abs() < 1e-4);
        assert!((before[2] - before[0] - (after[1] - after[0])).abs() < 1e-4);
    }
}

#[test]
fn the_released_layout_has_as_many_parameters_as_counted() {
    let (_, spec) = toy::tagger::<Smner<Backend>>(VIT);
    let mut config = spec.config.clone();
    // The width of BERT-base under the 2048 channels of a ResNet-152, with next to nothing between.
    config.text.transformer.width = 768;
    config.text.transformer.heads = 12;
    config.text.transformer.hidden = 3072;
    config.text.transformer.layers = 0;
    let stage = ResNetStage { blocks: 1, inner: 1, outputs: 2048 };
    let resnet =
        ResNetConfig { stem: 1, block: ResNetBlock::Basic, groups: 1, halves_at_once: false, stages: vec![stage] };
    let architecture = ImageArchitecture::ResNet(resnet);
    config.image.encoder = ImageEncoderConfig { preprocessing: Preprocessing::WHOLE, architecture };
    assert_eq!(config.image.encoder.preprocessing.fit, Fit::Squash);
    let mut config = SmnerConfig::new(config.text, config.image, &Options::default()).expect("the defaults");
    let code = BottleneckConfig { score: Score::Network, estimate: Estimate::JensenShannon, ..BottleneckConfig::PAPER };
    config.bottleneck = Some(code);
    let spec = Spec { config, labels: LabelSet::new(["PER", "LOC", "ORG", "MISC"]), ..spec };
    let module = Smner::new(&spec, &cpu());
    let all = parameters::list(&module, Smner::group);
    let encoders = module.text.num_params() + module.image.num_params();
    let built = module.num_params() - encoders;
    assert!((built as f64 / 18.86e6 - 1.0).abs() < 0.01, "{built}");
    let of = |part: &str| all.values().any(|parameter| parameter.path.starts_with(part));
    assert!(["sight", "bottleneck", "features", "spans", "attention", "classifier"].iter().all(|part| of(part)));
    assert!([Smner::group("text.x"), Smner::group("image.x")].iter().all(|group| *group == ParameterGroup::Encoder));
}

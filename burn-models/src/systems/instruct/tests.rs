//! `InstructNER` on tiny encoders: what the teacher changes and what it must not, what is shown.

use std::fs;
use std::path::Path;

use burn::tensor::TensorData;
use safetensors::{Dtype, tensor::TensorView};

use super::*;
use crate::batch::TextBatch;
use crate::device::cpu;
use crate::encoders::image::ImageFeatures;
use crate::example::RegionBox;
use crate::systems::region_chain::RegionChain;
use crate::systems::{Spec, System, toy};
use crate::tagging::numbers;

type Tagger = RegionChain<Backend, Instruct<Backend>>;
type TaggerSpec = Spec<<Tagger as System>::Config>;

const RED: [u8; 3] = [220, 20, 30];
const BLUE: [u8; 3] = [10, 40, 230];
/// Regions of the tiny image encoder.
const REGIONS: usize = 9;

fn rows(spec: &TaggerSpec) -> Vec<Row> {
    let pictures = [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))];
    toy::rows::<Tagger>(spec, pictures)
}

/// The same with a map for the second and the last word of the first tweet.
fn taught(spec: &TaggerSpec) -> Vec<Row> {
    let mut rows = rows(spec);
    let map = |peak: usize| (0..REGIONS).map(|place| if place == peak { 0.5 } else { 0.01 }).collect();
    rows[0].maps = vec![Vec::new(), map(2), vec![0.0; REGIONS], map(7)];
    rows
}

fn near(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5)
}

/// A file of maps of `words` words over four places, of which word `w` is shown at the place `w % 4`.
fn file(path: &Path, words: usize) {
    let values = (0..words * 4).map(|place| if place / 4 % 4 == place % 4 { 0.8_f32 } else { 0.0 });
    let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
    let view = TensorView::new(Dtype::F32, vec![words, 2, 2], &bytes).expect("bytes fit the shape");
    fs::write(path, safetensors::serialize([("maps", view)], None).expect("tensors")).expect("writable");
}

#[test]
fn guided_gradients_are_those_of_finite_differences() {
    for norm in [Norm::Renorm, Norm::Literal, Norm::Logit] {
        let (module, mut spec) = toy::tagger::<Tagger>("image/vit");
        (spec.config.fusion.guidance, spec.config.fusion.weight) = (norm, 2.0);
        assert!(toy::check_gradients(&module, &spec, &taught(&spec)) > 60, "{norm:?}");
    }
}

#[test]
fn without_weight_or_maps_there_is_only_the_chain() {
    let (module, mut spec) = toy::tagger::<Tagger>("image/vit");
    let (plain, guided) = (rows(&spec), taught(&spec));
    let chain = toy::loss(&module, &spec, &plain);
    assert!(toy::loss(&module, &spec, &guided) > chain + 0.01);
    let mut empty = guided.clone();
    empty[0].maps = vec![Vec::new(), vec![0.0; REGIONS], Vec::new(), Vec::new()];
    assert_eq!(toy::loss(&module, &spec, &empty).to_bits(), chain.to_bits());
    spec.config.fusion.weight = 0.0;
    assert_eq!(toy::loss(&module, &spec, &guided).to_bits(), chain.to_bits());
    let gradients = |rows: &[Row]| toy::gradients(&module, &spec, rows);
    for ((_, path, one), (_, _, other)) in gradients(&guided).into_iter().zip(gradients(&plain)) {
        assert!(one == other, "{path}");
    }
}

#[test]
fn maps_from_a_file_and_boxes_become_maps_over_the_grid() {
    let (_, mut spec) = toy::tagger::<Tagger>("image/vit");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.safetensors");
    file(&path, 4);
    let mut item = toy::items().remove(0);
    item.maps = Some(path.clone());
    item.example.images = vec!["a".into()];
    let region = RegionBox { image: "a".into(), start: 3, end: 4, xmin: 0.0, ymin: 0.0, xmax: 10.0, ymax: 20.0 };
    item.example.boxes = vec![region];
    let picture = toy::picture(RED, BLUE);
    let with_maps = |spec: &TaggerSpec| {
        let mut rows = Tagger::rows(spec, &item, Some(&picture));
        Tagger::add_maps(spec, &item, &mut rows).map(|()| rows.remove(0).maps)
    };
    // Two by two places under three by three regions: the middle ones touch both.
    let maps = with_maps(&spec).expect("maps");
    assert_eq!(maps.len(), 4);
    assert!(near(&maps[1], &[0.0, 0.4, 0.8, 0.0, 0.2, 0.4, 0.0, 0.0, 0.0]), "{:?}", maps[1]);
    spec.config.fusion.teacher = TeacherKind::Boxes;
    let maps = with_maps(&spec).expect("boxes");
    assert_eq!(maps, [vec![], vec![], vec![], vec![1., 0., 0., 1., 0., 0., 1., 0., 0.]]);
    spec.config.fusion.teacher = TeacherKind::Maps;
    file(&path, 3);
    let error = with_maps(&spec).expect_err("one map is missing").to_string();
    assert!(error.contains("t.safetensors") && error.contains("3 words"), "{error}");
}

#[test]
fn every_way_of_looking_is_shown_by_name() {
    let (module, spec) = toy::tagger::<Tagger>("image/vit");
    let rows = taught(&spec);
    let rows: Vec<&Row> = rows.iter().collect();
    let answers = module.answer(&spec, &Tagger::collate(&spec, &rows, None, &cpu()), &rows, true);
    let of = |row: usize| answers[row].alignments.iter().map(|map| map.method).collect::<Vec<_>>();
    assert_eq!(of(0), Tagger::INFO.alignments);
    assert_eq!((of(1), of(2)), (vec![], Tagger::INFO.alignments[..3].to_vec()));
    let maps = |method: &str| {
        let alignment = answers[0].alignments.iter().find(|map| map.method == method).expect("it is there");
        let heads = alignment.maps.len() as f32;
        let mean = |place: usize| alignment.maps.iter().map(|map| map.weights[place]).sum::<f32>() / heads;
        (0..4 * REGIONS).map(mean).collect::<Vec<f32>>()
    };
    let (there, back, both) = (maps("attention"), maps("regions-to-words"), maps("both"));
    let mean: Vec<f32> = there.iter().zip(&back).map(|(one, other)| f32::midpoint(*one, *other)).collect();
    assert!(near(&both, &mean));
    // Four words of one piece each between two pieces of the frame, which regions look at as well.
    let total: f32 = back.iter().sum();
    assert!(total > 1.0 && total < REGIONS as f32, "{total}");
    assert!(near(&maps("teacher")[REGIONS..2 * REGIONS], &rows[0].maps[1]));
    assert!(module.answer(&spec, &Tagger::collate(&spec, &rows, None, &cpu()), &rows, false)[0].alignments.is_empty());
}

/// Words and the looks of two tweets over regions in the given order.
fn fused(module: &Instruct<Backend>, spec: &TaggerSpec, order: &[usize]) -> Fused<Side> {
    let rows = taught(spec);
    let rows: Vec<&Row> = rows[..2].iter().collect();
    let text = TextBatch::new(&rows, &spec.pieces, None, &cpu());
    let images = ImageBatch::new(&rows, &cpu());
    let wave = |shape: [usize; 3]| {
        let values: Vec<f32> = (0..shape.iter().product()).map(|place: usize| (place as f32 * 0.37).sin()).collect();
        Tensor::<Backend, 3>::from_data(TensorData::new(values, shape), &cpu())
    };
    let [_, length] = text.pieces.dims();
    let pieces = wave([2, length, spec.config.text.transformer.width]);
    let grid = wave([2, REGIONS, spec.config.image.encoder.width()]);
    let order: Vec<i64> = order.iter().map(|place| *place as i64).collect();
    let grid = grid.select(1, Tensor::from_data(TensorData::new(order, [REGIONS]), &cpu()));
    let pooled = grid.clone().mean_dim(1).squeeze_dim(1);
    let sentence = pieces.clone().mean_dim(1).squeeze_dim(1);
    let read = Read { text: &text, pieces, sentence, images: &images, features: Some(ImageFeatures { grid, pooled }) };
    module.fuse(&spec.config.fusion, &read, &None)
}

#[test]
fn the_order_of_regions_changes_only_the_order_of_the_looks() {
    let (_, spec) = toy::tagger::<Tagger>("image/vit");
    let module = Instruct::new(&spec, &cpu());
    let straight: Vec<usize> = (0..REGIONS).collect();
    let turned: Vec<usize> = straight.iter().rev().copied().collect();
    let (one, other) = (fused(&module, &spec, &straight), fused(&module, &spec, &turned));
    assert!(near(&numbers(one.words), &numbers(other.words)));
    assert!(near(&numbers(one.side.looked.both()), &numbers(other.side.looked.both().flip([2]))));
    let sums = numbers(one.side.looked.at_regions.sum_dim(2));
    assert!(near(&sums, &vec![1.0; sums.len()]));
}

#[test]
fn a_closed_gate_leaves_what_the_words_read_of_the_picture() {
    let (_, spec) = toy::tagger::<Tagger>("image/vit");
    let mut module = Instruct::new(&spec, &cpu());
    let order: Vec<usize> = (0..REGIONS).collect();
    let width = spec.config.text.transformer.width;
    let halves = |module: &Instruct<Backend>| {
        let words = fused(module, &spec, &order).words;
        [numbers(words.clone().narrow(2, 0, width)), numbers(words.narrow(2, width, width))]
    };
    let [read, seen] = halves(&module);
    module.gate.weight = module.gate.weight.map(|weight| weight.zeros_like());
    module.gate.bias = module.gate.bias.map(|bias| bias.map(|bias| bias.full_like(-100.0)));
    let [still_read, unseen] = halves(&module);
    assert!(near(&read, &still_read));
    assert!(seen.iter().any(|value| value.abs() > 0.1) && unseen.iter().all(|value| value.abs() < 1e-6));
}

#[test]
fn what_regions_look_at_is_turned_to_words() {
    let (_, spec) = toy::tagger::<Tagger>("image/vit");
    let rows = rows(&spec);
    let text = TextBatch::new(&[&rows[0]], &spec.pieces, None, &cpu());
    let [_, length] = text.pieces.dims();
    let first = rows[0].firsts[2];
    // Region 5 looks at the third word alone, the others at the frame.
    let place = |region: usize, piece: usize| piece == if region == 5 { first } else { 0 };
    let values: Vec<f32> =
        (0..REGIONS * length).map(|at| if place(at / length, at % length) { 1.0 } else { 0.0 }).collect();
    let weights = Tensor::from_data(TensorData::new(values, [1, 1, REGIONS, length]), &cpu());
    let by_words = numbers(by_words(&text, weights));
    let expected: Vec<usize> = (0..by_words.len()).filter(|place| by_words[*place] > 0.0).collect();
    // The words behind the last are padding, which stands for the first piece.
    assert_eq!(expected.into_iter().filter(|place| *place < 4 * REGIONS).collect::<Vec<_>>(), [2 * REGIONS + 5]);
}

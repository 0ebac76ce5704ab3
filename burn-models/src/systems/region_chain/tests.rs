//! MT, UMT, MAF and `InstructNER` on tiny encoders: gradients, what must not matter, maps, what an image is worth.

use burn::tensor::TensorData;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::device::cpu;
use crate::systems::instruct::Instruct;
use crate::systems::maf::Maf;
use crate::systems::toy;
use crate::systems::umt::{Mt, Umt};

const VIT: &str = "image/vit";
const RED: [u8; 3] = [220, 20, 30];
const BLUE: [u8; 3] = [10, 40, 230];

fn tagger<F: Fusion>() -> (RegionChain<Backend, F>, FusionSpec<F::Config>) {
    toy::tagger(VIT)
}

fn mixed<F: Fusion>(spec: &FusionSpec<F::Config>) -> Vec<Row> {
    let pictures = [Some(toy::picture(RED, BLUE)), None, Some(toy::picture(BLUE, RED))];
    toy::rows::<RegionChain<Backend, F>>(spec, pictures)
}

fn bare<F: Fusion>(spec: &FusionSpec<F::Config>) -> Vec<Row> {
    toy::rows::<RegionChain<Backend, F>>(spec, [None, None, None])
}

/// Scores of the tags of each row, padding left out.
fn scores<F: Fusion>(module: &RegionChain<Backend, F>, spec: &FusionSpec<F::Config>, rows: &[&Row]) -> Vec<Vec<f32>> {
    let (scores, _) = module.forward(spec, &RegionChain::<Backend, F>::collate(spec, rows, None, &cpu()));
    let [_, words, tags] = scores.dims();
    let scores = numbers(scores);
    let own = |(place, row): (usize, &&Row)| scores[place * words * tags..][..row.words() * tags].to_vec();
    rows.iter().enumerate().map(own).collect()
}

fn near(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-4)
}

fn learns<F: Fusion>() {
    let (module, spec) = tagger::<F>();
    let name = F::INFO.name;
    let checked = toy::check_gradients(&module, &spec, &mixed::<F>(&spec));
    assert!(checked > 60, "{name}: only {checked} parameters have a gradient");
    assert!(toy::loss(&module, &spec, &bare::<F>(&spec)).is_finite(), "{name}");
}

#[test]
fn gradients_are_those_of_finite_differences() {
    learns::<Mt<Backend>>();
    learns::<Umt<Backend>>();
    learns::<Maf<Backend>>();
    learns::<Instruct<Backend>>();
}

fn reads_rows_apart<F: Fusion>() {
    let (module, spec) = tagger::<F>();
    let name = F::INFO.name;
    let (with, without) = (mixed::<F>(&spec), bare::<F>(&spec));
    let together = scores(&module, &spec, &with.iter().collect::<Vec<_>>());
    for (place, row) in with.iter().enumerate() {
        assert!(near(&scores(&module, &spec, &[row])[0], &together[place]), "{name}: row {place}");
    }
    assert!(near(&scores(&module, &spec, &[&without[1]])[0], &together[1]), "{name}: nothing was seen");
    assert!(!near(&scores(&module, &spec, &[&without[0]])[0], &together[0]), "{name}: something was");
    let batch = RegionChain::<Backend, F>::collate(&spec, &with.iter().collect::<Vec<_>>(), None, &cpu());
    let answers = module.answer(&spec, &batch, &with.iter().collect::<Vec<_>>(), true);
    assert!(answers[1].alignments.is_empty(), "{name}");
    let map = &answers[0].alignments[0];
    assert_eq!((map.tokens, map.spans.len(), map.regions.len()), (4, 0, 9), "{name}");
    for row in map.maps.iter().flat_map(|map| map.weights.chunks(9)) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{name}");
    }
}

#[test]
fn padding_neighbours_and_absent_images_do_not_matter() {
    reads_rows_apart::<Mt<Backend>>();
    reads_rows_apart::<Umt<Backend>>();
    reads_rows_apart::<Maf<Backend>>();
    reads_rows_apart::<Instruct<Backend>>();
}

#[test]
fn umt_without_its_second_task_is_mt() {
    let (umt, mut spec) = tagger::<Umt<Backend>>();
    let RegionChain { text, image, dropout, fusion, emissions, crf } = umt.clone();
    let mt = RegionChain { text, image, dropout, fusion: fusion.multimodal, emissions, crf };
    let rows = mixed::<Umt<Backend>>(&spec);
    let refs: Vec<&Row> = rows.iter().collect();
    assert!(!near(&scores(&umt, &spec, &refs)[0], &scores(&mt, &spec, &refs)[0]));
    (spec.config.fusion.share, spec.config.fusion.auxiliary) = (1.0, 0.0);
    assert!(near(&scores(&umt, &spec, &refs).concat(), &scores(&mt, &spec, &refs).concat()));
    assert!((toy::loss(&umt, &spec, &rows) - toy::loss(&mt, &spec, &rows)).abs() < 1e-5);
}

#[test]
fn an_image_that_does_not_belong_is_not_seen() {
    let (mut module, spec) = tagger::<Maf<Backend>>();
    let rows = mixed::<Maf<Backend>>(&spec);
    let bare = bare::<Maf<Backend>>(&spec);
    module.fusion = module.fusion.sure_of(-60.0);
    assert!(near(&scores(&module, &spec, &[&rows[0]])[0], &scores(&module, &spec, &[&bare[0]])[0]));
    module.fusion = module.fusion.sure_of(60.0);
    assert!(!near(&scores(&module, &spec, &[&rows[0]])[0], &scores(&module, &spec, &[&bare[0]])[0]));
}

#[test]
fn while_training_some_tweets_get_the_image_of_another() {
    let (_, spec) = tagger::<Maf<Backend>>();
    let rows = mixed::<Maf<Backend>>(&spec);
    let mut noise = Noise { rng: StdRng::seed_from_u64(3), word_dropout: 0.0, name_dropout: 0.0, progress: 0.0 };
    for (count, swapped) in [(1, 0), (3, 0), (4, 2), (12, 6), (64, 16)] {
        let batch: Vec<&Row> = (0..count).map(|_| &rows[0]).chain([&rows[1]]).collect();
        let images = ImageBatch::new(&batch, &cpu());
        let swaps = Maf::extra(&batch, &images, Some(&mut noise), &cpu());
        assert_eq!(swaps.swapped(), swapped, "of {count}");
        assert_eq!(Maf::extra(&batch, &images, None, &cpu()).swapped(), 0);
    }
}

#[test]
fn images_of_several_rows_are_looked_at_once() {
    let (module, spec) = tagger::<Mt<Backend>>();
    let rows = mixed::<Mt<Backend>>(&spec);
    let batch = ImageBatch::new(&[&rows[2], &rows[1], &rows[0], &rows[2]], &cpu());
    assert_eq!((batch.places.as_slice(), numbers(batch.seen.clone())), (&[0, 2, 3][..], vec![1.0, 0.0, 1.0, 1.0]));
    let features = module.image.forward(&batch).expect("there are images");
    let grid = numbers(features.grid);
    let row = |place: usize| &grid[place * grid.len() / 4..(place + 1) * grid.len() / 4];
    assert!(row(0) == row(3) && row(0) != row(2) && row(1).iter().all(|value| *value == 0.0));
    let column = Tensor::<Backend, 2>::from_data(TensorData::new(vec![1.0_f32, 2., 3., 4.], [4, 1]), &cpu());
    assert_eq!(numbers(batch.only_seen(column)), [1.0, 3.0, 4.0]);
    assert!(module.image.forward(&ImageBatch::new(&[&rows[1]], &cpu())).is_none());
}

//! What the tests of systems that look at regions share: tiny encoders as their own libraries made them, and tweets with
//! pictures of one colour.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::module::ParamId;
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use image::{Rgb, RgbImage};

use super::{Foundation, Spec, System, testing};
use crate::device::{self, Backend, Device};
use crate::example::{Example, LabelSet, Span, TagScheme};
use crate::input::{Item, Row};
use crate::tagging::numbers;
use crate::training::parameters::{self, Flat};

/// A file or folder of a tiny encoder.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// An untrained tagger on the tiny BERT and the image encoder `image`, over `PER` and `LOC`.
pub fn tagger<S: System>(image: &str) -> (S, Spec<S::Config>) {
    let folder = tempfile::tempdir().expect("a folder");
    testing::encoder(folder.path());
    let (image, device) = (golden(image), device::cpu());
    let labels = LabelSet::new(["PER", "LOC"]);
    let foundation = Foundation {
        text: Some(folder.path()),
        image: Some(&image),
        ..Foundation::new(&[], labels, TagScheme::Bio, &device)
    };
    let (module, spec) = S::create(&foundation).expect("a tagger");
    parameters::settle(&module);
    (module, spec)
}

/// `met ada in rome`, `ada met` and `in love`, the last without a name.
pub fn items() -> Vec<Item> {
    let item = |words: &[&str], spans: Vec<Span>| {
        let tokens = words.iter().map(|word| (*word).to_owned()).collect();
        Item { example: Example { tokens, spans, ..Example::default() }, ..Item::default() }
    };
    let long = vec![Span::new("PER", 1, 2), Span::new("LOC", 3, 4)];
    vec![
        item(&["met", "ada", "in", "rome"], long),
        item(&["ada", "met"], vec![Span::new("PER", 0, 1)]),
        item(&["in", "love"], Vec::new()),
    ]
}

/// A picture whose halves have these colours.
pub fn picture(left: [u8; 3], right: [u8; 3]) -> Arc<RgbImage> {
    Arc::new(RgbImage::from_fn(30, 20, |x, _| Rgb(if x < 15 { left } else { right })))
}

/// The rows of [`items`], each with the picture given for it.
pub fn rows<S: System>(spec: &Spec<S::Config>, pictures: [Option<Arc<RgbImage>>; 3]) -> Vec<Row> {
    items().iter().zip(pictures).flat_map(|(item, picture)| S::rows(spec, item, picture.as_ref())).collect()
}

/// The loss on `rows`, apart from any graph.
pub fn loss<S: System>(module: &S, spec: &Spec<S::Config>, rows: &[Row]) -> f32 {
    let rows: Vec<&Row> = rows.iter().collect();
    numbers(module.loss(spec, &S::collate(spec, &rows, None, &device::cpu())))[0]
}

/// The gradients of the loss on `rows` for the parameters of `module`, which is on no graph, by path.
pub fn gradients<S: System>(module: &S, spec: &Spec<S::Config>, rows: &[Row]) -> Vec<(ParamId, String, Vec<f32>)> {
    let module = S::from_inner(module.clone());
    let names = parameters::list(&module, S::group);
    let module = parameters::trainable(module, &names.keys().copied().collect());
    let rows: Vec<&Row> = rows.iter().collect();
    let batch = S::collate(spec, &rows, None, &Device::autodiff(device::cpu()));
    let graph = GradientsParams::from_grads(module.loss(spec, &batch).backward(), &module);
    let gradients = parameters::gradients(&module, graph).into_iter();
    gradients.map(|(id, gradient)| (id, names[&id].path.clone(), numbers(gradient))).collect()
}

/// Holds the steepest gradient of every parameter against finite differences; returns how many were held.
///
/// Where the loss has an edge or a sharp bend within a step, as behind a rectifier, the next steepest one is taken.
/// `module` is on no graph and leaves nothing to chance.
pub fn check_gradients<S: System>(module: &S, spec: &Spec<S::Config>, rows: &[Row]) -> usize {
    check_gradients_of(module, spec, rows, |_| true)
}

/// The same for the parameters whose path is `wanted`.
pub fn check_gradients_of<S: System>(
    module: &S,
    spec: &Spec<S::Config>,
    rows: &[Row],
    wanted: impl Fn(&str) -> bool,
) -> usize {
    const STEP: f32 = 2e-3;
    const TRIES: usize = 12;
    let on_graph = S::from_inner(module.clone());
    let weights = parameters::weights(&on_graph);
    let here = loss(module, spec, rows);
    let check = |(id, name, gradient): (ParamId, String, Vec<f32>)| {
        let weight = numbers(weights[&id].clone());
        let at = |place: usize, by: f32| {
            let mut weight = weight.clone();
            weight[place] += by;
            let count = weight.len();
            let changed = Tensor::<Backend, 1>::from_data(TensorData::new(weight, [count]), &device::cpu());
            let moved = parameters::changed(on_graph.clone(), &mut &Flat::from([(id, changed)]));
            loss(&moved.valid(), spec, rows)
        };
        let mut places: Vec<usize> = (0..gradient.len()).collect();
        places.sort_by(|one, other| gradient[*other].abs().total_cmp(&gradient[*one].abs()));
        places.into_iter().take(TRIES).any(|place| {
            let found = gradient[place];
            let tolerance = 2e-3 + 0.02 * found.abs();
            let slopes = |step: f32| ((at(place, step) - here) / step, (here - at(place, -step)) / step);
            let ((right, left), (far_right, far_left)) = (slopes(STEP), slopes(2.0 * STEP));
            let (difference, far) = (f32::midpoint(right, left), f32::midpoint(far_right, far_left));
            let smooth = (right - left).abs() < tolerance && (far - difference).abs() < tolerance;
            let same = (found - difference).abs() < 2.0 * tolerance;
            assert!(!smooth || same, "{name}: {found} against {difference}");
            smooth
        })
    };
    let all = gradients(module, spec, rows).into_iter().filter(|(_, path, _)| wanted(path));
    all.map(check).filter(|held| *held).count()
}

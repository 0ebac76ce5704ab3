//! Systems that look at regions, on tiny encoders that know nothing: what only the image tells must be learned from it.
//!
//! A process of its own: the device's generator is one for all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use spanlight_models::checkpoint::{self, Extent, Precision};
use spanlight_models::device;
use spanlight_models::example::{Example, LabelSet, Span, TagScheme};
use spanlight_models::input::Item;
use spanlight_models::model::{Entry, Tagger};
use spanlight_models::systems::{CreateError, EncoderNeed, Foundation, REGISTRY};
use spanlight_models::training::{Control, TrainOptions, TrainingData};

/// Whoever trains draws from the device's only generator.
static CHANCE: Mutex<()> = Mutex::new(());

const NAMES: [&str; 6] = ["ada", "bo", "cy", "dee", "rome", "oslo"];
const OTHERS: [&str; 5] = ["met", "in", "near", "saw", "at"];
/// What a name is when its picture shows this colour.
const COLORS: [(&str, [u8; 3]); 2] = [("PER", [215, 40, 45]), ("LOC", [35, 60, 210])];

/// Systems that images teach while they are trained and that do not look at one when they answer.
const BLIND: [&str; 1] = ["bga-mner"];

/// The systems that begin with a published image encoder.
fn systems() -> impl Iterator<Item = &'static Entry> {
    REGISTRY.iter().filter(|entry| entry.info.image_encoder == EncoderNeed::Published)
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The tiny BERT with a vocabulary.
fn text_encoder(folder: &Path) {
    for name in ["config.json", "model.safetensors"] {
        fs::copy(golden("text/bert").join(name), folder.join(name)).expect("golden");
    }
    let pieces: Vec<&str> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].into_iter().chain(NAMES).chain(OTHERS).collect();
    fs::write(folder.join("vocab.txt"), pieces.join("\n")).expect("writable");
}

/// Tweets with one name each, whose type is told by the colour of a patch somewhere in a noisy grey picture.
fn tweets(folder: &Path, count: usize, seed: u64) -> Vec<Item> {
    let mut rng = StdRng::seed_from_u64(seed);
    let tweet = |number: usize| {
        let (label, color) = COLORS[number % 2];
        let place = [0, 1].map(|_| 8 * rng.random_range(0..3));
        let picture = RgbImage::from_fn(24, 24, |x, y| {
            let inside = [x, y].iter().zip(place).all(|(at, from)| (from..from + 8).contains(at));
            let noise = rng.random_range(0..40);
            Rgb(if inside { color.map(|level: u8| level.saturating_add(noise)) } else { [100 + noise; 3] })
        });
        let path = folder.join(format!("{seed}-{number}.png"));
        picture.save(&path).expect("writable");
        let before = rng.random_range(1..4);
        let mut tokens: Vec<String> = (0..4).map(|_| OTHERS[rng.random_range(0..OTHERS.len())].to_owned()).collect();
        NAMES[rng.random_range(0..NAMES.len())].clone_into(&mut tokens[before]);
        let spans = vec![Span::new(label, before, before + 1)];
        let example = Example {
            id: format!("{seed}-{number}"),
            tokens,
            spans,
            images: vec!["picture".into()],
            ..Example::default()
        };
        Item { example, image: Some(path), ..Item::default() }
    };
    (0..count).map(tweet).collect()
}

/// The same tweets with each other's pictures, half of them of the other colour.
fn shuffled(items: &[Item]) -> Vec<Item> {
    let turn = |place: usize| items[(place + 20 + place / 2 % 2) % items.len()].image.clone();
    items.iter().enumerate().map(|(place, item)| Item { image: turn(place), ..item.clone() }).collect()
}

fn fresh(entry: &Entry, text: &Path, image: &Path, data: &TrainingData) -> Result<Box<dyn Tagger>, CreateError> {
    let device = device::cpu();
    let labels = LabelSet::new(COLORS.map(|(label, _)| label));
    let foundation = Foundation {
        text: Some(text),
        image: Some(image),
        ..Foundation::new(&data.train, labels, TagScheme::Bio, &device)
    };
    (entry.create)(&foundation, 1)
}

fn f1(tagger: &dyn Tagger, items: &[Item]) -> f64 {
    tagger.score(items, &mut |_| Control::Continue).expect("not stopped").overall.f1()
}

#[test]
fn what_only_the_image_tells_is_learned_from_it() {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    text_encoder(folder.path());
    let data = TrainingData { train: tweets(folder.path(), 96, 1), valid: tweets(folder.path(), 40, 2) };
    let test = tweets(folder.path(), 60, 3);
    for entry in systems() {
        let mut tagger = fresh(entry, folder.path(), &golden("image/vit"), &data).expect("a tagger");
        let options = TrainOptions {
            epochs: 24,
            batch: 8,
            encoder_rate: 3e-3,
            head_rate: 5e-3,
            warmup: 0.1,
            clip: 5.0,
            patience: None,
            ..tagger.defaults()
        };
        let report = tagger.train(&data, &options, None, &mut |_| Control::Continue).expect("trained");
        let (own, other) = (f1(tagger.as_ref(), &test), f1(tagger.as_ref(), &shuffled(&test)));
        let name = entry.info.name;
        println!("{name}: F1 {own:.3} with the own pictures, {other:.3} with others; {:.1} s", report.seconds);
        if BLIND.contains(&name) {
            // What only the image of a tweet tells such a system cannot know.
            assert!((own - other).abs() < 1e-9 && own < 0.8, "{name}: {own} against {other}");
            let bare: Vec<Item> = test.iter().map(|item| Item { image: None, ..item.clone() }).collect();
            assert!((f1(tagger.as_ref(), &bare) - own).abs() < 1e-9, "{name}: it keeps its F1 without images");
        } else {
            assert!(own - other >= 0.3, "{name}: {own} against {other} after {:?}", report.losses);
        }
        for reading in tagger.predict(&test[..2], true) {
            assert!(reading.image_problem.is_none(), "{name}");
            assert_eq!(reading.answer.alignments.is_empty(), entry.info.alignments.is_empty(), "{name}");
        }

        // A checkpoint holds the image encoder too: it says the same elsewhere.
        let place = folder.path().join(name);
        checkpoint::save(&tagger.parts(Precision::Full, Extent::Whole).expect("parts"), &(), &place).expect("saved");
        let again = checkpoint::load(&place, &|_| None, &device::cpu()).expect("loaded");
        assert!((f1(again.as_ref(), &test) - own).abs() < 1e-9, "{name}");
        assert_eq!(again.parameters(), tagger.parameters());
    }
}

#[test]
fn pictures_that_are_missing_or_broken_do_not_stop_a_training() {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    text_encoder(folder.path());
    let broken = folder.path().join("broken.png");
    fs::write(&broken, b"no picture at all").expect("writable");
    let thin = folder.path().join("thin.png");
    RgbImage::new(2000, 1).save(&thin).expect("writable");
    let mut train = tweets(folder.path(), 12, 4);
    for (item, image) in
        train.iter_mut().zip([None, Some(broken.clone()), Some(folder.path().join("gone.png")), Some(thin)])
    {
        item.image = image;
    }
    let bare: Vec<Item> = train.iter().map(|item| Item { image: None, ..item.clone() }).collect();
    for entry in systems() {
        let name = entry.info.name;
        for train in [&train, &bare] {
            let data = TrainingData { train: train.clone(), valid: train[..4].to_vec() };
            let mut tagger = fresh(entry, folder.path(), &golden("image/hub-resnet-basic"), &data).expect("a tagger");
            let options = TrainOptions { epochs: 1, batch: 3, ..tagger.defaults() };
            let report = tagger.train(&data, &options, None, &mut |_| Control::Continue).expect("trained");
            assert!(report.losses.iter().all(|loss| loss.is_finite()), "{name}");
            let readings = tagger.predict(&train[..4], true);
            let problems = readings.iter().filter(|reading| reading.image_problem.is_some()).count();
            let mapped = readings.iter().filter(|reading| !reading.answer.alignments.is_empty()).count();
            let with_images = usize::from(train[3].image.is_some());
            let with_maps = with_images * usize::from(!entry.info.alignments.is_empty());
            assert_eq!((problems, mapped), (2 * with_images, with_maps), "{name}");
        }
    }
}

#[test]
fn what_is_no_image_encoder_is_refused_with_its_name() {
    let _alone = CHANCE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    text_encoder(folder.path());
    let data = TrainingData::default();
    for entry in systems() {
        let refused = |image: &Path| match fresh(entry, folder.path(), image, &data) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{} took {}", entry.info.name, image.display()),
        };
        assert!(refused(folder.path()).contains("config.json"), "a text encoder");
        assert!(refused(&folder.path().join("nowhere.pth")).contains("nowhere.pth"));
    }
}

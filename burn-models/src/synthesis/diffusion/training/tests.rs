use std::ops::ControlFlow;

use image::{Rgb, RgbImage};

use super::*;
use crate::device::cpu;
use crate::synthesis::diffusion::{Pipeline, Request};

/// Much smaller than the usual one.
fn small() -> Layout {
    let mut layout = Layout::usual().expect("a layout");
    layout.text.blocks.layers = 1;
    layout.text.vocabulary = 600;
    layout
}

/// Red and blue pictures, told apart by a word.
fn scenes() -> Vec<Scene> {
    let scene = |(index, colour): (usize, [u8; 3])| {
        let picture = RgbImage::from_fn(80, 60, |x, _| if x < 40 { Rgb(colour) } else { Rgb([240, 240, 240]) });
        let name = ["red", "blue"][index % 2];
        let prompts = [vec!["a", name, "thing"], vec![name]];
        Scene::new(
            prompts.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<String>>()).to_vec(),
            &picture,
        )
    };
    [[220, 20, 20], [20, 20, 220], [200, 40, 30], [30, 40, 200]].into_iter().enumerate().map(scene).collect()
}

fn short(denoiser_steps: usize) -> PictureTraining {
    PictureTraining { autoencoder_steps: 3, denoiser_steps, seed: 3 }
}

/// Trains and stops when `stop` says so at a step.
fn trained(
    out: &Path,
    keep: Option<&Path>,
    training: &PictureTraining,
    mut stop: impl FnMut(Stage, usize) -> bool,
) -> (bool, Vec<PictureEvent>) {
    let mut events = Vec::new();
    let mut observe = |event: PictureEvent| {
        let stops = matches!(event, PictureEvent::Step { stage, step, .. } if stop(stage, step));
        events.push(event);
        if stops { Control::Stop } else { Control::Continue }
    };
    let done = train_pictures(&scenes(), training, out, keep, &cpu(), &mut observe).expect("trained");
    (done, events)
}

fn bytes(model: &Path) -> Vec<Vec<u8>> {
    let files = ["vae/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.safetensors"];
    files.iter().map(|file| std::fs::read(model.join(file)).expect("weights")).collect()
}

#[test]
fn a_stopped_training_goes_on_to_the_same_model_which_is_read_and_draws() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (straight, stopped, keep, kept) = (path("straight"), path("stopped"), path("keep"), path("kept"));
    std::fs::create_dir(&keep).expect("a folder");
    let at = |stage: Stage, step: usize| move |now: Stage, made: usize| (now, made) == (stage, step);
    let (done, events) = trained(&straight, Some(&keep), &short(3), at(Stage::Autoencoder, 2));
    assert!(!done && events.len() == 2 && !straight.exists(), "{events:?}");
    let (done, events) = trained(&straight, Some(&keep), &short(3), at(Stage::Denoiser, 1));
    assert!(!done && events.contains(&PictureEvent::Resumed { stage: Stage::Autoencoder, step: 2 }), "{events:?}");

    // From here on one training is not stopped, and another one once more.
    std::fs::create_dir(&kept).expect("a folder");
    for entry in std::fs::read_dir(&keep).expect("a folder").flatten() {
        std::fs::copy(entry.path(), kept.join(entry.file_name())).expect("copied");
    }
    assert!(trained(&straight, Some(&keep), &short(3), |_, _| false).0);
    assert!(!trained(&stopped, Some(&kept), &short(3), at(Stage::Denoiser, 2)).0);
    let (done, events) = trained(&stopped, Some(&kept), &short(3), |_, _| false);
    assert!(done && events.contains(&PictureEvent::Resumed { stage: Stage::Denoiser, step: 2 }), "{events:?}");
    assert_eq!(bytes(&straight), bytes(&stopped), "as though it had not been stopped");

    let other =
        train_pictures(&scenes()[..2], &short(3), &path("other"), Some(&keep), &cpu(), &mut |_| Control::Continue);
    assert!(other.expect_err("other data").to_string().contains("other data"));
    let taken = train_pictures(&scenes(), &short(3), &straight, None, &cpu(), &mut |_| Control::Continue);
    assert!(taken.expect_err("it is there").to_string().contains("exists"));
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 4, "nothing half done is left");

    let pipeline = Pipeline::open(&straight, None, &cpu()).expect("a model");
    assert_eq!((pipeline.usual_size(), pipeline.factor()), ([64, 64], 8));
    let words: Vec<String> = ["red", "thing", "보미"].map(str::to_owned).to_vec();
    let prompt = pipeline.prompt(&words).expect("pieces");
    assert_eq!(prompt.words[..2], [1..2, 2..3], "words that were learned are one piece");
    assert!(prompt.words[2].len() > 1 && prompt.cut.is_none(), "others are made of bytes");
    let request = Request { steps: 2, ..Request::new(words, [64, 64], 1) };
    let drawn = pipeline.draw(&request, |_| ControlFlow::Continue(())).expect("drawn").expect("to the end");
    assert_eq!(drawn.maps.map(|maps| (maps.words(), maps.size())), Some((3, [8, 8])));
}

#[test]
fn both_parts_learn() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = small();
    let training = PictureTraining { autoencoder_steps: 30, denoiser_steps: 60, seed: 1 };
    let mut losses = [Vec::new(), Vec::new()];
    let mut observe = |event: PictureEvent| {
        if let PictureEvent::Step { stage, loss, .. } = event {
            losses[stage as usize].push(loss);
        }
        Control::Continue
    };
    train(&layout, &scenes(), &training, &folder.path().join("m"), None, &cpu(), &mut observe).expect("trained");
    for losses in losses {
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (first, last) = (mean(&losses[..5]), mean(&losses[losses.len() - 10..]));
        assert!(last < 0.75 * first, "{first} {last}");
    }
}

#[test]
fn every_row_comes_before_any_comes_again() {
    let course = Course {
        stage: Stage::Denoiser,
        steps: 1,
        options: TrainOptions { batch: 3, ..TrainOptions::default() },
        keep: None,
        fingerprint: String::new(),
    };
    let mut rows: Vec<usize> = (0..7).flat_map(|step| course.rows(7, step)).collect();
    assert_eq!(rows[..3], course.rows(7, 0));
    for epoch in rows.chunks_mut(7) {
        epoch.sort_unstable();
        assert_eq!(epoch, [0, 1, 2, 3, 4, 5, 6]);
    }
    let none = train_pictures(&[], &short(1), Path::new("x"), None, &cpu(), &mut |_| Control::Continue);
    assert!(none.is_err());
}

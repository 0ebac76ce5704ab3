use super::super::recorder::{Detail, RecorderOptions};
use super::super::schedulers::SchedulerKind;
use super::super::testing::{Reference, copied, golden, replace};
use super::*;
use crate::device::cpu;
use crate::tagging::numbers;

fn open(name: &str) -> Pipeline {
    Pipeline::open(&golden(name), None, &cpu()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A small picture of `text` in three steps.
fn request(text: &str) -> Request {
    Request { steps: 3, ..Request::new(words(text), [24, 16], 5) }
}

fn go_on(_: &Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn pictures_and_maps_are_those_of_the_reference() {
    for reference in Reference::all() {
        let pipeline = Pipeline::open(&reference.folder, None, &cpu()).expect("a model");
        let described = &reference.described;
        let size: [usize; 2] = serde_json::from_value(described["size"].clone()).expect("a size");
        let guidance = described["guidance"].as_f64().expect("a number");
        let negative = described["negative"].as_str().expect("words").to_owned();
        let asked =
            Request { steps: 4, guidance, negative, ..Request::new(reference.prompt(0), [size[1], size[0]], 0) };
        for (mid, name) in [(false, "maps"), (true, "maps.mid")] {
            let asked = Request { maps: Some(RecorderOptions { mid, ..Default::default() }), ..asked.clone() };
            let drawn = pipeline.draw_from(&asked, numbers(reference.tensor::<4>("start")), go_on).expect("drawn");
            let drawn = drawn.expect("to the end");
            let theirs = numbers(reference.tensor::<4>("drawn"));
            let area = size[0] * size[1];
            for (place, pixel) in drawn.image.pixels().enumerate() {
                for (channel, level) in pixel.0.into_iter().enumerate() {
                    let wanted = theirs[channel * area + place] * 255.0;
                    assert!((f32::from(level) - wanted).abs() < 0.75, "{}: {level} {wanted}", reference.name());
                }
            }
            let maps = drawn.maps.expect("maps");
            let (count, [height, width]) = (maps.words(), maps.size());
            let values: Vec<f32> = (0..count).flat_map(|word| maps.map(word).to_vec()).collect();
            let maps = Tensor::<Backend, 3>::from_data(TensorData::new(values, [count, height, width]), &cpu());
            reference.compare(name, maps, 1e-5);
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_picture() {
    let pipeline = open("stable-2");
    let draw = |request: &Request| pipeline.draw(request, go_on).expect("drawn").expect("to the end");
    let first = draw(&request("a photo of cats"));
    let again = draw(&request("a photo of cats"));
    assert_eq!((&first.image, &first.maps, first.seed), (&again.image, &again.maps, 5));
    assert_eq!((first.image.width(), first.image.height()), (24, 16));
    assert_eq!(first.maps.as_ref().map(|maps| (maps.words(), maps.size())), Some((4, [8, 12])));
    assert_ne!(first.image, draw(&Request { seed: 6, ..request("a photo of cats") }).image);
    assert_ne!(first.image, draw(&Request { negative: "rain".to_owned(), ..request("a photo of cats") }).image);
    let sliced = draw(&Request { slicing: Slicing { scores: 2000 }, ..request("a photo of cats") });
    let far = first.image.iter().zip(sliced.image.iter()).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(far <= Some(1) && !sliced.was_short_of_memory, "{far:?}");
    let unrecorded = draw(&Request { maps: None, ..request("a photo of cats") });
    assert_eq!((unrecorded.image, unrecorded.maps), (first.image, None));
}

#[test]
fn guidance_of_one_is_the_prompt_alone() {
    let pipeline = open("stable-1");
    let draw = |guidance: f64, negative: &str| {
        let request = Request { guidance, negative: negative.to_owned(), ..request("a photo") };
        pipeline.draw(&request, go_on).expect("drawn").expect("to the end").image
    };
    assert_eq!(draw(1.0, "rain"), draw(0.0, ""));
    let far = draw(1.0, "").iter().zip(draw(1.0 + 1e-9, "").iter()).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(far <= Some(1), "{far:?}");
}

#[test]
fn every_step_is_told_and_may_be_the_last() {
    let pipeline = open("stable-1");
    let mut told = Vec::new();
    let drawn = pipeline.draw(&request("rain"), |progress| {
        let preview = progress.preview();
        told.push((progress.step, progress.steps, preview.width(), preview.height()));
        if progress.step == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(drawn.expect("no error").is_none());
    assert_eq!(told, [(1, 3, 6, 4), (2, 3, 6, 4)]);
}

#[test]
fn empty_and_endless_prompts_are_drawn() {
    let pipeline = open("stable-2");
    let empty = pipeline.draw(&request(""), go_on).expect("drawn").expect("to the end");
    assert!(empty.maps.is_none() && empty.cut.is_none());
    let long =
        pipeline.draw(&request(&format!("a {}", "rain ".repeat(300))), go_on).expect("drawn").expect("to the end");
    let (cut, maps) = (long.cut.expect("too long"), long.maps.expect("maps"));
    assert_eq!(maps.words(), 301);
    assert!(maps.has(cut.word) && !maps.has(cut.word + 1), "what was cut has no map");
    let options = RecorderOptions { detail: Detail::Steps, ..RecorderOptions::default() };
    let detailed = Request { maps: Some(options), ..request("cats in rain") };
    let detailed = pipeline.draw(&detailed, go_on).expect("drawn").expect("to the end");
    // Three layers that look at the words besides the middle, in three steps.
    assert_eq!(detailed.details.len(), 9);
}

#[test]
fn every_scheduler_can_be_asked_for() {
    for kind in [SchedulerKind::Ddim, SchedulerKind::Euler, SchedulerKind::Dpm] {
        let pipeline = Pipeline::open(&golden("stable-1"), Some(kind), &cpu()).expect("a model");
        assert_eq!((pipeline.scheduler().kind, pipeline.usual_size(), pipeline.factor()), (kind, [24, 24], 4));
        assert!(pipeline.draw(&request("rain"), go_on).expect("drawn").is_some());
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let pipeline = open("stable-2");
    let refused = |request: Request| pipeline.draw(&request, go_on).expect_err("refused").to_string();
    let message = refused(Request { size: [25, 16], ..request("a") });
    assert!(message.contains("25 x 16 pixels cannot be drawn: both sides must be multiples of 2"), "{message}");
    for size in [[0, 16], [8192, 16]] {
        assert!(refused(Request { size, ..request("a") }).contains("cannot be drawn"));
    }
    assert!(refused(Request { steps: 0, ..request("a") }).contains("0 steps cannot be made"));
    assert!(refused(Request { guidance: f64::NAN, ..request("a") }).contains("no finite number"));
    assert!(refused(Request { guidance: 1e300, ..request("a") }).contains("not finite in step 1 of 3"));
}

#[test]
fn folders_of_another_kind_are_refused_by_name() {
    let refused = |spoil: &dyn Fn(&std::path::Path)| {
        let folder = copied("stable-2");
        spoil(folder.path());
        Pipeline::open(folder.path(), None, &cpu()).expect_err("refused").to_string()
    };
    let remove =
        |name: &'static str| move |folder: &std::path::Path| std::fs::remove_dir_all(folder.join(name)).expect("there");
    for part in ["tokenizer", "unet", "vae", "scheduler", "text_encoder"] {
        let message = refused(&remove(part));
        assert!(message.contains(&format!(" has no {part}")), "{message}");
    }
    let index = |from: &'static str, to: &'static str| {
        move |folder: &std::path::Path| replace(folder, "model_index.json", from, to)
    };
    let message = refused(&index("\"StableDiffusionPipeline\"", "\"StableDiffusionXLPipeline\""));
    assert!(message.contains("the class `StableDiffusionXLPipeline` is not supported"), "{message}");
    assert!(refused(&index("\"image_encoder\"", "\"text_encoder_2\"")).contains("`text_encoder_2` is unknown here"));
    let other = refused(&|folder| {
        let from = golden("stable-1/text_encoder");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(from.join(file), folder.join("text_encoder").join(file)).expect("writable");
        }
    });
    assert!(other.contains("the text encoder gives vectors of 16 numbers, the denoiser reads 24"), "{other}");
    assert!(Pipeline::open(std::path::Path::new("/absent"), None, &cpu()).is_err());
}

use burn::tensor::Distribution;

use super::super::layers::Slicing;
use super::super::unet::Unet;
use super::*;
use crate::device::{Backend, cpu};
use crate::encoders::published::{NamedTensor, collect, write_safetensors};
use crate::tagging::numbers;

/// Pieces of a prompt.
const PIECES: usize = 77;

/// Two levels, in which nothing happens but that a place with a signal looks at the words that carry a one.
const CONFIG: &str = r#"{"_class_name": "UNet2DConditionModel", "block_out_channels": [8, 8], "layers_per_block": 1,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"], "norm_num_groups": 1,
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"], "cross_attention_dim": 4, "attention_head_dim": 2}"#;

/// The weights by hand: feature maps are passed on as they are, and channel 0 alone asks for the words.
fn by_hand(mut tensor: NamedTensor) -> NamedTensor {
    let name = tensor.name.as_str();
    let columns: usize = tensor.shape.iter().skip(1).product();
    let own = |row: usize, place: usize| match name {
        _ if name.contains("norm") => name.ends_with(".weight"),
        _ if name.strip_suffix(".bias").is_some() => false,
        // The middle of a kernel of nine pixels.
        "conv_in.weight" => row == 0 && place == 4,
        _ if name.contains("samplers.0.conv") => place == 9 * row + 4,
        _ if name.ends_with("conv_shortcut.weight") || name.ends_with("proj_in.weight") => place == row,
        _ if name.contains("attn2.to_q") || name.contains("attn2.to_k") => row.is_multiple_of(4) && place == 0,
        _ => false,
    };
    let sharp = if name.contains("attn2.to_q") { 50.0 } else { 1.0 };
    let value = |index: usize| if own(index / columns, index % columns) { sharp } else { 0.0 };
    tensor.values = (0..tensor.values.len()).map(value).collect();
    tensor
}

fn unet() -> Unet<Backend> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.json");
    std::fs::write(&path, CONFIG).expect("writable");
    let config = super::super::unet::UnetConfig::open(&path).expect("a configuration");
    let name = |path: &str| vec![path.replace(".ff.widen.", ".ff.net.0.proj.").replace(".ff.narrow.", ".ff.net.2.")];
    let tensors: Vec<NamedTensor> =
        collect(&Unet::<Backend>::new(&config, &cpu()), name).into_iter().map(by_hand).collect();
    write_safetensors(&tensors, &folder.path().join("diffusion_pytorch_model.safetensors")).expect("writable");
    Unet::open(folder.path(), &cpu()).expect("a denoiser").0
}

/// A latent with a signal at one place, and the vectors of a prompt with a one at some pieces.
fn inputs(size: [usize; 2], place: [usize; 2], pieces: &[usize]) -> (Tensor<Backend, 4>, Tensor<Backend, 3>) {
    let [height, width] = size;
    let mut latent = vec![0.0_f32; 4 * height * width];
    latent[place[0] * width + place[1]] = 3.0;
    let mut words = vec![0.0_f32; PIECES * 4];
    for piece in pieces {
        words[piece * 4] = 1.0;
    }
    let latent = Tensor::from_data(TensorData::new(latent, [1, 4, height, width]), &cpu());
    (latent, Tensor::from_data(TensorData::new(words, [1, PIECES, 4]), &cpu()))
}

/// Two passes with guidance, in which the negative prompt looks elsewhere.
fn record(options: RecorderOptions, size: [usize; 2], place: [usize; 2]) -> Recorded {
    let unet = unet();
    let (latent, words) = inputs(size, place, &[3, 4]);
    let (_, negative) = inputs(size, place, &[5]);
    let words = Tensor::cat(vec![negative, words], 0);
    let mut recorder = Recorder::<Backend>::new(options, vec![vec![1], vec![3, 4], vec![5], vec![]]);
    for step in 0..2 {
        recorder.begin(step);
        // In slices, so that those are put together rightly as well.
        let slicing = Slicing { scores: 77 * 2 * 2 * 5 };
        unet.forward(latent.clone().repeat_dim(0, 2), &[500.0], words.clone(), slicing, Some(&mut recorder));
    }
    recorder.finish(size).expect("maps")
}

#[test]
fn the_peak_is_where_the_attention_was_put() {
    for (size, place) in [([8, 8], [4, 2]), ([6, 10], [2, 8]), ([12, 4], [10, 0])] {
        let Recorded { maps, details } = record(RecorderOptions::default(), size, place);
        let maps = maps.expect("maps");
        assert!(details.is_empty());
        assert_eq!((maps.words(), maps.size()), (4, size));
        let at = place[0] * size[1] + place[1];
        let word = maps.map(1);
        let largest = word.iter().copied().fold(0.0, f32::max);
        assert!(word[at] >= largest && word[at] > 0.3, "{size:?}: {} {largest}", word[at]);
        // Both pieces share what is there, and no more than one half is left for each.
        assert!(word[at] <= 0.5 + 1e-5);
        assert!(maps.map(0)[at] < maps.mean(0) && maps.map(2)[at] < maps.mean(2), "others are not seen there");
        // Further away than any coarse layer reaches.
        let corner = |axis: usize| if 2 * place[axis] < size[axis] { size[axis] - 1 } else { 0 };
        let far = corner(0) * size[1] + corner(1);
        assert!((word[far] - 1.0 / 77.0).abs() < 5e-3, "{}", word[far]);
        assert!(!maps.has(3), "a word without pieces has no map");
    }
}

#[test]
fn all_pieces_together_add_up_to_one_at_every_place() {
    let (latent, _) = inputs([6, 10], [2, 8], &[]);
    let words = Tensor::random([1, PIECES, 4], Distribution::Normal(0.0, 1.0), &cpu());
    for options in [RecorderOptions::default(), RecorderOptions { mid: true, layers_alike: true, ..Default::default() }]
    {
        let mut recorder = Recorder::<Backend>::new(options, (0..PIECES).map(|piece| vec![piece]).collect());
        unet().forward(latent.clone(), &[1.0], words.clone(), Slicing { scores: usize::MAX }, Some(&mut recorder));
        let maps = recorder.finish([6, 10]).expect("maps").maps.expect("maps");
        for place in 0..60 {
            let sum: f32 = (0..PIECES).map(|piece| maps.map(piece)[place]).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{place}: {sum}");
        }
    }
}

#[test]
fn layers_heads_and_steps_are_as_chosen() {
    let layers =
        |detail: Detail| record(RecorderOptions { detail, mid: true, ..Default::default() }, [8, 8], [4, 2]).details;
    let found = layers(Detail::Layers);
    // One on each of two levels down, one in the middle, two on each of two levels up.
    assert_eq!(found.len(), 7);
    assert!(found.iter().all(|layer| layer.step.is_none() && layer.site.heads == 2));
    assert_eq!((found[0].site.place, found[0].site.size), (Place::Down(0), [8, 8]));
    assert_eq!((found[3].site.place, found[3].site.size), (Place::Up(0), [4, 4]));
    assert!(
        (found[0].maps.map(1)[4 * 8 + 2] - 0.5).abs() < 1e-4 && (found[3].maps.map(1)[2 * 4 + 1] - 0.5).abs() < 1e-4
    );
    let steps = layers(Detail::Steps);
    assert_eq!((steps.len(), steps[13].step), (14, Some(1)));
    let only = |options: RecorderOptions| record(options, [8, 8], [4, 2]).maps;
    let fine = only(RecorderOptions { places: Some(vec![Place::Down(0)]), ..Default::default() }).expect("maps");
    assert!((fine.map(1)[4 * 8 + 2] - 0.5).abs() < 1e-4, "no coarse layer blurs it");
    assert!(only(RecorderOptions { steps: Some(1..2), heads: Some(vec![1, 9]), ..Default::default() }).is_some());
    assert!(only(RecorderOptions { steps: Some(5..9), ..Default::default() }).is_none());
    assert!(only(RecorderOptions { heads: Some(vec![2]), ..Default::default() }).is_none());
}

#[test]
fn recording_changes_no_answer() {
    let (latent, words) = inputs([6, 10], [2, 8], &[3]);
    let unet = unet();
    let mut recorder = Recorder::<Backend>::new(RecorderOptions::default(), vec![vec![3]]);
    let slicing = Slicing { scores: 1000 };
    let with = unet.forward(latent.clone(), &[9.0], words.clone(), slicing, Some(&mut recorder));
    assert_eq!(numbers(with), numbers(unet.forward(latent, &[9.0], words, slicing, None)));
}

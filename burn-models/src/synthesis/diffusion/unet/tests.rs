use std::path::Path;

use super::super::DiffusionError;
use super::super::testing::{Reference, copied, golden, replace};
use super::*;
use crate::device::{Backend, cpu};
use crate::tagging::numbers;

const WHOLE: Slicing = Slicing { scores: usize::MAX };

fn open(folder: &Path) -> Result<Unet<Backend>, DiffusionError> {
    Unet::open(&folder.join("unet"), &cpu()).map(|(unet, _)| unet)
}

#[test]
fn answers_are_those_of_the_reference() {
    for reference in Reference::all() {
        let unet = open(&reference.folder).unwrap_or_else(|error| panic!("{}: {error}", reference.name()));
        let words = Tensor::cat(vec![reference.tensor("text.1"), reference.tensor("text.0")], 0);
        for time in [1, 981] {
            let answer = unet.forward(reference.tensor("latent"), &[f64::from(time)], words.clone(), WHOLE, None);
            reference.compare(&format!("unet.{time}"), answer, 1e-4);
        }
    }
}

#[test]
fn slices_and_single_pictures_change_nothing() {
    let reference = Reference::open(golden("stable-1"));
    let unet = open(&reference.folder).expect("a denoiser");
    let (latent, words) = (reference.tensor::<4>("latent"), reference.tensor::<3>("text.0"));
    let both = words.clone().repeat_dim(0, 2);
    let whole = unet.forward(latent.clone(), &[500.0], both.clone(), WHOLE, None);
    let sliced = unet.forward(latent.clone(), &[500.0], both, Slicing { scores: 300 }, None);
    let alone = unet.forward(latent.narrow(0, 1, 1), &[500.0], words, WHOLE, None);
    let far = |one: Tensor<Backend, 4>, other: Tensor<Backend, 4>| numbers((one - other).abs().max())[0];
    assert!(far(whole.clone(), sliced) < 1e-5);
    assert!(far(whole.narrow(0, 1, 1), alone) < 1e-5);
}

#[test]
fn networks_of_another_kind_are_refused_by_name() {
    for (from, to, said) in [
        ("UNet2DConditionModel", "UNet3DConditionModel", "the class `UNet3DConditionModel` is not supported"),
        (
            "\"addition_embed_type\": null",
            "\"addition_embed_type\": \"text_time\"",
            "`addition_embed_type` is \"text_time\"",
        ),
        ("\"CrossAttnDownBlock2D\"", "\"SimpleCrossAttnDownBlock2D\"", "`down_block_types` is \"SimpleCrossAttnDown"),
        (
            "\"UpBlock2D\"",
            "\"ResnetUpsampleBlock2D\"",
            "`up_block_types` is \"ResnetUpsampleBlock2D\", but only \"UpBl",
        ),
        ("\"UNetMidBlock2DCrossAttn\"", "\"UNetMidBlock2D\"", "`mid_block_type` is \"UNetMidBlock2D\""),
        ("\"class_embed_type\": null", "\"patch_size\": 2", "`patch_size` is unknown here"),
        ("\"norm_num_groups\": 4", "\"norm_num_groups\": 5", "16 channels are no multiple of `norm_num_groups` 5"),
        ("\"only_cross_attention\": false", "\"only_cross_attention\": true", "`only_cross_attention` is true"),
        ("\"time_embedding_type\": \"positional\"", "\"time_embedding_type\": \"fourier\"", "`time_embedding_type` is"),
        ("\"layers_per_block\": 1", "\"layers_per_block\": [1, 2, 3]", "`layers_per_block` has 3 values for 2 blocks"),
        ("\"layers_per_block\": 1", "\"layers_per_block\": 2", "resnets.1"),
        ("\"mid_block_type\": \"UNetMidBlock2DCrossAttn\"", "\"mid_block_type\": null", "no place for"),
    ] {
        let folder = copied("stable-2");
        replace(folder.path(), "unet/config.json", from, to);
        let message = open(folder.path()).expect_err(to).to_string();
        assert!(message.contains(said), "{said}: {message}");
    }
    let folder = copied("stable-1");
    std::fs::remove_file(folder.path().join("unet/diffusion_pytorch_model-00002-of-00004.safetensors")).expect("there");
    assert!(open(folder.path()).expect_err("a part").to_string().contains("00002-of-00004"));
    std::fs::remove_dir_all(folder.path().join("unet")).expect("there");
    assert!(open(folder.path()).expect_err("nothing").to_string().contains("unet/config.json"));
}

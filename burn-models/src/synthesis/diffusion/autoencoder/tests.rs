use std::path::Path;

use super::super::testing::{Reference, copied, golden, replace};
use super::*;
use crate::device::{Backend, cpu};
use crate::encoders::published::{NamedTensor, PublishedWeights, write_safetensors};

const WHOLE: Slicing = Slicing { scores: usize::MAX };

fn decoder(folder: &Path) -> (Decoder<Backend>, AutoencoderConfig) {
    Decoder::open(&folder.join("vae"), &cpu()).expect("a decoder")
}

#[test]
fn pictures_and_latents_are_those_of_the_reference() {
    for reference in Reference::all() {
        let (decoder, config) = decoder(&reference.folder);
        let latent = reference.tensor::<4>("latent").narrow(0, 0, 1);
        let pixels = decoder.forward(latent.clone(), WHOLE);
        assert_eq!(pixels.dims()[2], latent.dims()[2] * config.factor());
        reference.compare("decoded", pixels, 1e-4);
        let sliced = decoder.forward(latent, Slicing { scores: 100 });
        reference.compare("decoded", sliced, 1e-4);
        let (encoder, _) = Encoder::open(&reference.folder.join("vae"), &cpu()).expect("an encoder");
        reference.compare("encoded", encoder.forward(reference.tensor("picture"), WHOLE), 1e-4);
    }
}

#[test]
fn old_names_of_the_attention_are_read_too() {
    let reference = Reference::open(golden("stable-2"));
    let folder = copied("stable-2");
    let path = folder.path().join("vae/diffusion_pytorch_model.safetensors");
    let weights = PublishedWeights::open(&path).expect("weights");
    let old = |name: &str| {
        let name = name.replace(".to_q.", ".query.").replace(".to_k.", ".key.").replace(".to_v.", ".value.");
        name.replace(".to_out.0.", ".proj_attn.")
    };
    let tensor = |name: &str| {
        let mut shape = weights.shape(name).expect("there").to_vec();
        if name.ends_with("to_q.weight") {
            // As convolutions.
            shape.extend([1, 1]);
        }
        NamedTensor { name: old(name), shape, values: weights.floats(name).expect("floats") }
    };
    let tensors: Vec<NamedTensor> = weights.names().map(tensor).collect();
    assert!(tensors.iter().any(|tensor| tensor.name == "decoder.mid_block.attentions.0.proj_attn.bias"));
    write_safetensors(&tensors, &path).expect("writable");
    let latent = reference.tensor::<4>("latent").narrow(0, 0, 1);
    reference.compare("decoded", decoder(folder.path()).0.forward(latent, WHOLE), 1e-4);
}

#[test]
fn other_autoencoders_are_refused_by_name() {
    for (from, to, said) in [
        ("AutoencoderKL", "VQModel", "the class `VQModel` is not supported; supported are AutoencoderKL"),
        ("\"shift_factor\": null", "\"shift_factor\": 0.1", "`shift_factor` is 0.1, but only null is supported"),
        ("UpDecoderBlock2D", "AttnUpDecoderBlock2D", "`up_block_types` is \"AttnUpDecoderBlock2D\""),
        ("\"norm_num_groups\": 4", "\"norm_num_groups\": 3", "are no multiples of 3 groups"),
        ("\"layers_per_block\": 1", "\"layers_per_block\": 2", "is missing"),
        ("\"mid_block_add_attention\": true", "\"mid_block_add_attention\": false", "no place for 10 tensors"),
    ] {
        let folder = copied("stable-2");
        replace(folder.path(), "vae/config.json", from, to);
        let error = Decoder::<Backend>::open(&folder.path().join("vae"), &cpu()).expect_err(to);
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

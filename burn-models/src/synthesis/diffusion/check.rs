//! Whether a published text-to-image model computes here what it computed where it was published.

use std::path::Path;

use burn::tensor::{Int, Tensor, TensorData};

use super::DiffusionError;
use super::autoencoder::Decoder;
use super::layers::Slicing;
use super::unet::Unet;
use crate::device::{Backend, Device};
use crate::encoders::image::clip::ClipText;
use crate::encoders::published::PublishedWeights;
use crate::encoders::{Difference, Output, integers, unusable};
use crate::synthesis::diffusion::pipeline::Request;

/// The most pieces of a prompt and rows of a batch that are believed.
const MOST: usize = 1 << 16;

/// Runs the parts of the model in `folder` on the inputs in the file `reference`; gives a difference for every output in it.
///
/// The text encoder takes `input_ids` `[B, T]` and gives `last_hidden_state` `[B, T, d]`. The denoiser takes `sample`
/// `[B, C, H, W]`, `timestep` `[1]` and `encoder_hidden_states` `[B, T, d]` and gives `noise_pred` `[B, C, H, W]`. The decoder
/// takes `latents` `[B, C, H, W]`, scaled as a denoiser sees them, and gives `decoded` `[B, 3, H * factor, W * factor]`.
/// Parts without an output in the file are not read.
pub fn check(folder: &Path, reference: &Path, device: &Device) -> Result<Vec<Difference>, DiffusionError> {
    let file = PublishedWeights::open(reference)?;
    let slicing = Request::new(Vec::new(), [0; 2], 0).slicing;
    let mut differences = Vec::new();
    for (output, part) in [("last_hidden_state", text as Part), ("noise_pred", denoiser), ("decoded", decoder)] {
        if file.contains(output) {
            differences.push(part(folder, &file, slicing, device)?.compare(&file)?);
        }
    }
    if differences.is_empty() {
        let message = "it has none of the outputs `last_hidden_state`, `noise_pred` and `decoded`";
        return Err(unusable(&file, message.to_owned()).into());
    }
    Ok(differences)
}

type Part = fn(&Path, &PublishedWeights, Slicing, &Device) -> Result<Output, DiffusionError>;

fn text(folder: &Path, file: &PublishedWeights, _: Slicing, device: &Device) -> Result<Output, DiffusionError> {
    let (clip, config, _) = ClipText::<Backend>::open(&folder.join("text_encoder"), device)?;
    let shape = match file.shape("input_ids")? {
        [batch, length] if (1..=MOST).contains(batch) && (1..=config.positions).contains(length) => [*batch, *length],
        shape => {
            let most = config.positions;
            let message =
                format!("`input_ids` has the shape {shape:?}; needed is [rows, pieces] with 1 to {most} pieces");
            return Err(unusable(file, message).into());
        }
    };
    let ids = integers(file, "input_ids", shape, config.vocabulary)?;
    let ids = Tensor::<Backend, 2, Int>::from_data(TensorData::new(ids, shape), device);
    Ok(Output::new("last_hidden_state", clip.forward(ids, None).hidden, Vec::new()))
}

fn denoiser(
    folder: &Path,
    file: &PublishedWeights,
    slicing: Slicing,
    device: &Device,
) -> Result<Output, DiffusionError> {
    let (unet, config) = Unet::<Backend>::open(&folder.join("unet"), device)?;
    let [batch, channels, height, width] = four(file, "sample")?;
    let words = match file.shape("encoder_hidden_states")? {
        [rows, length, size] if *rows == batch && (1..=MOST).contains(length) => [*rows, *length, *size],
        shape => return Err(wrong(file, "encoder_hidden_states", shape)),
    };
    if channels != config.in_channels {
        return Err(wrong(file, "sample", &[batch, channels, height, width]));
    }
    if words[2] != config.cross_attention_dim {
        return Err(wrong(file, "encoder_hidden_states", &words));
    }
    let time = match *file.floats("timestep").or_else(|_| whole(file, "timestep"))? {
        [time] => f64::from(time),
        _ => return Err(unusable(file, "`timestep` is not one number".to_owned()).into()),
    };
    let shape = [batch, channels, height, width];
    let sample = Tensor::from_data(TensorData::new(file.floats("sample")?, shape), device);
    let words = Tensor::from_data(TensorData::new(file.floats("encoder_hidden_states")?, words), device);
    Ok(Output::new("noise_pred", unet.forward(sample, &[time], words, slicing, None), Vec::new()))
}

fn decoder(
    folder: &Path,
    file: &PublishedWeights,
    slicing: Slicing,
    device: &Device,
) -> Result<Output, DiffusionError> {
    let (decoder, config) = Decoder::<Backend>::open(&folder.join("vae"), device)?;
    let shape = four(file, "latents")?;
    if shape[1] != config.latent_channels {
        return Err(wrong(file, "latents", &shape));
    }
    let latents = Tensor::from_data(TensorData::new(file.floats("latents")?, shape), device);
    Ok(Output::new("decoded", decoder.forward(latents, slicing), Vec::new()))
}

/// Whole numbers as they are.
fn whole(file: &PublishedWeights, name: &str) -> Result<Vec<f32>, crate::encoders::published::PublishedError> {
    Ok(file.integers(name)?.into_iter().map(|value| value as f32).collect())
}

/// The four axes of an input, none of them empty.
fn four(file: &PublishedWeights, name: &str) -> Result<[usize; 4], DiffusionError> {
    let shape = file.shape(name)?;
    let four = <[usize; 4]>::try_from(shape).ok().filter(|shape| shape.iter().all(|axis| (1..=MOST).contains(axis)));
    four.ok_or_else(|| wrong(file, name, shape))
}

fn wrong(file: &PublishedWeights, name: &str, shape: &[usize]) -> DiffusionError {
    unusable(file, format!("`{name}` has the shape {shape:?}, which does not fit the model")).into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reference, golden};
    use super::*;
    use crate::device::cpu;
    use crate::encoders::published::{NamedTensor, write_safetensors};
    use crate::tagging::numbers;

    /// The stored tensors of a golden model under the names that are looked for.
    fn stored(reference: &Reference, spoil: impl Fn(&mut Vec<NamedTensor>)) -> tempfile::TempDir {
        fn named<const D: usize>(name: &str, tensor: Tensor<Backend, D>) -> NamedTensor {
            NamedTensor { name: name.to_owned(), shape: tensor.dims().to_vec(), values: numbers(tensor) }
        }
        let words = Tensor::cat(vec![reference.tensor::<3>("text.1"), reference.tensor("text.0")], 0);
        let mut tensors = vec![
            named("sample", reference.tensor::<4>("latent")),
            named("timestep", Tensor::<Backend, 1>::from_floats([981.0], &cpu())),
            named("encoder_hidden_states", words),
            named("noise_pred", reference.tensor::<4>("unet.981")),
            named("latents", reference.tensor::<4>("latent").narrow(0, 0, 1)),
            named("decoded", reference.tensor::<4>("decoded")),
        ];
        spoil(&mut tensors);
        let folder = tempfile::tempdir().expect("a folder");
        write_safetensors(&tensors, &folder.path().join("r.safetensors")).expect("writable");
        folder
    }

    #[test]
    fn a_model_is_compared_part_by_part() {
        for name in ["stable-1", "stable-2"] {
            let reference = Reference::open(golden(name));
            let check = |spoil: &dyn Fn(&mut Vec<NamedTensor>)| {
                let folder = stored(&reference, spoil);
                check(&golden(name), &folder.path().join("r.safetensors"), &cpu())
            };
            let same = check(&|_| ()).expect("compared");
            assert_eq!(same.iter().map(|one| one.output.as_str()).collect::<Vec<_>>(), ["noise_pred", "decoded"]);
            assert!(same.iter().all(|one| one.absolute < 1e-4), "{same:?}");
            let other = check(&|tensors| tensors[5].values[7] += 0.5).expect("compared");
            assert!(other[0].absolute < 1e-4 && other[1].absolute > 0.4, "{other:?}");
            let refused = |spoil: &dyn Fn(&mut Vec<NamedTensor>)| check(spoil).expect_err("refused").to_string();
            assert!(refused(&|tensors| tensors.retain(|one| one.name != "sample")).contains("`sample` is missing"));
            assert!(refused(&|tensors| tensors.truncate(3)).contains("none of the outputs"));
            let narrow = refused(&|tensors| {
                let shape = &mut tensors[2].shape;
                *shape = vec![shape[0], shape[1] * shape[2], 1];
            });
            assert!(narrow.contains("`encoder_hidden_states` has the shape"), "{narrow}");
        }
    }
}

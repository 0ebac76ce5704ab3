//! The image encoders, and CLIP with its text encoder.

use std::path::Path;

use burn::tensor::{Int, Tensor, TensorData};

use super::{Output, integers, unusable};
use crate::device::{Backend, Device};
use crate::encoders::image::clip::Clip;
use crate::encoders::image::{ImageArchitecture, ImageEncoder, ImageFeatures, PatchStates};
use crate::encoders::published::{PublishedError, PublishedWeights};

/// What the image encoder at `path` makes of the `pixel_values` in `file`.
pub(super) fn encoder(path: &Path, file: &PublishedWeights, device: &Device) -> Result<Vec<Output>, PublishedError> {
    let published = ImageEncoder::<Backend>::open(path, device)?;
    let pixels = pixels(file, &published.config.architecture, device)?;
    Ok(match published.encoder {
        ImageEncoder::Vit(vit) => states(vit.states(pixels, false)),
        ImageEncoder::Clip(clip) => states(clip.states(pixels, false)),
        ImageEncoder::ResNet(_) | ImageEncoder::MobileNetV2(_) | ImageEncoder::RotNet(_) => {
            let [_, _, height, width] = pixels.dims();
            let ImageFeatures { grid, pooled } = published.encoder.forward(pixels);
            let [batch, _, channels] = grid.dims();
            let [rows, columns] = [height, width].map(|side| published.config.architecture.grid(side));
            let map = grid.clone().swap_dims(1, 2).reshape([batch, channels, rows, columns]);
            let mut outputs = vec![output("feature_grid", grid), output("last_hidden_state", map)];
            // The model hub keeps the two axes over which it averaged.
            outputs.push(match file.shape("pooler_output") {
                Ok(&[_, _, 1, 1]) => output("pooler_output", pooled.unsqueeze_dims::<4>(&[2, 3])),
                _ => output("pooler_output", pooled),
            });
            outputs
        }
    })
}

/// What both encoders of the CLIP in `folder` make of `pixel_values` and of `input_ids`, whichever there are.
///
/// `last_hidden_state` and `pooler_output` are the image encoder's if there are pictures, else the text encoder's.
pub(super) fn clip(folder: &Path, file: &PublishedWeights, device: &Device) -> Result<Vec<Output>, PublishedError> {
    let (clip, config) = Clip::<Backend>::open(folder, device)?;
    let mut outputs = Vec::new();
    let pictures = file.contains("pixel_values");
    if pictures {
        let pixels = pixels(file, &ImageArchitecture::Clip(config.image), device)?;
        outputs.push(output("image_embeds", clip.embed_image(pixels.clone())));
        outputs.extend(states(clip.image().states(pixels, false)));
    }
    if file.contains("input_ids") {
        let &[batch, length] = file.shape("input_ids")? else {
            return Err(unusable(file, "`input_ids` must have the shape [rows, pieces]".into()));
        };
        if batch == 0 || !(1..=config.text.positions).contains(&length) {
            let longest = config.text.positions;
            return Err(unusable(file, format!("`input_ids` must have rows of 1 to {longest} pieces, not {length}")));
        }
        let shape = [batch, length];
        let tensor = |values| Tensor::<Backend, 2, Int>::from_data(TensorData::new::<i64, _>(values, shape), device);
        let pieces = tensor(integers(file, "input_ids", shape, config.text.vocabulary)?);
        let mask = "attention_mask";
        let mask = if file.contains(mask) { integers(file, mask, shape, 2)? } else { vec![1; batch * length] };
        let hidden = tensor(mask.clone()).equal_elem(0);
        outputs.push(output("text_embeds", clip.embed_text(pieces.clone(), Some(hidden.clone()))));
        if !pictures {
            let text = clip.text().forward(pieces, Some(hidden));
            let seen = mask.iter().map(|seen| *seen == 1).collect();
            outputs.push(Output::new("last_hidden_state", text.hidden, seen));
            outputs.push(output("pooler_output", text.pooled));
        }
    }
    Ok(outputs)
}

fn output<const D: usize>(name: &'static str, tensor: Tensor<Backend, D>) -> Output {
    Output::new(name, tensor, Vec::new())
}

fn states(states: PatchStates<Backend>) -> Vec<Output> {
    let hidden = output("last_hidden_state", states.hidden.clone());
    let ImageFeatures { grid, pooled } = states.into();
    vec![hidden, output("feature_grid", grid), output("pooler_output", pooled)]
}

/// The pictures `[B, 3, H, W]` of `file`, of the only size that the encoder takes where it takes only one.
fn pixels(
    file: &PublishedWeights,
    architecture: &ImageArchitecture,
    device: &Device,
) -> Result<Tensor<Backend, 4>, PublishedError> {
    let name = "pixel_values";
    let shape = file.shape(name)?.to_vec();
    let fixed = architecture.fixed_side();
    let fits = |side: usize| fixed.map_or(side > 0, |fixed| fixed == side);
    match shape[..] {
        [batch, 3, height, width] if batch > 0 && fits(height) && fits(width) => {
            Ok(Tensor::from_data(TensorData::new(file.floats(name)?, shape), device))
        }
        _ => {
            let size = fixed.map_or("height, width".to_owned(), |side| format!("{side}, {side}"));
            Err(unusable(file, format!("`{name}` has the shape {shape:?}; needed is [pictures, 3, {size}]")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::device::cpu;
    use crate::encoders::check;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/image").join(name)
    }

    fn compare(folder: &str, reference: &str) -> Result<Vec<String>, String> {
        let reference = golden(reference).join("reference.safetensors");
        let differences = check(&golden(folder), &reference, &cpu()).map_err(|error| error.to_string())?;
        assert!(differences.iter().all(|difference| difference.absolute < 2e-5), "{folder}: {differences:?}");
        Ok(differences.into_iter().map(|difference| difference.output).collect())
    }

    #[test]
    fn every_kind_of_image_encoder_is_checked() {
        let hub = ["feature_grid", "last_hidden_state", "pooler_output"];
        for (name, outputs) in [
            ("hub-resnet-basic", &hub[..]),
            ("resnet-groups", &["feature_grid", "pooler_output"]),
            ("mobilenet", &["feature_grid", "pooler_output"]),
            ("vit", &["last_hidden_state", "pooler_output"]),
            ("clip-image", &["last_hidden_state", "pooler_output"]),
            ("clip", &["image_embeds", "last_hidden_state", "pooler_output", "text_embeds"]),
        ] {
            assert_eq!(compare(name, name).expect(name), outputs, "{name}");
        }
    }

    #[test]
    fn inputs_of_another_encoder_are_refused() {
        let says = |folder, reference| compare(folder, reference).expect_err("they do not fit");
        assert!(says("vit", "vit-classifier").contains("[pictures, 3, 24, 24]"));
        let text = says("hub-resnet-basic", "resnet-basic");
        assert!(text.contains("feature_grid") && text.contains("shape"), "{text}");
        assert!(says("vit", "nowhere").contains("nowhere"));
    }
}

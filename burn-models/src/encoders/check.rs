//! Whether a published encoder computes here what it computed where it was published.

mod image;

use std::path::Path;

use burn::tensor::{Int, Tensor, TensorData};
use serde::Serialize;

use super::image::{ARCHITECTURES, model_type};
use super::published::{PublishedError, PublishedWeights};
use super::text::transformer::{Pretrained, TextInput};
use crate::device::{Backend, Device};

/// How far one output is from its reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Name of the output in the reference file.
    pub output: String,
    /// Largest absolute difference of two numbers.
    pub absolute: f32,
    /// `absolute` divided by the largest absolute number of the reference.
    pub relative: f32,
}

/// Runs the encoder in `folder` on the inputs in the file `reference`; gives a difference for every output in it.
///
/// An image encoder, which may also be a single file, takes `pixel_values` `[B, 3, H, W]` and gives `feature_grid`
/// `[B, R, C]`, `pooler_output` `[B, P]` and `last_hidden_state` as its library has it. CLIP takes either input or both
/// and gives `image_embeds` and `text_embeds` `[B, E]` as well.
///
/// A text encoder takes `input_ids`, and where they are there `attention_mask` and `token_type_ids`, all `[B, S]`, and
/// gives `last_hidden_state` `[B, S, d]`, compared only where the mask is 1, and `pooler_output` `[B, d]`.
pub fn check(folder: &Path, reference: &Path, device: &Device) -> Result<Vec<Difference>, PublishedError> {
    let file = PublishedWeights::open(reference)?;
    let kind = model_type(folder)?;
    let pictures = file.contains("pixel_values");
    let outputs = match kind.as_deref() {
        _ if !pictures && !file.contains("input_ids") => {
            return Err(unusable(&file, "it has no inputs (`input_ids` or `pixel_values`)".into()));
        }
        Some("clip") => image::clip(folder, &file, device)?,
        // A file of torchvision has no description.
        None if pictures => image::encoder(folder, &file, device)?,
        Some(kind) if ARCHITECTURES.contains(&kind) => image::encoder(folder, &file, device)?,
        _ => text(folder, &file, device)?,
    };
    let present = outputs.into_iter().filter(|output| file.contains(output.name));
    let differences = present.map(|output| output.compare(&file)).collect::<Result<Vec<_>, _>>()?;
    if differences.is_empty() {
        return Err(unusable(&file, "it has no output that this encoder gives".into()));
    }
    Ok(differences)
}

/// The file cannot be compared with, because of `message`.
pub(crate) fn unusable(file: &PublishedWeights, message: String) -> PublishedError {
    PublishedError::Reference { path: file.path().to_owned(), message }
}

/// An output of a model.
pub(crate) struct Output {
    name: &'static str,
    shape: Vec<usize>,
    values: Vec<f32>,
    /// Which vectors along the last axis are compared; all if empty.
    rows: Vec<bool>,
}

impl Output {
    /// Of a whole tensor, or of those `rows` of its vectors that are true.
    pub(crate) fn new<const D: usize>(name: &'static str, tensor: Tensor<Backend, D>, rows: Vec<bool>) -> Self {
        Self { name, shape: tensor.dims().to_vec(), values: tensor.into_data().iter::<f32>().collect(), rows }
    }

    /// How far it is from what `file` has under its name.
    pub(crate) fn compare(&self, file: &PublishedWeights) -> Result<Difference, PublishedError> {
        let expected = file.floats_shaped(self.name, &self.shape)?;
        let width = self.shape.last().copied().unwrap_or(1).max(1);
        let compared = |place: usize| self.rows.get(place / width).copied().unwrap_or(true);
        let pairs = || {
            self.values.iter().zip(&expected).enumerate().filter(|(place, _)| compared(*place)).map(|(_, pair)| pair)
        };
        // A value that is no number must not pass as a small difference.
        let largest = |largest: f32, value: f32| if value.is_nan() { f32::INFINITY } else { largest.max(value) };
        let absolute = pairs().map(|(found, expected)| (found - expected).abs()).fold(0.0, largest);
        let scale = pairs().map(|(_, expected)| expected.abs()).fold(f32::MIN_POSITIVE, largest);
        Ok(Difference { output: self.name.to_owned(), absolute, relative: absolute / scale })
    }
}

fn text(folder: &Path, file: &PublishedWeights, device: &Device) -> Result<Vec<Output>, PublishedError> {
    let Pretrained { encoder, config, .. } = Pretrained::<Backend>::read(folder, device)?;
    let [batch, length] = match file.shape("input_ids")? {
        [batch, length] if *batch > 0 && (1..=config.longest()).contains(length) => [*batch, *length],
        shape => {
            let message = format!(
                "`input_ids` has the shape {shape:?}; needed is [rows, pieces] with 1 to {} pieces",
                config.longest()
            );
            return Err(unusable(file, message));
        }
    };
    let shape = [batch, length];
    let integers = |name: &str, limit: usize| integers(file, name, shape, limit);
    let optional = |name: &str, limit| if file.contains(name) { integers(name, limit).map(Some) } else { Ok(None) };
    let tensor = |values| Tensor::<Backend, 2, Int>::from_data(TensorData::new::<i64, _>(values, shape), device);

    let ids = integers("input_ids", config.vocabulary)?;
    let mask = optional("attention_mask", 2)?.unwrap_or_else(|| vec![1; batch * length]);
    if !mask.contains(&1) {
        return Err(unusable(file, "`attention_mask` hides every piece".into()));
    }
    let types = optional("token_type_ids", config.types.max(1))?;
    let mut input = TextInput::new(tensor(ids), tensor(mask.clone()).equal_elem(0));
    input.types = types.filter(|_| config.types > 0).map(tensor);
    let last = encoder.forward(input).last;
    let pooled = encoder.pooled(&last).map(|pooled| Output::new("pooler_output", pooled, Vec::new()));
    let seen = mask.iter().map(|seen| *seen == 1).collect();
    Ok([Output::new("last_hidden_state", last, seen)].into_iter().chain(pooled).collect())
}

/// The whole numbers `name` in `file`, as many as `shape` has, each from 0 and below `limit`.
pub(crate) fn integers(
    file: &PublishedWeights,
    name: &str,
    [rows, columns]: [usize; 2],
    limit: usize,
) -> Result<Vec<i64>, PublishedError> {
    let values = file.integers(name)?;
    if values.len() != rows * columns {
        return Err(unusable(file, format!("`{name}` has not the shape of `input_ids`")));
    }
    match values.iter().find(|value| !usize::try_from(**value).is_ok_and(|value| value < limit)) {
        Some(value) => Err(unusable(file, format!("`{name}` holds {value}; it must be below {limit}"))),
        None => Ok(values),
    }
}

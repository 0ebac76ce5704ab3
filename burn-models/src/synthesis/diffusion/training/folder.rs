//! The trained model in the layout of `diffusers`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::PictureTrainingError;
use super::autoencoder::Autoencoder;
use super::denoiser::Painter;
use super::layout::{FILES, Layout, VAE};
use crate::device::Backend;

/// Weights of the parts of `diffusers`.
const WEIGHTS: &str = "diffusion_pytorch_model.safetensors";

fn failed(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> PictureTrainingError {
    let path = path.into();
    move |cause| PictureTrainingError::Write { path, cause }
}

/// An empty folder in `keep`, or else beside `out`, which must not be there yet.
pub(super) fn aside(out: &Path, keep: Option<&Path>) -> Result<TempDir, PictureTrainingError> {
    if out.exists() {
        return Err(PictureTrainingError::Exists(out.to_owned()));
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = keep.unwrap_or(parent);
    let made = fs::create_dir_all(parent).and_then(|()| tempfile::Builder::new().prefix(".model-").tempdir_in(folder));
    made.map_err(failed(folder))
}

/// Writes all parts but the vocabulary into `folder`.
pub(super) fn write(
    layout: &Layout,
    autoencoder: &Autoencoder<Backend>,
    scaling: f64,
    painter: &Painter<Backend>,
    folder: &Path,
) -> Result<(), PictureTrainingError> {
    let vae = described(VAE.1, scaling);
    for (name, text) in FILES.into_iter().chain([(VAE.0, vae.as_str())]) {
        let path = folder.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text)).map_err(failed(path))?;
    }
    debug_assert!(
        (layout.vae.scaling_factor - 1.0).abs() < f64::EPSILON,
        "the decoder was trained with latents as they are"
    );
    painter.text.write(&folder.join("text_encoder/model.safetensors"))?;
    painter.unet.write(&folder.join("unet").join(WEIGHTS))?;
    let Autoencoder { encoder, decoder } = autoencoder;
    crate::synthesis::diffusion::autoencoder::write(encoder, decoder, &folder.join("vae").join(WEIGHTS))?;
    Ok(())
}

/// The configuration of the autoencoder with the scale of its latents.
fn described(text: &str, scaling: f64) -> String {
    let mut fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    fields.insert("scaling_factor".to_owned(), scaling.into());
    format!("{:#}\n", Value::Object(fields))
}

/// Makes the finished folder the one at `out`.
pub(super) fn publish(aside: TempDir, out: &Path) -> Result<(), PictureTrainingError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new folder; one made aside is for its owner alone.
        fs::set_permissions(aside.path(), fs::Permissions::from_mode(0o755)).map_err(failed(out))?;
    }
    fs::rename(aside.path(), out).map_err(failed(out))?;
    // It is where it belongs, and nothing is left to take away.
    let _ = aside.keep();
    Ok(())
}

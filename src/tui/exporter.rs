//! Figures and arrays of what the inspector shows.

use std::io;
use std::path::PathBuf;

use spanlight_models::example::{Example, LabelSet, Span};
use spanlight_models::word_maps::to_npz;

use crate::figure::{Asked, Embedding, Explained, Look, Shown, Side, Typeface, figure, raster, svg, write_png};
use crate::replace::replace_file;

/// Pixels of a figure for each of its units.
const ZOOM: f32 = 2.0;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Export {
    /// The tweet.
    pub example: Example,
    /// Its entities.
    pub spans: Vec<Span>,
    /// The types.
    pub labels: LabelSet,
    /// Id and file of the image that was looked at.
    pub image: Option<(String, PathBuf)>,
    /// The models' maps.
    pub sides: Vec<Side>,
    /// The names of the models' weights, in the order of the sides.
    pub checkpoints: Vec<String>,
    /// How they are drawn.
    pub look: Look,
    /// Of which words.
    pub asked: Asked,
    /// Fonts besides the one in the program.
    pub fonts: Vec<PathBuf>,
    /// Where everything goes; made where it is not there.
    pub folder: PathBuf,
    /// Name of the files without their endings.
    pub stem: String,
}

/// What was written.
#[derive(Debug)]
pub struct Exported {
    /// The picture; the other files have its name and other endings.
    pub picture: PathBuf,
    /// How many letters are boxes, since no font has them.
    pub missing_letters: usize,
}

/// Writes an export, or says what went wrong.
pub fn write(export: &Export) -> Result<Exported, String> {
    let explained = Explained {
        example: &export.example,
        spans: export.spans.clone(),
        spans_of: "data",
        labels: &export.labels,
        image: match &export.image {
            Some((id, path)) => Shown::read(id, path, true).map_err(|error| error.to_string()),
            None => Err("the tweet has no image".to_owned()),
        },
        sides: export.sides.clone(),
    };
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let figure = figure(&explained, &export.asked, &export.look).map_err(|error| told(&error))?;
    let typeface = Typeface::new(&export.fonts).map_err(|error| told(&error))?;
    let scene = figure.scene(&typeface);
    let pixels = raster(&scene, &typeface, ZOOM).ok_or("the figure is too large to be drawn")?;
    let text = svg(&scene, Embedding::Png).map_err(|error| told(&error))?;
    let arrays = explained.arrays(&export.look, true).map_err(|error| told(&error))?;
    let description = explained.describe(&export.look, &arrays, &export.checkpoints);
    let description = serde_json::to_vec_pretty(&description).map_err(|error| told(&error))?;
    let packed = to_npz(&arrays).map_err(|error| told(&error))?;
    std::fs::create_dir_all(&export.folder).map_err(|error| format!("{}: {error}", export.folder.display()))?;
    put(export, "png", |out| write_png(&pixels, out))?;
    put(export, "svg", |out| out.write_all(text.as_bytes()))?;
    put(export, "npz", |out| out.write_all(&packed))?;
    put(export, "json", |out| out.write_all(&description))?;
    let picture = export.folder.join(format!("{}.png", export.stem));
    Ok(Exported { picture, missing_letters: scene.missing_letters() })
}

fn put(export: &Export, ending: &str, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), String> {
    let path = export.folder.join(format!("{}.{ending}", export.stem));
    replace_file(&path, |out| write(out)).map_err(|error| format!("{}: {error}", path.display()))
}

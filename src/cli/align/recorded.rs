//! Recorded maps as the side that a model's are compared with.

use spanlight_models::input::Item;
use spanlight_models::word_maps::WordMaps;

use crate::cli::error::CliError;
use crate::cli::map_files;
use crate::figure::{Looked, Side};

/// What they are called beside models.
pub const NAME: &str = "recorded maps";

/// The maps of a tweet by every method of `model`, over the same regions; `None` where none are recorded.
pub fn side(item: &Item, model: &Side) -> Result<Option<Side>, CliError> {
    let Some(path) = &item.maps else { return Ok(None) };
    let maps = map_files::read(path, &item.example)?;
    let beside = |looked: &Result<Looked, String>| match looked {
        Ok(looked) => over(&maps, looked),
        Err(reason) => Err(reason.clone()),
    };
    Ok(Some(Side {
        name: NAME.to_owned(),
        system: "files",
        recorded: true,
        maps: model.maps.iter().map(|(method, looked)| (*method, beside(looked))).collect(),
        chances: Vec::new(),
        types: Vec::new(),
    }))
}

fn over(maps: &WordMaps, looked: &Looked) -> Result<Looked, String> {
    let alignment = maps.over(&looked.alignment.regions);
    let alignment = alignment.ok_or("the model does not look at regions of the whole picture, as recorded maps do")?;
    Ok(Looked { alignment, pieces: Vec::new() })
}

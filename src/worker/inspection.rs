//! Where the words of a tweet looked, by the model in use and by another one beside it.

use std::time::Instant;

use spanlight_models::alignment::{Frame, Regions};
use spanlight_models::attribution::{Attribution, AttributionError, chances};
use spanlight_models::device::Device;
use spanlight_models::model::{Reading, Tagger};
use spanlight_models::training::Control;
use spanlight_models::word_maps::WordMaps;

use super::inbox::Inbox;
use super::lineage::Lineage;
use super::message::{Insight, Question, WorkItem};
use super::session::{as_input, load};
use super::{Origin, WorkerOptions};
use crate::corpus::MapStore;

/// A model and what it is called.
pub type Named<'a> = (&'a dyn Tagger, String);

/// The model that the one in use is compared with.
pub struct Other {
    model: Box<dyn Tagger>,
    name: String,
    origin: Origin,
}

impl Other {
    /// The one that is to be compared with now, loaded unless `known` is that one already.
    pub fn current<'a>(
        known: &'a mut Option<Self>,
        options: &WorkerOptions,
        lineage: &Lineage,
        device: &Device,
    ) -> Result<&'a Self, String> {
        let (origin, version) = match (&options.against, lineage.rolled_back()) {
            (Some(origin), _) => (origin.clone(), None),
            (None, Some(before)) => {
                let folder = before.checkpoint().or_else(|| options.model.clone());
                (Origin::from(folder), Some(before.current()))
            }
            (None, None) => {
                return Err("there is no other model yet: name one with --against, or let the model learn".into());
            }
        };
        if known.as_ref().is_none_or(|other| other.origin != origin) {
            let folder = match &origin {
                Origin::Checkpoint(folder) => Some(folder.as_path()),
                Origin::Embedded => None,
            };
            let (model, _) = load(options, folder, device)?;
            let system = model.info().name;
            let name = match (version, &origin) {
                (Some(version), _) => format!("{system} v{version}"),
                (None, Origin::Embedded) => format!("{system}, embedded"),
                (None, Origin::Checkpoint(folder)) => {
                    format!("{system}, {}", folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy())
                }
            };
            *known = Some(Self { model, name, origin });
        }
        known.as_ref().ok_or_else(|| "the other model is gone".into())
    }

    /// The model by its name.
    pub fn named(&self) -> Named<'_> {
        (self.model.as_ref(), self.name.clone())
    }
}

/// Where the words looked; `None` where the screen has gone on to another tweet meanwhile.
pub fn answer(
    (model, name): Named<'_>,
    question: &Question,
    item: WorkItem,
    inbox: &mut Inbox<'_>,
) -> Result<Option<Insight>, String> {
    let begun = Instant::now();
    let item = as_input(item);
    let (reading, alignment, pieces, falls) = if question.image.is_none() && model.info().uses_image {
        (model.predict(std::slice::from_ref(&item), false).pop().unwrap_or_default(), None, Vec::new(), None)
    } else {
        let mut watch = |_, _| if inbox.has_left(question.tweet) { Control::Stop } else { Control::Continue };
        match model.attribute(&item, question.unit, question.method, &mut watch) {
            Ok(Attribution { reading, alignment, pieces, falls }) => (reading, Some(alignment), pieces, falls),
            Err(AttributionError::Stopped) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        }
    };
    Ok(Some(Insight {
        model: name,
        system: model.info().name,
        types: model.labels().names().map(str::to_owned).collect(),
        chances: chances(model, &reading, item.example.tokens.len()),
        reading,
        alignment,
        pieces,
        falls,
        elapsed: begun.elapsed(),
    }))
}

/// What recorded maps are called beside those of models.
const RECORDED: &str = "recorded maps";

/// Where files say that the picture shows the words, over the regions that `model` looks at.
pub fn recorded(
    maps: Option<&MapStore>,
    model: &dyn Tagger,
    question: &Question,
    item: WorkItem,
) -> Result<Insight, String> {
    let begun = Instant::now();
    let store = maps.ok_or("there are no recorded maps: name their folder with --map-folder")?;
    let image = question.image.clone().ok_or("the tweet has no image that maps could lie over")?;
    let path = store.find(&image, &item.example.id).ok_or_else(|| format!("no maps are recorded over {image}"))?;
    let maps = WordMaps::read(path, item.example.tokens.len()).map_err(|error| error.to_string())?;
    let reading = model.predict(&[as_input(item)], true).pop().unwrap_or_default();
    let looked = reading.answer.alignments.into_iter().next();
    let [rows, columns] = maps.size();
    let own = Regions::Grid { image, rows, columns, frame: Frame::WHOLE };
    // A model without regions of its own leaves the maps as they are.
    let alignment = looked.and_then(|looked| maps.over(&looked.regions)).or_else(|| maps.over(&own));
    Ok(Insight {
        model: RECORDED.to_owned(),
        system: "files",
        types: Vec::new(),
        chances: Vec::new(),
        reading: Reading::default(),
        alignment,
        pieces: Vec::new(),
        falls: None,
        elapsed: begun.elapsed(),
    })
}

//! One model, asked where the words of tweets looked.

use std::borrow::Cow;

use spanlight_models::attribution::{AttributionError, Method, Unit, chances};
use spanlight_models::input::Item;
use spanlight_models::model::{Reading, Tagger};
use spanlight_models::training::Control;

use super::options::Without;
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::figure::{Looked, Side};

/// A model that is asked, and what it is asked.
pub struct Asker<'a> {
    /// What it is called.
    pub name: String,
    /// The model.
    pub tagger: &'a dyn Tagger,
    /// What it reads without.
    pub without: Option<Without>,
    /// What has a map.
    pub unit: Unit,
    /// For every method why the model does not have it, where that is so.
    pub methods: Vec<(Method, Option<AttributionError>)>,
}

/// What a model says about one tweet.
pub struct Answered {
    /// Its labels.
    pub reading: Reading,
    /// Its maps.
    pub side: Side,
}

impl<'a> Asker<'a> {
    /// Finds out what the model has of the methods, with the first tweet.
    pub fn new(
        name: String,
        tagger: &'a dyn Tagger,
        without: Option<Without>,
        unit: Unit,
        methods: &[Method],
        first: &Item,
    ) -> Self {
        let known = tagger.methods();
        let missing = |method: Method| {
            if known.contains(&method) && unit != Unit::SubToken {
                return None;
            }
            let error = tagger.attribute(first, unit, method, &mut |_, _| Control::Stop).err();
            error.filter(|error| {
                matches!(error, AttributionError::NotOffered { .. } | AttributionError::NoSuchUnit { .. })
            })
        };
        let methods = methods.iter().map(|method| (*method, missing(*method))).collect();
        Self { name, tagger, without, unit, methods }
    }

    /// Whether the model has any of the methods.
    pub fn has_any(&self) -> bool {
        self.methods.iter().any(|(_, missing)| missing.is_none())
    }

    /// Asks about some tweets; `None` where the person wants an end.
    pub fn ask(&self, items: &[Item], interrupt: &Interrupt) -> Result<Option<Vec<Answered>>, CliError> {
        let items: Cow<'_, [Item]> = match self.without {
            None => Cow::Borrowed(items),
            Some(without) => Cow::Owned(items.iter().map(|item| stripped(item, without)).collect()),
        };
        let has_attention =
            self.methods.iter().any(|(method, missing)| *method == Method::Attention && missing.is_none());
        let readings = self.tagger.predict(&items, has_attention && self.unit != Unit::SubToken);
        let mut answered = Vec::with_capacity(items.len());
        for (item, reading) in items.iter().zip(readings) {
            let mut maps = Vec::with_capacity(self.methods.len());
            for (method, missing) in &self.methods {
                let looked = match missing {
                    Some(error) => Err(error.to_string()),
                    None if *method == Method::Attention && self.unit != Unit::SubToken => {
                        self.attention(item, &reading)?
                    }
                    None => match self.attribute(item, *method, interrupt)? {
                        Some(looked) => looked,
                        None => return Ok(None),
                    },
                };
                maps.push((*method, looked));
            }
            let side = Side {
                name: self.name.clone(),
                system: self.tagger.info().name,
                recorded: false,
                maps,
                chances: chances(self.tagger, &reading, item.example.tokens.len()),
                types: self.tagger.labels().names().map(str::to_owned).collect(),
            };
            answered.push(Answered { reading, side });
        }
        Ok(Some(answered))
    }

    /// The maps that came with the labels.
    fn attention(&self, item: &Item, reading: &Reading) -> Result<Result<Looked, String>, CliError> {
        let Some(alignment) = reading.answer.alignments.first() else { return Ok(Err(self.nothing(item, reading))) };
        let wrong = |source| AttributionError::Map { tweet: item.example.id.clone(), source };
        alignment.check().map_err(wrong)?;
        Ok(Ok(Looked { alignment: alignment.clone(), pieces: Vec::new() }))
    }

    /// The maps by another method; `None` where the person wants an end.
    fn attribute(
        &self,
        item: &Item,
        method: Method,
        interrupt: &Interrupt,
    ) -> Result<Option<Result<Looked, String>>, CliError> {
        let mut watch = |_, _| if interrupt.wished() { Control::Stop } else { Control::Continue };
        match self.tagger.attribute(item, self.unit, method, &mut watch) {
            Ok(found) => Ok(Some(Ok(Looked { alignment: found.alignment, pieces: found.pieces }))),
            Err(AttributionError::NothingToSee { missing, .. }) => {
                Ok(Some(Err(self.nothing_but(&without_folder(&missing, item)))))
            }
            Err(AttributionError::Stopped) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Why there is nothing to look at.
    fn nothing(&self, item: &Item, reading: &Reading) -> String {
        let named = item.example.images.first();
        match (&reading.image_problem, named) {
            (Some(problem), _) => {
                self.nothing_but(&format!("an image that cannot be used ({})", without_folder(problem, item)))
            }
            (None, Some(image)) if item.image.is_none() => self.nothing_but(&format!("no file for the image {image}")),
            (None, _) if self.tagger.info().uses_image => self.nothing_but("no image"),
            (None, _) => self.nothing_but("no text beside it"),
        }
    }

    fn nothing_but(&self, missing: &str) -> String {
        match self.without {
            Some(without) => format!("read without {}: there is nothing to look at", without.name()),
            None => format!("no map: the tweet has {missing}"),
        }
    }
}

/// What is said about the image of a tweet without its folder, which is nobody's business who reads a figure.
pub fn without_folder(said: &str, item: &Item) -> String {
    let Some(path) = &item.image else { return said.to_owned() };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    said.replace(&*path.display().to_string(), &name)
}

/// A tweet without a part of it.
fn stripped(item: &Item, without: Without) -> Item {
    let mut item = item.clone();
    match without {
        Without::Image => {
            (item.image, item.maps) = (None, None);
            item.example.images.clear();
        }
        Without::Contexts => item.example.contexts.clear(),
    }
    item
}

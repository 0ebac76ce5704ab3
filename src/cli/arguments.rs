//! Arguments that several commands share, so that all of them speak one grammar.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use spanlight_models::device::{self, ChosenDevice, DeviceChoice};
use spanlight_models::example::{Flatten, SpanStructure, TagScheme};
use spanlight_models::input::View;
use spanlight_models::layers::projection::Products;

use super::error::CliError;
use super::output;
use crate::config::{Config, Folders};
use crate::corpus::{CorpusFormat, ReadOptions, tweets_file};
use crate::project::Role;

/// How corpora and their images are read.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Reading {
    /// Format of the corpus; recognised by its content where left out
    #[arg(long, value_parser = formats())]
    pub format: Option<CorpusFormat>,
    /// Folder with images, searched with the folders in it; several may be given [default: `images` beside the corpus]
    #[arg(long, value_name = "DIR")]
    pub images: Vec<PathBuf>,
    /// Go on without tweets that hold malformed lines
    #[arg(long)]
    pub skip_bad: bool,
}

impl Reading {
    /// How to read a corpus.
    pub fn options(&self) -> ReadOptions {
        ReadOptions { format: self.format, skip_bad: self.skip_bad }
    }
}

/// What a project admits that may be made by the command.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Admitting {
    /// How the entities of a tweet may lie to each other in the project: share no token, one within the other, or in any way
    /// [default: as the project has it, flat in a new one]
    #[arg(long, value_parser = structures())]
    pub spans: Option<SpanStructure>,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Device {
    /// Where to compute: auto, cpu, cuda or cuda:N [default: the settings, else auto]
    #[arg(long, env = "SPANLIGHT_DEVICE", hide_env_values = true)]
    pub device: Option<DeviceChoice>,
}

impl Device {
    /// The flag, then the environment, then the user's settings.
    pub fn choice(self, config: Option<&Config>) -> Result<DeviceChoice, CliError> {
        match (self.device, config) {
            (Some(choice), _) => Ok(choice),
            (None, None) => Ok(DeviceChoice::Auto),
            (None, Some(config)) => config.settings.device.parse().map_err(|cause| {
                let file = config.folders.settings_file();
                CliError::SettingsDevice { file, cause }
            }),
        }
    }

    /// A device that works.
    pub fn choose(self) -> Result<ChosenDevice, CliError> {
        let config = Folders::of_user().map(Config::load);
        if let Some(problem) = config.as_ref().and_then(|config| config.problem.as_ref()) {
            output::note(format!("{problem}; the settings are passed over"));
        }
        Ok(device::choose(self.choice(config.as_ref())?)?)
    }
}

/// Values by their names.
pub fn named<T: Clone + Send + Sync + 'static>(
    all: impl IntoIterator<Item = (&'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let all: Vec<(&'static str, T)> = all.into_iter().collect();
    let names: Vec<&'static str> = all.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).try_map(move |name| {
        let known = all.iter().find(|(known, _)| *known == name);
        // Other names are no possible values.
        known.map(|(_, value)| value.clone()).ok_or_else(|| format!("`{name}` is not known"))
    })
}

/// The names of formats, as values.
pub fn formats() -> impl TypedValueParser<Value = CorpusFormat> {
    named(CorpusFormat::all().map(|format| (format.name(), format)))
}

/// A path of tweets: a file, or the folder of a corpus, as the file in it.
pub fn tweets() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| tweets_file(&path))
}

/// The names of numbers in which products are computed, as values.
pub fn products() -> impl TypedValueParser<Value = Products> {
    PossibleValuesParser::new(["f32", "bf16"]).map(|name| if name == "bf16" { Products::Bf16 } else { Products::F32 })
}

/// The names of roles, as values.
pub fn roles() -> impl TypedValueParser<Value = Role> {
    named(Role::ALL.map(|role| (role.name(), role)))
}

/// The names of views, as values.
pub fn views() -> impl TypedValueParser<Value = View> {
    PossibleValuesParser::new(View::ALL.map(View::name)).try_map(|name| name.parse::<View>())
}

/// The names of tag schemes, as values.
pub fn schemes() -> impl TypedValueParser<Value = TagScheme> {
    PossibleValuesParser::new(["bio", "bioes"])
        .map(|name| if name == "bioes" { TagScheme::Bioes } else { TagScheme::Bio })
}

/// The names of structures of spans, as values.
pub fn structures() -> impl TypedValueParser<Value = SpanStructure> {
    named(SpanStructure::ALL.map(|structure| (structure.name(), structure)))
}

/// The names of ways to make entities flat, as values.
pub fn flattenings() -> impl TypedValueParser<Value = Flatten> {
    named(Flatten::ALL.map(|flatten| (flatten.name(), flatten)))
}

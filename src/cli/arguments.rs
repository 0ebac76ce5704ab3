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

/// The names of formats, as values.
pub fn formats() -> impl TypedValueParser<Value = CorpusFormat> {
    PossibleValuesParser::new(CorpusFormat::all().map(CorpusFormat::name)).try_map(|name| {
        let known = CorpusFormat::all().find(|format| format.name() == name);
        known.ok_or_else(|| format!("`{name}` is not a format"))
    })
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
    PossibleValuesParser::new(Role::ALL.map(Role::name)).map(|name| {
        let role = Role::ALL.into_iter().find(|role| role.name() == name);
        // Other names are no possible values.
        role.unwrap_or_default()
    })
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
    PossibleValuesParser::new(SpanStructure::ALL.map(SpanStructure::name)).try_map(|name| name.parse::<SpanStructure>())
}

/// The names of ways to make entities flat, as values.
pub fn flattenings() -> impl TypedValueParser<Value = Flatten> {
    PossibleValuesParser::new(Flatten::ALL.map(Flatten::name)).map(|name| {
        let known = Flatten::ALL.into_iter().find(|flatten| flatten.name() == name);
        // Other names are no possible values.
        known.unwrap_or(Flatten::Outermost)
    })
}

//! What `settings.toml` says.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use super::{ConfigError, ContextSettings, read_optional};
use crate::order::{Plan, QueueOrder, RANDOM_SHARE, percent};

/// Largest rank of adapters; more would be no narrower than what they change.
const LARGEST_RANK: usize = 256;

/// How images are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum GraphicsChoice {
    /// What the terminal can do
    #[default]
    Auto,
    /// Half blocks, which every terminal can show
    Blocks,
    /// Pixels by the protocol of kitty
    Kitty,
    /// Pixels by the protocol of iTerm2
    Iterm,
    /// Pixels by sixel
    Sixel,
    /// No images
    Off,
}

/// How many colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorChoice {
    /// None where `NO_COLOR` is set, all where `COLORTERM` says so, else 256.
    #[default]
    Auto,
    /// All colours.
    True,
    /// The 256 colours of xterm.
    #[serde(rename = "256")]
    Ansi256,
    /// No colours; underlines, weight and brackets instead.
    None,
}

/// What of a published text encoder a lesson changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LessonEncoder {
    /// Adapters where it is large or has some already, all of it elsewhere.
    #[default]
    Auto,
    /// All of it; what adapters have learned becomes part of its own weights.
    Whole,
    /// Adapters (`LoRA`).
    Adapters,
}

/// The user's settings; what is absent has its default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own in the file")]
pub struct Settings {
    /// Name of the theme.
    pub theme: String,
    /// `auto`, `cpu` or `cuda[:n]`.
    pub device: String,
    /// Which tweet comes next.
    pub order: QueueOrder,
    /// How many of a hundred tweets of an order that goes by the model are chosen by lot.
    #[serde(deserialize_with = "percent")]
    pub random_share: u8,
    /// Whether near-copies of the last tweets have to wait.
    pub diverse: bool,
    /// How images are shown.
    pub graphics: GraphicsChoice,
    /// How many colours are used.
    pub colors: ColorChoice,
    /// Megabytes of decoded images to keep.
    pub image_memory: usize,
    /// Font files for letters of figures that the font in the program lacks.
    pub fonts: Vec<PathBuf>,
    /// Whether names that were labelled before are offered.
    pub dictionary: bool,
    /// Whether the mouse is read; without it the terminal's own selection works.
    pub mouse: bool,
    /// Whether the heat map is on from the beginning.
    pub heat_map: bool,
    /// What of a published text encoder a lesson changes.
    pub lesson_encoder: LessonEncoder,
    /// Rank of the adapters that a lesson begins.
    #[serde(deserialize_with = "rank")]
    pub lesson_rank: usize,
    /// The tools that write contexts.
    pub contexts: ContextSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "dark".into(),
            device: "auto".into(),
            order: QueueOrder::default(),
            random_share: RANDOM_SHARE,
            diverse: true,
            graphics: GraphicsChoice::default(),
            colors: ColorChoice::default(),
            image_memory: 256,
            fonts: Vec::new(),
            dictionary: true,
            mouse: true,
            heat_map: false,
            lesson_encoder: LessonEncoder::default(),
            lesson_rank: 8,
            contexts: ContextSettings::default(),
        }
    }
}

impl Settings {
    /// How the next tweet is chosen where the project does not say otherwise.
    pub fn plan(&self) -> Plan {
        Plan { order: self.order, random_share: self.random_share, diverse: self.diverse, ..Plan::default() }
    }

    /// Reads a file that need not exist.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = read_optional(file)?.unwrap_or_default();
        toml::from_str(&text).map_err(|error| ConfigError::from_toml(file, &text, &error))
    }
}

fn rank<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        rank @ 1..=LARGEST_RANK => Ok(rank),
        rank => Err(serde::de::Error::custom(format!("`lesson-rank` is {rank}; it goes from 1 to {LARGEST_RANK}"))),
    }
}

//! What is asked and what is written, on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};
use spanlight_models::alignment::Selection;
use spanlight_models::attribution::{Direction, Method, Unit};

use crate::cli::error::CliError;
use crate::figure::Look;
use crate::graphics::{ColorMap, HeatStyle, Scale};

/// Where what looked.
#[derive(Clone, Debug, clap::Args)]
pub struct Asking {
    /// What has a map of its own
    #[arg(long, value_parser = units(), default_value = "span")]
    pub unit: Unit,
    /// How the maps are computed; several with commas between them stand side by side
    #[arg(long, value_parser = methods(), value_delimiter = ',', value_name = "METHOD", default_value = "attention")]
    pub method: Vec<Method>,
    /// Which layer, from 0: a number, mean or max
    #[arg(long, default_value = "mean", value_name = "NUMBER|mean|max")]
    layer: Part,
    /// Which head, from 0: a number (of one layer), mean or max
    #[arg(long, default_value = "mean", value_name = "NUMBER|mean|max")]
    head: Part,
    /// Where the words looked, or also which words looked at the region that got most
    #[arg(long, value_parser = directions(), default_value = "to-regions")]
    direction: Direction,
    /// Whose entities are shown and asked about
    #[arg(long, value_enum, default_value_t = SpansOf::Auto)]
    pub spans: SpansOf,
    /// Compare with another model
    #[arg(long, value_name = "NAME|DIR")]
    pub against: Option<String>,
    /// Compare with what the model says without a part of the tweet
    #[arg(long, value_enum)]
    pub without: Option<Without>,
}

/// How maps are drawn.
#[derive(Clone, Debug, clap::Args)]
pub struct Drawing {
    /// Ends of the colours: one scale for all words and models of a tweet (shared), for each map its own (map), one without
    /// the weights that stick out (percentile), or from one number to another (0..0.4)
    #[arg(long, default_value = "shared")]
    scale: Scale,
    /// Colours
    #[arg(long, value_parser = colors(), default_value = "viridis")]
    colors: ColorMap,
    /// Every region one plain rectangle (grid), or mixed between their centres (smooth)
    #[arg(long, value_parser = styles(), default_value = "grid")]
    style: HeatStyle,
    /// Pixels of PNG figures to a point, of which a figure is at least 456 wide
    #[arg(long, default_value = "2", value_parser = zoom)]
    pub zoom: f32,
    /// Font file for letters that the font in the program lacks (emoji, Chinese, ...); several may be given [default: `fonts`
    /// of the settings]
    #[arg(long, value_name = "FILE")]
    pub font: Vec<PathBuf>,
}

/// What is written.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Written {
    /// Folder to write to, which is made; a stopped export goes on there with the same command
    #[arg(long, value_name = "DIR", requires = "formats")]
    pub out: Option<PathBuf>,
    /// Figures as pixels
    #[arg(long, group = "formats", requires = "out")]
    pub png: bool,
    /// Figures that can be changed and printed at any size
    #[arg(long, group = "formats", requires = "out")]
    pub svg: bool,
    /// Arrays for numpy, described in a JSON file beside them; --map-folder reads them
    #[arg(long, group = "formats", requires = "out")]
    pub npz: bool,
    /// Arrays as safetensors, described in a JSON file beside them; --map-folder reads them
    #[arg(long, group = "formats", requires = "out")]
    pub safetensors: bool,
    /// Tables: all weights of each tweet, and `maps.csv` with the measures of all maps
    #[arg(long, group = "formats", requires = "out")]
    pub csv: bool,
    /// Add the weights of all layers and heads to the arrays
    #[arg(long, requires = "out")]
    pub heads: bool,
    /// Start again where an export with other settings was begun
    #[arg(long, requires = "out")]
    pub fresh: bool,
    /// File of a report with all figures, which a browser shows without a network; of many tweets the first of several pages
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Measure all maps: means over the tweets with 95 % intervals, for every layer and head
    #[arg(long)]
    pub report: bool,
    /// How many other regions are hidden one by one in a report, to see whether the brightest one matters more; 0 for none,
    /// and with all of them single layers and heads are checked too
    #[arg(long, value_name = "COUNT", default_value = "8", requires = "report")]
    pub draws: usize,
}

/// Whose entities are shown and asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SpansOf {
    /// Those of the data; of tweets without any those of the model
    Auto,
    /// Those of the data
    Data,
    /// Those that the model finds
    Model,
}

/// What a model reads without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Without {
    /// The image
    Image,
    /// Captions, tags and knowledge
    Contexts,
}

impl Without {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Contexts => "contexts",
        }
    }
}

/// Which layers, or which heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Mean,
    Max,
    Number(usize),
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mean" => Ok(Self::Mean),
            "max" => Ok(Self::Max),
            _ => text.parse().map(Self::Number).map_err(|_| "give a number from 0, mean or max".to_owned()),
        }
    }
}

impl Asking {
    /// Which maps are looked at.
    fn selection(&self) -> Result<Selection, CliError> {
        match (self.layer, self.head) {
            (Part::Mean, Part::Mean) => Ok(Selection::Mean),
            (Part::Max, Part::Max | Part::Mean) | (Part::Mean, Part::Max) => Ok(Selection::Max),
            (Part::Number(layer), Part::Mean) => Ok(Selection::Layer(layer)),
            (Part::Number(layer), Part::Number(head)) => Ok(Selection::Head { layer, head }),
            (Part::Mean | Part::Max, Part::Number(_)) => Err(CliError::HeadWithoutLayer),
            (Part::Number(_), Part::Max) => Err(CliError::GreatestHeadOfLayer),
        }
    }

    /// What is asked and how it is shown.
    pub fn look(&self, drawing: &Drawing) -> Result<Look, CliError> {
        Ok(Look {
            unit: self.unit,
            selection: self.selection()?,
            to_tokens: self.direction == Direction::ToTokens,
            scale: drawing.scale,
            colors: drawing.colors,
            style: drawing.style,
        })
    }

    /// The methods, each once.
    pub fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for method in &self.method {
            if !methods.contains(method) {
                methods.push(*method);
            }
        }
        methods
    }
}

fn methods() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(Method::ALL.map(Method::name)).try_map(|name| name.parse::<Method>())
}

fn units() -> impl TypedValueParser<Value = Unit> {
    let value = |unit: Unit| match unit {
        Unit::SubToken => PossibleValue::new(unit.name()).alias("subtoken"),
        unit => PossibleValue::new(unit.name()),
    };
    let parse = |name: String| if name == "subtoken" { Ok(Unit::SubToken) } else { name.parse::<Unit>() };
    PossibleValuesParser::new(Unit::ALL.map(value)).try_map(parse)
}

fn directions() -> impl TypedValueParser<Value = Direction> {
    PossibleValuesParser::new(Direction::ALL.map(Direction::name)).try_map(|name| name.parse::<Direction>())
}

fn colors() -> impl TypedValueParser<Value = ColorMap> {
    let of = |name: String| match name.as_str() {
        "cividis" => ColorMap::Cividis,
        "inferno" => ColorMap::Inferno,
        "grey" => ColorMap::Grey,
        _ => ColorMap::Viridis,
    };
    PossibleValuesParser::new(["viridis", "cividis", "inferno", "grey"]).map(of)
}

fn styles() -> impl TypedValueParser<Value = HeatStyle> {
    let of = |name: String| if name == "smooth" { HeatStyle::Smooth } else { HeatStyle::Grid };
    PossibleValuesParser::new(["grid", "smooth"]).map(of)
}

fn zoom(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| (0.25..=8.0).contains(number));
    number.ok_or_else(|| "give a number from 0.25 to 8".to_owned())
}

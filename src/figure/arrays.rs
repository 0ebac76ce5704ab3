//! The numbers behind figures as arrays, and what describes them.

use serde::Serialize;
use spanlight_models::alignment::{Alignment, MapError, Regions, Selection};
use spanlight_models::attribution::{Method, Unit};
use spanlight_models::word_maps::Array;

use super::explained::{Asked, Explained, Look, Looked};

/// The array that is read again as maps of words.
const MAPS: &str = "maps";

/// What the arrays of a tweet are.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    tweet: &'a str,
    tokens: &'a [String],
    models: Vec<Model<'a>>,
    unit: Unit,
    /// What has a map, in the order of the first axis.
    units: Vec<Named<'a>>,
    layers_and_heads: String,
    scale: String,
    image: Option<Image<'a>>,
    image_problem: Option<&'a str>,
    methods: Vec<Described<'a>>,
    arrays: Vec<Axes<'a>>,
}

#[derive(Debug, Serialize)]
struct Model<'a> {
    name: &'a str,
    system: &'a str,
    /// The checkpoint, by its contents.
    checkpoint: &'a str,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    /// The tokens, from 0, the last one not included.
    tokens: [usize; 2],
    /// The sub-token, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    piece: Option<usize>,
    text: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Image<'a> {
    id: &'a str,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct Described<'a> {
    method: Method,
    model: &'a str,
    selection: Selection,
    /// What the weights are.
    weights: &'static str,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<&'a str>,
    /// What the weights lie over.
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<&'a Regions>,
    /// Layer and head of every map in the order of the first axis of the array of heads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    heads: Vec<(usize, usize)>,
}

#[derive(Debug, Serialize)]
struct Axes<'a> {
    name: &'a str,
    shape: &'a [usize],
}

impl Explained<'_> {
    /// All maps as arrays: `maps` of `[words, rows, columns]` by the first method, and for every method `METHOD` of
    /// `[units, rows, columns]` and `METHOD_sum` of `[units]`; with `heads` also `METHOD_heads` of
    /// `[heads, tokens, rows, columns]`, as they were before anything was brought to one. Those of a second model begin with
    /// `against_`.
    pub fn arrays(&self, look: &Look, heads: bool) -> Result<Vec<Array>, MapError> {
        let mut arrays = Vec::new();
        for (number, side) in self.sides.iter().enumerate() {
            let before = if number == 0 { "" } else { "against_" };
            for (method, looked) in &side.maps {
                let Ok(looked) = looked else { continue };
                let name = format!("{before}{}", method.name().replace('-', "_"));
                let [rows, columns] = looked.grid();
                let selection = look.selection(*method);
                if arrays.is_empty()
                    && matches!(looked.alignment.regions, Regions::Grid { .. })
                    && !self.example.tokens.is_empty()
                {
                    let (values, _) = weights(looked, &self.asked(Unit::Word), selection)?;
                    arrays.push(Array {
                        name: MAPS.to_owned(),
                        shape: vec![self.example.tokens.len(), rows, columns],
                        values,
                    });
                }
                let asked = self.asked(look.unit);
                let (values, sums) = weights(looked, &asked, selection)?;
                arrays.push(Array { name: name.clone(), shape: vec![asked.len(), rows, columns], values });
                arrays.push(Array { name: format!("{name}_sum"), shape: vec![asked.len()], values: sums });
                if heads {
                    let maps = &looked.alignment.maps;
                    let values: Vec<f32> = maps.iter().flat_map(|map| map.weights.iter().copied()).collect();
                    let length = maps.first().map_or(0, |map| map.weights.len() / (rows * columns).max(1));
                    let shape = vec![maps.len(), length, rows, columns];
                    arrays.push(Array { name: format!("{name}_heads"), shape, values });
                }
            }
        }
        Ok(arrays)
    }

    /// What the arrays are; `checkpoints` names the models' weights in the order of the sides.
    pub fn describe<'a>(&'a self, look: &Look, arrays: &'a [Array], checkpoints: &'a [String]) -> Description<'a> {
        let model = |(side, checkpoint): (&'a super::Side, &'a String)| Model {
            name: &side.name,
            system: side.system,
            checkpoint,
        };
        let (mut units, mut methods) = (Vec::new(), Vec::new());
        for asked in self.asked(look.unit) {
            let label = self.spans.iter().find(|span| asked.label.is_some() && (span.start..span.end) == asked.tokens);
            units.push(Named {
                tokens: [asked.tokens.start, asked.tokens.end],
                piece: asked.piece.as_ref().map(|(piece, _)| *piece),
                text: asked.text(&self.example.tokens),
                label: label.map(|span| span.label.as_str()),
            });
        }
        for side in &self.sides {
            for (method, looked) in &side.maps {
                let alignment = looked.as_ref().ok().map(|looked| &looked.alignment);
                methods.push(Described {
                    method: *method,
                    model: &side.name,
                    selection: look.selection(*method),
                    weights: method.describe(),
                    absent: looked.as_ref().err().map(String::as_str),
                    regions: alignment.map(|alignment| &alignment.regions),
                    heads: alignment.map(Alignment::heads).unwrap_or_default(),
                });
            }
        }
        let shown = self.image.as_ref();
        Description {
            tweet: &self.example.id,
            tokens: &self.example.tokens,
            models: self.sides.iter().zip(checkpoints).map(model).collect(),
            unit: look.unit,
            units,
            layers_and_heads: look.selection.to_string(),
            scale: look.scale.to_string(),
            image: shown.ok().map(|shown| Image { id: &shown.id, width: shown.size[0], height: shown.size[1] }),
            image_problem: shown.err().map(String::as_str),
            methods,
            arrays: arrays.iter().map(|array| Axes { name: &array.name, shape: &array.shape }).collect(),
        }
    }
}

/// The maps of everything that is asked about, one behind the other, and what they summed to.
fn weights(looked: &Looked, asked: &[Asked], selection: Selection) -> Result<(Vec<f32>, Vec<f32>), MapError> {
    let (mut values, mut sums) = (Vec::new(), Vec::new());
    for asked in asked {
        let map = looked.map(asked, selection)?;
        values.extend(map.weights);
        sums.push(map.sum);
    }
    Ok((values, sums))
}

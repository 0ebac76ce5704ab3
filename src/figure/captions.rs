//! What is written around maps: what they are, how they were made, and where everything comes from.

use std::fmt::Write as _;

use spanlight_models::alignment::{Map, Regions, Selection};
use spanlight_models::attribution::Method;
use spanlight_models::trust::{NOTE, Trust, cell};

use super::bar::short;
use super::explained::{Asked, Explained, Look, Looked};

/// Which layers and heads.
pub fn chosen(looked: &Looked, selection: Selection) -> String {
    let (layers, heads) = (looked.alignment.layers().len(), looked.alignment.heads().len());
    let all = format!("{heads} heads in {layers} layer{}", if layers == 1 { "" } else { "s" });
    match selection {
        _ if heads == 1 => "One map.".to_owned(),
        Selection::Mean => format!("Mean of {all}."),
        Selection::Max => format!("Greatest of {all}."),
        Selection::Layer(layer) => format!("Mean of the heads of layer {layer}."),
        Selection::Head { layer, head } => format!("Head {head} of layer {layer}."),
    }
}

/// How the weights were brought to one.
pub fn normalised(looked: &Looked, method: Method, map: &Map) -> String {
    let regions = match looked.alignment.regions {
        Regions::Grid { .. } => "regions",
        Regions::Words { .. } => "words",
    };
    match method {
        _ if map.sum <= 0.0 => format!("No weight is on the {regions}."),
        Method::Attention | Method::Rollout if map.sum > 0.995 => format!("The {regions} sum to 1."),
        Method::Attention | Method::Rollout => format!(
            "The {regions} sum to 1; they got {:.0} % of it all. The rest, on special tokens and the tweet itself, is \
             hidden.",
            100.0 * map.sum
        ),
        Method::GradientAttention | Method::Occlusion => {
            format!("The {regions} sum to 1, before that to {}.", short(map.sum, map.sum))
        }
    }
}

/// The measures of a map in one line.
pub fn measures(trust: &Trust) -> String {
    let mut said = format!(
        "Entropy {:.2} nats ({:.0} % of the most), peak {:.3}",
        trust.entropy,
        100.0 * trust.normalised_entropy,
        trust.peak
    );
    if let Some(overlap) = &trust.overlap {
        // Writing to a string cannot fail.
        let _ = write!(
            said,
            "; the brightest region is {} the gold box, in which lies {:.0} % of the weight ({:.0} % of the image)",
            if overlap.pointing { "in" } else { "outside" },
            100.0 * overlap.mass,
            100.0 * overlap.chance
        );
    }
    said + "."
}

/// Where everything comes from.
pub fn notes(explained: &Explained<'_>, asked: &Asked, look: &Look) -> Vec<String> {
    let example = explained.example;
    let (first, last) = (asked.tokens.start, asked.tokens.end.saturating_sub(1));
    let tokens = if first == last { format!("token {first}") } else { format!("tokens {first} to {last}") };
    let models: Vec<String> = explained.sides.iter().map(|side| format!("{} ({})", side.name, side.system)).collect();
    let mut notes = vec![format!(
        "Tweet {} · {} · unit {}, {tokens} from 0 · entities of the {}",
        example.id,
        models.join(" against "),
        look.unit,
        explained.spans_of
    )];
    let grid = explained.sides.iter().flat_map(|side| &side.maps).find_map(|(_, maps)| match maps {
        Ok(Looked { alignment, .. }) => match &alignment.regions {
            Regions::Grid { rows, columns, .. } => {
                Some((rows, columns, cell(&alignment.regions, 0)?, cell(&alignment.regions, rows * columns - 1)?))
            }
            Regions::Words { .. } => None,
        },
        Err(_) => None,
    });
    if let (Ok(shown), Some((rows, columns, first, last))) = (&explained.image, grid) {
        let [width, height] = shown.size;
        let whole = [(first[0], 0.0_f32), (first[1], 0.0), (last[2], 1.0), (last[3], 1.0)];
        let part = if whole.iter().all(|(edge, end)| (edge - end).abs() < 1e-6) {
            "all of it".to_owned()
        } else {
            format!("x {:.2} to {:.2}, y {:.2} to {:.2} of it", first[0], last[2], first[1], last[3])
        };
        notes.push(format!("Image {} of {width} × {height} pixels · {rows} × {columns} regions over {part}", shown.id));
    }
    notes.push(NOTE.to_owned());
    notes
}

/// A method's name at the beginning of a line.
pub fn title(method: Method) -> String {
    match method {
        Method::GradientAttention => "Gradient × attention".to_owned(),
        method => capital(method.name()),
    }
}

pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

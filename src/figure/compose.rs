//! From what is known of a tweet to its figure.

use spanlight_models::alignment::{Map, MapError, Regions};
use spanlight_models::attribution::Method;
use spanlight_models::trust::cell;

use super::captions;
use super::explained::{Asked, Explained, Look, Looked, Shown, Side};
use super::palette::INK;
use super::{Content, Figure, Panel, Tweet, of_type, phrase};
use crate::graphics::{ColorMap, Ends, Heat, Outline, Tone};

/// What a scale is shared by.
const TOGETHER: &str = "all that is asked about in this tweet, by this method, in all models";

/// The figure for one of the things that have a map.
pub fn figure<'a>(explained: &'a Explained<'a>, asked: &Asked, look: &Look) -> Result<Figure<'a>, MapError> {
    let mut panels = Vec::new();
    let methods = explained.sides.first().map(|side| side.maps.iter().map(|(method, _)| *method).collect::<Vec<_>>());
    for method in methods.unwrap_or_default() {
        panels.extend(Drawer { explained, asked, look, method }.panels()?);
    }
    if let [one, other] = explained.sides.as_slice() {
        panels.extend(labels(one, other, asked));
    }
    let example = explained.example;
    let (start, end) = (asked.tokens.start, asked.tokens.end);
    let words = phrase(&example.tokens, start, end);
    let title = match (&asked.piece, &asked.label) {
        (Some((_, piece)), _) => format!("{piece}, a piece of {words}"),
        (None, Some(label)) => format!("{words} {label}"),
        (None, None) => words,
    };
    Ok(Figure {
        title,
        tweet: Tweet {
            tokens: &example.tokens,
            spans: &explained.spans,
            labels: explained.labels,
            query: (start, end),
        },
        panels,
        notes: captions::notes(explained, asked, look),
    })
}

/// Draws the panels of one method.
struct Drawer<'a> {
    explained: &'a Explained<'a>,
    asked: &'a Asked,
    look: &'a Look,
    method: Method,
}

impl Drawer<'_> {
    fn panels(&self) -> Result<Vec<Panel>, MapError> {
        let (selection, mut panels) = (self.look.selection(self.method), Vec::new());
        let all = self.together()?;
        let mut drawn: Vec<(&Side, &Looked, Map)> = Vec::new();
        for side in &self.explained.sides {
            let Some((_, maps)) = side.maps.iter().find(|(method, _)| *method == self.method) else { continue };
            match maps {
                Err(reason) => {
                    panels.push(Panel {
                        heading: self.heading(side),
                        content: Content::Absent(reason.clone()),
                        rule: Vec::new(),
                    });
                }
                Ok(looked) => {
                    let map = looked.map(self.asked, selection)?;
                    panels.push(self.panel(side, looked, &map, self.look.scale.ends(&map.weights, &all)));
                    if self.look.to_tokens {
                        panels.extend(self.tokens(side, looked, &map)?);
                    }
                    drawn.push((side, looked, map));
                }
            }
        }
        if let [(one, looked, map), (other, others, against)] = drawn.as_slice() {
            panels.push(self.difference([*one, *other], [*looked, *others], [map, against])?);
        }
        Ok(panels)
    }

    /// The weights of all that has a map, in all models.
    fn together(&self) -> Result<Vec<f32>, MapError> {
        let selection = self.look.selection(self.method);
        let mut all = Vec::new();
        for looked in self.explained.sides.iter().filter_map(|side| side.looked(self.method)) {
            for asked in self.explained.asked(self.look.unit) {
                all.extend(looked.map(&asked, selection)?.weights);
            }
        }
        Ok(all)
    }

    fn heading(&self, side: &Side) -> String {
        if side.recorded {
            return captions::capital(&side.name);
        }
        let method = captions::title(self.method);
        if self.explained.sides.len() > 1 { format!("{method} · {}", side.name) } else { method }
    }

    fn panel(&self, side: &Side, looked: &Looked, map: &Map, ends: Ends) -> Panel {
        let mut rule = if side.recorded {
            vec![
                "Where the picture shows the words, as recorded, over the regions of the model. They sum to 1."
                    .to_owned(),
            ]
        } else {
            let chosen = captions::chosen(looked, self.look.selection(self.method));
            let normalised = captions::normalised(looked, self.method, map);
            vec![format!("{}.", captions::capital(self.method.describe())), format!("{chosen} {normalised}")]
        };
        rule.push(self.look.scale.rule(TOGETHER));
        rule.extend(self.explained.trust(looked, self.asked, map).map(|trust| captions::measures(&trust)));
        let mut content = self.content(looked, &map.weights, ends, self.look.colors);
        if let (Content::Map { picture, boxes, .. }, true) = (&mut content, self.look.to_tokens) {
            let region = map.brightest().and_then(|region| cell(&looked.alignment.regions, region));
            let (width, height) = (picture.width() as f32, picture.height() as f32);
            let outline = |[left, top, right, bottom]: [f32; 4]| Outline {
                edges: [left * width, top * height, right * width, bottom * height],
                color: INK,
            };
            boxes.extend(region.map(outline));
        }
        Panel { heading: self.heading(side), content, rule }
    }

    fn content(&self, looked: &Looked, weights: &[f32], ends: Ends, colors: ColorMap) -> Content {
        let tone = Tone { range: ends.range, map: colors };
        match &looked.alignment.regions {
            Regions::Words { words } => {
                let mut groups: Vec<(String, Vec<(String, f32)>)> = Vec::new();
                let mut before = None;
                for (word, weight) in words.iter().zip(weights) {
                    if before != Some(word.context) {
                        let kind = self.explained.example.contexts.get(word.context).map(|context| context.kind.name());
                        groups.push((kind.unwrap_or("context").to_owned(), Vec::new()));
                        before = Some(word.context);
                    }
                    if let Some((_, group)) = groups.last_mut() {
                        group.push((word.text.clone(), *weight));
                    }
                }
                Content::Words { groups, tone, clipped: ends.clipped }
            }
            Regions::Grid { rows, columns, frame, .. } => match self.explained.image.as_ref().map(shown) {
                Ok(Some((picture, shown))) => {
                    let heat = Heat {
                        rows: *rows,
                        columns: *columns,
                        frame: *frame,
                        weights: weights.to_vec(),
                        range: Some(ends.range),
                        style: self.look.style,
                        map: colors,
                    };
                    let boxes = self.boxes(shown, [picture.width(), picture.height()]);
                    Content::Map { picture, heat, boxes, clipped: ends.clipped }
                }
                Ok(None) => Content::Absent("the image was not read".to_owned()),
                Err(reason) => Content::Absent(reason.clone()),
            },
        }
    }

    /// Where the words are visible, in pixels of the picture.
    fn boxes(&self, shown: &Shown, [width, height]: [u32; 2]) -> Vec<Outline> {
        let (example, tokens) = (self.explained.example, &self.asked.tokens);
        let near = example
            .boxes
            .iter()
            .filter(|region| region.image == shown.id && region.start < tokens.end && tokens.start < region.end);
        let outline = |region: &spanlight_models::example::RegionBox| {
            let label = self.explained.spans.iter().find(|span| (span.start, span.end) == (region.start, region.end));
            let [left, top, right, bottom] = region.fractions(shown.size);
            Outline {
                edges: [left * width as f32, top * height as f32, right * width as f32, bottom * height as f32],
                color: of_type(self.explained.labels, label.map_or("", |span| &span.label)),
            }
        };
        near.map(outline).collect()
    }

    /// Which tokens looked at the region that these words looked at most.
    fn tokens(&self, side: &Side, looked: &Looked, map: &Map) -> Result<Option<Panel>, MapError> {
        let Some(region) = map.brightest() else { return Ok(None) };
        let tokens = looked.alignment.to_tokens(region, self.look.selection(self.method))?;
        let words = looked.words(self.explained.example);
        let ends = self.look.scale.ends(&tokens.weights, &tokens.weights);
        let place = match &looked.alignment.regions {
            Regions::Grid { columns, .. } => {
                format!("region in row {}, column {}", region / columns + 1, region % columns + 1)
            }
            Regions::Words { words } => format!("“{}”", words.get(region).map_or("", |word| &word.text)),
        };
        let group = (format!("weights of all words on the {place}"), words.into_iter().zip(tokens.weights).collect());
        let tone = Tone { range: ends.range, map: self.look.colors };
        Ok(Some(Panel {
            heading: format!("{} · which words looked at the brightest {place}", self.heading(side)),
            content: Content::Words { groups: vec![group], tone, clipped: ends.clipped },
            rule: vec!["All words sum to 1.".to_owned(), self.look.scale.rule("the words of this panel")],
        }))
    }

    fn difference(&self, sides: [&Side; 2], looked: [&Looked; 2], maps: [&Map; 2]) -> Result<Panel, MapError> {
        let heading = format!("{} · {} − {}", captions::title(self.method), sides[1].name, sides[0].name);
        if looked[0].alignment.regions != looked[1].alignment.regions {
            let [one, other] = looked.map(Looked::grid);
            let reason = format!(
                "no difference: the regions are not the same ({} × {} and {} × {}, or over other parts)",
                one[0], one[1], other[0], other[1]
            );
            return Ok(Panel { heading, content: Content::Absent(reason), rule: Vec::new() });
        }
        let minus = |[one, other]: [&Map; 2]| -> Vec<f32> {
            one.weights.iter().zip(&other.weights).map(|(one, other)| other - one).collect()
        };
        let own = minus(maps);
        let selection = self.look.selection(self.method);
        let mut all = Vec::new();
        for asked in self.explained.asked(self.look.unit) {
            all.extend(minus([&looked[0].map(&asked, selection)?, &looked[1].map(&asked, selection)?]));
        }
        let ends = self.look.scale.even_ends(&own, &all);
        let content = self.content(looked[0], &own, ends, ColorMap::Difference);
        let moved: f32 = own.iter().map(|change| change.abs()).sum::<f32>() / 2.0;
        let rule = vec![
            format!("Red: more weight in {}; blue: less. {:.0} % of the weight moved.", sides[1].name, 100.0 * moved),
            "Scale: one for all words of this tweet, as far below as above 0.".to_owned(),
        ];
        Ok(Panel { heading, content, rule })
    }
}

/// The image as it can be drawn.
fn shown(shown: &Shown) -> Option<(std::sync::Arc<image::RgbImage>, &Shown)> {
    shown.pixels.clone().map(|pixels| (pixels, shown))
}

/// Probabilities of the types in two readings.
fn labels(one: &Side, other: &Side, asked: &Asked) -> Option<Panel> {
    let (first, second) = (one.chances(asked.tokens.clone()), other.chances(asked.tokens.clone()));
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let of = |chances: &[(String, f32)], name: &str| {
        chances.iter().find(|(own, _)| own == name).map_or(0.0, |(_, chance)| *chance)
    };
    let mut names: Vec<&String> = first.iter().map(|(name, _)| name).collect();
    names.extend(second.iter().map(|(name, _)| name).filter(|name| first.iter().all(|(own, _)| own != *name)));
    let rows = names.into_iter().map(|name| (name.clone(), [of(&first, name), of(&second, name)])).collect();
    Some(Panel {
        heading: "Labels".to_owned(),
        content: Content::Labels { names: [one.name.clone(), other.name.clone()], rows },
        rule: vec!["Probabilities of the types, the mean over the words asked about.".to_owned()],
    })
}

//! What is known of the images that a tweet can have.

use serde::{Deserialize, Serialize};

use super::Example;

/// How a candidate image did where one was to be chosen; more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageMeasures {
    /// How much of the entities it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f32>,
    /// How much it looks like pictures that are known to belong to the tweet, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f32>,
}

impl ImageMeasures {
    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Everything that a tweet says of one of its candidate images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ImageFacts {
    /// How well it suits the tweet; more is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// How it did where one was to be chosen.
    #[serde(flatten)]
    pub measures: ImageMeasures,
    /// Largest similarity of it to a text that is about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// How many gold boxes lie on it.
    pub boxes: usize,
}

impl ImageFacts {
    /// In words, one for each that is known.
    pub fn told(&self) -> Vec<String> {
        let ImageMeasures { coverage, accuracy } = self.measures;
        let figures =
            [("score", self.score), ("coverage", coverage), ("accuracy", accuracy), ("similarity", self.similarity)];
        let mut told: Vec<String> =
            figures.into_iter().filter_map(|(name, figure)| Some(format!("{name} {:.2}", figure?))).collect();
        match self.boxes {
            0 => {}
            1 => told.push("1 box".to_owned()),
            boxes => told.push(format!("{boxes} boxes")),
        }
        told
    }
}

impl Example {
    /// What the tweet says of the image `image`.
    pub fn image_facts(&self, image: &str) -> ImageFacts {
        // A text that names no image is about the first one.
        let about = |named: Option<&String>| named.or(self.images.first()).is_some_and(|named| named == image);
        let similarities = self.contexts.iter().filter(|context| about(context.image.as_ref()));
        ImageFacts {
            score: self.image_scores.get(image).copied(),
            measures: self.image_measures.get(image).copied().unwrap_or_default(),
            similarity: similarities.filter_map(|context| context.similarity).max_by(f32::total_cmp),
            boxes: self.boxes.iter().filter(|region| region.image == image).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Context, ContextKind, RegionBox};

    #[test]
    fn each_image_has_what_is_said_of_it() {
        let about = |image: Option<&str>, similarity| Context {
            image: image.map(str::to_owned),
            similarity,
            ..Context::new(ContextKind::Caption, "a quay")
        };
        let region = RegionBox { image: "b".into(), start: 0, end: 1, xmin: 0.0, ymin: 0.0, xmax: 9.0, ymax: 9.0 };
        let measures = ImageMeasures { coverage: Some(0.25), accuracy: None };
        let example = Example {
            images: vec!["a".into(), "b".into()],
            image_scores: [("b".to_owned(), 0.5)].into(),
            image_measures: [("b".to_owned(), measures)].into(),
            contexts: vec![about(None, Some(0.1)), about(Some("b"), Some(0.2)), about(Some("b"), Some(0.3))],
            boxes: vec![region],
            ..Example::default()
        };
        assert_eq!(example.image_facts("a"), ImageFacts { similarity: Some(0.1), ..ImageFacts::default() });
        let known = ImageFacts { score: Some(0.5), measures, similarity: Some(0.3), boxes: 1 };
        assert_eq!(example.image_facts("b"), known);
        assert_eq!(
            serde_json::to_string(&known).expect("JSON"),
            r#"{"score":0.5,"coverage":0.25,"similarity":0.3,"boxes":1}"#
        );
        assert_eq!(known.told(), ["score 0.50", "coverage 0.25", "similarity 0.30", "1 box"]);
        assert_eq!(example.image_facts("absent"), ImageFacts::default());
    }
}

//! How much candidates look like pictures that belong to the tweet (eqs. 2 to 5 of `InstructNER`).

use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::regions::LocalFeatures;
use super::visual_words::{VisualWords, squared};

/// What candidates and references are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// Bags of visual words over their regions.
    #[default]
    Bow,
    /// One vector for the whole picture.
    Global,
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "bow" => Ok(Self::Bow),
            "global" => Ok(Self::Global),
            _ => Err(format!("`{name}` is no selector; there are bow and global")),
        }
    }
}

/// How far candidates are from references; `i` candidates that were kept, `m` references.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// What they are compared by.
    pub selector: Selector,
    /// The bags, where they are compared by bags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bags: Option<Bags>,
    /// Distance of every candidate to every reference, `i x m`: the number of visual words that only one of them has, or
    /// the squared distance of their vectors, which have length 1.
    pub distances: Vec<Vec<f32>>,
    /// Sum over the references, `i`; small is good (acc).
    pub scores: Vec<f32>,
}

/// Bags of visual words, first of the candidates, then of the references.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bags {
    /// Words of the vocabulary (k').
    pub words: usize,
    /// Rounds in which the vocabulary was learned.
    pub rounds: usize,
    /// Smallest squared distance of each picture's regions to each word, `(i + m) x k'` (D).
    pub distances: Vec<Vec<f32>>,
    /// Whether a picture has a word: its distance is below the threshold, `(i + m) x k'`.
    #[serde(serialize_with = "as_digits")]
    pub bags: Vec<Vec<bool>>,
}

/// One string of `0` and `1` a picture.
fn as_digits<S: Serializer>(bags: &[Vec<bool>], serializer: S) -> Result<S::Ok, S::Error> {
    let digits = |bag: &Vec<bool>| bag.iter().map(|has| if *has { '1' } else { '0' }).collect::<String>();
    serializer.collect_seq(bags.iter().map(digits))
}

impl Bags {
    /// The bags of `pictures` over `words`; a word is in a bag if its squared distance is below `threshold` (eta).
    pub(super) fn of(words: &VisualWords, pictures: &[&LocalFeatures], threshold: f32) -> Self {
        let distances: Vec<Vec<f32>> = pictures.iter().map(|picture| words.distances(&picture.regions)).collect();
        let bag = |distances: &Vec<f32>| distances.iter().map(|distance| *distance < threshold).collect();
        let bags = distances.iter().map(bag).collect();
        Self { words: words.len(), rounds: words.rounds(), distances, bags }
    }

    /// Number of words that only one of two pictures has.
    fn difference(&self, one: usize, other: usize) -> f32 {
        self.bags[one].iter().zip(&self.bags[other]).filter(|(one, other)| one != other).count() as f32
    }
}

impl Accuracy {
    /// By bags of the words of `vocabulary`.
    pub(super) fn by_words(
        vocabulary: &VisualWords,
        candidates: &[&LocalFeatures],
        references: &[&LocalFeatures],
        threshold: f32,
    ) -> Self {
        let bags = Bags::of(vocabulary, &[candidates, references].concat(), threshold);
        let row =
            |one: usize| (0..references.len()).map(|other| bags.difference(one, candidates.len() + other)).collect();
        let distances = (0..candidates.len()).map(row).collect();
        Self { bags: Some(bags), ..Self::of(Selector::Bow, distances) }
    }

    /// By one vector for the whole of each picture.
    pub(super) fn by_whole(candidates: &[&LocalFeatures], references: &[&LocalFeatures]) -> Self {
        let row =
            |one: &&LocalFeatures| references.iter().map(|other| squared(&one.whole, &other.whole) as f32).collect();
        Self::of(Selector::Global, candidates.iter().map(row).collect())
    }

    fn of(selector: Selector, distances: Vec<Vec<f32>>) -> Self {
        let scores = distances.iter().map(|row: &Vec<f32>| row.iter().sum()).collect();
        Self { selector, bags: None, distances, scores }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(regions: &[[f32; 2]]) -> LocalFeatures {
        LocalFeatures { width: 2, regions: regions.concat(), whole: vec![1.0, 0.0] }
    }

    #[test]
    fn bags_and_their_differences_are_what_they_are_by_hand() {
        let words = VisualWords::of(vec![1., 0., 0., 1., -1., 0.], 2);
        let candidates = [picture(&[[1., 0.], [0.995, 0.0999]]), picture(&[[0., 1.], [1., 0.]])];
        let references = [picture(&[[0., 1.]]), picture(&[[1., 0.], [0., 1.]])];
        let [one, other] = [&candidates, &references].map(|pictures| pictures.iter().collect::<Vec<_>>());
        let accuracy = Accuracy::by_words(&words, &one, &other, 0.2);
        let bags = accuracy.bags.as_ref().expect("bags");
        let expected = [[true, false, false], [true, true, false], [false, true, false], [true, true, false]];
        assert_eq!(bags.bags, expected);
        assert_eq!(
            (accuracy.distances.as_slice(), accuracy.scores.as_slice()),
            (&[vec![2., 1.], vec![1., 0.]][..], &[3., 1.][..])
        );
        let json = serde_json::to_value(&accuracy).expect("JSON");
        assert_eq!((&json["bags"]["bags"][1], &json["selector"]), (&"110".into(), &"bow".into()));
    }

    #[test]
    fn a_word_exactly_at_the_threshold_is_not_there() {
        let words = VisualWords::of(vec![0.0, 0.0], 2);
        let at = |threshold| Bags::of(&words, &[&picture(&[[0.5, 0.0]])], threshold).bags[0][0];
        assert_eq!((at(0.25), at(0.250_001)), (false, true));
    }
}

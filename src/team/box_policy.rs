//! Whose boxes a merged project has where the annotators drew different ones.

use serde::Serialize;
use spanlight_models::example::RegionBox;

/// Which boxes are taken where annotators drew different ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BoxPolicy {
    /// Those of the first who drew some.
    #[default]
    First,
    /// The very boxes that more than half of those who drew some have.
    Majority,
    /// All boxes that anybody drew.
    All,
}

impl BoxPolicy {
    /// All policies, by their names on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("first", Self::First), ("majority", Self::Majority), ("all", Self::All)];

    /// The boxes taken of those that each annotator drew; `None` where nobody drew any.
    pub fn choose(self, drawn: &[&Vec<RegionBox>]) -> Option<Vec<RegionBox>> {
        let (first, _) = drawn.split_first()?;
        if self == Self::First {
            return Some((*first).clone());
        }
        let mut chosen: Vec<RegionBox> = Vec::new();
        for region in drawn.iter().flat_map(|boxes| boxes.iter()) {
            let having = drawn.iter().filter(|boxes| boxes.contains(region)).count();
            if (self == Self::All || 2 * having > drawn.len()) && !chosen.contains(region) {
                chosen.push(region.clone());
            }
        }
        Some(chosen)
    }
}

/// A tweet in which annotators drew different boxes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferentBoxes {
    /// Id of the tweet.
    pub tweet: String,
    /// Who drew boxes.
    pub annotators: Vec<String>,
    /// Number of boxes that were taken; those of entities that are not taken go with these.
    pub taken: usize,
    /// Boxes that somebody drew and that were not taken.
    pub dropped: Vec<RegionBox>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_the_first_of_most_or_of_all_are_taken() {
        let region = |xmin| RegionBox { image: "i".into(), start: 0, end: 1, xmin, ymin: 0.0, xmax: 9.0, ymax: 9.0 };
        let [one, two, three] = [vec![region(1.0)], vec![region(2.0), region(3.0)], vec![region(3.0)]];
        let count = |policy: BoxPolicy| policy.choose(&[&one, &two, &three]).expect("drawn");
        assert_eq!(count(BoxPolicy::First), one);
        assert_eq!(count(BoxPolicy::Majority), three);
        assert_eq!(count(BoxPolicy::All), [region(1.0), region(2.0), region(3.0)]);
        assert_eq!(BoxPolicy::All.choose(&[]), None);
    }
}

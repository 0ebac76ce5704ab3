//! Where entities are visible: boxes of the corpus, and what a person drew. They are a part of a tweet's labelling.

use rusqlite::{Transaction, params};
use spanlight_models::example::{RegionBox, Span};

use super::log::{Labelling, to_json};
use super::steps::Changes;
use super::{Applied, Project, ProjectError, TweetId};

impl Project {
    /// Gives a tweet other boxes, as a step of undo; `None` where they are as they were.
    ///
    /// Every box must lie over tokens of the tweet, name one of its images and have an extent.
    pub fn set_boxes(
        &mut self,
        tweet: TweetId,
        summary: &str,
        boxes: Vec<RegionBox>,
    ) -> Result<Option<Applied>, ProjectError> {
        let example = self.tweet(tweet)?.example;
        for region in boxes.iter().filter(|region| !example.boxes.contains(region)) {
            let what = misfit(region, example.tokens.len());
            if let Some(what) = what {
                return Err(ProjectError::Box { tweet: example.id, what });
            }
            if !example.images.contains(&region.image) {
                return Err(ProjectError::NoSuchImage { tweet: example.id, image: region.image.clone() });
            }
        }
        if boxes == example.boxes {
            return Ok(None);
        }
        let before = self.labelling(tweet)?;
        let after = Labelling { boxes: Some(boxes), ..before.clone() };
        let mut step = Changes::default();
        step.labels.insert(tweet, (before, after));
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, None), step)
    }
}

/// What is wrong with a box for a tweet of so many tokens.
fn misfit(region: &RegionBox, tokens: usize) -> Option<String> {
    let RegionBox { start, end, xmin, ymin, xmax, ymax, .. } = region;
    if start >= end || *end > tokens {
        return Some(format!("tokens {start}..{end} of a box do not fit a tweet of {tokens} tokens"));
    }
    let finite = [xmin, ymin, xmax, ymax].iter().all(|edge| edge.is_finite() && **edge >= 0.0);
    (!finite || xmin >= xmax || ymin >= ymax)
        .then(|| format!("the box {xmin},{ymin},{xmax},{ymax} is no rectangle of left, top, right and bottom pixels"))
}

/// The boxes after the labels changed: those of an entity whose ends moved move with it, those of one that is gone go.
///
/// Boxes that belonged to no entity stay.
pub(super) fn follow(boxes: &[RegionBox], before: &[Span], after: &[Span]) -> Vec<RegionBox> {
    let covers = |spans: &[Span], region: &RegionBox| {
        spans.iter().any(|span| (span.start, span.end) == (region.start, region.end))
    };
    let moved = |region: &RegionBox| {
        if covers(after, region) || !covers(before, region) {
            return Some(region.clone());
        }
        let mut heirs = after.iter().filter(|span| {
            let new = !before.iter().any(|old| (old.start, old.end) == (span.start, span.end));
            new && span.start < region.end && region.start < span.end
        });
        let heir = heirs.next()?;
        Some(RegionBox { start: heir.start, end: heir.end, ..region.clone() })
    };
    boxes.iter().filter_map(moved).collect()
}

/// Moves what is current on; without boxes of its own a tweet has those of the corpus.
pub(super) fn write(db: &Transaction<'_>, tweet: TweetId, boxes: Option<&[RegionBox]>) -> rusqlite::Result<()> {
    match boxes {
        Some(boxes) => {
            let sql = "INSERT OR REPLACE INTO boxes (tweet, boxes) VALUES (?, ?)";
            db.prepare_cached(sql)?.execute(params![tweet, to_json(&boxes)?]).map(drop)
        }
        None => db.prepare_cached("DELETE FROM boxes WHERE tweet = ?")?.execute([tweet]).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(start: usize, end: usize) -> RegionBox {
        RegionBox { image: "1".into(), start, end, xmin: 1.0, ymin: 1.0, xmax: 5.0, ymax: 4.0 }
    }

    #[test]
    fn boxes_go_where_their_entities_go() {
        let boxes = [region(0, 2), region(3, 4), region(6, 7)];
        let before = [Span::new("PER", 0, 2), Span::new("LOC", 3, 4)];
        // Another type, other ends, gone.
        let retyped = [Span::new("ORG", 0, 2), Span::new("LOC", 3, 4)];
        assert_eq!(follow(&boxes, &before, &retyped), boxes);
        let bounded = [Span::new("PER", 0, 1), Span::new("LOC", 3, 4)];
        assert_eq!(follow(&boxes, &before, &bounded), [region(0, 1), region(3, 4), region(6, 7)]);
        assert_eq!(follow(&boxes, &before, &before[..1]), [region(0, 2), region(6, 7)]);
    }

    #[test]
    fn misfits_are_named() {
        assert_eq!(misfit(&region(0, 1), 1), None);
        assert!(misfit(&region(0, 2), 1).is_some_and(|what| what.contains("0..2")));
        let flat = RegionBox { ymax: 1.0, ..region(0, 1) };
        assert!(misfit(&flat, 1).is_some_and(|what| what.contains("no rectangle")));
        assert!(misfit(&RegionBox { xmin: f32::NAN, ..region(0, 1) }, 1).is_some());
    }
}

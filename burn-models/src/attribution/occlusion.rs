//! Occlusion (Zeiler and Fergus 2014): every region or context word is hidden in turn, and a label that falls needed it.

use super::explain::{Explainer, Watch};
use super::{AttributionError, Falls, Method};
use crate::alignment::{Alignment, HeadMap, Regions};
use crate::input::Row;
use crate::systems::System;
use crate::training::Control;

/// Windows with something hidden that are read at once.
const BATCH: usize = 32;

impl<S: System> Explainer<'_, S> {
    /// Hides `regions`, or all, in all windows of a tweet; the map has what fell, and nothing where a label rose or where
    /// nothing was hidden. No alignment where there is nothing to look at.
    pub(super) fn occlusion(
        &self,
        windows: &[Row],
        regions: Option<&[usize]>,
        watch: Watch<'_>,
    ) -> Result<(Option<Alignment>, Falls), AttributionError> {
        let seen: Vec<(&Row, Regions)> = windows.iter().filter_map(|row| Some((row, self.regions(row)?))).collect();
        let most = seen.iter().map(|(_, regions)| regions.len()).max().unwrap_or(0);
        let hidden: Vec<usize> = match regions {
            Some(wanted) => wanted.iter().copied().filter(|region| *region < most).collect(),
            None => (0..most).collect(),
        };
        let (mut joined, mut falls): (Option<Alignment>, Falls) = (None, Falls::default());
        for (row, regions) in seen {
            let own = self.fall(row, regions.len(), &hidden, watch)?;
            let alignment = self.alignment(row, regions, &own);
            match &mut joined {
                Some(joined) => joined.append(&alignment),
                empty => *empty = Some(alignment),
            }
            falls.probabilities.extend(own.probabilities);
            falls.falls.extend(own.falls);
        }
        falls.regions = hidden;
        Ok((joined, falls))
    }

    /// What hiding each of the regions does to the labels of one window, which sees `count` regions: fewer words of a
    /// context find room behind a longer window, and those that did not change nothing.
    fn fall(&self, row: &Row, count: usize, hidden: &[usize], watch: Watch<'_>) -> Result<Falls, AttributionError> {
        let before = self.chances(&[row]).pop();
        let labels = before.as_ref().map(|before| before.labels.clone()).unwrap_or_default();
        let probabilities = before.map(|before| before.of(&labels)).unwrap_or_default();
        let mut falls = vec![0.0; labels.len() * hidden.len()];
        let places: Vec<usize> = (0..hidden.len()).filter(|place| hidden[*place] < count).collect();
        for (step, places) in places.chunks(BATCH).enumerate() {
            if watch(step * BATCH, hidden.len()) == Control::Stop {
                return Err(AttributionError::Stopped);
            }
            let rows: Vec<Row> = places.iter().map(|place| self.hidden(row, hidden[*place])).collect();
            let after = self.chances(&rows.iter().collect::<Vec<_>>());
            for (place, after) in places.iter().zip(after) {
                for (word, (before, after)) in probabilities.iter().zip(after.of(&labels)).enumerate() {
                    falls[word * hidden.len() + place] = before - after;
                }
            }
        }
        Ok(Falls { regions: hidden.to_vec(), probabilities, falls })
    }

    /// The map of one window.
    fn alignment(&self, row: &Row, regions: Regions, falls: &Falls) -> Alignment {
        let count = regions.len();
        let mut weights = vec![0.0; falls.probabilities.len() * count];
        for (word, falls_of) in falls.falls.chunks(falls.regions.len().max(1)).enumerate() {
            for (region, fall) in falls.regions.iter().zip(falls_of).filter(|(region, _)| **region < count) {
                // What is no number stays so: it must not be taken for a region that does not matter.
                weights[word * count + region] = if *fall < 0.0 { 0.0 } else { *fall };
            }
        }
        Alignment {
            method: Method::Occlusion.name(),
            tokens: row.words(),
            spans: self.phrases(row),
            regions,
            maps: vec![HeadMap { weights, ..HeadMap::default() }],
        }
    }
}

impl Falls {
    /// The mean over the rows `rows` for every region that was hidden; `None` without rows or with one that is not there.
    pub fn means(&self, rows: &[usize]) -> Option<Vec<f32>> {
        let width = self.regions.len();
        if rows.is_empty() || rows.iter().any(|row| *row >= self.probabilities.len()) {
            return None;
        }
        let mean =
            |place: usize| rows.iter().map(|row| self.falls[row * width + place]).sum::<f32>() / rows.len() as f32;
        Some((0..width).map(mean).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_are_averaged_over_rows() {
        let falls =
            Falls { regions: vec![0, 4], probabilities: vec![0.5; 3], falls: vec![0.2, 0.0, -0.4, 0.0, 0.1, 0.3] };
        let means = falls.means(&[0, 1]).expect("rows");
        assert!((means[0] + 0.1).abs() < 1e-6 && means[1].abs() < 1e-6);
        assert_eq!((falls.means(&[]), falls.means(&[3])), (None, None));
    }
}

//! Occlusion (Zeiler and Fergus 2014): every region or context word is hidden in turn, and a label that falls needed it.

use super::explain::{Explainer, Watch};
use super::{AttributionError, Falls, Method};
use crate::alignment::{Alignment, HeadMap, widened};
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
        let (mut joined, mut falls): (Option<Alignment>, Falls) = (None, Falls::default());
        for row in windows {
            let Some(window) = self.window(row, regions, watch)? else { continue };
            let (alignment, own) = window;
            match &mut joined {
                Some(joined) => {
                    joined.append(&alignment);
                    falls.append(own);
                }
                empty => (*empty, falls) = (Some(alignment), own),
            }
        }
        Ok((joined, falls))
    }

    fn window(
        &self,
        row: &Row,
        wanted: Option<&[usize]>,
        watch: Watch<'_>,
    ) -> Result<Option<(Alignment, Falls)>, AttributionError> {
        let (Some(regions), Some(before)) = (self.regions(row), self.chances(&[row]).pop()) else { return Ok(None) };
        let count = regions.len();
        let hidden: Vec<usize> = match wanted {
            Some(wanted) => wanted.iter().copied().filter(|region| *region < count).collect(),
            None => (0..count).collect(),
        };
        let probabilities = before.of(&before.labels);
        let mut columns: Vec<Vec<f32>> = Vec::with_capacity(hidden.len());
        for (step, places) in hidden.chunks(BATCH).enumerate() {
            if watch(step * BATCH, hidden.len()) == Control::Stop {
                return Err(AttributionError::Stopped);
            }
            let rows: Vec<Row> = places.iter().map(|region| self.hidden(row, *region)).collect();
            let after = self.chances(&rows.iter().collect::<Vec<_>>());
            columns.extend(after.iter().map(|after| {
                let after = after.of(&before.labels);
                probabilities.iter().zip(after).map(|(before, after)| before - after).collect::<Vec<f32>>()
            }));
        }
        let rows = probabilities.len();
        let falls = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        let mut weights = vec![0.0; rows * count];
        for (region, column) in hidden.iter().zip(&columns) {
            for (row, fall) in column.iter().enumerate() {
                // What is no number stays so: it must not be taken for a region that does not matter.
                weights[row * count + region] = if *fall < 0.0 { 0.0 } else { *fall };
            }
        }
        let alignment = Alignment {
            method: Method::Occlusion.name(),
            tokens: row.words(),
            spans: self.phrases(row),
            regions,
            maps: vec![HeadMap { weights, ..HeadMap::default() }],
        };
        Ok(Some((alignment, Falls { regions: hidden, probabilities, falls })))
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

    /// Adds the rows of the window that follows. Fewer words of a context find room behind a longer window; those that did
    /// not changed nothing.
    fn append(&mut self, next: Self) {
        let (own, more) = (self.regions.len(), next.regions.len());
        let width = own.max(more);
        let mut falls = widened(&self.falls, self.probabilities.len(), width);
        falls.extend(widened(&next.falls, next.probabilities.len(), width));
        self.falls = falls;
        self.regions.extend_from_slice(&next.regions[own.min(more)..]);
        self.probabilities.extend(next.probabilities);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_are_averaged_over_rows_and_windows_that_see_fewer_words_are_joined() {
        let of = |regions: &[usize], falls: &[f32], rows: usize| Falls {
            regions: regions.to_vec(),
            probabilities: vec![0.5; rows],
            falls: falls.to_vec(),
        };
        let mut joined = of(&[0], &[0.2, -0.4], 2);
        joined.append(of(&[0, 1], &[0.1, 0.3], 1));
        assert_eq!((joined.regions.as_slice(), joined.probabilities.len()), (&[0, 1][..], 3));
        assert_eq!(joined.falls, [0.2, 0.0, -0.4, 0.0, 0.1, 0.3]);
        let means = joined.means(&[0, 1]).expect("rows");
        assert!((means[0] + 0.1).abs() < 1e-6 && means[1].abs() < 1e-6);
        assert_eq!((joined.means(&[]), joined.means(&[3])), (None, None));
    }
}

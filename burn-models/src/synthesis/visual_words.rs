//! A vocabulary of what local features look like, and which of its words a picture has (eqs. 2 to 4 of `InstructNER`).

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

/// Most rounds of Lloyd's algorithm.
const ROUNDS: usize = 100;

/// The centres of clusters of local features.
#[derive(Clone, Debug, PartialEq)]
pub struct VisualWords {
    width: usize,
    centres: Vec<f32>,
    /// Sum of all squared distances to the own centre before every update; never rises.
    inertia: Vec<f64>,
}

impl VisualWords {
    /// Clusters `vectors`, one after the other and of `width` numbers each, into at most `most`, and at most as many as there
    /// are distinct vectors: k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's algorithm until nothing moves.
    ///
    /// A cluster that lost all of its members goes to the vector that is farthest from its centre.
    pub fn learn(vectors: &[f32], width: usize, most: usize, seed: u64) -> Self {
        let rows: Vec<&[f32]> = vectors.chunks_exact(width.max(1)).collect();
        let distinct: HashSet<Vec<u32>> = rows.iter().map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
        let mut words = Self::beginning(&rows, width, most.min(distinct.len()), seed);
        let mut before: Vec<usize> = Vec::new();
        for _ in 0..ROUNDS {
            let nearest: Vec<(usize, f64)> = rows.par_iter().map(|row| words.nearest(row)).collect();
            words.inertia.push(nearest.iter().map(|(_, distance)| distance).sum());
            let own: Vec<usize> = nearest.iter().map(|(word, _)| *word).collect();
            if own == before {
                break;
            }
            words.update(&rows, &nearest);
            before = own;
        }
        words
    }

    /// A vocabulary of given words, one after the other.
    pub fn of(centres: Vec<f32>, width: usize) -> Self {
        Self { width, centres, inertia: Vec::new() }
    }

    /// Number of words (k').
    pub fn len(&self) -> usize {
        self.words().len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.centres.is_empty()
    }

    /// Rounds until nothing moved.
    pub fn rounds(&self) -> usize {
        self.inertia.len()
    }

    /// For every word the smallest squared distance to any of a picture's local features (D).
    pub fn distances(&self, features: &[f32]) -> Vec<f32> {
        let nearest = |word: &[f32]| {
            let all = features.chunks_exact(self.width.max(1)).map(|row| squared(word, row));
            all.fold(f64::INFINITY, f64::min) as f32
        };
        self.words().map(nearest).collect()
    }

    fn words(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.centres.chunks_exact(self.width.max(1))
    }

    /// Centres far from each other: each is drawn by its squared distance to those before.
    fn beginning(rows: &[&[f32]], width: usize, count: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut words = Self::of(Vec::new(), width);
        let mut left = vec![f64::INFINITY; rows.len()];
        while words.centres.len() < count * width {
            let total: f64 = left.iter().sum();
            let chosen = if total.is_finite() {
                let mut mark = rng.random::<f64>() * total;
                let passed = |distance: &f64| {
                    mark -= distance;
                    mark < 0.0 && *distance > 0.0
                };
                left.iter().position(passed).or_else(|| farthest(&left))
            } else {
                Some(rng.random_range(0..rows.len()))
            };
            // Distinct vectors that are too near to each other to be told apart by a number.
            let Some(chosen) = chosen else { break };
            words.centres.extend(rows[chosen]);
            left.par_iter_mut().zip(rows).for_each(|(left, row)| *left = left.min(squared(row, rows[chosen])));
        }
        words
    }

    /// The nearest word and the squared distance to it; the first of equals.
    fn nearest(&self, row: &[f32]) -> (usize, f64) {
        let nearer = |best: (usize, f64), (word, centre): (usize, &[f32])| {
            let distance = squared(row, centre);
            if distance < best.1 { (word, distance) } else { best }
        };
        self.words().enumerate().fold((0, f64::INFINITY), nearer)
    }

    /// Every centre to the mean of its members.
    fn update(&mut self, rows: &[&[f32]], nearest: &[(usize, f64)]) {
        let (width, count) = (self.width, self.len());
        let mut sums = vec![0.0_f64; count * width];
        let mut members = vec![0_usize; count];
        for (row, (word, _)) in rows.iter().zip(nearest) {
            members[*word] += 1;
            sums[word * width..][..width].iter_mut().zip(*row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let mut left: Vec<f64> = nearest.iter().map(|(_, distance)| *distance).collect();
        for (word, members) in members.into_iter().enumerate() {
            let centre = &mut self.centres[word * width..][..width];
            if members > 0 {
                let sums = &sums[word * width..][..width];
                centre.iter_mut().zip(sums).for_each(|(value, sum)| *value = (sum / members as f64) as f32);
            } else if let Some(place) = farthest(&left) {
                centre.copy_from_slice(rows[place]);
                left[place] = 0.0;
            }
        }
    }
}

/// The first of the largest numbers above zero.
fn farthest(distances: &[f64]) -> Option<usize> {
    let mut places = (0..distances.len()).filter(|place| distances[*place] > 0.0);
    let first = places.next()?;
    Some(places.fold(first, |best, place| if distances[place] > distances[best] { place } else { best }))
}

/// Squared Euclidean distance.
pub(super) fn squared(one: &[f32], other: &[f32]) -> f64 {
    let sum = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f32>();
    // Short sums of 32 bits, which the compiler makes wide, in a sum of 64.
    one.chunks(64).zip(other.chunks(64)).map(|(one, other)| f64::from(sum(one, other))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(seed: u64, count: usize, width: usize) -> Vec<f32> {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..count * width).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_words_and_the_sum_never_rises() {
        for seed in 0..8 {
            let vectors = cloud(seed, 300, 6);
            let words = VisualWords::learn(&vectors, 6, 40, seed);
            assert_eq!(words, VisualWords::learn(&vectors, 6, 40, seed));
            assert_eq!(words.len(), 40);
            assert!(words.inertia.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-9)), "{:?}", words.inertia);
            assert!(words.rounds() > 1 && words.rounds() < ROUNDS);
        }
    }

    #[test]
    fn there_are_no_more_words_than_distinct_vectors() {
        let few = [[0.0_f32, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]].concat();
        let words = VisualWords::learn(&few, 2, 100, 7);
        assert_eq!((words.len(), words.inertia.last()), (3, Some(&0.0)));
        let same = [0.5_f32, 0.5].repeat(9);
        assert_eq!(
            VisualWords::learn(&same, 2, 100, 7),
            VisualWords { inertia: vec![0.0; 2], ..VisualWords::of(vec![0.5; 2], 2) }
        );
        assert!(VisualWords::learn(&[], 2, 100, 7).is_empty());
    }

    #[test]
    fn clusters_that_lie_apart_are_found() {
        let mut vectors = Vec::new();
        for (place, offset) in cloud(3, 60, 2).chunks(2).enumerate() {
            vectors.extend([(place % 3) as f32 * 10.0 + 0.01 * offset[0], 0.01 * offset[1]]);
        }
        let words = VisualWords::learn(&vectors, 2, 3, 1);
        let mut centres: Vec<f32> = words.words().map(|word| word[0]).collect();
        centres.sort_by(f32::total_cmp);
        assert!(
            centres.iter().zip([0.0, 10.0, 20.0]).all(|(centre, middle)| (centre - middle).abs() < 1.0),
            "{centres:?}"
        );
    }

    #[test]
    fn a_cluster_without_members_goes_to_the_farthest_vector() {
        let rows: Vec<[f32; 1]> = vec![[0.0], [1.0], [9.0]];
        let rows: Vec<&[f32]> = rows.iter().map(<[f32; 1]>::as_slice).collect();
        let mut words = VisualWords::of(vec![0.0, 50.0], 1);
        let nearest: Vec<(usize, f64)> = rows.iter().map(|row| words.nearest(row)).collect();
        words.update(&rows, &nearest);
        assert_eq!(words.centres, [10.0 / 3.0, 9.0]);
    }
}

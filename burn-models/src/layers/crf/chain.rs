//! One sentence's scores, and everything that can be read off them exactly.

use crate::example::TagScheme;

use super::Constraints;

/// Scores of one sentence: what a trained field says once the emissions are known.
#[derive(Clone, Debug)]
pub struct Chain {
    words: usize,
    tags: usize,
    emissions: Vec<f64>,
    transitions: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
}

/// Forward and backward scores of a [`Chain`].
#[derive(Clone, Debug)]
pub struct Recursions {
    alpha: Vec<f64>,
    beta: Vec<f64>,
    /// Log of the partition function.
    pub log_z: f64,
}

impl Chain {
    /// `emissions` `N * K` row by row, `transitions` `K * K` from x to, `start` and `end` `K`; `None` without a word.
    pub fn new(emissions: &[f32], transitions: &[f32], start: &[f32], end: &[f32]) -> Option<Self> {
        let widen = |scores: &[f32]| scores.iter().map(|score| f64::from(*score)).collect::<Vec<_>>();
        let tags = start.len();
        let fits =
            tags > 0 && emissions.len().is_multiple_of(tags) && transitions.len() == tags * tags && end.len() == tags;
        (fits && !emissions.is_empty()).then(|| Self {
            words: emissions.len() / tags,
            tags,
            emissions: widen(emissions),
            transitions: widen(transitions),
            start: widen(start),
            end: widen(end),
        })
    }

    /// The same scores with a tag grammar added.
    #[must_use]
    pub fn constrained(mut self, constraints: &Constraints) -> Self {
        let add = |scores: &mut [f64], costs: &[f32]| {
            for (score, cost) in scores.iter_mut().zip(costs) {
                *score += f64::from(*cost);
            }
        };
        add(&mut self.transitions, &constraints.transitions);
        add(&mut self.start, &constraints.start);
        add(&mut self.end, &constraints.end);
        self
    }

    /// The same scores divided by `temperature`: the best labelling stays, its probability moves (Guo et al. 2017).
    #[must_use]
    pub fn tempered(mut self, temperature: f64) -> Self {
        for scores in [&mut self.emissions, &mut self.transitions, &mut self.start, &mut self.end] {
            for score in scores {
                *score /= temperature;
            }
        }
        self
    }

    /// Number of words.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Number of tags.
    pub fn tags(&self) -> usize {
        self.tags
    }

    fn emission(&self, word: usize, tag: usize) -> f64 {
        self.emissions[word * self.tags + tag]
    }

    fn transition(&self, from: usize, to: usize) -> f64 {
        self.transitions[from * self.tags + to]
    }

    /// Score of one labelling of all words.
    pub fn score(&self, path: &[usize]) -> f64 {
        let emitted: f64 = path.iter().enumerate().map(|(word, tag)| self.emission(word, *tag)).sum();
        let moved: f64 = path.windows(2).map(|pair| self.transition(pair[0], pair[1])).sum();
        let ends = path.first().zip(path.last()).map_or(0.0, |(first, last)| self.start[*first] + self.end[*last]);
        emitted + moved + ends
    }

    /// The best labelling; the lowest tag index wins ties.
    pub fn viterbi(&self) -> Vec<usize> {
        let mut best: Vec<f64> = (0..self.tags).map(|tag| self.start[tag] + self.emission(0, tag)).collect();
        let mut back = Vec::with_capacity((self.words - 1) * self.tags);
        for word in 1..self.words {
            let mut next = Vec::with_capacity(self.tags);
            for to in 0..self.tags {
                let (from, score) = first_max((0..self.tags).map(|from| best[from] + self.transition(from, to)));
                back.push(from);
                next.push(score + self.emission(word, to));
            }
            best = next;
        }
        let (last, _) = first_max((0..self.tags).map(|tag| best[tag] + self.end[tag]));
        let mut path = vec![last];
        for word in (1..self.words).rev() {
            path.push(back[(word - 1) * self.tags + path[path.len() - 1]]);
        }
        path.reverse();
        path
    }

    /// Forward and backward recursion in log space.
    pub fn recursions(&self) -> Recursions {
        let (words, tags) = (self.words, self.tags);
        let mut alpha: Vec<f64> = (0..tags).map(|tag| self.start[tag] + self.emission(0, tag)).collect();
        for word in 1..words {
            for to in 0..tags {
                let from = (0..tags).map(|from| alpha[(word - 1) * tags + from] + self.transition(from, to));
                alpha.push(log_sum_exp(from) + self.emission(word, to));
            }
        }
        let mut beta = vec![0.0; words * tags];
        beta[(words - 1) * tags..].copy_from_slice(&self.end);
        for word in (0..words - 1).rev() {
            for from in 0..tags {
                let next = |to| self.transition(from, to) + self.emission(word + 1, to) + beta[(word + 1) * tags + to];
                let score = log_sum_exp((0..tags).map(next));
                beta[word * tags + from] = score;
            }
        }
        let log_z = log_sum_exp((0..tags).map(|tag| alpha[(words - 1) * tags + tag] + self.end[tag]));
        Recursions { alpha, beta, log_z }
    }

    /// Probability of every tag at every word, `N * K`.
    pub fn marginals(&self, recursions: &Recursions) -> Vec<f64> {
        let pairs = recursions.alpha.iter().zip(&recursions.beta);
        pairs.map(|(alpha, beta)| (alpha + beta - recursions.log_z).exp()).collect()
    }

    /// Entropy of the distribution over labellings, in nats.
    pub fn entropy(&self, recursions: &Recursions) -> f64 {
        let (words, tags) = (self.words, self.tags);
        let marginals = self.marginals(recursions);
        // A forbidden move has probability 0 and a huge negative score; 0 * score must not turn into noise.
        let expected = |p: f64, score: f64| if p > 0.0 { p * score } else { 0.0 };
        let mut mean_score = 0.0;
        for (p, score) in marginals.iter().zip(&self.emissions) {
            mean_score += expected(*p, *score);
        }
        for tag in 0..tags {
            mean_score += expected(marginals[tag], self.start[tag]);
            mean_score += expected(marginals[(words - 1) * tags + tag], self.end[tag]);
        }
        for word in 0..words - 1 {
            for from in 0..tags {
                for to in 0..tags {
                    let score = self.transition(from, to);
                    let log_p = recursions.alpha[word * tags + from]
                        + score
                        + self.emission(word + 1, to)
                        + recursions.beta[(word + 1) * tags + to]
                        - recursions.log_z;
                    mean_score += expected(log_p.exp(), score);
                }
            }
        }
        (recursions.log_z - mean_score).max(0.0)
    }

    /// Log probability that the labelling holds exactly the entity of type `label` on words `start..end`.
    pub fn entity_log_probability(
        &self,
        recursions: &Recursions,
        scheme: TagScheme,
        label: usize,
        start: usize,
        end: usize,
    ) -> f64 {
        let tag = |prefix| scheme.join_index(prefix, label);
        let tag_at = |word: usize| {
            let last = word + 1 == end;
            match (word == start, scheme) {
                (true, TagScheme::Bioes) if last => tag('S'),
                (false, TagScheme::Bioes) if last => tag('E'),
                (true, _) => tag('B'),
                (false, _) => tag('I'),
            }
        };
        let Some(path) = (start..end).map(tag_at).collect::<Option<Vec<_>>>() else { return f64::NEG_INFINITY };
        let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else { return f64::NEG_INFINITY };

        let mut score = recursions.alpha[start * self.tags + first];
        for (step, pair) in path.windows(2).enumerate() {
            score += self.transition(pair[0], pair[1]) + self.emission(start + step + 1, pair[1]);
        }
        let continuation = tag('I');
        let after =
            |to: usize| self.transition(last, to) + self.emission(end, to) + recursions.beta[end * self.tags + to];
        let tail = match scheme {
            _ if end == self.words => self.end[last],
            TagScheme::Bioes => recursions.beta[(end - 1) * self.tags + last],
            TagScheme::Bio => log_sum_exp((0..self.tags).filter(|to| Some(*to) != continuation).map(after)),
        };
        (score + tail - recursions.log_z).min(0.0)
    }
}

fn first_max(scores: impl Iterator<Item = f64>) -> (usize, f64) {
    scores.enumerate().fold(
        (0, f64::NEG_INFINITY),
        |best, (index, score)| {
            if score > best.1 { (index, score) } else { best }
        },
    )
}

fn log_sum_exp(scores: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    if max == f64::NEG_INFINITY {
        return max;
    }
    max + scores.map(|score| (score - max).exp()).sum::<f64>().ln()
}

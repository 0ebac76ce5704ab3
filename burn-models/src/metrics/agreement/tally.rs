//! The sums over tweets of which every figure of agreement is made.

use super::Judgement;
use crate::example::{Flatten, Span};

/// How many groups of tweets are kept apart for the bootstrap.
const GROUPS: usize = 1000;

/// How many sums there are, and where each of them stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub annotators: usize,
    /// Types of entities; one more stands for all others.
    pub types: usize,
}

impl Plan {
    /// What a token can be: outside, or of a type.
    pub fn categories(self) -> usize {
        self.types + 1
    }

    /// Length of the sums over all annotators: five lists over categories.
    pub fn all(self) -> usize {
        5 * self.categories()
    }

    /// Length of the sums of a pair: three lists over types, four over categories.
    pub fn pair(self) -> usize {
        3 * self.types + 4 * self.categories()
    }

    fn pairs(self) -> usize {
        self.annotators * self.annotators.saturating_sub(1) / 2
    }

    fn len(self) -> usize {
        self.all() + self.pairs() * self.pair()
    }

    /// Every two annotators, in the order of their sums.
    pub fn each_pair(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.annotators).flat_map(move |first| (first + 1..self.annotators).map(move |second| (first, second)))
    }
}

/// Sums over groups of tweets.
#[derive(Debug)]
pub(super) struct Tally {
    plan: Plan,
    names: Vec<String>,
    pub groups: Vec<Vec<f64>>,
    /// Tweets that at least two labelled.
    pub tweets: usize,
    /// Tweets that all labelled.
    pub by_all: usize,
    /// Tweets that both of a pair labelled.
    pub pair_tweets: Vec<usize>,
}

impl Tally {
    pub fn new(annotators: usize, names: Vec<String>) -> Self {
        let plan = Plan { annotators, types: names.len() + 1 };
        Self { plan, names, groups: Vec::new(), tweets: 0, by_all: 0, pair_tweets: vec![0; plan.pairs()] }
    }

    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// The sums over all tweets.
    pub fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.plan.len()];
        for group in &self.groups {
            add(&mut total, group, 1.0);
        }
        total
    }

    pub fn add(&mut self, tweet: &Judgement<'_>) {
        let given: Vec<(usize, &[Span])> =
            tweet.by.iter().enumerate().filter_map(|(who, spans)| spans.map(|spans| (who, spans))).collect();
        if given.len() < 2 || tweet.tokens == 0 {
            return;
        }
        let everybody = given.len() == self.plan.annotators;
        // Tokens and the continuum know one entity at a place.
        let outer: Vec<Option<Vec<Span>>> =
            tweet.by.iter().map(|spans| spans.map(|spans| Flatten::Outermost.split(spans).0)).collect();
        let labels: Vec<Option<Vec<usize>>> =
            outer.iter().map(|spans| spans.as_ref().map(|spans| self.categories_of(tweet.tokens, spans))).collect();
        let outer: Vec<&[Span]> = outer.iter().map(|spans| spans.as_deref().unwrap_or_default()).collect();
        let group = group_of(self.tweets);
        if group == self.groups.len() {
            self.groups.push(vec![0.0; self.plan.len()]);
        }
        // Taken out, so that the rest can be looked at while it grows.
        let mut sums = std::mem::take(&mut self.groups[group]);
        self.tweets += 1;
        self.by_all += usize::from(everybody);
        let outermost: Vec<(usize, &[Span])> = given.iter().map(|(who, _)| (*who, outer[*who])).collect();
        self.add_all(&mut sums[..self.plan.all()], tweet.tokens, &outermost, &labels, everybody);
        for (place, (first, second)) in self.plan.each_pair().enumerate() {
            if let (Some(one), Some(other)) = (tweet.by[first], tweet.by[second]) {
                self.pair_tweets[place] += 1;
                let start = self.plan.all() + place * self.plan.pair();
                let sums = &mut sums[start..start + self.plan.pair()];
                let (one_labels, other_labels) = (labels[first].as_deref(), labels[second].as_deref());
                let (one_labels, other_labels) = (one_labels.unwrap_or_default(), other_labels.unwrap_or_default());
                self.add_pair(sums, (one, one_labels), (other, other_labels), [outer[first], outer[second]]);
            }
        }
        self.groups[group] = sums;
    }

    fn add_all(
        &self,
        sums: &mut [f64],
        tokens: usize,
        given: &[(usize, &[Span])],
        labels: &[Option<Vec<usize>>],
        everybody: bool,
    ) {
        let categories = self.plan.categories();
        let mut lists = sums.chunks_exact_mut(categories);
        let [Some(coincident), Some(values), Some(squares), Some(rated), Some(rated_squares)] =
            std::array::from_fn(|_| lists.next())
        else {
            return;
        };
        let others = (given.len() - 1) as f64;
        let mut counts = vec![0_usize; categories];
        for token in 0..tokens {
            counts.fill(0);
            for (who, _) in given {
                if let Some(labels) = &labels[*who] {
                    counts[labels[token]] += 1;
                }
            }
            for (category, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let count = *count as f64;
                coincident[category] += count * (count - 1.0) / others;
                values[category] += count;
                if everybody {
                    rated[category] += count;
                    rated_squares[category] += count * count;
                }
            }
        }
        for (_, spans) in given {
            self.add_squares(squares, spans);
        }
    }

    fn add_pair(&self, sums: &mut [f64], one: (&[Span], &[usize]), other: (&[Span], &[usize]), outer: [&[Span]; 2]) {
        let (by_type, by_category) = sums.split_at_mut(3 * self.plan.types);
        let mut lists = by_type.chunks_exact_mut(self.plan.types);
        let [Some(matched), Some(first), Some(second)] = std::array::from_fn(|_| lists.next()) else { return };
        for span in one.0 {
            first[self.type_of(span)] += 1.0;
            matched[self.type_of(span)] += f64::from(u8::from(other.0.contains(span)));
        }
        for span in other.0 {
            second[self.type_of(span)] += 1.0;
        }
        let mut lists = by_category.chunks_exact_mut(self.plan.categories());
        let [Some(same), Some(rows), Some(columns), Some(squares)] = std::array::from_fn(|_| lists.next()) else {
            return;
        };
        for (row, column) in one.1.iter().zip(other.1) {
            rows[*row] += 1.0;
            columns[*column] += 1.0;
            same[*row] += f64::from(u8::from(row == column));
        }
        for spans in outer {
            self.add_squares(squares, spans);
        }
    }

    /// The squared lengths of the entities; what lies between them counts token by token and is known from the values.
    fn add_squares(&self, squares: &mut [f64], spans: &[Span]) {
        for span in spans {
            let length = (span.end - span.start) as f64;
            squares[1 + self.type_of(span)] += length * length;
        }
    }

    /// Place of a span's type; types that are not known are one.
    fn type_of(&self, span: &Span) -> usize {
        self.names.iter().position(|name| *name == span.label).unwrap_or(self.names.len())
    }

    /// What each token is: 0 outside, else one more than the place of the type; the entities do not overlap.
    fn categories_of(&self, tokens: usize, spans: &[Span]) -> Vec<usize> {
        let mut categories = vec![0; tokens];
        for span in spans {
            let category = 1 + self.type_of(span);
            let end = span.end.min(tokens);
            categories[span.start.min(end)..end].fill(category);
        }
        categories
    }
}

/// Each of the first tweets is a group; the others go to one by chance, so that no order of the corpus makes groups alike.
fn group_of(tweet: usize) -> usize {
    if tweet < GROUPS {
        return tweet;
    }
    // The generator splitmix64.
    let mut mixed = (tweet as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) % GROUPS as u64) as usize
}

/// Whether two annotators marked the same entities, in whatever order.
pub(super) fn same(one: &[Span], other: &[Span]) -> bool {
    one == other || (one.len() == other.len() && one.iter().all(|span| other.contains(span)))
}

/// Adds `more`, times `weight`.
pub(super) fn add(sums: &mut [f64], more: &[f64], weight: f64) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += weight * more;
    }
}

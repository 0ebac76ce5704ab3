//! The formulas, each over sums.

use super::figure::Undefined;
use super::tally::Plan;

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    /// Every type from every other, and from no entity.
    No,
    /// One type, by its place, from everything else.
    Type(usize),
    /// Entities from no entity.
    Any,
}

/// Sums over some tweets, taken apart.
pub(super) struct Sums<'a> {
    plan: Plan,
    sums: &'a [f64],
}

impl<'a> Sums<'a> {
    pub fn new(plan: Plan, sums: &'a [f64]) -> Self {
        Self { plan, sums }
    }

    /// Over all annotators.
    pub fn all(&self) -> AllSums<'a> {
        let list = |place: usize| part(self.sums, place * self.plan.categories(), self.plan.categories());
        AllSums { coincident: list(0), values: list(1), squares: list(2), rated: list(3), rated_squares: list(4) }
    }

    /// Of the pair in place `place`.
    pub fn pair(&self, place: usize) -> PairSums<'a> {
        let sums = part(self.sums, self.plan.all() + place * self.plan.pair(), self.plan.pair());
        let (types, categories) = (self.plan.types, self.plan.categories());
        let list = |place: usize| part(sums, 3 * types + place * categories, categories);
        PairSums {
            matched: part(sums, 0, types),
            first: part(sums, types, types),
            second: part(sums, 2 * types, types),
            same: list(0),
            rows: list(1),
            columns: list(2),
            squares: list(3),
        }
    }

    /// Of every two annotators.
    pub fn pairs(&self) -> impl Iterator<Item = PairSums<'a>> {
        (0..self.plan.each_pair().count()).map(|place| self.pair(place))
    }
}

fn part(sums: &[f64], start: usize, len: usize) -> &[f64] {
    &sums[start..start + len]
}

/// Over all annotators; every list is by category, 0 being no entity.
#[derive(Clone, Copy)]
pub(super) struct AllSums<'a> {
    /// Pairs of equal values of a token, divided by its number of values less one.
    coincident: &'a [f64],
    /// Values of tokens that have two or more.
    values: &'a [f64],
    /// Squared lengths of entities.
    squares: &'a [f64],
    /// Values of tokens that all annotators labelled.
    rated: &'a [f64],
    /// Squared numbers of such values, token by token.
    rated_squares: &'a [f64],
}

/// Of two annotators.
#[derive(Clone, Copy)]
pub(super) struct PairSums<'a> {
    /// Entities of both, of the first and of the second, by type.
    matched: &'a [f64],
    first: &'a [f64],
    second: &'a [f64],
    /// Tokens in the same category, in each category of the first and of the second.
    same: &'a [f64],
    rows: &'a [f64],
    columns: &'a [f64],
    /// Squared lengths of the entities of both, by category.
    squares: &'a [f64],
}

/// What alpha needs, of two annotators.
pub(super) struct Units<'a> {
    coincident: Vec<f64>,
    values: Vec<f64>,
    squares: &'a [f64],
}

impl<'a> PairSums<'a> {
    /// The same as sums over two annotators.
    pub fn units(&self) -> Units<'a> {
        let coincident = self.same.iter().map(|same| 2.0 * same).collect();
        let values = self.rows.iter().zip(self.columns).map(|(row, column)| row + column).collect();
        Units { coincident, values, squares: self.squares }
    }
}

impl Units<'_> {
    pub fn as_all(&self) -> AllSums<'_> {
        let (coincident, values) = (&self.coincident, &self.values);
        AllSums { coincident, values, squares: self.squares, rated: &[], rated_squares: &[] }
    }
}

/// F1 of the entities over pairs, of one type or of all.
pub(super) fn mean_f1<'a>(
    pairs: impl IntoIterator<Item = PairSums<'a>>,
    type_: Option<usize>,
) -> Result<f64, Undefined> {
    let of = |list: &[f64]| type_.map_or_else(|| list.iter().sum::<f64>(), |type_| list[type_]);
    let (mut matched, mut marked, mut tokens) = (0.0, 0.0, 0.0);
    for pair in pairs {
        matched += of(pair.matched);
        marked += of(pair.first) + of(pair.second);
        tokens += pair.rows.iter().sum::<f64>();
    }
    if tokens == 0.0 {
        return Err(Undefined::NoCommonTweet);
    }
    if marked == 0.0 { Err(Undefined::NoEntity) } else { Ok(2.0 * matched / marked) }
}

/// Cohen's kappa over tokens: `(p_o - p_e) / (1 - p_e)`, `p_e` from each annotator's own shares.
pub(super) fn cohen(pair: PairSums<'_>, binary: Binary) -> Result<f64, Undefined> {
    let tokens: f64 = pair.rows.iter().sum();
    if tokens == 0.0 {
        return Err(Undefined::NoCommonTweet);
    }
    let (rows, columns) = (shares(pair.rows, tokens, binary), shares(pair.columns, tokens, binary));
    let same = match place(binary) {
        None => pair.same.iter().sum::<f64>(),
        // Both say yes, or both say no.
        Some(place) => tokens - pair.rows[place] - pair.columns[place] + 2.0 * pair.same[place],
    };
    let expected: f64 = rows.iter().zip(&columns).map(|(row, column)| row * column).sum();
    corrected(same / tokens, expected)
}

/// Fleiss' kappa over the tokens that all `annotators` labelled.
pub(super) fn fleiss(all: AllSums<'_>, annotators: usize, binary: Binary) -> Result<f64, Undefined> {
    let values: f64 = all.rated.iter().sum();
    if values == 0.0 {
        return Err(Undefined::NoTweetOfAll);
    }
    let raters = annotators as f64;
    let shares = shares(all.rated, values, binary);
    let squares = match place(binary) {
        None => all.rated_squares.iter().sum::<f64>(),
        // The squares of the others' number, `(m - n)^2`, summed over tokens.
        Some(place) => 2.0 * all.rated_squares[place] + raters * values - 2.0 * raters * all.rated[place],
    };
    let observed = (squares - values) / (values * (raters - 1.0));
    corrected(observed, shares.iter().map(|share| share * share).sum())
}

/// Krippendorff's nominal alpha over tokens: `1 - D_o / D_e`.
pub(super) fn alpha(all: AllSums<'_>, binary: Binary) -> Result<f64, Undefined> {
    let Folded { values, squared, differing, .. } = Folded::of(all, binary)?;
    let expected = (values * values - squared) / (values - 1.0);
    if squared >= values * values { Err(Undefined::OneCategory) } else { Ok(1.0 - differing / expected) }
}

/// Krippendorff's unitising alpha `uα` with tokens as the smallest length: as alpha, but chance never pairs an entity with
/// itself, whereas tokens between entities are each on their own.
pub(super) fn alpha_u(all: AllSums<'_>, binary: Binary) -> Result<f64, Undefined> {
    let Folded { values, squared, differing, own } = Folded::of(all, binary)?;
    let expected = values - values * (squared - own) / (values * values - own);
    if squared >= values * values { Err(Undefined::OneCategory) } else { Ok(1.0 - differing / expected) }
}

/// What both alphas are made of.
struct Folded {
    /// Number of values.
    values: f64,
    /// Squared numbers of values, summed over categories.
    squared: f64,
    /// Values that meet another one, of all that meet.
    differing: f64,
    /// What chance would pair with itself: squared lengths of entities, and the tokens between them.
    own: f64,
}

impl Folded {
    fn of(all: AllSums<'_>, binary: Binary) -> Result<Self, Undefined> {
        let values: f64 = all.values.iter().sum();
        if values == 0.0 {
            return Err(Undefined::NoCommonTweet);
        }
        let (numbers, differing, own) = match place(binary) {
            None => {
                let differing = values - all.coincident.iter().sum::<f64>();
                (all.values.to_vec(), differing, all.values[0] + all.squares[1..].iter().sum::<f64>())
            }
            Some(place) => {
                let inside = all.values[place];
                let squares: f64 = if place == 0 { all.squares[1..].iter().sum() } else { all.squares[place] };
                let between = if place == 0 { inside } else { values - inside };
                // What differs does so in both directions.
                (vec![inside, values - inside], 2.0 * (inside - all.coincident[place]), between + squares)
            }
        };
        let squared = numbers.iter().map(|number| number * number).sum();
        Ok(Self { values, squared, differing, own })
    }
}

/// The category that is told from all others: the type's, or no entity's.
fn place(binary: Binary) -> Option<usize> {
    match binary {
        Binary::No => None,
        Binary::Type(type_) => Some(1 + type_),
        Binary::Any => Some(0),
    }
}

fn shares(counts: &[f64], all: f64, binary: Binary) -> Vec<f64> {
    match place(binary) {
        None => counts.iter().map(|count| count / all).collect(),
        Some(place) => vec![counts[place] / all, 1.0 - counts[place] / all],
    }
}

/// Agreement beyond chance.
fn corrected(observed: f64, expected: f64) -> Result<f64, Undefined> {
    if expected >= 1.0 { Err(Undefined::OneCategory) } else { Ok((observed - expected) / (1.0 - expected)) }
}

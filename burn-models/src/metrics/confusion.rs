//! Which type is taken for which.

use serde::Serialize;

use super::Judged;
use super::judged::label_at;

/// Gold types against predicted types over exactly bounded spans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// The types; behind them stands the row and the column of no entity.
    pub types: Vec<String>,
    /// `T + 1` rows of gold by `T + 1` columns of predictions; the last corner, nothing for nothing, is 0.
    pub cells: Vec<Vec<usize>>,
}

impl Confusion {
    /// Counts over `judged`; types in the order given, others behind as they appear.
    pub fn of<'a>(judged: &[Judged], types: impl IntoIterator<Item = &'a str>) -> Self {
        let mut types: Vec<String> = types.into_iter().map(str::to_owned).collect();
        for tweet in judged {
            for label in
                tweet.gold.iter().chain(tweet.predicted.iter().map(|scored| &scored.span)).map(|span| &span.label)
            {
                if !types.contains(label) {
                    types.push(label.clone());
                }
            }
        }
        let none = types.len();
        let place =
            |label: Option<&str>| label.and_then(|label| types.iter().position(|known| known == label)).unwrap_or(none);
        let mut cells = vec![vec![0; none + 1]; none + 1];
        for tweet in judged {
            for span in &tweet.gold {
                let predicted = label_at(tweet.predicted.iter().map(|scored| &scored.span), span.start, span.end);
                cells[place(Some(&span.label))][place(predicted)] += 1;
            }
            for span in tweet.predicted.iter().map(|scored| &scored.span) {
                if label_at(tweet.gold.iter(), span.start, span.end).is_none() {
                    cells[none][place(Some(&span.label))] += 1;
                }
            }
        }
        Self { types, cells }
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::judged;
    use super::*;

    #[test]
    fn rows_are_gold_and_columns_are_predictions() {
        let tweets = [judged("B-PER I-PER O B-LOC", "B-LOC I-LOC O O"), judged("B-PER O", "B-PER B-ORG")];
        let confusion = Confusion::of(&tweets, ["PER", "LOC"]);
        assert_eq!(confusion.types, ["PER", "LOC", "ORG"]);
        assert_eq!(confusion.cells, [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]);
        assert_eq!(confusion.cells.iter().flatten().sum::<usize>(), 4);
    }
}

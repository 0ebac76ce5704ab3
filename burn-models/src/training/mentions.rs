//! Mention replacement (Dai and Adel 2020): while training, a name stands for another one of its type, so that what is
//! learned is where names stand and what the image shows, not the names.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::example::TagScheme;
use crate::input::Row;

/// The names of a training corpus by type.
pub struct Mentions {
    scheme: TagScheme,
    by_label: Vec<Vec<Mention>>,
    /// Pieces of the longest row; no replacement makes a longer one.
    longest: usize,
}

/// A name as a row of its own, without tags.
struct Mention(Row);

impl Mentions {
    /// The names in `rows`, whose tags are of `scheme` over `labels` types.
    pub fn new(rows: &[Row], scheme: TagScheme, labels: usize) -> Self {
        let mut by_label: Vec<Vec<Mention>> = (0..labels).map(|_| Vec::new()).collect();
        for row in rows {
            for (words, label) in scheme.index_spans(&row.tags) {
                let mut mention = empty(row);
                copy(row, words, &mut mention);
                by_label[label].push(Mention(mention));
            }
        }
        Self { scheme, by_label, longest: rows.iter().map(|row| row.pieces.len()).max().unwrap_or(0) }
    }

    /// The row with a `share` of its names replaced.
    pub fn replaced(&self, row: &Row, share: f32, rng: &mut StdRng) -> Row {
        let mut new = empty(row);
        new.pieces.extend(&row.pieces[..row.firsts[0]]);
        new.shapes.extend(&row.shapes[..row.firsts[0]]);
        new.firsts = vec![new.pieces.len()];
        // Where each border between two words went.
        let mut borders = vec![0; row.words() + 1];
        let mut done = 0;
        for (words, label) in self.scheme.index_spans(&row.tags) {
            follow(&mut borders, done..words.start, &new);
            copy(row, done..words.start, &mut new);
            follow(&mut borders, words.start..words.start + 1, &new);
            if rng.random::<f32>() < share {
                let Mention(other) = &self.by_label[label][rng.random_range(0..self.by_label[label].len())];
                copy(other, 0..other.words(), &mut new);
            } else {
                copy(row, words.clone(), &mut new);
            }
            done = words.end;
        }
        follow(&mut borders, done..row.words() + 1, &new);
        copy(row, done..row.words(), &mut new);
        let end = row.firsts[row.words()];
        new.pieces.extend(&row.pieces[end..]);
        new.shapes.extend(&row.shapes[end..]);
        if new.pieces.len() > self.longest {
            return row.clone();
        }
        let moved = |(words, boxes): &(Range<usize>, Vec<_>)| (borders[words.start]..borders[words.end], boxes.clone());
        new.visible = row.visible.iter().map(moved).collect();
        (new.context, new.knowledge) = (row.context.clone(), row.knowledge.clone());
        new
    }
}

/// A row without words that is otherwise like `row`.
fn empty(row: &Row) -> Row {
    Row { offset: row.offset, pixels: row.pixels.clone(), firsts: vec![0], ..Row::default() }
}

/// Notes for the borders that the next words come where `new` ends now.
fn follow(borders: &mut [usize], places: Range<usize>, new: &Row) {
    for (ahead, place) in places.enumerate() {
        borders[place] = new.words() + ahead;
    }
}

/// Appends words of one row to another.
fn copy(from: &Row, words: Range<usize>, to: &mut Row) {
    for word in words {
        let pieces = from.firsts[word]..from.firsts[word + 1];
        to.pieces.extend(&from.pieces[pieces.clone()]);
        to.shapes.extend(&from.shapes[pieces]);
        to.firsts.push(to.pieces.len());
        to.tokens.push(from.tokens[word].clone());
        to.tags.push(from.tags[word]);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// A row of words with one or two pieces each; piece numbers tell the words apart.
    fn row(tags: &[usize], first_piece: u32) -> Row {
        let tokens = tags.iter().map(|tag| format!("{first_piece}-{tag}")).collect();
        let mut row = Row { firsts: vec![0], tags: tags.to_vec(), tokens, ..Row::default() };
        for word in 0..tags.len() as u32 {
            let pieces: Vec<u32> = (0..=word % 2).map(|piece| first_piece + 10 * word + piece).collect();
            row.shapes.extend(pieces.iter().map(|_| word as u8));
            row.pieces.extend(pieces);
            row.firsts.push(row.pieces.len());
        }
        row
    }

    #[test]
    fn names_change_places_with_names_of_their_type_and_boxes_follow() {
        // O B-0 I-0 O B-1, and B-0 B-1 I-1 I-1 I-1 in tags of BIO over two types.
        let mut one = row(&[0, 1, 2, 0, 3], 100);
        let rectangle = [0.0, 0.0, 1.0, 1.0];
        one.visible = vec![(1..3, vec![rectangle]), (4..5, vec![rectangle])];
        let two = row(&[1, 3, 4, 4, 4], 500);
        let mentions = Mentions::new(&[one.clone(), two], TagScheme::Bio, 2);
        let mut rng = StdRng::seed_from_u64(1);
        assert_eq!(mentions.replaced(&one, 0.0, &mut rng), one, "a share of nothing changes nothing");

        let seen: Vec<Row> = (0..50).map(|_| mentions.replaced(&one, 1.0, &mut rng)).collect();
        let short = seen.iter().find(|row| row.tags == [0, 1, 0, 3]).expect("the other name of type 0");
        assert_eq!((short.firsts.as_slice(), short.pieces[1]), ([0, 1, 2, 4, 5].as_slice(), 500));
        assert_eq!(short.visible.iter().map(|(words, _)| words.clone()).collect::<Vec<_>>(), [1..2, 3..4]);
        let longest = one.pieces.len();
        assert!(seen.iter().all(|row| row.pieces.len() <= longest), "{seen:?}");
    }
}

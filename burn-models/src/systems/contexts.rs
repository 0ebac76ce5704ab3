//! What the systems share that read contexts: which ones, how much of them, and what was attended to.

#[cfg(test)]
pub(super) mod testing;

use burn::tensor::Tensor;

use super::options::SystemOption;
use crate::alignment::HeadMap;
use crate::device::Backend;
use crate::example::ContextKind;
use crate::input::ContextWord;
use crate::tagging::numbers;

/// Which contexts are read.
pub const CONTEXTS: SystemOption = SystemOption {
    name: "contexts",
    summary: "kinds of contexts that are read (tags, caption, ocr, knowledge, other), in their order",
    value: "KIND,...",
    default: "",
};

/// How much of them.
pub const BUDGET: SystemOption = SystemOption {
    name: "budget",
    summary: "most word pieces of a tweet's contexts; what is beyond is cut, and never the tweet",
    value: "NUMBER",
    default: "",
};

/// The kinds that `names`, with commas between them, stand for.
pub fn kinds(names: &str) -> Result<Vec<ContextKind>, String> {
    let mut kinds: Vec<ContextKind> = Vec::new();
    for name in names.split(',') {
        let known = ContextKind::ALL.map(ContextKind::name).join(", ");
        let kind = ContextKind::from_name(name.trim())
            .ok_or_else(|| format!("`{name}` is no kind of contexts; there are {known}"))?;
        if kinds.contains(&kind) {
            return Err(format!("{kind} is named twice"));
        }
        kinds.push(kind);
    }
    Ok(kinds)
}

/// Attention of all rows of a batch, layer by layer as `[B, heads, S, S]`, brought to the CPU.
pub struct Attention {
    layers: Vec<Vec<f32>>,
    heads: usize,
    length: usize,
}

impl Attention {
    /// Reads what an encoder recorded.
    pub fn new(layers: Vec<Tensor<Backend, 4>>) -> Self {
        let [_, heads, length, _] = layers.first().map_or([0; 4], Tensor::dims);
        Self { layers: layers.into_iter().map(numbers).collect(), heads, length }
    }

    /// For every layer and head what the pieces `from` of row `row` gave to each of `words`, whose pieces are counted from
    /// piece `start`.
    pub fn maps(&self, row: usize, from: &[usize], words: &[ContextWord], start: usize) -> Vec<HeadMap> {
        let (heads, length) = (self.heads, self.length);
        let map = |layer: usize, head: usize| {
            let of = &self.layers[layer][(row * heads + head) * length * length..][..length * length];
            let given = |piece: &usize| {
                let row = &of[piece * length..][..length];
                words.iter().map(|word| row[start..][word.pieces.clone()].iter().sum::<f32>()).collect::<Vec<_>>()
            };
            HeadMap { layer, head, weights: from.iter().flat_map(given).collect(), whole: Vec::new() }
        };
        (0..self.layers.len()).flat_map(|layer| (0..heads).map(move |head| map(layer, head))).collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::device::cpu;

    #[test]
    fn kinds_are_read_in_their_order_and_none_twice() {
        assert_eq!(kinds("ocr, tags"), Ok(vec![ContextKind::Ocr, ContextKind::Tags]));
        for wrong in ["", "tags,", "tags,tags", "words"] {
            assert!(kinds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn attention_is_summed_over_the_pieces_of_a_word() {
        // Two rows, one head, three pieces, of which the last two are the word behind the tweet's first piece.
        let values: Vec<f32> = (0..18_u8).map(f32::from).collect();
        let layer = Tensor::from_data(TensorData::new(values, [2, 1, 3, 3]), &cpu());
        let attention = Attention::new(vec![layer.clone(), layer]);
        let word = ContextWord { pieces: 0..2, ..ContextWord::default() };
        let maps = attention.maps(1, &[0, 2], &[word], 1);
        assert_eq!(maps.len(), 2);
        assert_eq!(maps[1], HeadMap { layer: 1, weights: vec![10.0 + 11.0, 16.0 + 17.0], ..HeadMap::default() });
    }
}

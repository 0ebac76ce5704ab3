//! What the places of the encoder are called in the publications of each family.

use super::Family;

/// Names under which larger models keep an encoder.
pub(super) const PREFIXES: [&str; 5] = ["", "bert.", "distilbert.", "roberta.", "mpnet."];

impl Family {
    /// The published name of the parameter at `path`.
    pub(super) fn published(self, path: &str) -> String {
        let path = path.replace(".linear.", ".");
        let (place, leaf) = path.rsplit_once('.').unwrap_or(("", &path));
        let place = match place.split_once('.') {
            Some(("embeddings", table)) => embedding(table),
            Some(("blocks", block)) => match block.split_once('.') {
                Some((layer, part)) => self.block(layer, part),
                None => place.to_owned(),
            },
            Some(("distance", _)) => "encoder.relative_attention_bias".to_owned(),
            _ if place == "pooler" => "pooler.dense".to_owned(),
            _ => place.to_owned(),
        };
        format!("{place}.{leaf}")
    }

    fn block(self, layer: &str, part: &str) -> String {
        let [stack, query, key, value, output, attention_norm, widen, narrow, hidden_norm] = match self {
            Self::DistilBert => [
                "transformer",
                "attention.q_lin",
                "attention.k_lin",
                "attention.v_lin",
                "attention.out_lin",
                "sa_layer_norm",
                "ffn.lin1",
                "ffn.lin2",
                "output_layer_norm",
            ],
            Self::Mpnet => [
                "encoder",
                "attention.attn.q",
                "attention.attn.k",
                "attention.attn.v",
                "attention.attn.o",
                "attention.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm",
            ],
            Self::Bert | Self::Roberta | Self::XlmRoberta => [
                "encoder",
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm",
            ],
        };
        let part = match part {
            "query" => query,
            "key" => key,
            "value" => value,
            "output" => output,
            "attention_norm" => attention_norm,
            "widen" => widen,
            "narrow" => narrow,
            _ => hidden_norm,
        };
        format!("{stack}.layer.{layer}.{part}")
    }
}

fn embedding(table: &str) -> String {
    let name = match table {
        "words" => "word_embeddings",
        "positions" => "position_embeddings",
        "types" => "token_type_embeddings",
        _ => "LayerNorm",
    };
    format!("embeddings.{name}")
}

//! Sizes of a published text encoder, from the `config.json` beside its weights.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::encoders::published::PublishedError;
use crate::input::STEP;
use crate::layers::activation::Activation;

use super::fields::Fields;

/// The values of `model_type` that can be read, in the order of [`Family`].
pub const FAMILIES: [&str; 5] = ["bert", "distilbert", "roberta", "xlm-roberta", "mpnet"];

/// Which published layout an encoder has. MiniLM and most sentence encoders are BERT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Devlin et al. 2019.
    Bert,
    /// Sanh et al. 2019: BERT without token types and without a pooler.
    #[serde(rename = "distilbert")]
    DistilBert,
    /// Liu et al. 2019: positions count the words that are no padding.
    Roberta,
    /// Conneau et al. 2020: RoBERTa over many languages.
    XlmRoberta,
    /// Song et al. 2020: a bias for the distance of two words, shared by all layers.
    Mpnet,
}

impl Family {
    /// Its `model_type`.
    pub fn name(self) -> &'static str {
        FAMILIES[self as usize]
    }

    fn find(name: &str) -> Option<Self> {
        [Self::Bert, Self::DistilBert, Self::Roberta, Self::XlmRoberta, Self::Mpnet]
            .into_iter()
            .find(|family| family.name() == name)
    }

    /// Whether positions start behind the padding's and skip padding.
    pub fn counts_positions(self) -> bool {
        matches!(self, Self::Roberta | Self::XlmRoberta | Self::Mpnet)
    }
}

/// Sizes of a [`super::TextTransformer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Layout.
    pub family: Family,
    /// Number of pieces.
    pub vocabulary: usize,
    /// Rows of the table of positions; see [`Self::longest`].
    pub positions: usize,
    /// Token types; 0 where the family has none.
    pub types: usize,
    /// Width `d` of the vectors.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Attention heads of a block; divides `width`.
    pub heads: usize,
    /// Width between the two halves of the feed-forward layer.
    pub hidden: usize,
    /// The function there.
    pub activation: Activation,
    /// Added to the variance in layer norms.
    pub epsilon: f64,
    /// Share of activations dropped while training.
    pub dropout: f64,
    /// Share of attention weights dropped while training.
    pub attention_dropout: f64,
    /// Id of the padding piece.
    pub padding: usize,
    /// Buckets of relative distances; 0 where the family has none.
    pub buckets: usize,
    /// Whether there is a pooler.
    pub pooler: bool,
}

impl TransformerConfig {
    /// Reads a `config.json`; whether there is a pooler only the weights tell, so `pooler` is false.
    pub fn read(path: &Path) -> Result<Self, PublishedError> {
        let failed = |message: String| PublishedError::Config { path: path.to_owned(), message };
        let text = fs::read_to_string(path).map_err(|source| PublishedError::Read { path: path.to_owned(), source })?;
        let json: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let found = json["model_type"].as_str().unwrap_or("(no model_type)");
        let family = Family::find(found).ok_or_else(|| PublishedError::Architecture {
            path: path.to_owned(),
            found: found.to_owned(),
            supported: &FAMILIES,
        })?;
        Self::from_json(family, &Fields(&json)).map_err(failed)
    }

    fn from_json(family: Family, fields: &Fields<'_>) -> Result<Self, String> {
        let distil = family == Family::DistilBert;
        let name = |usual, own| if distil { own } else { usual };
        let with_types = matches!(family, Family::Bert | Family::Roberta | Family::XlmRoberta);
        fields.must_be("position_embedding_type", &json!("absolute"))?;
        fields.must_be("is_decoder", &json!(false))?;
        fields.must_be("add_cross_attention", &json!(false))?;
        let config = Self {
            family,
            vocabulary: fields.count("vocab_size")?,
            positions: fields.count("max_position_embeddings")?,
            types: if with_types { fields.count("type_vocab_size")? } else { 0 },
            width: fields.count(name("hidden_size", "dim"))?,
            layers: fields.count(name("num_hidden_layers", "n_layers"))?,
            heads: fields.count(name("num_attention_heads", "n_heads"))?,
            hidden: fields.count(name("intermediate_size", "hidden_dim"))?,
            activation: fields.activation(name("hidden_act", "activation"))?,
            epsilon: fields.number("layer_norm_eps", 1e-12)?,
            dropout: fields.number(name("hidden_dropout_prob", "dropout"), 0.1)?,
            attention_dropout: fields.number(name("attention_probs_dropout_prob", "attention_dropout"), 0.1)?,
            padding: fields.count_or("pad_token_id", usize::from(family.counts_positions()))?,
            buckets: if family == Family::Mpnet { fields.count_or("relative_attention_num_buckets", 32)? } else { 0 },
            pooler: false,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if !self.width.is_multiple_of(self.heads) {
            return Err(format!("{} attention heads do not divide the width {}", self.heads, self.width));
        }
        if self.positions < self.first_position() + STEP {
            return Err(format!("{} positions leave less than {STEP} for words", self.positions));
        }
        if self.family == Family::Mpnet && self.buckets < 4 {
            return Err(format!("{} buckets are too few for distances to both sides", self.buckets));
        }
        let shares = [self.dropout, self.attention_dropout];
        match shares.into_iter().find(|share| !(0.0..1.0).contains(share)) {
            Some(share) => Err(format!("{share} is no share of activations to drop")),
            None => Ok(()),
        }
    }

    /// Row of the table of positions that belongs to the first word.
    pub fn first_position(&self) -> usize {
        match self.family {
            Family::Roberta | Family::XlmRoberta => self.padding + 1,
            // The published code counts from the padding 1 whatever the configuration says.
            Family::Mpnet => 2,
            _ => 0,
        }
    }

    /// Most pieces of a row, start and end included; see [`crate::input::fitting`] for padded rows.
    pub fn longest(&self) -> usize {
        self.positions - self.first_position()
    }

    /// A `config.json` of the same encoder.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "model_type": self.family.name(),
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.positions,
            "pad_token_id": self.padding,
        });
        let own = if self.family == Family::DistilBert {
            json!({
                "dim": self.width, "n_layers": self.layers, "n_heads": self.heads, "hidden_dim": self.hidden,
                "activation": self.activation, "dropout": self.dropout, "attention_dropout": self.attention_dropout,
            })
        } else {
            json!({
                "hidden_size": self.width, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
                "intermediate_size": self.hidden, "hidden_act": self.activation, "layer_norm_eps": self.epsilon,
                "hidden_dropout_prob": self.dropout, "attention_probs_dropout_prob": self.attention_dropout,
                "type_vocab_size": self.types, "relative_attention_num_buckets": self.buckets,
            })
        };
        if let (Some(json), Value::Object(own)) = (json.as_object_mut(), own) {
            json.extend(own.into_iter().filter(|(name, value)| !(is_optional(name) && *value == json!(0))));
        }
        json
    }
}

/// Sizes that only some families have.
fn is_optional(name: &str) -> bool {
    matches!(name, "type_vocab_size" | "relative_attention_num_buckets")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &Value) -> Result<TransformerConfig, PublishedError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("config.json");
        fs::write(&path, json.to_string()).expect("writable");
        TransformerConfig::read(&path)
    }

    fn bert() -> Value {
        json!({
            "model_type": "bert", "vocab_size": 60, "max_position_embeddings": 20, "type_vocab_size": 2,
            "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
        })
    }

    #[test]
    fn what_is_written_reads_back() {
        for family in FAMILIES {
            let mut json = bert();
            json["model_type"] = json!(family);
            for (usual, own) in
                [("hidden_size", "dim"), ("num_hidden_layers", "n_layers"), ("num_attention_heads", "n_heads")]
            {
                json[own] = json[usual].clone();
            }
            json["hidden_dim"] = json!(48);
            let config = read(&json).expect("a whole configuration");
            assert_eq!(read(&config.to_json()).expect("own configuration"), config, "{family}");
            let toml = toml::to_string(&config).expect("TOML");
            assert_eq!(toml::from_str::<TransformerConfig>(&toml).expect("own TOML"), config);
        }
    }

    #[test]
    fn what_would_compute_something_else_is_refused() {
        let error = |name: &str, value: Value| {
            let mut json = bert();
            json[name] = value;
            read(&json).expect_err(name).to_string()
        };
        let message = error("model_type", json!("t5"));
        assert!(message.contains("`t5`") && message.contains("xlm-roberta") && message.contains("config.json"));
        assert!(error("model_type", Value::Null).contains("no model_type"));
        assert!(error("position_embedding_type", json!("relative_key")).contains("relative_key"));
        assert!(error("hidden_act", json!("swish")).contains("swish"));
        assert!(error("hidden_size", json!(30)).contains("30"));
        assert!(error("hidden_size", json!(-1)).contains("hidden_size"));
        assert!(error("vocab_size", json!(1_u64 << 60)).contains("vocab_size"));
        assert!(error("num_hidden_layers", Value::Null).contains("missing"));
        assert!(error("hidden_dropout_prob", json!(2)).contains("drop"));
        assert!(error("max_position_embeddings", json!(7)).contains("positions"));
    }
}

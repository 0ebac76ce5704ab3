//! The byte-pair pieces of CLIP (Radford et al. 2021, section 2.4).

use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::{Lowercase, NFC, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer, TruncationParams,
};

use crate::encoders::published::PublishedError;

/// Stands before every text.
pub(crate) const START: &str = "<|startoftext|>";
/// Stands behind every text.
pub(crate) const END: &str = "<|endoftext|>";
/// Ends the last piece of a word.
pub(crate) const END_OF_WORD: &str = "</w>";

/// What is one word: an ending, letters, a digit, or other signs.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// Splits texts as CLIP was trained on them.
#[derive(Clone, Debug)]
pub struct ClipTokenizer {
    tokenizer: Tokenizer,
    path: PathBuf,
    end: u32,
}

/// Texts as rows of pieces.
#[derive(Clone, Debug)]
pub struct ClipWords<B: Backend> {
    /// `[B, T]`: start, pieces, end, padding.
    pub pieces: Tensor<B, 2, Int>,
    /// `[B, T]`, true on padding.
    pub hidden: Tensor<B, 2, Bool>,
}

impl ClipTokenizer {
    /// Reads the `tokenizer.json`, or `vocab.json` and `merges.txt`, in `folder`; texts are cut at `longest` pieces.
    pub fn open(folder: &Path, longest: usize) -> Result<Self, PublishedError> {
        let whole = folder.join("tokenizer.json");
        let (path, read) = if whole.is_file() {
            let read = Tokenizer::from_file(&whole);
            (whole, read)
        } else {
            (folder.join("vocab.json"), from_parts(folder))
        };
        let wrong = |message: String| PublishedError::Config { path: path.clone(), message };
        let mut tokenizer = read.map_err(|error| wrong(error.to_string()))?;
        let end = tokenizer.token_to_id(END).ok_or_else(|| wrong(format!("no piece is called `{END}`")))?;
        let cut = TruncationParams { max_length: longest, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|error| wrong(error.to_string()))?;
        tokenizer.with_padding(None);
        Ok(Self { tokenizer, path, end })
    }

    /// Rows that a table of its pieces needs.
    pub fn rows(&self) -> usize {
        self.tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// The number of the piece called `name`, which is a piece of its own wherever it stands in a text from now on.
    pub fn special(&mut self, name: &str) -> Result<u32, PublishedError> {
        let wrong = |message: String| PublishedError::Config { path: self.path.clone(), message };
        let id = self.tokenizer.token_to_id(name).ok_or_else(|| wrong(format!("no piece is called `{name}`")))?;
        let added = self.tokenizer.add_special_tokens([AddedToken::from(name, true)]);
        added.map_err(|error| wrong(error.to_string()))?;
        Ok(id)
    }

    /// The piece that ends a text.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// The pieces of `text` between start and end; a text that is too long keeps its end.
    pub fn pieces(&self, text: &str) -> Result<Vec<u32>, PublishedError> {
        let encoding = self.tokenizer.encode(text, true);
        let encoding =
            encoding.map_err(|error| PublishedError::Config { path: self.path.clone(), message: error.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// One row for each text, padded to the longest.
    pub fn stack<B: Backend>(&self, texts: &[&str], device: &B::Device) -> Result<ClipWords<B>, PublishedError> {
        let rows = texts.iter().map(|text| self.pieces(text)).collect::<Result<Vec<_>, _>>()?;
        let length = rows.iter().map(Vec::len).max().unwrap_or_default();
        let shape = [rows.len(), length];
        let place = |row: &Vec<u32>, place: usize| row.get(place).copied().unwrap_or(self.end);
        let every = || rows.iter().flat_map(|row| (0..length).map(move |place| (row, place)));
        let pieces: Vec<i64> = every().map(|(row, at)| place(row, at).into()).collect();
        let hidden: Vec<bool> = every().map(|(row, at)| at >= row.len()).collect();
        Ok(ClipWords {
            pieces: Tensor::from_data(TensorData::new(pieces, shape), device),
            hidden: Tensor::from_data(TensorData::new(hidden, shape), device),
        })
    }
}

/// The tokenizer of the older publications, which describe only its vocabulary.
fn from_parts(folder: &Path) -> tokenizers::Result<Tokenizer> {
    let [vocabulary, merges] = ["vocab.json", "merges.txt"].map(|name| folder.join(name).display().to_string());
    let model = BPE::from_file(&vocabulary, &merges)
        .unk_token(END.to_owned())
        .end_of_word_suffix(END_OF_WORD.to_owned())
        .build()?;
    let mut tokenizer = Tokenizer::new(model);
    let spaces = Replace::new(tokenizers::normalizers::replace::ReplacePattern::Regex(r"\s+".to_owned()), " ")?;
    let normalizers: Vec<NormalizerWrapper> = vec![NFC.into(), spaces.into(), Lowercase.into()];
    tokenizer.with_normalizer(Some(Normalizers::new(normalizers)))?;
    let words = Split::new(SplitPattern::Regex(WORDS.to_owned()), SplitDelimiterBehavior::Removed, true)?;
    let bytes = ByteLevel::new(false, true, true);
    let pre_tokenizers: Vec<PreTokenizerWrapper> = vec![words.into(), bytes.into()];
    tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(pre_tokenizers)));
    let special = [START, END].map(|piece| AddedToken::from(piece, true));
    tokenizer.add_special_tokens(special.to_vec())?;
    let id = |piece: &str| {
        let id = tokenizer.token_to_id(piece).ok_or_else(|| format!("no piece is called `{piece}`"))?;
        tokenizers::Result::Ok((piece.to_owned(), id))
    };
    let processing = RobertaProcessing::new(id(END)?, id(START)?).trim_offsets(false).add_prefix_space(false);
    tokenizer.with_post_processor(Some(processing));
    Ok(tokenizer)
}

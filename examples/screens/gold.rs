//! What a person would label: the gold of the sample project's tweets, as keys to be typed.

use std::path::Path;

use spanlight::corpus::{Corpus, ReadError, ReadOptions};
use spanlight_models::example::{Example, Span};

/// The keys that label each tweet, mark it as done and go on.
pub fn keys() -> Result<Vec<String>, ReadError> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/today.gold.jsonl");
    let corpus = Corpus::read(&file, ReadOptions::default())?;
    Ok(corpus.examples().enumerate().map(|(index, example)| label(index + 1, &example)).collect())
}

fn label(number: usize, example: &Example) -> String {
    let labels: String = example.spans.iter().map(assign).collect();
    format!(":{number}\r{labels} ")
}

/// Goes to the first token, from there to the span, selects it, and chooses its type by name.
fn assign(span: &Span) -> String {
    let select = match span.end - span.start {
        // Over the neighbour and back: a selection, whatever is suggested here.
        1 if span.start > 0 => "AD".to_owned(),
        1 => "DA".to_owned(),
        tokens => "D".repeat(tokens - 1),
    };
    format!("\x1b[H{}{select}={}\r", "d".repeat(span.start), span.label)
}

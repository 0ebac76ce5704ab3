//! Makes `sample-data/`: tweets with pictures in which many names are told by the picture alone.
//!
//! `cargo run --release --example make_sample_data [FOLDER]` writes the same bytes on every run.

mod art;
mod candidates;
mod captions;
mod counts;
mod deck;
mod dice;
mod ids;
mod output;
mod split;
#[cfg(test)]
mod tests;
mod tweet;
mod words;

use std::error::Error;
use std::path::PathBuf;

use dice::Dice;
use ids::Ids;
use split::Split;
use tweet::Maker;
use words::names::Names;
use words::sentences::Sentences;

const SEED: u64 = 20_15_20_17;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(default_folder, PathBuf::from);
    let (splits, mut dice) = make();
    output::write(&splits, &folder, &mut dice)?;
    println!("{}", counts::table(&splits));
    Ok(())
}

/// `sample-data/` of this repository.
fn default_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// All splits, and the dice for what is left to chance after them.
fn make() -> (Vec<Split>, Dice) {
    let mut dice = Dice::new(SEED);
    let sentences = Sentences::load();
    let names = Names::new(sentences.vocabulary(), dice.branch());
    let mut maker = Maker::new(names, Ids::new(dice.branch()), dice.branch());
    let mut splits = split::splits(&sentences, &mut maker);
    let rest = dice.branch();
    captions::write(&mut splits, &mut dice.branch());
    candidates::add(&mut splits, &mut maker.ids, &mut dice.branch());
    (splits, rest)
}

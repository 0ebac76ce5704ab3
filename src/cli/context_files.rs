//! Files of contexts beside a corpus on the command line.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use spanlight_models::example::{ContextKind, Example};
use spanlight_models::input::Item;

use super::error::CliError;
use super::output;
use crate::corpus::contexts::{Attached, ContextFile, ContextOptions};

/// Texts that the tweets do not carry themselves.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ContextFiles {
    /// File of texts that accompany the tweets, in any form that `context import` reads; KIND= where the file does not say
    /// what its texts are, or to which kind its similarities belong; several may be given
    #[arg(long, value_name = "[KIND=]FILE")]
    context_file: Vec<Source>,
}

/// A file, and what its texts are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    kind: Option<ContextKind>,
    file: PathBuf,
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        // What stands before the sign may belong to the name of the file.
        let kind = text.split_once('=').and_then(|(kind, file)| Some((ContextKind::from_name(kind)?, file)));
        Ok(match kind {
            Some((kind, file)) => Self { kind: Some(kind), file: file.into() },
            None => Self { kind: None, file: text.into() },
        })
    }
}

impl ContextFiles {
    /// Gives the tweets what the files say of them, in the order of the files, and tells how many are covered.
    pub fn attach(&self, items: &mut [Item], skip_bad: bool) -> Result<(), CliError> {
        for Source { kind, file } in &self.context_file {
            let read = ContextFile::read(file, ContextOptions { form: None, kind: *kind, skip_bad })?;
            let mut examples: Vec<&mut Example> = items.iter_mut().map(|item| &mut item.example).collect();
            let Attached { tweets, extra } = read.attach(&mut examples, *kind);
            output::note(format!(
                "{} ({}): {tweets} of {} tweets covered, {extra} entries about others",
                file.display(),
                read.form,
                items.len()
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_apart_from_a_name() {
        let source = |text: &str| text.parse::<Source>().expect("anything is a file");
        assert_eq!(source("caption=a=b.txt"), Source { kind: Some(ContextKind::Caption), file: "a=b.txt".into() });
        assert_eq!(source("a=b.txt"), Source { kind: None, file: "a=b.txt".into() });
    }
}

//! Which tweets get pictures, and what of them is drawn.

use std::path::PathBuf;

use spanlight_models::example::Example;

use crate::cli::arguments::{Reading, roles, tweets};
use crate::cli::data::{image_folders, read_corpus};
use crate::cli::error::CliError;
use crate::corpus::{Corpus, Format, ImageStore, ReadOptions};
use crate::project::{ExportOptions, Project, Role};

/// Tweets of a file or a project.
#[derive(Clone, Debug, clap::Args)]
pub struct Source {
    /// The tweets, in any known format
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets(), required_unless_present = "project")]
    data: Option<PathBuf>,
    /// The tweets of this project instead, with their current labels; it may be open on a screen
    #[arg(long, value_name = "DIR", conflicts_with_all = ["data", "format", "images", "skip_bad"])]
    project: Option<PathBuf>,
    /// Which tweets of the project
    #[arg(long, value_parser = roles(), default_value = Role::Label.name(), requires = "project")]
    role: Role,
    #[command(flatten)]
    reading: Reading,
    /// Draw only for tweets for which there is no picture; the others keep theirs
    #[arg(long)]
    only_missing: bool,
    /// List the tweets' own pictures among the candidates too, behind those that are drawn
    #[arg(long)]
    with_own: bool,
    /// Leave links and handles out of the prompts; they have no map then
    #[arg(long)]
    without_links: bool,
}

/// The tweets with their pictures.
pub struct Tweets {
    pub corpus: Corpus,
    pub images: ImageStore,
}

impl Source {
    pub fn read(&self) -> Result<Tweets, CliError> {
        let Some(dir) = &self.project else {
            let file = self.data.as_deref().unwrap_or_else(|| unreachable!("the parser asks for one of both"));
            let images = ImageStore::new(image_folders(file, &self.reading.images)?);
            return Ok(Tweets { corpus: read_corpus(file, &self.reading)?, images });
        };
        let project = Project::open_read_only(dir)?;
        let mut lines = Vec::new();
        project.export(ExportOptions { format: Format::Jsonl, role: self.role, flatten: None }, &mut lines)?;
        let name = dir.display().to_string();
        let corpus = Corpus::read_from(&name, lines.as_slice(), ReadOptions::default())?;
        Ok(Tweets { corpus, images: ImageStore::new(project.images().folders().to_vec()) })
    }

    /// Whether pictures are drawn for a tweet.
    pub fn draws(&self, tweet: &Example, images: &ImageStore) -> bool {
        !(self.only_missing && images.path_of(tweet).is_some())
    }

    /// Whether a tweet keeps its own pictures.
    pub fn keeps_own(&self, draws: bool) -> bool {
        self.with_own || !draws
    }

    /// The words of a tweet's prompt; one that is left out is empty.
    pub fn prompt(&self, tweet: &Example) -> Vec<String> {
        let left_out = |word: &str| {
            let word = word.to_lowercase();
            self.without_links && (word.starts_with("http://") || word.starts_with("https://") || is_handle(&word))
        };
        tweet.tokens.iter().map(|word| if left_out(word) { String::new() } else { word.clone() }).collect()
    }
}

/// `@somebody`, but not a lone `@`.
fn is_handle(word: &str) -> bool {
    word.strip_prefix('@').is_some_and(|name| name.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

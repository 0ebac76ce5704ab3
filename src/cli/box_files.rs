//! Files of boxes beside a corpus on the command line.

use std::path::PathBuf;

use spanlight_models::input::Item;

use super::error::CliError;
use super::output;
use crate::corpus::BoxFile;

/// Boxes that the tweets do not carry themselves.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BoxFiles {
    /// Table of boxes, with tabs between `id`, `entity`, `xmin`, `ymin`, `xmax` and `ymax`, which the first line names, or
    /// folder of Pascal VOC XML files named after their images; several may be given
    #[arg(long, value_name = "FILE")]
    box_file: Vec<PathBuf>,
}

impl BoxFiles {
    /// Gives the tweets' entities the boxes that have their words and image, and tells how many.
    pub fn attach(&self, items: &mut [Item]) -> Result<(), CliError> {
        for path in &self.box_file {
            let file = BoxFile::read(path)?;
            let boxes: usize = items.iter_mut().map(|item| file.attach(&mut item.example)).sum();
            output::note(format!("{}: {boxes} boxes for {} tweets", path.display(), items.len()));
        }
        Ok(())
    }
}

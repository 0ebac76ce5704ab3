//! The guidelines beside the tweet: the document, and which part of it is seen.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::markdown::{Markdown, Row};
use crate::config::FileWatch;

/// The largest file that is shown.
const LARGEST: u64 = 4 << 20;

/// The guidelines while they are on the screen.
#[derive(Debug)]
pub struct Guidelines {
    /// Where they are.
    pub file: PathBuf,
    /// What they say, or why they cannot be read; `None`: there are none.
    pub document: Option<Result<Markdown, String>>,
    /// First visible row.
    pub scroll: usize,
    /// Rows that are visible.
    pub visible: usize,
    /// The rows at the width that was drawn last.
    pub rows: Vec<Row>,
    width: usize,
    /// The type that the cursor was on when the rows were laid out.
    about: Option<String>,
    _watch: Option<FileWatch>,
}

impl Guidelines {
    /// The guidelines in a file, which need not be there; `watch` says when it changes.
    pub fn read(file: PathBuf, watch: Option<FileWatch>) -> Self {
        let mut guidelines = Self {
            file,
            document: None,
            scroll: 0,
            visible: 0,
            rows: Vec::new(),
            width: 0,
            about: None,
            _watch: watch,
        };
        guidelines.reload();
        guidelines
    }

    /// Reads the file anew; one stays where one is.
    pub fn reload(&mut self) {
        self.document = match text_of(&self.file) {
            Ok(text) => Some(Ok(Markdown::parse(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(Err(format!("{}: {error}", self.file.display()))),
        };
        self.width = 0;
    }

    /// Scrolls by half of what is visible.
    pub fn scroll_by(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by * (self.visible as isize / 2).max(1));
        self.clamp();
    }

    /// Breaks the rows for a pane, and goes to the section of the type under the cursor when that is another one.
    pub fn lay_out(&mut self, width: usize, visible: usize, about: Option<&str>) {
        self.visible = visible;
        let document = self.document.as_ref().and_then(|document| document.as_ref().ok());
        if self.width != width {
            self.rows = document.map(|document| document.rows(width)).unwrap_or_default();
            self.width = width;
        }
        if let Some(name) = about.filter(|name| self.about.as_deref() != Some(*name)) {
            if let Some(block) = document.and_then(|document| document.section(name)) {
                let row = self.rows.iter().position(|row| row.block == block && !row.pieces.is_empty());
                self.scroll = row.unwrap_or(0);
            }
            self.about = Some(name.to_owned());
        }
        self.clamp();
    }

    /// What the document says first of a type.
    pub fn first_words_on(&self, name: &str) -> Option<String> {
        let document = self.document.as_ref()?.as_ref().ok()?;
        document.first_words(document.section(name)?)
    }

    fn clamp(&mut self) {
        self.scroll = self.scroll.min(self.rows.len().saturating_sub(self.visible.max(1)));
    }
}

fn text_of(file: &std::path::Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > LARGEST {
        return Err(io::Error::other("the file is too large to be shown"));
    }
    Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned())
}

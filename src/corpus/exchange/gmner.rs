//! GMNER (Yu et al. 2023): a folder with tweets in CoNLL form in one `.txt` file and a folder `xml` with the boxes of each
//! image.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use spanlight_models::example::{Example, RegionBox, SpanStructure, TagScheme};

use super::brat::file_name;
use super::raw::Taken;
use super::{Form, voc};
use crate::corpus::boxes::BoxFile;
use crate::corpus::{Corpus, Format, ReadError, ReadOptions, Unwritable, stem};

/// The GMNER form.
pub(super) struct Gmner;

/// The file with the tweets that is written.
pub(super) const TEXT: &str = "tweets.txt";

/// The folder with the boxes.
const BOXES: &str = "xml";

impl Form for Gmner {
    fn is_folder(&self) -> bool {
        true
    }

    fn recognises_folder(&self, dir: &Path) -> bool {
        dir.join(BOXES).is_dir() && texts(dir).is_ok_and(|texts| texts.len() == 1)
    }

    fn read_folder(&self, dir: &Path, taken: &mut Taken) -> Result<(), ReadError> {
        let failed = |cause| ReadError::Io { file: dir.display().to_string(), cause };
        let found = texts(dir).map_err(failed)?;
        let [text] = found.as_slice() else {
            let what = format!("{} files *.txt in it; expected one with the tweets, and a folder xml", found.len());
            return Err(failed(std::io::Error::other(what)));
        };
        let options = ReadOptions { format: Some(Format::Conll.into()), skip_bad: false };
        let corpus = Corpus::read(text, options)?;
        let boxes = BoxFile::read(&dir.join(BOXES))?;
        let mut repairs = corpus.repairs().items().iter().peekable();
        for index in 0..corpus.len() {
            let mut example = corpus.example(index);
            boxes.attach(&mut example);
            let mut own = Vec::new();
            while let Some(repair) = repairs.next_if(|repair| repair.tweet == example.id) {
                own.push((repair.line.unwrap_or(0), repair.repair.clone()));
            }
            taken.ready(corpus.line(index), example, own);
        }
        Ok(())
    }

    fn files(&self, example: &Example) -> Result<Vec<(String, Vec<u8>)>, Unwritable> {
        let text = Format::Conll.render(example, TagScheme::Bio)?;
        let mut files = vec![(TEXT.to_owned(), text)];
        let mut by_image: BTreeMap<&str, Vec<&RegionBox>> = BTreeMap::new();
        for region in &example.boxes {
            by_image.entry(stem(&region.image)).or_default().push(region);
        }
        for (image, boxes) in by_image {
            let name = format!("{BOXES}/{}.xml", file_name(image)?);
            files.push((name, voc::render(example, image, &boxes).into_bytes()));
        }
        Ok(files)
    }

    fn folders(&self) -> &'static [&'static str] {
        &[BOXES]
    }

    fn holds(&self) -> SpanStructure {
        SpanStructure::Flat
    }

    fn reduces(&self, example: &Example) -> bool {
        let ambiguous = |region: &RegionBox| {
            // Boxes are found again by the words of their entity and by the image that is the tweet's.
            let words = |start: usize, end: usize| example.tokens.get(start..end).unwrap_or_default();
            let same = |span: &&spanlight_models::example::Span| {
                words(span.start, span.end) == words(region.start, region.end)
            };
            stem(&region.image) != stem(&example.id) || example.spans.iter().filter(same).count() != 1
        };
        let bare = Example { boxes: Vec::new(), ..example.clone() };
        Format::Conll.reduces(&bare) || example.boxes.iter().any(ambiguous)
    }
}

fn texts(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "txt") && path.is_file() {
            texts.push(path);
        }
    }
    Ok(texts)
}

//! The files of one tweet.

use std::io;

use spanlight_models::alignment::MapError;
use spanlight_models::attribution::AttributionError;
use spanlight_models::example::{LabelSet, Span};
use spanlight_models::image_file::ImageFileError;
use spanlight_models::input::Item;
use spanlight_models::word_maps::{to_npz, to_safetensors};

use super::asker::{Answered, without_folder};
use super::folder::{Finished, Folder};
use super::options::{SpansOf, Written};
use super::recorded;
use crate::cli::error::CliError;
use crate::figure::report::Entry;
use crate::figure::{
    Embedding, Explained, Figure, Look, Scene, Shown, Typeface, WEIGHTS_HEADER, figure, raster, svg, write_png,
};

/// Writes what is wanted of tweets; threads share it.
pub struct Writer<'a> {
    pub written: &'a Written,
    pub folder: Option<&'a Folder>,
    pub look: &'a Look,
    pub typeface: &'a Typeface,
    pub labels: &'a LabelSet,
    pub spans: SpansOf,
    pub zoom: f32,
    /// What the models' weights are, by their contents.
    pub checkpoints: &'a [String],
}

/// A tweet on its way into files.
pub struct Job<'a> {
    pub item: &'a Item,
    /// Name of its files without what follows a dot.
    pub name: &'a str,
    /// Hash of the tweet.
    pub tweet: &'a str,
    /// Page of the report it is on.
    pub page: Option<usize>,
}

impl Writer<'_> {
    /// Writes the files of a tweet; gives what was written and its part of the report.
    pub fn write(&self, job: &Job<'_>, answered: Vec<Answered>) -> Result<(Finished, Entry), CliError> {
        let example = &job.item.example;
        let broken =
            |source: MapError| CliError::Attribution(AttributionError::Map { tweet: example.id.clone(), source });
        let mut explained = self.explained(job.item, answered);
        if let [model] = explained.sides.as_slice() {
            let recorded = recorded::side(job.item, model)?;
            explained.sides.extend(recorded);
        }
        let mut finished = Finished {
            name: job.name.to_owned(),
            tweet: job.tweet.to_owned(),
            page: job.page,
            files: Vec::new(),
            figures: 0,
            boxed: 0,
            mapped: explained.sides.iter().any(|side| side.maps.iter().any(|(_, maps)| maps.is_ok())),
            problem: explained.image.as_ref().err().filter(|_| !example.images.is_empty()).cloned(),
            maps: Vec::new(),
        };
        let mut entry = Entry { id: example.id.clone(), text: example.tokens.join(" "), ..Entry::default() };
        entry.problem.clone_from(&finished.problem);
        if self.draws() {
            let asked = explained.asked(self.look.unit);
            if asked.is_empty() {
                entry.problem = Some(format!("no {} to ask about", self.look.unit));
            }
            for asked in &asked {
                let figure = figure(&explained, asked, self.look).map_err(broken)?;
                let stem = format!("{}.{}", job.name, asked.key());
                self.figure(&figure, &stem, &mut finished, &mut entry)?;
            }
        }
        let put = |finished: &mut Finished, ending: &str, bytes: &[u8]| {
            self.put(finished, format!("{}.{ending}", job.name), |out| out.write_all(bytes))
        };
        if self.written.npz || self.written.safetensors {
            let arrays = explained.arrays(self.look, self.written.heads).map_err(broken)?;
            let failed = || CliError::io("writing the arrays", job.name);
            if self.written.npz {
                put(&mut finished, "npz", &to_npz(&arrays).map_err(failed())?)?;
            }
            if self.written.safetensors {
                put(&mut finished, "safetensors", &to_safetensors(&arrays).map_err(failed())?)?;
            }
            let description = explained.describe(self.look, &arrays, self.checkpoints);
            let mut text = serde_json::to_vec_pretty(&description).map_err(|error| failed()(error.into()))?;
            text.push(b'\n');
            put(&mut finished, "json", &text)?;
        }
        if self.written.csv {
            let table = explained.weights_table(self.look).map_err(broken)?;
            put(&mut finished, "csv", format!("{WEIGHTS_HEADER}{table}").as_bytes())?;
            finished.maps = explained.maps_table(self.look).map_err(broken)?;
        }
        Ok((finished, entry))
    }

    /// Whether there are any figures.
    fn draws(&self) -> bool {
        self.written.png || self.written.svg || self.written.html.is_some()
    }

    fn figure(
        &self,
        figure: &Figure<'_>,
        stem: &str,
        finished: &mut Finished,
        entry: &mut Entry,
    ) -> Result<(), CliError> {
        let scene = figure.scene(self.typeface);
        let failed = |error| CliError::io("drawing a figure", stem)(io::Error::other(error));
        if self.written.png {
            let pixels = raster(&scene, self.typeface, self.zoom);
            let pixels = pixels.ok_or_else(|| failed("it is too large; try a smaller --zoom".into()))?;
            self.put(finished, format!("{stem}.png"), |out| write_png(&pixels, out))?;
        }
        let text = |scene: &Scene, embedding| {
            svg(scene, embedding).map_err(|error| failed(Box::<dyn std::error::Error + Send + Sync>::from(error)))
        };
        if self.written.svg {
            let text = text(&scene, Embedding::Png)?;
            self.put(finished, format!("{stem}.svg"), |out| out.write_all(text.as_bytes()))?;
        }
        if self.written.html.is_some() {
            entry.figures.push(text(&scene, Embedding::Jpeg)?);
        }
        finished.figures += 1;
        finished.boxed += usize::from(scene.missing_letters() > 0);
        Ok(())
    }

    fn put(
        &self,
        finished: &mut Finished,
        file: String,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        if let Some(folder) = self.folder {
            folder.write(&file, write)?;
            finished.files.push(file);
        }
        Ok(())
    }

    fn explained<'a>(&'a self, item: &'a Item, answered: Vec<Answered>) -> Explained<'a> {
        let found = |answered: &Answered| -> Vec<Span> {
            answered.reading.answer.prediction.spans.iter().map(|scored| scored.span.clone()).collect()
        };
        let own = &item.example.spans;
        let (spans, spans_of) = match self.spans {
            SpansOf::Auto if own.is_empty() => (answered.first().map(found).unwrap_or_default(), "model"),
            SpansOf::Model => (answered.first().map(found).unwrap_or_default(), "model"),
            SpansOf::Auto | SpansOf::Data => (own.clone(), "data"),
        };
        Explained {
            example: &item.example,
            spans,
            spans_of,
            labels: self.labels,
            image: image(item, self.draws()),
            sides: answered.into_iter().map(|answered| answered.side).collect(),
        }
    }
}

/// The image of a tweet, with pixels where figures are drawn, or why there is none.
fn image(item: &Item, draws: bool) -> Result<Shown, String> {
    let Some(id) = item.example.images.first() else { return Err("the tweet has no image".to_owned()) };
    let Some(path) = &item.image else { return Err(format!("image {id}: there is no file of this name")) };
    let told = |error: ImageFileError| format!("image {id}: {}", without_folder(&error.to_string(), item));
    Shown::read(id, path, draws).map_err(told)
}

//! Writing a project's tweets with their current labels.

use std::io::{self, Write};
use std::path::Path;

use rusqlite::{Row, params};
use serde::Serialize;
use spanlight_models::example::{Example, Flatten, RegionBox, Repair, Span, SpanStructure, check_structure};

use super::boxes::follow;
use super::contexts::{Beside, current};
use super::log::optional_json;
use super::{ImportedFile, Misfit, Project, ProjectError, Role, TweetId};
use crate::corpus::exchange::{Exchange, Exporter, OtherFields};
use crate::corpus::{CorpusFormat, Format, Listed, RepairedTag, SkippedTweet, Unwritable};
use crate::replace::replace_file;

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportOptions<F = Format> {
    /// Format of the output.
    pub format: F,
    /// Role of the tweets to write.
    pub role: Role,
    /// Which entities are written of those that share tokens; `None`: all, where the format can hold them.
    pub flatten: Option<Flatten>,
}

/// A tweet that was written without some of its entities, because that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlattenedTweet {
    /// Id of the tweet.
    pub tweet: String,
    /// The entities that are not in the output.
    pub dropped: Vec<Span>,
}

/// What became of an export.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ExportReport {
    /// Number of tweets written.
    pub tweets: usize,
    /// How many of them are byte for byte as they were imported.
    pub unchanged: usize,
    /// Tags of the imported files that no longer stand as they did, because the tweets go to another format.
    pub repairs: Listed<RepairedTag>,
    /// Tweets that the format cannot hold, with the reason.
    pub left_out: Listed<SkippedTweet>,
    /// Number of tweets whose images, contexts or boxes the format cannot hold.
    pub reduced: usize,
    /// Tweets whose entities shared tokens and were made flat.
    pub flattened: Listed<FlattenedTweet>,
}

/// A tweet as the store has it.
pub(super) struct Stored {
    pub id: TweetId,
    pub file: i64,
    pub name: String,
    pub source: Vec<u8>,
    /// `None`: as imported.
    pub spans: Option<Vec<Span>>,
    /// The image that a person prefers to the others.
    pub image: Option<String>,
    /// The boxes that a person drew; `None`: as imported.
    pub boxes: Option<Vec<RegionBox>>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (spans, boxes) = (optional_json(row, 3)?, optional_json(row, 6)?);
        let (id, image) = (row.get(4)?, row.get(5)?);
        Ok(Self { id, file: row.get(0)?, name: row.get(1)?, source: row.get(2)?, spans, image, boxes })
    }
}

impl Project {
    /// Writes tweets with their current labels; those that nobody changed go out byte for byte if the format is theirs.
    ///
    /// Entities that share tokens are an error before anything is written where the format cannot hold them and nobody asked
    /// to flatten them.
    pub fn export(&self, options: ExportOptions, out: &mut dyn Write) -> Result<ExportReport, ProjectError> {
        self.check_held(options.format.into(), &options)?;
        let mut writer = Writer { options, project: self, out, last: None, report: ExportReport::default() };
        self.each_stored("the export", options.role, |mut tweet| {
            writer.report.flattened.extend(self.flatten(&mut tweet, options.flatten)?);
            writer.tweet(&tweet)
        })?;
        writer.out.flush().map_err(ProjectError::Output)?;
        Ok(writer.report)
    }

    /// Writes tweets to a file, aside and then renamed, so that no half export is ever there.
    pub fn export_to_file(&self, options: ExportOptions, path: &Path) -> Result<ExportReport, ProjectError> {
        let mut result = Ok(ExportReport::default());
        let written = replace_file(path, |out| {
            result = self.export(options, out);
            if result.is_ok() { Ok(()) } else { Err(io::Error::other("stopped")) }
        });
        let failed = |cause| ProjectError::io(path, "the export", cause);
        match (result, written) {
            (Err(ProjectError::Output(cause)), _) | (Ok(_), Err(cause)) => Err(failed(cause)),
            (result, _) => result,
        }
    }

    /// Writes tweets with their current labels into a file of another tool.
    pub fn export_for(
        &self,
        options: ExportOptions<Exchange>,
        out: &mut dyn Write,
    ) -> Result<ExportReport, ProjectError> {
        self.check_held(CorpusFormat::Exchange(options.format), &options)?;
        let exporter = Exporter::to_file(options.format, out).map_err(ProjectError::Output)?;
        self.write_for(options, exporter)
    }

    /// Writes them into a file, aside and then renamed, or into a folder that is not there yet.
    pub fn export_for_to(&self, options: ExportOptions<Exchange>, path: &Path) -> Result<ExportReport, ProjectError> {
        let failed = |cause| ProjectError::io(path, "the export", cause);
        let format = options.format;
        self.check_held(CorpusFormat::Exchange(format), &options)?;
        if format.is_folder() {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let aside = tempfile::Builder::new().prefix(".spanlight-export-").tempdir_in(parent).map_err(failed)?;
            // The name that it gets in the end is not that of a private temporary folder.
            let dir = aside.path().join("export");
            std::fs::create_dir(&dir).map_err(failed)?;
            let types: Vec<String> = self.settings.labels.names().map(str::to_owned).collect();
            let exporter = Exporter::to_folder(format, &dir, &types).map_err(failed)?;
            let report = self.write_for(options, exporter)?;
            std::fs::rename(&dir, path).map_err(failed)?;
            return Ok(report);
        }
        let mut result = Ok(ExportReport::default());
        let written = replace_file(path, |out| {
            result = self.export_for(options, out);
            if result.is_ok() { Ok(()) } else { Err(io::Error::other("stopped")) }
        });
        match (result, written) {
            (Err(ProjectError::Output(cause)), _) | (Ok(_), Err(cause)) => Err(failed(cause)),
            (result, _) => result,
        }
    }

    fn write_for(&self, options: ExportOptions<Exchange>, mut to: Exporter<'_>) -> Result<ExportReport, ProjectError> {
        let mut report = ExportReport::default();
        self.each_stored("the export", options.role, |mut tweet| {
            report.flattened.extend(self.flatten(&mut tweet, options.flatten)?);
            let file = self.file(tweet.file)?;
            let (example, repairs) = match self.current(file, &tweet, self.contexts_beside(tweet.id)?) {
                Ok(current) => current,
                Err(cause) => {
                    report.left_out.push(SkippedTweet { tweet: tweet.name, line: None, reason: cause.to_string() });
                    return Ok(());
                }
            };
            for repair in repairs {
                report.repairs.push(RepairedTag::new(&tweet.name, None, repair));
            }
            let other = other_fields(file.format, &tweet.source, options.format);
            to.tweet(&example, other.as_ref()).map_err(ProjectError::Output)
        })?;
        let written = to.finish().map_err(ProjectError::Output)?;
        report.tweets = written.tweets;
        report.reduced = written.reduced;
        report.left_out.append(written.left_out);
        Ok(report)
    }

    /// Refuses to write entities that the format cannot hold, unless they are to be made flat.
    fn check_held<F>(&self, format: CorpusFormat, options: &ExportOptions<F>) -> Result<(), ProjectError> {
        if options.flatten.is_some() || self.settings.spans <= format.holds() {
            return Ok(());
        }
        let mut misfits = Listed::default();
        let mut needed = SpanStructure::Flat;
        self.each_stored("the export", options.role, |tweet| {
            let (_, spans) = self.spans_of(&tweet)?;
            if let Err(error) = check_structure(&spans, format.holds()) {
                needed = needed.max(SpanStructure::of(&spans));
                misfits.push(Misfit { tweet: tweet.name, annotator: None, what: error.to_string() });
            }
            Ok(())
        })?;
        if misfits.is_empty() { Ok(()) } else { Err(ProjectError::NotHeld { format, needed, misfits }) }
    }

    /// Takes away what is not to be written of entities that share tokens, with the boxes of what is taken away.
    fn flatten(&self, tweet: &mut Stored, flatten: Option<Flatten>) -> Result<Option<FlattenedTweet>, ProjectError> {
        let Some(flatten) = flatten.filter(|_| self.settings.spans != SpanStructure::Flat) else { return Ok(None) };
        let (_, spans) = self.spans_of(tweet)?;
        let (kept, dropped) = flatten.split(&spans);
        if dropped.is_empty() {
            return Ok(None);
        }
        let boxes = match &tweet.boxes {
            Some(boxes) => boxes.clone(),
            None => self.imported(tweet.id)?.boxes,
        };
        let followed = follow(&boxes, &spans, &kept);
        if followed != boxes {
            tweet.boxes = Some(followed);
        }
        tweet.spans = Some(kept);
        Ok(Some(FlattenedTweet { tweet: tweet.name.clone(), dropped }))
    }

    /// A stored tweet with its current labels, contexts and images, and the tags that were read otherwise.
    fn current(
        &self,
        file: &ImportedFile,
        tweet: &Stored,
        beside: Beside,
    ) -> Result<(Example, Vec<Repair>), Unwritable> {
        let (mut example, repairs) = file.format.read_tweet(&tweet.source, file.layout)?;
        example.id.clone_from(&tweet.name);
        example.contexts = current(tweet.id, example.contexts, beside);
        if tweet.image.is_some() {
            self.order_images(&mut example, tweet.image.as_deref());
        }
        if let Some(spans) = &tweet.spans {
            example.spans.clone_from(spans);
        }
        if let Some(boxes) = &tweet.boxes {
            example.boxes.clone_from(boxes);
        }
        Ok((example, repairs))
    }

    /// Goes through all tweets of a role, in order of import.
    pub(super) fn each_stored(
        &self,
        during: &str,
        role: Role,
        mut take: impl FnMut(Stored) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        let failed = self.failed(during);
        // One transaction: what another program does meanwhile is seen wholly or not at all.
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        let sql = "SELECT t.file, t.name, t.source, l.spans, t.id, l.image, b.boxes FROM tweets t \
                   JOIN files f ON f.id = t.file LEFT JOIN labellings l ON l.tweet = t.id \
                   LEFT JOIN boxes b ON b.tweet = t.id WHERE f.role = ? ORDER BY t.id";
        let mut select = transaction.prepare(sql).map_err(&failed)?;
        let mut rows = select.query([role.name()]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let stored = Stored::read(row).map_err(&failed)?;
            if self.concerns(stored.id) {
                take(stored)?;
            }
        }
        Ok(())
    }

    /// What stood before the first tweet of the file with this number.
    pub fn prologue(&self, file: i64) -> Result<Vec<u8>, ProjectError> {
        let read = || self.db.query_row("SELECT prologue FROM files WHERE id = ?", params![file], |row| row.get(0));
        read().map_err(self.failed("reading a file"))
    }
}

/// What a tool's own file said besides, which is kept in a field with the format's name.
fn other_fields(stored: Format, source: &[u8], format: Exchange) -> Option<OtherFields> {
    if stored != Format::Jsonl {
        return None;
    }
    let mut fields: OtherFields = serde_json::from_slice(source).ok()?;
    match fields.shift_remove(format.name()) {
        Some(serde_json::Value::Object(other)) => Some(other),
        _ => None,
    }
}

/// An export on its way.
struct Writer<'a> {
    options: ExportOptions,
    project: &'a Project,
    out: &'a mut dyn Write,
    /// File and bytes of the tweet written last.
    last: Option<(i64, Vec<u8>)>,
    report: ExportReport,
}

impl Writer<'_> {
    fn tweet(&mut self, tweet: &Stored) -> Result<(), ProjectError> {
        let project = self.project;
        let file = project.file(tweet.file)?;
        let beside = project.contexts_beside(tweet.id)?;
        let text = match self.text(file, tweet, beside) {
            Ok(text) => {
                let changes = project.remark_changes(tweet.id, self.options.format, &text)?;
                self.options.format.remark(&text, &changes)
            }
            Err(cause) => Err(cause),
        };
        let text = match text {
            Ok(text) => text,
            Err(cause) => {
                let (tweet, reason) = (tweet.name.clone(), cause.to_string());
                self.report.left_out.push(SkippedTweet { tweet, line: None, reason });
                return Ok(());
            }
        };
        match &self.last {
            Some((last, before)) => {
                let joint = self.options.format.joint(before, &text, *last == file.id);
                self.out.write_all(joint).map_err(ProjectError::Output)?;
            }
            None if file.format == self.options.format => {
                self.out.write_all(&project.prologue(file.id)?).map_err(ProjectError::Output)?;
            }
            None => {}
        }
        self.out.write_all(&text).map_err(ProjectError::Output)?;
        self.report.tweets += 1;
        self.report.unchanged += usize::from(text == tweet.source);
        self.last = Some((file.id, text));
        Ok(())
    }

    fn text(&mut self, file: &ImportedFile, tweet: &Stored, beside: Beside) -> Result<Vec<u8>, Unwritable> {
        let format = self.options.format;
        if file.format == format {
            let mut text = match &tweet.spans {
                None => tweet.source.clone(),
                Some(spans) => format.relabel(&tweet.source, file.layout, spans)?,
            };
            if beside.is_empty() && tweet.image.is_none() && tweet.boxes.is_none() {
                return Ok(text);
            }
            let (mut example, _) = format.read_tweet(&tweet.source, file.layout)?;
            if !beside.is_empty() {
                let contexts = std::mem::take(&mut example.contexts);
                example.contexts = current(tweet.id, contexts, beside);
                text = format.recontext(&text, &example.contexts)?;
            }
            if tweet.image.is_some() {
                self.project.order_images(&mut example, tweet.image.as_deref());
                text = format.reorder_images(&text, &example.images)?;
            }
            if let Some(boxes) = &tweet.boxes {
                example.boxes.clone_from(boxes);
                text = format.rebox(&text, boxes)?;
            }
            self.report.reduced += usize::from(format.reduces(&example));
            return Ok(text);
        }
        let (example, repairs) = self.project.current(file, tweet, beside)?;
        let text = format.render(&example, self.project.settings.scheme)?;
        for repair in repairs {
            self.report.repairs.push(RepairedTag::new(&tweet.name, None, repair));
        }
        self.report.reduced += usize::from(format.reduces(&example));
        Ok(text)
    }
}

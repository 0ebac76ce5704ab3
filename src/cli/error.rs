//! Why a command ended without its work done.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use spanlight_models::attribution::AttributionError;
use spanlight_models::checkpoint::CheckpointError;
use spanlight_models::device::DeviceError;
use spanlight_models::encoders::published::PublishedError;
use spanlight_models::systems::CreateError;
use spanlight_models::throughput::ThroughputError;
use spanlight_models::training::TrainError;
use spanlight_models::word_maps::WordMapsError;

use crate::config::ConfigError;
use crate::context_job::ContextJobError;
use crate::corpus::contexts::ContextReadError;
use crate::corpus::{CorpusFormat, ReadError, Unwritable};
use crate::encoders::EncoderError;
use crate::figure::FontError;
use crate::hub::HubError;
use crate::project::{Holder, ProjectError};
use crate::providers::ProviderError;
use crate::sample::SampleError;
use crate::simulation::SimulationError;
use crate::suspects::{FoldError, SuspectsError};
use crate::synthesis::SynthesisError;
use crate::team::TeamError;
use crate::tui::TuiError;

/// What is told at the end of a command that failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A corpus cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of contexts cannot be read.
    #[error(transparent)]
    Contexts(#[from] ContextReadError),
    /// Something about a project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The work of several annotators.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// The sample project.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A simulation.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// Folds whose labels models read.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The file of likely errors.
    #[error(transparent)]
    Suspects(#[from] SuspectsError),
    /// No labels to look through.
    #[error("{}: no tweet in it is labelled, so there is nothing to doubt", .0.display())]
    NothingLabelled(PathBuf),
    /// Stopped while a model read the labels.
    #[error("stopped with {done} of {tweets} tweets read; nothing was written")]
    ReadingStopped {
        /// Tweets that were read.
        done: usize,
        /// Tweets in all.
        tweets: usize,
    },
    /// The device that was asked for.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// `device` in the settings.
    #[error("{}: {cause}", .file.display())]
    SettingsDevice {
        /// The settings.
        file: PathBuf,
        /// What is wrong.
        cause: DeviceError,
    },
    /// A file of the user's.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No fresh model can be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// A published encoder cannot be added or found.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A published encoder cannot be had from a hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// Neither a path nor a hub name.
    #[error("`{0}` is no folder or file here, and no name of a model hub (OWNER/NAME)")]
    NoEncoderSource(String),
    /// A revision of something that has none.
    #[error(
        "`{0}` is a folder or file here, which has no revisions; leave --revision out, or give the hub's name elsewhere"
    )]
    RevisionOfPath(String),
    /// A published encoder cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// An encoder computes something else than its reference.
    #[error("the outputs differ from the reference by more than {0:e}")]
    Differs(f32),
    /// Something stands where a new folder should go.
    #[error("{} exists; name a folder that does not", .0.display())]
    Exists(PathBuf),
    /// A system without a published text encoder.
    #[error("{0} has no published text encoder to export")]
    NoPublishedEncoder(&'static str),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Nothing can be drawn.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// Drawing was stopped.
    #[error("stopped with {done} of {all} pictures; the same command goes on with the others")]
    SynthesisStopped {
        /// Pictures that are finished.
        done: usize,
        /// Pictures in all.
        all: usize,
    },
    /// The training of a text-to-image model was stopped.
    #[error(
        "stopped; what was learned so far is in {}, and the same command goes on with the training from there",
        .0.display()
    )]
    PictureTrainingStopped(PathBuf),
    /// The screen.
    #[error(transparent)]
    Screen(#[from] TuiError),
    /// `--model` is neither a name nor a folder with a checkpoint.
    #[error(
        "`{0}` is no model: give the folder of a checkpoint (it holds model.toml), or `embedded` for the model in the program"
    )]
    NoModel(String),
    /// A checkpoint is broken.
    #[error("the model {name} cannot be used")]
    Model {
        /// `embedded`, or the folder.
        name: String,
        /// What is wrong.
        #[source]
        cause: Box<CheckpointError>,
    },
    /// A checkpoint cannot be written.
    #[error("the model cannot be saved")]
    Save(#[source] Box<CheckpointError>),
    /// A folder of images that is none.
    #[error("{} is no folder of images; check --images", .0.display())]
    NoImageFolder(PathBuf),
    /// Maps of the words of a tweet that cannot be used.
    #[error("tweet {tweet}: {cause}")]
    Maps {
        /// Id of the tweet.
        tweet: String,
        /// What is wrong with them.
        cause: WordMapsError,
    },
    /// A model cannot say where words looked.
    #[error(transparent)]
    Attribution(#[from] AttributionError),
    /// A font of figures.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A head without its layer.
    #[error("--head NUMBER is one of a layer; say which with --layer NUMBER")]
    HeadWithoutLayer,
    /// The greatest weight of one layer's heads.
    #[error("--layer NUMBER goes with one head or the mean of its heads; --head max goes with all layers")]
    GreatestHeadOfLayer,
    /// A corpus without tweets.
    #[error("{}: there is no tweet in it", .0.display())]
    NoTweets(PathBuf),
    /// A folder with an export that was begun differently.
    #[error("{} holds an export with {what}; name another folder, or start again with --fresh", .folder.display())]
    OtherExport {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: String,
    },
    /// A folder into which another process writes an export.
    #[error("{} is being written by {holder}; let it end, or name another folder", .folder.display())]
    ExportHeld {
        /// The folder.
        folder: PathBuf,
        /// Who writes.
        holder: Box<Holder>,
    },
    /// An export that was stopped.
    #[error("stopped with {done} of {tweets} tweets done{}", if *.goes_on { "; the same command goes on with the others" } else { "" })]
    ExportStopped {
        /// Tweets that are finished.
        done: usize,
        /// Tweets in all.
        tweets: usize,
        /// Whether what is done counts next time.
        goes_on: bool,
    },
    /// A tweet that was asked for by an id that none has.
    #[error("{}: no tweet has the id `{id}`", .file.display())]
    NoSuchTweet {
        /// The corpus.
        file: PathBuf,
        /// What was asked for.
        id: String,
    },
    /// A tweet that cannot be written.
    #[error("tweet {tweet} cannot be written: {cause}")]
    Unwritable {
        /// Id of the tweet.
        tweet: String,
        /// Why.
        cause: Unwritable,
    },
    /// A provider of contexts cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A job cannot begin.
    #[error(transparent)]
    ContextJob(#[from] ContextJobError),
    /// A job that leaves tweets without contexts.
    #[error("{missing} of {tweets} tweets have nothing yet; the same command goes on with them")]
    Missing {
        /// Number of tweets without an answer.
        missing: usize,
        /// Number of tweets in all.
        tweets: usize,
    },
    /// A project of one annotator.
    #[error("{} was not merged from several annotators' projects; `spanlight merge` makes such a project", .0.display())]
    NotMerged(PathBuf),
    /// A tweet with nothing to settle.
    #[error("there is nothing to settle about tweet {0}: its annotators agree, or it is done")]
    NothingToAdjudicate(String),
    /// No tweet of this id.
    #[error("the project has no tweet with the id `{0}`")]
    NoTweet(String),
    /// A tweet has no box with this number.
    #[error("tweet {id} has no box number {number}; spanlight box list --id {id} shows what it has")]
    NoBox {
        /// Id of the tweet.
        id: String,
        /// The number.
        number: usize,
    },
    /// Entities of a text are not in a tweet.
    #[error("tweet {id} has no {what}")]
    NoWords {
        /// Id of the tweet.
        id: String,
        /// What was looked for.
        what: String,
    },
    /// A context that is not there.
    #[error("tweet {id} has no {kind} with the number {number}; spanlight context list --id {id} shows what it has")]
    NoContext {
        /// Id of the tweet.
        id: String,
        /// Kind of the context.
        kind: &'static str,
        /// Its number.
        number: i64,
    },
    /// More than one context could be meant.
    #[error(
        "tweet {id} has {count} contexts of kind {kind}; say which with --number (spanlight context list --id {id})"
    )]
    SeveralContexts {
        /// Id of the tweet.
        id: String,
        /// Kind of the contexts.
        kind: &'static str,
        /// How many there are.
        count: usize,
    },
    /// Nothing to learn or to score.
    #[error("{}: no tweet in it has an entity, so there is nothing to {purpose}", .file.display())]
    NoEntity {
        /// The corpus.
        file: PathBuf,
        /// What it was needed for.
        purpose: &'static str,
    },
    /// Something that needs tweets was given none.
    #[error("there are no labelled tweets to score a model on; give them with --data")]
    NoData,
    /// A file of JSON lines with one that is none.
    #[error("{}:{line}: {what}; expected a line of `spanlight predict` or `spanlight evaluate`", .file.display())]
    BadLine {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Predictions without anything to judge them by.
    #[error("{}: the predictions come without gold; give the labelled tweets with --data", .file.display())]
    NoGold {
        /// The predictions.
        file: PathBuf,
    },
    /// Predictions for other tweets than the labelled ones.
    #[error("{}: these are not the tweets of --data: it has {what}", .file.display())]
    OtherTweets {
        /// The predictions.
        file: PathBuf,
        /// What differs.
        what: String,
    },
    /// Neither a checkpoint nor predictions nor results.
    #[error("{}: nothing to compare in it; expected a checkpoint, predictions, results, or a folder with the results or the checkpoints of several seeds", .0.display())]
    NothingToCompare(PathBuf),
    /// Two systems about which too little or something different is known.
    #[error("{first} and {second} cannot be compared: {what}")]
    Incomparable {
        /// The first system.
        first: String,
        /// The second system.
        second: String,
        /// What is wrong.
        what: String,
    },
    /// A measurement failed.
    #[error(transparent)]
    Throughput(#[from] ThroughputError),
    /// Stopped before everything was measured.
    #[error("stopped before everything was measured")]
    NotMeasured,
    /// Stopped before there was anything to keep.
    #[error("stopped before the first step; nothing was saved")]
    StoppedEarly,
    /// A filter that cannot be read.
    #[error("this filter cannot be read:\n  {line}\n  {mark}\n{message}")]
    Filter {
        /// The line.
        line: String,
        /// What stands below the mistake.
        mark: String,
        /// What is wrong.
        message: String,
    },
    /// No saved view of this name.
    #[error("there is no saved view `{0}`; `spanlight queue views` lists all")]
    NoView(String),
    /// A project without the asked-for tweets.
    #[error("{} holds no tweets of role {role}; take some in with `spanlight import --role {role}`", .dir.display())]
    NothingToExport {
        /// The project.
        dir: PathBuf,
        /// The role.
        role: &'static str,
    },
    /// The output of an export lacks tweets.
    #[error("{left_out} of {all} tweets cannot be written as {format} and are left out; jsonl can hold them")]
    LeftOut {
        /// Number of tweets that are missing.
        left_out: usize,
        /// Number of tweets in all.
        all: usize,
        /// The format.
        format: CorpusFormat,
    },
    /// A folder that goes to standard output.
    #[error("{0} is a folder of files; name it with --out")]
    NeedsFolder(CorpusFormat),
    /// The system names no home folder.
    #[error("this system names no home folder; set SPANLIGHT_CONFIG_DIR and SPANLIGHT_DATA_DIR to folders of your own")]
    NoHome,
    /// A file or a folder of the program's own.
    #[error("{}: {during} failed: {cause}", .path.display())]
    Io {
        /// What was being done.
        during: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
    /// Standard output was closed by its reader, which is its right.
    #[error("standard output was closed")]
    OutputClosed,
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
}

impl CliError {
    /// For `map_err`: a checkpoint could not be written.
    pub fn save(error: CheckpointError) -> Self {
        Self::Save(Box::new(error))
    }

    /// A failure to write to standard output.
    pub fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::OutputClosed } else { Self::Output(error) }
    }

    /// A failure with a file.
    pub fn io(during: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { during, path, cause }
    }

    /// 2 where the program was used wrongly, 1 where its work failed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Screen(TuiError::NoTerminal)
            | Self::HeadWithoutLayer
            | Self::GreatestHeadOfLayer
            | Self::Filter { .. }
            | Self::NeedsFolder(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

//! The sample project: tweets and pictures that are part of the program, unpacked when they are first asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use jiff::Timestamp;

use crate::corpus::{Corpus, ImageStore, ReadError, ReadOptions};
use crate::project::{Project, ProjectError, Role, Settings};

/// The pictures in `sample-data`, as they were when the program was built.
static PICTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/sample-data/images");

/// The tweets of the project, and what each file is for.
const FILES: [(&str, &[u8], Role); 3] = [
    ("today.jsonl", include_bytes!("../sample-data/today.jsonl"), Role::Label),
    ("train.jsonl", include_bytes!("../sample-data/train.jsonl"), Role::Replay),
    ("test.jsonl", include_bytes!("../sample-data/test.jsonl"), Role::HeldOut),
];

/// The folder with the pictures in the project.
const IMAGES: &str = "images";

/// Name of the project's folder, without its ending.
const NAME: &str = "sample";

/// Why there is no sample project.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file in the program is no corpus.
    #[error("a file of the sample cannot be read")]
    Read(#[from] ReadError),
    /// The store failed.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A folder cannot be made or renamed.
    #[error("{}: the sample project cannot be put there: {cause}", .path.display())]
    Place {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// The labelled tweets of the sample that models learn from, with their pictures unpacked into `folder`.
pub fn to_learn_from(folder: &Path) -> Result<(Corpus, ImageStore), SampleError> {
    PICTURES.extract(folder).map_err(|cause| SampleError::Place { path: folder.to_owned(), cause })?;
    let (name, tweets, _) = FILES[1];
    let corpus = Corpus::read_from(name, tweets, ReadOptions::default())?;
    Ok((corpus, ImageStore::new(vec![folder.to_owned()])))
}

/// Where the sample project lies in the data folder.
pub fn place(data: &Path) -> PathBuf {
    data.join(format!("{NAME}.spanlight"))
}

/// Opens the sample project in the data folder; makes it first if it is not there.
pub fn open(data: &Path) -> Result<Project, SampleError> {
    let dir = place(data);
    if !Project::is_project(&dir) {
        unpack(data, &dir)?;
    }
    Ok(Project::open(&dir)?)
}

/// Moves the sample project aside, so that the next one starts afresh; where the old one lies now.
pub fn set_aside(data: &Path) -> Result<Option<PathBuf>, SampleError> {
    let dir = place(data);
    if !Project::is_project(&dir) {
        return Ok(None);
    }
    // Nobody may be working in it while it moves.
    drop(Project::open(&dir)?);
    let stamp = Timestamp::now().strftime("%Y%m%d-%H%M%S");
    let mut aside = data.join(format!("{NAME}-{stamp}.spanlight"));
    let mut number = 1;
    while aside.exists() {
        number += 1;
        aside = data.join(format!("{NAME}-{stamp}-{number}.spanlight"));
    }
    fs::rename(&dir, &aside).map_err(|cause| SampleError::Place { path: dir, cause })?;
    Ok(Some(aside))
}

/// Makes the project beside its place and renames it, so that a broken start leaves nothing half done.
fn unpack(data: &Path, dir: &Path) -> Result<(), SampleError> {
    let failed = |cause| SampleError::Place { path: dir.to_owned(), cause };
    fs::create_dir_all(data).map_err(failed)?;
    let aside = tempfile::Builder::new().prefix(".sample-").tempdir_in(data).map_err(failed)?;
    let project_dir = aside.path().join("project");
    let images = project_dir.join(IMAGES);
    fs::create_dir_all(&images).map_err(failed)?;
    PICTURES.extract(&images).map_err(failed)?;
    let settings = Settings { images: vec![IMAGES.into()], ..Settings::default() };
    let mut project = Project::create(&project_dir, &settings)?;
    for (name, tweets, role) in FILES {
        project.import(&Corpus::read_from(name, tweets, ReadOptions::default())?, role)?;
    }
    drop(project);
    match fs::rename(&project_dir, dir) {
        // Another program was faster, and made the same project.
        Err(_) if Project::is_project(dir) => Ok(()),
        other => other.map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::ImageStatus;
    use crate::project::{Change, State};

    #[test]
    fn the_sample_is_complete_and_starts_afresh_without_losing_the_old_one() {
        let data = tempfile::tempdir().expect("a folder");
        let mut project = open(data.path()).expect("unpacked");
        assert_eq!(project.files().iter().map(|file| file.role).collect::<Vec<_>>(), FILES.map(|(_, _, role)| role));
        assert!(project.settings().labels.len() >= 4);
        let tweets: Vec<_> = project.queue().iter().map(|item| project.tweet(item.id).expect("a tweet")).collect();
        assert!(tweets.iter().any(|tweet| matches!(project.images().status_of(&tweet.example), ImageStatus::Ready(_))));
        let unusable = |tweet: &&crate::project::Tweet| {
            matches!(project.images().status_of(&tweet.example), ImageStatus::Missing | ImageStatus::Corrupt(_))
        };
        assert_eq!(tweets.iter().filter(unusable).count(), 0);

        let first = tweets[0].id;
        project.apply("done", &[Change { tweet: first, state: Some(State::Done), ..Change::default() }]).expect("kept");
        assert!(matches!(set_aside(data.path()), Err(SampleError::Project(ProjectError::Locked { .. }))));
        drop(project);
        assert_eq!(open(data.path()).expect("opened again").queue()[0].state, State::Done);

        let aside = set_aside(data.path()).expect("moved").expect("it was there");
        assert_eq!(open(data.path()).expect("afresh").queue()[0].state, State::New);
        assert_eq!(Project::open(&aside).expect("the old one").queue()[0].state, State::Done);
        let left = fs::read_dir(data.path()).expect("a folder").count();
        assert_eq!(left, 2, "nothing else is left behind");
    }
}

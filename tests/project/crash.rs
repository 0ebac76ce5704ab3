//! Kills, crashes and full disks.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use spanlight::project::{Project, ProjectError, Role, Settings, State, TweetId};
use spanlight_models::example::{LabelSet, Span};
use tempfile::TempDir;

use super::common::skipped;
use super::*;

/// Copies what a crash would leave: the store and its log, but not what only lives in memory.
fn copy_as_after_a_crash(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for name in ["store.sqlite", "store.sqlite-wal", "project.toml"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("copied");
        }
    }
}

#[test]
fn every_confirmed_edit_is_in_the_files_at_once() {
    let (folder, dir, mut project) = project(&tweets(5));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    for round in 0..10 {
        let change = relabel(ids[round % 5], &[Span::new(format!("T{round}"), 0, 1)]);
        project.apply("x", &[change]).expect("applied");
        let copy = folder.path().join(format!("copy{round}"));
        copy_as_after_a_crash(&dir, &copy);
        let copy = Project::open(&copy).expect("recovered");
        assert_eq!(copy.undo_depth(), (round + 1, 0));
        assert_eq!(exported(&copy, LABEL).0, exported(&project, LABEL).0);
    }
}

/// How often the editing process is killed, each time at another moment.
const ROUNDS: u64 = 200;

#[test]
fn no_edit_waits_until_the_log_is_brought_in() {
    let (folder, dir, mut project) = project(&tweets(2000));
    let log = || fs::metadata(dir.join("store.sqlite-wal")).expect("a log").len();
    let store = || fs::read(dir.join("store.sqlite")).expect("readable");
    assert_eq!((log(), project.unsettled()), (0, false), "an import ends with an empty log");
    let before = store();
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    for round in 0..300 {
        project.apply("x", &[relabel(ids[round * 7 % 2000], &[Span::new("T", 0, 1)])]).expect("applied");
    }
    assert!(log() > 4 << 20, "more than the database would let stand by itself: {}", log());
    assert!(store() == before && project.unsettled());
    project.settle();
    assert!(!project.unsettled());
    let copy = folder.path().join("copy");
    copy_as_after_a_crash(&dir, &copy);
    fs::remove_file(copy.join("store.sqlite-wal")).expect("the log is not needed");
    assert_eq!(Project::open(&copy).expect("whole").undo_depth(), (300, 0));

    // What a crash left in the log is brought in when the project is opened, and the log starts anew.
    project.apply("last", &[set_state(ids[0], State::Done)]).expect("applied");
    let copy = folder.path().join("crashed");
    copy_as_after_a_crash(&dir, &copy);
    let recovered = Project::open(&copy).expect("recovered");
    assert_eq!(recovered.undo_depth(), (301, 0));
    assert_eq!(fs::metadata(copy.join("store.sqlite-wal")).map_or(0, |log| log.len()), 0);
}

/// Not a test of its own: the process that the next one kills. Edits for ever and says what is saved.
#[test]
fn edit_until_killed() {
    let Ok(dir) = std::env::var("SPANLIGHT_TEST_VICTIM") else { return };
    let mut project = Project::open(Path::new(&dir)).expect("opened");
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    for n in 0.. {
        let span = Span::new(format!("{}-{n}", std::process::id()), 0, 1);
        project.apply(&span.label, &[relabel(ids[n % ids.len()], std::slice::from_ref(&span))]).expect("applied");
        eprintln!("saved {}", span.label);
        if n % 7 == 6 {
            project.settle();
        }
    }
}

#[test]
fn killed_at_any_moment_nothing_confirmed_is_lost_or_doubled() {
    let (_folder, dir, project) = project(&tweets(3));
    drop(project);
    let mut confirmed = Vec::new();
    for round in 0..ROUNDS {
        let mut victim = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "crash::edit_until_killed", "--nocapture"])
            .env("SPANLIGHT_TEST_VICTIM", &dir)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(victim.stderr.take().expect("its output"));
        let mut said = String::new();
        lines.read_line(&mut said).expect("a first edit");
        std::thread::sleep(Duration::from_micros(round * 7_919 % 20_000));
        victim.kill().expect("killed");
        victim.wait().expect("gone");
        lines.read_to_string(&mut said).expect("the rest");
        confirmed.extend(
            said.split_inclusive('\n')
                .filter_map(|line| Some(line.strip_suffix('\n')?.strip_prefix("saved ")?.to_owned())),
        );
    }
    let project = Project::open(&dir).expect("recovered");
    let mut logged = Vec::new();
    for item in project.queue() {
        let history = project.history(item.id).expect("read");
        assert!(history.windows(2).all(|pair| pair[0].after == pair[1].before));
        let last = &history.last().expect("edited").after;
        assert_eq!(project.tweet(item.id).expect("there").example.spans, last.spans);
        logged.extend(history.into_iter().map(|entry| entry.summary));
    }
    assert!(confirmed.len() >= ROUNDS as usize);
    assert!(confirmed.iter().all(|label| logged.contains(label)), "a confirmed edit is lost");
    let all = logged.len();
    logged.sort();
    logged.dedup();
    assert_eq!(logged.len(), all, "an edit is doubled");
    assert!(all <= confirmed.len() + ROUNDS as usize, "at most one edit a round was saved and not yet confirmed");
}

/// A small file system that is taken away again at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = folder();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "spanlight-test"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                skipped(format_args!("no small disk: {}", String::from_utf8_lossy(&output.stderr)));
                None
            }
            Err(error) => {
                skipped(format_args!("no small disk: {error}"));
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_costs_only_the_edit_that_did_not_fit() {
    let Some(disk) = SmallDisk::mount() else { return };
    let dir = disk.0.path().join("p");
    let mut project = Project::create(&dir, &Settings::default()).expect("created");
    project.import(&corpus(&tweets(20)), Role::Label).expect("imported");
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    let ballast = disk.0.path().join("ballast");
    let fill = || {
        use std::io::Write;
        let mut file = fs::File::create(&ballast).expect("created");
        while file.write_all(&[0; 512]).is_ok() {}
        // Room for a few edits.
        file.set_len(file.metadata().expect("its size").len() - 100_000).expect("shorter");
    };
    fill();
    let (mut saved, mut error) = (Vec::new(), None);
    for round in 0..2000 {
        let spans = [Span::new(format!("type {round}"), 0, 2)];
        match project.apply("an edit", &[relabel(ids[round % 20], &spans), set_state(ids[round % 20], State::Done)]) {
            Ok(_) => saved.push((round % 20, spans)),
            Err(full) => {
                error = Some(full);
                break;
            }
        }
    }
    let error = error.expect("the disk is full");
    assert!(matches!(error, ProjectError::DiskFull { .. }), "{error:?}");
    assert!(error.to_string().contains("the edit “an edit” was not saved: no space is left"), "{error}");
    assert!(!saved.is_empty());
    let agrees = |project: &Project, undone: usize| {
        assert_eq!(project.undo_depth(), (saved.len(), undone));
        for (index, id) in ids.iter().enumerate() {
            let last = saved.iter().rev().find(|(at, _)| *at == index);
            let tweet = project.tweet(*id).expect("there");
            assert_eq!(tweet.state, project.queue()[index].state);
            assert_eq!(tweet.state == State::Done, last.is_some());
            if let Some((_, spans)) = last {
                assert_eq!(tweet.example.spans, spans);
            }
        }
    };
    agrees(&project, 0);
    project.settle();
    agrees(&project, 0);
    let mut settings = project.settings().clone();
    settings.labels = LabelSet::new((0..50_000).map(|n| format!("type {n}")));
    assert!(matches!(project.update_settings(settings), Err(ProjectError::DiskFull { .. })));
    assert_eq!(project.settings().labels.len(), 1);
    let big = corpus(&tweets(5000));
    assert!(matches!(project.import(&big, Role::Label), Err(ProjectError::DiskFull { .. })));
    assert_eq!((project.queue().len(), project.files().len()), (20, 1));

    fs::remove_file(&ballast).expect("space again");
    project.apply("after", &[relabel(ids[3], &[Span::new("NEW", 0, 1)])]).expect("applied").expect("a change");
    project.undo().expect("undone").expect("a step");
    agrees(&project, 1);
    drop(project);
    agrees(&Project::open(&dir).expect("opened"), 1);
}

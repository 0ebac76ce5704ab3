//! `kill -9` at random moments while keys are typed: what the screen had confirmed is there, and nothing is doubled.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use spanlight::project::{EditKind, Project, State};

use crate::{corpus, spanlight};

const KILLS: usize = 200;

/// Tweets done according to the status line, `✓12`.
fn done_on_screen(text: &str) -> Option<usize> {
    let (_, after) = text.rsplit_once('✓')?;
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

#[test]
fn nothing_confirmed_is_lost_and_nothing_is_doubled() {
    let home = tempfile::tempdir().expect("a folder");
    let tweets = corpus(home.path(), 20_000);
    let project = home.path().join("p.spanlight");
    // A terminal that does not say what it can is waited for at every start.
    let arguments =
        ["annotate", "--graphics", "blocks", "--corpus", &tweets, "--project", &project.display().to_string()];
    let arguments = arguments.map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(20);
    let mut confirmed = 0;
    for kill in 0..KILLS {
        let mut program = spanlight(home.path(), [100, 30], &arguments);
        program.until(|text| done_on_screen(text).is_some());
        let moment = Duration::from_millis(dice.random_range(0..150));
        let begun = std::time::Instant::now();
        while begun.elapsed() < moment {
            // The first token becomes an entity of the first type, and the tweet is done.
            program.keys("1");
            program.keys(" ");
            thread::sleep(Duration::from_millis(dice.random_range(0..12)));
        }
        let shown = done_on_screen(&program.kill()).unwrap_or(confirmed);
        let stored = done_in_store(&project);
        assert!(stored >= shown, "kill {kill}: the screen said {shown} done, the store has {stored}");
        assert!(stored >= confirmed, "kill {kill}: {confirmed} were done before, the store has {stored}");
        confirmed = stored;
    }
    assert!(confirmed > KILLS, "the script labelled {confirmed} tweets in {KILLS} runs");
    each_done_once(&project);
}

fn done_in_store(project: &Path) -> usize {
    let project = Project::open_read_only(project).expect("the store opens after a kill");
    project.queue().iter().filter(|item| item.state == State::Done).count()
}

fn each_done_once(project: &Path) {
    let project = Project::open_read_only(project).expect("the store opens after a kill");
    for item in project.queue().iter().filter(|item| item.state == State::Done) {
        let tweet = project.tweet(item.id).expect("it is there");
        let history = project.history(item.id).expect("it has a history");
        assert_eq!(tweet.example.spans.len(), 1, "{:?}", tweet.example);
        assert!(history.iter().all(|entry| entry.kind == EditKind::Edit));
        assert_eq!(history.len(), 2, "one label and one mark: {history:?}");
    }
}

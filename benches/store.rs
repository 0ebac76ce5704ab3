//! What importing, opening, scrolling, searching and editing cost: `cargo bench --bench store`.
//!
//! Without arguments, 4 000 and 200 000 made-up tweets; with a file, that file (`cargo bench --bench store -- FILE`).

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use spanlight::corpus::Format;
use spanlight::order::{Plan, QueueOrder, Shingles};
use spanlight::project::{Change, ExportOptions, Project, Role, Search, State, TrainingCaps, TweetId};
use spanlight_models::example::Span;
use spanlight_models::uncertainty::Scored;

use common::{Failure, import, peak_memory};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Failure> {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let folder = tempfile::tempdir()?;
    if let Some(file) = given {
        return measure(&file, folder.path());
    }
    for count in [4_000, 200_000] {
        let file = folder.path().join(format!("{count}.txt"));
        fs::write(&file, made_up(count))?;
        measure(&file, folder.path())?;
    }
    Ok(())
}

/// Tweets of 16 words on average, as the published ones have, one entity in each.
fn made_up(count: usize) -> String {
    let mut text = String::new();
    let mut random = 1_u64;
    for id in 0..count {
        let _ = writeln!(text, "IMGID:{id}");
        for place in 0..10 + id % 13 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let tag = if place == 3 { "B-PER" } else { "O" };
            let _ = writeln!(text, "word{}\t{tag}", (random >> 33) % 30_000);
        }
        text.push('\n');
    }
    text
}

fn measure(file: &Path, folder: &Path) -> Result<(), Failure> {
    let dir = folder.join("bench.spanlight");
    let (mut project, import) = import(file, &dir)?;
    let first = Instant::now();
    project.apply("the first edit", &[edit(project.queue()[0].id, 0)])?;
    let first = first.elapsed();
    drop(project);
    let reopening = Instant::now();
    let mut project = Project::open(&dir)?;
    let opened = reopening.elapsed();
    println!("{}: {} tweets", file.display(), project.queue().len());
    println!("  read and checked             {:>10.1?}", import.read);
    println!("  imported and open            {:>10.1?}", import.open);
    println!("  the first edit after it      {first:>10.1?}");
    println!("  opened again                 {opened:>10.1?}");

    let end = project.queue().len();
    worst("a page of 60 rows", 200, |n| project.snippets(n * 7_919 % end..n * 7_919 % end + 60).len());
    worst("search, a rare word", 20, |n| project.search(&format!("WORD{n}123")).len());
    worst("search, every tweet", 20, |_| project.search("o").len());
    worst("tweet under the cursor", 200, |n| project.tweet(project.queue()[n * 7_919 % end].id).is_ok());
    let words = ["word1234".to_owned()];
    worst("occurrences of a name", 5, |_| project.occurrences(&words).map_or(0, |places| places.len()));
    let ids: Vec<i64> = project.queue().iter().map(|item| item.id).collect();
    worst("a durable edit", 500, |n| project.apply("an edit", &[edit(ids[n * 7_919 % end], n)]).is_ok());
    worst("the log of them brought in", 1, |_| project.settle());
    worst("corrections waiting", 100, |_| project.corrections_waiting().is_ok());
    let caps = TrainingCaps { corrections: 200, replay: 200, held_out: 200 };
    worst("what to learn from", 20, |_| project.training_set(caps).is_ok());
    worst("undo", 500, |_| project.undo().is_ok());
    worst("mark as seen", 500, |n| project.mark_seen(ids[n * 7_919 % end]).is_ok());
    let scores: Vec<_> = ids.iter().take(256).map(|id| (*id, Scored::default())).collect();
    worst("256 uncertainties", 20, |_| project.record_scores(0, &scores).is_ok());
    let recent: Vec<Shingles> = (0..12).map(|n| Shingles::of(project.text_at(n))).collect();
    for order in [QueueOrder::Uncertain, QueueOrder::Random, QueueOrder::Corpus] {
        let plan = Plan { order, ..Plan::default() };
        worst(&format!("next tweet, {}", order.name()), 50, |n| {
            project.next_tweet(&plan, &Search { open: Some(n), recent: &recent, ..Search::default() })
        });
    }
    let filter = project.read_filter("type:LOC -/word[0-9]7/ len:>5")?;
    let fit = || filter.as_ref().map_or(0, |filter| project.filtered(filter).map_or(0, |fit| fit.len()));
    worst("what fits a filter, all read", 1, |_| fit());
    let options = ExportOptions { format: Format::Conll, role: Role::Label, flatten: None };
    worst("export", 1, |_| project.export(options, &mut std::io::sink()).is_ok());
    worst("stats", 1, |_| project.stats().is_ok());
    if let Some(peak) = peak_memory() {
        println!("  peak memory                  {peak:>10}");
    }
    drop(project);
    fs::remove_dir_all(dir)?;
    Ok(())
}

/// A label and a state, another one each time.
fn edit(tweet: TweetId, n: usize) -> Change {
    Change { tweet, spans: Some(vec![Span::new("LOC", n % 5, n % 5 + 2)]), state: Some(State::Done), note: None }
}

/// Runs something several times and prints the median, the 99th of a hundred and the longest time.
fn worst<T>(name: &str, times: usize, mut run: impl FnMut(usize) -> T) {
    let mut took: Vec<Duration> = Vec::new();
    for n in 0..times {
        let start = Instant::now();
        std::hint::black_box(run(n));
        took.push(start.elapsed());
    }
    took.sort();
    let (median, most, longest) = (took[times / 2], took[times * 99 / 100], took[times - 1]);
    println!("  {name:<28} {median:>10.1?} (p99 {most:.1?}, longest {longest:.1?})");
}

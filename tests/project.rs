//! The store: nothing confirmed is ever lost, everything can be taken back, and one program works in it at a time.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use spanlight::corpus::{Corpus, Format, ImageStatus, ReadOptions};
use spanlight::project::{
    Change,
    EditKind::{self, Edit, Redo, Undo},
    ExportOptions, ExportReport, Project, ProjectError, Role, Settings, State, TrainingCaps, TrainingSet, TweetId,
};
use spanlight_models::example::{LabelSet, Span, TypeStyle};
use tempfile::TempDir;

const LABEL: ExportOptions = ExportOptions { format: Format::Conll, role: Role::Label };

fn corpus(text: &str) -> Corpus {
    Corpus::read_from("test", text.as_bytes(), ReadOptions::default()).expect("a corpus")
}

/// `count` tweets of four tokens, the second one an orphan `I-LOC`.
fn tweets(count: usize) -> String {
    let tweet = |n| format!("IMGID:{n}\nword{n}\tO\nRome\tI-LOC\nin\tO\nItaly\tB-LOC\n\n");
    (0..count).map(tweet).collect::<Vec<_>>().concat()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn project(text: &str) -> (TempDir, PathBuf, Project) {
    let folder = folder();
    let dir = folder.path().join("test.spanlight");
    let mut project = Project::create(&dir, &Settings::default()).expect("created");
    project.import(&corpus(text), Role::Label).expect("imported");
    (folder, dir, project)
}

fn relabel(tweet: TweetId, spans: &[Span]) -> Change {
    Change { tweet, spans: Some(spans.to_vec()), ..Change::default() }
}

fn set_state(tweet: TweetId, state: State) -> Change {
    Change { tweet, state: Some(state), ..Change::default() }
}

fn exported(project: &Project, options: ExportOptions) -> (String, ExportReport) {
    let mut out = Vec::new();
    let report = project.export(options, &mut out).expect("exported");
    (String::from_utf8(out).expect("UTF-8"), report)
}

#[test]
fn published_corpora_pass_through_byte_for_byte() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !data.is_dir() {
        println!("skipped: {} is not there", data.display());
        return;
    }
    for name in ["twitter2015/test.txt", "twitter2017/valid.txt", "gmner/txt/dev.txt"] {
        let folder = folder();
        let images = vec![data.join("images")];
        let settings = Settings { images, ..Settings::default() };
        let mut project = Project::create(&folder.path().join("p"), &settings).expect("created");
        let corpus = Corpus::read(&data.join(name), ReadOptions::default()).expect("a corpus");
        project.import(&corpus, Role::Label).expect("imported");
        let (text, report) = exported(&project, LABEL);
        assert!(text.as_bytes() == fs::read(data.join(name)).expect("readable"), "{name}");
        assert_eq!((report.tweets, report.unchanged), (corpus.len(), corpus.len()));
        let shown = corpus.examples().filter(|e| matches!(project.images().status_of(e), ImageStatus::Ready(_)));
        assert!(shown.count() > 0, "{name}");
    }
}

#[test]
fn edits_are_steps_that_survive_a_restart() {
    let (_folder, dir, mut project) = project(&tweets(3));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    assert_eq!(project.settings().labels.names().collect::<Vec<_>>(), ["LOC"]);
    let new = [Span::new("PER", 0, 1), Span::new("LOC", 1, 2)];

    project.mark_seen(ids[0]).expect("seen");
    project.set_position(ids[1]).expect("remembered");
    project.record_scores(&[(ids[2], 0.25), (99, 0.5), (ids[1], f32::NAN)]).expect("scored");
    let applied = project.apply("label PER", &[relabel(ids[0], &new)]).expect("applied").expect("a change");
    assert_eq!((applied.tweets.as_slice(), applied.summary.as_str()), (&ids[..1], "label PER"));
    assert_eq!(project.apply("same", &[relabel(ids[0], &new)]).expect("applied"), None);
    let batch: Vec<Change> = ids.iter().map(|id| relabel(*id, &[])).collect();
    assert_eq!(project.apply("clear all", &batch).expect("applied").expect("a change").tweets, ids);
    project.undo().expect("undone").expect("a step");
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(project.position(), Some(ids[1]));
    assert_eq!(project.queue()[2].uncertainty, Some(0.25));
    assert_eq!((project.queue()[1].uncertainty, project.queue()[1].state), (None, State::New));
    let tweet = project.tweet(ids[0]).expect("there");
    assert_eq!((tweet.example.spans.as_slice(), tweet.state, tweet.human), (&new[..], State::InProgress, true));
    assert_eq!(project.undo_depth(), (1, 1));
    assert_eq!(project.redo().expect("redone").expect("a step").summary, "redo: clear all");
    assert_eq!(project.undo().expect("undone").expect("a step").tweets, ids);
    assert_eq!(project.undo().expect("undone").expect("a step").summary, "undo: label PER");
    assert_eq!(project.undo().expect("nothing left"), None);
    assert_eq!(exported(&project, LABEL).0, tweets(3));

    project.apply("note", &[Change { tweet: ids[0], note: Some("odd".into()), ..Change::default() }]).expect("applied");
    assert_eq!(project.redo().expect("a new edit ends redo"), None);
    let history = project.history(ids[0]).expect("read");
    let kinds: Vec<EditKind> = history.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Edit, Edit, Undo, Redo, Undo, Undo, Edit]);
    assert!(history.windows(2).all(|pair| pair[0].after == pair[1].before && pair[0].at <= pair[1].at));
    assert!(history.iter().all(|entry| entry.who == history[0].who && entry.at.ends_with('Z')));
    assert_eq!(history[6].after.note.as_deref(), Some("odd"));
    let stats = project.stats().expect("counted");
    assert_eq!((stats.edits, stats.undone, stats.redone, stats.types["LOC"], stats.tokens), (5, 7, 3, 6, 12));
}

#[test]
fn a_random_walk_agrees_with_a_model() {
    type Picture = Vec<(State, Vec<Span>)>;
    let picture = |project: &Project| -> Picture {
        let tweets = project.queue().iter().map(|item| {
            let tweet = project.tweet(item.id).expect("there");
            assert_eq!(tweet.state, item.state, "memory and store agree");
            (tweet.state, tweet.example.spans)
        });
        tweets.collect()
    };
    let (_folder, dir, mut project) = project(&tweets(4));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    for id in &ids {
        project.mark_seen(*id).expect("seen");
    }
    let (mut past, mut now, mut future): (Vec<Picture>, _, Vec<Picture>) = (Vec::new(), picture(&project), Vec::new());
    let mut random = 7_u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    for step in 0..400 {
        match below(10) {
            0..=4 => {
                let mut next = now.clone();
                let changes: Vec<Change> = (0..=below(3))
                    .map(|_| {
                        let (at, start) = (below(ids.len()), below(4));
                        let spans = vec![Span::new(["PER", "LOC"][below(2)], start, start + 1 + below(4 - start))];
                        let state = [State::InProgress, State::Done, State::Flagged][below(3)];
                        next[at] = (state, spans.clone());
                        Change { tweet: ids[at], spans: Some(spans), state: Some(state), note: None }
                    })
                    .collect();
                let applied = project.apply("random", &changes).expect("applied");
                assert_eq!(applied.is_some(), next != now, "step {step}");
                if next != now {
                    past.push(std::mem::replace(&mut now, next));
                    future.clear();
                }
            }
            5..=7 => {
                assert_eq!(project.undo().expect("undone").is_some(), !past.is_empty(), "step {step}");
                if let Some(before) = past.pop() {
                    future.push(std::mem::replace(&mut now, before));
                }
            }
            8 => {
                assert_eq!(project.redo().expect("redone").is_some(), !future.is_empty(), "step {step}");
                if let Some(after) = future.pop() {
                    past.push(std::mem::replace(&mut now, after));
                }
            }
            _ if step % 4 == 0 => {
                drop(project);
                project = Project::open(&dir).expect("opened");
            }
            _ => {}
        }
        assert_eq!(picture(&project), now, "step {step}");
        assert_eq!(project.undo_depth(), (past.len(), future.len()), "step {step}");
    }
    while project.undo().expect("undone").is_some() {}
    assert_eq!(exported(&project, LABEL).0, tweets(4));
}

#[test]
fn edited_tweets_change_only_where_they_were_edited() {
    let (_folder, _dir, mut project) = project(&tweets(3));
    let second = project.queue()[1].id;
    project.apply("x", &[relabel(second, &[Span::new("LOC", 1, 2), Span::new("a b/c", 2, 4)])]).expect("applied");
    let expected = tweets(3)
        .replace("word1\tO\nRome\tI-LOC\nin\tO\nItaly\tB-LOC", "word1\tO\nRome\tI-LOC\nin\tB-a b/c\nItaly\tI-a b/c");
    let (text, report) = exported(&project, LABEL);
    assert_eq!((text.as_str(), report.tweets, report.unchanged), (expected.as_str(), 3, 2));
    assert!(report.repairs.is_empty());

    let (json, report) = exported(&project, ExportOptions { format: Format::Jsonl, ..LABEL });
    assert_eq!((json.lines().count(), report.unchanged, report.repairs.total()), (3, 0, 3));
    assert_eq!(corpus(&json).example(1).spans, project.tweet(second).expect("there").example.spans);
}

#[test]
fn files_of_several_formats_and_roles_export_together() {
    let (_folder, _dir, mut project) = project("\u{feff}IMGID:1\na\tO");
    let json = "{\"id\":\"2\",\"tokens\":[\"b\"],\"spans\":[{\"start\":0,\"end\":1,\"type\":\"X\"}],\"images\":[\"i\",\"j\"]}\n\
                {\"id\":\"3\",\"tokens\":[\"tab\\tbed\"]}";
    let report = project.import(&corpus(json), Role::Label).expect("imported");
    assert_eq!(report.new_types, ["X"]);
    project.import(&corpus("\u{feff}\nc\tO\n"), Role::Label).expect("imported");
    project.import(&corpus("IMGID:1\ngold\tO\n"), Role::HeldOut).expect("imported");
    assert_eq!(project.queue().len(), 4);

    let (text, report) = exported(&project, LABEL);
    assert_eq!(text, "\u{feff}IMGID:1\na\tO\n\nIMGID:2\nb\tB-X\n\nc\tO\n");
    assert_eq!((report.tweets, report.reduced, report.left_out.total()), (3, 1, 1));
    assert_eq!(report.left_out.items()[0].tweet, "3");
    let (text, report) = exported(&project, ExportOptions { format: Format::Jsonl, ..LABEL });
    assert!(text.contains(json) && report.left_out.is_empty() && report.unchanged == 2, "{text}");
    assert_eq!(corpus(&text).len(), 4);
    assert_eq!(exported(&project, ExportOptions { role: Role::HeldOut, ..LABEL }).0, "IMGID:1\ngold\tO\n");
}

#[test]
fn imports_are_checked_for_what_is_there() {
    let (_folder, dir, mut project) = project(&tweets(2));
    let again = project.import(&corpus(&tweets(2)), Role::HeldOut).expect_err("the same bytes");
    assert!(matches!(&again, ProjectError::AlreadyImported { role: "label", .. }), "{again}");
    let mut settings = project.settings().clone();
    settings.labels = LabelSet::new(["B", "A"]);
    settings.labels.insert("PER", TypeStyle { color: Some("red".into()), key: Some('p') });
    project.update_settings(settings).expect("saved");
    let report = project.import(&corpus("IMGID:1\na\tB-NEW\nb\tB-PER\n"), Role::Label).expect("imported");
    assert_eq!((report.tweets, report.new_types.as_slice()), (1, &["NEW".to_owned()][..]));
    assert_eq!(report.repeated_ids.items(), ["1"]);
    let names = |project: &Project| project.settings().labels.names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&project), ["B", "A", "PER", "NEW"]);
    assert_eq!(project.files().iter().map(|file| file.tweets).collect::<Vec<_>>(), [2, 1]);
    drop(project);
    let project = Project::open(&dir).expect("opened");
    assert_eq!(names(&project), ["B", "A", "PER", "NEW"]);
    assert_eq!(project.settings().labels.style("PER").and_then(|style| style.key), Some('p'));
}

#[test]
fn hostile_tweets_are_kept_as_they_are() {
    let text = "IMGID:../../etc/passwd\n\0\tO\n\u{1b}]52;c;AAAA\u{7}\tO\n\u{202e}\tB-a/b c\n\n\
                IMGID:'; DROP TABLE edits; --\n\u{a0}\tO\n\n";
    let long = (0..10_000).map(|n| format!("w{n}\tO")).collect::<Vec<_>>().join("\n") + "\n";
    let text = format!("{text}IMGID:\u{1b}[2J\n{long}");
    let (_folder, _dir, mut project) = project(&text);
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    let tweet = project.tweet(ids[0]).expect("there").example;
    assert_eq!((tweet.id.as_str(), tweet.tokens[0].as_str()), ("../../etc/passwd", "\0"));
    assert_eq!(project.images().status_of(&tweet), ImageStatus::Missing);
    assert_eq!(project.snippets(0..9)[0].text, "\0 \u{1b}]52;c;AAAA\u{7} \u{202e}");
    let label = "L / ".repeat(125);
    let spans = [Span::new(label.trim_end(), 9_000, 10_000)];
    project.apply("long", &[relabel(ids[2], &spans)]).expect("applied");
    let too_far =
        project.apply("far", &[set_state(ids[0], State::Done), relabel(ids[2], &[Span::new("X", 9_999, 10_001)])]);
    assert!(too_far.expect_err("out of range").to_string().contains("\\u{1b}[2J: span 9999..10001"));
    assert_eq!(project.queue()[0].state, State::New, "all or nothing");
    assert_eq!(project.undo_depth(), (1, 0));
    assert_eq!(corpus(&exported(&project, LABEL).0).example(2).spans, spans);
    project.undo().expect("undone");
    assert_eq!(exported(&project, LABEL).0, text);
    assert!(matches!(project.tweet(77), Err(ProjectError::NoSuchTweet(77))));
}

#[test]
fn tweets_are_found_by_words_and_ids() {
    let text = "IMGID:a\nNew\tO\nYork\tO\n\nIMGID:b\nNew York\tO\n\nIMGID:c\nno\tO\nnew\tO\nYork\tO\nNew\tO\nYork\tO\nNew\tO\nYork\tO\n\n\
                IMGID:d\nNew\tO\nYorker\tO\n";
    let (_folder, _dir, mut project) = project(text);
    project.import(&corpus("IMGID:e\nNew\tO\nYork\tO\n"), Role::Replay).expect("imported");
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    assert_eq!(project.search("nEW yoRK"), ids);
    assert_eq!(project.search("yorker"), ids[3..]);
    assert!(project.search("").is_empty());
    let words = ["New".to_owned(), "York".to_owned()];
    let places = project.occurrences(&words).expect("searched");
    assert_eq!(places, [(ids[0], 0..2), (ids[2], 3..5), (ids[2], 5..7)]);
    assert!(project.occurrences(&[]).expect("searched").is_empty());
    assert_eq!(project.find_id("c").expect("searched"), Some(ids[2]));
    assert_eq!(project.find_id("e").expect("searched"), None);
    let page = project.snippets(2..99);
    assert_eq!(page.iter().map(|row| row.item.id).collect::<Vec<_>>(), ids[2..]);
    assert_eq!(page[1].text, "New Yorker");
    assert!(project.snippets(50..60).is_empty());
}

#[test]
fn one_program_works_and_others_look_on() {
    let (_folder, dir, mut project) = project(&tweets(2));
    let locked = Project::open(&dir).expect_err("locked");
    let ProjectError::Locked { holder, .. } = &locked else { panic!("{locked}") };
    assert_eq!(holder.pid, std::process::id());
    assert!(locked.to_string().contains(&format!("process {}", std::process::id())), "{locked}");
    assert!(matches!(Project::create(&dir, &Settings::default()), Err(ProjectError::Locked { .. })));

    let first = project.queue()[0].id;
    project.apply("done", &[set_state(first, State::Done)]).expect("applied");
    let mut reader = Project::open_read_only(&dir).expect("opened beside the writer");
    assert_eq!((reader.queue()[0].state, reader.is_read_only()), (State::Done, true));
    for error in [
        reader.apply("x", &[set_state(first, State::Flagged)]).expect_err("read-only"),
        reader.import(&corpus("IMGID:9\na\tO\n"), Role::Label).expect_err("read-only"),
        reader.mark_seen(reader.queue()[1].id).expect_err("read-only"),
        reader.update_settings(Settings::default()).expect_err("read-only"),
        reader.undo().expect_err("read-only"),
    ] {
        assert!(matches!(error, ProjectError::ReadOnly { .. }), "{error}");
    }
    assert_eq!(reader.queue()[1].state, State::New);
    project.apply("PER", &[relabel(first, &[Span::new("PER", 0, 1)])]).expect("applied beside the reader");
    let (text, _) = exported(&reader, LABEL);
    assert!(text.contains("word0\tB-PER"), "an export shows what is there when it is made");

    drop(project);
    assert!(matches!(Project::create(&dir, &Settings::default()), Err(ProjectError::AlreadyThere { .. })));
    Project::open(&dir).expect("free again");
}

#[test]
fn what_is_no_store_is_refused_in_words() {
    let folder = folder();
    let nothing = folder.path().join("nothing");
    assert!(matches!(Project::open(&nothing), Err(ProjectError::NotAProject { .. })));
    assert!(!nothing.exists());

    let (_folder, dir, project) = project(&tweets(200));
    drop(project);
    let store = dir.join("store.sqlite");
    let good = fs::read(&store).expect("readable");
    let refuse = |bytes: &[u8]| {
        fs::write(&store, bytes).expect("written");
        Project::open(&dir).expect_err("refused")
    };
    let mut torn = good.clone();
    torn[4096..].fill(0x5a);
    for bytes in [&b"no database at all, but long enough to be one"[..], &torn, &good[..6000], b""] {
        let error = refuse(bytes);
        assert!(matches!(error, ProjectError::Corrupt { .. }), "{error:?}");
        assert!(error.to_string().contains("store.sqlite"), "{error}");
    }
    fs::write(&store, &good).expect("written");
    let db = rusqlite::Connection::open(&store).expect("opened");
    db.pragma_update(None, "user_version", 99).expect("changed");
    drop(db);
    let newer = Project::open(&dir).expect_err("newer");
    assert!(matches!(newer, ProjectError::NewerVersion { found: 99, .. }), "{newer}");
    fs::write(&store, &good).expect("written");
    fs::write(dir.join("project.toml"), "colour = 1").expect("written");
    assert!(matches!(Project::open(&dir), Err(ProjectError::Settings { .. })));
}

#[test]
fn the_log_cannot_be_rewritten() {
    let (_folder, dir, mut project) = project(&tweets(1));
    project.apply("done", &[set_state(project.queue()[0].id, State::Done)]).expect("applied");
    drop(project);
    let db = rusqlite::Connection::open(dir.join("store.sqlite")).expect("opened");
    for sql in ["UPDATE edits SET who = 'x'", "DELETE FROM edits", "REPLACE INTO edits SELECT * FROM edits"] {
        let error = db.execute(sql, []).expect_err(sql);
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn exports_to_files_are_whole_or_not_there() {
    let (folder, _dir, project) = project(&tweets(2));
    let path = folder.path().join("out.txt");
    let report = project.export_to_file(LABEL, &path).expect("exported");
    assert_eq!((report.tweets, fs::read_to_string(&path).expect("readable")), (2, tweets(2)));
    let nowhere = project.export_to_file(LABEL, &folder.path().join("no/such/out.txt")).expect_err("no folder");
    assert!(nowhere.to_string().contains("out.txt"), "{nowhere}");
    let onto_a_folder = project.export_to_file(LABEL, folder.path()).expect_err("a folder");
    assert!(matches!(onto_a_folder, ProjectError::Io { .. }), "{onto_a_folder}");
}

#[test]
fn what_is_learned_is_never_what_is_judged_by() {
    let caps = TrainingCaps { corrections: 1000, replay: 10, held_out: 1000 };
    let (_folder, dir, mut project) = project(&tweets(100));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    assert_eq!(project.training_set(caps).expect("read"), TrainingSet::default());
    let done: Vec<_> = ids[..60].iter().map(|id| set_state(*id, State::Done)).collect();
    project.apply("done", &done).expect("applied");
    project.apply("skipped", &[set_state(ids[0], State::Skipped)]).expect("applied");

    let set = project.training_set(caps).expect("read");
    let numbers = |tweets: &[spanlight::project::TrainingTweet]| tweets.iter().map(|t| t.tweet).collect::<Vec<_>>();
    assert_eq!(set.corrections.len() + set.held_out.len(), 59);
    assert!((5..20).contains(&set.held_out.len()), "{}", set.held_out.len());
    assert!(set.replay.is_empty());
    assert_eq!(set.corrections[0].tweet, *numbers(&set.corrections).iter().max().expect("some"), "newest first");
    assert_eq!(project.corrections_waiting().expect("counted"), set.corrections.len());

    // An edit that comes while the model learns waits for the next step.
    let late = set.corrections[3].tweet;
    project.apply("late", &[relabel(late, &[])]).expect("applied");
    project.mark_learned(1, set.through).expect("noted");
    drop(project);
    let mut project = Project::open(&dir).expect("opened");
    let next = project.training_set(caps).expect("read");
    assert_eq!((numbers(&next.corrections), next.replay.len()), (vec![late], 10));
    assert_eq!(next.held_out, set.held_out);
    assert!(next.replay.iter().all(|tweet| !numbers(&next.held_out).contains(&tweet.tweet)));
    project.unlearn_after(0).expect("noted");
    assert_eq!(project.training_set(caps).expect("read").corrections.len(), set.corrections.len());

    // A held-out file takes the place of the fold; what it holds is learned under no other number either.
    project.import(&corpus("IMGID:5\ngold\tO\n\nIMGID:x\ngold\tO\n"), Role::HeldOut).expect("imported");
    project.import(&corpus("IMGID:x\nold\tO\n\nIMGID:y\nold\tO\n"), Role::Replay).expect("imported");
    let set = project.training_set(caps).expect("read");
    let names =
        |tweets: &[spanlight::project::TrainingTweet]| tweets.iter().map(|t| t.example.id.clone()).collect::<Vec<_>>();
    assert_eq!((names(&set.held_out), names(&set.replay)), (vec!["5".into(), "x".into()], vec!["y".to_owned()]));
    assert_eq!(set.corrections.len(), 58);
    assert!(!names(&set.corrections).contains(&"5".to_owned()));
    assert_eq!(project.corrections_waiting().expect("counted"), 58);
}

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
    }
}

#[test]
fn killed_at_any_moment_nothing_confirmed_is_lost_or_doubled() {
    let (_folder, dir, project) = project(&tweets(3));
    drop(project);
    let mut confirmed = Vec::new();
    for round in 0..12_u64 {
        let mut victim = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "edit_until_killed", "--nocapture"])
            .env("SPANLIGHT_TEST_VICTIM", &dir)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(victim.stderr.take().expect("its output"));
        let mut said = String::new();
        lines.read_line(&mut said).expect("a first edit");
        std::thread::sleep(Duration::from_micros(round * 1_700));
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
    assert!(confirmed.len() >= 12);
    assert!(confirmed.iter().all(|label| logged.contains(label)), "a confirmed edit is lost");
    let all = logged.len();
    logged.sort();
    logged.dedup();
    assert_eq!(logged.len(), all, "an edit is doubled");
    assert!(all <= confirmed.len() + 12, "at most one edit a round was saved and not yet confirmed");
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
                println!("skipped: no small disk: {}", String::from_utf8_lossy(&output.stderr));
                None
            }
            Err(error) => {
                println!("skipped: no small disk: {error}");
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

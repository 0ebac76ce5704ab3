//! What comes in and goes out.

use std::fs;

use spanlight::corpus::{Corpus, Format, ImageStatus, ReadOptions};
use spanlight::project::{ExportOptions, Project, ProjectError, Role, Settings, State, TweetId};
use spanlight_models::example::{LabelSet, Span, TypeStyle};

use super::common::published;
use super::*;

#[test]
fn published_corpora_pass_through_byte_for_byte() {
    let Some(data) = published() else { return };
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
        only_the_edited_tags_change(&mut project, &text);
    }
}

/// Labels one tweet otherwise and looks at every line of the export.
fn only_the_edited_tags_change(project: &mut Project, before: &str) {
    let tweet = project.queue()[project.queue().len() / 2].id;
    let mut spans = project.tweet(tweet).expect("there").example.spans;
    let last = project.tweet(tweet).expect("there").example.tokens.len() - 1;
    spans.retain(|span| span.end <= last);
    spans.push(Span::new("a b/c", last, last + 1));
    project.apply("x", &[relabel(tweet, &spans)]).expect("applied");
    let (after, report) = exported(project, LABEL);
    assert_eq!(report.unchanged + 1, report.tweets);
    assert_eq!(before.lines().count(), after.lines().count());
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert!(changed.iter().any(|(_, new)| new.ends_with("\tB-a b/c")), "{changed:?}");
    for (old, new) in &changed {
        let token = |line: &str| line.rsplit_once('\t').map(|(token, _)| token.to_owned());
        assert!(token(old).is_some() && token(old) == token(new), "{old:?} {new:?}");
    }
    // No more than the new entity and the one whose place it took.
    assert!(changed.len() <= 4, "{changed:?}");
    project.undo().expect("undone").expect("a step");
    assert!(exported(project, LABEL).0 == before);
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

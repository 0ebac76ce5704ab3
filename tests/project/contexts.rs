//! Contexts: steps of the same history as labels, kept byte for byte where nobody changed them.

use spanlight::corpus::contexts::{ContextFile, ContextOptions, Said};
use spanlight::project::contexts::{ContextId, ContextRecord, ContextResult};
use spanlight_models::example::{Context, ContextKind};

use super::*;

const JSONL: ExportOptions = ExportOptions { format: Format::Jsonl, role: Role::Label, flatten: None };

fn caption(text: &str) -> Context {
    Context::new(ContextKind::Caption, text)
}

fn texts(project: &Project, tweet: TweetId) -> Vec<String> {
    let contexts = project.tweet(tweet).expect("there").example.contexts;
    contexts.into_iter().map(|context| context.text).collect()
}

fn file(text: &str) -> ContextFile {
    ContextFile::parse("folder/c.txt", text.as_bytes(), ContextOptions::default()).expect("contexts")
}

#[test]
fn contexts_and_labels_share_one_history() {
    let (_folder, dir, mut project) = project(&tweets(3));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    project.put_context(ids[0], caption("first")).expect("put").expect("a change");
    project.apply("label", &[relabel(ids[0], &[Span::new("PER", 0, 1)])]).expect("applied").expect("a change");
    let place = ContextId { tweet: ids[0], slot: 0 };
    project.edit_context(place, "second").expect("edited").expect("a change");
    assert_eq!(project.edit_context(place, "second").expect("the same"), None);
    project.put_context(ids[0], caption("other")).expect("put");
    project.remove_contexts(&[place]).expect("removed").expect("a change");
    assert_eq!(texts(&project, ids[0]), ["other"]);
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(project.undo_depth(), (5, 0));
    assert_eq!(project.undo().expect("undone").expect("a step").summary, "undo: remove a context");
    assert_eq!(texts(&project, ids[0]), ["second", "other"]);
    for _ in 0..2 {
        project.undo().expect("undone").expect("a step");
    }
    assert_eq!(texts(&project, ids[0]), ["first"]);
    assert_eq!(project.undo().expect("undone").expect("a step").summary, "undo: label");
    assert_eq!(project.undo().expect("undone").expect("a step").tweets, ids[..1]);
    assert!(texts(&project, ids[0]).is_empty());
    for _ in 0..5 {
        project.redo().expect("redone").expect("a step");
    }
    assert_eq!((texts(&project, ids[0]), project.undo_depth()), (vec!["other".to_owned()], (5, 0)));

    let history = project.context_history(place).expect("read");
    assert!(history.windows(2).all(|pair| pair[0].after == pair[1].before));
    assert_eq!(history.len(), 3 + 3 + 3);
    let edited = history[1].after.as_ref().expect("there");
    assert_eq!(edited.context.source.as_deref(), Some(project.who()));
    // The labels' own history, and what models learn from, know nothing of contexts.
    assert_eq!(project.history(ids[0]).expect("read").len(), 3);
    assert_eq!(project.stats().expect("counted").edits, 1);
    assert!(!project.tweet(ids[1]).expect("there").human && project.tweet(ids[0]).expect("there").human);
}

#[test]
fn a_corpus_with_contexts_comes_out_as_it_was_but_for_what_changed() {
    let source = "{\"id\": \"1\", \"tokens\": [\"a\"], \"contexts\": [{\"kind\": \"caption\", \"text\": \"x\", \"by\": \"me\"}, \
                  {\"kind\": \"ocr\", \"text\": \"y\"}]}\r\n{\"tokens\": [\"b\"], \"id\": \"2\"}\n{\"id\":\"3\",\"tokens\":[\"c\"]}";
    let (_folder, _dir, mut project) = project(source);
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    assert_eq!(exported(&project, JSONL).0, source);
    project.edit_context(ContextId { tweet: ids[0], slot: 1 }, "z").expect("edited");
    project.put_context(ids[2], caption("new")).expect("put");
    let (text, report) = exported(&project, JSONL);
    let who = project.who();
    let expected = source
        .replace(
            "{\"kind\": \"ocr\", \"text\": \"y\"}",
            &format!("{{\"kind\":\"ocr\",\"text\":\"z\",\"source\":\"{who}\"}}"),
        )
        .replace("[\"c\"]", "[\"c\"],\"contexts\":[{\"kind\":\"caption\",\"text\":\"new\"}]");
    assert_eq!((text.as_str(), report.unchanged), (expected.as_str(), 1));
    project.undo().expect("undone");
    project.undo().expect("undone");
    assert_eq!(exported(&project, JSONL).0, source);
    let conll = ExportOptions { format: Format::Conll, role: Role::Label, flatten: None };
    assert_eq!(exported(&project, conll).1.reduced, 1);
}

#[test]
fn files_are_taken_in_at_once_and_replaced_by_source() {
    let (_folder, _dir, mut project) = project(&tweets(3));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    project.put_context(ids[0], caption("mine")).expect("put");
    let report = project.import_contexts(&file("0.jpg :a\n1.jpg :b\n9.jpg :z\n"), None, false).expect("imported");
    assert_eq!((report.added, report.tweets, report.extra.total()), (2, 2, 1));
    assert!(report.files[0].ends_early && report.files[0].missed.items() == ["2"]);
    let again = project.import_contexts(&file("0.jpg :a\n1.jpg :c\n1.jpg :d\n"), None, false).expect("imported");
    assert_eq!((again.added, again.changed, again.removed), (1, 1, 0));
    assert_eq!(
        (texts(&project, ids[0]), texts(&project, ids[1])),
        (vec!["mine".into(), "a".into()], vec!["c".into(), "d".into()])
    );
    let again = project.import_contexts(&file("0.jpg :e\n1.jpg :c\n"), None, true).expect("imported");
    assert_eq!((again.added, again.changed, again.removed), (0, 1, 2));
    assert_eq!((texts(&project, ids[0]), texts(&project, ids[1])), (vec!["e".into()], vec!["c".to_owned()]));
    let scores =
        project.import_contexts(&file("1\t0.25\n2\t0.5\n"), Some(ContextKind::Caption), false).expect("scored");
    assert_eq!((scores.changed, scores.nothing_to_score.items()), (1, &["2".to_owned()][..]));
    let scored = &project.tweet(ids[1]).expect("there").example.contexts[0];
    assert_eq!(
        (scored.similarity, scored.source.as_deref(), scored.image.as_deref()),
        (Some(0.25), Some("c.txt"), Some("1"))
    );
    assert_eq!(project.undo_depth().0, 5);
}

#[test]
fn results_of_a_job_are_one_step_and_are_not_asked_for_twice() {
    let (_folder, _dir, mut project) = project(&tweets(3));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    let result = |tweet, key: &str, text: &str| {
        let contexts =
            if text.is_empty() { Vec::new() } else { vec![Context { source: Some("o".into()), ..caption(text) }] };
        ContextResult { tweet, key: key.into(), said: Said::contexts(contexts) }
    };
    let kind = Some(ContextKind::Caption);
    let mut store =
        |result: ContextResult, within| project.store_results("job", "o", kind, &[result], within).expect("stored");
    let step = store(result(ids[0], "k0", "zero"), None).expect("a change").step;
    assert_eq!(store(result(ids[1], "k1", "one"), Some(step)).expect("a change").step, step);
    assert_eq!(store(result(ids[2], "k2", ""), Some(step)), None);
    let known = project.known_answers().expect("read");
    assert!(["k0", "k1", "k2"].iter().all(|key| known.answers.contains(*key)));
    assert!(known.made[&ids[0]].contains("k0"));
    project.edit_context(ContextId { tweet: ids[0], slot: 0 }, "by hand").expect("edited");
    // Another answer takes the place of the job's own, never of a person's.
    project
        .store_results("job", "o", kind, &[result(ids[0], "k3", "new"), result(ids[1], "k4", "two")], None)
        .expect("stored");
    assert_eq!(
        (texts(&project, ids[0]), texts(&project, ids[1])),
        (vec!["by hand".into(), "new".into()], vec!["two".to_owned()])
    );
    for _ in 0..3 {
        project.undo().expect("undone").expect("a step");
    }
    assert_eq!(project.undo_depth().0, 0);
    assert!(ids.iter().all(|tweet| texts(&project, *tweet).is_empty()));
    assert!(project.known_answers().expect("read").made.is_empty());
    assert_eq!(project.answer("k1").expect("read").expect("kept").contexts[0].text, "one");
}

#[test]
fn a_store_of_the_first_version_is_read_and_brought_up_to_date() {
    let (_folder, dir, mut project) = project(&tweets(2));
    let tweet = project.queue()[0].id;
    project.apply("label", &[relabel(tweet, &[Span::new("PER", 0, 1)])]).expect("applied").expect("a change");
    drop(project);
    let db = rusqlite::Connection::open(dir.join("store.sqlite")).expect("opened");
    db.execute_batch(
        "DROP TABLE views; DROP TABLE dismissed; DROP TABLE scores; \
         CREATE TABLE scores (tweet INTEGER PRIMARY KEY REFERENCES tweets, uncertainty REAL NOT NULL) STRICT; \
         DROP TABLE contexts; DROP TABLE answers; DROP TABLE voices; DROP TABLE annotators; DROP TABLE project_edits; \
         DROP TABLE types_to_write; DROP TABLE comments; DROP TABLE boxes; DROP TABLE versions; \
         DROP TABLE suggested; ALTER TABLE edits DROP COLUMN slot; \
         ALTER TABLE labellings DROP COLUMN image; PRAGMA user_version = 1;",
    )
    .expect("made old");
    drop(db);
    let old = Project::open_read_only(&dir).expect("an old store can be looked at");
    assert_eq!((old.history(tweet).expect("read").len(), old.undo_depth()), (1, (1, 0)));
    assert!(old.contexts(tweet).expect("read").is_empty() && old.remarks().expect("read").is_empty());
    assert_eq!(old.stats().expect("counted").edits, 1);
    exported(&old, LABEL);
    drop(old);
    let mut new = Project::open(&dir).expect("brought up to date");
    new.put_context(tweet, caption("x")).expect("put").expect("a change");
    assert_eq!(new.undo().expect("undone").expect("a step").summary, "undo: add caption");
    assert_eq!(new.undo().expect("undone").expect("a step").summary, "undo: label");
    drop(new);
    assert!(Project::open(&dir).is_ok());
}

#[test]
fn contexts_that_are_not_there_are_refused() {
    let (_folder, dir, mut project) = project(&tweets(1));
    let id = ContextId { tweet: project.queue()[0].id, slot: 3 };
    let refused = project.edit_context(id, "x").expect_err("no such context").to_string();
    assert!(refused.contains("no context number 3"), "{refused}");
    assert!(project.remove_contexts(&[id]).is_err());
    drop(project);
    let mut project = Project::open_read_only(&dir).expect("opened");
    let record = ContextRecord::new(caption("x"));
    assert!(project.put_context(id.tweet, record.context).expect_err("read-only").to_string().contains("read-only"));
}

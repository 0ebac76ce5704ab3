//! Entities that share tokens: admitted by a setting, never lost and never flattened unasked.

use spanlight::corpus::CorpusFormat;
use spanlight::corpus::exchange::Exchange;
use spanlight_models::example::{Flatten, SpanStructure};

use super::*;

const JSONL: ExportOptions = ExportOptions { format: Format::Jsonl, role: Role::Label, flatten: None };

/// One tweet with entities in each other, one with entities across each other.
const TWEETS: &str = concat!(
    r#"{"id": "n", "tokens": ["Bank", "of", "New", "York"], "spans": [{"start": 0, "end": 4, "type": "ORG"}, {"start": 2, "end": 4, "type": "LOC", "by": "me"}], "boxes": [{"image": "n", "start": 2, "end": 4, "xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}]}"#,
    "\n",
    r#"{"id": "x", "tokens": ["a", "b", "c"], "spans": [{"start": 0, "end": 2, "type": "PER"}, {"start": 1, "end": 3, "type": "LOC"}]}"#,
    "\n",
);

fn nested(structure: SpanStructure) -> (TempDir, Project) {
    let folder = folder();
    let settings = Settings { spans: structure, ..Settings::default() };
    let project = Project::create(&folder.path().join("n.spanlight"), &settings).expect("created");
    (folder, project)
}

#[test]
fn what_is_not_admitted_is_not_taken_in() {
    let (_folder, mut project) = nested(SpanStructure::Flat);
    let refused = project.import(&corpus(TWEETS), Role::Label).expect_err("flat");
    assert!(matches!(&refused, spanlight::project::ProjectError::Misfits { misfits, .. } if misfits.total() == 2));
    assert!(project.queue().is_empty() && project.files().is_empty());
    project.set_structure(SpanStructure::Overlapping).expect("looser");
    assert_eq!(project.import(&corpus(TWEETS), Role::Label).expect("imported").tweets, 2);
    assert_eq!(exported(&project, JSONL).0, TWEETS, "byte for byte");
}

#[test]
fn a_stricter_setting_is_refused_while_labels_are_in_its_way() {
    let (folder, mut project) = nested(SpanStructure::Overlapping);
    project.import(&corpus(TWEETS), Role::Label).expect("imported");
    let message = project.set_structure(SpanStructure::Nested).expect_err("x crosses").to_string();
    assert!(
        message.contains("1 tweet has") && message.contains("tweet x: spans 0..2") && !message.contains("tweet n:"),
        "{message}"
    );
    let x = project.queue()[1].id;
    project.apply("drop", &[relabel(x, &[Span::new("PER", 0, 2)])]).expect("applied");
    assert_eq!(project.set_structure(SpanStructure::Nested).ok(), Some(true));
    assert_eq!(project.set_structure(SpanStructure::Nested).ok(), Some(false));
    // What is no longer admitted cannot come back, by hand or by undo.
    let crossing = [Span::new("PER", 0, 2), Span::new("LOC", 1, 3)];
    assert!(
        project
            .apply("cross", &[relabel(x, &crossing)])
            .expect_err("nested")
            .to_string()
            .contains("spans = \"nested\"")
    );
    assert!(project.undo().expect_err("nested").to_string().contains("tweet x"));
    drop(project);
    let again = Project::open(&folder.path().join("n.spanlight")).expect("opened");
    assert_eq!(again.settings().spans, SpanStructure::Nested);
    assert_eq!(again.tweet(x).expect("read").example.spans, [Span::new("PER", 0, 2)]);
}

#[test]
fn formats_that_cannot_hold_it_stop_before_anything_is_written() {
    let (folder, mut project) = nested(SpanStructure::Overlapping);
    project.import(&corpus(TWEETS), Role::Label).expect("imported");
    let mut out = Vec::new();
    let message = project.export(LABEL, &mut out).expect_err("conll").to_string();
    assert!(out.is_empty());
    for part in ["2 tweets have", "tweet n:", "tweet x:", "conll cannot hold", "Write jsonl,", "--flatten outermost"] {
        assert!(message.contains(part), "`{part}` in {message}");
    }
    assert!(!message.contains("gmner"), "{message}");
    for format in Exchange::ALL {
        let path = folder.path().join(format.name());
        let options = ExportOptions { format, role: Role::Label, flatten: None };
        let holds = CorpusFormat::Exchange(format).holds() == SpanStructure::Overlapping;
        let result = project.export_for_to(options, &path);
        assert_eq!(result.is_ok(), holds, "{format}");
        assert_eq!(path.exists(), holds, "{format}");
        if !holds {
            continue;
        }
        let read = Corpus::read(&path, ReadOptions { format: Some(CorpusFormat::Exchange(format)), skip_bad: false });
        let spans: Vec<Vec<Span>> = read.expect("read").examples().map(|tweet| tweet.spans).collect();
        let own: Vec<Vec<Span>> = corpus(TWEETS).examples().map(|tweet| tweet.spans).collect();
        assert_eq!(spans, own, "{format} keeps all");
    }
}

#[test]
fn flattening_is_asked_for_and_told() {
    let (_folder, mut project) = nested(SpanStructure::Overlapping);
    project.import(&corpus(TWEETS), Role::Label).expect("imported");
    let (text, report) = exported(&project, ExportOptions { flatten: Some(Flatten::Outermost), ..LABEL });
    assert!(text.contains("Bank\tB-ORG\nof\tI-ORG\nNew\tI-ORG\nYork\tI-ORG\n"), "{text}");
    let dropped: Vec<_> =
        report.flattened.items().iter().map(|one| (one.tweet.as_str(), one.dropped.clone())).collect();
    assert_eq!(dropped, [("n", vec![Span::new("LOC", 2, 4)]), ("x", vec![Span::new("LOC", 1, 3)])]);
    let (text, report) = exported(&project, ExportOptions { flatten: Some(Flatten::Innermost), ..LABEL });
    assert!(text.contains("Bank\tO\nof\tO\nNew\tB-LOC\nYork\tI-LOC\n"), "{text}");
    assert_eq!(report.flattened.total(), 2);
    // In a format that holds boxes, those of what is dropped go with it.
    let (text, _) = exported(&project, ExportOptions { flatten: Some(Flatten::Outermost), ..JSONL });
    assert!(text.contains("\"boxes\": []") && !text.contains("\"by\""), "{text}");
}

#[test]
fn types_that_become_one_do_not_leave_the_same_label_twice() {
    let (_folder, mut project) = nested(SpanStructure::Nested);
    let text = "{\"id\":\"1\",\"tokens\":[\"a\"],\"spans\":[{\"start\":0,\"end\":1,\"type\":\"A\"},{\"start\":0,\"end\":1,\"type\":\"B\"}]}\n";
    project.import(&corpus(text), Role::Label).expect("imported");
    let merge = spanlight::project::TypeEdit::Merge { from: vec!["A".into()], into: "B".into() };
    project.change_types(&merge).expect("merged");
    assert_eq!(project.tweet(project.queue()[0].id).expect("read").example.spans, [Span::new("B", 0, 1)]);
    project.undo().expect("undone");
    assert_eq!(project.tweet(project.queue()[0].id).expect("read").example.spans.len(), 2);
}

#[test]
fn comments_of_a_corpus_are_comments_of_the_project() {
    let said =
        r#"{"kind": "question", "tokens": [0, 1], "text": "who?", "who": "ann", "at": "2026-01-02T03:04:05.000Z"}"#;
    let text = format!("{{\"id\": \"1\", \"tokens\": [\"a\", \"b\"], \"comments\": [\"free\", {said}]}}\n");
    let (_folder, _, mut project) = project(&text);
    let tweet = project.queue()[0].id;
    let taken = project.comments(tweet).expect("read");
    assert_eq!(taken.len(), 1);
    let comment = &taken[0].comment;
    assert_eq!((comment.who.as_str(), comment.tokens, comment.text.as_str()), ("ann", Some((0, 1)), "who?"));
    assert_eq!(comment.at, "2026-01-02T03:04:05.000Z");
    assert_eq!(exported(&project, JSONL).0, text, "byte for byte while nobody changes it");
    // Another one comes behind, an answer changes it in its place, and what was removed is gone.
    project.add_comment(tweet, None, spanlight::project::CommentKind::Comment, "mine").expect("added");
    project.answer_comment(taken[0].id, "Ada").expect("answered");
    let (changed, _) = exported(&project, JSONL);
    assert!(
        changed.starts_with(
            "{\"id\": \"1\", \"tokens\": [\"a\", \"b\"], \"comments\": [\"free\", {\"id\":1,\"kind\":\"decision\""
        ),
        "{changed}"
    );
    assert!(
        changed.matches("who?").count() == 1 && changed.contains("\"Ada\"") && changed.contains("mine"),
        "{changed}"
    );
    // The whole way round: nothing is lost, nothing comes twice.
    let (_other_folder, _, other) = self::project(&changed);
    let again: Vec<_> = other.comments(other.queue()[0].id).expect("read");
    let own = project.comments(tweet).expect("read");
    let bare = |stored: &spanlight::project::StoredComment| {
        let comment = stored.comment.clone();
        (comment.who, comment.at, comment.kind, comment.tokens, comment.text, comment.answer)
    };
    assert_eq!(again.iter().map(bare).collect::<Vec<_>>(), own.iter().map(bare).collect::<Vec<_>>());
    assert_eq!(exported(&other, JSONL).0, changed);
    project.remove_comment(taken[0].id).expect("removed");
    let (without, _) = exported(&project, JSONL);
    assert!(!without.contains("who?") && without.contains("\"free\"") && without.contains("mine"), "{without}");
    project.undo().expect("undone");
    assert_eq!(exported(&project, JSONL).0, changed);
}

#[test]
fn many_tweets_change_in_one_step() {
    use spanlight::project::Bulk;
    let (_folder, _, mut project) = project(&tweets(4));
    let rows: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    let scored = Scored {
        spans: vec![spanlight_models::prediction::ScoredSpan { span: Span::new("PER", 0, 1), probability: 0.9 }],
        ..unsure(0.2)
    };
    project.record_scores(1, &[(rows[0], scored.clone()), (rows[1], scored)]).expect("recorded");
    let label = Some((vec!["in".to_owned()], "LOC".to_owned()));
    let bulk = Bulk { accept: true, label, state: Some(State::Flagged), note: Some("look".into()) };
    let look = project.preview_bulk(&rows, &bulk).expect("looked");
    assert_eq!((look.tweets, look.accepted, look.labelled, look.unscored, look.changes.total()), (4, 2, 4, 2, 4));
    assert_eq!(project.undo_depth().0, 0, "a look changes nothing");
    let (done, applied) = project.apply_bulk(&rows, &bulk).expect("applied");
    assert_eq!((&done, applied.map(|applied| applied.tweets.len())), (&look, Some(4)));
    let tweet = project.tweet(rows[1]).expect("read");
    assert_eq!((tweet.state, tweet.note.as_deref()), (State::Flagged, Some("look")));
    assert!(
        tweet.example.spans.contains(&Span::new("PER", 0, 1)) && tweet.example.spans.contains(&Span::new("LOC", 2, 3))
    );
    assert_eq!(project.preview_bulk(&rows, &bulk).expect("looked").changes.total(), 0);
    project.undo().expect("undone");
    assert_eq!(project.tweet(rows[1]).expect("read").state, State::New);
    assert_eq!(project.undo_depth().0, 0, "one step");
}

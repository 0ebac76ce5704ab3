//! The scheme of types, comments and boxes: each change is one step of undo that takes back all of it.

use spanlight::project::{CommentKind, EntityType, LabelsOfRemoved, TypeEdit};
use spanlight_models::example::RegionBox;

use super::*;

const JSONL: ExportOptions = ExportOptions { format: Format::Jsonl, role: Role::Label, flatten: None };

fn rename(name: &str, to: &str) -> TypeEdit {
    TypeEdit::Change { name: name.to_owned(), to: EntityType::named(to) }
}

fn names(project: &Project) -> Vec<String> {
    project.settings().labels.names().map(str::to_owned).collect()
}

fn labels(project: &Project, place: usize) -> Vec<String> {
    let spans = project.tweet(project.queue()[place].id).expect("there").example.spans;
    spans.into_iter().map(|span| span.label).collect()
}

#[test]
fn a_rename_is_one_step_over_every_role_that_undo_takes_back() {
    let (_folder, dir, mut project) = project(&tweets(3));
    project.import(&corpus("IMGID:h\nRome\tB-LOC\n\n"), Role::HeldOut).expect("imported");
    let first = project.queue()[0].id;
    project.apply("done", &[set_state(first, State::Done)]).expect("applied");
    let (before, _) = exported(&project, LABEL);

    let preview = project.preview_types(&rename("LOC", "PLACE")).expect("looked");
    assert_eq!((preview.labels, preview.tweets, preview.human), (7, 4, 1));
    assert_eq!((preview.states["done"], preview.states["new"]), (1, 2));
    assert_eq!((preview.roles["label"], preview.roles["held-out"]), (3, 1));
    let sample = &preview.samples.items()[0];
    assert_eq!((sample.before.as_str(), sample.words.as_str(), sample.behind.as_str()), ("word0", "Rome", "in Italy"));
    assert_eq!(names(&project), ["LOC"], "a preview changes nothing");

    let applied = project.change_types(&rename("LOC", "PLACE")).expect("written").expect("a change");
    assert!(applied.types && applied.tweets.len() == 4);
    assert_eq!((names(&project), labels(&project, 0)), (vec!["PLACE".to_owned()], vec!["PLACE".to_owned(); 2]));
    assert_eq!(project.settings().former_names()["LOC"], "PLACE");
    let tweet = project.tweet(first).expect("there");
    assert_eq!((tweet.state, tweet.human), (State::Done, true));
    assert!(!project.tweet(project.queue()[1].id).expect("there").human, "a new name confirms no label");
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(names(&project), ["PLACE"]);
    // A type that came in between stays whatever is undone.
    project.import(&corpus("IMGID:n\nAda\tB-PER\n\n"), Role::Label).expect("imported");
    assert_eq!(project.undo().expect("undone").expect("a step").summary, "undo: rename LOC to PLACE");
    assert_eq!(
        (names(&project), labels(&project, 2)),
        (vec!["LOC".to_owned(), "PER".into()], vec!["LOC".to_owned(); 2])
    );
    let (after, _) = exported(&project, LABEL);
    assert!(after.starts_with(&before), "{after}");
    project.redo().expect("redone").expect("a step");
    assert_eq!(names(&project), ["PLACE", "PER"]);
    drop(project);
    let file = std::fs::read_to_string(dir.join("project.toml")).expect("readable");
    assert!(file.contains("name = \"PLACE\"") && file.contains("was = [\"LOC\"]"), "{file}");
}

#[test]
fn types_are_merged_and_removed_with_a_choice_for_their_labels() {
    let (_folder, dir, mut project) = project("IMGID:1\nAda\tB-PER\nRome\tB-LOC\nESA\tB-ORG\n\n");
    let order = names(&project);
    let merge = TypeEdit::Merge { from: vec!["LOC".into(), "ORG".into()], into: "PER".into() };
    project.change_types(&merge).expect("written").expect("a change");
    assert_eq!((names(&project), labels(&project, 0)), (vec!["PER".to_owned()], vec!["PER".to_owned(); 3]));
    assert_eq!(project.settings().types()[0].was, ["LOC", "ORG"]);
    project.undo().expect("undone").expect("a step");
    assert_eq!(
        (names(&project), labels(&project, 0)),
        (order.clone(), ["PER", "LOC", "ORG"].map(str::to_owned).to_vec())
    );

    let remove = |labels| TypeEdit::Remove { name: "LOC".into(), labels };
    let refused = project.change_types(&remove(LabelsOfRemoved::MustBeNone)).expect_err("it has a label").to_string();
    assert!(refused.contains("labels in 1 tweets"), "{refused}");
    project.change_types(&remove(LabelsOfRemoved::Drop)).expect("written").expect("a change");
    assert_eq!(labels(&project, 0), ["PER", "ORG"]);
    project.undo().expect("undone").expect("a step");
    assert_eq!(labels(&project, 0), ["PER", "LOC", "ORG"]);

    for (edit, part) in [
        (rename("LOC", "PER"), "already"),
        (rename("NO", "X"), "no type"),
        (rename("LOC", " X"), "no name"),
        (TypeEdit::Add(EntityType::named("")), "needs a name"),
        (TypeEdit::Merge { from: vec!["LOC".into()], into: "NO".into() }, "no type"),
    ] {
        let refused = project.change_types(&edit).expect_err("refused").to_string();
        assert!(refused.contains(part), "{refused}");
    }
    drop(project);
    let read_only = &mut Project::open_read_only(&dir).expect("opened");
    assert!(read_only.change_types(&rename("LOC", "X")).is_err());
    assert_eq!(names(read_only), order);
}

#[test]
fn types_that_the_file_lacks_after_a_crash_come_from_the_store() {
    let (_folder, dir, mut project) = project(&tweets(1));
    let old = std::fs::read(dir.join("project.toml")).expect("readable");
    project.change_types(&rename("LOC", "PLACE")).expect("written").expect("a change");
    drop(project);
    // As where the program ends between the two: the store knows, the file does not.
    std::fs::write(dir.join("project.toml"), old).expect("written");
    let db = rusqlite::Connection::open(dir.join("store.sqlite")).expect("opened");
    let types = "[{\"name\":\"PLACE\",\"was\":[\"LOC\"]}]";
    db.execute("INSERT INTO types_to_write (only, types) VALUES (0, ?)", [types]).expect("noted");
    drop(db);
    assert_eq!(names(&Project::open_read_only(&dir).expect("opened")), ["PLACE"]);
    drop(Project::open(&dir).expect("opened"));
    let file = std::fs::read_to_string(dir.join("project.toml")).expect("readable");
    assert!(file.contains("PLACE") && !file.contains("name = \"LOC\""), "{file}");
    assert_eq!(names(&Project::open(&dir).expect("opened")), ["PLACE"]);
}

#[test]
fn comments_are_written_answered_and_taken_back() {
    let (_folder, dir, mut project) =
        project("{\"id\":\"1\",\"tokens\":[\"a\",\"b\"],\"comments\":[7]}\n{\"id\":\"2\",\"tokens\":[\"c\"]}\n");
    let [first, second] = [0, 1].map(|place| project.queue()[place].id);
    let (id, _) = project.add_comment(first, Some(1..2), CommentKind::Question, " a place? ").expect("written");
    project.add_comment(second, None, CommentKind::Comment, "nice").expect("written");
    let applied = project.answer_comment(id, "yes").expect("written").expect("a change");
    assert_eq!(applied.tweets, [first]);
    let comment = project.comment(id).expect("read").expect("there");
    assert_eq!((comment.kind, comment.text.as_str()), (CommentKind::Decision, "a place?"));
    assert!(project.answer_comment(id, "no").is_err(), "only questions are answered");
    assert!(project.add_comment(first, Some(1..3), CommentKind::Comment, "x").is_err());
    assert!(project.add_comment(first, None, CommentKind::Comment, " ").is_err());

    let flag = Change { tweet: second, state: Some(State::Flagged), note: Some("odd".into()), ..Change::default() };
    project.apply("flag", &[flag]).expect("applied");
    let (text, report) = exported(&project, JSONL);
    let line: Vec<&str> = text.lines().collect();
    assert!(line[0].contains("\"comments\":[7,{") && line[0].contains("\"answer\":{\"text\":\"yes\""), "{text}");
    assert!(line[1].contains("{\"kind\":\"flag\",\"text\":\"odd\"}"), "{text}");
    assert_eq!(report.unchanged, 0);
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    for _ in 0..2 {
        project.undo().expect("undone").expect("a step");
    }
    assert_eq!(project.comment(id).expect("read").expect("there").kind, CommentKind::Question);
    project.remove_comment(id).expect("written").expect("a change");
    assert_eq!(project.remarks().expect("read").len(), 1);
    assert_eq!(project.comment_history(id).expect("read").len(), 4);
    // A number is never used twice.
    let (next, _) = project.add_comment(first, None, CommentKind::Comment, "x").expect("written");
    assert!(next > id);
}

#[test]
fn boxes_follow_their_entities_and_go_out_as_they_are() {
    let source = "{\"id\": \"1\", \"tokens\": [\"a\", \"b\"], \"images\": [\"W\"], \"boxes\": [{\"image\": \"W\", \"start\": 0, \"end\": 1, \"xmin\": 1, \"ymin\": 2.50, \"xmax\": 3, \"ymax\": 4}]}\n";
    let (_folder, dir, mut project) = project(source);
    let tweet = project.queue()[0].id;
    let boxes = |project: &Project| project.tweet(tweet).expect("there").example.boxes;
    let old = boxes(&project);
    let new = RegionBox { start: 0, end: 2, xmin: 5.0, xmax: 9.0, ..old[0].clone() };
    project.apply("label", &[relabel(tweet, &[Span::new("PER", 0, 2)])]).expect("applied");
    project.set_boxes(tweet, "draw a box", vec![old[0].clone(), new.clone()]).expect("written").expect("a change");
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(boxes(&project), [old[0].clone(), new.clone()]);
    let (text, _) = exported(&project, JSONL);
    assert!(
        text.contains("\"ymin\": 2.50, \"xmax\": 3, \"ymax\": 4}, {\"image\":\"W\",\"start\":0,\"end\":2"),
        "{text}"
    );
    project.apply("bound", &[relabel(tweet, &[Span::new("PER", 1, 2)])]).expect("applied");
    assert_eq!(boxes(&project)[1], RegionBox { start: 1, ..new.clone() });
    project.apply("unlabel", &[relabel(tweet, &[])]).expect("applied");
    assert_eq!(boxes(&project), old);
    for _ in 0..3 {
        project.undo().expect("undone").expect("a step");
    }
    assert_eq!(boxes(&project), old);
    project.undo().expect("undone").expect("a step");
    let (text, report) = exported(&project, JSONL);
    assert_eq!((text.as_str(), report.unchanged), (source, 1));

    let outside = RegionBox { end: 3, ..new.clone() };
    let elsewhere = RegionBox { image: "X".into(), ..new.clone() };
    let flat = RegionBox { ymax: 2.0, ..new };
    for (region, part) in [(outside, "do not fit"), (elsewhere, "no image X"), (flat, "no rectangle")] {
        let error = project.set_boxes(tweet, "draw", vec![region]).expect_err("refused").to_string();
        assert!(error.contains(part), "{error}");
    }
}

//! Edits, undo and redo: steps over everything and over restarts.

use spanlight::project::{
    Change,
    EditKind::{self, Edit, Redo, Undo},
    Project, State, TweetId,
};
use spanlight_models::example::Span;

use super::*;

#[test]
fn edits_are_steps_that_survive_a_restart() {
    let (_folder, dir, mut project) = project(&tweets(3));
    let ids: Vec<TweetId> = project.queue().iter().map(|item| item.id).collect();
    assert_eq!(project.settings().labels.names().collect::<Vec<_>>(), ["LOC"]);
    let new = [Span::new("PER", 0, 1), Span::new("LOC", 1, 2)];

    project.mark_seen(ids[0]).expect("seen");
    project.set_position(ids[1]).expect("remembered");
    let scores = [(ids[2], unsure(0.25)), (99, unsure(0.5)), (ids[1], unsure(f32::NAN))];
    project.record_scores(0, &scores).expect("scored");
    let applied = project.apply("label PER", &[relabel(ids[0], &new)]).expect("applied").expect("a change");
    assert_eq!((applied.tweets.as_slice(), applied.summary.as_str()), (&ids[..1], "label PER"));
    assert_eq!(project.apply("same", &[relabel(ids[0], &new)]).expect("applied"), None);
    let batch: Vec<Change> = ids.iter().map(|id| relabel(*id, &[])).collect();
    assert_eq!(project.apply("clear all", &batch).expect("applied").expect("a change").tweets, ids);
    project.undo().expect("undone").expect("a step");
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(project.position(), Some(ids[1]));
    assert_eq!(project.queue()[2].uncertainty(), Some(0.25));
    assert_eq!((project.queue()[1].uncertainty(), project.queue()[1].state), (None, State::New));
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

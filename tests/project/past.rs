//! The past: points of a tweet's history, versions of the labels, what became of suggestions.

use spanlight::project::progress::{PAUSE, Progress};
use spanlight::project::{Change, ProjectError, Suggested, Version};

use super::*;

fn ids(project: &Project) -> Vec<TweetId> {
    project.queue().iter().map(|item| item.id).collect()
}

fn text_of(dir: &std::path::Path, version: &str) -> String {
    exported(&Project::open_version(dir, version).expect("opened"), LABEL).0
}

#[test]
fn a_version_stays_as_it_was_and_is_gone_back_to_in_one_step() {
    let (_folder, dir, mut project) = project(&tweets(4));
    let ids = ids(&project);
    let (per, loc) = ([Span::new("PER", 0, 1)], [Span::new("LOC", 3, 4)]);
    project.apply("label", &[relabel(ids[0], &per)]).expect("applied");
    let first = exported(&project, LABEL).0;
    let version = project.create_version(" gold 1 ").expect("made");
    assert_eq!(
        (version.name.as_str(), version.edited_since, version.types.as_slice()),
        ("gold 1", 0, &["LOC".to_owned()][..])
    );
    assert_eq!(text_of(&dir, "gold 1"), first);

    // Edits, an undo and a redo later; one tweet is touched for the first time, one file comes later.
    project.apply("label", &[relabel(ids[0], &loc), set_state(ids[1], State::Done)]).expect("applied");
    project.undo().expect("undone");
    project.redo().expect("redone");
    project.apply("all", &[relabel(ids[2], &per)]).expect("applied");
    project.import(&corpus("IMGID:late\nRome\tO\n"), Role::Label).expect("imported");
    let late = project.queue()[4].id;
    project.apply("late", &[relabel(late, &per)]).expect("applied");
    let now = exported(&project, LABEL).0;
    assert_ne!(now, first);
    assert_eq!(text_of(&dir, "gold 1"), first, "also without the file that came later");
    let then = Project::open_version(&dir, "gold 1").expect("opened");
    assert_eq!(
        then.queue().iter().map(|item| item.state).collect::<Vec<_>>(),
        [State::InProgress, State::New, State::New, State::New]
    );
    assert_eq!((then.stats().expect("counted").edits, then.undo_depth()), (1, (1, 0)));
    drop(then);

    project.create_version("second").expect("made");
    let since: Vec<usize> =
        project.versions().expect("read").iter().map(|version: &Version| version.edited_since).collect();
    assert_eq!(since, [3, 0]);
    let restored = project.restore_version("gold 1").expect("restored");
    assert_eq!(restored.missing_types, ["PER"], "the settings know LOC alone");
    let applied = restored.applied.expect("a change");
    assert_eq!((applied.tweets.as_slice(), applied.summary.as_str()), (&ids[..3], "restore version gold 1"));
    assert_eq!(project.tweet(late).expect("there").example.spans, per, "what came later stays");
    assert_eq!(project.queue()[1].state, State::New);
    assert_eq!(project.restore_version("gold 1").expect("restored").applied, None);
    assert_eq!(text_of(&dir, "second"), now);
    project.undo().expect("undone").expect("one step");
    assert_eq!(exported(&project, LABEL).0, now);
    project.restore_version("second").expect("restored");
    assert_eq!(exported(&project, LABEL).0, now);
    drop(project);
    // Versions outlive the program.
    let project = Project::open(&dir).expect("opened");
    assert_eq!(project.version("gold 1").expect("there").at, version.at);
}

#[test]
fn names_of_versions_are_checked_and_unknown_ones_are_told_what_there_is() {
    let (_folder, dir, mut project) = project(&tweets(1));
    for name in ["", " ", "now", "a@b", "../x", "a\u{1b}b", &"x".repeat(61)] {
        let error = project.create_version(name).expect_err(name);
        assert!(matches!(error, ProjectError::VersionName { .. }), "{error}");
    }
    let error = project.restore_version("one").expect_err("none").to_string();
    assert!(error.contains("it has none yet"), "{error}");
    project.create_version("one").expect("made");
    assert!(matches!(project.create_version("one"), Err(ProjectError::VersionThere(_))));
    let error = Project::open_version(&dir, "two").expect_err("none").to_string();
    assert_eq!(error, "the project has no version two; it has one");
    drop(project);
    let error = Project::open_read_only(&dir).expect("opened").create_version("x").expect_err("read-only");
    assert!(matches!(error, ProjectError::ReadOnly { .. }), "{error}");
}

#[test]
fn every_point_of_a_history_can_be_gone_back_to() {
    let (_folder, _, mut project) = project(&tweets(1));
    let tweet = ids(&project)[0];
    let imported = project.tweet(tweet).expect("there").example.spans;
    let per = [Span::new("PER", 0, 1)];
    let suggested = Suggested { tweet, model: 3, spans: per.to_vec() };
    project.apply_beside("accept", &[relabel(tweet, &per)], &[suggested]).expect("applied");
    let note = Change { note: Some("sure?".into()), ..set_state(tweet, State::Done) };
    project.apply("done", &[note]).expect("applied");
    project
        .put_context(
            tweet,
            spanlight_models::example::Context::new(spanlight_models::example::ContextKind::Caption, "a harbour"),
        )
        .expect("written");
    project.undo().expect("undone");

    let points = project.timeline(tweet).expect("read");
    let told: Vec<(&str, bool, usize)> =
        points.iter().map(|point| (point.summary.as_str(), point.context, point.labelling.spans.len())).collect();
    assert_eq!(told[..3], [("import", false, imported.len()), ("accept", false, 1), ("done", false, 1)]);
    assert_eq!(told[3..], [("add caption", true, 1), ("add caption", true, 1)]);
    assert_eq!((points[0].number, points[0].kind, points[1].accepted), (0, None, Some((1, 3))));
    assert_eq!(points[3].labelling, points[2].labelling, "a text changes no label");

    let applied = project.restore_point(tweet, 0).expect("restored").expect("a change");
    assert_eq!(applied.summary, "back to the import");
    let now = project.tweet(tweet).expect("there");
    assert_eq!((now.example.spans, now.state, now.note), (imported, State::New, None));
    assert_eq!(project.restore_point(tweet, 0).expect("restored"), None, "it is like that now");
    project.restore_point(tweet, points[2].number).expect("restored").expect("a change");
    let now = project.tweet(tweet).expect("there");
    assert_eq!((now.example.spans.as_slice(), now.state, now.note.as_deref()), (&per[..], State::Done, Some("sure?")));
    project.undo().expect("undone");
    project.mark_seen(tweet).expect("seen");
    assert_eq!(project.restore_point(tweet, 0).expect("restored"), None, "a look is no edit");
    project.undo().expect("undone");
    assert_eq!(project.tweet(tweet).expect("there").state, State::Done);
    let error = project.restore_point(tweet, 99).expect_err("no such point").to_string();
    assert!(error.contains("number 99") && error.contains("tweet 0"), "{error}");
}

#[test]
fn suggestions_are_judged_by_the_tweets_that_are_finished() {
    let (_folder, dir, mut project) = project(&tweets(4));
    let ids = ids(&project);
    let made = [Span::new("PER", 0, 1), Span::new("LOC", 1, 2), Span::new("LOC", 3, 4)];
    let suggested = |tweet, model| Suggested { tweet, model, spans: made.to_vec() };
    let done = |tweet, spans: &[Span]| Change { state: Some(State::Done), ..relabel(tweet, spans) };
    let models = || Progress::read(&dir, PAUSE).expect("read").models;
    // Taken, but not finished.
    project.apply_beside("accept", &[relabel(ids[0], &made[..1])], &[suggested(ids[0], 0)]).expect("applied");
    assert!(models().is_empty());
    // One kept, one with another type, one refused, and a label that was missed.
    let labels = [Span::new("PER", 0, 1), Span::new("ORG", 1, 2), Span::new("ORG", 2, 3)];
    project.apply_beside("done", &[done(ids[0], &labels)], &[suggested(ids[0], 0)]).expect("applied");
    project.apply_beside("done", &[done(ids[1], &made)], &[suggested(ids[1], 1)]).expect("applied");
    project.mark_learned(1, 3).expect("noted");
    let parts = models();
    let [first, second] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!((first.model, first.tweets, first.suggestions), (0, 1, 3));
    assert_eq!((first.kept, first.changed, first.refused, first.missed), (1, 1, 1, 1));
    assert_eq!(
        (second.model, second.acceptance, first.acceptance.map(|share| (share * 3.0).round())),
        (1, Some(1.0), Some(1.0))
    );
    assert!(second.since.is_some() && first.since.is_none());

    // What is undone does not count, and neither does a tweet twice.
    project.undo().expect("undone");
    assert_eq!(models()[1].tweets, 0);
    project.redo().expect("redone");
    project.apply("again", &[set_state(ids[1], State::InProgress)]).expect("applied");
    project.apply_beside("done", &[done(ids[1], &[])], &[suggested(ids[1], 1)]).expect("applied");
    let parts = models();
    assert_eq!((parts[1].tweets, parts[1].kept, parts[1].refused), (1, 0, 3));
}

#[test]
fn stores_of_older_programs_are_looked_at_as_they_are_and_opened_with_what_they_lack() {
    let (_folder, dir, project) = project(&tweets(2));
    drop(project);
    let db = rusqlite::Connection::open(dir.join("store.sqlite")).expect("opened");
    db.execute_batch("DROP TABLE versions; DROP TABLE suggested; PRAGMA user_version = 6;").expect("older");
    drop(db);
    let old = Project::open_read_only(&dir).expect("opened");
    assert!(old.versions().expect("read").is_empty());
    assert_eq!(Progress::read(&dir, PAUSE).expect("read").total.tweets, 0);
    assert_eq!(old.timeline(old.queue()[0].id).expect("read").len(), 1);
    drop(old);
    let mut project = Project::open(&dir).expect("opened");
    project.create_version("v").expect("made");
}

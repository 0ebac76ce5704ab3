//! Several annotators: who labels what, how far they agree, one project of all.

use spanlight::project::adjudication::{self, DifferenceKind};
use spanlight::project::{Change, Project, Settings, State};
use spanlight_models::example::{LabelSet, Span, SpanStructure};

use super::*;

/// Six tweets of five words.
fn corpus() -> String {
    let tweet = |n| format!("IMGID:{n}\nAda\tO\nmet\tO\nBo{n}\tO\nin\tO\nRome\tO\n\n");
    (0..6).map(tweet).collect()
}

/// Type, first token and end of an entity.
type Marked = (&'static str, usize, usize);

/// A project of the corpus in which the tweets with these places have these labels and are done.
fn annotator(shell: &Shell, name: &str, labelled: &[(usize, &[Marked])]) -> Project {
    let dir = shell.path(&format!("{name}.spanlight"));
    let settings = Settings { labels: LabelSet::new(["PER", "LOC"]), ..Settings::default() };
    drop(Project::create(&dir, &settings).expect("created"));
    let data = shell.file("corpus.txt", corpus());
    shell.run(&["import", &data, "--project", &dir.display().to_string()]).done();
    let mut project = Project::open(&dir).expect("opened");
    for (place, spans) in labelled {
        let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
        let tweet = project.queue()[*place].id;
        let change = Change { tweet, spans: Some(spans), state: Some(State::Done), ..Change::default() };
        project.apply("label", &[change]).expect("applied");
    }
    project
}

const ADA: Marked = ("PER", 0, 1);
const ROME: Marked = ("LOC", 4, 5);

/// Three annotators: all did tweets 0 to 2, ann and bo tweet 3, cy alone tweet 4, nobody tweet 5.
fn three(shell: &Shell) {
    annotator(shell, "ann", &[(0, &[ADA, ROME]), (1, &[ADA, ROME]), (2, &[ADA]), (3, &[ADA])]);
    annotator(shell, "bo", &[(0, &[ADA, ROME]), (1, &[ADA]), (2, &[("LOC", 0, 1)]), (3, &[ADA, ROME])]);
    annotator(shell, "cy", &[(0, &[ADA, ROME]), (1, &[ADA, ROME]), (2, &[("PER", 0, 2)]), (4, &[ROME])]);
}

const THREE: [&str; 3] = ["ann.spanlight", "bo.spanlight", "cy.spanlight"];

fn with<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [command].into_iter().chain(THREE).chain(rest.iter().copied()).collect()
}

#[test]
fn agreement_is_measured_over_the_tweets_that_are_done() {
    let shell = Shell::new();
    three(&shell);
    let found = shell.run(&with("agree", &["--json"])).json();
    let agreement = &found["agreement"];
    assert_eq!((&agreement["tweets"], &agreement["by_all"]), (&4.into(), &3.into()));
    assert_eq!(found["annotators"][2]["labelled"], 4);
    // ann and bo: 3 of 6 and 3 of 6 entities of tweet 0, 1 and 3 are shared, 0 of tweet 2.
    let pair = &agreement["pairs"][0];
    assert_eq!((&pair["first"], &pair["second"], &pair["tweets"]), (&0.into(), &1.into(), &4.into()));
    assert!((pair["f1"]["value"].as_f64().expect("a figure") - 8.0 / 12.0).abs() < 1e-12, "{pair}");
    let kappa = &agreement["kappa"];
    assert!(kappa["low"].as_f64().expect("an interval") <= kappa["value"].as_f64().expect("a figure"), "{kappa}");
    assert_eq!(found["differing"]["total"], 3);
    assert_eq!(found["differing"]["items"][0]["tweet"], "2");
    assert_eq!(shell.run(&with("agree", &["--json"])).done(), shell.run(&with("agree", &["--json"])).done());

    let text = shell.run(&with("agree", &[])).done();
    for part in ["4 tweets of two or more annotators, 3 of all", "ann and bo", "Fleiss' kappa", "tweet 2: F1 0.00"] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    let none = shell.run(&["agree", "ann.spanlight", "bo.spanlight", "--count", "all", "--resamples", "0"]).done();
    assert!(none.contains("6 tweets of two or more"), "{none}");
}

#[test]
fn figures_that_have_no_value_say_why() {
    let shell = Shell::new();
    annotator(&shell, "ann", &[(0, &[]), (1, &[])]);
    annotator(&shell, "bo", &[(0, &[]), (1, &[])]);
    let found = shell.run(&["agree", "ann.spanlight", "bo.spanlight", "--json"]).json();
    let why = |name: &str| found["agreement"][name]["why"].as_str().expect("a reason").to_owned();
    assert!(found["agreement"]["f1"]["value"].is_null() && why("f1").contains("none of them marked"), "{found}");
    assert!(why("kappa").contains("same class"), "{found}");
    let text = shell.run(&["agree", "ann.spanlight", "bo.spanlight"]).done();
    assert!(text.contains("–: none of them marked such an entity"), "{text}");
}

#[test]
fn corpora_can_be_compared_too() {
    let shell = Shell::new();
    let one = shell.file("one.txt", tweets(3));
    let other = shell.file("other.txt", tweets(3).replace("B-PER", "B-ORG").replace("I-PER", "I-ORG"));
    let ran = shell.run(&["agree", &one, &other, "--json"]);
    assert!(ran.err.contains("one has no ORG") && ran.err.contains("--rename"), "{}", ran.err);
    let f1 = ran.json()["agreement"]["f1"]["value"].as_f64();
    assert_eq!(f1, Some(0.5));
    let renamed = shell.run(&["agree", &one, &other, "--rename", "ORG=PER", "--json"]).json();
    assert_eq!(renamed["agreement"]["f1"]["value"], 1.0);
}

#[test]
fn equal_labels_are_taken_and_differences_are_kept() {
    let shell = Shell::new();
    three(&shell);
    let report = shell.run(&with("merge", &["--into", "all.spanlight", "--json"])).json();
    for (field, count) in [("tweets", 6), ("equal", 1), ("single", 1), ("unlabelled", 1), ("flagged", 0)] {
        assert_eq!(report[field], count, "{field} of {report}");
    }
    let open: Vec<_> = report["open"]["items"].as_array().expect("a list").iter().map(|one| &one["tweet"]).collect();
    assert_eq!(open, ["1", "2", "3"]);

    let mut merged = Project::open(&shell.path("all.spanlight")).expect("opened");
    let queue: Vec<_> = merged.queue().iter().map(|item| (item.id, item.state)).collect();
    let states: Vec<State> = queue.iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [State::Done, State::New, State::New, State::New, State::Done, State::New]);
    let names: Vec<String> = merged.annotators().expect("read").into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["ann", "bo", "cy"]);
    let waiting = merged.to_adjudicate().expect("read");
    assert_eq!(waiting, queue[1..4].iter().map(|(tweet, _)| *tweet).collect::<Vec<_>>());
    // What all marked is there already.
    assert_eq!(merged.tweet(waiting[0]).expect("read").example.spans, [Span::new("PER", 0, 1)]);
    let history = merged.history(queue[0].0).expect("read");
    assert_eq!((history[0].who.as_str(), history[0].summary.as_str()), ("ann, bo, cy", "merge: 3 agree"));

    // A person decides.
    let voices = merged.voices(waiting[1]).expect("read");
    let [difference] = adjudication::differences(&voices).try_into().expect("one place");
    assert_eq!((difference.kind, difference.choices.len()), (DifferenceKind::Borders, 3));
    let spans = adjudication::settle(&[], &difference, &difference.choices[0].spans, SpanStructure::Flat);
    let change = Change { tweet: waiting[1], spans: Some(spans), state: Some(State::Done), ..Change::default() };
    merged.apply("adjudicate", &[change]).expect("applied");
    assert_eq!(merged.to_adjudicate().expect("read").len(), 2);
    merged.undo().expect("undone");
    assert_eq!(merged.to_adjudicate().expect("read").len(), 3);
    // One more undo takes back one tweet of the merge, not all of it.
    merged.undo().expect("undone");
    assert_eq!(merged.stats().expect("counted").states["done"], 1);
    drop(merged);
    // The annotators' own projects are as they were.
    assert_eq!(shell.run(&["stats", "--project", "ann.spanlight", "--json"]).json()["states"]["done"], 4);
    assert!(shell.run(&with("merge", &["--into", "all.spanlight"])).failed().contains("exists"));
}

#[test]
fn policies_decide_and_every_decision_is_listed() {
    let shell = Shell::new();
    three(&shell);
    let report = shell.run(&with("merge", &["--into", "m", "--policy", "majority", "--json"])).json();
    // Tweet 3 has two annotators who differ in one entity: nobody has the majority.
    assert_eq!((&report["decided"]["total"], &report["open"]["total"]), (&2.into(), &1.into()));
    let first = &report["decided"]["items"][0];
    assert_eq!((&first["tweet"], &first["taken"][0]["type"]), (&"1".into(), &"LOC".into()));
    let merged = Project::open_read_only(&shell.path("m")).expect("opened");
    let spans = |place: usize| merged.tweet(merged.queue()[place].id).expect("read").example.spans;
    assert_eq!(spans(1), [Span::new("PER", 0, 1), Span::new("LOC", 4, 5)]);
    assert!(spans(2).is_empty(), "three borders, one voice each");

    let text = shell.run(&with("merge", &["--into", "f", "--policy", "first"])).done();
    assert!(text.contains("they differ, decided") && text.contains("tweet 2 (ann, bo, cy): taken PER 0..1"), "{text}");
    let merged = Project::open_read_only(&shell.path("f")).expect("opened");
    assert!(merged.to_adjudicate().expect("read").is_empty());
}

#[test]
fn notes_and_flags_of_annotators_are_not_lost() {
    let shell = Shell::new();
    let mut ann = annotator(&shell, "ann", &[(0, &[ADA])]);
    let mut bo = annotator(&shell, "bo", &[(0, &[ADA]), (1, &[ROME])]);
    let (first, second) = (ann.queue()[0].id, ann.queue()[1].id);
    let flag = |tweet, note: &str, state| Change { tweet, note: Some(note.into()), state, ..Change::default() };
    ann.apply("flag", &[flag(second, "which Rome?", Some(State::Flagged)), flag(first, "sure", None)])
        .expect("applied");
    bo.apply("note", &[flag(first, "sure", None)]).expect("applied");
    drop((ann, bo));
    let report = shell.run(&["merge", "ann.spanlight", "bo.spanlight", "--into", "m", "--json"]).json();
    assert_eq!((&report["flagged"], &report["equal"], &report["single"]), (&1.into(), &1.into(), &1.into()));
    let merged = Project::open_read_only(&shell.path("m")).expect("opened");
    let tweet = |place: usize| merged.tweet(merged.queue()[place].id).expect("read");
    assert_eq!(tweet(0).note.as_deref(), Some("ann, bo: sure"));
    assert_eq!((tweet(1).note.as_deref(), tweet(1).state), (Some("ann: which Rome?"), State::Flagged));
    assert_eq!(tweet(1).example.spans, [Span::new("LOC", 4, 5)]);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let shell = Shell::new();
    annotator(&shell, "ann", &[(0, &[ADA])]);
    let refuse = |arguments: &[&str], parts: &[&str]| {
        let said = shell.run(arguments).failed();
        for part in parts {
            assert!(said.contains(part), "`{part}` in {said}");
        }
        assert!(!shell.path("x").exists(), "nothing is made: {said}");
    };
    // Another corpus, and the same one with other tokens.
    let other = shell.file("other.txt", "IMGID:zz\na\tB-LOC\nb\tB-PER\n\n");
    shell.run(&["import", &other, "--project", "other.spanlight"]).done();
    refuse(&["merge", "ann.spanlight", "other.spanlight", "--into", "x"], &["no tweet in common", "ann", "other"]);
    let cut = shell.file("cut.txt", corpus().replace("Rome", "Ro\tO\nme"));
    shell.run(&["import", &cut, "--project", "cut.spanlight"]).done();
    for command in ["merge", "agree"] {
        let rest: &[&str] = if command == "merge" { &["--into", "x"] } else { &[] };
        let arguments: Vec<&str> = [command, "ann.spanlight", "cut.spanlight"].iter().chain(rest).copied().collect();
        refuse(&arguments, &["6 of the same id have other tokens (0, 1, 2, 3, 4, ...)", "ann and cut"]);
    }
    // Other types.
    let mut more = annotator(&shell, "more", &[(0, &[ADA])]);
    let mut settings = more.settings().clone();
    settings.labels.insert("EVENT", spanlight_models::example::TypeStyle::default());
    more.update_settings(settings).expect("saved");
    drop(more);
    let said = ["different types: ann has no EVENT", "--rename OLD=NEW", "--all-types"];
    refuse(&["merge", "ann.spanlight", "more.spanlight", "--into", "x"], &said);
    refuse(&["merge", "ann.spanlight", "ann.spanlight", "--into", "x"], &["is given twice"]);
    refuse(&["merge", "ann.spanlight", &other, "--into", "x"], &["other.txt is not a spanlight project"]);
    refuse(&["agree", "ann.spanlight", "absent"], &["absent"]);
    assert!(shell.run(&["merge", "ann.spanlight", "--into", "x"]).refused().contains("PROJECT"));
    shell.run(&["merge", "ann.spanlight", "more.spanlight", "--all-types", "--into", "x"]).done();
    assert!(Project::open_read_only(&shell.path("x")).expect("opened").settings().labels.index_of("EVENT").is_some());
}

#[test]
fn types_are_renamed_everywhere_in_the_merged_project() {
    let shell = Shell::new();
    let data = shell.file("t.txt", tweets(2));
    let other = shell.file("o.txt", tweets(2).replace("LOC", "PLACE"));
    for (file, name) in [(&data, "a"), (&other, "b")] {
        shell.run(&["import", file, "--project", name]).done();
    }
    let arguments = ["merge", "a", "b", "--rename", "PLACE=LOC", "--count", "all", "--into", "m", "--json"];
    assert_eq!(shell.run(&arguments).json()["equal"], 2);
    let back = ["merge", "a", "b", "--rename", "LOC=PLACE", "--into", "n"];
    shell.run(&back).done();
    let text = shell.run(&["export", "--project", "n"]).done();
    assert!(text.contains("-PLACE") && !text.contains("-LOC"), "nobody labelled anything, and still: {text}");
}

#[test]
fn a_clock_that_is_ahead_is_told_and_decides_nothing() {
    let shell = Shell::new();
    annotator(&shell, "ann", &[(0, &[ADA])]);
    annotator(&shell, "bo", &[(0, &[ADA])]);
    let db = rusqlite::Connection::open(shell.path("bo.spanlight/store.sqlite")).expect("opened");
    db.execute_batch(
        "DROP TRIGGER edits_stay; UPDATE edits SET at = '2999-01-01T00:00:00.000Z';
         CREATE TRIGGER edits_stay BEFORE UPDATE ON edits BEGIN SELECT RAISE(ABORT, 'edits are append-only'); END;",
    )
    .expect("changed");
    drop(db);
    let ran = shell.run(&["merge", "ann.spanlight", "bo.spanlight", "--into", "m", "--json"]);
    assert!(ran.err.contains("bo: its last edit is of 2999-01-01"), "{}", ran.err);
    let report = ran.json();
    assert_eq!((&report["equal"], &report["annotators"][1]["clock"]["ahead"]), (&1.into(), &true.into()));
}

#[test]
fn every_annotator_gets_a_share_and_the_shares_are_put_together_again() {
    let shell = Shell::new();
    let data = shell.file("corpus.txt", tweets(50));
    let arguments = ["assign", &data, "--annotators", "ann,bo,cy", "--shared", "0.1", "--out", "team", "--json"];
    let report = shell.run(&arguments).json();
    assert_eq!((&report["tweets"], &report["shared"]), (&50.into(), &5.into()));
    let counts: Vec<_> = report["shares"].as_array().expect("a list").iter().map(|share| &share["count"]).collect();
    assert_eq!(counts, [20, 20, 20]);
    let names = ["team/ann.spanlight", "team/bo.spanlight", "team/cy.spanlight"];
    for name in names {
        let text = shell.run(&["export", "--project", name]).done();
        assert_eq!(text.matches("IMGID:").count(), 20);
        let ids: Vec<usize> = text.lines().filter_map(|line| line.strip_prefix("IMGID:")?.parse().ok()).collect();
        assert!(ids.is_sorted(), "in the order of the corpus: {ids:?}");
    }
    assert!(shell.run(&arguments).failed().contains("ann.spanlight exists"));
    let mut merge = vec!["merge"];
    merge.extend(names);
    merge.extend(["--count", "all", "--into", "all", "--json"]);
    let merged = shell.run(&merge).json();
    assert_eq!((&merged["tweets"], &merged["equal"], &merged["single"]), (&50.into(), &5.into(), &45.into()));
    let text = shell.run(&["export", "--project", "all"]).done();
    let mut lines: Vec<&str> = text.split_inclusive("\n\n").collect();
    lines.sort_by_key(|tweet| tweet.lines().next().and_then(|id| id.strip_prefix("IMGID:")?.parse::<usize>().ok()));
    assert_eq!(lines.concat().replace("B-LOC", "I-LOC"), tweets(50));
    let said = shell.run(&["assign", &data, "--annotators", "a/b", "--out", "t"]).failed();
    assert!(said.contains("no name for an annotator"), "{said}");
    shell.run(&["assign", &data, "--annotators", "a", "--shared", "2", "--out", "t"]).refused();
}

#[test]
fn two_labellings_are_compared() {
    let shell = Shell::new();
    annotator(&shell, "old", &[(0, &[ADA, ROME]), (1, &[ADA]), (2, &[("PER", 0, 2)]), (3, &[ADA])]);
    annotator(&shell, "new", &[(0, &[ADA]), (1, &[("LOC", 0, 1), ROME]), (2, &[ADA]), (3, &[ADA])]);
    let report = shell.run(&["diff", "old.spanlight", "new.spanlight", "--json"]).json();
    assert_eq!((&report["tweets"], &report["same"]), (&6.into(), &3.into()));
    assert_eq!(report["kinds"], serde_json::json!({"added": 1, "removed": 1, "type": 1, "borders": 1}));
    assert_eq!(report["changed"]["items"][0]["changes"][0]["before"][0]["type"], "LOC");
    let text = shell.run(&["diff", "old.spanlight", "new.spanlight", "--count", "done"]).done();
    assert!(text.contains("4 tweets in both, 1 labelled alike, 3 otherwise"), "{text}");
    assert!(text.contains("tweet 1: [Ada] PER becomes [Ada] LOC; nothing becomes [Rome] LOC"), "{text}");
    let corpus = shell.file("c.txt", corpus().replace("Rome\tO", "Rome\tB-LOC"));
    let text = shell.run(&["diff", &corpus, "new.spanlight"]).done();
    assert!(text.contains("6 tweets in both, 0 labelled alike"), "{text}");
}

#[test]
fn what_is_left_to_adjudicate_is_listed_and_settled_by_a_rule() {
    let shell = Shell::new();
    three(&shell);
    shell.run(&with("merge", &["--into", "m"])).done();
    let report = shell.run(&["adjudicate", "--project", "m", "--json"]).json();
    assert_eq!((&report["open"], &report["annotators"][2]), (&3.into(), &"cy".into()));
    let tweet = &report["tweets"][1];
    assert_eq!((&tweet["tweet"], tweet["voices"].as_array().map(Vec::len)), (&"2".into(), Some(3)));
    let choices = tweet["differences"][0]["choices"].as_array().expect("a list");
    assert_eq!((&tweet["differences"][0]["kind"], choices.len()), (&"borders".into(), 3));
    let text = shell.run(&["adjudicate", "--project", "m", "--id", "1"]).done();
    assert!(text.contains("ann, cy: [Rome] LOC | bo: nothing"), "{text}");

    // Tweet 3 has two annotators who differ: nobody has the majority. A person has begun with tweet 1.
    let mut merged = Project::open(&shell.path("m")).expect("opened");
    let begun = Change { tweet: merged.queue()[1].id, spans: Some(Vec::new()), ..Change::default() };
    merged.apply("begun", &[begun]).expect("applied");
    drop(merged);
    let settled = shell.run(&["adjudicate", "--project", "m", "--policy", "majority", "--json"]).json();
    assert_eq!(
        (&settled["settled"]["total"], &settled["open"]["total"], &settled["begun"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(settled["settled"]["items"][0]["tweet"], "2");
    let taken = shell.run(&["adjudicate", "--project", "m", "--id", "3", "--take", "bo"]).done();
    assert!(taken.contains("1 tweets settled, 0 left open") && taken.contains("taken LOC 4..5"), "{taken}");
    assert_eq!(shell.run(&["adjudicate", "--project", "m", "--json"]).json()["open"], 1);
    assert_eq!(shell.run(&["stats", "--project", "m", "--json"]).json()["to_adjudicate"], 1);
    let said = shell.run(&["adjudicate", "--project", "m", "--id", "3"]).failed();
    assert!(said.contains("nothing to settle about tweet 3"), "{said}");
    let said = shell.run(&["adjudicate", "--project", "m", "--take", "dan"]).failed();
    assert!(said.contains("dan is no annotator of this project; they are ann, bo, cy"), "{said}");
    let mut merged = Project::open(&shell.path("m")).expect("opened");
    merged.undo().expect("undone").expect("one step");
    assert_eq!(merged.to_adjudicate().expect("read").len(), 2);
    drop(merged);
    // A merge is no handiwork, and neither is a rule.
    assert_eq!(shell.run(&["stats", "--project", "m", "--json"]).json()["progress"]["total"]["tweets"], 0);
    assert!(shell.run(&["adjudicate", "--project", "ann.spanlight"]).failed().contains("spanlight merge"));
}

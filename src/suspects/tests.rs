//! Faults that are put into labels, and labels without any.

use super::*;
use crate::corpus::{Corpus, ReadOptions};

/// A corpus of tweets: words with tags behind a slash, `Ann/B-PER`; no tag is `O`.
fn corpus(tweets: &[&str]) -> Corpus {
    let mut text = String::new();
    for (number, tweet) in tweets.iter().enumerate() {
        text.extend(["IMGID:", &number.to_string(), "\n"]);
        for word in tweet.split(' ') {
            let (word, tag) = word.rsplit_once('/').unwrap_or((word, "O"));
            text.extend([word, "\t", tag, "\n"]);
        }
        text.push('\n');
    }
    Corpus::read_from("test", text.as_bytes(), ReadOptions::default()).expect("well formed")
}

fn found(tweets: &[&str], checks: &[Check]) -> Vec<Suspect> {
    let corpus = corpus(tweets);
    rank(&corpus, doubts_of_text(&corpus, checks).expect("read"), 100).expect("read")
}

/// Tweet, words, fault and suggestion of what is found.
fn told(suspects: &[Suspect]) -> Vec<(usize, &str, Fault, Option<Span>)> {
    suspects.iter().map(|one| (one.place, one.words.as_str(), one.fault, one.suggestion.clone())).collect()
}

#[test]
fn a_name_of_another_type_is_doubted_and_its_other_places_are_not() {
    let tweets = ["in Rome/B-LOC", "to Rome/B-LOC", "ROME/B-LOC now", "by Rome/B-PER", "Bo/B-PER", "Bo/B-LOC"];
    let suspects = found(&tweets, &[Check::Types]);
    let rome = Some(Span::new("LOC", 1, 2));
    assert_eq!(told(&suspects)[0], (3, "Rome", Fault::Type, rome));
    assert!((suspects[0].score - 0.6).abs() < 1e-9 && suspects[0].reasons[0].text.contains("LOC in 3 other places"));
    // Of two that differ nobody knows which one is wrong.
    assert_eq!(told(&suspects)[1..], [(5, "Bo", Fault::Type, Some(Span::new("PER", 0, 1)))]);
    assert!(suspects[1].score < 0.4, "{suspects:?}");
}

#[test]
fn names_without_a_label_or_with_half_of_one_are_doubted() {
    let whole = "at New/B-LOC York/I-LOC again";
    let tweets = [
        whole,
        "New/B-LOC York/I-LOC !",
        whole,
        "the New York thing",
        "to New York/B-LOC",
        "a York/B-PER here",
        whole,
        whole,
    ];
    let suspects = found(&tweets, &[Check::Boundaries]);
    let missing = (3, "New York", Fault::Missing, Some(Span::new("LOC", 1, 3)));
    let half = (4, "York", Fault::Borders, Some(Span::new("LOC", 1, 3)));
    let told = told(&suspects);
    assert!(told.contains(&missing) && told.contains(&half), "{told:?}");
    // What stands alone elsewhere, or is a part of a longer name, is no fault.
    let tweets = [whole, "New/B-LOC York/I-LOC City/I-LOC", whole, "brand new york", "York/B-PER wins"];
    assert_eq!(found(&tweets, &[Check::Boundaries]), []);
}

#[test]
fn articles_are_doubted_where_the_name_mostly_goes_without() {
    let tweets = ["the Bears/B-ORG win", "Bears/B-ORG !", "by the/B-ORG Bears/I-ORG again", "Bears/B-ORG ?"];
    let suspects = found(&tweets, &[Check::Boundaries]);
    assert_eq!(told(&suspects), [(2, "the Bears", Fault::Borders, Some(Span::new("ORG", 2, 3)))]);
}

#[test]
fn equal_texts_should_have_equal_labels() {
    let labelled = "Ann/B-PER and Bo/B-PER http://a/O";
    let suspects = found(&[labelled, "ann and bo/B-PER http://b/O", labelled, "Ann and"], &[Check::Boundaries]);
    let in_texts = suspects.iter().filter(|one| one.reasons[0].text.contains("same words"));
    let told: Vec<_> = in_texts.map(|one| (one.place, one.words.as_str(), one.fault)).collect();
    assert_eq!(told, [(1, "ann", Fault::Missing)]);
    let suspects = found(&["a b Cy/B-PER", "a b Cy/B-LOC"], &[Check::Boundaries]);
    let types: Vec<_> = suspects.iter().map(|one| (one.place, one.fault, one.score)).collect();
    assert_eq!(types, [(0, Fault::Type, 0.5), (1, Fault::Type, 0.5)]);
}

#[test]
fn an_entity_without_its_beginning_is_doubted_and_completed_where_the_name_is_known() {
    let tweets = ["nothing", "in St . Louis/I-LOC", "at St/B-LOC ./I-LOC Louis/I-LOC", "only Porto/I-LOC"];
    let suspects = found(&tweets, &[Check::Tags]);
    let told = told(&suspects);
    assert_eq!(told[0], (1, "Louis", Fault::Borders, Some(Span::new("LOC", 1, 4))));
    assert_eq!(told[1], (3, "Porto", Fault::Borders, None));
    assert!(suspects[0].score > suspects[1].score);
}

#[test]
fn doubts_about_one_label_are_put_together() {
    let corpus = corpus(&["a b c d", "e f"]);
    let span = |label: &str, start, end| Span::new(label, start, end);
    let doubt = |place, gold: Option<Span>, wanted: Option<Span>, check, score| {
        let reason = Reason { check, score, text: format!("{check:?}") };
        Doubt::new(place, gold.as_ref(), wanted, reason)
    };
    let gold = || Some(span("PER", 1, 2));
    let doubts = vec![
        doubt(0, gold(), Some(span("LOC", 1, 2)), Check::Types, 0.5),
        doubt(0, gold(), Some(span("PER", 1, 3)), Check::Model, 0.6),
        doubt(0, gold(), None, Check::Model, 0.1),
        doubt(1, None, Some(span("PER", 0, 1)), Check::Model, 0.7),
    ];
    let suspects = rank(&corpus, Doubts(doubts), 100).expect("read");
    assert_eq!(told(&suspects)[0], (0, "b", Fault::Borders, Some(span("PER", 1, 3))));
    assert!((suspects[0].score - 0.8).abs() < 1e-9, "a second reason of the same kind adds nothing");
    assert_eq!(suspects[0].reasons.len(), 3);
    assert_eq!((suspects[1].tweet.as_str(), suspects[1].words.as_str(), suspects[1].gold.as_ref()), ("1", "e", None));
}

#[test]
fn a_model_that_sees_nothing_in_a_name_is_contradicted_by_its_other_places() {
    let corpus =
        corpus(&["ann/B-PER sings", "Ann/B-PER swims", "Ann/B-PER eats", "so/B-PER what", "so it", "so be it"]);
    let doubt = |place| {
        let reason = Reason { check: Check::Model, score: 0.9, text: String::new() };
        Doubt::new(place, Some(&Span::new("PER", 0, 1)), None, reason)
    };
    let suspects = rank(&corpus, Doubts(vec![doubt(0), doubt(3)]), 100).expect("read");
    let scores: Vec<_> = suspects.iter().map(|one| (one.words.as_str(), (100.0 * one.score).round())).collect();
    assert_eq!(scores, [("so", 90.0), ("ann", 30.0)]);
}

#[test]
fn the_file_is_read_back_and_other_forms_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE);
    assert_eq!(Found::read(&path).expect("nothing is no error"), None);
    let suspects = found(&["Bo/B-PER", "Bo/B-LOC", "Bo/B-PER"], &Check::ALL[..3]);
    let written = Found::new(Check::ALL.to_vec(), Some("x".into()), 3, 3, suspects);
    written.write(&path).expect("written");
    assert_eq!(Found::read(&path).expect("read"), Some(written));
    for bad in ["{", "{\"version\":2,\"checks\":[],\"model\":null,\"tweets\":0,\"entities\":0,\"suspects\":[]}"] {
        std::fs::write(&path, bad).expect("writable");
        assert!(Found::read(&path).expect_err("not ours").to_string().contains("suspects.json"));
    }
}

#[test]
fn what_is_right_everywhere_is_not_doubted() {
    let tweets = ["Ann/B-PER met Bo/B-PER", "Ann/B-PER met Bo/B-PER", "in New/B-LOC York/I-LOC", "new day"];
    assert_eq!(found(&tweets, &Check::ALL), []);
}

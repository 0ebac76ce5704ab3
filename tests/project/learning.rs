//! What a model may learn from.

use spanlight::project::{Project, Role, State, TrainingCaps, TrainingSet, TrainingTweet, TweetId};

use super::*;

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
    let numbers = |tweets: &[TrainingTweet]| tweets.iter().map(|t| t.tweet).collect::<Vec<_>>();
    assert_eq!(set.corrections.len() + set.held_out.len(), 59);
    assert_eq!(project.corrections_waiting().expect("counted"), set.corrections.len());
    assert!((5..20).contains(&set.held_out.len()), "{}", set.held_out.len());
    assert!(set.replay.is_empty());
    assert_eq!(set.corrections[0].tweet, *numbers(&set.corrections).iter().max().expect("some"), "newest first");
    assert_eq!(project.corrections_waiting().expect("counted"), set.corrections.len());

    // What does not fit among the corrections is replayed, so that it is learned too.
    let few = project.training_set(TrainingCaps { corrections: 3, replay: 1000, ..caps }).expect("read");
    assert_eq!(numbers(&few.corrections), numbers(&set.corrections[..3]));
    assert_eq!(few.replay.len(), set.corrections.len() - 3);

    // An edit that comes while the model learns waits for the next step.
    let late = set.corrections[3].tweet;
    project.apply("late", &[relabel(late, &[])]).expect("applied");
    project.mark_learned(1, set.through).expect("noted");
    drop(project);
    let mut project = Project::open(&dir).expect("opened");
    let next = project.training_set(caps).expect("read");
    assert_eq!((numbers(&next.corrections), next.replay.len()), (vec![late], 10));
    assert_eq!(project.corrections_waiting().expect("counted"), 1);
    assert_eq!(next.held_out, set.held_out);
    assert!(next.replay.iter().all(|tweet| !numbers(&next.held_out).contains(&tweet.tweet)));
    project.unlearn_after(0).expect("noted");
    assert_eq!(project.training_set(caps).expect("read").corrections.len(), set.corrections.len());

    // A held-out file takes the place of the fold; what it holds is learned under no other number either.
    project.import(&corpus("IMGID:5\ngold\tO\n\nIMGID:x\ngold\tO\n"), Role::HeldOut).expect("imported");
    project.import(&corpus("IMGID:x\nold\tO\n\nIMGID:y\nold\tO\n"), Role::Replay).expect("imported");
    let set = project.training_set(caps).expect("read");
    let names = |tweets: &[TrainingTweet]| tweets.iter().map(|t| t.example.id.clone()).collect::<Vec<_>>();
    assert_eq!((names(&set.held_out), names(&set.replay)), (vec!["5".into(), "x".into()], vec!["y".to_owned()]));
    assert_eq!(set.corrections.len(), 58);
    assert!(!names(&set.corrections).contains(&"5".to_owned()));
    assert_eq!(project.corrections_waiting().expect("counted"), 58);
}

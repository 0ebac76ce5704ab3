//! One of several images is preferred: a step of the same history as labels, kept by exports.

use super::*;

const JSONL: ExportOptions = ExportOptions { format: Format::Jsonl, role: Role::Label, flatten: None };

/// A project whose image folder has three images of the tweet `W`.
fn with_images(text: &str) -> (TempDir, PathBuf, Project) {
    let folder = folder();
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("a folder");
    for name in ["W_1.jpg", "W_2.jpg", "W_3.jpg"] {
        std::fs::write(images.join(name), b"found by its name").expect("written");
    }
    let dir = folder.path().join("test.spanlight");
    let mut project =
        Project::create(&dir, &Settings { images: vec![images], ..Settings::default() }).expect("created");
    project.import(&corpus(text), Role::Label).expect("imported");
    (folder, dir, project)
}

fn images(project: &Project, tweet: TweetId) -> Vec<String> {
    project.tweet(tweet).expect("there").example.images
}

#[test]
fn a_preferred_image_comes_first_survives_a_restart_and_is_taken_back() {
    let (_folder, dir, mut project) = with_images("IMGID:W\na\tO\n\n");
    let tweet = project.queue()[0].id;
    assert_eq!(images(&project, tweet), ["W_1", "W_2", "W_3"]);
    assert_eq!(project.prefer_image(tweet, "W_1").expect("the first already"), None);
    let applied = project.prefer_image(tweet, "W_3").expect("written").expect("a change");
    assert_eq!((applied.reread, applied.summary.as_str()), (vec![tweet], "prefer image W_3"));
    let refused = project.prefer_image(tweet, "X").expect_err("not its image").to_string();
    assert!(refused.contains("tweet W has no image X"), "{refused}");
    let labelled = project.apply("label", &[relabel(tweet, &[Span::new("PER", 0, 1)])]).expect("applied");
    assert_eq!(labelled.expect("a change").reread, [0; 0]);
    drop(project);

    let mut project = Project::open(&dir).expect("opened");
    assert_eq!(images(&project, tweet), ["W_3", "W_1", "W_2"]);
    let found = project.tweet(tweet).expect("there");
    assert_eq!((found.preferred.as_deref(), found.human), (Some("W_3"), true));
    project.undo().expect("undone").expect("a step");
    assert!(!project.tweet(tweet).expect("there").human, "choosing an image confirms no label");
    assert_eq!(project.undo().expect("undone").expect("a step").reread, [tweet]);
    assert_eq!(images(&project, tweet), ["W_1", "W_2", "W_3"]);
    project.redo().expect("redone").expect("a step");
    assert_eq!(images(&project, tweet)[0], "W_3");
    assert_eq!(project.history(tweet).expect("read").len(), 5);
}

#[test]
fn exports_name_the_preferred_image_first_and_nothing_else_changes() {
    let source = "{\"id\": \"1\", \"n\": 1e5, \"images\": [\"W_1\", \"W_2\"], \"tokens\": [\"a\"]}\n{\"tokens\":[\"b\"],\"id\":\"2\"}\n";
    let (_folder, _dir, mut project) = with_images(source);
    let tweet = project.queue()[0].id;
    project.prefer_image(tweet, "W_2").expect("written").expect("a change");
    let (text, report) = exported(&project, JSONL);
    assert_eq!((text, report.unchanged), (source.replace("[\"W_1\", \"W_2\"]", "[\"W_2\", \"W_1\"]"), 1));
    let read = corpus(&exported(&project, JSONL).0).examples().next().expect("a tweet");
    assert_eq!(read.images, ["W_2", "W_1"]);
    project.undo().expect("undone");
    assert_eq!(exported(&project, JSONL).0, source);
}

#[test]
fn a_form_with_one_image_a_tweet_says_what_it_cannot_hold() {
    let source = "IMGID:W\na\tO\n\n";
    let (_folder, _dir, mut project) = with_images(source);
    let tweet = project.queue()[0].id;
    project.prefer_image(tweet, "W_2").expect("written").expect("a change");
    let (text, report) = exported(&project, LABEL);
    assert_eq!((text.as_str(), report.reduced), (source, 1));
    let (text, _) = exported(&project, JSONL);
    assert!(text.contains("\"images\":[\"W_2\",\"W_1\",\"W_3\"]"), "{text}");
}

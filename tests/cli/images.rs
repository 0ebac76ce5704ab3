//! Several images a tweet: listed, and one preferred.

use serde_json::json;

use super::*;

#[test]
fn images_are_listed_and_one_is_preferred() {
    let shell = Shell::new();
    for name in ["W_1.png", "W_2.png"] {
        let path = shell.file(&format!("images/{name}"), "");
        image::RgbImage::new(2, 2).save(path).expect("an image");
    }
    let data = shell.file("t.txt", "IMGID:W\r\na\tO\r\n\r\nIMGID:V\r\nb\tO\r\n\r\n");
    shell.run(&["import", &data, "--project", "p"]).done();
    let list = |more: &[&str]| shell.run(&[&["image", "list", "--project", "p"], more].concat());
    let listing = list(&["--json"]).json();
    let candidate = |image: &str, preferred: bool| json!({ "image": image, "preferred": preferred, "boxes": 0, "size": [2, 2], "state": "ready" });
    assert_eq!(
        listing["tweets"],
        json!([{ "id": "W", "chosen": false, "images": [candidate("W_1", true), candidate("W_2", false)] }])
    );
    let prefer = |image: &str, id: &str| shell.run(&["image", "prefer", image, "--id", id, "--project", "p", "--json"]);
    assert_eq!(prefer("W_2", "W").json()["changed"], true);
    assert_eq!(prefer("W_2", "W").json()["changed"], false);
    assert!(prefer("W_7", "W").failed().contains("tweet W has no image W_7"));
    assert!(prefer("W_2", "nobody").failed().contains("no tweet with the id `nobody`"));
    let told = list(&["--id", "W", "--id", "V"]).done();
    assert_eq!(
        told,
        "W: 2 images (the first was chosen by a person)\n  W_2: 2 x 2 pixels\n  W_1: 2 x 2 pixels\nV: 1 images\n  V: no file\n"
    );
    let exported = shell.run(&["export", "--project", "p", "--format", "jsonl"]).done();
    assert!(exported.contains("\"images\":[\"W_2\",\"W_1\"]"), "{exported}");
}

#[test]
fn all_that_is_known_of_images_is_listed() {
    let shell = Shell::new();
    shell.file("images/broken.png", "\x7fPNG");
    let tweet = json!({
        "id": "t", "tokens": ["a", "quay"], "images": ["a", "broken"],
        "image_scores": {"a": 0.5}, "image_measures": {"a": {"coverage": 0.25, "accuracy": 0.5}},
        "contexts": [{"kind": "caption", "text": "a quay", "image": "broken", "similarity": 0.125}],
        "boxes": [{"image": "a", "start": 0, "end": 1, "xmin": 0.0, "ymin": 0.0, "xmax": 1.0, "ymax": 1.0}],
    });
    let data = shell.file("t.jsonl", format!("{tweet}\n"));
    shell.run(&["import", &data, "--project", "p"]).done();
    let list = |more: &[&str]| shell.run(&[&["image", "list", "--project", "p"], more].concat());
    let listing = list(&["--json"]).json();
    let images = &listing["tweets"][0]["images"];
    let first = json!({
        "image": "a", "preferred": true, "score": 0.5, "coverage": 0.25, "accuracy": 0.5, "boxes": 1, "state": "missing",
    });
    assert_eq!(images[0], first);
    assert_eq!((&images[1]["similarity"], &images[1]["state"]), (&json!(0.125), &json!("corrupt")));
    let told = list(&[]).done();
    assert!(told.contains("  a: score 0.50, coverage 0.25, accuracy 0.50, 1 box, no file\n"), "{told}");
    assert!(told.contains("  broken: similarity 0.12, ") && told.contains("is no PNG"), "{told}");
    // What was measured is not lost on the way through.
    let exported = shell.run(&["export", "--project", "p", "--format", "jsonl"]).done();
    assert_eq!(exported, format!("{tweet}\n"));
}

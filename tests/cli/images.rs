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
    let candidate = |image: &str, state: &str| json!({ "image": image, "state": state });
    assert_eq!(
        listing["tweets"],
        json!([{ "id": "W", "chosen": false, "images": [candidate("W_1", "ready"), candidate("W_2", "ready")] }])
    );
    let prefer = |image: &str, id: &str| shell.run(&["image", "prefer", image, "--id", id, "--project", "p", "--json"]);
    assert_eq!(prefer("W_2", "W").json()["changed"], true);
    assert_eq!(prefer("W_2", "W").json()["changed"], false);
    assert!(prefer("W_7", "W").failed().contains("tweet W has no image W_7"));
    assert!(prefer("W_2", "nobody").failed().contains("no tweet with the id `nobody`"));
    let told = list(&["--id", "W", "--id", "V"]).done();
    assert_eq!(told, "W: 2 images (the first was chosen by a person)\n  W_2\n  W_1\nV: 1 images\n  V (no file)\n");
    let exported = shell.run(&["export", "--project", "p", "--format", "jsonl"]).done();
    assert!(exported.contains("\"images\":[\"W_2\",\"W_1\"]"), "{exported}");
}

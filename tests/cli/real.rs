//! Real tweets with their real pictures, through every system that looks at images, on published weights.

use std::collections::HashSet;

use super::common::{published, skipped, weights};
use super::*;

/// The tweets of the published corpora whose pictures are there.
fn tweets_with_pictures(data: &Path) -> String {
    let index = std::fs::read_to_string(data.join("images/index.tsv")).expect("an index");
    let ids: HashSet<&str> = index.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    let mut chosen = String::new();
    for file in ["2015/train", "2015/valid", "2015/test", "2017/train", "2017/valid"] {
        let corpus = std::fs::read_to_string(data.join(format!("twitter{file}.txt"))).expect("a corpus");
        for tweet in corpus.split("IMGID:").skip(1) {
            let (id, lines) = tweet.split_once('\n').expect("lines");
            if ids.contains(id.trim()) {
                // The two corpora have two names for the same type.
                let lines = lines.trim_end().replace("-OTHER", "-MISC");
                chosen.extend(["IMGID:", id.trim(), "\n", &lines, "\n\n"]);
            }
        }
    }
    chosen
}

#[test]
fn every_system_that_looks_takes_real_pictures() {
    let Some(data) = published() else { return };
    let (Some(text), Some(image)) = (weights("minilm"), weights("mobilenet-v2")) else {
        return skipped("there are no weights of MiniLM and MobileNetV2; .ci/weights fetches them");
    };
    let shell = Shell::new();
    let tweets = shell.file("real.txt", tweets_with_pictures(&data));
    let [images, boxes, text, image] = [data.join("images"), data.join("gmner/boxes_v2.tsv"), text, image]
        .map(|path| path.canonicalize().expect("it is there").display().to_string());
    let systems = shell.run(&["systems", "--json"]).json();
    let looking = systems["systems"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|system| system["uses_image"] == true && system["image_encoder"] == "published");
    let names: Vec<&str> = looking.map(|system| system["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["mt", "umt", "maf", "hvpnet", "smner", "bga-mner", "instruct-ner"]);
    for name in names {
        let train =
            ["train", "--system", name, "--encoder", &text, "--image-encoder", &image, "--epochs", "1", "--json"];
        let more = ["--data", &tweets, "--valid", &tweets, "--images", &images, "--out", name];
        let trained = shell.run(&[&train[..], &more].concat()).json();
        assert_eq!(trained["image_problems"], 0, "{name}: {trained}");
        let scores =
            ["evaluate", "--model", name, "--data", &tweets, "--images", &images, "--box-file", &boxes, "--json"];
        let scores = shell.run(&scores).json();
        assert_eq!((&scores["tweets"], &scores["missing_images"]), (&34.into(), &0.into()), "{name}: {scores}");
        let aimed = name != "hvpnet";
        assert_eq!(scores["pointing"]["total"].as_u64().is_some_and(|boxed| boxed > 10), aimed, "{name}: {scores}");
    }
}

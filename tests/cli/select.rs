//! Choosing among images of a tweet, and maps of words that are no maps.

use image::{Rgb, RgbImage};

use super::*;

/// A small convolutional encoder of random weights.
fn encoder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("burn-models/tests/golden/image");
    folder.join("mobilenet/weights.pth").display().to_string()
}

fn picture(shell: &Shell, name: &str, size: [u32; 2], colour: [u8; 3]) {
    let path = shell.path(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    RgbImage::from_pixel(size[0], size[1], Rgb(colour)).save(path).expect("written");
}

/// Maps of one place each, with these values for the words.
fn maps(shell: &Shell, name: &str, values: &[f32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let shape = [values.len(), 1, 1];
    let header =
        serde_json::json!({"maps": {"dtype": "F32", "shape": shape, "data_offsets": [0, bytes.len()]}}).to_string();
    shell.file(name, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat());
}

/// A tweet with a red, a green and a blue image and others that are none, and one with a single image.
fn corpus(shell: &Shell) -> String {
    picture(shell, "images/red.png", [8, 8], [250, 0, 0]);
    picture(shell, "images/green.png", [1, 1], [0, 250, 0]);
    picture(shell, "images/blue.png", [8, 8], [0, 0, 250]);
    picture(shell, "images/long.png", [20_000, 10], [0, 0, 0]);
    shell.file("images/broken.png", b"no image");
    let several =
        r#"{"id":"t:1","tokens":["Ada","sings"],"images":["red","green","long","broken","none","blue"],"by":1}"#;
    let single = r#"{"id":"2","tokens":["Bo"],"images":["red"]}"#;
    shell.file("c.jsonl", format!("{several}\n{single}\n{{\"id\":\"3\",\"tokens\":[\"Cy\"]}}\n"))
}

#[test]
fn the_image_that_is_like_the_references_is_chosen_and_every_score_told() {
    let shell = Shell::new();
    let data = corpus(&shell);
    picture(&shell, "known/t:1/a.png", [9, 9], [0, 0, 245]);
    shell.file("known/t:1/b.png", b"no image");
    let known = shell.path("known").display().to_string();
    let ask = ["select", "--data", &data, "--references", &known];
    // Without a published encoder the small one of the program looks.
    let told = shell.run(&[&ask[..], &["--explain", "t:1", "--json"]].concat()).json();
    assert_eq!(told["references"].as_array().map(Vec::len), Some(1), "{told}");

    let encoder = encoder();
    let ask = [&ask[..], &["--image-encoder", &encoder, "--selector", "global"]].concat();
    let told = shell.run(&[&ask[..], &["--explain", "t:1", "--json"]].concat()).json();
    assert_eq!((&told["id"], &told["chosen"]), (&"t:1".into(), &"blue".into()), "{told}");
    assert_eq!(told["candidates"], serde_json::json!(["red", "green", "blue"]));
    assert_eq!((&told["references"][0], &told["selection"]["flags"][0]), (&"a.png".into(), &"no_maps".into()));
    let unusable = told["unusable"].as_array().expect("a list");
    let said = |name: &str| {
        let one = unusable.iter().find(|one| one["image"] == name).unwrap_or_else(|| panic!("{name}: {told}"));
        one["reason"].as_str().expect("a text").to_owned()
    };
    assert!(
        said("long").contains("20000 x 10") && said("broken").contains("no PNG") && said("none").contains("no file")
    );
    assert!(said("b.png").contains("no PNG"));

    let out = shell.path("chosen.jsonl").display().to_string();
    let report = shell.run(&[&ask[..], &["--out", &out, "--json"]].concat()).json();
    assert_eq!((&report["changed"], report["tweets"].as_array().map(Vec::len)), (&1.into(), Some(3)));
    let before = std::fs::read_to_string(&data).expect("read");
    let written = std::fs::read_to_string(&out).expect("written");
    let tweets =
        |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect() };
    let (before, after) = (tweets(&before), tweets(&written));
    assert_eq!(after[0]["images"], serde_json::json!(["blue", "red", "green", "long", "broken", "none"]));
    let score = |id: &str| after[0]["image_scores"][id].as_f64();
    assert!(score("blue") > score("red") && score("blue") <= Some(1.0) && score("broken").is_none(), "{written}");
    let measures = &after[0]["image_measures"]["blue"];
    assert_eq!(measures["accuracy"].as_f64(), score("blue"), "{written}");
    assert!(before.iter().zip(&after).all(|(one, other)| one["tokens"] == other["tokens"] && one["id"] == other["id"]));
}

#[test]
fn what_shows_the_words_is_kept_and_maps_that_are_none_are_refused() {
    let shell = Shell::new();
    let data = corpus(&shell);
    let folder = shell.path("maps").display().to_string();
    for (name, values) in [("red", [0.02, 0.0]), ("green", [0.06, 0.01]), ("blue", [0.04, 0.01])] {
        maps(&shell, &format!("maps/{name}.safetensors"), &values);
    }
    let ask = ["select", "--data", &data, "--map-folder", &folder, "--alpha", "2", "--explain", "t:1"];
    let told = shell.run(&[&ask[..], &["--json"]].concat()).json();
    assert_eq!((&told["chosen"], &told["selection"]["kept"]), (&"green".into(), &serde_json::json!([1, 2])), "{told}");
    assert_eq!(told["selection"]["coverage"]["entity_words"], serde_json::json!([0]));
    assert_eq!(told["selection"]["flags"], serde_json::json!(["no_references"]));
    let said = shell.run(&ask).done();
    assert!(said.contains("Ada") && said.contains("0.0600"), "{said}");

    // The second tweet has one word.
    let said = shell.run(&["select", "--data", &data, "--map-folder", &folder]).failed();
    assert!(said.contains("tweet 2") && said.contains("red.safetensors") && said.contains("2 words"), "{said}");
    for (values, part) in [(&[0.1, f32::NAN][..], "NaN"), (&[-0.1, 0.0], "-0.1"), (&[0.1], "1 words")] {
        maps(&shell, "maps/green.safetensors", values);
        let said = shell.run(&ask).failed();
        assert!(said.contains("tweet t:1") && said.contains("green.safetensors") && said.contains(part), "{said}");
    }
}

#[test]
fn a_sample_tweet_is_explained_by_the_maps_and_references_beside_it() {
    let shell = Shell::new();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/test.jsonl").display().to_string();
    let told = shell.run(&["select", "--data", &data, "--explain", "tw-7af6f7", "--json"]).json();
    let (selection, names) = (&told["selection"], told["candidates"].as_array().expect("candidates"));
    assert_eq!((&told["chosen"], names.len()), (&"Pa2ef7a".into(), 4), "{told}");
    assert_eq!(selection["flags"], serde_json::json!([]), "{told}");
    let scores = selection["coverage"]["scores"].as_array().expect("scores");
    assert!(scores[1..].iter().all(|score| score.as_f64() < scores[0].as_f64()), "{told}");
    let said = shell.run(&["select", "--data", &data, "--explain", "nobody"]).failed();
    assert!(said.contains("nobody") && said.contains("test.jsonl"), "{said}");
}

#[test]
fn the_picture_that_shows_a_name_is_found_among_those_that_hardly_do() {
    let shell = Shell::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let of_sample = |name: &str| sample.join(name).display().to_string();
    let (mut own, mut lines) = (Vec::new(), String::new());
    for line in std::fs::read_to_string(sample.join("test.jsonl")).expect("readable").lines() {
        let mut tweet: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let Some(images) = tweet["images"].as_array_mut().filter(|images| images.len() > 1) else { continue };
        own.push(images[0].clone());
        images.reverse();
        lines.push_str(&tweet.to_string());
        lines.push('\n');
    }
    let data = shell.file("reversed.jsonl", lines);
    let (images, maps, references) = (of_sample("images"), of_sample("maps"), of_sample("references"));
    let found = |more: &[&str]| {
        let told = shell.run(&[&["select", "--data", &data, "--images", &images, "--json"], more].concat()).json();
        let tweets = told["tweets"].as_array().expect("tweets").clone();
        assert_eq!(tweets.len(), own.len());
        tweets.iter().zip(&own).filter(|(tweet, own)| tweet["chosen"] == **own).count()
    };
    assert_eq!((own.len(), found(&[])), (40, 0), "with nothing to go by the first one stays");
    let by_maps = found(&["--map-folder", &maps]);
    let by_references = found(&["--references", &references]);
    assert!(by_maps == 40 && by_references >= 28, "{by_maps} and {by_references} of 40");
}

#[test]
fn maps_and_boxes_instruct_while_training() {
    let shell = Shell::new();
    picture(&shell, "images/red.png", [8, 8], [250, 0, 0]);
    let tweet = |id: usize| {
        format!(
            "{{\"id\":\"t{id}\",\"tokens\":[\"met\",\"ada\"],\"spans\":[{{\"start\":1,\"end\":2,\"type\":\"PER\"}}],\
             \"images\":[\"red\"],\"boxes\":[{{\"image\":\"red\",\"start\":1,\"end\":2,\"xmin\":0.0,\"ymin\":0.0,\
             \"xmax\":4.0,\"ymax\":8.0}}]}}\n"
        )
    };
    let data = shell.file("c.jsonl", (0..4).map(tweet).collect::<String>());
    let (text, image) = (encoders::tiny(&shell), encoders::golden().join("../../image/vit"));
    let folder = shell.path("maps").display().to_string();
    let image = image.display().to_string();
    let train = |more: &[&str]| {
        let files = ["--data", &data, "--valid", &data, "--out", "made", "--epochs", "1", "--fresh", "--json"];
        let encoders = ["--system", "instruct-ner", "--encoder", &text, "--image-encoder", &image];
        shell.run(&[&["train"], &files[..], &encoders, more].concat())
    };
    // Without dropout and with one seed, what differs is the teacher.
    let loss = |ran: Ran| {
        ran.json();
        let metrics = std::fs::read_to_string(shell.path("made/metrics.json")).expect("written");
        serde_json::from_str::<Value>(&metrics).expect("JSON")["losses"][0].as_f64().expect("a loss")
    };
    let alone = loss(train(&[]));
    let boxes = loss(train(&["--teacher", "boxes"]));
    maps(&shell, "maps/t1.safetensors", &[0.0, 0.5]);
    let ran = train(&["--map-folder", &folder, "--guidance-weight", "4"]);
    assert!(ran.err.contains("maps of 1 of 4 tweets"), "{}", ran.err);
    let maps_loss = loss(ran);
    assert!(boxes > alone + 0.01 && maps_loss > alone, "{alone} {boxes} {maps_loss}");

    maps(&shell, "maps/t2.safetensors", &[0.0, 0.5, 0.5]);
    let said = train(&["--map-folder", &folder]).failed();
    assert!(said.contains("tweet t2") && said.contains("t2.safetensors") && said.contains("3 words"), "{said}");
    let said = train(&["--guidance", "soft"]).failed();
    assert!(said.contains("`guidance`") && said.contains("`soft`"), "{said}");
}

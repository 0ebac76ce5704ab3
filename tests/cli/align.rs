//! Where words looked, as files: what they hold, that they are the same every time, and that a stopped export goes on.

use std::collections::BTreeMap;
use std::fs;

use image::{Rgb, RgbImage};
use spanlight_models::word_maps::WordMaps;

use super::*;

/// Three tweets: with an image that is wider than high and a box, with one that is broken, and without any.
fn corpus(shell: &Shell) -> String {
    let path = shell.path("images/wide.png");
    fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    let bright = |x, y| (60..80).contains(&x) && (10..30).contains(&y);
    let picture = RgbImage::from_fn(90, 40, |x, y| Rgb(if bright(x, y) { [250, 240, 30] } else { [40, 60, 90] }));
    picture.save(path).expect("written");
    shell.file("images/broken.png", b"no image");
    let wide = r#"{"id":"t:1/a","tokens":["Just","Ada","Lo",",","here","👀"],"spans":[{"start":1,"end":3,"type":"PER"}],"images":["wide"],"boxes":[{"image":"wide","start":1,"end":3,"xmin":60.0,"ymin":10.0,"xmax":80.0,"ymax":30.0}]}"#;
    let broken = r#"{"id":"2","tokens":["met","Bo"],"spans":[{"start":1,"end":2,"type":"LOC"}],"images":["broken"]}"#;
    let none = r#"{"id":"3","tokens":["met","דן"],"spans":[{"start":1,"end":2,"type":"NEW"}]}"#;
    shell.file("c.jsonl", format!("{wide}\n{broken}\n{none}\n"))
}

/// `count` tweets without images.
fn many(shell: &Shell, count: usize) -> String {
    let tweet = |n| {
        format!(
            "{{\"id\":\"n{n}\",\"tokens\":[\"met\",\"Ada{n}\"],\"spans\":[{{\"start\":1,\"end\":2,\"type\":\"PER\"}}]}}\n"
        )
    };
    shell.file("many.jsonl", (0..count).map(tweet).collect::<String>())
}

/// All files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| (entry.file_name().display().to_string(), fs::read(entry.path()).expect("readable"))).collect()
}

/// Every element of a document ends where it should, and nothing in it comes from elsewhere.
fn well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("an open tag: {part}"));
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or_default();
        match (tag.strip_prefix('/'), tag.ends_with('/') || ["meta", "!DOCTYPE"].contains(&name)) {
            (Some(closed), _) => assert_eq!(open.pop(), Some(closed), "{part}"),
            (None, false) => open.push(name),
            (None, true) => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let elsewhere = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for forbidden in ["http:", "https:", "<script", "url(", "@import"] {
        assert!(!elsewhere.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn figures_arrays_and_tables_are_what_they_should_be() {
    let shell = Shell::new();
    let data = corpus(&shell);
    let formats = ["--png", "--svg", "--npz", "--safetensors", "--csv", "--heads", "--zoom", "1.5"];
    let ran = shell.run(&[&["align", "--data", &data, "--out", "made/deep", "--json"], &formats[..]].concat());
    let told = ran.json();
    assert_eq!((&told["tweets"], &told["figures"], &told["before"]), (&3.into(), &3.into(), &0.into()), "{told}");
    assert_eq!((&told["without_map"], &told["image_problems"]), (&2.into(), &1.into()), "{told}");
    let folder = shell.path("made/deep");

    // The tweet's id cannot lead to another folder.
    let stem = "t:1%2Fa";
    let figure = image::open(folder.join(format!("{stem}.1-2.png"))).expect("a PNG").into_rgb8();
    assert_eq!(figure.width(), 684, "456 points at one and a half pixels");
    let colours: std::collections::HashSet<[u8; 3]> = figure.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 100 && figure.get_pixel(0, 0).0 == [255; 3]);
    let svg = fs::read_to_string(folder.join(format!("{stem}.1-2.svg"))).expect("an SVG");
    well_formed(&svg);
    for part in
        ["<svg ", ">Ada</text>", ">PER</text>", ">👀</text>", "data:image/png;base64,", "fill-opacity", "one for all"]
    {
        assert!(svg.contains(part), "{part}");
    }
    // 49 regions with their weights, which sum to one.
    let weights: Vec<f64> = svg
        .split("<title>")
        .skip(1)
        .map(|part| part.split_once('<').expect("an end").0.parse().expect("a number"))
        .collect();
    assert!(weights.len() == 49 && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-4, "{weights:?}");
    let broken = fs::read_to_string(folder.join("2.1-1.svg")).expect("an SVG");
    let private = shell.folder.path().display().to_string();
    assert!(broken.contains("broken.png") && !broken.contains(&private), "{broken}");

    // What the model itself says is in the arrays.
    shell.run(&["predict", "--data", &data, "--maps", "--out", "p.jsonl"]).done();
    let predicted = fs::read_to_string(shell.path("p.jsonl")).expect("written");
    let predicted: Value = serde_json::from_str(predicted.lines().next().expect("a line")).expect("JSON");
    let heads = predicted["alignments"][0]["maps"].as_array().expect("maps");
    let row = |token: usize| -> Vec<f64> {
        let mut mean = vec![0.0; 49];
        for head in heads {
            for (mean, weight) in mean.iter_mut().zip(&head["weights"].as_array().expect("weights")[token * 49..]) {
                *mean += weight.as_f64().expect("a number") / heads.len() as f64;
            }
        }
        let sum: f64 = mean.iter().sum();
        mean.into_iter().map(|weight| weight / sum).collect()
    };
    for ending in ["npz", "safetensors"] {
        let maps = WordMaps::read(&folder.join(format!("{stem}.{ending}")), 6).expect("maps of six words");
        assert_eq!((maps.words(), maps.size()), (6, [7, 7]));
        for token in 0..6 {
            let far = maps.map(token).iter().zip(row(token)).map(|(one, two)| (f64::from(*one) - two).abs());
            assert!(far.fold(0.0, f64::max) < 1e-5, "{ending} {token}");
        }
    }
    let described = fs::read_to_string(folder.join(format!("{stem}.json"))).expect("a description");
    let described: Value = serde_json::from_str(&described).expect("JSON");
    assert_eq!(described["units"][0]["tokens"], serde_json::json!([1, 3]));
    assert_eq!(described["image"], serde_json::json!({"id": "wide", "width": 90, "height": 40}));
    assert_eq!(described["models"][0]["checkpoint"].as_str().map(str::len), Some(64));
    assert_eq!(described["arrays"][0], serde_json::json!({"name": "maps", "shape": [6, 7, 7]}));
    assert!(
        described["arrays"].as_array().is_some_and(|arrays| arrays.iter().any(|one| one["name"] == "attention_heads"))
    );
    let table = fs::read_to_string(folder.join(format!("{stem}.csv"))).expect("a table");
    assert_eq!((table.lines().count(), table.lines().nth(1).map(|line| line.matches(',').count())), (50, Some(13)));
    let maps = fs::read_to_string(folder.join("maps.csv")).expect("a table");
    assert_eq!(maps.lines().count(), 2, "one map: {maps}");

    // A word's maps that were exported can be read where maps are wanted.
    let flat = shell.path("flat");
    fs::create_dir_all(&flat).expect("made");
    fs::copy(folder.join(format!("{stem}.npz")), flat.join("wide.npz")).expect("copied");
    let told = shell.run(&["select", "--data", &data, "--map-folder", "flat", "--explain", "t:1/a", "--json"]).json();
    assert!(told["selection"]["coverage"].is_object(), "{told}");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let shell = Shell::new();
    let data = corpus(&shell);
    let ask = |out: &str, html: &str| {
        let formats = ["--png", "--svg", "--npz", "--safetensors", "--csv", "--html", html];
        let more = ["--without", "image", "--unit", "word", "--direction", "to-tokens", "--style", "smooth"];
        shell.run(&[&["align", "--data", &data, "--out", out], &formats[..], &more].concat()).done();
        (files(&shell.path(out)), fs::read_to_string(shell.path(html)).expect("a report"))
    };
    let (one, other) = (ask("a", "h/r.html"), ask("b", "i/r.html"));
    let settings = |files: &BTreeMap<String, Vec<u8>>| {
        let mut files = files.clone();
        files.remove("align.json").expect("settings");
        files
    };
    assert!(one.0.len() > 30 && settings(&one.0) == settings(&other.0) && one.1 == other.1);
    well_formed(&one.1);
    for part in ["t:1/a", "Labels", "embedded without image", "not a proof", "data:image/jpeg;base64,"] {
        assert!(one.1.contains(part), "{part}");
    }
}

#[test]
fn a_stopped_export_goes_on_and_what_changed_is_made_again() {
    let shell = Shell::new();
    let data = many(&shell, 70);
    let ask = |out: &str| {
        let html = format!("{out}.html");
        shell.run(&["align", "--data", &data, "--out", out, "--svg", "--csv", "--html", &html, "--json"])
    };
    let whole = ask("whole").json();
    assert_eq!(
        (&whole["tweets"], &whole["before"], whole["html"].as_array().map(Vec::len)),
        (&70.into(), &0.into(), Some(3))
    );
    // As if the program had been killed in the second page.
    assert_eq!(ask("part").json()["before"], 0);
    let log = shell.path("part/finished.jsonl");
    let text = fs::read_to_string(&log).expect("written");
    let kept: Vec<&str> = text.lines().take(40).collect();
    fs::write(&log, format!("{}\n{{\"name\":\"n4", kept.join("\n"))).expect("written");
    fs::remove_file(shell.path("part/maps.csv")).expect("removed");
    fs::remove_file(shell.path("part/n69.csv")).expect("removed");
    assert_eq!(ask("part").json()["before"], 32, "a page is made as a whole");
    let settings = |name: &str| {
        let mut files = files(&shell.path(name));
        files.remove("align.json").expect("settings");
        files
    };
    assert!(settings("whole") == settings("part"));
    assert_eq!(ask("part").json()["before"], 70);
    // A page that is gone, and a tweet that is another one now.
    fs::remove_file(shell.path("part-2.html")).expect("removed");
    let changed = fs::read_to_string(&data).expect("read").replacen("Ada69", "Bob", 1);
    fs::write(&data, changed).expect("written");
    assert_eq!(ask("part").json()["before"], 32);
    assert!(fs::read_to_string(shell.path("part/n69.1-1.svg")).expect("a figure").contains(">Bob</text>"));

    let other = ["align", "--data", &data, "--out", "part", "--svg", "--csv", "--html", "part.html", "--unit", "word"];
    let said = shell.run(&other).failed();
    assert!(said.contains("`unit` \"span\" instead of \"word\"") && said.contains("--fresh"), "{said}");
    let told = shell.run(&[&other[..], &["--fresh", "--json"]].concat()).json();
    assert_eq!((&told["before"], &told["figures"]), (&0.into(), &140.into()));
}

#[test]
fn what_cannot_be_done_is_told() {
    let shell = Shell::new();
    let data = corpus(&shell);
    let ask = |more: &[&str]| shell.run(&[&["align", "--data", &data], more].concat());
    let said = ask(&["--out", "o", "--csv", "--id", "nobody"]).failed();
    assert!(said.contains("nobody") && said.contains("c.jsonl") && !shell.path("o").exists(), "{said}");
    shell.file("file", "x");
    assert!(ask(&["--out", "file/o", "--csv"]).failed().contains("making the folder of the export failed"));
    assert!(ask(&["--html", "file/r.html"]).failed().contains("making the folder of the report failed"));
    assert!(ask(&["--out", "o", "--png", "--font", "file"]).failed().contains("no TrueType"));
    shell.file("config/settings.toml", "fonts = [\"file\"]\n");
    assert!(ask(&["--out", "o", "--png"]).failed().contains("no TrueType"));
    shell.file("config/settings.toml", "");
    let said = ask(&["--out", "o", "--csv", "--layer", "7"]).failed();
    assert!(said.contains("t:1/a") && said.contains("layer:7") && said.contains("layer:0"), "{said}");
    let said = ask(&["--out", "o", "--csv", "--method", "rollout"]).failed();
    assert!(said.contains("`compact` has no rollout") && said.contains("it has attention"), "{said}");
    // With another method it goes on, and says what is missing.
    let told = ask(&["--out", "o2", "--svg", "--id", "t:1/a", "--method", "rollout,attention", "--json"]).json();
    assert_eq!((&told["not_offered"][0]["method"], &told["figures"]), (&"rollout".into(), &1.into()), "{told}");
    assert_eq!(told["figures_with_boxes"], 1, "the font in the program has no eyes: {told}");
    for wrong in [
        &["--json"][..],
        &["--png"],
        &["--out", "o3"],
        &["--out", "o3", "--csv", "--head", "2"],
        &["--out", "o3", "--csv", "--layer", "0", "--head", "max"],
        &["--out", "o3", "--csv", "--scale", "1..0"],
        &["--out", "o3", "--csv", "--method", "gradcam"],
        &["--out", "o3", "--png", "--zoom", "0"],
    ] {
        ask(wrong).refused();
    }
    shell.file("empty.jsonl", "");
    assert!(shell.run(&["align", "--data", "empty.jsonl", "--html", "r.html"]).failed().contains("empty.jsonl"));
}

#[test]
fn a_model_without_maps_offers_what_it_has() {
    let shell = Shell::new();
    let lesson = shell.file("t.txt", models::lesson("MISC", 16));
    let train =
        ["train", "--system", "bilstm-crf", "--data", &lesson, "--valid", &lesson, "--out", "m", "--epochs", "1"];
    shell.run(&train).done();
    let data = corpus(&shell);
    let said = shell.run(&["align", "--model", "m", "--data", &data, "--out", "o", "--csv"]).failed();
    assert!(
        said.contains("`bilstm-crf` has no attention") && said.contains("only labels and their probabilities"),
        "{said}"
    );
    let said = shell.run(&["align", "--against", "m", "--data", &data, "--html", "r.html"]).failed();
    assert!(said.contains("`bilstm-crf` has no attention"), "{said}");
}

#[test]
fn two_models_are_compared_and_maps_are_measured() {
    let shell = Shell::new();
    let data = corpus(&shell);
    let other = models::ckpt();
    let told =
        shell.run(&["align", "--against", &other, "--data", &data, "--html", "r.html", "--report", "--json"]).json();
    assert_eq!(told["models"], serde_json::json!(["embedded", "ckpt"]));
    let reports = told["reports"].as_array().expect("reports");
    assert_eq!((reports.len(), &reports[0]["spans"], &reports[0]["boxed"]), (2, &1.into(), &1.into()), "{told}");
    let mean = &reports[0]["lines"][0];
    assert_eq!((&mean["selection"], &mean["pointing"]["count"]), (&"mean".into(), &1.into()), "{told}");
    assert!(mean["occlusion"]["mean"].is_f64(), "{told}");
    let page = fs::read_to_string(shell.path("r.html")).expect("a report");
    well_formed(&page);
    for part in ["ckpt − embedded", "as far below as above 0", "Labels", "brightest region in the gold box"] {
        assert!(page.contains(part), "{part}");
    }
    let said = shell.run(&["align", "--data", &data, "--report", "--draws", "0"]).done();
    assert!(said.contains("head:0.3") && said.contains("not a proof"), "{said}");
}

#[test]
fn a_models_own_maps_lie_as_near_to_it_as_can_be() {
    let shell = Shell::new();
    let data = corpus(&shell);
    shell.run(&["align", "--data", &data, "--out", "own", "--npz"]).done();
    let maps = fs::read(shell.path("own/t:1%2Fa.npz")).expect("arrays");
    shell.file("maps/wide.npz", &maps);
    let evaluate = ["evaluate", "--data", &data, "--map-folder", "maps", "--json"];
    let near = shell.run(&evaluate).json()["maps"][0].clone();
    assert_eq!((&near["method"], &near["words"], &near["same_peak"]), (&"attention".into(), &6.into(), &1.0.into()));
    let number = |name: &str| near[name].as_f64().expect("a number");
    assert!(number("divergence").abs() < 1e-5 && number("even_divergence") > 1e-3, "{near}");
    assert!(number("chance") < 0.1, "{near}");

    shell.run(&["align", "--data", &data, "--map-folder", "maps", "--out", "both", "--svg", "--npz"]).done();
    let figure = fs::read_to_string(shell.path("both/t:1%2Fa.1-2.svg")).expect("an SVG");
    for part in ["Recorded maps", "recorded maps −"] {
        assert!(figure.contains(part), "{part}");
    }
    let without = fs::read_to_string(shell.path("both/2.1-1.svg")).expect("an SVG");
    assert!(!without.contains("Recorded maps"), "none are recorded");

    shell.run(&["predict", "--data", &data, "--maps", "--map-folder", "maps", "--out", "p.jsonl"]).done();
    let predicted = fs::read_to_string(shell.path("p.jsonl")).expect("written");
    let predicted: Value = serde_json::from_str(predicted.lines().next().expect("a line")).expect("JSON");
    assert_eq!(predicted["alignments"][1]["method"], "teacher");

    shell.file("maps/wide.npz", &maps[..maps.len() / 2]);
    for command in [&evaluate[..], &["align", "--data", &data, "--map-folder", "maps", "--out", "x", "--npz"]] {
        let error = shell.run(command).failed();
        assert!(error.contains("t:1/a") && error.contains("wide.npz"), "{error}");
    }
}

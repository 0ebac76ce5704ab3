//! Pictures drawn from the words of tweets, by a random model that is small enough to wait for.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;
use spanlight_models::word_maps::WordMaps;

use super::*;

const MODEL: &str = "burn-models/tests/golden/diffusion/stable-2";

/// Two tweets, the first of which has fields and an image of its own.
fn corpus(shell: &Shell) -> String {
    let first = r#"{"id":"t_1/x","tokens":["Ada","sings","in","café"],"spans":[{"start":0,"end":1,"type":"PER"}],"images":["own"],"by":1}"#;
    let second = r#"{"id":"2","tokens":["rain"]}"#;
    image::RgbImage::new(3, 2).save(shell.file("images/own.png", "")).expect("an image");
    shell.file("c.jsonl", format!("{first}\n{second}\n"))
}

/// Draws two pictures of two steps for each tweet of `data` into `out`.
fn ask<'a>(data: &'a str, out: &'a str, model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let ask = ["synthesize", "--model", model, "--data", data, "--per-tweet", "2", "--steps", "2", "--out", out];
    [&ask[..], more].concat()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect()
}

/// A copy of the model that may be spoilt.
fn copied(shell: &Shell) -> PathBuf {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                fs::copy(from, to).expect("copied");
            }
        }
    }
    let to = shell.path("model");
    let _ = fs::remove_dir_all(&to);
    copy(Path::new(&of_repository(MODEL)), &to);
    to
}

#[test]
fn candidates_are_drawn_once_and_other_commands_read_them() {
    let shell = Shell::new();
    let (data, model) = (corpus(&shell), of_repository(MODEL));
    let ran = shell.run(&ask(&data, "out", &model, &["--json"])).json();
    let counts = |ran: &Value| ["tweets", "wanted", "drawn", "cached", "kept"].map(|name| ran[name].as_u64());
    assert_eq!(counts(&ran), [2, 4, 4, 0, 0].map(Some), "{ran}");
    assert_eq!((&ran["scheduler"], &ran["size"]), (&json!("dpm"), &json!([16, 16])));
    let out = shell.path("out");
    let first = "t-1%2Fx-syn";
    let pictures = [format!("{first}1"), format!("{first}2"), "2-syn1".to_owned(), "2-syn2".to_owned()];
    for (part, ending) in [("images", "png"), ("maps", "safetensors"), ("provenance", "json")] {
        let expected = pictures.iter().map(|name| format!("{name}.{ending}")).collect();
        assert_eq!(names(&out.join(part)), expected, "nothing half done either");
    }

    // The tweets keep everything else.
    let tweets = fs::read_to_string(out.join("tweets.jsonl")).expect("tweets");
    let tweets: Vec<Value> = tweets.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&tweets[0]["images"], &tweets[0]["by"]), (&json!(pictures[..2]), &json!(1)));
    assert_eq!(tweets[0]["spans"][0]["type"], "PER");

    // The same in the picture and beside it, and one map for each word.
    let path = |part: &str, name: &str, ending: &str| out.join(part).join(format!("{name}.{ending}"));
    let beside: Value =
        serde_json::from_slice(&fs::read(path("provenance", &pictures[1], "json")).expect("there")).expect("JSON");
    assert_eq!((&beside["words"], &beside["seed"]), (&json!(["Ada", "sings", "in", "café"]), &json!(2)));
    assert_eq!((&beside["model_sha256"], beside["maps"].as_array().map(Vec::len)), (&ran["model_sha256"], Some(2)));
    let file = fs::File::open(path("images", &pictures[1], "png")).expect("a picture");
    let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().expect("PNG");
    let chunk = &reader.info().uncompressed_latin1_text[0];
    assert_eq!((chunk.keyword.as_str(), serde_json::from_str(&chunk.text).ok()), ("spanlight", Some(beside)));
    let maps = WordMaps::read(&path("maps", &pictures[1], "safetensors"), 4).expect("maps of four words");
    assert!((0..4).all(|word| maps.has(word)) && maps.map(0) != maps.map(3));
    assert_ne!(fs::read(path("images", &pictures[0], "png")).ok(), fs::read(path("images", &pictures[1], "png")).ok());

    let explained = shell.run(&["select", "--data", "out", "--explain", "t_1/x", "--json"]).json();
    assert_eq!((&explained["candidates"], &explained["unusable"]), (&json!(pictures[..2]), &json!([])), "{explained}");
    assert_eq!(explained["selection"]["coverage"]["means"][0].as_array().map(Vec::len), Some(4), "{explained}");

    // What is there is not drawn again, what was drawn for another folder neither, and other numbers give other pictures.
    let again =
        |out: &str, more: &[&str]| counts(&shell.run(&ask(&data, out, &model, &[more, &["--json"]].concat())).json());
    assert_eq!(again("out", &[]), [2, 4, 0, 0, 4].map(Some));
    assert_eq!(again("other", &[]), [2, 4, 0, 4, 0].map(Some));
    let same = |name: &str| fs::read(out.join(name)).ok() == fs::read(shell.path("other").join(name)).ok();
    assert!(same("tweets.jsonl") && same(&format!("images/{}.png", pictures[0])) && same("maps/2-syn1.safetensors"));
    assert_eq!(again("other", &["--no-cache", "--seed", "2"]), [2, 4, 4, 0, 0].map(Some));
    assert_eq!(again("other", &["--guidance", "3"]), [2, 4, 4, 0, 0].map(Some));
    // A damaged picture in the cache counts for nothing.
    for folder in fs::read_dir(shell.path("cache/pictures")).expect("a cache").flatten() {
        for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
            let bytes = fs::read(entry.path()).expect("read");
            fs::write(entry.path(), &bytes[..bytes.len() / 2]).expect("written");
        }
    }
    assert_eq!(again("third", &[]), [2, 4, 4, 0, 0].map(Some));
}

#[test]
fn own_pictures_stay_where_they_are_wanted() {
    let shell = Shell::new();
    let (data, model) = (corpus(&shell), of_repository(MODEL));
    let images = |out: &str, more: &[&str]| -> Vec<Value> {
        shell.run(&ask(&data, out, &model, more)).done();
        let tweets = fs::read_to_string(shell.path(out).join("tweets.jsonl")).expect("tweets");
        tweets.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["images"].clone()).collect()
    };
    assert_eq!(images("a", &["--with-own"])[0], json!(["t-1%2Fx-syn1", "t-1%2Fx-syn2", "own"]));
    assert!(shell.path("a/images/own.png").is_file());
    assert_eq!(images("b", &["--only-missing"]), [json!(["own"]), json!(["2-syn1", "2-syn2"])]);

    shell.run(&["import", &data, "--project", "p"]).done();
    let ask = ["synthesize", "--model", &model, "--project", "p", "--per-tweet", "1", "--steps", "1", "--out", "c"];
    let ran = shell.run(&[&ask[..], &["--json"]].concat()).json();
    assert_eq!((&ran["drawn"], &ran["tweets"]), (&json!(2), &json!(2)));
}

#[test]
fn what_is_not_in_the_pictures_is_told() {
    let shell = Shell::new();
    let tokens: Vec<String> = std::iter::repeat_n("rain".to_owned(), 300).collect();
    let long = json!({ "id": "long", "tokens": tokens });
    let link = json!({ "id": "link", "tokens": ["@ada", "https://x.example/1"] });
    let data = shell.file("c.jsonl", format!("{long}\n{link}\n"));
    let model = of_repository(MODEL);
    let ran = shell.run(&ask(&data, "out", &model, &["--without-links", "--json"])).json();
    assert_eq!(
        (&ran["cut"][0]["tweet"], &ran["cut"][0]["from"], &ran["cut"][0]["fit"]),
        (&json!("long"), &json!("rain"), &json!(75))
    );
    assert_eq!((ran["cut"].as_array().map(Vec::len), &ran["empty"]), (Some(1), &json!(["link"])));
    let maps = WordMaps::read(&shell.path("out/maps/long-syn1.safetensors"), 300).expect("maps");
    assert!(maps.has(0) && !maps.has(299), "what was cut has no map");
    let maps = WordMaps::read(&shell.path("out/maps/link-syn1.safetensors"), 2).expect("maps");
    assert!(!maps.has(0) && !maps.has(1));
    let said = shell.run(&ask(&data, "out", &model, &["--without-links"])).done();
    assert!(said.contains("long: 75 of 900 pieces are read; cut at `rain`, word 26"), "{said}");
    assert!(said.contains("1 tweets have no words to draw"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_stopped_job_goes_on_and_leaves_nothing_half_done() {
    let shell = Shell::new();
    let tweet = |n: u32| format!("{{\"id\":\"{n}\",\"tokens\":[\"rain\",\"{n}\"]}}\n");
    let tweets = (0..40).map(tweet).collect::<Vec<_>>().concat();
    let (data, model) = (shell.file("c.jsonl", tweets), of_repository(MODEL));
    let ask = ask(&data, "out", &model, &["--steps", "40", "--json"]);
    let ask: Vec<&str> = ask.iter().enumerate().filter(|(at, _)| ![7, 8].contains(at)).map(|(_, word)| *word).collect();
    let mut command = shell.command(&ask);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let images = shell.path("out/images");
    let finished = || {
        fs::read_dir(&images).map_or(0, |entries| {
            entries.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "png")).count()
        })
    };
    let begun = std::time::Instant::now();
    while finished() < 3 {
        assert!(begun.elapsed().as_secs() < 240, "it draws nothing");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let ran = Ran::from(running.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("of 80 pictures; the same command goes on"), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("a report of what is there");
    let (done, tweets) = (report["drawn"].as_u64().expect("a number"), report["tweets"].as_u64().expect("a number"));
    assert!((3..80).contains(&done) && report["stopped"] == true);
    assert_eq!(names(&images).len() as u64, done);
    assert!(names(&images).iter().all(|name| image::open(images.join(name)).is_ok()));
    let lines = fs::read_to_string(shell.path("out/tweets.jsonl")).expect("tweets").lines().count();
    assert_eq!((lines as u64, tweets), (done / 2, done / 2));

    let report = shell.run(&ask).json();
    assert_eq!((&report["kept"], &report["drawn"]), (&json!(done), &json!(80 - done)));
    assert_eq!((names(&images).len(), &report["tweets"]), (80, &json!(40)));
}

#[test]
fn what_is_no_model_or_cannot_be_drawn_is_refused_by_name() {
    let shell = Shell::new();
    let (data, model) = (corpus(&shell), of_repository(MODEL));
    let failed = |model: &str, more: &[&str]| shell.run(&ask(&data, "out", model, more)).failed();
    assert!(failed("nowhere", &[]).contains("`nowhere` is no text-to-image model"));
    assert!(failed("images", &[]).contains("has no model_index.json"));
    assert!(failed(&model, &["--size", "25x16"]).contains("a picture of 25 x 16 pixels cannot be drawn"));
    let spoilt = |file: &str, from: &str, to: &str| {
        let path = copied(&shell).join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).expect("written");
    };
    fs::remove_dir_all(copied(&shell).join("vae")).expect("there");
    assert!(failed("model", &[]).contains("has no vae/config.json"));
    spoilt("model_index.json", "\"StableDiffusionPipeline\"", "\"FluxPipeline\"");
    assert!(failed("model", &[]).contains("the class `FluxPipeline` is not supported"));
    spoilt("scheduler/scheduler_config.json", "\"DPMSolverMultistepScheduler\"", "\"PNDMScheduler\"");
    assert!(failed("model", &[]).contains("the scheduler `PNDMScheduler` is not supported; ask for one of ddim"));
    let ran = shell.run(&ask(&data, "out", "model", &["--scheduler", "ddim", "--json"])).json();
    assert_eq!(ran["scheduler"], "ddim");
    for wrong in [["--scheduler", "magic"], ["--size", "64x"], ["--steps", "0"], ["--guidance", "inf"]] {
        let ask: Vec<&str> = ["synthesize", "--data", &data, "--out", "o"].into_iter().chain(wrong).collect();
        assert!(shell.run(&ask).refused().contains(wrong[0]), "{wrong:?}");
    }
    let blocked = shell.file("blocked", "a file");
    assert!(shell.run(&ask(&data, &blocked, &model, &[])).failed().contains("blocked"));
}

#[test]
fn a_model_is_trained_on_pictures_and_draws() {
    let shell = Shell::new();
    let mut lines = String::new();
    for (name, colour) in [("red", [220, 20, 20]), ("blue", [20, 20, 220])] {
        let path = shell.file(&format!("images/{name}.png"), "");
        image::RgbImage::from_pixel(20, 20, image::Rgb(colour)).save(path).expect("an image");
        let line = format!("{{\"id\":\"{name}\",\"tokens\":[\"a\",\"{name}\",\"thing\"],\"images\":[\"{name}\"]}}\n");
        lines.push_str(&line);
    }
    let data = shell.file("c.jsonl", lines);
    let train = ["train-pictures", "--data", &data, "--out", "small", "--autoencoder-steps", "2", "--steps", "2"];
    let ran = shell.run(&[&train[..], &["--json"]].concat()).json();
    assert_eq!((&ran["pictures"], &ran["denoiser_steps"]), (&json!(2), &json!(2)));
    assert!(!shell.path("small.training").exists());
    let ran = shell.run(&ask(&data, "out", "small", &["--json"])).json();
    assert_eq!((&ran["drawn"], &ran["size"]), (&json!(4), &json!([64, 64])));
    assert!(shell.run(&train).failed().contains("small exists"));
    assert!(shell.run(&["train-pictures", "--data", &data]).refused().contains("--out"));
    let empty = shell.file("e.jsonl", "{\"id\":\"1\",\"tokens\":[\"a\"]}\n");
    let said = shell.run(&["train-pictures", "--data", &empty, "--out", "none"]).failed();
    assert!(said.contains("no picture with words"), "{said}");
}

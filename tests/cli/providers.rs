//! Tools that write contexts: good ones, bad ones, slow ones, and ones that are not there.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use serde_json::json;

use super::common::skipped;
use super::stub::{Reply, Stub};
use super::*;

/// A project `p` of `count` tweets, the picture of tweet n n + 1 pixels wide.
fn project(shell: &Shell, count: u32) {
    std::fs::create_dir_all(shell.path("images")).expect("a folder");
    for number in 0..count {
        let picture = RgbImage::from_pixel(number + 1, 2, Rgb([200, 100, 50]));
        picture.save(shell.path(&format!("images/{number}.png"))).expect("written");
    }
    let data = shell.file("t.txt", tweets(count as usize));
    shell.run(&["import", &data, "--project", "p"]).done();
    shell.file("config/settings.toml", "[contexts.endpoint]\nback-off = 5\nretries = 1\ntimeout = 5\n");
}

const RUN: [&str; 8] = ["context", "run", "--project", "p", "--provider", "endpoint", "--model", "tiny"];

fn arguments<'a>(url: &'a str, kind: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&RUN, &["--url", url, "--kind", kind, "--json"][..], more].concat()
}

/// The report of a job, also of one that left something missing.
fn report(ran: &Ran) -> Value {
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let missing = report["failed"]["total"].as_u64().unwrap_or(0) + report["not_asked"].as_u64().unwrap_or(0);
    assert_eq!(ran.code, i32::from(missing > 0), "{report} {}", ran.err);
    report
}

fn run(shell: &Shell, url: &str, kind: &str, more: &[&str]) -> Value {
    report(&shell.run(&arguments(url, kind, more)))
}

/// Ids and texts of all contexts.
fn texts(shell: &Shell) -> Vec<(String, String)> {
    let lines = shell.run(&["context", "export", "--project", "p"]).done();
    let line = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        (text("id"), text("text"))
    };
    lines.lines().map(line).collect()
}

#[test]
fn an_endpoint_is_asked_once_for_each_picture() {
    let shell = Shell::new();
    project(&shell, 4);
    std::fs::copy(shell.path("images/0.png"), shell.path("images/3.png")).expect("copied");
    std::fs::remove_file(shell.path("images/2.png")).expect("removed");
    let stub = Stub::start(|width, _| Reply::words(&format!("picture {width}")));
    let mut command = shell.command(&arguments(&stub.url, "knowledge", &["--key-env", "TEST_KEY"]));
    let first = report(&Ran::from(command.env("TEST_KEY", "secret").output().expect("started")));
    assert_eq!(
        (&first["answered"], &first["remembered"], &first["tweets"]),
        (&3.into(), &1.into(), &4.into()),
        "{first}"
    );
    assert_eq!(first["without_picture"]["items"], json!(["2"]));
    let asked = stub.asked();
    assert_eq!(asked.len(), 2, "the picture of 0 and 3 is the same");
    assert!(asked.iter().all(|asked| asked.headers.to_lowercase().contains("authorization: bearer secret")));
    let body = &asked[0].body;
    assert_eq!((&body["model"], &body["temperature"], &body["max_tokens"]), (&"tiny".into(), &0.into(), &256.into()));
    let prompt = body["messages"][0]["content"][0]["text"].as_str().expect("a prompt");
    assert!(prompt.starts_with("Look only at this image."), "{prompt}");
    let listing = shell.run(&["context", "list", "--project", "p", "--id", "3", "--json"]).json();
    let context = &listing["contexts"][0];
    for (field, value) in [("kind", "knowledge"), ("text", "picture 1"), ("source", &stub.url), ("model", "tiny")] {
        assert_eq!(context[field], value, "{context}");
    }
    assert!(context["at"].as_str().is_some_and(|at| at.ends_with('Z')));

    let again = run(&shell, &stub.url, "knowledge", &[]);
    assert_eq!((&again["made"], &again["answered"], stub.asked().len()), (&3.into(), &0.into(), 2), "{again}");
    // Undone results come back without a question, removed ones do not come back at all.
    let mut opened = spanlight::project::Project::open(&shell.path("p")).expect("opened");
    assert_eq!(opened.undo().expect("undone").expect("a step").tweets.len(), 3, "a job is one step");
    drop(opened);
    assert!(texts(&shell).is_empty());
    assert_eq!(run(&shell, &stub.url, "knowledge", &[])["remembered"], 3);
    shell.run(&["context", "remove", "--project", "p", "--id", "1"]).done();
    assert_eq!(run(&shell, &stub.url, "knowledge", &[])["made"], 3);
    assert_eq!((texts(&shell).len(), stub.asked().len()), (2, 2));
    // Another question is another answer, in the place of the old one.
    run(&shell, &stub.url, "knowledge", &["--prompt", "What?", "--id", "0"]);
    assert_eq!((texts(&shell).len(), stub.asked().len()), (2, 3));
    run(&shell, &stub.url, "knowledge", &["--prompt", "What?", "--id", "0", "--again"]);
    assert_eq!(stub.asked().len(), 4);
}

#[test]
fn bad_answers_lose_nothing_and_are_named() {
    let shell = Shell::new();
    project(&shell, 9);
    let stub = Stub::start(|width, before| match (width, before) {
        (1, 0) => Reply::raw(500, "oops"),
        (2, 0) => {
            Reply { headers: "retry-after: 0.2\r\n", ..Reply::raw(429, "{\"error\": {\"message\": \"slow down\"}}") }
        }
        (3, _) => Reply::raw(200, "<html><body>Sign in</body></html>"),
        (4, _) => Reply::raw(200, "{\"choices\": [{\"message\": {\"con"),
        (5, _) => Reply::words("a\u{1b}[2Jb\u{0}"),
        (6, _) => Reply::words("late").after(8_000),
        (7, _) => Reply::words("  \n "),
        (8, _) => Reply::raw(400, "{\"detail\": \"no\\u001bgood\"}"),
        (width, _) => Reply::words(&format!("picture {width}")),
    });
    let ran = shell.run(&arguments(&stub.url, "caption", &["--parallel", "1", "--timeout", "1"]));
    assert!(ran.err.contains("5 of 9 tweets have nothing yet"), "{}", ran.err);
    let first = report(&ran);
    let failed: Vec<(&str, &str)> = first["failed"]["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| (item["tweet"].as_str().expect("an id"), item["why"].as_str().expect("a reason")))
        .collect();
    for ((id, part), (tweet, why)) in
        [("2", "HTML page"), ("3", "breaks off"), ("5", "in time"), ("6", "empty"), ("7", "no\\u{1b}good")]
            .iter()
            .zip(&failed)
    {
        assert_eq!(id, tweet, "{failed:?}");
        assert!(why.contains(part), "{failed:?}");
    }
    assert_eq!((&first["answered"], &first["cleaned"], failed.len()), (&4.into(), &1.into(), 5));
    let stored: Vec<String> = texts(&shell).into_iter().map(|(id, text)| id + ":" + &text).collect();
    assert_eq!(stored, ["0:picture 1", "1:picture 2", "4:a[2Jb", "8:picture 9"]);

    let better = Stub::start(|width, _| Reply::words(&format!("picture {width}")));
    let second = run(&shell, &better.url, "caption", &[]);
    assert_eq!((&second["made"], &second["answered"], better.asked().len()), (&4.into(), &5.into(), 5), "{second}");
    assert_eq!(texts(&shell).len(), 9);
}

#[test]
fn an_endpoint_that_is_down_is_given_up_and_the_job_resumes() {
    let shell = Shell::new();
    project(&shell, 12);
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/v1", free.local_addr().expect("an address"));
    drop(free);
    let ran = run(&shell, &url, "caption", &["--parallel", "1"]);
    assert!(ran["down"].as_str().is_some_and(|why| why.contains("is the endpoint running?")), "{ran}");
    assert_eq!((&ran["failed"]["total"], &ran["not_asked"]), (&5.into(), &7.into()), "{ran}");
    for (status, part) in [(401, "environment variable"), (404, "no such address or model"), (302, "sends us on")] {
        let stub = Stub::start(move |_, _| Reply::raw(status, "{\"error\": \"why\"}"));
        let ran = run(&shell, &stub.url, "caption", &["--parallel", "1"]);
        assert!(ran["down"].as_str().is_some_and(|why| why.contains(part)), "{ran}");
        assert_eq!((&ran["failed"]["total"], &ran["not_asked"], stub.asked().len()), (&1.into(), &11.into(), 1));
    }
    let stub = Stub::start(|_, _| Reply::words("a dog"));
    assert_eq!(run(&shell, &stub.url, "caption", &[])["answered"], 12);
    let said = shell.run(&[&RUN, &["--kind", "caption", "--url", &stub.url][..]].concat()).done();
    assert!(said.contains("0 of 12 tweets answered, 12 had their contexts before"), "{said}");
}

/// Starts a job that answers slowly, and waits until some answers are there.
fn slow_job(shell: &Shell, stub: &Stub) -> Child {
    let mut command = shell.command(&arguments(&stub.url, "caption", &["--parallel", "1"]));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("started");
    let begun = Instant::now();
    while stub.asked().len() < 4 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the job does not begin");
        thread::sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn a_job_that_is_killed_or_stopped_loses_nothing() {
    let shell = Shell::new();
    project(&shell, 10);
    let stub = Stub::start(|width, _| Reply::words(&format!("picture {width}")).after(150));
    let mut victim = slow_job(&shell, &stub);
    victim.kill().expect("killed");
    victim.wait().expect("gone");
    // Whoever is asked for the fourth time has stored two answers at least.
    let stored = texts(&shell).len();
    assert!((2..10).contains(&stored), "{stored}");
    let asked = stub.asked().len();

    #[cfg(unix)]
    {
        let child = {
            let before = asked;
            let mut command = shell.command(&arguments(&stub.url, "caption", &["--parallel", "1"]));
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
            while stub.asked().len() < before + 2 {
                thread::sleep(Duration::from_millis(10));
            }
            child
        };
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
        let ran = Ran::from(child.wait_with_output().expect("ended"));
        let stopped: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        assert_eq!((ran.code, &stopped["stopped"], &stopped["made"]), (1, &true.into(), &stored.into()), "{stopped}");
        assert!(stopped["not_asked"].as_u64() > Some(0), "{stopped}");
    }
    let rest = run(&shell, &stub.url, "caption", &[]);
    assert_eq!((&rest["stopped"], texts(&shell).len()), (&false.into(), 10), "{rest}");
    assert!(rest["answered"].as_u64() < Some(10 - stored as u64), "{rest}");
}

#[test]
fn pictures_stay_on_this_machine_where_the_settings_say_so() {
    let shell = Shell::new();
    project(&shell, 1);
    let refused = |more: &[&str]| shell.run(&[&["context", "run", "--project", "p"], more].concat()).failed();
    let stub = Stub::start(|_, _| Reply::words("a dog"));
    shell.file("config/settings.toml", "[contexts]\noffline = true\n[contexts.prompts]\nother = \"What is odd?\"\n");
    let endpoint = ["--provider", "endpoint", "--model", "m", "--kind", "other"];
    let said = refused(&[&endpoint[..], &["--url", "https://example.org/v1"]].concat());
    assert!(said.contains("nothing was sent") && said.contains("offline = true"), "{said}");
    shell.run(&[&["context", "run", "--project", "p", "--url", &stub.url], &endpoint[..]].concat()).done();
    assert_eq!(stub.asked()[0].body["messages"][0]["content"][0]["text"], "What is odd?");
    shell.file("config/settings.toml", "[contexts]\nofline = true\n");
    assert!(refused(&[&endpoint[..], &["--url", &stub.url]].concat()).contains("ofline"), "not passed over");

    shell.file("config/settings.toml", "");
    for (more, part) in [
        (&["--provider", "endpoint"][..], "--kind"),
        (&["--provider", "endpoint", "--kind", "caption"], "--url"),
        (&["--provider", "endpoint", "--kind", "caption", "--url", &stub.url], "--model"),
        (&["--provider", "endpoint", "--kind", "other", "--url", &stub.url, "--model", "m"], "--prompt"),
        (
            &["--provider", "endpoint", "--kind", "ocr", "--url", &stub.url, "--model", "m", "--key-env", "NO_SUCH"],
            "NO_SUCH",
        ),
        (
            &["--provider", "endpoint", "--kind", "ocr", "--url", "localhost", "--model", "m"],
            "no address of an endpoint",
        ),
        (&["--provider", "file"], "--from"),
        (&["--provider", "scores", "--from", "absent"], "cannot read absent"),
    ] {
        let said = refused(more);
        assert!(said.contains(part), "`{part}` in {said}");
    }
}

#[test]
fn files_are_providers_too() {
    let shell = Shell::new();
    project(&shell, 3);
    let captions = shell.file("c.txt", "0.jpg :a dog\n1.jpg :a cat\n");
    let scores = shell.file("s.tsv", "0\t0.31\n1\t0.2\n2\t0.5\n");
    let run = |more: &[&str]| report(&shell.run(&[&["context", "run", "--project", "p", "--json"], more].concat()));
    let first = run(&["--provider", "file", "--from", &captions]);
    assert_eq!((&first["answered"], &first["failed"]["items"][0]["tweet"]), (&2.into(), &"2".into()), "{first}");
    assert_eq!(run(&["--provider", "file", "--from", &captions])["made"], 2);
    assert_eq!(run(&["--provider", "scores", "--from", &scores, "--kind", "caption"])["answered"], 3);
    let listing = shell.run(&["context", "list", "--project", "p", "--id", "0", "--json"]).json();
    assert_eq!(
        (&listing["contexts"][0]["similarity"], &listing["contexts"][0]["source"]),
        (&json!(0.31), &"c.txt".into())
    );
    let said = shell.run(&["context", "run", "--project", "p", "--provider", "scores", "--from", &captions]).failed();
    assert!(said.contains("no similarities"), "{said}");
}

#[test]
fn a_clip_model_measures_how_tweet_and_picture_fit() {
    let shell = Shell::new();
    project(&shell, 3);
    let captions = shell.file("c.txt", "0.jpg :a dog\n1.jpg :a cat\n2.jpg :a fish\n");
    shell.run(&["context", "import", "--project", "p", "--kind", "caption", &captions]).done();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("burn-models/tests/golden/image/clip-whole");
    let clip = clip.display().to_string();
    let command = ["context", "run", "--project", "p", "--provider", "clip", "--device", "cpu", "--json"];
    let run = |model: &str| report(&shell.run(&[&command[..], &["--model", model]].concat()));
    assert_eq!(run(&clip)["answered"], 3);
    let similarities = ["0", "1", "2"].map(|id| {
        let listing = shell.run(&["context", "list", "--project", "p", "--id", id, "--json"]).json();
        listing["contexts"][0]["similarity"].as_f64().unwrap_or_else(|| panic!("{listing}"))
    });
    assert!(similarities.iter().all(|one| (-1.0..=1.0).contains(one)), "{similarities:?}");
    assert_ne!(similarities[0].to_bits(), similarities[1].to_bits(), "each tweet has its own: {similarities:?}");
    let said = shell.run(&command).failed();
    assert!(said.contains("no CLIP model") && said.contains("--model"), "{said}");
    let said = shell.run(&[&command[..], &["--model", "absent"]].concat()).failed();
    assert!(said.contains("absent"), "{said}");
}

/// Letters of five by seven dots.
const LETTERS: [(char, [u8; 7]); 5] = [
    ('H', [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
    ('L', [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    ('T', [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('I', [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
];

/// A picture with a word on it.
fn written(word: &str) -> RgbImage {
    const DOT: u32 = 8;
    let mut picture = RgbImage::from_pixel((word.len() as u32 * 6 + 8) * DOT, 15 * DOT, Rgb([255; 3]));
    for (place, letter) in word.chars().enumerate() {
        let (_, rows) = LETTERS.iter().find(|(known, _)| *known == letter).expect("a known letter");
        for (y, row) in rows.iter().enumerate() {
            for x in (0..5).filter(|x| (row >> (4 - x)) & 1 == 1) {
                let (left, top) = ((place as u32 * 6 + 4 + x) * DOT, (y as u32 + 4) * DOT);
                for (dx, dy) in (0..DOT * DOT).map(|dot| (dot % DOT, dot / DOT)) {
                    picture.put_pixel(left + dx, top + dy, Rgb([0; 3]));
                }
            }
        }
    }
    picture
}

#[test]
fn tesseract_reads_what_is_written_in_pictures() {
    let shell = Shell::new();
    project(&shell, 3);
    let run = ["context", "run", "--project", "p", "--provider", "tesseract", "--json"];
    shell.file("config/settings.toml", "[contexts.tesseract]\nprogram = \"no-such-program\"\n");
    let said = shell.run(&run).failed();
    assert!(said.contains("apt-get install tesseract-ocr"), "{said}");
    shell.file("config/settings.toml", "");
    if Command::new("tesseract").arg("--version").output().is_err() {
        skipped("tesseract is not installed");
        return;
    }
    let said = shell.run(&[&run[..], &["--languages", "eng+xyz"]].concat()).failed();
    assert!(said.contains("language `xyz`") && said.contains("tesseract-ocr-xyz"), "{said}");
    written("TITLE").save(shell.path("images/0.png")).expect("written");
    shell.file("images/1.png", "no picture");
    RgbImage::from_pixel(200, 200, Rgb([90; 3])).save(shell.path("images/2.png")).expect("written");
    let first = report(&shell.run(&run));
    assert_eq!((&first["answered"], &first["nothing"]), (&2.into(), &1.into()), "{first}");
    assert_eq!(first["failed"]["items"][0]["tweet"], "1");
    assert_eq!(texts(&shell), [("0".to_owned(), "TITLE".to_owned())]);
    let again = report(&shell.run(&run));
    assert_eq!((&again["made"], &again["remembered"]), (&1.into(), &1.into()), "{again}");
}

/// A Python that can serve a model, and why there is none otherwise.
fn python() -> Result<String, String> {
    let python = std::env::var("SPANLIGHT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = "import torch, transformers, fastapi, uvicorn, PIL";
    match Command::new(&python).args(["-c", modules]).output() {
        Err(error) => Err(format!("{python}: {error}")),
        Ok(output) if output.status.success() => Ok(python),
        Ok(_) => Err(format!("{python} has no torch and transformers[serving]; name one with SPANLIGHT_TEST_PYTHON")),
    }
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_real_server_is_understood() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(why),
    };
    let shell = Shell::new();
    project(&shell, 2);
    for number in 0..2_u8 {
        let picture = RgbImage::from_pixel(64, 48, Rgb([number * 200, 100, 50]));
        picture.save(shell.path(&format!("images/{number}.png"))).expect("written");
    }
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let folder = shell.path("tiny").display().to_string();
    let mut command = Command::new(python);
    command.args([&of_repository("tests/cli/tiny_vlm.py"), &folder, &port.to_string()]);
    command.env("HF_HUB_OFFLINE", "1").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = Server(command.spawn().expect("started"));
    let lines = BufReader::new(server.0.stderr.take().expect("its errors")).lines();
    let said = thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = server.0.try_wait().expect("known");
        if ended.is_some() || begun.elapsed() > Duration::from_mins(5) {
            drop(server);
            panic!("the server does not start: {}", said.join().unwrap_or_default());
        }
        thread::sleep(Duration::from_millis(200));
    }
    let url = format!("http://127.0.0.1:{port}/v1");
    let run = |kind: &str, model: &str| {
        let more = ["--timeout", "120", "--parallel", "2", "--json", "--kind", kind, "--model", model, "--url", &url];
        shell.run(&[&["context", "run", "--project", "p", "--provider", "endpoint"][..], &more].concat())
    };
    assert_eq!(report(&run("knowledge", &folder))["answered"], 2);
    let found = texts(&shell);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(_, text)| text.split_whitespace().count() > 3), "{found:?}");
    let listing = shell.run(&["context", "list", "--project", "p", "--json"]).json();
    assert_eq!(
        (&listing["sources"][0]["kind"], &listing["sources"][0]["model"]),
        (&"knowledge".into(), &folder.into())
    );
    let unknown = report(&run("caption", "no-such-model"));
    assert_eq!(unknown["answered"], 0, "{unknown}");
    assert_eq!(texts(&shell).len(), 2);
}

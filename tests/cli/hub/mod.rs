//! Encoders from a model hub: what comes, what breaks, and what is said about it.

mod server;

use std::fs;
use std::net::TcpListener;

use serde_json::json;

use self::server::{COMMIT, Fault, MODEL, Server};
use super::encoders::{VOCABULARY, golden};
use super::*;

const WEIGHTS: &str = "model.safetensors";

/// The files of a tiny BERT on a hub, among others that are not needed.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let read = |name: &str| fs::read(golden().join(name)).expect("golden");
    vec![
        ("README.md", b"# tiny".to_vec()),
        ("config.json", read("config.json")),
        (WEIGHTS, read(WEIGHTS)),
        ("onnx/model.onnx", vec![0; 9]),
        ("pytorch_model.bin", vec![0; 9]),
        ("tokenizer_config.json", b"{}".to_vec()),
        ("vocab.txt", VOCABULARY.join("\n").into_bytes()),
    ]
}

/// A call that asks the hub at `endpoint`, with the hub's cache in the folder of the test.
fn asking(shell: &Shell, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = shell.command(arguments);
    for name in ["HF_TOKEN", "HF_HUB_OFFLINE"] {
        command.env_remove(name);
    }
    for name in ["all_proxy", "http_proxy", "https_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.env("HF_ENDPOINT", endpoint).env("HF_HOME", shell.path("hub"));
    command
}

fn ran(command: &mut Command) -> Ran {
    Ran::from(command.output().expect("the program starts"))
}

/// Adds the model of a hub.
fn add(shell: &Shell, endpoint: &str) -> Ran {
    ran(&mut asking(shell, endpoint, &["model", "add", MODEL, "--json"]))
}

fn names(shell: &Shell) -> Vec<String> {
    let listing = shell.run(&["model", "list", "--json"]).json();
    let encoders = listing["encoders"].as_array().expect("a list").clone();
    encoders.iter().map(|known| known["name"].as_str().expect("a name").to_owned()).collect()
}

/// An address where nobody answers.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

#[test]
fn an_encoder_comes_from_a_hub() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    let added = add(&shell, &server.endpoint);
    let told: Vec<Value> = added.err.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(told.iter().any(|event| event["event"] == "fetching"), "{told:?}");
    let added = added.json();
    assert_eq!((&added["name"], &added["encoder"]["architecture"]), (&json!("tiny-bert"), &json!("bert")));
    assert_eq!(added["origin"], format!("{}/{MODEL}/tree/{COMMIT}", server.endpoint));
    let folder = fs::read_dir(added["folder"].as_str().expect("a folder")).expect("a folder").flatten();
    let mut there: Vec<String> = folder.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    there.sort();
    assert_eq!(there, ["config.json", WEIGHTS, "origin.toml", "tokenizer_config.json", "vocab.txt"]);
    for asked in server.asked() {
        assert!(asked.token.is_none() && (asked.file.is_empty() || there.contains(&asked.file)), "{asked:?}");
    }

    // The name is taken, which is said before anything is fetched.
    let said = add(&shell, &server.endpoint).failed();
    assert!(said.contains("--replace") && server.asked().is_empty(), "{said}");
    // What is there already is not fetched again.
    let again = ["model", "add", MODEL, "--revision", "main", "--name", "again"];
    let said = ran(&mut asking(&shell, &server.endpoint, &again)).done();
    assert!(said.starts_with("again: bert"), "{said}");
    assert!(server.asked().iter().all(|asked| asked.from.is_none()));
    assert_eq!(names(&shell), ["again", "tiny-bert"]);
}

#[test]
fn parts_come_with_their_index() {
    let shell = Shell::new();
    let mut files = files();
    files.retain(|(name, _)| !name.contains("model"));
    let weights = fs::read(golden().join(WEIGHTS)).expect("golden");
    let length = u64::from_le_bytes(weights[..8].try_into().expect("8 bytes")) as usize;
    let header: Value = serde_json::from_slice(&weights[8..8 + length]).expect("a header");
    let part = "model-00001-of-00001.safetensors";
    let tensors = header.as_object().expect("tensors").keys().filter(|name| *name != "__metadata__");
    let map: serde_json::Map<_, _> = tensors.map(|name| (name.clone(), json!(part))).collect();
    files.extend([
        ("model.safetensors.index.json", json!({"weight_map": map}).to_string().into_bytes()),
        (part, weights),
    ]);
    let server = Server::start(&files);
    let added = add(&shell, &server.endpoint).json();
    assert_eq!(added["encoder"]["architecture"], "bert");
    assert!(PathBuf::from(added["folder"].as_str().expect("a folder")).join(part).is_file());
}

#[test]
fn the_hub_is_told_who_asks() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    shell.file("hub/token", "of-the-file\n");
    let asked = |token: Option<&str>, expected: &str| {
        let mut command = asking(&shell, &server.endpoint, &["model", "add", MODEL, "--replace"]);
        if let Some(token) = token {
            command.env("HF_TOKEN", token);
        }
        ran(&mut command).done();
        let first = server.asked().remove(0);
        assert_eq!(first.token.as_deref(), Some(expected));
    };
    asked(None, "Bearer of-the-file");
    asked(Some("of-the-variable"), "Bearer of-the-variable");
}

#[test]
fn what_breaks_off_is_gone_on_with() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    let length = files()[2].1.len() as u64;
    server.fail(WEIGHTS, Fault::Half, 3);
    let said = add(&shell, &server.endpoint).failed();
    assert!(said.contains(&format!("{MODEL}: {WEIGHTS} broke off")) && said.contains("goes on from here"), "{said}");
    assert!(names(&shell).is_empty());
    let halves = [0, length / 2, length / 2 + length.div_ceil(2) / 2];
    assert_eq!(server.downloads(WEIGHTS), halves);
    add(&shell, &server.endpoint).json();
    let from = server.downloads(WEIGHTS);
    assert!(from.iter().all(|from| *from > halves[2] && *from < length), "{from:?}");
    assert_eq!(names(&shell), ["tiny-bert"]);
}

#[test]
fn a_part_that_is_whole_or_too_long_is_no_obstacle() {
    let server = Server::start(&files());
    for more in [0, 5] {
        let shell = Shell::new();
        server.fail(WEIGHTS, Fault::Half, 3);
        add(&shell, &server.endpoint).failed();
        let blobs = shell.path(&format!("hub/hub/models--{}/blobs", MODEL.replace('/', "--")));
        let part = fs::read_dir(blobs).expect("a folder").flatten().map(|entry| entry.path());
        let part = part.into_iter().find(|path| path.extension().is_some_and(|end| end == "part")).expect("a part");
        fs::write(part, [files()[2].1.clone(), vec![0; more]].concat()).expect("writable");
        add(&shell, &server.endpoint).json();
    }
}

#[test]
fn a_damaged_file_is_thrown_away() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    server.fail(WEIGHTS, Fault::Garbled, 1);
    let said = add(&shell, &server.endpoint).failed();
    assert!(said.contains(&format!("{WEIGHTS} came damaged (its SHA-256 is wrong)")), "{said}");
    assert!(names(&shell).is_empty());
    add(&shell, &server.endpoint).json();
    // A cache that spoils later is noticed too.
    let cached = shell.path(&format!("hub/hub/models--{}/snapshots/{COMMIT}/{WEIGHTS}", MODEL.replace('/', "--")));
    let mut content = fs::read(&cached).expect("cached");
    content[100] ^= 1;
    fs::write(&cached, content).expect("writable");
    let mut offline = asking(&shell, &nowhere(), &["model", "add", MODEL, "--name", "other"]);
    let said = ran(offline.env("HF_HUB_OFFLINE", "1")).failed();
    assert!(said.contains(&format!("a damaged {WEIGHTS}")), "{said}");
    server.asked();
    ran(&mut asking(&shell, &server.endpoint, &["model", "add", MODEL, "--name", "other"])).done();
    assert!(!server.downloads(WEIGHTS).is_empty());
}

#[test]
fn without_a_network_the_cache_is_enough() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    let offline = |name: &str, more: &[&str]| {
        let mut command = asking(&shell, &nowhere(), &[&["model", "add", name, "--replace"], more].concat());
        ran(command.env("HF_HUB_OFFLINE", "1"))
    };
    let said = offline(MODEL, &[]).failed();
    for part in [MODEL, "not whole in the hub's cache", "it has nothing of it", "unset HF_HUB_OFFLINE"] {
        assert!(said.contains(part), "{said}");
    }
    server.fail(WEIGHTS, Fault::Half, 3);
    add(&shell, &server.endpoint).failed();
    offline(MODEL, &[]).failed();
    let said = offline(MODEL, &["--revision", COMMIT]).failed();
    assert!(said.contains("none of model.safetensors"), "{said}");
    add(&shell, &server.endpoint).json();
    for more in [&[][..], &["--revision", COMMIT]] {
        assert!(offline(MODEL, more).done().starts_with("tiny-bert: bert"));
    }
}

#[test]
fn what_the_hub_does_not_give_is_said() {
    let shell = Shell::new();
    let cases = [
        ("", Fault::Status(401), "does not give this model to everybody (status 401)"),
        ("", Fault::Status(503), "status 503"),
        ("", Fault::Page, "is no model hub"),
        ("config.json", Fault::Status(403), "does not give config.json"),
        ("config.json", Fault::Status(404), "lists config.json but does not have it"),
        ("config.json", Fault::Page, "is no model hub"),
        (WEIGHTS, Fault::Status(500), "status 500 when asked for model.safetensors"),
        (WEIGHTS, Fault::Page, "model.safetensors is no model hub"),
    ];
    for (file, fault, expected) in cases {
        let server = Server::start(&files());
        server.fail(file, fault, 9);
        let said = add(&shell, &server.endpoint).failed();
        assert!(said.contains(expected) && said.contains(MODEL), "{file} {fault:?}: {said}");
    }
    let server = Server::start(&files());
    for arguments in [&["someone/else"][..], &[MODEL, "--revision", "v9"]] {
        let said = ran(&mut asking(&shell, &server.endpoint, &[&["model", "add"], arguments].concat())).failed();
        assert!(said.contains(arguments[0]) && said.contains("check the spelling"), "{said}");
    }
    let said = ran(&mut asking(&shell, &server.endpoint, &["model", "add", MODEL, "--revision", "../x"])).failed();
    assert!(said.contains("is no revision"), "{said}");
    for endpoint in [nowhere(), server.endpoint.replace("http", "https"), "nonsense".to_owned()] {
        let said = add(&shell, &endpoint).failed();
        assert!([MODEL, "HF_ENDPOINT", "because: "].iter().all(|part| said.contains(part)), "{said}");
    }
    let server = Server::start(&files()[..2]);
    let said = add(&shell, &server.endpoint).failed();
    assert!(said.contains("none of model.safetensors"), "{said}");
    assert!(names(&shell).is_empty());
}

#[test]
fn what_is_here_comes_before_the_hub() {
    let shell = Shell::new();
    for (name, content) in files() {
        shell.file(&format!("{MODEL}/{name}"), content);
    }
    let added = ran(&mut asking(&shell, &nowhere(), &["model", "add", MODEL]));
    assert!(added.err.contains("no hub is asked"), "{}", added.err);
    added.done();
    let said = shell.run(&["model", "add", MODEL, "--revision", "main"]).failed();
    assert!(said.contains("which has no revisions"), "{said}");
    let said = shell.run(&["model", "add", "some/where/else"]).failed();
    assert!(said.contains("no name of a model hub (OWNER/NAME)"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said() {
    let (shell, server) = (Shell::new(), Server::start(&files()));
    // Files of more than 4 KiB (8 blocks) fail as they do on a full disk.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" model add \"$1\"";
    let variables = asking(&shell, &server.endpoint, &[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_spanlight"), MODEL]).current_dir(shell.folder.path());
    limited.envs(variables.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let said = ran(&mut limited).failed();
    assert!(said.contains(&format!("{WEIGHTS} of")) && said.contains("HF_HOME"), "{said}");
    assert!(names(&shell).is_empty());
    server.asked();
    add(&shell, &server.endpoint).json();
    assert!(server.downloads(WEIGHTS).iter().all(|from| *from > 0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_download_that_goes_on_later() {
    use std::time::{Duration, Instant};

    let (shell, server) = (Shell::new(), Server::start(&files()));
    server.fail(WEIGHTS, Fault::Stall, 1);
    let mut command = asking(&shell, &server.endpoint, &["model", "add", MODEL]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while server.downloads(WEIGHTS).is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1), "the weights were never asked for");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is a kill");
    assert!(killed.success());
    let begun = Instant::now();
    let said = Ran::from(child.wait_with_output().expect("it ends")).failed();
    assert!(said.contains("stopped; nothing was added") && begun.elapsed() < Duration::from_secs(20), "{said}");
    assert!(names(&shell).is_empty());
    add(&shell, &server.endpoint).json();
    assert!(server.downloads(WEIGHTS).iter().all(|from| *from > 0));
}

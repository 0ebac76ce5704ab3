//! A model hub on the loopback, with the faults that networks and hubs have.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde_json::json;

/// The model that the hub has.
pub const MODEL: &str = "someone/tiny-bert";

/// The commit of its branch `main`.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another status than 200.
    Status(u16),
    /// The page of a network that wants a log-in.
    Page,
    /// Half of what was asked for, then the end.
    Half,
    /// Half of what was asked for, then nothing.
    Stall,
    /// Other content of the same length.
    Garbled,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The file, or `""` for the list of all.
    pub file: String,
    /// The first byte, where more than one was asked for.
    pub from: Option<u64>,
    /// `Authorization`.
    pub token: Option<String>,
    /// Whether the answer only says where the file lies.
    pub leads_on: bool,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// By file, and how often.
    faults: BTreeMap<String, (Fault, usize)>,
    asked: Vec<Asked>,
}

/// The hub.
pub struct Server {
    /// Its address.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// A hub whose model consists of `files`; it answers until the process ends.
    pub fn start(files: &[(&str, Vec<u8>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let files = files.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect();
        let state = Arc::new(Mutex::new(State { files, ..State::default() }));
        let (shared, address) = (Arc::clone(&state), endpoint.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, address) = (Arc::clone(&shared), address.clone());
                // A client that leaves early is what some tests are about.
                thread::spawn(move || drop(answer(&stream, &shared, &address)));
            }
        });
        Self { endpoint, state }
    }

    /// Lets something go wrong with a file (`""` for the list of all) so many times.
    pub fn fail(&self, file: &str, fault: Fault, times: usize) {
        lock(&self.state).faults.insert(file.to_owned(), (fault, times));
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.state).asked)
    }

    /// Where the downloads of a file began since the last time.
    pub fn downloads(&self, file: &str) -> Vec<u64> {
        let downloads = self.asked().into_iter().filter(|asked| asked.file == file && !asked.leads_on);
        downloads.filter_map(|asked| asked.from).collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no test fails here")
}

fn answer(mut stream: &TcpStream, state: &Mutex<State>, address: &str) -> std::io::Result<()> {
    let (mut path, mut range, mut token) = (String::new(), None, None);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match name.to_lowercase().as_str() {
            "" => break,
            "range" => range = value.strip_prefix("bytes=").map(str::to_owned),
            "authorization" => token = Some(value.to_owned()),
            _ if path.is_empty() => path = line.split(' ').nth(1).unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    let listing = format!("/api/models/{MODEL}/revision/main");
    let resolved = path.strip_prefix(&format!("/{MODEL}/resolve/{COMMIT}/"));
    let Some(file) = resolved.or(path.strip_prefix("/store/")).or((path == listing).then_some("")) else {
        return send(stream, 404, &[], b"");
    };
    // Large files lie elsewhere; what goes wrong with them goes wrong there.
    let leads_on = file.ends_with(".safetensors") && !path.starts_with("/store/");
    // One byte is asked for to learn about the file.
    let from = range
        .as_deref()
        .filter(|range| range.ends_with('-'))
        .and_then(|range| range.trim_end_matches('-').parse().ok());
    let (content, fault) = {
        let mut state = lock(state);
        state.asked.push(Asked { file: file.to_owned(), from, token, leads_on });
        let content = if file.is_empty() {
            let siblings: Vec<_> = state.files.keys().map(|name| json!({"rfilename": name})).collect();
            Some(json!({"sha": COMMIT, "siblings": siblings}).to_string().into_bytes())
        } else {
            state.files.get(file).cloned()
        };
        let body = from.is_some() || file.is_empty();
        let fault = state.faults.get_mut(file).filter(|(fault, left)| {
            *left > 0 && (body || !matches!(fault, Fault::Half | Fault::Stall | Fault::Garbled))
        });
        (
            content,
            fault.filter(|_| !leads_on).map(|(fault, left)| {
                *left -= 1;
                *fault
            }),
        )
    };
    let Some(mut content) = content else { return send(stream, 404, &[], b"") };
    match fault {
        Some(Fault::Status(status)) => return send(stream, status, &[], b""),
        Some(Fault::Page) => return send(stream, 200, &["Content-Type: text/html".to_owned()], b"<html>Log in</html>"),
        _ => {}
    }
    if file.is_empty() {
        return send(stream, 200, &["Content-Type: application/json".to_owned()], &content);
    }
    let hex = digest(&SHA256, &content).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let mut headers = vec![format!("X-Repo-Commit: {COMMIT}")];
    if leads_on {
        headers.extend([format!("X-Linked-Etag: \"{hex}\""), format!("Location: {address}/store/{file}")]);
        return send(stream, 302, &headers, b"");
    }
    headers.push(if file.ends_with(".safetensors") {
        "ETag: \"0-1\"".to_owned()
    } else {
        format!("ETag: \"{}\"", &hex[..40])
    });
    let length = content.len() as u64;
    let begin = from.unwrap_or(0);
    if begin >= length {
        return send(stream, 416, &headers, b"");
    }
    headers.push(format!("Content-Range: bytes {begin}-{}/{length}", from.map_or(0, |_| length - 1)));
    if fault == Some(Fault::Garbled) {
        content.iter_mut().for_each(|byte| *byte ^= 1);
    }
    let body = if from.is_some() { &content[begin as usize..] } else { &content[..1] };
    match fault {
        Some(Fault::Half | Fault::Stall) => {
            stream.write_all(head(206, &headers, body.len()).as_bytes())?;
            stream.write_all(&body[..body.len() / 2])?;
            if fault == Some(Fault::Stall) {
                thread::sleep(Duration::from_secs(60));
            }
            Ok(())
        }
        _ => send(stream, 206, &headers, body),
    }
}

fn send(mut stream: &TcpStream, status: u16, headers: &[String], body: &[u8]) -> std::io::Result<()> {
    stream.write_all(head(status, headers, body.len()).as_bytes())?;
    stream.write_all(body)
}

fn head(status: u16, headers: &[String], length: usize) -> String {
    let headers: String = headers.iter().flat_map(|header| [header, "\r\n"]).collect();
    format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}

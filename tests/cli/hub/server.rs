//! A model hub on the loopback, with the faults that networks and hubs have.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
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

impl State {
    /// The list of all files, as the hub gives it.
    fn listing(&self) -> Vec<u8> {
        let siblings: Vec<_> = self.files.keys().map(|name| json!({"rfilename": name})).collect();
        json!({"sha": COMMIT, "siblings": siblings}).to_string().into_bytes()
    }

    /// What goes wrong this time; where only one byte of a file is asked for, its content cannot.
    fn fault(&mut self, asked: &Asked) -> Option<Fault> {
        let (fault, left) = self.faults.get_mut(&asked.file).filter(|(_, left)| *left > 0 && !asked.leads_on)?;
        if asked.from.is_none() && matches!(fault, Fault::Half | Fault::Stall | Fault::Garbled) {
            return None;
        }
        *left -= 1;
        Some(*fault)
    }
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

fn answer(stream: &TcpStream, state: &Mutex<State>, address: &str) -> io::Result<()> {
    let Some(asked) = read(stream)? else { return send(stream, 404, &[], b"") };
    let (content, listing, fault) = {
        let mut state = lock(state);
        state.asked.push(asked.clone());
        (state.files.get(&asked.file).cloned(), state.listing(), state.fault(&asked))
    };
    match (fault, content) {
        (Some(Fault::Status(status)), _) => send(stream, status, &[], b""),
        (Some(Fault::Page), _) => send(stream, 200, &["Content-Type: text/html".to_owned()], b"<html>Log in</html>"),
        (_, None) if asked.file.is_empty() => send(stream, 200, &[], &listing),
        (_, None) => send(stream, 404, &[], b""),
        (_, Some(content)) if asked.leads_on => {
            let mark = format!("X-Linked-Etag: \"{}\"", sha256(&content));
            let headers = [commit(), mark, format!("Location: {address}/store/{}", asked.file)];
            send(stream, 302, &headers, b"")
        }
        (fault, Some(content)) => give(stream, &asked, content, fault),
    }
}

/// What a client asks for; `None` for something that is not here.
fn read(stream: &TcpStream) -> io::Result<Option<Asked>> {
    let (mut path, mut from, mut token) = (String::new(), None, None);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match name.to_lowercase().as_str() {
            "" => break,
            // `bytes=0-0` asks for one byte, to learn about the file.
            "range" => from = value.trim_start_matches("bytes=").strip_suffix('-').and_then(|from| from.parse().ok()),
            "authorization" => token = Some(value.to_owned()),
            _ if path.is_empty() => path.push_str(line.split(' ').nth(1).unwrap_or_default()),
            _ => {}
        }
    }
    let listing = (path == format!("/api/models/{MODEL}/revision/main")).then_some("");
    let stored = path.strip_prefix("/store/");
    let resolved = path.strip_prefix(&format!("/{MODEL}/resolve/{COMMIT}/"));
    let file = listing.or(stored).or(resolved);
    // Large files lie elsewhere; what goes wrong with them goes wrong there.
    let leads_on = stored.is_none() && path.ends_with(".safetensors");
    Ok(file.map(|file| Asked { file: file.to_owned(), from, token, leads_on }))
}

/// Sends a file from some byte on, or its first byte.
fn give(mut stream: &TcpStream, asked: &Asked, mut content: Vec<u8>, fault: Option<Fault>) -> io::Result<()> {
    let (length, from) = (content.len(), asked.from.unwrap_or(0) as usize);
    let headers = [
        commit(),
        format!("ETag: \"{}\"", &sha256(&content)[..40]),
        format!("Content-Range: bytes {from}-{}/{length}", asked.from.map_or(0, |_| length - 1)),
    ];
    if from >= length {
        return send(stream, 416, &headers[..2], b"");
    }
    if fault == Some(Fault::Garbled) {
        content[0] ^= 1;
    }
    let body = if asked.from.is_some() { &content[from..] } else { &content[..1] };
    if !matches!(fault, Some(Fault::Half | Fault::Stall)) {
        return send(stream, 206, &headers, body);
    }
    stream.write_all(head(206, &headers, body.len()).as_bytes())?;
    stream.write_all(&body[..body.len() / 2])?;
    if fault == Some(Fault::Stall) {
        thread::sleep(Duration::from_secs(30));
    }
    Ok(())
}

fn commit() -> String {
    format!("X-Repo-Commit: {COMMIT}")
}

fn sha256(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn send(mut stream: &TcpStream, status: u16, headers: &[String], body: &[u8]) -> io::Result<()> {
    stream.write_all(head(status, headers, body.len()).as_bytes())?;
    stream.write_all(body)
}

fn head(status: u16, headers: &[String], length: usize) -> String {
    let headers: String = headers.iter().flat_map(|header| [header, "\r\n"]).collect();
    format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}

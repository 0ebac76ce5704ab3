//! A server on this machine that answers chat completions as a test wants it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What the server says to one request.
pub struct Reply {
    pub status: u16,
    /// Further header lines, each with its end.
    pub headers: &'static str,
    pub body: String,
    pub delay: Duration,
}

impl Reply {
    pub fn raw(status: u16, body: &str) -> Self {
        Self { status, headers: "", body: body.to_owned(), delay: Duration::ZERO }
    }

    /// A proper answer.
    pub fn words(text: &str) -> Self {
        Self::raw(200, &json!({"choices": [{"message": {"role": "assistant", "content": text}}]}).to_string())
    }

    pub fn after(self, milliseconds: u64) -> Self {
        Self { delay: Duration::from_millis(milliseconds), ..self }
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub headers: String,
    pub body: Value,
}

impl Asked {
    /// The width of the picture that came along; the tests tell their pictures apart by it.
    pub fn width(&self) -> u32 {
        let url = self.body["messages"][0]["content"][1]["image_url"]["url"].as_str().expect("a picture");
        let (_, data) = url.split_once(";base64,").expect("a data URL");
        image::load_from_memory(&STANDARD.decode(data).expect("base64")).expect("a picture").width()
    }
}

/// The server; it lives as long as the test program.
pub struct Stub {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers with `reply`, which is told the picture's width and how often it came before.
    pub fn start(reply: impl Fn(u32, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, reply) = (Arc::clone(&asked), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                // A client that goes away early is no failure of the server.
                thread::spawn(move || drop(serve(stream, &log, reply.as_ref())));
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, reply: &dyn Fn(u32, usize) -> Reply) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        headers.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked = Asked { headers, body: serde_json::from_slice(&body).unwrap_or_default() };
    let width = asked.width();
    let before = {
        let mut log = log.lock().expect("the log");
        let before = log.iter().filter(|earlier| earlier.width() == width).count();
        log.push(asked);
        before
    };
    let Reply { status, headers, body, delay } = reply(width, before);
    thread::sleep(delay);
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

//! Text in pictures, read by Tesseract: a program that is looked for when it is needed.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spanlight_models::example::{Context, ContextKind};

use super::{Answer, Failure, Provider, ProviderError, Stop, Subject};
use crate::corpus::contexts::Said;

/// How often a running program is looked at.
const PACE: Duration = Duration::from_millis(10);

/// How Tesseract is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TesseractOptions {
    /// The program; looked for in the usual folders where it is a bare name.
    pub program: PathBuf,
    /// Languages by Tesseract's own names (`eng`, `deu`).
    pub languages: Vec<String>,
    /// How long one picture may take.
    pub timeout: Duration,
    /// Words below are noise, 0 to 100.
    pub confidence: u8,
}

impl Default for TesseractOptions {
    fn default() -> Self {
        let (program, languages) = (PathBuf::from("tesseract"), vec!["eng".to_owned()]);
        Self { program, languages, timeout: Duration::from_mins(1), confidence: 60 }
    }
}

/// Tesseract, found and asked for its version.
#[derive(Debug)]
pub struct Tesseract {
    options: TesseractOptions,
    model: String,
    fingerprint: String,
}

impl Tesseract {
    /// Looks for the program and its languages.
    pub fn find(options: TesseractOptions) -> Result<Self, ProviderError> {
        let program = options.program.clone();
        let said = |argument: &str| {
            let output = Command::new(&program).arg(argument).stdin(Stdio::null()).output();
            output.map_err(|cause| match cause.kind() {
                io::ErrorKind::NotFound => ProviderError::NoTesseract(program.clone()),
                _ => ProviderError::Tesseract { program: program.clone(), what: cause.to_string() },
            })
        };
        let version = said("--version")?;
        if !version.status.success() {
            let what = String::from_utf8_lossy(&version.stderr).trim().to_owned();
            return Err(ProviderError::Tesseract { program, what });
        }
        let languages = said("--list-langs")?;
        let known: Vec<String> = both(&languages).lines().skip(1).map(str::to_owned).collect();
        if let Some(language) = options.languages.iter().find(|language| !known.contains(language)) {
            return Err(ProviderError::NoLanguage { language: language.clone(), known });
        }
        let version = both(&version).lines().next().unwrap_or("tesseract").trim().to_owned();
        let model = format!("{version} ({})", options.languages.join("+"));
        let fingerprint = format!("{model} {}", options.confidence);
        Ok(Self { options, model, fingerprint })
    }

    /// Its version and the languages it is used with.
    pub fn version(&self) -> &str {
        &self.model
    }

    fn read(&self, path: &Path, stop: &Stop) -> Result<String, Failure> {
        let mut command = Command::new(&self.options.program);
        command.arg(path).arg("stdout").args(["-l", &self.options.languages.join("+"), "tsv"]);
        // Several of them run side by side; their own threads would only be in each other's way.
        command.env("OMP_THREAD_LIMIT", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed = |cause: io::Error| Failure::Tweet(format!("tesseract: {cause}"));
        let mut child = command.spawn().map_err(|cause| Failure::Down(format!("tesseract: {cause}")))?;
        let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let ended = self.wait(&mut child, stop);
        if ended.is_err() {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
        }
        let status = child.wait().map_err(failed)?;
        let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
        ended?;
        if !status.success() {
            let said = String::from_utf8_lossy(&err);
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word why");
            return Err(Failure::Tweet(format!("tesseract cannot read the picture: {}", crate::corpus::shown(last))));
        }
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn wait(&self, child: &mut Child, stop: &Stop) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(_)) => return Ok(()),
                Err(cause) => return Err(Failure::Tweet(format!("tesseract: {cause}"))),
                Ok(None) if begun.elapsed() > self.options.timeout => {
                    let seconds = self.options.timeout.as_secs();
                    return Err(Failure::Tweet(format!("tesseract took longer than {seconds} s")));
                }
                Ok(None) if !stop.sleep(PACE) => return Err(Failure::Stopped),
                Ok(None) => {}
            }
        }
    }
}

impl Provider for Tesseract {
    fn name(&self) -> &'static str {
        "tesseract"
    }

    fn source(&self) -> &'static str {
        "tesseract"
    }

    fn kind(&self) -> Option<ContextKind> {
        Some(ContextKind::Ocr)
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn needs_picture(&self) -> bool {
        true
    }

    fn ask(&self, subject: &Subject<'_>, stop: &Stop) -> Result<Answer, Failure> {
        let picture = subject.picture.ok_or_else(|| Failure::Tweet("it has no picture".to_owned()))?;
        let table = self.read(picture.path, stop)?;
        let text = words(&table, f32::from(self.options.confidence));
        if text.is_empty() {
            return Ok(Answer::default());
        }
        let context = Context {
            image: Some(picture.id.to_owned()),
            source: Some(self.source().to_owned()),
            model: Some(self.model.clone()),
            ..Context::new(ContextKind::Ocr, text)
        };
        Ok(Answer { said: Said::contexts(vec![context]), cleaned: false })
    }
}

/// What a program said; which stream it takes differs between versions.
fn both(output: &Output) -> String {
    let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    String::from_utf8_lossy(text).into_owned()
}

/// Reads to the end on a thread, so that a full pipe holds nothing up.
fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What could be read is what there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The words of Tesseract's table that are sure enough, line by line; what has neither letter nor digit is noise.
fn words(table: &str, confidence: f32) -> String {
    let mut lines: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for row in table.lines().skip(1) {
        // level, page, block, paragraph, line, word, left, top, width, height, confidence, text
        let cells: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, page, block, paragraph, line, _, _, _, _, _, sure, text] = cells.as_slice() else { continue };
        let sure = sure.parse::<f32>().is_ok_and(|sure| sure >= confidence);
        if *level != "5" || !sure || !text.contains(char::is_alphanumeric) {
            continue;
        }
        let place = vec![*page, *block, *paragraph, *line];
        match lines.last_mut() {
            Some((last, words)) if *last == place => words.push(text.trim()),
            _ => lines.push((place, vec![text.trim()])),
        }
    }
    lines.into_iter().map(|(_, words)| words.join(" ")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_dropped_and_lines_stay() {
        let row = |line: u8, sure: &str, text: &str| format!("5\t1\t1\t1\t{line}\t1\t0\t0\t9\t9\t{sure}\t{text}\n");
        let table = [
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
                .to_owned(),
            "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n".to_owned(),
            row(1, "96.5", "HELLO"),
            row(1, "60", "2026"),
            row(1, "59.9", "unsure"),
            row(2, "90", "|~"),
            row(2, "91", "World"),
        ]
        .concat();
        assert_eq!(words(&table, 60.0), "HELLO 2026\nWorld");
        assert_eq!(words("", 60.0), "");
    }

    #[test]
    fn an_absent_program_is_said_with_what_to_do() {
        let options = TesseractOptions { program: "no-such-tesseract".into(), ..TesseractOptions::default() };
        let said = Tesseract::find(options).expect_err("absent").to_string();
        assert!(said.contains("no-such-tesseract") && said.contains("apt-get install tesseract-ocr"), "{said}");
    }
}

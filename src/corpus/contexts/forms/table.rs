//! Columns parted by tabs: id and text, id and number, or what a first line names.

use serde_json::{Map, Value};
use spanlight_models::example::ContextKind;

use super::{filled, first};
use crate::corpus::contexts::Said;
use crate::corpus::contexts::record::{self, IDS};
use crate::corpus::contexts::sink::Sink;
use crate::corpus::contexts::write::{COLUMNS, unescape};
use crate::corpus::shown;

pub fn fits(head: &[u8]) -> bool {
    let lines = first(head, 1);
    lines.first().is_some_and(|line| line.split_once('\t').is_some_and(|(id, _)| !id.trim().contains(' ')))
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let lines = filled(source, sink);
    match lines.split_first() {
        Some(((_, header), rows)) if is_header(header) => read_named(header, rows, sink),
        _ => read_two(&lines, sink),
    }
}

fn is_header(line: &str) -> bool {
    line.split('\t').next().is_some_and(|name| IDS.iter().any(|id| id.eq_ignore_ascii_case(name.trim())))
}

fn read_named(header: &str, rows: &[(usize, &str)], sink: &mut Sink) {
    let names: Vec<String> = header.split('\t').map(|name| name.trim().to_ascii_lowercase()).collect();
    // Only what this program wrote has escapes; others' backslashes are backslashes.
    let own = names.iter().map(String::as_str).eq(COLUMNS);
    for (line, row) in rows {
        let cells: Vec<&str> = row.split('\t').collect();
        if cells.len() != names.len() {
            let what = format!("{} columns where the first line names {}", cells.len(), names.len());
            sink.problem(*line, cells.first().unwrap_or(&""), what);
            continue;
        }
        let cell = |text: &str| if own { unescape(text) } else { text.to_owned() };
        let filled = names.iter().zip(cells).filter(|(_, text)| !text.is_empty());
        let object: Map<String, Value> =
            filled.map(|(name, text)| (name.clone(), record::of_cell(name, cell(text)))).collect();
        let id = record::id(&object).unwrap_or_default();
        match record::said(&object, sink.kind) {
            Ok(said) => sink.said(*line, &id, said),
            Err(what) => sink.problem(*line, &id, what),
        }
    }
}

fn read_two(lines: &[(usize, &str)], sink: &mut Sink) {
    let number = |line: &str| line.split_once('\t').and_then(|(_, text)| text.trim().parse::<f32>().ok());
    let scores = !lines.is_empty() && lines.iter().all(|(_, line)| number(line).is_some());
    for (line, text) in lines {
        match text.split_once('\t') {
            Some((id, _)) if scores => sink.said(*line, id, Said { similarity: number(text), ..Said::default() }),
            Some((id, text)) => sink.text(*line, id, text.trim(), ContextKind::Caption),
            None => sink.problem(*line, "", format!("`{}` has no tab; expected an id, a tab and a text", shown(text))),
        }
    }
}

//! `ID###ENTITY(TYPE)###EXPANSION###...`, one line an entity: what a language model knows about each name of a tweet.
//!
//! The types are left out: they are labels, gold or predicted. The names themselves come from labels too.

use indexmap::IndexMap;
use spanlight_models::example::{Context, ContextItem, ContextKind};

use super::{filled, first};
use crate::corpus::contexts::Said;
use crate::corpus::contexts::sink::Sink;
use crate::corpus::shown;

/// Parts the fields.
const BETWEEN: &str = "###";

pub fn fits(head: &[u8]) -> bool {
    first(head, 1).first().is_some_and(|line| split(line).is_some())
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let mut tweets: IndexMap<&str, (usize, Vec<ContextItem>)> = IndexMap::new();
    for (line, text) in filled(source, sink) {
        match split(text) {
            Some((id, said)) => {
                tweets.entry(id).or_insert((line, Vec::new())).1.push(ContextItem { text: said, score: None });
            }
            None => sink.problem(
                line,
                "",
                format!("`{}` has not the fields ID, entity and type, expansion, 0 or 2", shown(text)),
            ),
        }
    }
    let kind = sink.kind.unwrap_or(ContextKind::Knowledge);
    for (id, (line, items)) in tweets {
        sink.said(line, id, Said::contexts(vec![Context { items, ..Context::new(kind, "") }]));
    }
}

/// Id of the image, and `ENTITY: EXPANSION`.
fn split(line: &str) -> Option<(&str, String)> {
    let fields: Vec<&str> = line.split(BETWEEN).collect();
    let [id, entity, expansion, grounded, ..] = fields.as_slice() else { return None };
    if !matches!(fields.len(), 4 | 5) || !matches!(grounded.trim(), "0" | "2") {
        return None;
    }
    // A prediction's id carries a number of its own behind the image's name.
    let id = id.strip_prefix("Imageid:").unwrap_or(id);
    let id = id.split_once('#').map_or(id, |(id, _)| id);
    let name = entity.rsplit_once('(').map_or(*entity, |(name, _)| name).trim();
    let expansion = expansion.strip_prefix(entity).and_then(|rest| rest.strip_prefix('-')).unwrap_or(expansion);
    Some((id, format!("{name}: {}", expansion.trim())))
}

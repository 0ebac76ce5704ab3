//! `token<TAB>label` lines, then `<EOS><TAB>X` and one word of knowledge a line; a blank line between tweets, no ids.

use spanlight_models::example::{Context, ContextKind};

use super::numbered;
use crate::corpus::contexts::sink::Sink;
use crate::corpus::contexts::{Said, Subject};
use crate::corpus::format::text_of;
use crate::corpus::shown;

/// The line between tweet and knowledge.
const BORDER: &[u8] = b"<EOS>\tX";

pub fn fits(head: &[u8]) -> bool {
    numbered(head).any(|(_, line)| line == BORDER)
}

/// A tweet on its way.
#[derive(Default)]
struct Open {
    line: usize,
    tokens: Vec<String>,
    words: Vec<String>,
    beyond: bool,
    faulty: bool,
}

pub fn read(source: &[u8], sink: &mut Sink) {
    let mut open = Open::default();
    let mut count = 0;
    for (number, line) in numbered(source) {
        // Only an empty line is blank: a token may consist of white space.
        if line.is_empty() {
            close(&mut open, &mut count, sink);
            continue;
        }
        if open.line == 0 {
            open.line = number;
        }
        if line == BORDER {
            open.beyond = true;
            continue;
        }
        match text_of(line).and_then(|line| line.rsplit_once('\t').ok_or_else(|| untagged(line))) {
            Ok((word, _)) if open.beyond => open.words.push(word.to_owned()),
            Ok((token, _)) => open.tokens.push(token.to_owned()),
            Err(what) => {
                open.faulty = true;
                sink.problem(number, &format!("#{}", count + 1), what);
            }
        }
    }
    close(&mut open, &mut count, sink);
}

fn untagged(line: &str) -> String {
    format!("`{}` has no label; expected a word, a tab and a label", shown(line))
}

fn close(open: &mut Open, count: &mut usize, sink: &mut Sink) {
    let Open { line, tokens, words, faulty, .. } = std::mem::take(open);
    if line == 0 {
        return;
    }
    *count += 1;
    if !faulty {
        let context = Context::new(sink.kind.unwrap_or(ContextKind::Knowledge), words.join(" "));
        sink.entry(line, &format!("#{count}"), Subject::Tokens(tokens), Said::contexts(vec![context]));
    }
}

//! The sentences, from the text files beside this one.

use std::collections::HashSet;

use super::sentence::{Script, Template};

/// All sentences, by what they are for.
pub struct Sentences {
    /// One name that only the picture explains.
    pub neutral: Vec<Template>,
    /// The same in other scripts.
    pub neutral_scripts: Vec<Template>,
    /// Names that the words explain.
    pub clear: Vec<Template>,
    /// The same in other scripts.
    pub clear_scripts: Vec<Template>,
    /// One name of each sort.
    pub pairs: Vec<Template>,
    /// No name at all.
    pub plain: Vec<Template>,
}

impl Sentences {
    pub fn load() -> Self {
        let (neutral_scripts, clear_scripts): (Vec<_>, Vec<_>) =
            lines(include_str!("scripts.txt")).partition(|line| line.split(' ').nth(1) == Some("any"));
        Self {
            neutral: lines(include_str!("neutral.txt")).map(|line| Template::parse("-", Script::Latin, line)).collect(),
            neutral_scripts: neutral_scripts.into_iter().map(parse_script).collect(),
            clear: lines(include_str!("clear.txt")).map(parse_pictured).collect(),
            clear_scripts: clear_scripts.into_iter().map(parse_script).collect(),
            pairs: lines(include_str!("pairs.txt")).map(parse_pictured).collect(),
            plain: lines(include_str!("plain.txt")).map(parse_pictured).collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Template> {
        [&self.neutral, &self.neutral_scripts, &self.clear, &self.clear_scripts, &self.pairs, &self.plain]
            .into_iter()
            .flatten()
    }

    /// Every word of every sentence, in small letters.
    pub fn vocabulary(&self) -> HashSet<String> {
        self.all().flat_map(Template::vocabulary).collect()
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("//"))
}

/// `kinds | sentence`
fn parse_pictured(line: &str) -> Template {
    let (kinds, text) = line.split_once(" | ").unwrap_or_else(|| panic!("no ` | ` in `{line}`"));
    Template::parse(kinds, Script::Latin, text)
}

/// `script type sentence`
fn parse_script(line: &str) -> Template {
    let mut parts = line.splitn(3, ' ');
    let script = match parts.next() {
        Some("ar") => Script::Arabic,
        Some("he") => Script::Hebrew,
        Some("ja") => Script::Japanese,
        Some("zh") => Script::Chinese,
        Some("ko") => Script::Korean,
        other => panic!("there is no script `{other:?}`"),
    };
    Template::parse("-", script, parts.nth(1).unwrap_or_else(|| panic!("no sentence in `{line}`")))
}

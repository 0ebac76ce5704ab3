//! Markdown as rows of a terminal: headings, lists, emphasis and code, simply.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::wrap::Wrapped;

/// Columns that a level of a list is moved in.
const INDENT: usize = 2;

/// How a word looks.
#[allow(clippy::struct_excessive_bools, reason = "each is a look of its own, and all go together")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Code.
    pub code: bool,
    /// Part of a heading.
    pub heading: bool,
}

/// A paragraph, a heading, an item, or a line of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Block {
    indent: usize,
    /// What stands before the first line.
    marker: String,
    words: Vec<(String, Look)>,
    /// Whether lines are kept as they are.
    verbatim: bool,
    /// Whether a free row comes before it.
    apart: bool,
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown {
    blocks: Vec<Block>,
    /// Blocks that are headings, with their texts.
    headings: Vec<(usize, String)>,
}

/// A row of a document: columns and texts, from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The block it belongs to.
    pub block: usize,
    /// Columns, texts and looks.
    pub pieces: Vec<(usize, String, Look)>,
}

impl Markdown {
    /// Reads a document; everything is a document.
    pub fn parse(text: &str) -> Self {
        let mut reading = Reading::default();
        Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES)
            .for_each(|event| reading.take(event));
        reading.end_block();
        reading.document
    }

    /// The block of the heading that names `name`, whatever the case: alone, or as a word of it.
    pub fn section(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let words = |text: &str| {
            let words = text.to_lowercase();
            words.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|word| word == name)
        };
        let exact = self.headings.iter().find(|(_, text)| text.to_lowercase() == name);
        exact.or_else(|| self.headings.iter().find(|(_, text)| words(text))).map(|(block, _)| *block)
    }

    /// The first paragraph of a section that a heading at this block begins.
    pub fn first_words(&self, block: usize) -> Option<String> {
        let next = self.blocks.get(block + 1)?;
        let heading = self.headings.iter().any(|(other, _)| *other == block + 1);
        (!heading).then(|| next.words.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" "))
    }

    /// All rows at a width.
    pub fn rows(&self, width: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for (place, block) in self.blocks.iter().enumerate() {
            if block.apart && place > 0 {
                rows.push(Row { block: place, pieces: Vec::new() });
            }
            let indent = block.indent.min(width / 3);
            if block.verbatim {
                let pieces = block.words.iter().map(|(text, look)| (indent, text.clone(), *look)).collect();
                rows.push(Row { block: place, pieces });
                continue;
            }
            let texts: Vec<String> = block.words.iter().map(|(text, _)| text.clone()).collect();
            let wrapped = Wrapped::new(&texts, width.saturating_sub(indent));
            for line in 0..wrapped.height() {
                let pieces = wrapped.line(line).iter();
                let mut pieces: Vec<_> = pieces
                    .map(|piece| (indent + piece.column, piece.text.clone(), block.words[piece.token].1))
                    .collect();
                if line == 0 && !block.marker.is_empty() {
                    let column = indent.saturating_sub(block.marker.chars().count() + 1);
                    pieces.insert(0, (column, block.marker.clone(), Look::default()));
                }
                rows.push(Row { block: place, pieces });
            }
        }
        rows
    }
}

/// A document that is being read.
#[derive(Default)]
struct Reading {
    document: Markdown,
    block: Block,
    look: Look,
    /// Numbers of the lists that are open; none for one with bullets.
    lists: Vec<Option<u64>>,
    code: bool,
    quotes: usize,
    /// Whether the next text goes on with the last word.
    joined: bool,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => text.lines().for_each(|line| self.code_line(line)),
            Event::Code(text) => {
                let look = self.look;
                self.look.code = true;
                self.text(&text);
                self.look = look;
            }
            Event::SoftBreak => self.joined = false,
            Event::HardBreak => {
                let block = Block { indent: self.block.indent, ..Block::default() };
                self.end_block();
                self.block = block;
            }
            Event::Rule => {
                self.end_block();
                self.block = Block { apart: true, ..Block::default() };
                self.text("───");
                self.end_block();
            }
            // Markup of pages is shown as it stands, so that nothing is hidden.
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.begin(true);
                self.look = Look { heading: true, strong: *level <= HeadingLevel::H2, ..Look::default() };
            }
            // The first paragraph of an item stands beside its mark.
            Tag::Paragraph if self.block.marker.is_empty() || !self.block.words.is_empty() => {
                let apart = self.lists.is_empty();
                self.begin(apart);
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(*first);
            }
            Tag::Item => self.item(),
            Tag::CodeBlock(_) => {
                self.begin(true);
                self.code = true;
            }
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::TableHead | Tag::TableRow => self.begin(false),
            Tag::TableCell if !self.block.words.is_empty() => {
                self.joined = false;
                self.text("│");
                self.joined = false;
            }
            Tag::Strong => self.look.strong = true,
            Tag::Emphasis => self.look.emphasis = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let text: Vec<&str> = self.block.words.iter().map(|(word, _)| word.as_str()).collect();
                self.document.headings.push((self.document.blocks.len(), text.join(" ")));
                self.end_block();
                self.look = Look::default();
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow => self.end_block(),
            TagEnd::Strong => self.look.strong = false,
            TagEnd::Emphasis => self.look.emphasis = false,
            _ => {}
        }
    }

    /// Begins a block where the last one ended.
    fn begin(&mut self, apart: bool) {
        self.end_block();
        let marker = if self.quotes > 0 { "│".to_owned() } else { String::new() };
        let indent = INDENT * (self.lists.len() + self.quotes);
        self.block = Block { indent, marker, apart, ..Block::default() };
    }

    fn item(&mut self) {
        let first = self.document.blocks.last().is_some_and(|block| block.marker.is_empty());
        self.begin(first && self.lists.len() == 1);
        self.block.marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}.");
                *number += 1;
                marker
            }
            _ => "•".to_owned(),
        };
        let outer = INDENT * (self.lists.len().saturating_sub(1) + self.quotes);
        self.block.indent = outer + self.block.marker.chars().count() + 1;
    }

    /// Words, of which the first goes on with the last one where no space is between them.
    fn text(&mut self, text: &str) {
        let joined = self.joined && !text.starts_with(char::is_whitespace);
        let mut words = text.split_whitespace();
        if joined
            && let Some((last, _)) = self.block.words.last_mut()
            && let Some(first) = words.next()
        {
            last.push_str(first);
        }
        let look = self.look;
        self.block.words.extend(words.map(|word| (word.to_owned(), look)));
        self.joined = !text.ends_with(char::is_whitespace);
    }

    fn code_line(&mut self, line: &str) {
        let apart = std::mem::take(&mut self.block.apart);
        let look = Look { code: true, ..Look::default() };
        let words = vec![(line.to_owned(), look)];
        let indent = INDENT * (self.lists.len() + 1);
        self.document.blocks.push(Block { indent, marker: String::new(), words, verbatim: true, apart });
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        self.joined = false;
        if !block.words.is_empty() {
            self.document.blocks.push(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: usize) -> Vec<String> {
        let line = |row: Row| {
            let mut line = String::new();
            for (column, text, _) in row.pieces {
                line.push_str(&" ".repeat(column.saturating_sub(line.chars().count())));
                line.push_str(&text);
            }
            line
        };
        Markdown::parse(text).rows(width).into_iter().map(line).collect()
    }

    #[test]
    fn blocks_become_rows() {
        let text = "# Types\n\nOne **bold**: and `code`\nsame paragraph.\n\n- first\n- second item that is long\n  1. inner\n\n```\n  a  b\n```\n> said\n";
        let expected = [
            "Types",
            "",
            "One bold: and code",
            "same paragraph.",
            "",
            "• first",
            "• second item that",
            "  is long",
            "  1. inner",
            "",
            "    a  b",
            "",
            "│ said",
        ];
        assert_eq!(shown(text, 20), expected);
    }

    #[test]
    fn sections_are_found_by_the_name_of_a_type() {
        let document = Markdown::parse("# All\n## PER (people)\nA person.\n## LOC\n## Not a person\n");
        let person = document.section("per").expect("a section");
        assert_eq!(document.first_words(person).as_deref(), Some("A person."));
        assert_eq!(document.section("LOC").and_then(|block| document.first_words(block)), None);
        assert_eq!(document.section("ORG"), None);
    }

    #[test]
    fn hostile_text_is_a_document_too() {
        for text in ["", "\u{1b}[2J", "```", "[a](", "- - - -", "| a |\n|--|\n| b | c |", "&nbsp;<b>x</b>"] {
            for width in [2, 9, 80] {
                drop(Markdown::parse(text).rows(width));
            }
        }
    }
}

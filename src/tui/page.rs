//! The tweet on the screen: cursor, selection, marks and line breaks.

use std::ops::Range;

use spanlight_models::example::{Span, SpanStructure};
use spanlight_models::prediction::ScoredSpan;

use super::edit::{Mark, Origin, Selection, lanes, mark_at, marks, marks_at};
use super::wrap::Wrapped;
use crate::project::{Known, StoredComment, Tweet, contradicts};

/// The open tweet.
#[derive(Clone, Debug)]
pub struct Page {
    /// The tweet as the store has it.
    pub tweet: Tweet,
    /// Its place in the queue.
    pub index: usize,
    /// The token under the cursor.
    pub cursor: usize,
    /// Selected tokens.
    pub selection: Option<Selection>,
    /// Labels, known names and suggestions.
    pub marks: Vec<Mark>,
    /// The lane below the text in which each of them is drawn, from 0.
    pub lanes: Vec<usize>,
    /// The entity that was chosen among those under the cursor, and where the cursor was then.
    chosen: Option<(usize, Span)>,
    /// Suggestions that contradict a label or a known name, and are listed but not drawn.
    pub contradictions: Vec<ScoredSpan>,
    /// What was written on the tweet and its entities.
    pub comments: Vec<StoredComment>,
    /// Which of the candidate images is shown.
    pub image: usize,
    /// First visible line.
    pub scroll: usize,
    /// Which of the accompanying texts is chosen, and which part of them is seen.
    pub texts: Texts,
    wrapped: Wrapped,
    wrapped_width: usize,
}

/// Where one is in the accompanying texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The chosen one.
    pub chosen: usize,
    /// First visible row.
    pub scroll: usize,
    /// Whether the chosen one is to be brought in sight.
    pub follow: bool,
}

impl Page {
    /// Opens a tweet at its first token.
    pub fn new(tweet: Tweet, index: usize) -> Self {
        Self {
            tweet,
            index,
            cursor: 0,
            selection: None,
            marks: Vec::new(),
            lanes: Vec::new(),
            chosen: None,
            contradictions: Vec::new(),
            comments: Vec::new(),
            image: 0,
            scroll: 0,
            texts: Texts::default(),
            wrapped: Wrapped::default(),
            wrapped_width: 0,
        }
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.tweet.example.tokens.len()
    }

    /// Whether the tweet has no token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Chooses the accompanying text so many further, around the end.
    pub fn choose_text(&mut self, by: isize) {
        let count = self.tweet.example.contexts.len() as isize;
        if count > 0 {
            self.texts.chosen = (self.texts.chosen as isize + by).rem_euclid(count) as usize;
            self.texts.follow = true;
        }
    }

    /// Scrolls the texts, of which `rows` show the chosen one and `total` there are, for `visible` rows.
    pub fn scroll_texts(&mut self, rows: &Range<usize>, total: usize, visible: usize) {
        let texts = &mut self.texts;
        if std::mem::take(&mut texts.follow) {
            let last = rows.end.saturating_sub(visible).min(rows.start);
            texts.scroll = texts.scroll.clamp(last, rows.start);
        }
        texts.scroll = texts.scroll.min(total.saturating_sub(visible));
    }

    /// Takes in the tweet as it is after an edit; the cursor stays.
    pub fn replace(&mut self, tweet: Tweet) {
        if tweet.example.tokens != self.tweet.example.tokens {
            self.wrapped_width = 0;
        }
        let shown = self.tweet.example.images.get(self.image).cloned();
        self.tweet = tweet;
        self.cursor = self.cursor.min(self.len().saturating_sub(1));
        // The same image stays in sight, whichever comes first now.
        let images = &self.tweet.example.images;
        self.image = shown.and_then(|shown| images.iter().position(|id| *id == shown)).unwrap_or(0);
        self.texts.chosen = self.texts.chosen.min(self.tweet.example.contexts.len().saturating_sub(1));
    }

    /// Puts labels, known names and open suggestions together.
    pub fn mark(&mut self, known: &[Known], suggestions: &[ScoredSpan], structure: SpanStructure) {
        self.marks = marks(&self.tweet.example.spans, known, suggestions, self.len(), structure);
        self.lanes = lanes(&self.marks);
        let said = |mark: &&Mark| !matches!(mark.origin, Origin::Suggestion { .. });
        let said: Vec<&Span> = self.marks.iter().filter(said).map(|mark| &mark.span).collect();
        let against = |scored: &&ScoredSpan| {
            !said.contains(&&scored.span) && said.iter().any(|span| contradicts(span, &scored.span, structure))
        };
        self.contradictions = suggestions.iter().filter(against).cloned().collect();
    }

    /// The mark under the cursor: the one that was chosen there, else the shortest.
    pub fn current(&self) -> Option<&Mark> {
        let chosen = self.chosen.as_ref().filter(|(cursor, _)| *cursor == self.cursor).map(|(_, span)| span);
        let over = |mark: &&Mark| mark.span.contains(self.cursor) && Some(&mark.span) == chosen;
        self.marks.iter().find(over).or_else(|| mark_at(&self.marks, self.cursor))
    }

    /// The marks under the cursor, the shortest first.
    pub fn here(&self) -> Vec<&Mark> {
        marks_at(&self.marks, self.cursor)
    }

    /// Chooses an entity among those under the cursor; the choice ends when the cursor moves.
    pub fn choose(&mut self, span: Span) {
        self.chosen = Some((self.cursor, span));
    }

    /// Chooses the next longer entity under the cursor, behind the longest the shortest again; whether there is another one.
    pub fn choose_next_here(&mut self) -> bool {
        let current = self.current().cloned();
        let here = self.here();
        let place = here.iter().position(|mark| Some(*mark) == current.as_ref()).unwrap_or(0);
        let next = here.get((place + 1) % here.len().max(1)).map(|mark| mark.span.clone());
        let several = here.len() > 1;
        if let Some(span) = next {
            self.selection = None;
            self.choose(span);
        }
        several
    }

    /// Number of lanes that the marks need, at least one.
    pub fn lane_count(&self) -> usize {
        self.lanes.iter().max().map_or(1, |lane| lane + 1)
    }

    /// The tokens that the next type key labels: the selection, else the entity under the cursor, else its token.
    pub fn target(&self) -> Range<usize> {
        match (self.selection, self.current()) {
            (Some(selection), _) => selection.range(),
            (None, Some(mark)) => mark.span.start..mark.span.end,
            (None, None) => self.cursor..(self.cursor + 1).min(self.len()),
        }
    }

    /// The text of some tokens, raw.
    pub fn words(&self, tokens: Range<usize>) -> String {
        self.tweet.example.tokens.get(tokens).unwrap_or_default().join(" ")
    }

    /// Breaks the lines for a width, unless they are.
    pub fn wrap(&mut self, width: usize) {
        if self.wrapped_width != width {
            self.wrapped = Wrapped::new(&self.tweet.example.tokens, width);
            self.wrapped_width = width;
        }
    }

    /// The lines, as broken last.
    pub fn wrapped(&self) -> &Wrapped {
        &self.wrapped
    }

    /// Scrolls as little as needed so that the cursor and a line around it are among the `visible` lines.
    pub fn scroll_to_cursor(&mut self, visible: usize) {
        let line = self.wrapped.line_of(self.cursor);
        let margin = usize::from(visible > 2);
        let visible = visible.max(1);
        if line < self.scroll + margin {
            self.scroll = line.saturating_sub(margin);
        } else if line + margin + 1 > self.scroll + visible {
            self.scroll = line + margin + 1 - visible;
        }
        self.scroll = self.scroll.min(self.wrapped.height().saturating_sub(visible));
    }

    /// Moves the cursor; a selection ends with that.
    pub fn go(&mut self, token: usize) {
        self.cursor = token.min(self.len().saturating_sub(1));
        (self.selection, self.chosen) = (None, None);
    }
}

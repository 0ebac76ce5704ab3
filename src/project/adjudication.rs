//! Several labellings of one tweet side by side: what all say, where they differ, and how a difference is settled.
//!
//! Pure data: the voices may be annotators of a merged project ([`Project::voices`]), and a model may be one more.
//!
//! [`Project::voices`]: super::Project::voices

use serde::Serialize;
use spanlight_models::example::{Span, SpanStructure};

use super::State;

/// What one annotator, or a model, says about a tweet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Voice {
    /// Who says it.
    pub name: String,
    /// The entities, in order.
    pub spans: Vec<Span>,
    /// How far the labelling was.
    pub state: State,
    /// What the annotator wrote about the tweet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether the labelling counts as finished; others are there to be read.
    pub counts: bool,
}

/// An entity and who marked it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The entity.
    pub span: Span,
    /// Places of those who marked it among the voices.
    pub by: Vec<usize>,
}

/// In what the voices differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// Somebody marked nothing here.
    Missing,
    /// The same tokens, other types.
    Type,
    /// Other tokens.
    Borders,
}

/// One way to see the tokens of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The entities; none where no entity is seen.
    pub spans: Vec<Span>,
    /// Places of those who see it so among the voices.
    pub by: Vec<usize>,
}

/// Tokens about which the voices differ, apart from all other such tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// In what they differ.
    pub kind: DifferenceKind,
    /// The ways to see it, the most frequent first.
    pub choices: Vec<Choice>,
}

/// All entities that anybody marked, in order, with who did.
pub fn held(voices: &[Voice]) -> Vec<Held> {
    let mut all: Vec<Held> = Vec::new();
    for (place, voice) in voices.iter().enumerate() {
        for span in &voice.spans {
            match all.iter_mut().find(|held| held.span == *span) {
                Some(held) => held.by.push(place),
                None => all.push(Held { span: span.clone(), by: vec![place] }),
            }
        }
    }
    all.sort_by(|one, other| one.span.cmp(&other.span));
    all
}

/// The entities that all marked.
pub fn agreed(voices: &[Voice]) -> Vec<Span> {
    held(voices).into_iter().filter(|held| held.by.len() == voices.len()).map(|held| held.span).collect()
}

/// The entities that more than half marked, and whether some were marked by exactly half, so that nothing is decided.
pub fn majority(voices: &[Voice]) -> (Vec<Span>, bool) {
    let all = held(voices);
    let tied = all.iter().any(|held| 2 * held.by.len() == voices.len());
    let most = all.into_iter().filter(|held| 2 * held.by.len() > voices.len());
    (most.map(|held| held.span).collect(), tied)
}

/// Where the voices differ, from left to right; entities that touch the same tokens are one difference.
pub fn differences(voices: &[Voice]) -> Vec<Difference> {
    let mut groups: Vec<(usize, Vec<Held>)> = Vec::new();
    for held in held(voices).into_iter().filter(|held| held.by.len() < voices.len()) {
        match groups.last_mut() {
            Some((end, group)) if held.span.start < *end => {
                *end = held.span.end.max(*end);
                group.push(held);
            }
            _ => groups.push((held.span.end, vec![held])),
        }
    }
    groups.into_iter().map(|(end, group)| difference(voices.len(), end, &group)).collect()
}

fn difference(voices: usize, end: usize, group: &[Held]) -> Difference {
    let mut choices: Vec<Choice> = Vec::new();
    for voice in 0..voices {
        let own = group.iter().filter(|held| held.by.contains(&voice));
        let spans: Vec<Span> = own.map(|held| held.span.clone()).collect();
        match choices.iter_mut().find(|choice| choice.spans == spans) {
            Some(choice) => choice.by.push(voice),
            None => choices.push(Choice { spans, by: vec![voice] }),
        }
    }
    choices.sort_by_key(|choice| std::cmp::Reverse(choice.by.len()));
    let start = group.iter().map(|held| held.span.start).min().unwrap_or(end);
    let whole = |choice: &Choice| matches!(choice.spans.as_slice(), [span] if (span.start, span.end) == (start, end));
    let kind = if choices.iter().any(|choice| choice.spans.is_empty()) {
        DifferenceKind::Missing
    } else if choices.iter().all(whole) {
        DifferenceKind::Type
    } else {
        DifferenceKind::Borders
    };
    Difference { start, end, kind, choices }
}

/// The entities `spans` of a tweet with `chosen` in the place of a difference; what cannot stand beside them gives way.
pub fn settle(spans: &[Span], difference: &Difference, chosen: &[Span], structure: SpanStructure) -> Vec<Span> {
    let of_difference = |span: &Span| difference.choices.iter().any(|choice| choice.spans.contains(span));
    let beside = |span: &Span| chosen.iter().all(|new| new != span && structure.admits(new, span));
    let stays = |span: &&Span| !of_difference(span) && beside(span);
    let mut settled: Vec<Span> = spans.iter().filter(stays).chain(chosen).cloned().collect();
    settled.sort();
    settled
}

/// What became of the labels in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabelChange {
    /// One of [`LabelChange::KINDS`].
    pub kind: &'static str,
    /// The entities that were there.
    pub before: Vec<Span>,
    /// The entities that are there.
    pub after: Vec<Span>,
}

impl LabelChange {
    /// What a change can be.
    pub const KINDS: [&'static str; 4] = ["added", "removed", "type", "borders"];

    fn new(difference: &Difference) -> Self {
        let of = |voice: usize| {
            let mut choices = difference.choices.iter().filter(|choice| choice.by.contains(&voice));
            choices.next().map(|choice| choice.spans.clone()).unwrap_or_default()
        };
        let (before, after) = (of(0), of(1));
        let kind = match difference.kind {
            DifferenceKind::Missing if before.is_empty() => "added",
            DifferenceKind::Missing => "removed",
            DifferenceKind::Type => "type",
            DifferenceKind::Borders => "borders",
        };
        Self { kind, before, after }
    }

    /// The entities with their words, in a sentence: `[Ada] PER becomes [Ada] LOC`.
    pub fn told(&self, tokens: &[String]) -> String {
        format!("{} becomes {}", told(&self.before, tokens), told(&self.after, tokens))
    }
}

/// Entities with their words: `[Ada] PER [Rome] LOC`.
pub fn told(spans: &[Span], tokens: &[String]) -> String {
    let one = |span: &Span| {
        let words = tokens.get(span.start..span.end).unwrap_or_default().join(" ");
        format!("[{words}] {}", span.label)
    };
    if spans.is_empty() { "nothing".to_owned() } else { spans.iter().map(one).collect::<Vec<_>>().join(" ") }
}

/// What lies between two labellings of one tweet, from left to right.
pub fn changes(before: &[Span], after: &[Span]) -> Vec<LabelChange> {
    let voice = |spans: &[Span]| Voice {
        name: String::new(),
        spans: spans.to_vec(),
        state: State::default(),
        note: None,
        counts: true,
    };
    differences(&[voice(before), voice(after)]).iter().map(LabelChange::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(name: &str, spans: &[(&str, usize, usize)]) -> Voice {
        let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
        Voice { name: name.to_owned(), spans, state: State::Done, note: None, counts: true }
    }

    #[test]
    fn differences_are_told_apart_and_settled_one_by_one() {
        let voices = [
            voice("ann", &[("PER", 0, 1), ("LOC", 2, 4), ("ORG", 6, 7), ("ORG", 8, 9)]),
            voice("bo", &[("PER", 0, 1), ("LOC", 2, 3), ("PER", 6, 7)]),
            voice("cy", &[("PER", 0, 1), ("LOC", 2, 4), ("PER", 6, 7)]),
        ];
        let found = differences(&voices);
        let kinds: Vec<_> = found.iter().map(|one| (one.start, one.end, one.kind)).collect();
        let expected = [(2, 4, DifferenceKind::Borders), (6, 7, DifferenceKind::Type), (8, 9, DifferenceKind::Missing)];
        assert_eq!(kinds, expected);
        assert_eq!((found[0].choices[0].by.as_slice(), found[2].choices[0].by.as_slice()), (&[0, 2][..], &[1, 2][..]));
        assert!(found[2].choices[0].spans.is_empty());
        assert_eq!(agreed(&voices), [Span::new("PER", 0, 1)]);

        let mut spans = agreed(&voices);
        for one in &found {
            spans = settle(&spans, one, &one.choices[0].spans, SpanStructure::Flat);
        }
        assert_eq!(spans, [Span::new("PER", 0, 1), Span::new("LOC", 2, 4), Span::new("PER", 6, 7)]);
        assert_eq!(majority(&voices), (spans.clone(), false));
        // Another answer, and one that nobody gave.
        spans = settle(&spans, &found[0], &found[0].choices[1].spans, SpanStructure::Flat);
        assert_eq!(spans[1], Span::new("LOC", 2, 3));
        spans = settle(&spans, &found[1], &[Span::new("MISC", 5, 8)], SpanStructure::Flat);
        assert_eq!(spans[2], Span::new("MISC", 5, 8));
    }

    #[test]
    fn half_is_no_majority_and_one_voice_differs_from_nobody() {
        let voices = [voice("ann", &[("PER", 0, 1)]), voice("bo", &[("LOC", 0, 1)])];
        assert_eq!(majority(&voices), (Vec::new(), true));
        assert!(differences(&voices[..1]).is_empty() && differences(&[]).is_empty());
    }
}

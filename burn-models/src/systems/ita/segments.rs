//! The contexts of a tweet as the segments that stand behind it (ITA, sections 2.2 and 3.1).

use crate::encoders::text::Tokenizer;
use crate::example::{Context, ContextKind};
use crate::input::Row;

use super::ItaConfig;

/// Most words of object tags.
const TAG_WORDS: usize = 100;

/// Adds the contexts that are read to a row, as far as the budget and the encoder allow.
pub fn append(row: &mut Row, contexts: &[Context], config: &ItaConfig, pieces: &Tokenizer) {
    let limit = config.text.longest().min(row.own_pieces() + config.budget);
    for (context, words) in segments(contexts, &config.contexts) {
        row.add_context(context, words, pieces, limit);
    }
}

/// Words between two separators, with the place of their context: a kind after the other, each caption on its own.
fn segments<'a>(contexts: &'a [Context], kinds: &[ContextKind]) -> Vec<(usize, Vec<&'a str>)> {
    let of_kind = |kind: ContextKind| contexts.iter().enumerate().filter(move |(_, context)| context.kind == kind);
    let split = |(place, context): (usize, &'a Context)| {
        let parts: Vec<Vec<&str>> = match context.kind {
            ContextKind::Caption => {
                let listed = context.items.iter().map(|item| item.text.as_str());
                std::iter::once(context.text.as_str())
                    .chain(listed)
                    .map(|text| text.split_whitespace().collect())
                    .collect()
            }
            ContextKind::Tags => vec![context.words().take(TAG_WORDS).collect()],
            _ => vec![context.words().collect()],
        };
        parts.into_iter().filter(|words| !words.is_empty()).map(move |words| (place, words))
    };
    kinds.iter().flat_map(|kind| of_kind(*kind)).flat_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::ContextItem;

    #[test]
    fn kinds_come_in_the_chosen_order_and_captions_one_by_one() {
        let item = |text: &str| ContextItem { text: text.to_owned(), score: None };
        let listing = |kind, items: &[&str]| Context {
            items: items.iter().map(|text| item(text)).collect(),
            ..Context::new(kind, "")
        };
        let contexts = [
            Context::new(ContextKind::Ocr, "read  me"),
            listing(ContextKind::Caption, &["a man", "a dog"]),
            listing(ContextKind::Tags, &["red ball", "man"]),
            Context::new(ContextKind::Caption, " "),
            Context::new(ContextKind::Other, "unread"),
        ];
        let found = segments(&contexts, &[ContextKind::Caption, ContextKind::Tags, ContextKind::Ocr]);
        let expected =
            [(1, vec!["a", "man"]), (1, vec!["a", "dog"]), (2, vec!["red", "ball", "man"]), (0, vec!["read", "me"])];
        assert_eq!(found, expected);
        let many = vec!["tag"; 300].join(" ");
        assert_eq!(segments(&[Context::new(ContextKind::Tags, many)], &[ContextKind::Tags])[0].1.len(), TAG_WORDS);
    }
}

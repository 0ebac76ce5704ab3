//! How likely every type is for every word.

use crate::model::{Reading, Tagger};

/// For every token of a tweet the probabilities of the types in the model's order, and last that of no entity; `tokens` rows.
pub fn chances(tagger: &dyn Tagger, reading: &Reading, tokens: usize) -> Vec<Vec<f32>> {
    let (types, scheme, answer) = (tagger.labels().len(), tagger.scheme(), &reading.answer);
    let mut chances = Vec::with_capacity(tokens);
    for chain in &answer.chains {
        for word in chain.marginals(&chain.recursions()).chunks(chain.tags()) {
            let mut own = vec![0.0; types + 1];
            for (tag, chance) in word.iter().enumerate() {
                let place = scheme.split_index(tag).map_or(types, |(_, label)| label.min(types));
                own[place] += *chance as f32;
            }
            chances.push(own);
        }
    }
    if !answer.chains.is_empty() {
        return chances;
    }
    // Systems that read phrases say how sure they are of the phrases that they found.
    for token in 0..tokens {
        let mut own = vec![0.0; types + 1];
        let found = answer.prediction.spans.iter().find(|scored| scored.span.contains(token));
        let chance = found.map_or(0.0, |scored| scored.probability);
        if let Some(label) = found.and_then(|scored| tagger.labels().index_of(&scored.span.label)) {
            own[label] = chance;
        }
        own[types] = 1.0 - chance;
        chances.push(own);
    }
    chances
}

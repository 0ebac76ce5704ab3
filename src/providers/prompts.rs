//! What a vision-language model is asked, by kind of context.

use spanlight_models::example::ContextKind;

/// MMAVK's question (the wording of the paper's figure is lost; what it asks about is in its section 3.1): the image
/// alone, the four classes, and what to look for.
const KNOWLEDGE: &str = "\
Look only at this image. List, in short sentences, what could help to recognise names in a post about it.
1. Any readable text, slogans, signs, logos, and names, copied exactly.
2. People: who or what kind of person, how many, recognisable faces, uniforms.
3. Places: landmarks, attractions, maps, flags, type of location.
4. Organisations, teams, brands, products, works, events.
Write \"none\" for a point that does not apply. Do not guess names that you cannot see or recognise. At most 120 words.";

const CAPTION: &str = "Describe this image in one sentence of at most 20 words. Write nothing else.";

const TAGS: &str = "\
List the objects in this image, the most important first, each with its attributes before it (for example: red car). \
Separate them by commas. At most 30. Write nothing else.";

const OCR: &str = "\
Copy all text that can be read in this image exactly, line by line. If there is none, write \"none\". Write nothing else.";

/// The questions; what is absent is asked in the built-in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prompts {
    /// For captions.
    pub caption: Option<String>,
    /// For tags.
    pub tags: Option<String>,
    /// For text in the image.
    pub ocr: Option<String>,
    /// For knowledge.
    pub knowledge: Option<String>,
    /// For anything else; there are no built-in words.
    pub other: Option<String>,
}

impl Prompts {
    /// The question for a kind of context.
    pub fn of(&self, kind: ContextKind) -> Option<&str> {
        let (own, usual) = match kind {
            ContextKind::Caption => (&self.caption, Some(CAPTION)),
            ContextKind::Tags => (&self.tags, Some(TAGS)),
            ContextKind::Ocr => (&self.ocr, Some(OCR)),
            ContextKind::Knowledge => (&self.knowledge, Some(KNOWLEDGE)),
            ContextKind::Other => (&self.other, None),
        };
        own.as_deref().or(usual)
    }
}

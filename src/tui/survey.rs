//! What needs every tweet of the project to be read, beside the screen with a view of the store of its own.

use std::path::Path;

use crate::project::{Project, TypeEdit, TypePreview, TypeUse};

/// How many of the words that were labelled most with a type are shown.
const EXAMPLES: usize = 12;

/// What is to be found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Survey {
    /// What a change of the types would do.
    Preview(TypeEdit),
    /// The labels of each type.
    Uses,
}

/// What was found out, or why not.
#[derive(Clone, Debug)]
pub enum Found {
    /// What that change would do.
    Preview(Box<(TypeEdit, Result<TypePreview, String>)>),
    /// The labels of each type.
    Uses(Result<Vec<TypeUse>, String>),
}

/// Looks at the project in `dir`, however long that takes.
pub fn look(dir: &Path, survey: Survey) -> Found {
    let project = Project::open_read_only(dir);
    match survey {
        Survey::Preview(edit) => {
            let preview = project.and_then(|project| project.preview_types(&edit));
            Found::Preview(Box::new((edit, preview.map_err(|error| error.to_string()))))
        }
        Survey::Uses => {
            let uses = project.and_then(|project| project.types_in_use(EXAMPLES));
            Found::Uses(uses.map_err(|error| error.to_string()))
        }
    }
}

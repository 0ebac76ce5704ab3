//! The dialog in which the entity types of the project are made, described, renamed, merged and removed.

use tui_input::Input;

use super::dialog::List;
use crate::project::{EntityType, LabelsOfRemoved, TypeEdit, TypePreview};

/// Where one is in the dialog.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and in a box")]
pub enum Scheme {
    /// The types and, last, a new one.
    Types(List),
    /// One type's fields, and what else can be done with it.
    Form(Form),
    /// The type that another one is merged into.
    Into {
        /// The type that goes.
        name: String,
        /// The types that may stay.
        list: List,
    },
    /// What a change would do, before it is made.
    Preview(Box<Preview>),
}

/// The lines of a form that are typed into.
pub const FIELDS: [&str; 4] = ["name", "key", "colour", "meaning"];

/// What else can be done with a type, below its fields.
pub const COMMANDS: [&str; 3] =
    ["merge into another type …", "remove, if it has no labels", "remove, and take its labels away …"];

/// A type while it is written.
#[derive(Clone, Debug)]
pub struct Form {
    /// The type; none while it is new.
    pub name: Option<String>,
    /// What stands in the fields.
    pub fields: [Input; FIELDS.len()],
    /// The row with the cursor.
    pub row: usize,
}

impl Form {
    /// A form of a type, or of a new one.
    pub fn of(entry: Option<&EntityType>) -> Self {
        let new = EntityType::default();
        let known = entry.unwrap_or(&new);
        let key = known.key.map(String::from).unwrap_or_default();
        let texts = [
            known.name.clone(),
            key,
            known.color.clone().unwrap_or_default(),
            known.description.clone().unwrap_or_default(),
        ];
        Self { name: entry.map(|entry| entry.name.clone()), fields: texts.map(Input::new), row: 0 }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        if self.name.is_some() { FIELDS.len() + COMMANDS.len() } else { FIELDS.len() }
    }

    /// What is asked for in the row with the cursor; what is wrong where that cannot be.
    pub fn edit(&self) -> Result<TypeEdit, String> {
        let remove = |labels| Ok(TypeEdit::Remove { name: self.name.clone().unwrap_or_default(), labels });
        match self.row.checked_sub(FIELDS.len()) {
            Some(1) => return remove(LabelsOfRemoved::MustBeNone),
            Some(2) => return remove(LabelsOfRemoved::Drop),
            _ => {}
        }
        let [name, key, color, description] = self.fields.each_ref().map(|field| field.value().trim());
        let mut keys = key.chars();
        let (key, more) = (keys.next(), keys.next());
        if more.is_some() {
            return Err("a key is one character".to_owned());
        }
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (color, description) = (given(color), given(description));
        let to = EntityType { name: name.to_owned(), key, color, description, was: Vec::new() };
        Ok(match &self.name {
            Some(name) => TypeEdit::Change { name: name.clone(), to },
            None => TypeEdit::Add(to),
        })
    }
}

/// A change before it is made.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The change.
    pub edit: TypeEdit,
    /// What it would do, or why it cannot be; `None` while that is being found out.
    pub said: Option<Result<TypePreview, String>>,
    /// The first of the labels that is shown.
    pub list: List,
}

impl Preview {
    /// A change that is being looked at.
    pub fn of(edit: TypeEdit) -> Self {
        Self { edit, said: None, list: List::default() }
    }
}

impl Scheme {
    /// The line that is typed into, where there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Self::Types(list) | Self::Into { list, .. } => Some(&mut list.filter),
            Self::Form(form) => form.fields.get_mut(form.row),
            Self::Preview(_) => None,
        }
    }

    /// The list, where there is one.
    pub fn list(&mut self) -> Option<&mut List> {
        match self {
            Self::Types(list) | Self::Into { list, .. } => Some(list),
            Self::Preview(preview) => Some(&mut preview.list),
            Self::Form(_) => None,
        }
    }
}

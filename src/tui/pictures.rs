//! Which picture the screen wants, and which it has.

use crate::graphics::{Loader, Picture, PictureRequest, Rendered};

/// The picture on the screen.
#[derive(Debug)]
pub struct Pictures {
    loader: Option<Loader>,
    wanted: Option<PictureRequest>,
    shown: Option<Rendered>,
}

/// What can be shown in place of the wanted picture.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// The picture; its overlay may be of a moment ago.
    Picture(&'a Picture),
    /// It is being made.
    Loading,
    /// There is none, and why.
    Failed(&'a str),
}

impl Pictures {
    /// Pictures made by `loader`; without one, none are shown.
    pub fn new(loader: Option<Loader>) -> Self {
        Self { loader, wanted: None, shown: None }
    }

    /// Whether pictures can be made at all.
    pub fn available(&self) -> bool {
        self.loader.is_some()
    }

    /// Says what the screen has place for; asks for it if that is new.
    pub fn want(&mut self, request: Option<PictureRequest>) {
        if self.wanted == request {
            return;
        }
        if let (Some(loader), Some(request)) = (&self.loader, &request) {
            loader.render(request.clone());
        }
        self.wanted = request;
    }

    /// Has a file decoded ahead of its use.
    pub fn prefetch(&self, path: std::path::PathBuf) {
        if let Some(loader) = &self.loader {
            loader.prefetch(path);
        }
    }

    /// Takes in a finished picture; returns whether the screen changes by it.
    pub fn receive(&mut self, rendered: Rendered) -> bool {
        let useful = self.wanted.as_ref().is_some_and(|wanted| fits(&rendered.request, wanted));
        if useful {
            self.shown = Some(rendered);
        }
        useful
    }

    /// Looks at the files anew, also at those that could not be shown.
    pub fn refresh(&mut self) {
        if let Some(loader) = &self.loader {
            loader.forget();
        }
        self.wanted = None;
        self.shown = None;
    }

    /// Whether the picture shown is exactly the one that is wanted.
    #[cfg(test)]
    pub fn settled(&self) -> bool {
        self.wanted.as_ref() == self.shown.as_ref().map(|shown| &shown.request) || self.wanted.is_none()
    }

    /// What stands for the wanted picture now.
    pub fn shown(&self, request: &PictureRequest) -> Shown<'_> {
        match self.shown.as_ref().filter(|shown| fits(&shown.request, request)) {
            Some(Rendered { result: Ok(picture), .. }) => Shown::Picture(picture),
            Some(Rendered { result: Err(reason), .. }) => Shown::Failed(reason),
            None => Shown::Loading,
        }
    }
}

/// Whether a picture can stand where another is wanted: the same file in the same size, whatever lies over it.
fn fits(made: &PictureRequest, wanted: &PictureRequest) -> bool {
    made.path == wanted.path && (made.columns, made.rows) == (wanted.columns, wanted.rows)
}

//! Which pictures the screen wants, and which it has.

use crate::graphics::{Loader, Picture, PictureRequest, Rendered};

/// The pictures on the screen.
#[derive(Debug)]
pub struct Pictures {
    loader: Option<Loader>,
    wanted: Vec<PictureRequest>,
    made: Vec<Rendered>,
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
        Self { loader, wanted: Vec::new(), made: Vec::new() }
    }

    /// Whether pictures can be made at all.
    pub fn available(&self) -> bool {
        self.loader.is_some()
    }

    /// Says what the screen has place for; asks for what of it is new.
    pub fn want(&mut self, requests: Vec<PictureRequest>) {
        if self.wanted == requests {
            return;
        }
        self.wanted = requests;
        let Self { loader, wanted, made } = self;
        made.retain(|made| wanted.iter().any(|wanted| fits(&made.request, wanted)));
        let missing: Vec<PictureRequest> =
            wanted.iter().filter(|wanted| !made.iter().any(|made| made.request == **wanted)).cloned().collect();
        if let (Some(loader), false) = (loader, missing.is_empty()) {
            loader.render(missing);
        }
    }

    /// Has a file decoded ahead of its use.
    pub fn prefetch(&self, path: std::path::PathBuf) {
        if let Some(loader) = &self.loader {
            loader.prefetch(path);
        }
    }

    /// Takes in a finished picture; returns whether the screen changes by it.
    pub fn receive(&mut self, rendered: Rendered) -> bool {
        let useful = self.wanted.iter().any(|wanted| fits(&rendered.request, wanted));
        if useful {
            // What a place showed goes, unless another place still wants just that.
            let wanted = &self.wanted;
            self.made.retain(|made| {
                made.request != rendered.request
                    && (!fits(&made.request, &rendered.request) || wanted.contains(&made.request))
            });
            self.made.push(rendered);
        }
        useful
    }

    /// Looks at the files anew, also at those that could not be shown.
    pub fn refresh(&mut self) {
        if let Some(loader) = &self.loader {
            loader.forget();
        }
        self.wanted.clear();
        self.made.clear();
    }

    /// Whether the pictures shown are exactly those that are wanted.
    #[cfg(test)]
    pub fn settled(&self) -> bool {
        self.wanted.iter().all(|wanted| self.made.iter().any(|made| made.request == *wanted))
    }

    /// What stands for a wanted picture now: itself, or the same one under another map.
    pub fn shown(&self, request: &PictureRequest) -> Shown<'_> {
        let exact = self.made.iter().find(|made| made.request == *request);
        match exact.or_else(|| self.made.iter().find(|made| fits(&made.request, request))) {
            Some(Rendered { result: Ok(picture), .. }) => Shown::Picture(picture),
            Some(Rendered { result: Err(reason), .. }) => Shown::Failed(reason),
            None => Shown::Loading,
        }
    }
}

/// Whether a picture can stand where another is wanted: the same file in the same size, whatever lies over it.
fn fits(made: &PictureRequest, wanted: &PictureRequest) -> bool {
    made.path == wanted.path && (made.columns, made.rows, made.pixels) == (wanted.columns, wanted.rows, wanted.pixels)
}

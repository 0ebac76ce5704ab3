//! The inspector: questions about where words looked, and keys that choose what of the answers is seen.

use std::ops::Range;
use std::path::PathBuf;

use spanlight_models::alignment::{Alignment, Map};
use spanlight_models::attribution::{Direction, Method, Unit};
use spanlight_models::encoders::image::Rectangle;
use spanlight_models::image_file;
use spanlight_models::trust::Order;

use super::App;
use super::keys::looks_only;
use crate::figure::{Asked, Look, Looked, Side};
use crate::file_name::file_name;
use crate::tui::action::{Action, Context};
use crate::tui::command::Command;
use crate::tui::exporter::{self, Export, Exported};
use crate::tui::inspect::{Against, Inspector, stepped};
use crate::tui::message::Message;
use crate::tui::page::Page;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::worker::{Insight, Question, Request, Which, WorkItem};

/// What there is to go through.
#[derive(Default)]
struct Extent {
    layers: Vec<usize>,
    /// Layer and head of every map.
    heads: Vec<(usize, usize)>,
    /// Rows and columns of the regions.
    grid: (usize, usize),
}

impl App {
    /// Goes over to the inspector; `alone` where there is no way back.
    pub fn open_inspector(&mut self, alone: bool) {
        self.inspector = Some(Inspector::new(alone));
        self.question();
    }

    /// Does a command on the inspector's screen.
    pub(super) fn perform_in_inspector(&mut self, command: Command) {
        match command {
            Command::Act(action) if action.context() == Context::Inspect => self.act_on_inspector(action),
            Command::Act(action) if works_here(action) => {
                let before = self.page.as_ref().map(Page::target);
                self.step(action);
                let after = self.page.as_ref().map(Page::target);
                // Another name has another brightest region.
                if let Some(inspector) = self.inspector.as_mut().filter(|_| before != after) {
                    inspector.region = None;
                }
            }
            _ => {
                let back = self.key_of(Action::LeaveInspector);
                self.say(Tone::Plain, format!("that is done on the annotation screen; {back} goes back to it"));
            }
        }
        self.question();
    }

    /// Pieces of a word are gone through before the next word.
    fn step(&mut self, action: Action) {
        let pieces = self.pieces_here().len();
        let Some(inspector) = self.inspector.as_mut().filter(|inspector| inspector.unit == Unit::SubToken) else {
            return self.act(action);
        };
        match action {
            Action::NextToken if inspector.piece + 1 < pieces => inspector.piece += 1,
            Action::PreviousToken if inspector.piece > 0 => inspector.piece -= 1,
            _ => {
                inspector.piece = 0;
                return self.act(action);
            }
        }
        self.dirty = true;
    }

    fn act_on_inspector(&mut self, action: Action) {
        let methods = self.model.card.as_ref().map(|card| card.methods.clone()).unwrap_or_default();
        let (Extent { layers, heads, grid }, region) = (self.extent(), self.region());
        let recorded = self.recorded_maps;
        let Some(inspector) = &mut self.inspector else { return };
        match action {
            Action::LeaveInspector if inspector.alone => {
                let quit = self.key_of(Action::Quit);
                self.say(Tone::Plain, format!("{quit} leaves; to label, open the corpus with `spanlight annotate`"));
            }
            Action::LeaveInspector => self.inspector = None,
            Action::NextMethod => inspector.step_method(&methods, 1),
            Action::PreviousMethod => inspector.step_method(&methods, -1),
            Action::NextHead => inspector.step_head(&heads, 1),
            Action::PreviousHead => inspector.step_head(&heads, -1),
            Action::NextLayer => inspector.step_layer(&layers, 1),
            Action::PreviousLayer => inspector.step_layer(&layers, -1),
            Action::SwitchUnit => {
                inspector.region = None;
                inspector.unit = stepped(&[Unit::Span, Unit::Word, Unit::SubToken], inspector.unit, 1);
                inspector.piece = 0;
            }
            Action::SwitchDirection => inspector.direction = stepped(&Direction::ALL, inspector.direction, 1),
            Action::SwitchScale => inspector.step_scale(),
            Action::SwitchAgainst => inspector.against = inspector.against.next(recorded),
            Action::SwitchHeadOrder => inspector.order = stepped(&Order::ALL, inspector.order, 1),
            Action::CheckByHiding => inspector.checked = true,
            Action::ExportMap => self.export_map(),
            Action::RegionLeft => inspector.region = Some(moved(region, grid, (-1, 0))),
            Action::RegionRight => inspector.region = Some(moved(region, grid, (1, 0))),
            Action::RegionUp => inspector.region = Some(moved(region, grid, (0, -1))),
            Action::RegionDown => inspector.region = Some(moved(region, grid, (0, 1))),
            Action::HeadsDown => inspector.scroll += 1,
            Action::HeadsUp => inspector.scroll = inspector.scroll.saturating_sub(1),
            _ => {}
        }
    }

    /// The region under the cursor, else the brightest of the map.
    pub(in crate::tui) fn region(&self) -> usize {
        let chosen = self.inspector.as_ref().and_then(|inspector| inspector.region);
        let brightest = || {
            let question = self.primary()?;
            self.map_of(self.insight(&question)?.ok()?).ok()?.1.brightest()
        };
        chosen.or_else(brightest).unwrap_or(0)
    }

    /// Layers and heads of the maps, and rows and columns of their regions.
    fn extent(&self) -> Extent {
        let insight = self.primary().and_then(|question| self.insight(&question)?.ok());
        let Some(alignment) = insight.and_then(|insight| insight.alignment.as_ref()) else {
            return Extent::default();
        };
        Extent { layers: alignment.layers(), heads: alignment.heads(), grid: alignment.regions.shape() }
    }

    /// Asks what the inspector shows and was not told yet.
    pub(super) fn question(&mut self) {
        let Some(page) = &self.page else { return };
        let tweet = page.tweet.id;
        if self.inspector.is_none() || self.model.card.is_none() || self.model.gone {
            return;
        }
        let questions = [self.primary(), self.secondary(), self.hiding()];
        let images: Vec<String> = questions.iter().flatten().filter_map(|question| question.image.clone()).collect();
        self.measure(&images);
        let Some(inspector) = &mut self.inspector else { return };
        inspector.insights.turn_to(tweet);
        let new: Vec<Question> =
            questions.into_iter().flatten().filter(|question| inspector.insights.ask(question)).collect();
        for question in new {
            if let Some(item) = self.item_for(&question) {
                self.ask(Request::Inspect(question, item));
            }
        }
    }

    /// Notes how large images are, which only their boxes need to know.
    fn measure(&mut self, images: &[String]) {
        let Some(inspector) = &mut self.inspector else { return };
        for id in images {
            if !inspector.sizes.contains_key(id)
                && let Some(info) = self.project.images().find(id).and_then(|path| image_file::probe(&path).ok())
            {
                inspector.sizes.insert(id.clone(), [info.width, info.height]);
            }
        }
    }

    /// The tweet with the image that a question is about as the preferred one.
    fn item_for(&self, question: &Question) -> Option<WorkItem> {
        let mut item = self.work_item(question.tweet)?;
        item.image = question.image.as_ref().and_then(|id| self.project.images().find(id));
        if let Some(id) = &question.image {
            item.example.images.retain(|other| other != id);
            item.example.images.insert(0, id.clone());
        }
        Some(item)
    }

    /// What is asked for the map.
    pub(in crate::tui) fn primary(&self) -> Option<Question> {
        let (inspector, page) = (self.inspector.as_ref()?, self.page.as_ref()?);
        let methods = &self.model.card.as_ref()?.methods;
        // A model without the method is asked all the same where it has none: its answer says why.
        let method =
            if methods.contains(&inspector.method) || methods.is_empty() { inspector.method } else { methods[0] };
        let image = self.image_id().map(str::to_owned);
        Some(Question { tweet: page.tweet.id, image, model: Which::InUse, method, unit: inspector.rows() })
    }

    /// What is asked for the map that it is compared with.
    pub(in crate::tui) fn secondary(&self) -> Option<Question> {
        let (inspector, page, first) = (self.inspector.as_ref()?, self.page.as_ref()?, self.primary()?);
        let methods = &self.model.card.as_ref()?.methods;
        match inspector.against {
            Against::Nothing => None,
            Against::OtherModel => Some(Question { model: Which::Other, ..first }),
            Against::OtherMethod => Some(Question { method: stepped(methods, first.method, 1), ..first }),
            Against::NoImage => Some(Question { image: None, ..first }),
            // Files know words, whatever pieces a model reads.
            Against::Recorded => Some(Question { model: Which::Recorded, unit: Unit::Word, ..first }),
            Against::OtherImage => {
                let images = &page.tweet.example.images;
                let others = images.iter().cycle().skip(page.image + 1).take(images.len().saturating_sub(1));
                let next = others.into_iter().find(|id| self.project.images().find(id).is_some())?;
                Some(Question { image: Some(next.clone()), ..first })
            }
        }
    }

    /// What is asked to see whether the brightest region matters.
    pub(in crate::tui) fn hiding(&self) -> Option<Question> {
        let asked = self.inspector.as_ref().is_some_and(|inspector| inspector.checked);
        let has = self.model.card.as_ref()?.methods.contains(&Method::Occlusion);
        self.primary().filter(|_| asked && has).map(|first| Question { method: Method::Occlusion, ..first })
    }

    /// Has what is shown written into files.
    fn export_map(&mut self) {
        let Some(export) = self.export() else { return self.say(Tone::Plain, "there is no map to write yet") };
        self.say(Tone::Plain, "writing the figure …");
        self.aside("figures", move || Message::Exported(exporter::write(&export)));
    }

    /// What is to be written: the map, and the one that it is compared with.
    pub(in crate::tui) fn export(&self) -> Option<Export> {
        let (page, inspector, first) = (self.page.as_ref()?, self.inspector.as_ref()?, self.primary()?);
        let insight = self.insight(&first)?.ok()?;
        // A figure is of one image.
        let second = self.secondary().filter(|second| second.image == first.image);
        let mut sides = vec![side(&first, insight)];
        if let Some((second, Ok(other))) = second.and_then(|second| Some((second.clone(), self.insight(&second)?))) {
            let mut other = side(&second, other);
            // Two methods of one model are two maps of one side.
            if second.model == first.model {
                sides[0].maps.append(&mut other.maps);
            } else {
                sides.push(other);
            }
        }
        let checkpoints = sides.iter().map(|side| side.name.clone()).collect();
        let rows = self.inspected_rows(insight);
        let piece = (inspector.unit == Unit::SubToken).then(|| (rows.start, self.inspected_words(insight)));
        let tokens = if piece.is_some() { page.cursor..page.cursor + 1 } else { rows };
        let label = page.marks.iter().find(|mark| (mark.span.start..mark.span.end) == tokens);
        let asked = Asked { tokens, piece, label: label.map(|mark| mark.span.label.clone()) };
        // Beside the project, or where the program was started where the project does not last.
        let folder = if inspector.alone { PathBuf::from("figures") } else { self.project.dir().join("figures") };
        Some(Export {
            stem: format!("{}.{}.{}", file_name(&page.tweet.example.id), asked.key(), first.method),
            example: page.tweet.example.clone(),
            spans: page.marks.iter().map(|mark| mark.span.clone()).collect(),
            labels: self.project.settings().labels.clone(),
            image: first.image.and_then(|id| Some((id.clone(), self.project.images().find(&id)?))),
            checkpoints,
            sides,
            look: Look {
                unit: inspector.unit,
                selection: inspector.selection,
                to_tokens: inspector.direction == Direction::ToTokens,
                scale: inspector.scale,
                colors: self.theme.heat_map,
                style: self.looks.heat_style,
            },
            asked,
            fonts: self.config.settings.fonts.clone(),
            folder,
        })
    }

    /// Tells what became of an export.
    pub(super) fn exported(&mut self, written: Result<Exported, String>) {
        match written {
            Ok(Exported { picture, missing_letters: 0 }) => {
                self.say(Tone::Good, format!("written: {} (also .svg, .npz, .json)", picture.display()));
            }
            Ok(Exported { picture, missing_letters }) => {
                let letters = text::counted(missing_letters, "letter");
                let told = format!(
                    "written: {}; no font has {letters}: `fonts` in settings.toml names one",
                    picture.display()
                );
                self.say(Tone::Bad, told);
            }
            Err(reason) => self.say(Tone::Bad, format!("the figure was not written: {reason}")),
        }
    }

    /// The answer to a question, as far as it is there.
    pub(in crate::tui) fn insight(&self, question: &Question) -> Option<Result<&Insight, &str>> {
        let answer = self.inspector.as_ref()?.insights.get(question)?;
        Some(answer.as_ref().map(Box::as_ref).map_err(String::as_str))
    }

    /// Takes an answer in.
    pub(super) fn inspected(&mut self, question: Question, answer: Result<Box<Insight>, String>) {
        if let Some(inspector) = &mut self.inspector {
            inspector.insights.answered(question, answer);
        }
    }

    /// The rows of an insight that the map is of.
    pub(in crate::tui) fn inspected_rows(&self, insight: &Insight) -> Range<usize> {
        let (Some(inspector), Some(page)) = (&self.inspector, &self.page) else { return 0..0 };
        match inspector.unit {
            Unit::Span => page.target(),
            Unit::Word => page.cursor..(page.cursor + 1).min(page.len()),
            Unit::SubToken if insight.pieces.is_empty() => page.cursor..(page.cursor + 1).min(page.len()),
            Unit::SubToken => {
                let of_token = |piece: &spanlight_models::attribution::Piece| piece.token == page.cursor;
                let first = insight.pieces.iter().position(of_token).unwrap_or(0);
                let count = insight.pieces.iter().filter(|piece| of_token(piece)).count();
                let place = first + inspector.piece.min(count.saturating_sub(1));
                place..(place + 1).min(insight.pieces.len())
            }
        }
    }

    /// The pieces of the word under the cursor.
    fn pieces_here(&self) -> Vec<String> {
        let insight = self.primary().and_then(|question| self.insight(&question)?.ok());
        let (Some(insight), Some(page)) = (insight, &self.page) else { return Vec::new() };
        let own = insight.pieces.iter().filter(|piece| piece.token == page.cursor);
        own.map(|piece| piece.text.clone()).collect()
    }

    /// The gold boxes of the words on the image that a map lies over, in fractions of it.
    pub(in crate::tui) fn inspected_boxes(&self, alignment: &Alignment) -> Vec<Rectangle> {
        let (Some(page), Some(image), Some(inspector)) = (&self.page, alignment.image(), &self.inspector) else {
            return Vec::new();
        };
        let target = page.target();
        let size = inspector.sizes.get(image).copied();
        size.map(|size| page.tweet.example.boxes_of(target.start, target.end, image, size)).unwrap_or_default()
    }

    /// What the map is of, in words: the entity, the word, or the piece.
    pub(in crate::tui) fn inspected_words(&self, insight: &Insight) -> String {
        let rows = self.inspected_rows(insight);
        let unit = self.inspector.as_ref().map_or(Unit::Span, |inspector| inspector.unit);
        match unit {
            Unit::SubToken => insight.pieces.get(rows.start).map(|piece| piece.text.clone()).unwrap_or_default(),
            Unit::Word | Unit::Span => self.page.as_ref().map(|page| page.words(rows)).unwrap_or_default(),
        }
    }

    /// The map of an insight from the words to the regions, or why there is none.
    pub(in crate::tui) fn map_of<'a>(&self, insight: &'a Insight) -> Result<(&'a Alignment, Map), String> {
        let inspector = self.inspector.as_ref().ok_or("nothing is inspected")?;
        let alignment = insight.alignment.as_ref().ok_or("the tweet was read without an image")?;
        let rows = self.inspected_rows(insight);
        // A head that this model or method does not have is shown by the mean.
        let selection = inspector.selection;
        let known = alignment.maps.iter().any(|map| selection.includes(map.layer, map.head));
        let selection = if known { selection } else { spanlight_models::alignment::Selection::Mean };
        let map = alignment.to_regions(rows, selection).map_err(|error| error.to_string())?;
        Ok((alignment, map))
    }
}

/// What a model said, as figures need it.
fn side(question: &Question, insight: &Insight) -> Side {
    let pieces = insight.pieces.clone();
    let looked = insight.alignment.clone().map(|alignment| Looked { alignment, pieces });
    Side {
        name: insight.model.clone(),
        system: insight.system,
        recorded: question.model == Which::Recorded,
        maps: vec![(question.method, looked.ok_or_else(|| "the tweet was read without an image".into()))],
        chances: insight.chances.clone(),
        types: insight.types.clone(),
    }
}

/// Whether an action of the annotation screen works on the inspector's too: what moves and what changes the view, not what
/// changes labels.
pub(super) fn works_here(action: Action) -> bool {
    let others = [Action::ExtendLeft, Action::ExtendRight, Action::Clear, Action::ShowGallery];
    looks_only(action) || others.contains(&action)
}

/// The region one step on in a grid of `rows x columns`, held at its edges.
fn moved(region: usize, (rows, columns): (usize, usize), (across, down): (isize, isize)) -> usize {
    if rows == 0 || columns == 0 {
        return 0;
    }
    let step = |place: usize, by: isize, count: usize| (place as isize + by).clamp(0, count as isize - 1) as usize;
    let region = region.min(rows * columns - 1);
    step(region / columns, down, rows) * columns + step(region % columns, across, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Group;

    #[test]
    fn the_cursor_stays_in_the_grid() {
        assert_eq!(moved(0, (3, 4), (-1, -1)), 0);
        assert_eq!(moved(0, (3, 4), (1, 1)), 5);
        assert_eq!(moved(11, (3, 4), (1, 1)), 11);
        assert_eq!(moved(99, (3, 4), (0, -1)), 7, "after a smaller grid");
        assert_eq!(moved(3, (0, 0), (1, 0)), 0);
    }

    #[test]
    fn nothing_that_changes_labels_works_in_the_inspector() {
        for action in Action::ALL.iter().copied().filter(|action| works_here(*action)) {
            assert!(
                !matches!(action.group(), Group::Label | Group::Suggest | Group::History | Group::Model),
                "{action}"
            );
        }
    }
}

//! The hint line: the keys that help most where one is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::dialog::Dialog;
use crate::tui::gallery::{Arrangement, Gallery};
use crate::tui::text;

/// So many of the actions that are always worth a hint come before those for contexts and images.
const ALWAYS_FIRST: usize = 6;

/// What is always worth a hint, the most useful first.
const ALWAYS: [Action; 26] = [
    Action::NextEntity,
    Action::NextToken,
    Action::ExtendRight,
    Action::NextTweet,
    Action::HeatMap,
    Action::Undo,
    Action::Learn,
    Action::Skip,
    Action::Flag,
    Action::Search,
    Action::WriteFilter,
    Action::OpenList,
    Action::Jump,
    Action::ChooseOrder,
    Action::SwitchOrder,
    Action::NextTheme,
    Action::QueuePane,
    Action::ModelPane,
    Action::Boxes,
    Action::NextUndone,
    Action::Redo,
    Action::Comment,
    Action::Guidelines,
    Action::EditTypes,
    Action::DrawBox,
    Action::Comments,
];

/// What helps while a box is drawn.
const BOXING: [Action; 10] = [
    Action::KeepBox,
    Action::LeaveBoxes,
    Action::BoxStep,
    Action::BoxWider,
    Action::BoxTaller,
    Action::BoxNarrower,
    Action::BoxLower,
    Action::NextBox,
    Action::RemoveBox,
    Action::BoxRight,
];

/// What helps in the list of many tweets.
const LISTING: [Action; 15] = [
    Action::LineDown,
    Action::AcceptAllDone,
    Action::Accept,
    Action::SelectRow,
    Action::OpenRow,
    Action::LeaveList,
    Action::Skip,
    Action::Flag,
    Action::Undo,
    Action::SelectRows,
    Action::SelectAll,
    Action::RejectAll,
    Action::WriteFilter,
    Action::ChooseOrder,
    Action::RowsDown,
];

/// What helps while annotators' differences are gone through.
const ADJUDICATING: [Action; 10] = [
    Action::TakeVoice,
    Action::TakeNone,
    Action::NextDifference,
    Action::Done,
    Action::TakeChosen,
    Action::TakeBoth,
    Action::NextVoice,
    Action::PickType,
    Action::Undo,
    Action::Adjudicate,
];

/// The actions worth a hint now, the most useful first.
fn actions(app: &App) -> Vec<Action> {
    if let Some(dialog) = &app.dialog {
        let own: &[Action] = match dialog {
            Dialog::Occurrences(_) => &[Action::DialogTick, Action::DialogTickAll],
            Dialog::Filter(_) => &[Action::DialogComplete],
            Dialog::Views(..) => &[Action::DialogRemove],
            _ => &[],
        };
        let all =
            [Action::DialogAccept, Action::DialogClose, Action::DialogDown, Action::DialogUp, Action::DialogPageDown];
        return own.iter().copied().chain(all).collect();
    }
    if app.batch.is_some() {
        return LISTING.to_vec();
    }
    if app.boxing.is_some() {
        return BOXING.to_vec();
    }
    if let Some(gallery) = &app.gallery {
        return gallery_actions(gallery).to_vec();
    }
    if let Some(inspector) = &app.inspector {
        let back = (!inspector.alone).then_some(Action::LeaveInspector);
        let several = app.page.as_ref().is_some_and(|page| page.tweet.example.images.len() > 1);
        let known = [
            Action::NextEntity,
            Action::NextTweet,
            Action::NextMethod,
            Action::NextHead,
            Action::SwitchAgainst,
            Action::SwitchUnit,
            Action::CheckByHiding,
            Action::SwitchDirection,
            Action::SwitchScale,
            Action::NextLayer,
            Action::RegionRight,
            Action::SwitchHeadOrder,
            Action::HeatStyle,
            Action::Boxes,
        ];
        return back.into_iter().chain(several.then_some(Action::NextImage)).chain(known).collect();
    }
    let mut hints = Vec::new();
    if app.adjudication.is_some() {
        hints.extend(ADJUDICATING);
    }
    if app.model.candidate.is_some() {
        hints.extend([Action::TakeOver, Action::Discard]);
    }
    if app.model.job.is_some() {
        hints.push(Action::Stop);
    }
    if app.hits.is_some() {
        hints.extend([Action::SearchNext, Action::SearchPrevious]);
    }
    if app.sift.applied.is_some() {
        hints.push(Action::DropFilter);
    }
    let page = app.page.as_ref();
    let bounds = [Action::StartLeft, Action::StartRight, Action::EndLeft, Action::EndRight];
    match page.and_then(|page| page.current()) {
        _ if page.is_some_and(|page| page.selection.is_some()) => {
            hints.extend([Action::PickType, Action::Clear]);
            hints.extend(bounds);
        }
        Some(mark) if mark.is_label() => {
            hints.push(Action::Done);
            hints.extend(bounds);
            hints.extend([Action::Remove, Action::RepeatInTweet, Action::RepeatInCorpus]);
        }
        Some(_) => {
            hints.extend([Action::Accept, Action::Remove, Action::AcceptAllDone, Action::Done, Action::AcceptAll]);
        }
        None if page.is_some_and(|page| page.marks.iter().any(|mark| !mark.is_label())) => {
            hints.extend([Action::AcceptAllDone, Action::Accept, Action::Done, Action::AcceptAll]);
        }
        None => hints.push(Action::Done),
    }
    if page.is_some_and(|page| page.image > 0) {
        hints.insert(0, Action::PreferImage);
    }
    let (always, rare) = ALWAYS.split_at(ALWAYS_FIRST);
    hints.extend(always);
    if page.is_some_and(|page| page.tweet.example.images.len() > 1) {
        hints.extend([Action::ShowGallery, Action::NextImage]);
    }
    if page.is_some_and(|page| !page.tweet.example.contexts.is_empty()) {
        hints.extend([Action::EditContext, Action::Influence, Action::NextContext]);
    }
    hints.extend(rare);
    if app.suspects.is_some() {
        // These mean something else there, which stands below the question.
        let own = [Action::Accept, Action::Done, Action::NextTweet, Action::PreviousTweet, Action::Clear];
        hints.retain(|action| !own.contains(action));
    }
    let mut seen = std::collections::HashSet::new();
    hints.retain(|action| seen.insert(*action));
    hints
}

fn gallery_actions(gallery: &Gallery) -> &'static [Action] {
    match gallery.arrangement {
        Arrangement::Grid => &[
            Action::CloseGallery,
            Action::GalleryPrefer,
            Action::GallerySingle,
            Action::GalleryPair,
            Action::GalleryRight,
            Action::NextTweet,
            Action::Boxes,
            Action::HeatMap,
            Action::Undo,
            Action::Graphics,
        ],
        Arrangement::Single | Arrangement::Pair => &[
            Action::CloseGallery,
            Action::GalleryPrefer,
            Action::GalleryNext,
            Action::ZoomIn,
            Action::ZoomOut,
            Action::GalleryRight,
            Action::ZoomOff,
            Action::GalleryPair,
            Action::GalleryHold,
            Action::Boxes,
            Action::HeatMap,
            Action::Undo,
        ],
    }
}

/// As many hints as there is room for, with their places; help and quit always have theirs.
pub fn places(app: &App, area: Rect) -> Vec<(Rect, Action)> {
    let fixed: &[Action] = if app.dialog.is_some() { &[Action::Leave] } else { &[Action::Help, Action::Quit] };
    let reserved: u16 = fixed.iter().map(|action| width(app, *action)).sum();
    let mut places = Vec::new();
    let (mut x, mut y) = (area.x + 1, area.y);
    for action in actions(app) {
        let needed = width(app, action);
        let last_row = y + 1 >= area.bottom();
        let limit = area.right() - if last_row { reserved.min(area.width) } else { 0 };
        if x + needed > limit {
            if last_row {
                break;
            }
            (x, y) = (area.x + 1, y + 1);
        }
        places.push((Rect { x, y, width: needed, height: 1 }, action));
        x += needed;
    }
    let y = area.bottom().saturating_sub(1);
    let mut x = area.right().saturating_sub(reserved);
    for action in fixed {
        let needed = width(app, *action);
        places.push((Rect { x, y, width: needed, height: 1 }, *action));
        x += needed;
    }
    places.retain(|(place, _)| place.width > 0);
    places
}

/// Draws the hints.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    for (place, action) in places(app, area) {
        let Some(key) = app.keymap.label(action) else { continue };
        let x = put(buffer, (place.x, place.y), area.right(), &key, app.theme.key());
        put(buffer, (x + 1, place.y), area.right(), action.hint(), app.theme.dim());
    }
}

/// Columns of a hint with the gap behind it.
fn width(app: &App, action: Action) -> u16 {
    app.keymap.label(action).map_or(0, |key| (text::width(&key) + text::width(action.hint()) + 3) as u16)
}

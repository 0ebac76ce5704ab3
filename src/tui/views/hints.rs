//! The hint line: the keys that help most where one is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::dialog::Dialog;
use crate::tui::text;

/// So many of the actions that are always worth a hint come before those for contexts and images.
const ALWAYS_FIRST: usize = 6;

/// What is worth a hint in the list of many tweets.
const LIST: [Action; 15] = [
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

/// The actions worth a hint now, the most useful first.
fn actions(app: &App) -> Vec<Action> {
    if let Some(dialog) = &app.dialog {
        return in_dialog(dialog);
    }
    if app.batch.is_some() {
        return LIST.to_vec();
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
    let always = [
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
    ];
    let (always, rare) = always.split_at(ALWAYS_FIRST);
    hints.extend(always);
    if page.is_some_and(|page| page.tweet.example.images.len() > 1) {
        hints.push(Action::NextImage);
    }
    if page.is_some_and(|page| !page.tweet.example.contexts.is_empty()) {
        hints.extend([Action::EditContext, Action::Influence, Action::NextContext]);
    }
    hints.extend(rare);
    drop_answers(app, &mut hints);
    let mut seen = std::collections::HashSet::new();
    hints.retain(|action| seen.insert(*action));
    hints
}

/// While suspicious labels are asked about, the keys that answer stand below the question and mean nothing else.
fn drop_answers(app: &App, hints: &mut Vec<Action>) {
    let own = [Action::Accept, Action::Done, Action::NextTweet, Action::PreviousTweet, Action::Clear];
    hints.retain(|action| app.suspects.is_none() || !own.contains(action));
}

fn in_dialog(dialog: &Dialog) -> Vec<Action> {
    let own = match dialog {
        Dialog::Filter(_) => Some(Action::DialogComplete),
        Dialog::Views(..) => Some(Action::DialogRemove),
        _ => None,
    };
    let all = [Action::DialogAccept, Action::DialogClose, Action::DialogDown, Action::DialogUp, Action::DialogPageDown];
    own.into_iter().chain(all).collect()
}

/// Draws as many hints as there is room for; help and quit always have theirs.
pub fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let fixed: &[Action] = if app.dialog.is_some() { &[Action::Leave] } else { &[Action::Help, Action::Quit] };
    let reserved: usize = fixed.iter().map(|action| width(app, *action)).sum();
    let mut x = area.x + 1;
    let mut y = area.y;
    for action in actions(app) {
        let needed = width(app, action);
        let last_row = y + 1 >= area.bottom();
        let limit = usize::from(area.right()) - if last_row { reserved } else { 0 };
        if usize::from(x) + needed > limit {
            if last_row {
                break;
            }
            (x, y) = (area.x + 1, y + 1);
        }
        x = draw_hint(app, buffer, (x, y), area.right(), action);
    }
    let y = area.bottom().saturating_sub(1);
    let mut x = (area.right() as usize).saturating_sub(reserved) as u16;
    for action in fixed {
        x = draw_hint(app, buffer, (x, y), area.right(), *action);
    }
}

fn width(app: &App, action: Action) -> usize {
    app.keymap.label(action).map_or(0, |key| text::width(&key) + text::width(action.hint()) + 3)
}

fn draw_hint(app: &App, buffer: &mut Buffer, (x, y): (u16, u16), end: u16, action: Action) -> u16 {
    let Some(key) = app.keymap.label(action) else { return x };
    let x = put(buffer, (x, y), end, &key, app.theme.key());
    put(buffer, (x + 1, y), end, action.hint(), app.theme.dim()) + 2
}

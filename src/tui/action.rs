//! Everything a person can do, by name; keymap, hint line and help are made from this list.

use std::fmt;

/// Where a key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// On the annotation screen.
    Annotate,
    /// On the inspector's screen, before those of the annotation screen that work there too.
    Inspect,
    /// While a box is drawn on the image.
    Boxing,
    /// While several annotators' labels are adjudicated, before those of the annotation screen.
    Adjudicate,
    /// In the list of many tweets, before those of the annotation screen that work there too.
    List,
    /// In the gallery of images, before those of the annotation screen that work there too.
    Gallery,
    /// In a dialog, where other keys are typed text.
    Dialog,
    /// In both.
    Everywhere,
}

impl Context {
    /// Whether a key of `self` and a key of `other` can be meant at the same time.
    pub fn meets(self, other: Self) -> bool {
        self == other || self == Self::Everywhere || other == Self::Everywhere
    }
}

/// The chapters of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Moving in the tweet.
    Move,
    /// Choosing and bounding what is labelled.
    Bounds,
    /// Labels.
    Label,
    /// The model's suggestions.
    Suggest,
    /// Going through the queue.
    Queue,
    /// Undo and redo, the past of a tweet and of the labels.
    History,
    /// Several annotators' labels.
    Adjudicate,
    /// Learning.
    Model,
    /// Texts that accompany the tweet, and its images.
    Context,
    /// What is shown.
    View,
    /// Where the model looked.
    Inspect,
    /// Boxes on the image.
    Boxing,
    /// Many tweets at once.
    List,
    /// All candidate images of a tweet.
    Gallery,
    /// Keys that work in dialogs too.
    Program,
    /// Keys of dialogs.
    Dialog,
}

impl Group {
    /// The chapter's heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Bounds => "Select and bound",
            Self::Label => "Label",
            Self::Suggest => "Suggestions",
            Self::Queue => "Queue",
            Self::History => "Past",
            Self::Adjudicate => "Adjudicate",
            Self::Model => "Model",
            Self::Context => "Beside the tweet",
            Self::View => "View",
            Self::Inspect => "Inspector",
            Self::Boxing => "Boxes",
            Self::List => "List of tweets",
            Self::Gallery => "Gallery of images",
            Self::Program => "Program",
            Self::Dialog => "Dialogs",
        }
    }
}

/// Writes the enum and its table from one line per action: variant, name in the keymap, chapter, context, hint, help.
macro_rules! actions {
    ($($variant:ident, $name:literal, $group:ident, $context:ident, $hint:literal, $help:literal;)*) => {
        /// Something a person can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $(#[doc = $help] $variant,)* }

        impl Action {
            /// All actions in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the keymap.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its chapter in the help.
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// Where its keys are read.
            pub fn context(self) -> Context {
                match self { $(Self::$variant => Context::$context,)* }
            }

            /// One or two words for the hint line.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }

            /// A sentence for the help.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

actions! {
    NextToken, "next-token", Move, Annotate, "next token", "Go to the next token";
    PreviousToken, "previous-token", Move, Annotate, "previous token", "Go to the previous token";
    LineDown, "line-down", Move, Annotate, "line down", "Go one line down";
    LineUp, "line-up", Move, Annotate, "line up", "Go one line up";
    FirstToken, "first-token", Move, Annotate, "first token", "Go to the first token";
    LastToken, "last-token", Move, Annotate, "last token", "Go to the last token";
    NextEntity, "next-entity", Move, Annotate, "entity", "Go to the next label or suggestion";
    PreviousEntity, "previous-entity", Move, Annotate, "previous entity", "Go to the previous label or suggestion";
    NextHere, "next-here", Move, Annotate, "entity here", "Choose the next longer one of the entities under the cursor, where they overlap";

    ExtendRight, "extend-right", Bounds, Annotate, "select", "Select, moving the cursor to the right";
    ExtendLeft, "extend-left", Bounds, Annotate, "select left", "Select, moving the cursor to the left";
    StartLeft, "start-left", Bounds, Annotate, "start ←", "Move the start of the selection or entity to the left";
    StartRight, "start-right", Bounds, Annotate, "start →", "Move the start of the selection or entity to the right";
    EndLeft, "end-left", Bounds, Annotate, "end ←", "Move the end of the selection or entity to the left";
    EndRight, "end-right", Bounds, Annotate, "end →", "Move the end of the selection or entity to the right";
    Clear, "clear", Bounds, Annotate, "clear", "Drop the selection, the search or the message";

    PickType, "pick-type", Label, Annotate, "type by name", "Choose the type from a list that is filtered by typing";
    Remove, "remove", Label, Annotate, "remove", "Delete the label or reject the suggestion under the cursor";
    RepeatInTweet, "repeat-in-tweet", Label, Annotate, "all in tweet", "Label every occurrence in this tweet like the entity under the cursor";
    RepeatInCorpus, "repeat-in-corpus", Label, Annotate, "all in corpus", "Label every occurrence in the corpus like the entity under the cursor";

    EditTypes, "edit-types", Label, Annotate, "types", "Make, describe, rename, merge or remove types of entities";
    DrawBox, "draw-box", Label, Annotate, "draw box", "Draw on the image where the entity under the cursor is";
    Comment, "comment", Label, Annotate, "comment", "Comment on the entity or tweet under the cursor, ask, or answer";
    Comments, "comments", Label, Annotate, "all comments", "List all comments, questions, decisions and flags, to go there";
    Repeat, "repeat", Label, Annotate, "repeat", "Do the last edit again, here";
    Record, "record", Label, Annotate, "record", "Record what is done from here on as a macro, or end that";
    Play, "play", Label, Annotate, "play macro", "Do what was recorded again";

    Accept, "accept", Suggest, Annotate, "accept", "Accept the suggestion under the cursor, else the next one";
    AcceptAll, "accept-all", Suggest, Annotate, "accept all", "Accept all suggestions of this tweet";
    AcceptAllDone, "accept-all-done", Suggest, Annotate, "all right", "Accept all suggestions, mark the tweet as done and go on";
    RejectAll, "reject-all", Suggest, Annotate, "reject all", "Reject all suggestions of this tweet";

    Done, "done", Queue, Annotate, "done", "Mark the tweet as done and go to the next by the chosen order";
    Skip, "skip", Queue, Annotate, "skip", "Leave the tweet out and go to the next by the chosen order";
    Flag, "flag", Queue, Annotate, "flag", "Set the tweet aside for a second look, or take the flag away";
    NextTweet, "next-tweet", Queue, Annotate, "next tweet", "Go to the next tweet of the queue";
    PreviousTweet, "previous-tweet", Queue, Annotate, "previous tweet", "Go to the previous tweet of the queue";
    NextUndone, "next-undone", Queue, Annotate, "next undone", "Go to the next tweet that is not done";
    PreviousUndone, "previous-undone", Queue, Annotate, "previous undone", "Go to the previous tweet that is not done";
    MostUncertain, "most-uncertain", Queue, Annotate, "most uncertain", "Go to the undone tweet that the model is least sure of";
    Jump, "jump", Queue, Annotate, "jump", "Go to a tweet by its number or id";
    Search, "search", Queue, Annotate, "search", "Search the text of all tweets";
    SearchNext, "search-next", Queue, Annotate, "next match", "Go to the next match of the search";
    SearchPrevious, "search-previous", Queue, Annotate, "previous match", "Go to the previous match of the search";
    SwitchOrder, "switch-order", Queue, Annotate, "order", "Change which tweet comes after a done one: by the model, or in the order of the corpus";
    WriteFilter, "write-filter", Queue, Annotate, "filter", "Filter the queue by state, type, text, label, length, confidence, annotator, time";
    DropFilter, "drop-filter", Queue, Annotate, "drop filter", "Drop the filter: the whole queue again";
    ChooseView, "choose-view", Queue, Annotate, "views", "Use or save a view of the queue: a filter and an order";
    ChooseOrder, "choose-order", Queue, Annotate, "orders", "Choose which tweet comes after a done one, among all orders";
    OpenList, "open-list", Queue, Annotate, "list", "Skim many tweets in a list: accept, mark as done, flag several at once";
    WalkSuspects, "walk-suspects", Queue, Annotate, "suspects", "Go through the labels that `spanlight suspects` doubts, or leave that list";

    Undo, "undo", History, Annotate, "undo", "Take back the last edit, whenever it was made";
    Redo, "redo", History, Annotate, "redo", "Do again what was taken back";
    TweetHistory, "tweet-history", History, Annotate, "history", "List everything that happened to the tweet, and go back to a point of it";
    Versions, "versions", History, Annotate, "versions", "Freeze the labels under a name, or go back to such a version";
    Progress, "progress", History, Annotate, "progress", "Show time per tweet, labels an hour and accepted suggestions";

    Adjudicate, "adjudicate", Adjudicate, Annotate, "adjudicate", "Go through the differences of several annotators, or back to labelling";
    NextDifference, "next-difference", Adjudicate, Adjudicate, "difference", "Go to the next difference of the tweet";
    PreviousDifference, "previous-difference", Adjudicate, Adjudicate, "previous difference", "Go to the previous difference of the tweet";
    NextVoice, "next-voice", Adjudicate, Adjudicate, "voice", "Choose the next voice";
    PreviousVoice, "previous-voice", Adjudicate, Adjudicate, "previous voice", "Choose the previous voice";
    TakeChosen, "take-chosen", Adjudicate, Adjudicate, "take", "Take what the chosen voice says";
    TakeVoice, "take-voice", Adjudicate, Adjudicate, "take by number", "Take what the voice of this number says; the keys stand for the voices in their order";
    TakeNone, "take-none", Adjudicate, Adjudicate, "none", "Take no entity";
    TakeBoth, "take-both", Adjudicate, Adjudicate, "both", "Take all that was marked, where it can stand side by side";

    Learn, "learn", Model, Annotate, "learn", "Let the model learn from the corrections";
    Stop, "stop", Model, Annotate, "stop", "Stop learning; the model stays as it was";
    TakeOver, "take-over", Model, Annotate, "take over", "Use the model that the held-out tweets did not confirm";
    Discard, "discard", Model, Annotate, "discard", "Drop that model";
    RollBack, "roll-back", Model, Annotate, "roll back", "Go back to the model before the last accepted step";

    ContextPane, "context-pane", Context, Annotate, "contexts", "Show or hide the texts that accompany the tweet";
    NextContext, "next-context", Context, Annotate, "next context", "Choose the next of the texts that accompany the tweet";
    PreviousContext, "previous-context", Context, Annotate, "previous context", "Choose the previous of these texts";
    ContextsDown, "contexts-down", Context, Annotate, "texts down", "Scroll these texts down";
    ContextsUp, "contexts-up", Context, Annotate, "texts up", "Scroll these texts up";
    EditContext, "edit-context", Context, Annotate, "edit context", "Write something else in the chosen text; the model reads the tweet anew";
    AddContext, "add-context", Context, Annotate, "add context", "Write another text that accompanies the tweet";
    RemoveContext, "remove-context", Context, Annotate, "remove context", "Take the chosen text away";
    Influence, "influence", Context, Annotate, "without", "Compare the labels with and without each of these texts";
    NextImage, "next-image", Context, Annotate, "next image", "Show the next candidate image of the tweet";
    PreviousImage, "previous-image", Context, Annotate, "previous image", "Show the previous candidate image of the tweet";
    PreferImage, "prefer-image", Context, Annotate, "prefer image", "Make the shown image the one that counts: for the model and in exports";
    ShowGallery, "show-gallery", Context, Annotate, "all images", "Show all candidate images of the tweet side by side, with their scores";

    Inspect, "inspect", View, Annotate, "inspect", "Open the inspector: where the model looked, by layer, head and method";
    HeatMap, "heat-map", View, Annotate, "heat map", "Show where the model looked for the entity under the cursor";
    HeatStyle, "heat-style", View, Annotate, "grid/smooth", "Show the heat map as plain regions or smooth";
    Boxes, "boxes", View, Annotate, "boxes", "Show the boxes that the corpus has for the entities";
    Graphics, "graphics", View, Annotate, "graphics", "Show images in half blocks, in the terminal's pixels, or not at all";
    NextTheme, "next-theme", View, Annotate, "theme", "Switch to the next theme";
    QueuePane, "queue-pane", View, Annotate, "queue", "Show or hide the queue";
    ModelPane, "model-pane", View, Annotate, "model", "Show or hide the model's pane";
    Guidelines, "guidelines", View, Annotate, "guidelines", "Show or hide the guidelines beside the tweet";
    Problems, "problems", View, Annotate, "problems", "List what is wrong in settings, keymap and themes";
    Palette, "palette", View, Annotate, "commands", "Find any command by letters of its name";
    Tutorial, "tutorial", View, Annotate, "tutorial", "Go to the tutorial, which has tweets of its own, or back from it";
    SkipStep, "skip-step", View, Annotate, "skip step", "Pass over the step of the tutorial";
    Help, "help", View, Annotate, "help", "List all keys";
    Quit, "quit", View, Annotate, "quit", "Leave; every edit is saved already";

    LeaveInspector, "leave-inspector", Inspect, Inspect, "back", "Go back to the annotation screen";
    NextMethod, "next-method", Inspect, Inspect, "method", "Ask by the next method: attention, gradient, rollout, occlusion";
    PreviousMethod, "previous-method", Inspect, Inspect, "previous method", "Ask by the previous method";
    NextHead, "next-head", Inspect, Inspect, "head", "Go from the mean to the maximum and to the next single head";
    PreviousHead, "previous-head", Inspect, Inspect, "previous head", "Go to the previous single head";
    NextLayer, "next-layer", Inspect, Inspect, "layer", "Go to the mean over the next layer";
    PreviousLayer, "previous-layer", Inspect, Inspect, "previous layer", "Go to the mean over the previous layer";
    SwitchUnit, "switch-unit", Inspect, Inspect, "unit", "Map entities, single words, or pieces of words";
    SwitchDirection, "switch-direction", Inspect, Inspect, "direction", "Show where words look, or which words look at a region";
    SwitchScale, "switch-scale", Inspect, Inspect, "scale", "Share one colour scale, give every map its own, or leave out what sticks out";
    SwitchAgainst, "switch-against", Inspect, Inspect, "compare", "Compare with the other model, another image, another method, no image, recorded maps, or nothing";
    SwitchHeadOrder, "switch-head-order", Inspect, Inspect, "sort heads", "Sort heads by strength, sharpness or overlap with the gold box";
    CheckByHiding, "check-by-hiding", Inspect, Inspect, "hide regions", "Hide every region in turn: does the brightest matter most?";
    ExportMap, "export-map", Inspect, Inspect, "export", "Write what is shown as PNG, SVG, npz and JSON";
    RegionLeft, "region-left", Inspect, Inspect, "region ←", "Go to the region on the left, or the word before";
    RegionRight, "region-right", Inspect, Inspect, "region →", "Go to the region on the right, or the word behind";
    RegionUp, "region-up", Inspect, Inspect, "region ↑", "Go to the region above";
    RegionDown, "region-down", Inspect, Inspect, "region ↓", "Go to the region below";
    HeadsDown, "heads-down", Inspect, Inspect, "heads down", "Scroll the heads down";
    HeadsUp, "heads-up", Inspect, Inspect, "heads up", "Scroll the heads up";

    BoxLeft, "box-left", Boxing, Boxing, "←", "Move the box to the left";
    BoxRight, "box-right", Boxing, Boxing, "→", "Move the box to the right";
    BoxUp, "box-up", Boxing, Boxing, "↑", "Move the box up";
    BoxDown, "box-down", Boxing, Boxing, "↓", "Move the box down";
    BoxWider, "box-wider", Boxing, Boxing, "wider", "Move the right edge of the box to the right";
    BoxNarrower, "box-narrower", Boxing, Boxing, "narrower", "Move the right edge of the box to the left";
    BoxTaller, "box-taller", Boxing, Boxing, "taller", "Move the lower edge of the box down";
    BoxLower, "box-lower", Boxing, Boxing, "lower", "Move the lower edge of the box up";
    BoxStep, "box-step", Boxing, Boxing, "step", "Go by cells of a grid, by ten pixels, or by single pixels of the image";
    KeepBox, "keep-box", Boxing, Boxing, "keep", "Keep the box; another one may follow";
    NextBox, "next-box", Boxing, Boxing, "next box", "Change the next box of the entity, or draw a new one";
    RemoveBox, "remove-box", Boxing, Boxing, "remove", "Remove the box that is being changed";
    LeaveBoxes, "leave-boxes", Boxing, Boxing, "back", "Go back to the text; what was not kept is dropped";

    OpenRow, "open-row", List, List, "open", "Open the tweet on the annotation screen";
    SelectRow, "select-row", List, List, "choose", "Choose the tweet, or take that back";
    SelectRows, "select-rows", List, List, "choose to here", "Choose all from the one that was chosen last to here";
    SelectAll, "select-all", List, List, "choose all", "Choose all tweets of the list, or none";
    RowsDown, "rows-down", List, List, "page down", "Go one page down";
    RowsUp, "rows-up", List, List, "page up", "Go one page up";
    LeaveList, "leave-list", List, List, "back", "Choose none, or go back to the annotation screen";

    CloseGallery, "close-gallery", Gallery, Gallery, "back", "Go back from one or two images to all, and from these to the tweet";
    GalleryLeft, "gallery-left", Gallery, Gallery, "image ←", "Go to the image on the left, or to the left in a magnified one";
    GalleryRight, "gallery-right", Gallery, Gallery, "image →", "Go to the image on the right, or to the right in a magnified one";
    GalleryUp, "gallery-up", Gallery, Gallery, "image ↑", "Go to the image above, or up in a magnified one";
    GalleryDown, "gallery-down", Gallery, Gallery, "image ↓", "Go to the image below, or down in a magnified one";
    GalleryNext, "gallery-next", Gallery, Gallery, "next image", "Go to the next image; a digit goes to the image of this number";
    GalleryPrevious, "gallery-previous", Gallery, Gallery, "previous image", "Go to the previous image";
    GalleryPrefer, "gallery-prefer", Gallery, Gallery, "prefer", "Make the image under the cursor the one that counts";
    GallerySingle, "gallery-single", Gallery, Gallery, "one image", "Show the image under the cursor alone, or all again";
    GalleryPair, "gallery-pair", Gallery, Gallery, "two images", "Show the image under the cursor beside the preferred or the kept one, or all again";
    GalleryHold, "gallery-hold", Gallery, Gallery, "keep left", "Keep the image under the cursor on the left of two";
    ZoomIn, "zoom-in", Gallery, Gallery, "closer", "Magnify what is seen of one or two images";
    ZoomOut, "zoom-out", Gallery, Gallery, "farther", "Magnify it less";
    ZoomOff, "zoom-off", Gallery, Gallery, "whole", "Show the whole image";

    Redraw, "redraw", Program, Everywhere, "redraw", "Draw the whole screen anew and look for new image files";
    Leave, "leave", Program, Everywhere, "leave", "Leave from anywhere; every edit is saved already";

    DialogClose, "dialog-close", Dialog, Dialog, "close", "Close the dialog";
    DialogAccept, "dialog-accept", Dialog, Dialog, "choose", "Choose the row or send what was typed";
    DialogUp, "dialog-up", Dialog, Dialog, "up", "Go one row up";
    DialogDown, "dialog-down", Dialog, Dialog, "down", "Go one row down";
    DialogPageUp, "dialog-page-up", Dialog, Dialog, "page up", "Go one page up";
    DialogTick, "dialog-tick", Dialog, Dialog, "tick", "Tick the row or take its tick away";
    DialogTickAll, "dialog-tick-all", Dialog, Dialog, "all/none", "Tick all rows or none";
    DialogPageDown, "dialog-page-down", Dialog, Dialog, "page down", "Go one page down";
    DialogComplete, "dialog-complete", Dialog, Dialog, "complete", "Complete what is being typed";
    DialogRemove, "dialog-remove", Dialog, Dialog, "forget", "Forget the row under the cursor, where it is something that was saved";
}

impl Action {
    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_found() {
        let names: HashSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().all(|action| Action::named(action.name()) == Some(*action)));
        assert_eq!(Action::named("fly"), None);
    }
}

//! What goes into the small slots of a sentence; none of it says anything about a name.

use crate::dice::Dice;

/// A small slot of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filler {
    Number,
    Hour,
    Day,
    Emoji,
    Hashtag,
    Link,
    Handle,
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS: [&str; 12] =
    ["6 am", "7:30", "8 am", "9:15", "10 am", "11:45", "noon", "3 pm", "5:20", "8 pm", "23:59", "midnight"];
/// Plain ones, variation selectors, skin tones, joined sequences, keycaps and flags.
const EMOJI: [&str; 36] = [
    "😂",
    "😍",
    "🔥",
    "😭",
    "🙏",
    "✨",
    "💯",
    "🎉",
    "😅",
    "🤔",
    "👀",
    "💙",
    "🥲",
    "🫠",
    "😴",
    "🙃",
    "❤️",
    "☀️",
    "✌️",
    "☕️",
    "⚡️",
    "👍🏽",
    "👏🏿",
    "🙌🏻",
    "🤞🏾",
    "💪🏼",
    "👩‍🚀",
    "👨‍👩‍👧",
    "🧑🏽‍💻",
    "🏳️‍🌈",
    "🤷🏻‍♀️",
    "👩🏾‍🤝‍👨🏼",
    "❤️‍🔥",
    "1️⃣",
    "🇯🇵",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
];
const HASHTAGS: [&str; 26] = [
    "#MondayMood",
    "#nofilter",
    "#TBT",
    "#blessed",
    "#goodvibes",
    "#photooftheday",
    "#weekend",
    "#OneMoreTime",
    "#love",
    "#nosleep",
    "#latergram",
    "#today",
    "#wow",
    "#100DaysOfJoy",
    "#SundayFunday",
    "#justsaying",
    "#noRegrets",
    "#2025goals",
    "#smallwins",
    "#HappyFriday",
    "#日曜日",
    "#صباح_الخير",
    "#בוקר",
    "#좋은하루",
    "#früh",
    "#été",
];
const HANDLES: [&str; 18] = [
    "sunny_side",
    "tea4two",
    "night_owl",
    "rainy_day",
    "the_real_me",
    "pixel_pal",
    "left_sock",
    "moonmilk",
    "hey_its_me",
    "slowread",
    "toastlord",
    "quietkid",
    "bus_stop",
    "plainjane",
    "oh_no_not_again",
    "mixtape",
    "paperplane",
    "bluejeans",
];

impl Filler {
    /// The slot called `name`, as in `{name}`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "n" => Self::Number,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "e" => Self::Emoji,
            "tag" => Self::Hashtag,
            "url" => Self::Link,
            "user" => Self::Handle,
            _ => return None,
        })
    }

    /// Something that fits the slot; tokens apart by spaces.
    pub fn write(self, dice: &mut Dice) -> String {
        match self {
            Self::Number => dice.whole(2, 60).to_string(),
            Self::Hour => (*dice.pick(&HOURS)).to_owned(),
            Self::Day => (*dice.pick(&DAYS)).to_owned(),
            Self::Emoji => (*dice.pick(&EMOJI)).to_owned(),
            Self::Hashtag => (*dice.pick(&HASHTAGS)).to_owned(),
            Self::Link => format!("https://example.org/{:05x}", dice.whole(0, 0xf_ffff)),
            Self::Handle => format!("@{}{}", dice.pick(&HANDLES), dice.whole(1, 99)),
        }
    }
}

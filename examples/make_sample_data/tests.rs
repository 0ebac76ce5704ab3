//! What the sample data promise, checked on what the generator makes and on the files in the repository.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::sync::LazyLock;

use spanlight_models::example::{Example, SpanStructure, check_spans};

use crate::split::{Split, TYPES};
use crate::tweet::Tweet;
use crate::words::names::shared_words;
use crate::{counts, default_folder, make, output};

static SPLITS: LazyLock<Vec<Split>> = LazyLock::new(|| make().0);

fn tweets() -> impl Iterator<Item = &'static Tweet> {
    SPLITS.iter().flat_map(|split| &split.tweets)
}

#[test]
fn spans_and_boxes_fit() {
    for tweet in tweets() {
        let example = &tweet.example;
        check_spans(&example.spans, example.tokens.len(), SpanStructure::Flat).unwrap();
        assert_eq!(
            usize::from(tweet.image.is_some()) + tweet.candidates.len(),
            example.images.len(),
            "tweet {}",
            example.id
        );
        for region in &example.boxes {
            let (width, height) = tweet.image.as_ref().unwrap().dimensions();
            assert!(0.0 <= region.xmin && region.xmin < region.xmax && region.xmax <= width as f32, "{region:?}");
            assert!(0.0 <= region.ymin && region.ymin < region.ymax && region.ymax <= height as f32, "{region:?}");
            assert_eq!(region.image, example.images[0]);
            assert!(example.spans.iter().any(|span| (span.start, span.end) == (region.start, region.end)));
        }
    }
}

#[test]
fn no_identifier_comes_twice() {
    let mut seen = HashSet::new();
    for tweet in tweets() {
        assert!(seen.insert(&tweet.example.id), "tweet {}", tweet.example.id);
        assert!(tweet.example.images.iter().all(|id| seen.insert(id)), "image of tweet {}", tweet.example.id);
    }
}

#[test]
fn no_word_of_a_name_occurs_in_two_splits() {
    let shared = shared_words();
    let words = |split: &Split| -> BTreeSet<String> {
        let names = split.tweets.iter().flat_map(|tweet| {
            let tokens = &tweet.example.tokens;
            tweet.example.spans.iter().flat_map(|span| &tokens[span.start..span.end])
        });
        names.map(|word| word.to_lowercase()).filter(|word| !shared.contains(word)).collect()
    };
    for (index, split) in SPLITS.iter().enumerate() {
        for other in &SPLITS[index + 1..] {
            let common: Vec<String> = words(split).intersection(&words(other)).cloned().collect();
            assert!(common.is_empty(), "{} and {} share {common:?}", split.name, other.name);
        }
    }
}

#[test]
fn neither_sentence_nor_name_tells_the_type_of_a_riddle() {
    for split in SPLITS.iter().filter(|split| split.name != "today") {
        let mut by_sentence: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        let mut by_name: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for riddle in split.tweets.iter().filter_map(|tweet| tweet.riddle.as_ref()) {
            let label = TYPES.iter().position(|label| *label == riddle.label).unwrap();
            by_sentence.entry(&riddle.sentence).or_default()[label] += 1;
            by_name.entry(&riddle.name).or_default()[label] += 1;
        }
        for (text, count) in by_sentence.into_iter().chain(by_name) {
            assert!(count.iter().all(|of_type| *of_type == count[0]), "{}: `{text}` {count:?}", split.name);
        }
    }
}

#[test]
fn most_entities_are_riddles() {
    for split in SPLITS.iter() {
        let entities: usize = split.tweets.iter().map(|tweet| tweet.example.spans.len()).sum();
        let riddles = split.tweets.iter().filter(|tweet| tweet.riddle.is_some()).count();
        assert!(riddles * 2 > entities, "{}: {riddles} of {entities}", split.name);
    }
}

#[test]
fn only_today_shows_kinds_nobody_has_seen() {
    for split in SPLITS.iter() {
        let unseen = split.tweets.iter().flat_map(|tweet| &tweet.kinds).filter(|kind| kind.unseen).count();
        assert_eq!(unseen > 0, split.name == "today", "{}: {unseen}", split.name);
    }
}

#[test]
fn every_split_has_the_shapes_of_real_tweets() {
    for split in SPLITS.iter() {
        let has = |what: &dyn Fn(&Example) -> bool| split.tweets.iter().any(|tweet| what(&tweet.example));
        let has_char = |of: &dyn Fn(char) -> bool| has(&|example| example.tokens.iter().any(|it| it.chars().any(of)));
        let has_start = |start| has(&|example| example.tokens.iter().any(|it| it.starts_with(start)));
        assert!(has(&|example| example.images.is_empty() && !example.spans.is_empty()), "{}: text alone", split.name);
        assert!(has(&|example| example.images.is_empty() && example.spans.is_empty()), "{}: nothing", split.name);
        assert!(has_start("#") && has_start("@") && has_start("https://"), "{}: tags, handles, links", split.name);
        assert!(has_char(&|c| c == '\u{200d}'), "{}: joined emoji", split.name);
        assert!(has_char(&|c| c == '\u{fe0f}'), "{}: variation selectors", split.name);
        assert!(has_char(&|c| ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)), "{}: skin tones", split.name);
        assert!(has_char(&|c| ('\u{590}'..='\u{6ff}').contains(&c)), "{}: right to left", split.name);
        if split.name != "today" {
            assert!(has(&|example| example.tokens.len() == 1), "{}: one word", split.name);
            assert!(has(&|example| example.tokens.len() > 40), "{}: long", split.name);
            assert!(
                has(&|example| !example.images.is_empty() && example.spans.is_empty()),
                "{}: image only",
                split.name
            );
            assert!(has_char(&|c| ('\u{3040}'..='\u{9fff}').contains(&c)), "{}: CJK", split.name);
        }
    }
}

#[test]
fn contexts_tell_mostly_what_the_picture_shows() {
    for tweet in tweets() {
        assert_eq!(tweet.image.is_some(), !tweet.example.contexts.is_empty(), "{}", tweet.example.id);
    }
    let pictures: Vec<&Tweet> = tweets().filter(|tweet| tweet.image.is_some()).collect();
    for tweet in &pictures {
        let tags = &tweet.example.contexts[1];
        let told = tweet.kinds.iter().all(|kind| tags.items.iter().any(|item| item.text == kind.name));
        assert!(told, "{}: tags name every object", tweet.example.id);
    }
    let trusted = |tweet: &&&Tweet| tweet.example.contexts[2].similarity.is_some_and(|similarity| similarity > 0.3);
    let share = pictures.iter().filter(trusted).count() as f64 / pictures.len() as f64;
    assert!((0.6..0.8).contains(&share), "{share} of the knowledge is near its picture");
}

#[test]
fn the_repository_holds_what_the_generator_makes() {
    let folder = default_folder();
    let read = |name: &str| -> Vec<Example> {
        let text = fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for split in SPLITS.iter() {
        let gold: Vec<Example> = split.tweets.iter().map(|tweet| tweet.example.clone()).collect();
        if split.name == "today" {
            assert!(read("today") == gold.iter().map(output::without_gold).collect::<Vec<_>>(), "today differs");
            assert!(read("today.gold") == gold, "today.gold differs: run the generator again");
        } else {
            assert!(read(split.name) == gold, "{} differs: run the generator again", split.name);
        }
    }
    let table = counts::table(&SPLITS);
    assert!(fs::read_to_string(folder.join("README.md")).unwrap().contains(&table), "README.md must hold\n{table}");
}

#[test]
fn the_images_are_there_and_the_whole_is_small() {
    let folder = default_folder();
    let mut wanted: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for tweet in tweets() {
        if let Some(image) = &tweet.image {
            wanted.insert(&tweet.example.images[0], image.dimensions());
        }
        wanted.extend(tweet.candidates.iter().map(|candidate| (candidate.id.as_str(), candidate.image.dimensions())));
    }
    let mut extensions = BTreeSet::new();
    let mut bytes = 0;
    for file in fs::read_dir(folder.join("images")).unwrap() {
        let path = file.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(Some(image::image_dimensions(&path).unwrap()), wanted.remove(id), "{}", path.display());
        extensions.insert(path.extension().unwrap().to_owned());
        bytes += path.metadata().unwrap().len();
    }
    assert!(wanted.is_empty(), "missing: {wanted:?}");
    assert_eq!(extensions.len(), 4, "every image format is tried");
    assert!(bytes < 7_000_000, "the images take {bytes} bytes");
}

#[test]
fn further_pictures_have_maps_and_references() {
    let folder = default_folder();
    let several: Vec<&Tweet> = tweets().filter(|tweet| !tweet.candidates.is_empty()).collect();
    assert_eq!(several.len(), 52);
    for tweet in several {
        let maps = |id: &str| folder.join("maps").join(format!("{id}.safetensors")).is_file();
        assert!(tweet.example.images.iter().all(|id| maps(id)), "{}", tweet.example.id);
        let references = fs::read_dir(folder.join("references").join(&tweet.example.id)).unwrap();
        assert_eq!(references.count(), tweet.references.len());
        let total = |maps: &crate::candidates::Maps| maps.values.iter().sum::<f32>();
        assert!(tweet.candidates[1..].iter().all(|other| total(&other.maps) < total(&tweet.candidates[0].maps)));
    }
}

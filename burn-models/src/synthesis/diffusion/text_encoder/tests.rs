use super::super::testing::{Reference, copied, replace};
use super::*;
use crate::device::cpu;

#[test]
fn prompts_are_read_as_the_reference_reads_them() {
    for reference in Reference::all() {
        let text = TextEncoder::open(&reference.folder, &cpu()).expect("a text encoder");
        for (index, ids) in reference.described["ids"].as_array().expect("a list").iter().enumerate() {
            let ids: Vec<u32> = serde_json::from_value(ids.clone()).expect("numbers");
            let words = reference.prompt(index);
            let prompt = text.prompt(&words).expect("pieces");
            assert_eq!(prompt.ids, ids, "{}: {words:?}", reference.name());
            assert_eq!(prompt.words.len(), words.len());
            assert_eq!(prompt.cut.is_some(), index == 3);
            reference.compare(&format!("text.{index}"), text.encode(&prompt), 1e-4);
        }
    }
}

#[test]
fn what_of_a_long_prompt_is_cut_is_told() {
    let text = TextEncoder::open(&super::super::testing::golden("stable-2"), &cpu()).expect("a text encoder");
    let words = [vec!["a"], vec!["rain"; 300]].concat();
    let prompt = text.prompt(&words).expect("pieces");
    let cut = prompt.cut.expect("too long");
    assert_eq!((cut.pieces, cut.fit), (901, 75), "rain is three pieces");
    assert_eq!((cut.word, cut.read), (25, 2));
    assert_eq!((prompt.words[25].clone(), prompt.words[26].clone()), (74..76, 76..76));
}

#[test]
fn a_piece_sees_only_those_before_it() {
    let text = TextEncoder::open(&super::super::testing::golden("stable-1"), &cpu()).expect("a text encoder");
    let mut prompt = text.prompt(&["a", "photo"]).expect("pieces");
    let before = text.encode(&prompt);
    prompt.ids[50] = 5;
    let after = text.encode(&prompt);
    let rows =
        |tensor: &Tensor<Backend, 3>, from: usize, count: usize| tensor.clone().narrow(1, from, count).into_data();
    assert_eq!(rows(&before, 0, 50), rows(&after, 0, 50));
    assert_ne!(rows(&before, 50, 27), rows(&after, 50, 27));
}

#[test]
fn other_text_encoders_are_refused() {
    let folder = copied("stable-2");
    replace(folder.path(), "text_encoder/config.json", "\"clip_text_model\"", "\"t5\"");
    let message = TextEncoder::open(folder.path(), &cpu()).expect_err("T5").to_string();
    assert!(message.contains("text_encoder/config.json: the architecture `t5` is not supported"), "{message}");
    let folder = copied("stable-2");
    replace(folder.path(), "tokenizer/special_tokens_map.json", "\"!\"", "\"<none>\"");
    let message = TextEncoder::open(folder.path(), &cpu()).expect_err("no such piece").to_string();
    assert!(message.contains("no piece is called `<none>`"), "{message}");
}

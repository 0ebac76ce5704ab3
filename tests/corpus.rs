//! Corpora as they lie on disk: byte-identical round trips over real files where they are at hand, and hostile input.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use spanlight::corpus::{Corpus, Format, ImageStatus, ImageStore, ReadError, ReadOptions};
use spanlight_models::example::{Example, Span, TagScheme};
use spanlight_models::metrics::{Judged, Surfaces, breakdowns};

use common::{published, skipped};

const SKIP_BAD: ReadOptions = ReadOptions { format: None, skip_bad: true };

fn read(text: &[u8]) -> Result<Corpus, ReadError> {
    Corpus::read_from("test", text, ReadOptions::default())
}

fn written(corpus: &Corpus) -> Vec<u8> {
    let tweets = (0..corpus.len()).map(|index| corpus.source(index));
    std::iter::once(corpus.prologue()).chain(tweets).collect::<Vec<_>>().concat()
}

/// Every tweet, relabelled with the spans it has.
fn relabelled(corpus: &Corpus) -> Vec<u8> {
    let mut out = corpus.prologue().to_vec();
    for (index, example) in corpus.examples().enumerate() {
        let text = corpus.format().relabel(corpus.source(index), corpus.layout(), &example.spans);
        out.extend(text.expect("its own spans fit"));
    }
    out
}

#[test]
fn published_corpora_come_back_byte_for_byte() {
    let Some(data) = published() else { return };
    for (name, tweets) in [
        ("twitter2015/train.txt", 4000),
        ("twitter2015/valid.txt", 1000),
        ("twitter2015/test.txt", 3257),
        ("twitter2017/train.txt", 3373),
        ("twitter2017/valid.txt", 723),
        ("gmner/txt/train.txt", 6533),
        ("gmner/txt/dev.txt", 1407),
        ("gmner/txt/test.txt", 1418),
    ] {
        let corpus = Corpus::read(&data.join(name), ReadOptions::default()).expect("a corpus");
        assert_eq!(corpus.len(), tweets, "{name}");
        let bytes = fs::read(data.join(name)).expect("readable");
        assert!(written(&corpus) == bytes && relabelled(&corpus) == bytes, "{name}");
    }
    let corpus = Corpus::read(&data.join("twitter2015/valid.txt"), ReadOptions::default()).expect("a corpus");
    let odd = corpus.examples().find(|example| example.id == "73309").expect("there");
    assert_eq!(odd.tokens[18], "\u{a0}");
}

/// What the scorer sees in a corpus: tweets, words, the longest tweet, entities per type, tweets without entities,
/// repaired tags.
#[derive(Debug, PartialEq)]
struct Census {
    tweets: usize,
    words: usize,
    longest: usize,
    entities: [usize; 4],
    without: usize,
    repairs: usize,
}

impl Census {
    fn of(corpus: &Corpus, types: [&str; 4]) -> Self {
        let examples: Vec<Example> = corpus.examples().collect();
        let spans = || examples.iter().flat_map(|example| &example.spans);
        Self {
            tweets: examples.len(),
            words: examples.iter().map(|example| example.tokens.len()).sum(),
            longest: examples.iter().map(|example| example.tokens.len()).max().unwrap_or(0),
            entities: types.map(|name| spans().filter(|span| span.label == name).count()),
            without: examples.iter().filter(|example| example.spans.is_empty()).count(),
            repairs: corpus.repairs().total(),
        }
    }
}

#[test]
fn published_corpora_are_counted_as_the_scorer_counts_them() {
    let Some(data) = published() else { return };
    let old = ["PER", "LOC", "ORG", "OTHER"];
    let new = ["PER", "LOC", "ORG", "MISC"];
    for (name, types, [tweets, words, longest], entities, [without, repairs]) in [
        ("twitter2015/train.txt", old, [4000, 64_439, 37], [2285, 2135, 957, 975], [104, 186]),
        ("twitter2015/valid.txt", old, [1000, 16_178, 41], [567, 543, 251, 233], [31, 53]),
        ("twitter2015/test.txt", old, [3257, 52_822, 36], [1873, 1720, 860, 754], [89, 135]),
        ("twitter2017/train.txt", new, [3373, 53_007, 50], [2943, 731, 1674, 701], [392, 0]),
        ("twitter2017/valid.txt", new, [723, 11_309, 33], [626, 173, 375, 150], [76, 0]),
    ] {
        let corpus = Corpus::read(&data.join(name), ReadOptions::default()).expect("a corpus");
        let expected = Census { tweets, words, longest, entities, without, repairs };
        assert_eq!(Census::of(&corpus, types), expected, "{name}");
    }
}

#[test]
fn names_of_the_published_test_set_are_as_new_as_they_are_known_to_be() {
    let Some(data) = published() else { return };
    let read = |name: &str| {
        let corpus = Corpus::read(&data.join(name), ReadOptions::default()).expect("a corpus");
        corpus.examples().collect::<Vec<Example>>()
    };
    let surfaces = Surfaces::of(&read("twitter2015/train.txt"));
    let unread = |example: Example| Judged { tokens: example.tokens, gold: example.spans, ..Judged::default() };
    let judged: Vec<Judged> = read("twitter2015/test.txt").into_iter().map(unread).collect();
    let all = breakdowns(&judged, Some(&surfaces));
    let names = all.last().expect("the breakdown by names");
    let shares = names.parts.iter().map(|part| format!("{} {:.1}", part.name, part.counts.gold as f64 / 52.07));
    assert_eq!(
        shares.collect::<Vec<_>>(),
        ["seen 30.4", "ambiguous 3.0", "seen with another type only 1.9", "unseen 64.6"]
    );
}

#[test]
fn posts_with_several_images_have_them_all() {
    let Some(data) = published() else { return };
    let corpus = Corpus::read(&data.join("cmner/example_text.txt"), ReadOptions::default()).expect("a corpus");
    let images = ImageStore::new(vec![data.join("cmner/example_images")]);
    let all: Vec<usize> = corpus.examples().map(|example| images.candidates(&example).len()).collect();
    assert_eq!((all.len(), all.iter().sum::<usize>()), (6, 25));
    assert!(all.iter().all(|count| (1..=9).contains(count)), "{all:?}");
    assert!(corpus.examples().all(|example| matches!(images.status_of(&example), ImageStatus::Ready(_))));
}

#[test]
fn the_sample_data_come_back_byte_for_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let images = ImageStore::new(vec![folder.join("images")]);
    for name in ["train.jsonl", "valid.jsonl", "test.jsonl", "today.jsonl", "today.gold.jsonl"] {
        let corpus = Corpus::read(&folder.join(name), ReadOptions::default()).expect("a corpus");
        let bytes = fs::read(folder.join(name)).expect("readable");
        assert!(written(&corpus) == bytes && relabelled(&corpus) == bytes, "{name}");
        let rendered = corpus.examples().flat_map(|example| Format::Jsonl.render(&example, TagScheme::Bio));
        assert!(rendered.flatten().eq(bytes), "{name}: written as spanlight writes");
        for example in corpus.examples() {
            assert!(matches!(images.status_of(&example), ImageStatus::Ready(_) | ImageStatus::None), "{}", example.id);
        }
    }
}

#[test]
fn compressed_corpora_come_back_byte_for_byte() {
    let Some(data) = published() else { return };
    if Command::new("zstd").arg("--version").output().is_err() {
        skipped("there is no zstd to unpack them");
        return;
    }
    for (name, tweets, columns) in [
        ("cmner/train.txt.zst", 3000, 2),
        ("cmner/dev.txt.zst", 1000, 2),
        ("cmner/test.txt.zst", 1000, 2),
        ("gmner/txt_fine/train.txt.zst", 6533, 3),
        ("gmner/txt_fine/dev.txt.zst", 1407, 3),
        ("gmner/txt_fine/test.txt.zst", 1418, 3),
    ] {
        let output = Command::new("zstd").arg("-dcq").arg(data.join(name)).output().expect("unpacked");
        let corpus = read(&output.stdout).expect("a corpus");
        assert_eq!((corpus.len(), corpus.layout().columns), (tweets, columns), "{name}");
        assert!(written(&corpus) == output.stdout && relabelled(&corpus) == output.stdout, "{name}");
    }
    let packed = Corpus::read(&data.join("cmner/dev.txt.zst"), ReadOptions::default()).expect_err("compressed");
    assert!(packed.to_string().contains("zstd"), "{packed}");
}

#[test]
fn odd_files_come_back_byte_for_byte() {
    let files: [(&str, usize); 12] = [
        ("IMGID:1\na\tO\nb\tB-OTHER\n\nIMGID:2\nc\tB-MISC\n", 2),
        ("IMGID:1\r\na\tO\r\n\r\nIMGID:2\r\nc\tI-PER\r\n\r\n\r\n\r\n", 2),
        ("IMGID:1\na\tO\n\nIMGID:2\nc\tO", 2),
        ("\u{feff}IMGID:1\na\tO\n", 1),
        ("\n\r\n\nIMGID:1\na\tO\n\n\n", 1),
        ("IMGID:1\n\u{a0}\tO\n\u{200d}\tO\n\u{fe0f}\tI-PER\n", 1),
        ("IMGID:1\na\tO\r\nb\tO\n\nIMGID:2\na\tO\nIMGID:3\nb\tO\n", 3),
        ("a\tO\n\nb\tO\n", 2),
        ("EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP S-PER\n", 2),
        ("IMGID:1\n\0\tO\n\u{1b}[31m\tO\n\u{202e}\tB-a b/c\n", 1),
        ("{\"id\":\"1\",\"tokens\":[\"a\"]}\n\n{ \"tokens\": [\"b\"], \"x\": 1.50, \"id\": \"2\" }\r\n", 2),
        (
            "\u{feff}{\"id\":\"1\",\"tokens\":[\"\\ud83d\\ude00\"],\"spans\":[{\"type\":\"X\",\"end\":1,\"start\":0,\"y\":null}]}",
            1,
        ),
    ];
    for (text, tweets) in files {
        let corpus = read(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(corpus.len(), tweets, "{text:?}");
        assert_eq!(String::from_utf8_lossy(&written(&corpus)), text);
        assert_eq!(String::from_utf8_lossy(&relabelled(&corpus)), text);
    }
}

#[test]
fn repairs_are_listed_and_not_made() {
    let text = "IMGID:7\nSt\tO\nLouis\tI-LOC\n\nx\tB-PER\ny\tI-LOC\n";
    let corpus = read(text.as_bytes()).expect("a corpus");
    let repairs = corpus.repairs().items().iter();
    let repairs: Vec<_> =
        repairs.map(|r| (r.tweet.as_str(), r.line, r.repair.from.as_str(), r.repair.to.as_str())).collect();
    assert_eq!(repairs, [("7", Some(3), "I-LOC", "B-LOC"), ("#2", Some(6), "I-LOC", "B-LOC")]);
    assert_eq!(corpus.example(0).spans, [Span::new("LOC", 1, 2)]);
    assert_eq!(written(&corpus), text.as_bytes());
    assert_eq!(corpus.labels().names().collect::<Vec<_>>(), ["LOC", "PER"]);
    assert!(corpus.example(1).images.is_empty());
}

#[test]
fn all_malformed_lines_are_reported_at_once() {
    let text = b"IMGID:1\na\tO\nno tag here\n\nIMGID:2\nb\tO\n\nIMGID:3\n\xff\tO\nc\tQ-PER\n\nd\n";
    let Err(ReadError::Malformed { problems, .. }) = read(text) else { panic!("malformed") };
    let places: Vec<_> = problems.items().iter().map(|problem| (problem.line, problem.tweet.as_str())).collect();
    assert_eq!(places, [(3, "1"), (9, "3"), (10, "3"), (12, "#4")]);
    let message = read(text).expect_err("malformed").to_string();
    assert!(message.contains("test:10: tweet 3: `Q-PER` is not a tag") && message.contains("--skip-bad"), "{message}");

    let corpus = Corpus::read_from("test", &text[..], SKIP_BAD).expect("the good tweet");
    assert_eq!((corpus.len(), corpus.example(0).id.as_str()), (1, "2"));
    let skipped = corpus.skipped().items().iter().map(|tweet| (tweet.tweet.as_str(), tweet.line));
    assert_eq!(skipped.collect::<Vec<_>>(), [("1", Some(1)), ("3", Some(8)), ("#4", Some(12))]);
    assert!(matches!(
        Corpus::read_from("t", &b"IMGID:1\nx\n"[..], SKIP_BAD),
        Err(ReadError::NoTweet { skipped: 1, .. })
    ));
}

#[test]
fn carriage_returns_end_lines_only_before_line_feeds() {
    let old_mac = read(b"IMGID:1\ra\tO\rb\tB-PER\r").expect_err("no line feed");
    assert!(old_mac.to_string().contains("carriage return alone"), "{old_mac}");
    let doubled = read(b"IMGID:1\na\tB-PER\r\r\nb\tO\n").expect_err("a type that ends with a carriage return");
    assert!(doubled.to_string().contains("test:2: tweet 1: a carriage return within the line (column 8)"), "{doubled}");
}

#[test]
fn a_million_malformed_lines_are_counted_and_a_few_told() {
    let text = "IMGID:1\n".to_owned() + &"x\n".repeat(1_000_000);
    let message = read(text.as_bytes()).expect_err("malformed").to_string();
    assert!(message.starts_with("1000000 malformed lines") && message.len() < 10_000);
}

#[test]
fn truncated_files_are_refused_where_it_shows() {
    let conll = "IMGID:1\na\tO\nb\tB-PER\n\nIMGID:2\nc\tO\n";
    let shows = |text: &[u8]| read(text).is_err();
    assert!(shows(&conll.as_bytes()[..conll.len() - 2]));
    assert!(shows(&conll.as_bytes()[..conll.len() - 4]));
    let jsonl = "{\"id\":\"1\",\"tokens\":[\"a\"]}\n{\"id\":\"2\",\"tokens\":[\"é\"]}";
    for end in jsonl.len() - 12..jsonl.len() {
        assert!(shows(&jsonl.as_bytes()[..end]), "{end}");
    }
}

#[test]
fn damaged_files_are_refused_or_come_back_as_they_are() {
    let conll =
        "\u{feff}IMGID:1\r\na\tO\r\n\u{a0}\tB-PER\r\nb\tI-PER\r\n\r\nIMGID:2\nSt Louis\tI-LOC\n\n\nWID:3\n👩\tO";
    let jsonl = "{\"id\":\"1\",\"tokens\":[\"a\",\"é\"],\"spans\":[{\"start\":0,\"end\":1,\"type\":\"X\"}]}\r\n\n\
                 { \"tokens\": [\"b\"], \"id\": \"2\", \"x\": {\"y\": [1.50, null]} }\n";
    let mut random = 1_u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    let marks = [b'\n', b'\r', b'\t', b'"', b'{', b'}', b'-', b'O', b' ', 0, 0x1b, 0xff];
    let mut whole = 0;
    for source in [conll.as_bytes(), jsonl.as_bytes()] {
        for round in 0..4000 {
            let mut bytes = source.to_vec();
            for _ in 0..=below(3) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes.truncate(at.max(1)),
                    1 => drop(bytes.remove(at.min(bytes.len() - 1))),
                    2 => bytes.insert(at, marks[below(marks.len())]),
                    _ => bytes[at] = marks[below(marks.len())],
                }
                if bytes.is_empty() {
                    bytes.push(b'\n');
                }
            }
            let options = if round % 2 == 0 { SKIP_BAD } else { ReadOptions::default() };
            let Ok(corpus) = Corpus::read_from("damaged", &bytes[..], options) else { continue };
            let own = |index: usize| corpus.example(index).spans;
            for index in 0..corpus.len() {
                let text = corpus.format().relabel(corpus.source(index), corpus.layout(), &own(index));
                assert_eq!(text.as_deref(), Ok(corpus.source(index)), "{:?}", String::from_utf8_lossy(&bytes));
            }
            if corpus.skipped().is_empty() {
                assert_eq!(written(&corpus), bytes);
                whole += 1;
            }
        }
    }
    assert!(whole > 500, "{whole} of the damaged files could be read");
}

#[test]
fn what_is_no_corpus_is_refused_at_once() {
    let noise: Vec<u8> = (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let huge = vec![b'x'; 100_000_000];
    for bytes in [&noise, &huge, &vec![0; 1000], &Vec::new()] {
        assert!(matches!(read(bytes), Err(ReadError::UnknownFormat { .. })));
    }
    let object = [&b"{\"id\":\"1\",\"tokens\":[\""[..], &huge].concat();
    for format in Format::ALL {
        let told = ReadOptions { format: Some(format.into()), skip_bad: true };
        for bytes in [&huge, &object] {
            let error = Corpus::read_from("huge", &bytes[..], told).expect_err("one line");
            assert!(error.to_string().contains("huge:1: the line is longer than 1048576 bytes"), "{error}");
        }
        let error = Corpus::read_from("noise", &noise[..], told).expect_err("noise");
        assert!(matches!(error, ReadError::NoTweet { .. }) && error.to_string().len() < 1000, "{error}");
    }
    assert!(matches!(read(&object), Err(ReadError::LineTooLong { line: 1, .. })));
    let folder = Corpus::read(Path::new("/"), ReadOptions::default()).expect_err("a folder");
    assert!(matches!(folder, ReadError::Io { .. }) && folder.to_string().contains('/'), "{folder}");
}

#[test]
fn large_tweets_and_long_names_are_fine() {
    let label = "long / name ".repeat(40);
    let mut example = Example { id: "../../etc/passwd".into(), ..Example::default() };
    example.tokens = (0..10_000).map(|n| format!("word{n}")).collect();
    example.spans = (0..5_000).map(|n| Span::new(label.as_str(), 2 * n, 2 * n + 1 + n % 2)).collect();
    for format in Format::ALL {
        let bytes = format.render(&example, TagScheme::Bio).expect("writable");
        // JSON has it all in one line, which is too long with names of this length for all spans.
        if format == Format::Jsonl {
            assert!(matches!(read(&bytes), Err(ReadError::LineTooLong { line: 1, .. })));
            continue;
        }
        let corpus = read(&bytes).expect("a corpus");
        assert_eq!((corpus.example(0).tokens.len(), &corpus.example(0).spans), (10_000, &example.spans));
        let spans = &example.spans[..2_500];
        let text = format.relabel(corpus.source(0), corpus.layout(), spans).expect("writable");
        assert_eq!(read(&text).expect("a corpus").example(0).spans, spans);
    }
    example.spans.truncate(500);
    let bytes = Format::Jsonl.render(&example, TagScheme::Bio).expect("writable");
    assert_eq!(read(&bytes).expect("a corpus").example(0), example);
}

#[test]
fn formats_turn_into_each_other() {
    let text = "IMGID:1\nAnn\tB-PER\nin\tO\nNew\tB-LOC\nYork\tI-LOC\n\n";
    let corpus = read(text.as_bytes()).expect("a corpus");
    let example = corpus.example(0);
    let json = Format::Jsonl.render(&example, TagScheme::Bio).expect("writable");
    let back = read(&json).expect("a corpus").example(0);
    assert_eq!(back, example);
    assert_eq!(Format::Conll.render(&back, TagScheme::Bio).expect("writable"), text.as_bytes());
    let bioes = Format::Conll.render(&back, TagScheme::Bioes).expect("writable");
    let read_back = read(&bioes).expect("a corpus");
    assert_eq!((read_back.layout().scheme, read_back.example(0)), (TagScheme::Bioes, example));
    assert!(read_back.repairs().is_empty());
}

//! Adapters of a whole tagger: added, learned through, blended and taken away.

use std::path::Path;

use crate::encoders::published::PublishedWeights;
use crate::example::LabelSet;
use crate::layers::projection::AdapterConfig;
use crate::model::Tagger;
use crate::systems::testing::{agree, encoder, said, tagger, teach};
use crate::training::TrainOptions;

const ADAPTER: AdapterConfig = AdapterConfig { rank: 2, alpha: 4.0 };

/// All weights of a tagger's text encoder, adapters merged.
fn merged(tagger: &dyn Tagger, folder: &Path) -> Vec<f32> {
    tagger.export(folder).expect("a published encoder").expect("writable");
    let weights = PublishedWeights::open(folder).expect("as it was written");
    weights.names().flat_map(|name| weights.floats(name).expect("numbers")).collect()
}

#[test]
fn adapters_come_and_go_without_a_change() {
    let folder = tempfile::tempdir().expect("a folder");
    encoder(folder.path());
    for system in ["bert-crf", "span-ner"] {
        let plain = tagger(system, folder.path(), None);
        let mut adapted = plain.fork();
        adapted.adapt(Some(ADAPTER));
        assert!(agree(plain.as_ref(), adapted.as_ref()), "{system}");
        let card = adapted.text_encoder().expect("one");
        assert!(card.adapter == Some(ADAPTER) && card.parameters > plain.text_encoder().expect("one").parameters);

        teach(adapted.as_mut(), &TrainOptions::default());
        assert!(!agree(plain.as_ref(), adapted.as_ref()), "{system} learned");
        let mut again = adapted.fork();
        again.adapt(Some(AdapterConfig { rank: 5, alpha: 1.0 }));
        assert!(agree(again.as_ref(), adapted.as_ref()), "{system}: those that are there are gone on with");
        assert_eq!(again.text_encoder().expect("one").adapter, Some(ADAPTER));

        let mut whole = adapted.fork();
        whole.adapt(None);
        assert!(agree(whole.as_ref(), adapted.as_ref()), "{system}");
        assert_eq!(whole.text_encoder(), plain.text_encoder());
        adapted.relabel(&LabelSet::new(["PER", "ORG"]));
        assert_eq!(adapted.text_encoder().expect("one").adapter, Some(ADAPTER), "{system}");
    }
    assert!(
        crate::checkpoint::load_embedded(&crate::device::cpu()).is_ok_and(|tagger| tagger.text_encoder().is_none())
    );
}

#[test]
fn half_a_lesson_is_half_the_change_of_the_encoder() {
    let folder = tempfile::tempdir().expect("a folder");
    encoder(folder.path());
    let mut first = tagger("bert-crf", folder.path(), None);
    first.adapt(Some(ADAPTER));
    // A first lesson begins with adapters that change nothing, a second one with those of the first.
    for lesson in ["first", "second"] {
        let mut trained = first.fork();
        teach(trained.as_mut(), &TrainOptions { frozen_down: true, ..TrainOptions::default() });
        let at = |share| first.blend(trained.as_ref(), share).expect("one system, one set of types");
        assert!(said(at(0.0).as_ref()) == said(first.as_ref()) && said(at(1.0).as_ref()) == said(trained.as_ref()));
        let [from, to, quarter] = [first.fork(), trained.fork(), at(0.25)].map(|tagger| {
            let place = folder.path().join("merged");
            merged(tagger.as_ref(), &place)
        });
        let most = from.iter().zip(&to).map(|(from, to)| (from - to).abs()).fold(0.0, f32::max);
        assert!(most > 1e-3, "the {lesson} lesson changed {most}");
        let straight = from.iter().zip(&to).map(|(from, to)| 0.75 * from + 0.25 * to);
        let astray = quarter.iter().zip(straight).map(|(found, line)| (found - line).abs()).fold(0.0, f32::max);
        assert!(astray < 1e-6 + 1e-4 * most, "{lesson}: {astray} from the straight line");
        first = trained;
    }
    let plain = tagger("bert-crf", folder.path(), None);
    assert!(plain.blend(first.as_ref(), 0.5).is_none(), "there is no way between different shapes");
}

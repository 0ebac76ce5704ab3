//! Prepared pictures against Pillow, `torchvision` and `transformers`, on the files that `make_image.py` made.

use std::path::Path;

use super::parity::golden;
use super::{BlocksConfig, ClipImageConfig, ImageArchitecture, ResNetConfig};
use super::{Fit, Middle, MobileNetV2Config, Preprocessing, Variation, VitConfig, stack_pixels};
use crate::device::{Backend, cpu};
use crate::encoders::published::PublishedWeights;
use crate::image_file;
use crate::layers::activation::Activation;

/// Side of the prepared pictures.
const SIDE: usize = 31;

const PICTURES: [&str; 4] = ["97x61", "20x45", "31x31", "300x40"];

fn blocks() -> BlocksConfig {
    BlocksConfig { width: 4, layers: 1, heads: 1, hidden: 4, activation: Activation::Gelu, epsilon: 1e-5 }
}

/// Every preparation that the script made references of.
fn recipes() -> [(&'static str, Preprocessing); 5] {
    let hub = |name: &str, architecture: ImageArchitecture| {
        let path = golden("pictures").join(name).join("preprocessor_config.json");
        Preprocessing::from_hub(&path, &architecture).expect("a golden file")
    };
    let vit = VitConfig { side: SIDE, patch: 8, blocks: blocks(), pooler: None };
    let clip = ClipImageConfig { side: SIDE, patch: 8, blocks: blocks() };
    let fit = Fit::Crop { shorter: 36, middle: Middle::Even };
    [
        ("torchvision", Preprocessing { side: SIDE, fit, ..Preprocessing::TORCHVISION }),
        ("whole", Preprocessing { side: SIDE, ..Preprocessing::WHOLE }),
        ("vit", hub("vit", ImageArchitecture::Vit(vit))),
        ("clip", hub("clip", ImageArchitecture::Clip(clip))),
        ("convnext", hub("convnext", ImageArchitecture::ResNet(ResNetConfig::resnet18()))),
    ]
}

fn reference() -> PublishedWeights {
    PublishedWeights::open(&golden("pictures/reference.safetensors")).expect("the golden files are in the repository")
}

#[test]
fn pictures_are_resized_and_cut_as_by_the_references() {
    let reference = reference();
    for (name, preprocessing) in recipes() {
        for picture in PICTURES {
            let pixels = preprocessing.read(&golden(&format!("pictures/{picture}.png"))).expect("a picture");
            let theirs = reference.integers(&format!("{name}.{picture}")).expect("bytes");
            let plane = SIDE * SIDE;
            let ours: Vec<i64> =
                (0..3 * plane).map(|place| i64::from(pixels.rgb()[place % plane * 3 + place / plane])).collect();
            assert!(ours == theirs, "{name} {picture}");
        }
    }
}

#[test]
fn bytes_are_scaled_as_by_the_references() {
    let reference = reference();
    for (name, preprocessing) in recipes() {
        let Ok(theirs) = reference.floats(&format!("{name}.scaled")) else { continue };
        let pixels = preprocessing.read(&golden("pictures/20x45.png")).expect("a picture");
        let batch = [Some((&pixels, Variation::NONE))];
        let ours = stack_pixels::<Backend>(&batch, SIDE, &preprocessing.scaling, &cpu());
        let ours: Vec<f32> = ours.into_data().to_vec().expect("floats");
        let difference = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
        assert!(difference < 2e-6, "{name}: {difference}");
    }
}

#[test]
fn colour_modes_become_what_pillow_makes_of_them() {
    let reference = reference();
    for mode in ["alpha", "grey", "grey-alpha", "palette"] {
        let image = image_file::load_opaque(&golden(&format!("pictures/{mode}.png"))).expect("a picture");
        let ours: Vec<i64> = image.as_raw().iter().map(|value| i64::from(*value)).collect();
        assert_eq!(ours, reference.integers(&format!("mode.{mode}")).expect("bytes"), "{mode}");
    }
}

#[test]
fn what_a_processor_leaves_out_is_the_usual() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("preprocessor_config.json");
    let read = |json: &str, architecture: &ImageArchitecture| {
        std::fs::write(&path, json).expect("writable");
        Preprocessing::from_hub(&path, architecture).map_err(|error| error.to_string())
    };
    let resnet = ImageArchitecture::ResNet(ResNetConfig::resnet50());
    let vit = ImageArchitecture::Vit(VitConfig { side: 224, patch: 16, blocks: blocks(), pooler: None });
    let clip = ImageArchitecture::Clip(ClipImageConfig { side: 224, patch: 32, blocks: blocks() });
    let down = |shorter| Fit::Crop { shorter, middle: Middle::Down };
    let old = r#"{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875}"#;
    assert_eq!(read(old, &resnet).expect("it can be read").fit, down(256));
    assert_eq!(read(r#"{"size": 224, "resample": 2}"#, &vit).expect("it can be read").fit, Fit::Squash);
    assert_eq!(read(r#"{"size": 224, "crop_size": 224}"#, &clip).expect("it can be read").fit, down(224));
    for (json, architecture, says) in [
        ("{", &resnet, "EOF"),
        (r#"{"do_resize": false}"#, &clip, "do_resize"),
        (r#"{"size": {"height": 224, "width": 112}}"#, &vit, "square"),
        (r#"{"size": 384}"#, &vit, "384"),
        (r#"{"resample": 9}"#, &vit, "resample"),
        (r#"{"image_std": [1, 0, 1]}"#, &vit, "image_std"),
        (r#"{"image_processor_type": "DonutImageProcessor"}"#, &vit, "DonutImageProcessor"),
        (r#"{"size": {"shortest_edge": 224}, "crop_size": 256}"#, &clip, "crop_size"),
    ] {
        let error = read(json, architecture).expect_err(json);
        assert!(error.contains(says) && error.contains("preprocessor_config.json"), "{json}: {error}");
    }
    let nowhere = Path::new("nowhere");
    assert_eq!(Preprocessing::from_hub(nowhere, &resnet).expect("the usual"), Preprocessing::TORCHVISION);
    let mobilenet = ImageArchitecture::MobileNetV2(MobileNetV2Config::usual());
    assert_eq!(Preprocessing::from_hub(nowhere, &mobilenet).expect("the usual"), Preprocessing::TORCHVISION);
}

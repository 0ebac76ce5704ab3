//! Temporary.
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;
use spanlight::{config::*, corpus::*, project::*, tui, worker::*};
use spanlight_models::{alignment::*, example::Span, prediction::*};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let corpus = Corpus::read(Path::new(&args[1]), ReadOptions::default()).unwrap();
    let settings = Settings { images: args[2..].iter().map(Into::into).collect(), ..Default::default() };
    let _ = std::fs::create_dir_all("/tmp/tuiproj");
    let dir = format!("/tmp/tuiproj/{}.spanlight", std::process::id());
    let mut project = Project::create(Path::new(&dir), &settings).unwrap();
    project.import(&corpus, Role::Label).unwrap();
    let (requests, rx) = channel::<Request>();
    let (tx, events) = channel();
    std::thread::spawn(move || {
        let mut version = 0;
        let card = |v| ModelCard { system: "compact".into(), name: "embedded".into(), version: v, parameters: 1_234_567, labels: vec![], uses_image: true };
        std::thread::sleep(Duration::from_millis(150));
        tx.send(Event::Ready { model: card(0), device: DeviceCard { device: "cpu".into(), reason: "auto: no CUDA driver found; 2 threads".into() } }).unwrap();
        for r in rx {
            match r {
                Request::Predict(w) => {
                    std::thread::sleep(Duration::from_millis(30));
                    let n = w.example.tokens.len();
                    let spans = w.example.tokens.iter().enumerate().filter(|(i, t)| t.chars().next().is_some_and(char::is_uppercase) && t.len() > 3 && i % 2 == 0)
                        .map(|(i, t)| ScoredSpan { span: Span::new(["PER", "LOC", "ORG"][t.len() % 3], i, i + 1), probability: 0.4 + (t.len() % 6) as f32 / 10.0 }).collect();
                    let maps = (0..2).flat_map(|layer| (0..4).map(move |head| (layer, head))).map(|(layer, head)| HeadMap { layer, head, weights: (0..n * 49).map(|i| { let (t, r) = (i / 49, i % 49); let (y, x) = (r / 7, r % 7); let c = (t * 3 % 7, t * 5 % 7); let d = ((y as f32 - c.0 as f32).powi(2) + (x as f32 - c.1 as f32).powi(2)) / 3.0; (-d).exp() / 10.0 }).collect() }).collect();
                    let alignments = w.example.images.first().filter(|_| w.image.is_some()).map(|id| Alignment { method: "attention", tokens: n, regions: Regions::Grid { image: id.clone(), rows: 7, columns: 7, frame: Frame::WHOLE }, maps }).into_iter().collect();
                    tx.send(Event::Predicted { tweet: w.tweet, version, prediction: Prediction { spans, path_probability: 0.6, entropy: 0.1 }, alignments, image_problem: None, elapsed: Duration::from_millis(30) }).unwrap();
                }
                Request::Score(items) => { std::thread::sleep(Duration::from_millis(100)); tx.send(Event::Scored { version, scores: items.iter().map(|w| (w.tweet, ((w.tweet * 37 + 11) % 100) as f32 / 100.0)).collect() }).unwrap(); }
                Request::Learn(job) => {
                    let tx = tx.clone();
                    version += 1; let v = version;
                    std::thread::spawn(move || {
                        let p = |phase, done, total, loss| Event::Progress(Progress { phase, done, total, loss, eta: Some(Duration::from_millis(((total - done) * 60) as u64)) });
                        for i in 0..3 { tx.send(p(Phase::WarmingUp, i, 3, None)).unwrap(); std::thread::sleep(Duration::from_millis(200)); }
                        for i in 0..60usize { let l = 2.0 * (-(i as f32) / 15.0).exp() + 0.2 + 0.1 * ((i * 7 % 5) as f32 / 5.0); tx.send(p(Phase::Training, i + 1, 60, Some(l))).unwrap();
                            if i % 10 == 0 { tx.send(Event::Measured { step: i, score: HeldOutScore { f1: 0.8 + 0.1 * (1.0 - (-(i as f64) / 20.0).exp()), support: 120 } }).unwrap(); }
                            std::thread::sleep(Duration::from_millis(60)); }
                        tx.send(Event::Finished(Outcome { before: Some(HeldOutScore { f1: 0.801, support: 120 }), after: Some(HeldOutScore { f1: 0.893, support: 120 }), verdict: Verdict::Accepted { version: v }, steps: 60, corrections: job.corrections.len(), elapsed: Duration::from_secs(4) })).unwrap();
                        tx.send(Event::ModelChanged { model: ModelCard { system: "compact".into(), name: "model-1".into(), version: v, parameters: 1_234_567, labels: vec![], uses_image: true }, note: format!("model v{v} is in use") }).unwrap();
                    });
                }
                Request::Shutdown => return,
                _ => {}
            }
        }
    });
    let config = Config::load(Folders::of_user().unwrap());
    let options = tui::Options { frame_log: std::env::var_os("SPANLIGHT_FRAME_LOG").map(Into::into) };
    if let Err(e) = tui::run(project, tui::WorkerLink { requests, events }, config, &options) { eprintln!("{e}"); }
}

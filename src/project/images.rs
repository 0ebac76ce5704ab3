//! Which of a tweet's images comes first: the corpus says so, and a person may choose another one.

use spanlight_models::example::Example;

use super::log::Labelling;
use super::steps::Changes;
use super::{Applied, Project, ProjectError, TweetId};

impl Project {
    /// Prefers one of a tweet's images to the others, as a step of undo; `None` where it is the first already.
    ///
    /// Models look at the first image, and exports name it first.
    pub fn prefer_image(&mut self, tweet: TweetId, image: &str) -> Result<Option<Applied>, ProjectError> {
        let example = self.tweet(tweet)?.example;
        if example.images.first().is_some_and(|first| first == image) {
            return Ok(None);
        }
        if !example.images.iter().any(|id| id == image) {
            return Err(ProjectError::NoSuchImage { tweet: example.id, image: image.to_owned() });
        }
        let before = self.labelling(tweet)?;
        let after = Labelling { image: Some(image.to_owned()), ..before.clone() };
        let mut step = Changes::default();
        step.labels.insert(tweet, (before, after));
        let summary = format!("prefer image {image}");
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, &summary, None), step)
    }

    /// Lists all images that the folders have for a tweet, the preferred one first.
    pub(super) fn order_images(&self, example: &mut Example, preferred: Option<&str>) {
        example.images = self.images.candidates(example);
        if let Some(preferred) = preferred {
            // It was found when it was preferred, and stays it while its folder is away.
            example.images.retain(|id| id != preferred);
            example.images.insert(0, preferred.to_owned());
        }
    }
}

//! Which pictures there are, and the keys that lead to each.

use std::error::Error;
use std::path::Path;

use crate::scene::Scene;
use crate::svg;

/// A picture of the screen.
pub struct Shot {
    /// Name of its file, without the ending.
    pub name: &'static str,
    size: [u16; 2],
    theme: &'static str,
    act: fn(&mut Scene),
}

/// All of them.
pub const SHOTS: [Shot; 8] = [
    Shot { name: "annotate-120x36", size: [120, 36], theme: "dark", act: label_some },
    Shot { name: "annotate-80x24", size: [80, 24], theme: "dark", act: label_some },
    Shot { name: "annotate-200x60", size: [200, 60], theme: "dark", act: label_some },
    Shot { name: "heat-map-120x36", size: [120, 36], theme: "dark", act: look_where },
    Shot { name: "inspect-120x36", size: [120, 36], theme: "dark", act: inspect },
    Shot { name: "learning-120x36", size: [120, 36], theme: "dark", act: learn },
    Shot { name: "light-120x36", size: [120, 36], theme: "light", act: label_some },
    Shot { name: "help-120x36", size: [120, 36], theme: "dark", act: ask },
];

/// Tweets that are labelled before the model learns.
const LESSON: usize = 20;

impl Shot {
    /// Runs the program up to the moment, and gives the picture.
    pub fn take(&self, program: &Path) -> Result<String, Box<dyn Error>> {
        // Folders of its own: nothing of the user's is read, and every picture starts from the same project.
        let home = tempfile::tempdir()?;
        let mut scene = Scene::open(program, home.path(), self.size, self.theme)?;
        (self.act)(&mut scene);
        Ok(scene.picture(svg::draw))
    }
}

/// Some tweets are done; in the open one two names are labelled and two are suggested.
fn label_some(scene: &mut Scene) {
    scene.label(3);
    scene.find("actress");
    scene.press("f");
    scene.press("ef");
}

/// The heat map of a name that only the picture explains.
fn look_where(scene: &mut Scene) {
    scene.find("Lonely Krira tonight");
    scene.press("et");
    scene.wait_for("regions");
}

/// The inspector, where two methods are compared.
fn inspect(scene: &mut Scene) {
    scene.find("Lonely Krira tonight");
    scene.press("eV");
    scene.wait_for("entropy");
    scene.press("ccc");
    scene.wait_for("centred");
}

/// A lesson is over, and what came of it is told.
fn learn(scene: &mut Scene) {
    scene.label(LESSON);
    scene.find("Heslia and I");
    scene.press("L");
    scene.wait_for("steps,");
}

/// Help, while what is looked for is being typed.
fn ask(scene: &mut Scene) {
    scene.find("actress");
    scene.press("?");
    scene.press("model");
}

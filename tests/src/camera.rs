//! Takes screenshots in light and dark.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{process::run, window::Window};

/// Takes the current screen for a person to judge: light and dark, and in a small window. Only if
/// `LONGSHORE_PICTURES` names a folder.
pub async fn picture(window: &Window, name: &str) {
    let Some(folder) = std::env::var_os("LONGSHORE_PICTURES").map(PathBuf::from) else { return };
    let camera = Camera { window, shown: &[], directory: &folder, rest: &folder };
    let size = camera.execute("return [innerWidth, innerHeight]", vec![]).await;
    camera.take(name).await;
    camera.size(900, 600).await;
    camera.take(&format!("{name}-small")).await;
    let [width, height] = [0, 1].map(|each| size[each].as_u64().unwrap() as u32);
    camera.size(width, height).await;
    camera.execute("document.documentElement.dataset.theme = 'light'", vec![]).await;
}

/// A camera for the window.
pub struct Camera<'a> {
    /// The window.
    pub window: &'a Window,
    /// Names of pictures to keep; all others go to `rest`.
    pub shown: &'a [&'a str],
    /// The folder for pictures to keep.
    pub directory: &'a Path,
    /// The folder for all others.
    pub rest: &'a Path,
}

impl Camera<'_> {
    /// Gives the window's content this size.
    pub async fn size(&self, width: u32, height: u32) {
        self.window.client.set_window_size(width, height).await.unwrap();
        self.window
            .until(&format!("{width} × {height}"), || async {
                let size = self.execute("return [innerWidth, innerHeight]", vec![]).await;
                size == json!([width, height])
            })
            .await;
    }

    /// Takes the current screen, light and dark.
    pub async fn take(&self, name: &str) {
        for theme in ["light", "dark"] {
            self.execute("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            self.settled().await;
            self.window.fits().await;
            let name = format!("{name}-{theme}");
            let folder = if self.shown.contains(&name.as_str()) { self.directory } else { self.rest };
            let file = folder.join(format!("{name}.png"));
            self.window.screenshot(&file).await;
            // Few colours and no timestamp: small files that change only when the screen does.
            run(std::process::Command::new("mogrify")
                .args(["-colors", "256", "-strip", "-define", "png:compression-level=9"])
                .args(["-define", "png:exclude-chunks=date,time"])
                .arg(&file));
        }
    }

    /// Waits until nothing moves: animations have ended, and two frames are drawn.
    pub async fn settled(&self) {
        let script = "
            const done = arguments[arguments.length - 1];
            const ended = document.getAnimations()
                .filter(each => each.effect.getComputedTiming().iterations !== Infinity)
                .map(each => each.finished.catch(() => null));
            Promise.all(ended).then(() =>
                requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))));";
        self.window.client.execute_async(script, vec![]).await.unwrap();
    }

    async fn execute(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.window.client.execute(script, arguments).await.unwrap()
    }
}

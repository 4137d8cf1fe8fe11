//! Many repositories with many images each, pushed as fast as the sandbox accepts them.

use std::path::Path;

use futures::{StreamExt, stream};
use serde_json::json;

use crate::{
    person::{DEV, REGION, open, registry},
    pusher::{Build, Pusher},
};

/// How many repositories.
pub const REPOSITORIES: u32 = 1_000;
/// How many images each has.
pub const IMAGES: u32 = 20;
const AT_ONCE: usize = 16;

/// A repository's name.
pub fn name(number: u32) -> String {
    const TEAMS: [&str; 8] =
        ["payments", "identity", "search", "catalogue", "shipping", "data", "platform", "web"];
    format!("{}/service-{number:04}", TEAMS[number as usize % TEAMS.len()])
}

/// Fills the sandbox of a data directory.
pub async fn fill(data_directory: &Path) {
    let app = open(data_directory).await;
    let pusher = Pusher::new(&app, &registry(DEV, REGION)).await;
    let pusher = &pusher;
    stream::iter(0..REPOSITORIES)
        .for_each_concurrent(AT_ONCE, |number| async move {
            let name = name(number);
            pusher.create(&name).await;
            let (media_type, content) = pusher.layers(&name, &Build::default()).await;
            for image in 0..IMAGES {
                let mut content = content.clone();
                content["annotations"] = json!({"build": format!("{name} {image}")});
                pusher.manifest(&name, Some(&format!("build-{image:03}")), media_type, &content).await;
            }
        })
        .await;
    app.close().await;
}

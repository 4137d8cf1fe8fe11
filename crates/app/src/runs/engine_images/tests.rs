//! Ten thousand images in totals and windows.

use longshore_registry::TagOrDigest;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::Space;

fn view() -> RunView {
    RunView {
        id: "run".into(),
        space: Space::Sandbox,
        title: "Run rule".into(),
        state: RunState::Running,
        started: Utc::now(),
        ended: None,
        steps: Vec::new(),
        images: Vec::new(),
        bytes_moved: 0,
        bytes_total: 0,
        bytes_saved: 0,
        error: None,
        can_cancel: true,
        can_retry: false,
        versions: Vec::new(),
        engine: None,
        request: None,
    }
}

fn planned(number: usize) -> PlannedImage {
    let digest = longshore_registry::digest_of(longshore_names::Algorithm::Sha256, &number.to_be_bytes());
    let tag: longshore_names::Tag = format!("build-{number:05}").parse().unwrap();
    let descriptor = Descriptor { media_type: "x/y".into(), digest: digest.clone(), size: 100 };
    PlannedImage {
        repository: "team/api".parse().unwrap(),
        reference: TagOrDigest::Tag(tag.clone()),
        digest: Some(digest),
        destination: "mirror/api".parse().unwrap(),
        tag: Some(tag),
        action: Action::Copy,
        replaces: None,
        manifests: Vec::new(),
        blobs: vec![longshore_engine::PlannedBlob { descriptor: Arc::new(descriptor), way: Way::Upload }],
        referrers: Vec::new(),
        out_of: None,
        bytes_to_move: 100,
        bytes_to_mount: 0,
        bytes_present: 0,
        bytes_elsewhere: 0,
        explanation: "copied".into(),
        notes: Vec::new(),
    }
}

fn ask(only_failed: bool, search: &str, layers_of: Vec<u32>) -> ListRunImages {
    ListRunImages { run: "run".into(), offset: 0, limit: 50, only_failed, search: search.into(), layers_of }
}

#[test]
fn ten_thousand_images_are_told_in_totals_and_looked_at_in_windows() {
    let head = Head {
        rule: "r".into(),
        name: "all".into(),
        scheduled: false,
        before: Before { moved: 5, saved: 7, to_move: 0 },
    };
    let images = Arc::new(EngineImages::new(head, Steering::default(), Arc::new(|| None)));
    let plan: Vec<PlannedImage> = (0..10_000).map(planned).collect();
    let first = images.put(&plan, "registry.example", 1_000_000);
    let live = Arc::new(Live::new(view(), CancellationToken::new()));
    live.follow(&images);
    let told = Told { images: Arc::clone(&images), live: Arc::clone(&live), first };
    let digest = plan[9_000].digest.clone().unwrap();
    for image in 0..100 {
        told.tell(Event::Started { image });
        told.tell(Event::Finished { image });
    }
    told.tell(Event::Started { image: 9_000 });
    for moved in [10, 60, 0, 40] {
        told.tell(Event::Bytes { image: 9_000, digest: digest.clone(), moved, total: 100 });
    }
    let failure = Failure {
        code: "denied".into(),
        message: "destination: denied".into(),
        hint: "Allow it.".into(),
        side: longshore_engine::Side::Destination,
    };
    told.tell(Event::Failed { image: 9_500, failure });

    let view = live.view();
    let engine = view.engine.unwrap();
    assert!(view.images.is_empty(), "images are listed in windows");
    assert_eq!((view.bytes_moved, view.bytes_saved), (5 + 100, 7));
    let RunCounts { images: all, waiting, running, done, failed, .. } = engine.counts;
    assert_eq!((all, waiting, running, done, failed), (10_000, 9_898, 1, 100, 1));
    assert!(serde_json::to_vec(&live.view()).unwrap().len() < 2_000, "events stay small");

    let window = images.window(&ask(false, "", vec![9_000]));
    assert_eq!((window.total, window.rows.len(), window.version), (10_000, 50, engine.version));
    assert_eq!((window.rows[0].index, window.rows[1].index, window.rows[2].index), (9_000, 9_500, 0));
    assert_eq!((window.rows[0].bytes_moved, window.rows[0].image.layers[0].moved), (100, 40));
    assert!(window.rows[2].image.layers.is_empty(), "layers come for the requested images");
    let failed = images.window(&ask(true, "", Vec::new()));
    assert_eq!((failed.total, failed.rows[0].image.error.as_ref().unwrap().code.as_str()), (1, "denied"));
    assert_eq!(images.window(&ask(false, "BUILD-0123", Vec::new())).total, 10);

    let kept = images.ended(RunState::Cancelled);
    assert_eq!(kept.len(), 10_000);
    assert_eq!(kept[9_000].image.state, RunState::Cancelled);
}

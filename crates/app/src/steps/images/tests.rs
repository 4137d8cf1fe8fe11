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
        registries: Vec::new(),
        images: Vec::new(),
        bytes_moved: 0,
        bytes_total: 0,
        bytes_saved: 0,
        error: None,
        waiting: None,
        can_cancel: true,
        can_retry: false,
        versions: Vec::new(),
        unhealed: None,
        transfer: None,
        rule: None,
        request: None,
        counts: None,
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
    let before = Before { moved: 5, saved: 7, to_move: 0 };
    let images = Arc::new(RunImages::of_rule(Steering::default(), before, Arc::new(|| None)));
    let plan: Vec<PlannedImage> = (0..10_000).map(planned).collect();
    let first = images.put(&plan, "registry.example", 1_000_000);
    let live = Arc::new(Live::new(view(), Arc::clone(&images), CancellationToken::new()));
    let told = Told { images: Arc::clone(&images), live: Arc::clone(&live), first, folded: false };
    let digest = plan[9_000].digest.clone().unwrap();
    for image in 0..100 {
        told.report(Event::Started { image });
        told.report(Event::Finished { image });
    }
    told.report(Event::Started { image: 9_000 });
    for moved in [10, 60, 0, 40] {
        told.report(Event::Bytes { image: 9_000, digest: digest.clone(), moved, total: 100 });
    }
    let failure = longshore_engine::Failure {
        code: "denied".into(),
        message: "destination: denied".into(),
        hint: "Allow it.".into(),
        side: longshore_engine::Side::Destination,
    };
    told.report(Event::Failed { image: 9_500, failure });

    let view = live.view();
    let transfer = view.transfer.unwrap();
    assert!(view.images.is_empty(), "images are listed in windows");
    assert_eq!((view.bytes_moved, view.bytes_saved), (5 + 100, 7));
    let RunCounts { images: all, waiting, running, done, failed, .. } = transfer.counts;
    assert_eq!((all, waiting, running, done, failed), (10_000, 9_898, 1, 100, 1));
    assert!(serde_json::to_vec(&live.view()).unwrap().len() < 2_000, "events stay small");

    let window = images.window(&ask(false, "", vec![9_000]));
    assert_eq!((window.total, window.rows.len(), window.version), (10_000, 50, transfer.version));
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

#[test]
fn an_image_that_a_step_copies_to_two_tags_is_one_image_whose_bytes_count_once() {
    let waiting = RunImage {
        source: "Dev team/api".into(),
        destination: "Prod mirror/api:1, mirror/api:latest".into(),
        digest: String::new(),
        state: RunState::Waiting,
        layers: Vec::new(),
        error: None,
    };
    let before = Before { to_move: 100, ..Before::default() };
    let images = Arc::new(RunImages::of_steps(&[waiting], Steering::default(), before));
    let live = Arc::new(Live::new(view(), Arc::clone(&images), CancellationToken::new()));
    let twice = [planned(1), planned(1)];
    let told = images.begin(&live, 0, &twice);
    let digest = twice[0].digest.clone().unwrap();
    told.report(Event::Started { image: 0 });
    told.report(Event::Bytes { image: 0, digest: digest.clone(), moved: 100, total: 100 });
    told.report(Event::Uploaded { image: 0, digest: digest.clone(), size: 100 });
    told.report(Event::Finished { image: 0 });
    assert_eq!(live.view().images[0].state, RunState::Running, "the other tag is left");
    for _ in 0..2 {
        told.report(Event::Present { image: 1, digest: digest.clone(), size: 100 });
    }
    images.end(&live, 0, RunState::Done, None);
    let view = live.view();
    assert_eq!((view.images.len(), view.images[0].layers.len()), (1, 1));
    assert_eq!((view.bytes_moved, view.bytes_saved, view.bytes_total), (100, 100, 100));
    let counts = view.transfer.unwrap().counts;
    assert_eq!((counts.images, counts.running, counts.done), (1, 0, 1));
    assert!(images.ended(RunState::Done).is_empty(), "they are stored with the view");
}

//! Parts of a plan that many machines run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use longshore_engine::{
    Action, CopyItem, CopyPlan, CopyRequest, ImageEnd, RunEnd, RunOutcome, Shard, Way, plan, run, shard,
};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Manifest, Sink};
use proptest::{
    prelude::{ProptestConfig, any, prop},
    prop_assert_eq, proptest,
};

use crate::support::{
    Memory,
    images::{blob, context, index_of, layer, name, request},
};

fn parts(of: u32, split_above: usize) -> Vec<Shard> {
    (0..of).map(|index| Shard::new(index, of).unwrap().splitting_above(split_above)).collect()
}

/// Everything that a client could pull from a registry.
fn content(registry: &Memory, repositories: &BTreeSet<RepositoryName>) -> BTreeMap<String, Digest> {
    let mut found = BTreeMap::new();
    for repository in repositories {
        for (tag, digest) in registry.all_tags(repository) {
            found.insert(format!("{repository}:{tag}"), digest);
        }
        for digest in registry.all_manifests(repository) {
            found.insert(format!("{repository}@{digest}"), digest);
        }
    }
    found
}

async fn run_one(dev: &Memory, prod: &Memory, part: CopyPlan, patience: Duration) -> RunOutcome {
    let (source, sink) = (dev.arc(), prod.arc());
    let mut context = context(&source, &sink);
    context.options.patience = patience;
    run(part, context).await.unwrap()
}

async fn planned(dev: &Memory, prod: &Memory, request: CopyRequest) -> CopyPlan {
    plan(dev.arc(), prod.arc(), &request).await.unwrap()
}

/// A small world: images of a few layers in a few repositories, some of them indexes.
fn world(images: &[(usize, Vec<u8>, bool)]) -> (Memory, CopyRequest) {
    let dev = Memory::new("dev");
    let mut items = Vec::new();
    for (n, (repository, layers, is_index)) in images.iter().enumerate() {
        let layers: Vec<Vec<u8>> = layers.iter().map(|seed| layer(*seed, 100)).collect();
        let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
        let tag = format!("t{n}");
        let image = dev.with_image("from", &tag, &layers);
        if *is_index {
            let index: Manifest = index_of(&[&image]);
            dev.add_manifest(&name("from"), &index, Some(&tag));
        }
        let to = name(&format!("to{}", repository % 3));
        items.push(CopyItem::new(name("from"), tag.parse().unwrap(), to, Some(tag.parse().unwrap())));
    }
    (dev, CopyRequest::new(items))
}

fn destinations(request: &CopyRequest) -> BTreeSet<RepositoryName> {
    request.items.iter().map(|item| item.destination.clone()).collect()
}

async fn equals_one_run(
    images: Vec<(usize, Vec<u8>, bool)>,
    of: u32,
    split_above: usize,
    together: bool,
    first: u32,
) -> (BTreeMap<String, Digest>, BTreeMap<String, Digest>) {
    let (dev, request) = world(&images);
    let repositories = destinations(&request);
    let one = Memory::new("prod").strict_repositories();
    let outcome = run_one(&dev, &one, planned(&dev, &one, request.clone()).await, Duration::ZERO).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);

    let many = Memory::new("prod").strict_repositories();
    let mut shards = parts(of, split_above);
    shards.rotate_left((first % of) as usize);
    let mut plans = Vec::new();
    for part in shards {
        let whole = planned(&dev, &many, request.clone().for_shard(part)).await;
        let part = shard(whole, part);
        if together {
            plans.push(part);
        } else {
            // One after the other, each as if the others were dead.
            let outcome = run_one(&dev, &many, part, Duration::ZERO).await;
            assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
        }
    }
    let runs = plans.into_iter().map(|part| run_one(&dev, &many, part, Duration::from_secs(60)));
    for outcome in futures::future::join_all(runs).await {
        assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    }
    (content(&one, &repositories), content(&many, &repositories))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn shards_together_do_what_one_run_does(
        images in prop::collection::vec((0..3_usize, prop::collection::vec(0..12_u8, 0..5), any::<bool>()), 1..12),
        of in 1..6_u32,
        split_above in 0..6_usize,
        together in any::<bool>(),
        first in 0..5_u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (one, many) = runtime.block_on(equals_one_run(images, of, split_above, together, first));
        prop_assert_eq!(one, many);
    }
}

/// Twelve images of one repository, with a layer of its own each and one that all share.
fn big() -> (Memory, CopyRequest) {
    let images: Vec<(usize, Vec<u8>, bool)> = (0..12).map(|n| (0, vec![n + 1, 0], false)).collect();
    world(&images)
}

#[tokio::test]
async fn a_big_repository_is_divided_by_blobs_and_each_moves_once_when_all_run() {
    let (dev, request) = big();
    let prod = Memory::new("prod").strict_repositories();
    let whole = planned(&dev, &prod, request.clone()).await;
    let plans: Vec<CopyPlan> = parts(4, 3).into_iter().map(|part| shard(whole.clone(), part)).collect();
    let owners: Vec<usize> = plans
        .iter()
        .filter(|part| part.images.iter().any(|image| image.action == Action::Copy))
        .map(|part| part.images.len())
        .collect();
    assert_eq!(owners, [12], "one shard puts all manifests");
    let moved: u64 = plans.iter().map(|part| part.totals.bytes_to_move).sum();
    assert_eq!(moved, whole.totals.bytes_to_move, "together they move what one would");
    let twice: u64 = plans.iter().map(|part| part.totals.bytes_twice).sum();
    assert_eq!(twice, plans.iter().map(|part| part.totals.bytes_elsewhere).sum::<u64>());
    assert!(twice > 0 && twice < moved);

    let runs = plans.into_iter().map(|part| run_one(&dev, &prod, part, Duration::from_secs(60)));
    let outcomes = futures::future::join_all(runs).await;
    assert!(outcomes.iter().all(|outcome| outcome.summary.end == RunEnd::Done));
    let mut uploads = prod.uploads();
    let all = uploads.len();
    uploads.sort();
    uploads.dedup();
    assert_eq!((uploads.len(), all), (12 + 12 + 1, 12 + 12 + 1), "nothing was uploaded twice");
    assert_eq!(prod.all_tags(&name("to0")).len(), 12);
}

#[tokio::test]
async fn a_shard_that_never_runs_is_waited_for_and_then_made_up_for() {
    let (dev, request) = big();
    let prod = Memory::new("prod");
    let whole = planned(&dev, &prod, request).await;
    let plans: Vec<CopyPlan> = parts(3, 3).into_iter().map(|part| shard(whole.clone(), part)).collect();
    let (owner, others): (Vec<CopyPlan>, Vec<CopyPlan>) =
        plans.into_iter().partition(|part| part.images.iter().any(|image| image.action == Action::Copy));
    let owner = owner.into_iter().next().unwrap();
    assert!(
        owner.images.iter().flat_map(|image| &image.blobs).any(|b| matches!(b.way, Way::Elsewhere { .. }))
    );
    let outcome = run_one(&dev, &prod, owner, Duration::from_millis(1)).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 12), "{:?}", outcome.images);
    // The others are late; they run all the same and do no harm.
    for part in others {
        let outcome = run_one(&dev, &prod, part, Duration::from_millis(1)).await;
        assert!(outcome.images.iter().all(|image| image.end == ImageEnd::Done), "{:?}", outcome.images);
    }
    assert_eq!(prod.all_tags(&name("to0")).len(), 12);
}

#[tokio::test]
async fn a_request_for_a_shard_names_what_it_has_to_look_at() {
    let items: Vec<(String, String)> =
        (0..40).map(|n| (format!("a:{n}"), format!("r{}:{n}", if n < 20 { 0 } else { n }))).collect();
    let pairs: Vec<(&str, &str)> = items.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let whole = request(&pairs);
    let mut small = 0;
    for part in parts(4, 10) {
        let cut = whole.clone().for_shard(part);
        assert_eq!(cut.items.iter().filter(|item| item.destination == name("r0")).count(), 20);
        small += cut.items.len() - 20;
    }
    assert_eq!(small, 20, "each small repository belongs to one shard");
}

#[tokio::test]
async fn a_mount_from_a_repository_of_another_shard_is_tried_and_counted() {
    let dev = Memory::new("dev");
    dev.with_image("from", "1", &[&layer(1, 5_000)]);
    // Find two names that belong to different shards.
    let part = parts(2, 100);
    let names: Vec<String> = (0..20).map(|n| format!("to{n}")).collect();
    let (mine, theirs): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|text| part[1].owns(&name(text)));
    let prod = Memory::new("prod").arc();
    let to = |name: &str| format!("{name}:1");
    let (first, second) = (to(theirs[0]), to(mine[0]));
    let whole = planned(&dev, &prod, request(&[("from:1", &first), ("from:1", &second)])).await;
    assert!(whole.images[1].blobs.iter().all(|b| matches!(b.way, Way::Mount { after: Some(0), .. })));
    let part = shard(whole.clone(), part[1]);
    assert_eq!(part.images.len(), 1);
    assert!(part.images[0].blobs.iter().all(|b| matches!(b.way, Way::Mount { after: None, .. })));
    assert_eq!(part.totals.bytes_twice, whole.images[0].bytes_to_move);
    let outcome = run_one(&dev, &prod, part, Duration::ZERO).await;
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(prod.has_blob(&name(mine[0]), &blob(&layer(1, 5_000)).digest));
    let _: Arc<dyn Sink> = prod;
}

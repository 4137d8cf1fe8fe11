//! Tags that a rule no longer selects are removed, and nothing else.

use std::{collections::BTreeSet, sync::Arc};

use longshore_engine::{
    Event, PruneContext, PruneOutcome, PrunePlan, PruneRequest, RemovalEnd, Reporter, plan_prune, run_prune,
};
use longshore_names::Tag;
use tokio_util::sync::CancellationToken;

use super::watched::Watched;
use crate::support::{
    Memory,
    images::{Told, image_of, index_of, layer, name},
};

fn keep(tags: &[&str], cap: usize) -> PruneRequest {
    let tags: BTreeSet<Tag> = tags.iter().map(|tag| tag.parse().unwrap()).collect();
    PruneRequest { keep: [(name("a"), tags)].into(), cap }
}

async fn planned(registry: &Watched, request: &PruneRequest) -> PrunePlan {
    plan_prune(registry.arc(), request).await.unwrap()
}

fn tags(plan: &PrunePlan) -> Vec<&str> {
    plan.removals.iter().map(|removal| removal.tag.as_str()).collect()
}

async fn pruned(registry: &Watched, plan: PrunePlan) -> PruneOutcome {
    run_prune(plan, PruneContext::new(registry.arc())).await.unwrap()
}

fn there(registry: &Watched) -> Vec<String> {
    registry.memory.all_tags(&name("a")).into_iter().map(|(tag, _)| tag.to_string()).collect()
}

#[tokio::test]
async fn tags_that_are_not_named_go_and_others_stay() {
    let registry = Watched::new(Memory::new("prod"));
    for tag in ["1", "2", "3"] {
        registry.memory.with_image("a", tag, &[&layer(1, 10)]);
        registry.memory.with_image("b", tag, &[&layer(1, 10)]);
    }
    let plan = planned(&registry, &keep(&["2", "9"], 10)).await;
    assert_eq!((tags(&plan), plan.kept, plan.is_over_cap()), (vec!["1", "3"], 1, false));
    assert_eq!(there(&registry), ["1", "2", "3"], "a plan changes nothing");
    let told = Arc::new(Told::default());
    let mut context = PruneContext::new(registry.arc());
    context.reporter = told.clone() as Arc<dyn Reporter>;
    let outcome = run_prune(plan, context).await.unwrap();
    assert_eq!(outcome.count(RemovalEnd::Removed), 2);
    assert_eq!(there(&registry), ["2"]);
    assert_eq!(registry.memory.all_tags(&name("b")).len(), 3, "other repositories are not touched");
    let removed = told.events().into_iter().filter(|event| matches!(event, Event::Removed { .. })).count();
    assert_eq!(removed, 2);
}

#[tokio::test]
async fn a_plan_above_its_cap_removes_nothing() {
    let registry = Watched::new(Memory::new("prod"));
    for tag in ["1", "2", "3"] {
        registry.memory.with_image("a", tag, &[]);
    }
    let plan = planned(&registry, &keep(&[], 2)).await;
    assert!(plan.is_over_cap());
    let error = run_prune(plan, PruneContext::new(registry.arc())).await.unwrap_err();
    assert_eq!(error.code(), "prune-cap");
    assert_eq!(there(&registry).len(), 3);
}

#[tokio::test]
async fn what_an_index_that_stays_is_made_of_keeps_its_tag_and_so_do_its_signatures() {
    let registry = Watched::new(Memory::new("prod"));
    let a = name("a");
    let child = registry.memory.with_image("a", "amd64", &[&layer(1, 10)]);
    let other = registry.memory.with_image("a", "old", &[&layer(2, 10)]);
    let index = index_of(&[&child]);
    registry.memory.add_manifest(&a, &index, Some("1"));
    let signature = image_of("signature", &[]).0;
    for (digest, kind) in [(&index.digest, "sig"), (&child.digest, "sbom"), (&other.digest, "sig")] {
        let tag = format!("sha256-{}.{kind}", digest.hex());
        registry.memory.add_manifest(&a, &signature, Some(&tag));
    }
    let plan = planned(&registry, &keep(&["1"], 10)).await;
    assert_eq!(tags(&plan), ["old", &format!("sha256-{}.sig", other.digest.hex())]);
    let spared: Vec<&str> = plan.spared.iter().map(|spared| spared.tag.as_str()).collect();
    assert_eq!(spared.len(), 3, "{spared:?}");
    assert!(spared.contains(&"amd64"));
    pruned(&registry, plan).await;
    assert_eq!(there(&registry).len(), 4);
}

#[tokio::test]
async fn a_tag_that_moved_since_the_plan_stays() {
    let registry = Watched::new(Memory::new("prod"));
    registry.memory.with_image("a", "1", &[&layer(1, 10)]);
    registry.memory.with_image("a", "2", &[&layer(2, 10)]);
    let plan = planned(&registry, &keep(&[], 10)).await;
    registry.memory.with_image("a", "1", &[&layer(3, 10)]);
    registry.memory.remove_tag(&name("a"), "2");
    let outcome = pruned(&registry, plan).await;
    assert_eq!((outcome.count(RemovalEnd::Moved), outcome.count(RemovalEnd::Gone)), (1, 1));
    assert_eq!(there(&registry), ["1"]);
}

#[tokio::test]
async fn a_registry_that_knows_only_digests_loses_images_whose_tags_all_go() {
    let registry = Watched::new(Memory::new("prod")).deleting_by_digest_only();
    let a = name("a");
    let alone = registry.memory.with_image("a", "1", &[&layer(1, 10)]);
    registry.memory.add_manifest(&a, &alone, Some("one"));
    let shared = registry.memory.with_image("a", "2", &[&layer(2, 10)]);
    registry.memory.add_manifest(&a, &shared, Some("stable"));
    let late = registry.memory.with_image("a", "3", &[&layer(3, 10)]);
    let plan = planned(&registry, &keep(&["stable"], 10)).await;
    assert_eq!(tags(&plan), ["1", "2", "3", "one"]);
    // Another client tags one of them again.
    registry.memory.add_manifest(&a, &late, Some("4"));
    let outcome = pruned(&registry, plan).await;
    assert_eq!((outcome.count(RemovalEnd::Removed), outcome.count(RemovalEnd::Failed)), (2, 2));
    assert_eq!(there(&registry), ["2", "3", "4", "stable"]);
    assert!(!registry.memory.all_manifests(&a).contains(&alone.digest));
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_pushed_while_the_removal_of_its_tag_gets_no_answer_stays() {
    let registry = Watched::new(Memory::new("prod"));
    registry.memory.with_image("a", "1", &[&layer(1, 10)]);
    let plan = planned(&registry, &keep(&[], 10)).await;
    let new = image_of("new", &[]).0;
    registry.push_during_deletion(&new, "1");
    let outcome = pruned(&registry, plan.clone()).await;
    assert_eq!(outcome.removals[0].end, RemovalEnd::Moved, "{outcome:?}");
    assert_eq!(registry.memory.tag(&name("a"), "1"), Some(new.digest));
    assert_eq!(registry.requests()["delete"], 1);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_gets_another_tag_while_its_removal_gets_no_answer_stays() {
    let registry = Watched::new(Memory::new("prod")).deleting_by_digest_only();
    let image = registry.memory.with_image("a", "1", &[]);
    let plan = planned(&registry, &keep(&[], 10)).await;
    registry.push_during_deletion(&image, "kept");
    let outcome = pruned(&registry, plan).await;
    assert_eq!(there(&registry), ["kept"], "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_gets_another_tag_while_others_are_removed_stays() {
    let registry = Watched::new(Memory::new("prod")).deleting_by_digest_only();
    let first = registry.memory.with_image("a", "1", &[&layer(1, 10)]);
    let second = registry.memory.with_image("a", "2", &[&layer(2, 10)]);
    let plan = planned(&registry, &keep(&[], 10)).await;
    // The images are deleted in the order of their digests.
    let later = if first.digest < second.digest { second } else { first };
    registry.push_during_deletion(&later, "kept");
    let outcome = pruned(&registry, plan).await;
    assert!(there(&registry).contains(&"kept".to_owned()), "{outcome:?}");
    assert_eq!(outcome.count(RemovalEnd::Failed), 1);
}

#[tokio::test]
async fn a_stopped_run_removes_no_more_and_one_for_another_registry_nothing() {
    let registry = Watched::new(Memory::new("prod"));
    registry.memory.with_image("a", "1", &[]);
    let plan = planned(&registry, &keep(&[], 10)).await;
    let mut context = PruneContext::new(registry.arc());
    context.cancel = CancellationToken::new();
    context.cancel.cancel();
    let outcome = run_prune(plan.clone(), context).await.unwrap();
    assert_eq!(outcome.count(RemovalEnd::Cancelled), 1);
    let other = Watched::new(Memory::new("other"));
    let error = run_prune(plan, PruneContext::new(other.arc())).await.unwrap_err();
    assert_eq!(error.code(), "other-registry");
    assert_eq!(there(&registry), ["1"]);
}

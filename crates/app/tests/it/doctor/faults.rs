//! Each of the twenty faults is planted into a set-up that works, found as the only problem with the side
//! that has to change, and gone after its fix: plans of ours, or what another side was told to do.

use futures::future::BoxFuture;
use longshore_app::api::{CheckOutcome, CheckPlace, ReadinessCheck, RegistryKey, Space};
use longshore_ecr::{EcrClient, ImageScope, RepositorySettings, TagMutability, same_json};

use super::{
    in_policies, in_settings,
    world::{World, dev, prod},
};
use crate::support::until;

/// What is done in the world.
pub(super) type Act = for<'w> fn(&'w World) -> BoxFuture<'w, ()>;

/// Who carries out the fix.
pub(super) enum Fix {
    /// We do, by plans.
    Plans(&'static str),
    /// Another administrator: the kind of fix, a part of the instructions, and what they then do.
    Told(&'static str, &'static str, Act),
}

pub(super) struct Fault {
    pub(super) id: &'static str,
    pub(super) outcome: CheckOutcome,
    pub(super) place: CheckPlace,
    pub(super) plant: Act,
    pub(super) fix: Fix,
}

pub(super) fn name(text: &str) -> longshore_names::RepositoryName {
    text.parse().unwrap()
}

/// Removes a registry's policy.
pub(super) async fn without_policy(world: &World) {
    let client = world.client(&prod());
    let now = client.registry_policy().await.unwrap();
    client.put_registry_policy(now.as_deref(), None, &same_json).await.unwrap();
}

/// Deletes a repository with its images.
pub(super) async fn delete(client: &EcrClient, repository: &str) {
    client.delete_repository(&name(repository), true).await.unwrap();
}

/// A repository of Dev without images, which Prod does not have.
pub(super) async fn only_in_dev(world: &World, repository: &str, mutability: TagMutability) {
    let settings = RepositorySettings { tag_mutability: mutability, ..Default::default() };
    world.client(&dev()).create_repository(&name(repository), &settings).await.unwrap();
}

/// Waits until nothing is wrong: a backfill goes on after its plan.
async fn is_well(world: &World, what: &str) {
    let mut events = world.app.subscribe();
    let left = std::sync::Mutex::new(Vec::new());
    let well = until(&mut events, what, || async {
        let problems = world.problems(true).await;
        let well = problems.is_empty().then_some(());
        *left.lock().unwrap() = problems;
        well
    });
    tokio::time::timeout(std::time::Duration::from_secs(20), well)
        .await
        .unwrap_or_else(|_| panic!("{what} is not fixed: {:#?}", left.lock().unwrap()));
}

async fn check(number: usize, fault: &Fault) {
    let what = format!("fault {number} {}", fault.id);
    let world = World::start().await;
    let before = world.problems(true).await;
    assert!(before.is_empty(), "{what} is planted into what does not work: {before:#?}");
    (fault.plant)(&world).await;
    let found = world.problems(false).await;
    let told: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.outcome, one.place)).collect();
    assert_eq!(told, [(fault.id, fault.outcome, fault.place)], "{what}: {found:#?}");
    let ReadinessCheck { fix, .. } = &found[0];
    let fix = fix.as_ref().unwrap_or_else(|| panic!("{what} has no fix"));
    match &fault.fix {
        Fix::Plans(kind) => {
            assert_eq!(fix.kind, *kind, "{what}");
            assert!(!fix.plans.is_empty(), "{what}: {fix:?}");
            for plan in &fix.plans {
                world.carry_out(plan.clone()).await;
            }
        }
        Fix::Told(kind, text, act) => {
            assert_eq!((fix.kind.as_str(), fix.plans.len()), (*kind, 0), "{what}");
            let said = format!("{} {}", fix.text, fix.copy.as_deref().unwrap_or_default());
            assert!(said.contains(text), "{what} says {said}");
            act(&world).await;
        }
    }
    is_well(&world, &what).await;
    world.close().await;
}

/// The faults of the two lists have the numbers 1 to 20.
async fn check_all(first: usize, faults: &[Fault]) {
    for (number, fault) in (first..).zip(faults) {
        check(number, fault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_nine_faults_in_policies_is_found_on_its_side_and_its_fix_works() {
    check_all(1, &in_policies::faults()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_eleven_other_faults_is_found_on_its_side_and_its_fix_works() {
    check_all(10, &in_settings::faults()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_is_what_was_asked_and_answered_without_secrets() {
    let world = World::start().await;
    let checks = world.checks(true).await;
    let secrets: Vec<String> =
        world.sandbox.ready().credentials.into_iter().map(|keys| keys.secret_access_key).collect();
    for check in &checks {
        for evidence in &check.evidence {
            assert!(!evidence.request.is_empty(), "{check:?}");
            for secret in &secrets {
                assert!(!evidence.answer.contains(secret), "{check:?}");
            }
        }
    }
    let images = world.client(&prod()).images(&name("prod-a"), ImageScope::Active).await.unwrap();
    assert_eq!(images.len(), 1, "the doctor writes nothing");
    let registry = RegistryKey { space: Space::Aws, account: dev().account, region: dev().region };
    assert!(world.app.api_calls(&registry).keys().all(|call| !call.starts_with("Put")));
    world.close().await;
}

//! Faults in Regions, rules, settings, images and credentials.

use futures::FutureExt;
use longshore_app::api::{
    CheckOutcome::{Failed, Warning},
    CheckPlace::{Destination, Source, ThisMachine},
    EngineRuleInput, PlanRequest, RegistryKey, Scope, Space,
};
use longshore_ecr::TagMutability;
use longshore_names::RegistryId;
use serde_json::json;

use super::{
    faults::{Act, Fault, Fix, delete, name, only_in_dev, without_policy},
    world::{ARN, World, at, changed, dev, prod, rule, statement, third},
};
use crate::support::{DEV, PROD};

/// The faults; the comment says what was done wrong.
pub(super) fn faults() -> [Fault; 11] {
    use Fix::{Plans, Told};
    let fault = |id, outcome, place, plant: Act, fix| Fault { id, outcome, place, plant, fix };
    [
        // 10. The destination's Region is enabled nowhere.
        fault(
            "region-disabled",
            Failed,
            Destination,
            |w| {
                async {
                    for account in [DEV, PROD] {
                        w.set_opted_in(account, &prod().region, false).await;
                    }
                }
                .boxed()
            },
            Told("enable_region", "aws account enable-region --account-id 444455556666", |w| {
                async {
                    for account in [DEV, PROD] {
                        w.set_opted_in(account, &prod().region, true).await;
                    }
                }
                .boxed()
            }),
        ),
        // 11. The source's account has not enabled the destination's Region.
        fault(
            "region-disabled",
            Failed,
            Source,
            |w| {
                async {
                    w.set_opted_in(DEV, &prod().region, false).await;
                }
                .boxed()
            },
            Told("enable_region", "aws account enable-region --account-id 111122223333", |w| {
                async {
                    w.set_opted_in(DEV, &prod().region, true).await;
                }
                .boxed()
            }),
        ),
        // 12. A tag that cannot be moved is on another image.
        fault(
            "tag-taken",
            Failed,
            Destination,
            |w| {
                async {
                    let pusher = w.pusher(&prod()).await;
                    pusher.push_platform("prod-a", Some("1"), "arm64").await;
                    w.client(&prod())
                        .put_tag_mutability(&name("prod-a"), &TagMutability::IMMUTABLE)
                        .await
                        .unwrap();
                }
                .boxed()
            },
            Plans("exclude_tag"),
        ),
        // 13. Nothing gives new repositories the source's settings.
        fault(
            "template-missing",
            Warning,
            Destination,
            |w| only_in_dev(w, "prod-b", TagMutability::IMMUTABLE).boxed(),
            Plans("put_creation_template"),
        ),
        // 14. The destination replicates further, which replicas do not.
        fault(
            "chain",
            Warning,
            Source,
            |w| {
                async {
                    w.configure(&prod(), vec![rule(&[third()], "prod-")]).await;
                    let_third_work(w).await;
                }
                .boxed()
            },
            Plans("edit_rule"),
        ),
        // 15. Both sides replicate deletions to each other.
        fault(
            "loop",
            Failed,
            Source,
            |w| {
                async {
                    for (from, to) in [(dev(), prod()), (prod(), dev())] {
                        let mut rule = rule(&[to], "prod-");
                        rule["deleteReplication"] = json!({"enabled": true});
                        w.configure(&from, vec![rule]).await;
                    }
                }
                .boxed()
            },
            Plans("edit_rule"),
        ),
        // 16. There are more destinations than ECR takes.
        fault(
            "limit-destinations",
            Failed,
            Source,
            |w| {
                async {
                    let_third_work(w).await;
                    let others: Vec<RegistryId> =
                        (0..24).map(|n| at(&format!("{n:012}"), "us-east-2")).collect();
                    w.configure(&dev(), vec![rule(&[prod(), third()], "prod-"), rule(&others, "other/")])
                        .await;
                }
                .boxed()
            },
            Told("use_engine", "Longshore's engine", |w| use_engine(w).boxed()),
        ),
        // 17. Images are older than the rule.
        fault(
            "existing-images",
            Warning,
            Source,
            |w| {
                async {
                    delete(&w.client(&prod()), "prod-a").await;
                }
                .boxed()
            },
            Plans("start_backfill"),
        ),
        // 18. Layers are sent again.
        fault(
            "blob-mounting",
            Warning,
            Destination,
            |w| {
                async {
                    w.set_blob_mounting(&prod(), "DISABLED").await;
                }
                .boxed()
            },
            Plans("set_blob_mounting"),
        ),
        // 19. The key of the destination's account was deleted.
        fault(
            "identity",
            Failed,
            ThisMachine,
            |w| {
                async {
                    w.sandbox.plant_new_keys(&prod().account).await.unwrap();
                }
                .boxed()
            },
            Told("sign_in_again", "Sign in again as account", |w| w.reconnect(PROD).boxed()),
        ),
        // 20. An image failed before the statement was there, and nothing sends it again.
        fault(
            "recent-failures",
            Failed,
            Source,
            |w| {
                async {
                    without_policy(w).await;
                    let image = w.pusher(&dev()).await.push("prod-a", "2").await;
                    has_failed(w, image).await;
                    w.allow(&prod(), vec![statement()]).await;
                }
                .boxed()
            },
            Plans("replicate_again"),
        ),
    ]
}

/// What a rule needs whose images go to the third registry too.
async fn let_third_work(world: &World) {
    let resource = ARN.replace("us-east-2", "eu-west-1") + "/prod-*";
    world.allow(&third(), vec![changed("Resource", resource.into())]).await;
    let pusher = world.pusher(&third()).await;
    pusher.create("prod-a").await;
    pusher.push("prod-a", "1").await;
}

/// Waits until ECR says that an image failed.
async fn has_failed(world: &World, image: longshore_names::Digest) {
    let mut changes = world.sandbox.subscribe();
    let client = world.client(&dev());
    let id = longshore_ecr::ImageId { digest: Some(image), tag: None };
    loop {
        let statuses = client.replication_status(&name("prod-a"), &id).await.unwrap();
        if statuses.iter().any(|status| status.state == longshore_ecr::ReplicationState::Failed) {
            return;
        }
        changes.recv().await.unwrap();
    }
}

/// The rule as one of the engine, in place of ECR's.
async fn use_engine(world: &World) {
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n      \
         repositories: [{{prefix: \"prod-\"}}]\n    destinations:\n      - registry: {PROD}/us-east-2\n"
    );
    let rule = EngineRuleInput::Yaml { text };
    world.carry_out(PlanRequest::SaveEngineRule { space: Space::Aws, id: None, rule }).await;
    let all = world.app.engine_rules(Scope { space: Some(Space::Aws), ..Scope::default() }).await.unwrap();
    world.carry_out(PlanRequest::RunEngineRule { rule: all[0].id.clone() }).await;
    let registry = RegistryKey { space: Space::Aws, account: dev().account, region: dev().region };
    let native = world.app.replication(registry.clone()).await.unwrap().rules.remove(0);
    world.carry_out(PlanRequest::RemoveRule { registry, rule: native.id }).await;
}

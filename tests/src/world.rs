//! The state of a team after some days, for the documentation's screenshots.

use std::path::Path;

use longshore_app::{
    App,
    api::{
        Encryption, ImageKey, Mutability, PlanRequest, RegistryKey, ReplicationState, RuleInput,
        StatementInput, StatementType,
    },
};

use crate::{
    person::{DEV, PROD, REGION, make, open, registry, repository, rule, watch},
    pusher::{Build, Pusher},
    releases,
};

/// A name near the end of what ECR allows.
pub const LONG: &str = "platform/observability/collectors/opentelemetry-collector-contrib-distribution-internal/\
                        agent-with-tail-sampling-and-redaction-processors";

/// Fills a data directory: J1 with a promoted and replicated image, other teams' repositories, a
/// replication that failed because of a missing statement, images for several platforms and many
/// tags, engine rules.
pub async fn fill(data_directory: &Path) {
    releases::push_old(data_directory).await;
    let app = open(data_directory).await;
    let dev = registry(DEV, REGION);
    let prod = registry(PROD, REGION);
    let pusher = Pusher::new(&app, &dev).await;

    make(&app, create(&dev, "dev-microservice", Mutability { immutable: false, exclusions: vec![] })).await;
    make(&app, create(&dev, "prod-microservice", Mutability { immutable: true, exclusions: vec![] })).await;
    make(&app, put_rule(rule(&dev, &[&prod], &["prod-microservice"]))).await;
    make(&app, PlanRequest::AddStatement { statement: statement(&prod) }).await;
    let commits = ["5b0e7aa", "c41d9f0", "8f3c1d2", "e77a1b9", "09b52cc", "f0aa31e"];
    let sizes = [3_200_000, 1_450_000, 410_000, 2_048];
    for (number, commit) in commits.iter().enumerate() {
        let tag = (37 + number).to_string();
        pusher
            .push("dev-microservice", Some(&tag), &Build { architecture: "amd64", commit, layers: &sizes })
            .await;
    }
    promote(&app, &dev, "42", "21", true).await;
    promote(&app, &dev, "40", "20", false).await;
    for tag in ["20", "21"] {
        watch(&app, &repository(&dev, "prod-microservice"), tag, Some(ReplicationState::Complete)).await;
    }
    other_teams(&app, &dev, &pusher).await;
    failed_replication(&app, &dev, &pusher).await;
    releases::fill(&app, &pusher).await;
    app.close().await;
}

fn create(registry: &RegistryKey, name: &str, mutability: Mutability) -> PlanRequest {
    PlanRequest::CreateRepository {
        registry: registry.clone(),
        name: name.into(),
        mutability,
        scan_on_push: name.starts_with("prod"),
        encryption: Encryption::Aes256,
    }
}

fn put_rule(rule: RuleInput) -> PlanRequest {
    PlanRequest::PutRule {
        rule,
        add_statements: Vec::new(),
        all_repositories: false,
        create_repository: true,
    }
}

fn statement(registry: &RegistryKey) -> StatementInput {
    StatementInput {
        registry: registry.clone(),
        statement_type: StatementType::ReplicationCrossAccount,
        sid: "ReplicationAccessCrossAccount".into(),
        accounts: vec![DEV.into()],
        prefixes: vec!["prod-microservice".into()],
        all_repositories: false,
        create_repository: true,
    }
}

/// Promotes `dev-microservice:from` to `prod-microservice:to`.
async fn promote(app: &App, dev: &RegistryKey, from: &str, to: &str, enable_blob_mounting: bool) {
    let source = repository(dev, "dev-microservice");
    let image = watch(app, &source, from, None).await;
    let promotion = PlanRequest::Promote {
        source: ImageKey { repository: source, digest: image.digest },
        destination: dev.clone(),
        repository: "prod-microservice".into(),
        tag: to.into(),
        enable_blob_mounting,
        create_repository: false,
    };
    make(app, promotion).await;
}

async fn other_teams(app: &App, dev: &RegistryKey, pusher: &Pusher) {
    make(app, create(dev, LONG, Mutability { immutable: true, exclusions: vec!["latest".into()] })).await;
    pusher.push_index(LONG, "0.117.0-internal.20261120.1", "77d0e1c", &[2_000_000, 30_000]).await;
    pusher.create("base/debian").await;
    for tag in ["12", "12.8", "bookworm", "bookworm-20261103"] {
        pusher.push_index("base/debian", tag, "b00c4e2", &[5_000_000]).await;
    }
    for name in ["web/storefront", "web/checkout", "data/etl-nightly", "tools/lint"] {
        pusher.create(name).await;
        for commit in ["1d2c3b4", "9e8f7a6", "aa04b71"] {
            let build = Build { architecture: "amd64", commit, layers: &[900_000, 42_000] };
            pusher.push(name, Some(commit), &build).await;
        }
    }
    pusher.create("web/checkout-experiments").await;
    let same_account = registry(DEV, "eu-west-1");
    make(app, put_rule(rule(dev, &[&same_account], &["base/"]))).await;
    let arrives = Build { commit: "c0ffee1", ..Build::default() };
    pusher.push("base/debian", Some("13-rc1"), &arrives).await;
    watch(app, &repository(dev, "base/debian"), "13-rc1", Some(ReplicationState::Complete)).await;
    for key in ["web/storefront", "web/checkout", "data/etl-nightly", "tools/lint", LONG] {
        let tag = if key == LONG { "0.117.0-internal.20261120.1" } else { "9e8f7a6" };
        watch(app, &repository(dev, key), tag, None).await;
    }
}

/// `payments/ledger` is replicated to a Region of Prod whose policy does not mention it.
async fn failed_replication(app: &App, dev: &RegistryKey, pusher: &Pusher) {
    let elsewhere = registry(PROD, "us-east-2");
    pusher.create("payments/ledger").await;
    make(app, put_rule(rule(dev, &[&elsewhere], &["payments/"]))).await;
    for (tag, commit) in [("2026.11.1", "51ab0ce"), ("2026.11.2", "d4e5f60")] {
        let build = Build { architecture: "arm64", commit, layers: &[1_200_000, 88_000] };
        pusher.push("payments/ledger", Some(tag), &build).await;
        watch(app, &repository(dev, "payments/ledger"), tag, Some(ReplicationState::Failed)).await;
    }
}

//! A person's actions in a test: plans, confirms, runs, waits for the end.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{
        ApiError, DestinationInput, Encryption, ImageKey, ImageRow, ListImages, Mutability, PlanRequest,
        PlanView, RegistryKey, ReplicationState, RuleInput, RunKey, RunPlan, RunState, RunView, Severity,
        StatementInput, StatementType,
    },
};

use crate::support::{self, repository, until};

/// Plans a change and expects a plan.
pub(crate) async fn plan(app: &App, request: PlanRequest) -> PlanView {
    app.plan(request).await.unwrap()
}

/// The error of a change that cannot even be planned.
pub(crate) async fn refused(app: &App, request: PlanRequest) -> ApiError {
    app.plan(request).await.unwrap_err()
}

/// Codes of findings that prevent the run.
pub(crate) fn errors(plan: &PlanView) -> Vec<&str> {
    codes(plan, Severity::Error)
}

pub(crate) fn codes(plan: &PlanView, severity: Severity) -> Vec<&str> {
    plan.findings.iter().filter(|found| found.severity == severity).map(|found| found.code.as_str()).collect()
}

/// Starts a plan, typing the required text.
pub(crate) async fn begin(app: &App, plan: &PlanView) -> Result<String, ApiError> {
    begin_with(app, plan, false).await
}

/// As [`begin`]; with `keep_going`, a failure does not end the run.
pub(crate) async fn begin_with(app: &App, plan: &PlanView, keep_going: bool) -> Result<String, ApiError> {
    let request = RunPlan {
        plan: plan.id.clone(),
        hash: plan.hash.clone(),
        confirm: plan.confirm.clone(),
        acknowledge: true,
        managed: Vec::new(),
        keep_going,
    };
    support::ledger::shown(app, plan);
    app.run_plan(request).await.map(|started| started.run)
}

/// Waits until a run has ended, with any result.
pub(crate) async fn ended(app: &App, run: &str) -> RunView {
    let mut events = app.subscribe();
    let key = RunKey { run: run.to_owned() };
    let view = until(&mut events, "the end of the run", || async {
        let view = app.run(key.clone()).await.unwrap();
        view.ended.is_some().then_some(view)
    })
    .await;
    support::ledger::check(app, Some(&view)).await;
    view
}

/// Plans and runs a change to its end.
pub(crate) async fn try_to(app: &App, request: PlanRequest) -> RunView {
    let plan = plan(app, request).await;
    let run = begin(app, &plan).await.unwrap();
    ended(app, &run).await
}

/// Plans and runs a change that must succeed.
pub(crate) async fn make(app: &App, request: PlanRequest) -> RunView {
    let view = try_to(app, request).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    view
}

pub(crate) async fn create(app: &App, registry: &RegistryKey, name: &str) {
    make(app, create_request(registry, name)).await;
}

pub(crate) fn create_request(registry: &RegistryKey, name: &str) -> PlanRequest {
    PlanRequest::CreateRepository {
        registry: registry.clone(),
        name: name.into(),
        mutability: Mutability { immutable: false, exclusions: Vec::new() },
        scan_on_push: false,
        encryption: Encryption::Aes256,
    }
}

pub(crate) async fn push(app: &App, registry: &RegistryKey, name: &str, tag: &str) -> RunView {
    make(app, PlanRequest::PushSample { repository: repository(registry, name), tag: tag.into() }).await
}

pub(crate) fn rule(source: &RegistryKey, destinations: &[&RegistryKey], filters: &[&str]) -> RuleInput {
    RuleInput {
        registry: source.clone(),
        also: Vec::new(),
        destinations: destinations
            .iter()
            .map(|to| DestinationInput { account: to.account.to_string(), region: to.region.to_string() })
            .collect(),
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        delete_replication: false,
        replaces: None,
        name: None,
        note: None,
    }
}

pub(crate) fn put_rule(rule: RuleInput, add_statements: &[&RegistryKey]) -> PlanRequest {
    PlanRequest::PutRule {
        rule,
        add_statements: add_statements.iter().map(|&key| key.clone()).collect(),
        all_repositories: false,
        create_repository: true,
    }
}

pub(crate) fn statement(registry: &RegistryKey, source: &str, prefixes: &[&str]) -> StatementInput {
    StatementInput {
        registry: registry.clone(),
        statement_type: StatementType::ReplicationCrossAccount,
        sid: "ReplicationAccessCrossAccount".into(),
        accounts: vec![source.into()],
        prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        all_repositories: prefixes.is_empty(),
        create_repository: true,
    }
}

/// Waits for the image under a tag, as the window shows it.
pub(crate) async fn image(app: &Arc<App>, registry: &RegistryKey, name: &str, tag: &str) -> ImageRow {
    let mut events = app.subscribe();
    let key = repository(registry, name);
    until(&mut events, &format!("{name}:{tag}"), || find(app, &key, tag)).await
}

pub(crate) async fn find(app: &App, key: &longshore_app::api::RepositoryKey, tag: &str) -> Option<ImageRow> {
    let request = ListImages {
        repository: key.clone(),
        text: String::new(),
        sort: Default::default(),
        direction: Default::default(),
        offset: 0,
        limit: 500,
    };
    let window = app.images(request).await.unwrap();
    window.rows.into_iter().find(|row| row.tags.iter().any(|known| known == tag))
}

/// Waits until an image's replication to a destination has reached `state`.
pub(crate) async fn replicated(
    app: &Arc<App>,
    registry: &RegistryKey,
    name: &str,
    tag: &str,
    to: &RegistryKey,
    state: ReplicationState,
) -> ImageRow {
    let mut events = app.subscribe();
    let key = repository(registry, name);
    until(&mut events, &format!("{state:?} of {name}:{tag}"), || async {
        let row = find(app, &key, tag).await?;
        row.replication.iter().any(|known| known.destination == *to && known.state == state).then_some(row)
    })
    .await
}

pub(crate) fn image_key(registry: &RegistryKey, name: &str, digest: &str) -> ImageKey {
    ImageKey { repository: repository(registry, name), digest: digest.into() }
}

/// Names of the repositories that a registry has now.
pub(crate) async fn names(app: &App, registry: &RegistryKey) -> Vec<String> {
    let found = support::client(app, registry).repositories().await.unwrap();
    let mut names: Vec<_> = found.into_iter().map(|repository| repository.name.to_string()).collect();
    names.sort();
    names
}

/// The digest under a tag as ECR has it now.
pub(crate) async fn digest_of(app: &App, registry: &RegistryKey, name: &str, tag: &str) -> Option<String> {
    let images = support::client(app, registry).images(&name.parse().unwrap(), Default::default()).await;
    let images = images.ok()?;
    let found = images.into_iter().find(|image| image.tags.iter().any(|known| known.as_str() == tag));
    found.map(|image| image.digest.to_string())
}

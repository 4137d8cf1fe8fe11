//! A sandbox that plays AWS, with a rule from Dev to Prod in another Region that works; and an app with keys
//! of both accounts.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{
        AccountKey, AddAccount, CheckOutcome, Environment, GetReadiness, PlanRequest, ReadinessCheck,
        RegistryKey, RunKey, RunPlan, RunState, Space,
    },
};
use longshore_ecr::{BLOB_MOUNTING, EcrClient, EcrEndpoint, RepositorySettings, RoleRequest};
use longshore_names::{AccountId, Region, RegistryId};
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions, Switches};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    steps::plan,
    support::{
        DEV, PROD, Pusher,
        aws::{client, keys_of},
        options, until,
    },
};

pub(super) const ARN: &str = "arn:aws:ecr:us-east-2:444455556666:repository";
const REGIONS: [&str; 3] = ["us-west-2", "us-east-2", "eu-west-1"];

pub(super) fn at(account: &str, region: &str) -> RegistryId {
    RegistryId::new(account.parse().unwrap(), region.parse().unwrap())
}

/// Where images are pushed.
pub(super) fn dev() -> RegistryId {
    at(DEV, "us-west-2")
}

/// Where the rule sends them: in another Region, so that Regions have a side.
pub(super) fn prod() -> RegistryId {
    at(PROD, "us-east-2")
}

/// Another registry of Prod.
pub(super) fn third() -> RegistryId {
    at(PROD, "eu-west-1")
}

/// A rule as ECR stores it.
pub(super) fn rule(to: &[RegistryId], prefix: &str) -> Value {
    let to = to.iter().map(|to| json!({"region": to.region, "registryId": to.account}));
    json!({
        "destinations": to.collect::<Vec<_>>(),
        "repositoryFilters": [{"filter": prefix, "filterType": "PREFIX_MATCH"}],
    })
}

/// The statement that lets Dev replicate what the rule takes.
pub(super) fn statement() -> Value {
    json!({
        "Sid": "FromDev", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], "Resource": format!("{ARN}/prod-*"),
    })
}

/// The statement after a change.
pub(super) fn changed(name: &str, value: Value) -> Value {
    let mut statement = statement();
    statement[name] = value;
    statement
}

pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) app: Arc<App>,
    _directory: TempDir,
}

impl World {
    pub(super) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut sandbox = SandboxOptions::new(directory.path().join("aws"));
        sandbox.port = PortChoice::Any;
        sandbox.replication_delay = std::time::Duration::ZERO;
        sandbox.switches = Switches { blob_mounting: true, ..Switches::default() };
        let sandbox = Sandbox::start(sandbox).await.unwrap();
        let mut options = options(&directory);
        options.aws_endpoint = Some(sandbox.ready().control.parse().unwrap());
        options.ledger = None;
        let app = App::open(options).await.unwrap();
        let world = Self { sandbox, app, _directory: directory };
        for account in [DEV, PROD] {
            world.connect(account).await;
        }
        for registry in [dev(), prod()] {
            let pusher = world.pusher(&registry).await;
            pusher.create("prod-a").await;
            pusher.push("prod-a", "1").await;
        }
        world.configure(&dev(), vec![rule(&[prod()], "prod-")]).await;
        world.allow(&prod(), vec![statement()]).await;
        world
    }

    pub(super) async fn close(self) {
        self.app.close().await;
        self.sandbox.shutdown().await;
    }

    /// The app of another computer, which has only Dev's key.
    pub(super) async fn developers(&self, directory: &TempDir) -> Arc<App> {
        let mut options = options(directory);
        options.aws_endpoint = Some(self.sandbox.ready().control.parse().unwrap());
        options.ledger = None;
        let app = App::open(options).await.unwrap();
        self.connect_to(&app, DEV).await;
        app
    }

    /// Connects an account by its present key.
    pub(super) async fn connect(&self, account: &str) {
        self.connect_to(&self.app, account).await;
    }

    async fn connect_to(&self, app: &App, account: &str) {
        let keys = keys_of(&self.sandbox, account);
        let request = AddAccount {
            id: account.into(),
            name: if account == DEV { "Dev".into() } else { "Prod".into() },
            environment: Environment::Staging,
            colour: None,
            regions: REGIONS.map(str::to_owned).into(),
            access_key_id: keys.access_key_id().into(),
            secret_access_key: keys.secret_access_key().into(),
            session_token: keys.session_token().map(str::to_owned),
            session_only: false,
        };
        app.add_account(request).await.unwrap();
    }

    /// Connects an account by a role of it, in place of its user.
    pub(super) async fn connect_role(&self, account: &str, arn: &str) {
        let request = RoleRequest {
            role_arn: arn.into(),
            session_name: "ci".into(),
            external_id: None,
            duration: None,
        };
        let role = self.client(&at(account, "us-west-2")).assume_role(&request).await.unwrap().credentials;
        let key = AccountKey { space: Space::Aws, id: account.into() };
        self.app.remove_account(key).await.unwrap();
        let request = AddAccount {
            id: account.into(),
            name: account.into(),
            environment: Environment::Staging,
            colour: None,
            regions: REGIONS.map(str::to_owned).into(),
            access_key_id: role.access_key_id().into(),
            secret_access_key: role.secret_access_key().into(),
            session_token: role.session_token().map(str::to_owned),
            session_only: false,
        };
        self.app.add_account(request).await.unwrap();
    }

    /// Connects an account again, by its present key.
    pub(super) async fn reconnect(&self, account: &str) {
        let key = AccountKey { space: Space::Aws, id: account.into() };
        self.app.remove_account(key).await.unwrap();
        self.connect(account).await;
    }

    /// A client without the app.
    pub(super) fn client(&self, registry: &RegistryId) -> EcrClient {
        client(&self.sandbox, registry, keys_of(&self.sandbox, registry.account.as_str()))
    }

    pub(super) async fn pusher(&self, registry: &RegistryId) -> Pusher {
        Pusher(EcrEndpoint::connect(self.client(registry), RepositorySettings::default()).await.unwrap())
    }

    pub(super) async fn configure(&self, registry: &RegistryId, rules: Vec<Value>) {
        let configuration = json!({"rules": rules});
        self.sandbox.plant_replication_configuration(registry, configuration).await.unwrap();
    }

    /// Makes a registry's policy.
    pub(super) async fn allow(&self, registry: &RegistryId, statements: Vec<Value>) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        self.sandbox.plant_registry_policy(registry, &policy).await.unwrap();
    }

    pub(super) async fn set_blob_mounting(&self, registry: &RegistryId, value: &str) {
        self.client(registry).put_account_setting(BLOB_MOUNTING, value).await.unwrap();
    }

    pub(super) async fn set_opted_in(&self, account: &str, region: &Region, opted_in: bool) {
        let account: AccountId = account.parse().unwrap();
        self.sandbox.set_opted_in(&account, region, opted_in).await.unwrap();
    }

    /// The checks of the rules of Dev: of the first, or of all. Each says what it was decided by.
    pub(super) async fn checks(&self, all: bool) -> Vec<ReadinessCheck> {
        let registry = RegistryKey { space: Space::Aws, account: dev().account, region: dev().region };
        let first = self.app.replication(registry.clone()).await.unwrap().rules.into_iter().next();
        let rule = first.map(|rule| rule.id).filter(|_| !all);
        let found = self.app.readiness(GetReadiness { registry, rule, planned: None }).await.unwrap();
        let checks: Vec<ReadinessCheck> = found.rules.into_iter().flat_map(|rule| rule.checks).collect();
        for check in &checks {
            assert!(!check.evidence.is_empty(), "no evidence: {check:?}");
            let is_empty = |text: &String| text.is_empty();
            let said = check.evidence.iter().flat_map(|one| [&one.request, &one.answer]);
            assert!(!said.into_iter().any(is_empty), "empty evidence: {check:?}");
        }
        checks
    }

    /// The checks that failed or warn.
    pub(super) async fn problems(&self, all: bool) -> Vec<ReadinessCheck> {
        let bad = [CheckOutcome::Failed, CheckOutcome::Warning];
        self.checks(all).await.into_iter().filter(|check| bad.contains(&check.outcome)).collect()
    }

    /// Carries out a plan as a person does, to its end.
    pub(super) async fn carry_out(&self, request: PlanRequest) {
        let planned = plan(&self.app, request).await;
        let request = RunPlan {
            plan: planned.id.clone(),
            hash: planned.hash.clone(),
            confirm: planned.confirm.clone(),
            acknowledge: true,
            managed: Vec::new(),
            keep_going: false,
        };
        let run = self.app.run_plan(request).await.unwrap().run;
        let mut events = self.app.subscribe();
        let key = RunKey { run };
        let view = until(&mut events, "the end of the run", || async {
            let view = self.app.run(key.clone()).await.unwrap();
            view.ended.is_some().then_some(view)
        })
        .await;
        assert_eq!(view.state, RunState::Done, "{view:#?}");
    }
}

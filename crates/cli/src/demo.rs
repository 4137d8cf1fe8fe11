//! `longshore demo`: a developer's journey on a throw-away sandbox, without a window. A build is
//! pushed to Dev, promoted inside Dev, and replicated to Prod by ECR's own replication.

use std::{sync::Arc, time::Duration};

use longshore_app::{App, AppEvents, AppOptions, MemoryStore, SandboxChoice, api::*};
use longshore_sandbox::PortChoice;
use serde_json::{Value, json};

use crate::{arguments, failure::Failure, output};

const DEV: &str = "111122223333";
const PROD: &str = "444455556666";
const REGION: &str = "us-west-2";
/// The maximum duration of a step.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the walkthrough.
pub(crate) async fn run(options: arguments::Demo) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let mut app_options = AppOptions::new(directory.path(), Arc::new(MemoryStore::default()));
    app_options.sandbox = SandboxChoice { port: PortChoice::Any, ..SandboxChoice::default() };
    let app = App::open(app_options).await?;
    let demo = Demo { app: app.clone(), json: options.json };
    let done = tokio::select! {
        done = demo.walk() => done,
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Failure::from).and(Err(Failure::Interrupted)),
    };
    app.close().await;
    done
}

struct Demo {
    app: Arc<App>,
    json: bool,
}

fn registry(account: &str) -> RegistryKey {
    RegistryKey {
        space: Space::Sandbox,
        account: account.parse().expect("12 digits"),
        region: REGION.parse().expect("a Region"),
    }
}

fn repository(account: &str, name: &str) -> RepositoryKey {
    RepositoryKey { registry: registry(account), repository: name.into() }
}

impl Demo {
    async fn walk(&self) -> Result<(), Failure> {
        let mut events = self.app.subscribe();
        self.app.start_sandbox().await?;
        self.say("A sandbox with the accounts Dev (111122223333) and Prod (444455556666) is running.");
        for name in ["dev-microservice", "prod-microservice"] {
            self.change(&mut events, create(name)).await?;
        }
        self.change(&mut events, PlanRequest::AddStatement { statement: statement() }).await?;
        self.change(&mut events, rule()).await?;
        let sample =
            PlanRequest::PushSample { repository: repository(DEV, "dev-microservice"), tag: "42".into() };
        self.change(&mut events, sample).await?;
        let pushed = self.image(&mut events, DEV, "dev-microservice", "42").await?;
        self.change(&mut events, promotion(&pushed)).await?;
        let promoted = self.image(&mut events, DEV, "prod-microservice", "21").await?;
        let status = self.replicated(&mut events, &promoted).await?;
        let arrived = self.image(&mut events, PROD, "prod-microservice", "21").await?;
        self.app.refresh(Scope { account: Some(PROD.into()), ..Scope::default() }).await?;
        let leaked = self.leaked().await?;
        self.finish(&pushed, &promoted, &arrived, status, &leaked)
    }

    /// Plans a change, runs it, and waits until it is done.
    async fn change(&self, events: &mut AppEvents, request: PlanRequest) -> Result<(), Failure> {
        let plan = self.app.plan(request).await?;
        for step in &plan.steps {
            self.say(&step.text);
        }
        let request = RunPlan {
            plan: plan.id,
            hash: plan.hash,
            confirm: plan.confirm,
            acknowledge: false,
            managed: Vec::new(),
            keep_going: false,
        };
        let RunStarted { run } = self.app.run_plan(request).await?;
        let ended = async {
            loop {
                let view = self.app.run(RunKey { run: run.clone() }).await?;
                match view.state {
                    RunState::Waiting | RunState::Running => {}
                    RunState::Done | RunState::Skipped => return Ok(()),
                    _ => {
                        return Err(view
                            .error
                            .map_or_else(|| lost("The run did not complete."), Failure::from));
                    }
                }
                events.next().await.ok_or_else(|| lost("The app has closed."))?;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.map_err(|_| lost("A run took too long."))?
    }

    /// Waits until the image's replication to Prod has ended.
    async fn replicated(&self, events: &mut AppEvents, digest: &str) -> Result<&'static str, Failure> {
        let key = repository(DEV, "prod-microservice");
        self.show(&key, vec![digest.to_owned()]).await?;
        let ended = async {
            loop {
                let image = self.look(&key, "21").await?;
                let replication = image.and_then(|image| image.replication.into_iter().next());
                match replication.map(|status| status.state) {
                    Some(ReplicationState::Complete) => return Ok("COMPLETE"),
                    Some(ReplicationState::Failed) => return Ok("FAILED"),
                    Some(ReplicationState::InProgress) | None => {}
                }
                events.next().await.ok_or_else(|| lost("The app has closed."))?;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.map_err(|_| lost("The replication took too long."))?
    }

    /// Shows a repository, as a window does, so that it is polled.
    async fn show(&self, key: &RepositoryKey, images: Vec<String>) -> Result<(), Failure> {
        let (registries, repository) = (vec![key.registry.clone()], Some(key.clone()));
        Ok(self.app.set_visible(Visible { registries, repository, images }).await?)
    }

    /// Shows a repository until it has a tag; returns its digest.
    async fn image(
        &self,
        events: &mut AppEvents,
        account: &str,
        name: &str,
        tag: &str,
    ) -> Result<String, Failure> {
        let key = repository(account, name);
        self.show(&key, Vec::new()).await?;
        let seen = async {
            loop {
                if let Some(image) = self.look(&key, tag).await? {
                    return Ok(image.digest);
                }
                events.next().await.ok_or_else(|| lost("The app has closed."))?;
            }
        };
        let late = |_| lost(&format!("{name}:{tag} is not in account {account}."));
        tokio::time::timeout(PATIENCE, seen).await.map_err(late)?
    }

    /// What is known about a tag.
    async fn look(&self, key: &RepositoryKey, tag: &str) -> Result<Option<ImageRow>, Failure> {
        let request = ListImages {
            repository: key.clone(),
            text: tag.into(),
            sort: ImageSort::Pushed,
            direction: Direction::Descending,
            offset: 0,
            limit: 100,
        };
        let window = self.app.images(request).await?;
        Ok(window.rows.into_iter().find(|row| row.tags.iter().any(|known| known == tag)))
    }

    /// Repositories of Prod that must not exist.
    async fn leaked(&self) -> Result<Vec<String>, Failure> {
        let scope = Scope { account: Some(PROD.into()), ..Scope::default() };
        let window =
            self.app.repositories(ListRepositories { scope, limit: 500, ..Default::default() }).await?;
        let names = window.rows.into_iter().map(|row| row.name);
        Ok(names.filter(|name| name != "prod-microservice").collect())
    }

    fn finish(
        &self,
        pushed: &str,
        promoted: &str,
        arrived: &str,
        status: &str,
        leaked: &[String],
    ) -> Result<(), Failure> {
        let mut summary = json!({
            "event": "summary",
            "pushed": {"repository": "dev-microservice", "tag": "42", "digest": pushed},
            "promoted": {"repository": "prod-microservice", "tag": "21", "digest": promoted},
            "replicated": {
                "account": PROD, "region": REGION, "repository": "prod-microservice", "tag": "21",
                "digest": arrived, "status": status,
            },
            "leaked": leaked,
        });
        let right = status == "COMPLETE" && leaked.is_empty() && pushed == promoted && pushed == arrived;
        let wrong = (!right).then(|| lost("Prod does not have exactly what was promoted."));
        if self.json {
            if let Some(failure) = &wrong {
                summary["error"] = failure.event();
            }
            output::summary(&summary);
        } else {
            output::line(&format!("  pushed      dev-microservice:42   {pushed}"));
            output::line(&format!("  promoted    prod-microservice:21  {promoted}"));
            output::line(&format!("  replicated  prod-microservice:21  {arrived}  {status}"));
        }
        wrong.map_or(Ok(()), Err)
    }

    fn say(&self, text: &str) {
        if self.json {
            let line: Value = json!({"event": "step", "text": text});
            output::json(&line);
        } else {
            output::line(&format!("- {text}"));
        }
    }
}

fn create(name: &str) -> PlanRequest {
    PlanRequest::CreateRepository {
        registry: registry(DEV),
        name: name.into(),
        mutability: Mutability { immutable: false, exclusions: Vec::new() },
        scan_on_push: false,
        encryption: Encryption::Aes256,
    }
}

fn statement() -> StatementInput {
    StatementInput {
        registry: registry(PROD),
        statement_type: StatementType::ReplicationCrossAccount,
        sid: "ReplicationAccessCrossAccount".into(),
        accounts: vec![DEV.into()],
        prefixes: vec!["prod-microservice".into()],
        all_repositories: false,
        create_repository: true,
    }
}

fn rule() -> PlanRequest {
    PlanRequest::PutRule {
        rule: RuleInput {
            registry: registry(DEV),
            also: Vec::new(),
            destinations: vec![DestinationInput { account: PROD.into(), region: REGION.into() }],
            filters: vec!["prod-microservice".into()],
            delete_replication: false,
            replaces: None,
            name: None,
            note: None,
        },
        add_statements: Vec::new(),
        all_repositories: false,
        create_repository: true,
    }
}

fn promotion(digest: &str) -> PlanRequest {
    PlanRequest::Promote {
        source: ImageKey { repository: repository(DEV, "dev-microservice"), digest: digest.into() },
        destination: registry(DEV),
        repository: "prod-microservice".into(),
        tag: "21".into(),
        enable_blob_mounting: true,
        create_repository: false,
    }
}

fn lost(message: &str) -> Failure {
    Failure::Failed(message.to_owned())
}

//! After every run of every test, the writes that reached the sandbox are those that the plans
//! listed, and a policy that was written newly allows what its plan showed.
//!
//! The app's principal is the account's own user; a test that writes by hand uses a role, and is
//! not counted. The sandbox records the writes of both planes, the app's ledger those that its
//! plans list.

use std::{path::PathBuf, sync::Mutex};

use longshore_app::{
    App, ListedWrite, Place, TagOfWrite,
    api::{PlanView, RunState, RunView, StepView},
};
use longshore_names::AccountId;
use longshore_policy::registry_policy::{
    PolicyChange, PolicyScope, RegistryPolicy, grouped_sentences, newly_allowed,
};
use longshore_sandbox::{Ready, Written};
use serde_json::Value;

use super::{SOMEBODY, ready};

/// The ledger of a world: what its plans listed, and the addresses of its registries.
struct World {
    listed: Vec<(String, usize, ListedWrite)>,
    ready: Ready,
}

impl World {
    fn is_place(&self, place: &Place, written: &Written) -> bool {
        match place {
            Place::Known(key) => {
                key.account == written.registry.account && key.region == written.registry.region
            }
            Place::Named(name) => {
                let host = written.registry.host();
                let here = self.ready.registry_url(&written.registry).unwrap_or_default();
                *name == host || here.trim_end_matches('/').ends_with(&format!("//{name}"))
            }
        }
    }

    fn is(&self, listed: &ListedWrite, written: &Written) -> bool {
        let tag = match &listed.tag {
            TagOfWrite::Any => true,
            TagOfWrite::Exactly(tag) => *tag == written.tag,
        };
        let digest = match (&listed.digest, &written.digest) {
            (Some(listed), Some(written)) => listed == written,
            _ => true,
        };
        listed.operation == written.operation
            && listed.repository == written.repository
            && tag
            && digest
            && self.is_place(&listed.place, written)
    }
}

/// Steps of plans that were shown before they ran, each with the data directory of its app.
static SHOWN: Mutex<Vec<(PathBuf, StepView)>> = Mutex::new(Vec::new());

/// Notes a plan that is shown and then run.
pub(crate) fn shown(app: &App, plan: &PlanView) {
    let directory = app.data_directory();
    let steps = plan.steps.iter().map(|step| (directory.to_owned(), step.clone()));
    SHOWN.lock().unwrap().extend(steps);
}

/// A policy that was written. The resource of every statement of a repository's policy is its repository.
fn parsed(one: &Written, text: &str) -> RegistryPolicy {
    let mut policy: Value = serde_json::from_str(text).unwrap();
    if let Some(name) = &one.repository {
        let arn = name.arn(&one.registry.account, &one.registry.region).to_string();
        for statement in policy["Statement"].as_array_mut().unwrap() {
            statement["Resource"] = arn.clone().into();
        }
    }
    RegistryPolicy::parse(&policy.to_string()).unwrap()
}

/// Compares what the policies that were written newly allow with what their plans showed. Returns
/// the number of policies.
async fn check_policies(app: &App, written: &[Written]) -> usize {
    let accounts = app.accounts().await.unwrap();
    let name = |id: &AccountId| {
        accounts.iter().find(|known| known.id == id.as_str()).map(|known| known.name.clone())
    };
    let value = |text: Option<&str>| text.map(|text| serde_json::from_str::<Value>(text).unwrap());
    let steps: Vec<StepView> = {
        let shown = SHOWN.lock().unwrap();
        let own = shown.iter().filter(|(directory, _)| directory == app.data_directory());
        own.map(|(_, step)| step.clone()).collect()
    };
    let mut count = 0;
    for (one, [before, after]) in written.iter().filter_map(|one| Some((one, one.policy.as_ref()?))) {
        let read = |text: &Option<String>| Some(parsed(one, text.as_deref()?));
        let (was, is) = (read(before), read(after));
        let change = PolicyChange::of_policy(&one.registry, was.as_ref(), is.as_ref(), PolicyScope::V2);
        let allowed = grouped_sentences(&newly_allowed(&change), &one.registry, &name);
        let at = super::registry(one.registry.account.as_str(), one.registry.region.as_str());
        let asked = match one.repository {
            Some(_) => "ecr:GetRepositoryPolicy",
            None => "ecr:GetRegistryPolicy",
        };
        let about = |step: &&StepView| {
            step.registry.as_ref() == Some(&at)
                && step.permissions.iter().any(|action| action == asked)
                && value(step.after.as_deref()) == value(after.as_deref())
        };
        let shown: Vec<_> = steps.iter().filter(about).map(|step| &step.newly_allowed).collect();
        assert!(shown.contains(&&allowed), "newly allowed: {allowed:#?}\nshown: {shown:#?}\n{one:#?}");
        count += 1;
    }
    count
}

/// Compares everything that the app wrote so far with what its plans listed so far, and the steps
/// of a finished run with what was written for them.
pub(crate) async fn check(app: &App, run: Option<&RunView>) {
    let Some(listed) = app.listed_writes() else { return };
    let by_app = |written: &Written| !written.principal.contains(SOMEBODY);
    // Listed after it was written: writes that arrive in between belong to another run, which was
    // listed before.
    let written: Vec<Written> = app.sandbox_writes().await.into_iter().filter(by_app).collect();
    if written.is_empty() {
        return;
    }
    let world = World { listed: app.listed_writes().unwrap_or(listed), ready: ready(app) };
    for one in &written {
        assert!(
            world.listed.iter().any(|(_, _, listed)| world.is(listed, one)),
            "no plan lists this write: {one:#?}\nlisted: {:#?}",
            world
                .listed
                .iter()
                .filter(|(_, _, listed)| listed.repository == one.repository)
                .collect::<Vec<_>>()
        );
    }
    let steps = run.map(|run| run.steps.iter().enumerate()).into_iter().flatten();
    for (index, _) in steps.filter(|(_, step)| step.state == RunState::Done) {
        let id = run.map(|run| run.id.as_str()).unwrap_or_default();
        let of_step = world.listed.iter().filter(|(run, step, _)| run == id && *step == index);
        let mut of_step = of_step.map(|(_, _, listed)| listed).peekable();
        if of_step.peek().is_some() {
            assert!(
                of_step.any(|listed| written.iter().any(|one| world.is(listed, one))),
                "step {index} of {run:#?} is done and wrote nothing"
            );
        }
    }
    let policies = check_policies(app, &written).await;
    report(&world, &written, policies);
}

/// For counting what the property covers: `LONGSHORE_LEDGER=FILE` gets one line per check.
fn report(world: &World, written: &[Written], policies: usize) {
    use std::io::Write;
    let Some(path) = std::env::var_os("LONGSHORE_LEDGER") else { return };
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let line = format!("{name}\t{}\t{}\t{policies}\n", written.len(), world.listed.len());
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
}

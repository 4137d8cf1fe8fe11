//! The last line of a command that ended before its summary: an empty summary with the error.

use longshore_app::{policies::LIST_DATE, transfer::PlanTotals};
use serde_json::{Value, json};

use crate::{
    arguments::{Command, Export, Rule, Runs, RunsCommand, Sandbox},
    failure::Failure,
    lifecycle::arguments::Lifecycle,
    manage::{
        arguments::{AccountCommand, Change, ExpectedCommand, PolicyCommand, ReplicationCommand},
        cost::arguments::CostCommand,
        repository::arguments::RepositoryCommand,
    },
    output,
};

/// The command to which the summary belongs. Only for commands that print JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Of `copy` and `runs resume`.
    Copy { plan: bool },
    /// Of `sync`.
    Sync { plan: bool },
    /// Of `verify`.
    Verify,
    /// Of `runs list`.
    Runs,
    /// Of the commands about one run.
    Run,
    /// Of `rule check`.
    Check,
    /// Of `rule explain`.
    Explain,
    /// Of `export`.
    Export,
    /// Of `tags`.
    Tags,
    /// Of `inspect`.
    Inspect,
    /// Of `account list` and `account check`.
    Accounts,
    /// Of `account add` and `account remove`.
    Account,
    /// Of `account sign-in` and `account sign-out`.
    SignIn,
    /// Of `account sessions`.
    Sessions,
    /// Of `account profiles`.
    Profiles,
    /// Of `account regions`.
    Regions,
    /// Of `account import`.
    Import { plan: bool },
    /// Of `replication show` and `policy show`, and of `policy generate`.
    Document,
    /// Of `policy lint`.
    LintPolicy,
    /// Of `policy explain`.
    ExplainPolicy,
    /// Of changes of a document.
    Change { plan: bool },
    /// Of commands that read IAM.
    Iam,
    /// Of `replication status`.
    Status,
    /// Of `owner`.
    Owner,
    /// Of `guard`.
    Guard,
    /// Of `doctor`.
    Doctor,
    /// Of `policy evaluate`.
    Evaluate,
    /// Of `request` and `receipt`.
    Request,
    /// Of `cost storage`.
    Storage,
    /// Of `cost transfer`.
    Transfer,
    /// Of `cost growth`.
    Growth,
    /// Of `cost replicated`.
    Replicated,
    /// Of `cost what-if`.
    WhatIf,
    /// Of `cost prices`.
    Prices,
    /// Of `expected write`.
    WriteExpected,
    /// Of `expected check`.
    CheckExpected,
    /// Of `repository list`.
    Repositories,
    /// Of `repository settings`.
    Settings,
    /// Of `repository drift`.
    Drift,
    /// Of `repository compare` and `repository failover`.
    Pair,
    /// Of `lifecycle lint`.
    Lint,
    /// Of `lifecycle preview`.
    Preview,
    /// Of `repository clean`.
    Clean { plan: bool },
    /// Of `repository protect`.
    Protected,
    /// Of `references`.
    References,
    /// Of `promote` and `rollback`.
    Promote,
    /// Of `demo`.
    Demo,
    /// Of the other commands about promotion, of `sandbox serve`, and of unknown commands.
    Other,
}

impl Ending {
    /// The summary of a command; `None` when it prints text.
    pub(crate) fn of(command: &Command) -> Option<Self> {
        let (json, ending) = match command {
            Command::Demo(options) => (options.json, Self::Demo),
            Command::Copy(options) => (options.json, Self::Copy { plan: options.plan }),
            Command::Sync(options) => (options.json, Self::Sync { plan: options.plan }),
            Command::Verify(options) => (options.json, Self::Verify),
            Command::Tags(options) => (options.json, Self::Tags),
            Command::Inspect(options) => (options.json, Self::Inspect),
            Command::Rule { command: Rule::Explain(options) } => (options.json, Self::Explain),
            Command::Rule { command: Rule::Check(options) } => (options.json, Self::Check),
            Command::Export { command: Export::Kubernetes(options) } => (options.json, Self::Export),
            Command::Export { command: Export::Document(options) } => (options.json(), Self::Export),
            Command::Runs(Runs { json, command, .. }) => (
                *json,
                match command {
                    None | Some(RunsCommand::List) => Self::Runs,
                    Some(RunsCommand::Resume(_)) => Self::Copy { plan: false },
                    Some(RunsCommand::Show(_) | RunsCommand::Cancel(_) | RunsCommand::Forget(_)) => Self::Run,
                },
            ),
            Command::Account(of) => {
                let ending = match &of.command {
                    AccountCommand::List | AccountCommand::Check { .. } => Self::Accounts,
                    AccountCommand::Regions { .. } => Self::Regions,
                    AccountCommand::Import(options) => Self::Import { plan: options.plan },
                    AccountCommand::SignIn(_) | AccountCommand::SignOut(_) => Self::SignIn,
                    AccountCommand::Sessions => Self::Sessions,
                    AccountCommand::Profiles => Self::Profiles,
                    AccountCommand::Add(_)
                    | AccountCommand::Change(_)
                    | AccountCommand::Remove { .. }
                    | AccountCommand::Act { .. } => Self::Account,
                };
                (of.manage.json, ending)
            }
            Command::Replication(of) => {
                let ending = match &of.command {
                    ReplicationCommand::Show { .. }
                    | ReplicationCommand::Name(_)
                    | ReplicationCommand::Adopt(_) => Self::Document,
                    ReplicationCommand::Status { .. } => Self::Status,
                    ReplicationCommand::Backfill(of) => Self::Change { plan: of.change.plan },
                    ReplicationCommand::Add(add) => Self::Change { plan: add.change.plan },
                    ReplicationCommand::Undo(of) => Self::Change { plan: of.change.plan },
                    ReplicationCommand::Remove(of) | ReplicationCommand::Test(of) => {
                        Self::Change { plan: of.change.plan }
                    }
                };
                (of.manage.json, ending)
            }
            Command::Request(of) => (of.manage.json, Self::Request),
            Command::Receipt(of) => (of.manage.json, Self::Request),
            Command::Expected(of) => {
                let ending = match &of.command {
                    ExpectedCommand::Write { .. } => Self::WriteExpected,
                    ExpectedCommand::Check { .. } => Self::CheckExpected,
                };
                (of.manage.json, ending)
            }
            Command::Owner(of) => (of.manage.json, Self::Owner),
            Command::Guard(of) => (of.manage.json, Self::Guard),
            Command::Doctor(of) => (of.manage.json, Self::Doctor),
            Command::Iam(of) => {
                let change = of.command.change();
                let ending = change.map_or(Self::Iam, |change| Self::Change { plan: change.plan });
                (of.manage.json, ending)
            }
            Command::Policy(of) => {
                let ending = match &of.command {
                    PolicyCommand::Evaluate(_) => Self::Evaluate,
                    PolicyCommand::Lint(_) => Self::LintPolicy,
                    PolicyCommand::Explain(_) => Self::ExplainPolicy,
                    PolicyCommand::Show { .. }
                    | PolicyCommand::Upgrade { .. }
                    | PolicyCommand::Generate(_) => Self::Document,
                };
                (of.manage.json, ending)
            }
            Command::Repository(of) => {
                let change = |change: &Change| Self::Change { plan: change.plan };
                let ending = match &of.command {
                    RepositoryCommand::List { .. } => Self::Repositories,
                    RepositoryCommand::Create(of) => change(&of.change),
                    RepositoryCommand::Delete { change: of, .. } => change(of),
                    RepositoryCommand::Settings { .. } => Self::Settings,
                    RepositoryCommand::Drift(of) if of.make_equal => change(&of.change),
                    RepositoryCommand::Drift(_) => Self::Drift,
                    RepositoryCommand::Compare(of) if of.copy.copy_missing => change(&of.copy.change),
                    RepositoryCommand::Failover(of) if of.copy.copy_missing => change(&of.copy.change),
                    RepositoryCommand::Compare(_) | RepositoryCommand::Failover(_) => Self::Pair,
                    RepositoryCommand::Clean(clean) => Self::Clean { plan: clean.change.plan || !clean.yes },
                    RepositoryCommand::Archive(of) | RepositoryCommand::Restore(of) => change(&of.change),
                    RepositoryCommand::Protect(_) => Self::Protected,
                };
                (of.manage.json, ending)
            }
            Command::Cost(of) => {
                let ending = match &of.command {
                    CostCommand::Storage { .. } => Self::Storage,
                    CostCommand::Transfer { .. } => Self::Transfer,
                    CostCommand::Growth { .. } => Self::Growth,
                    CostCommand::Replicated { .. } => Self::Replicated,
                    CostCommand::WhatIf { .. } => Self::WhatIf,
                    CostCommand::Prices { .. } => Self::Prices,
                };
                (of.manage.json, ending)
            }
            Command::Promote(of) => (of.manage.json, Self::Promote),
            Command::Rollback(of) => (of.manage.json, Self::Promote),
            Command::Path(of) => (of.manage.json, Self::Other),
            Command::Promotion(of) => (of.manage.json, Self::Other),
            Command::Hold(of) => (of.manage.json, Self::Other),
            Command::Resume(of) => (of.manage.json, Self::Other),
            Command::Block(of) => (of.manage.json, Self::Other),
            Command::Unblock(of) => (of.manage.json, Self::Other),
            Command::Approve(of) => (of.manage.json, Self::Other),
            Command::Lifecycle { command: Lifecycle::Lint(options) } => (options.json, Self::Lint),
            Command::Lifecycle { command: Lifecycle::Preview(options) } => {
                (options.manage.json, Self::Preview)
            }
            Command::References(options) => (options.json, Self::References),
            Command::Sandbox { command: Sandbox::Serve(options) } => (options.json, Self::Other),
            Command::Rule { command: Rule::Schema }
            | Command::Sandbox { .. }
            | Command::Login(_)
            | Command::LoginPassword(_)
            | Command::DockerCredential { .. } => return None,
        };
        json.then_some(ending)
    }

    /// The summary of an invalid command line; `None` when it does not ask for JSON.
    pub(crate) fn of_words(words: &[String]) -> Option<Self> {
        let has = |option: &str| words.iter().any(|word| word == option);
        if !has("--json") {
            return None;
        }
        let is_value = |at: usize| words.get(at.wrapping_sub(1)).is_some_and(|before| before == "--log");
        let mut names = words.iter().enumerate().skip(1);
        let mut names = std::iter::from_fn(|| {
            names.find(|(at, word)| !word.starts_with('-') && !is_value(*at)).map(|(_, word)| word.as_str())
        });
        let (command, sub) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let plan = has("--plan");
        Some(match (command, sub) {
            ("copy", _) | ("runs", "resume") => Self::Copy { plan },
            ("sync", _) => Self::Sync { plan },
            ("verify", _) => Self::Verify,
            ("tags", _) => Self::Tags,
            ("inspect", _) => Self::Inspect,
            ("rule", "check") => Self::Check,
            ("rule", _) => Self::Explain,
            ("export", _) => Self::Export,
            ("runs", "show" | "cancel" | "forget") => Self::Run,
            ("runs", _) => Self::Runs,
            ("owner", _) => Self::Owner,
            ("guard", _) => Self::Guard,
            ("doctor", _) => Self::Doctor,
            ("request" | "receipt", _) => Self::Request,
            ("expected", "write") => Self::WriteExpected,
            ("expected", _) => Self::CheckExpected,
            ("account", "list" | "check") => Self::Accounts,
            ("account", "regions") => Self::Regions,
            ("account", "import") => Self::Import { plan },
            ("account", "sign-in" | "sign-out") => Self::SignIn,
            ("account", "sessions") => Self::Sessions,
            ("account", "profiles") => Self::Profiles,
            ("account", _) => Self::Account,
            ("replication", "status") => Self::Status,
            ("replication", "add" | "undo" | "remove" | "test" | "backfill") => Self::Change { plan },
            ("iam", "users" | "groups" | "roles" | "policies" | "show" | "may") => Self::Iam,
            ("iam", _) => Self::Change { plan },
            ("policy", "evaluate") => Self::Evaluate,
            ("policy", "lint") => Self::LintPolicy,
            ("policy", "explain") => Self::ExplainPolicy,
            ("replication" | "policy", _) => Self::Document,
            ("repository", "clean") => Self::Clean { plan: plan || !has("--yes") },
            ("repository", "protect") => Self::Protected,
            ("repository", "create" | "delete") => Self::Change { plan },
            ("repository", "drift") if has("--make-equal") => Self::Change { plan },
            ("repository", "compare" | "failover") if has("--copy-missing") => Self::Change { plan },
            ("repository", "drift") => Self::Drift,
            ("repository", "compare" | "failover") => Self::Pair,
            ("repository", "settings") => Self::Settings,
            ("repository", _) => Self::Repositories,
            ("cost", "transfer") => Self::Transfer,
            ("cost", "growth") => Self::Growth,
            ("cost", "replicated") => Self::Replicated,
            ("cost", "what-if") => Self::WhatIf,
            ("cost", "prices") => Self::Prices,
            ("cost", _) => Self::Storage,
            ("lifecycle", "preview") => Self::Preview,
            ("lifecycle", _) => Self::Lint,
            ("references", _) => Self::References,
            ("promote" | "rollback", _) => Self::Promote,
            ("demo", _) => Self::Demo,
            _ => Self::Other,
        })
    }

    /// Prints the summary of a command that failed before it printed one.
    pub(crate) fn print(self, failure: &Failure) {
        if !output::has_summary() {
            output::summary(&self.summary(failure));
        }
    }

    /// The fields that the command's summary always has, all empty, and `error`.
    fn summary(self, failure: &Failure) -> Value {
        let mut summary = self.fields(failure.is_stop());
        if self == Self::Promote {
            summary["exit"] = failure.code().into();
        }
        summary["error"] = failure.event();
        summary
    }

    fn fields(self, stopped: bool) -> Value {
        let proof = json!({"acknowledged": 0, "mounted": 0, "asked": 0});
        match self {
            Self::Copy { plan: false } => json!({
                "event": "summary", "run": null, "end": if stopped { "cancelled" } else { "failed" },
                "copied": 0, "retagged": 0, "mounted": 0, "skipped": 0, "conflicts": 0, "failed": 0,
                "not_linked": 0, "bytes_moved": 0, "bytes_saved": 0, "requests": 0, "proof": proof,
                "referrers_not_copied": null, "images": [],
            }),
            Self::Copy { plan: true } => json!({
                "event": "summary", "plan": true, "run": null, "copied": 0, "retagged": 0, "mounted": 0,
                "skipped": 0, "conflicts": 0, "failed": 0, "bytes_moved": 0, "bytes_saved": 0,
                "requests": 0, "proof": null, "planned": PlanTotals::default(), "expiring": 0,
                "referrers_not_copied": null, "images": [],
            }),
            Self::Sync { plan } => json!({
                "event": "summary", "run": null, "plan": plan, "copied": 0, "retagged": 0, "mounted": 0,
                "skipped": 0, "conflicts": 0, "failed": 0, "not_linked": 0, "pruned": 0,
                "bytes_moved": 0, "bytes_saved": 0, "requests": 0, "proof": proof, "runs": [], "images": [],
            }),
            Self::Verify => json!({
                "event": "summary", "images": 0, "checked": 0, "missing": 0, "mismatched": 0, "failed": 0,
                "bytes": 0, "cancelled": stopped, "problems": [],
            }),
            Self::Runs => json!({"event": "summary", "runs": 0}),
            Self::Run => json!({
                "event": "summary", "run": null, "state": null, "started": null, "ended": null,
                "source": "", "destination": "", "images": 0, "finished": 0, "can_go_on": false,
                "summary": null,
            }),
            Self::Check => json!({"event": "summary", "rules": 0, "findings": 0}),
            Self::Explain => json!({"event": "summary", "rules": 0, "selected": 0}),
            Self::Export => json!({"event": "summary", "text": "", "notes": []}),
            Self::Tags => json!({
                "event": "summary", "repository": "", "tags": 0, "counts_as_pull": false,
            }),
            Self::Inspect => json!({
                "event": "summary", "images": 0, "not_looked_at": 0, "counts_as_pull": false,
            }),
            Self::Accounts => json!({"event": "summary", "accounts": 0}),
            Self::Regions => json!({"event": "summary", "account": null, "regions": 0, "problem": null}),
            Self::SignIn => json!({"event": "summary", "session": null}),
            Self::Sessions => json!({"event": "summary", "sessions": 0}),
            Self::Profiles => json!({"event": "summary", "profiles": 0}),
            Self::Account => json!({"event": "summary", "account": null}),
            Self::Import { plan } => {
                json!({"event": "summary", "plan": plan, "added": 0, "skipped": 0, "failed": 0})
            }
            Self::Document => json!({"event": "summary", "account": "", "region": "", "document": null}),
            Self::LintPolicy => json!({
                "event": "summary", "kind": null, "kind_given": false, "documents": [], "errors": 0,
                "warnings": 0, "infos": 0, "unwrapped": [], "list": LIST_DATE,
            }),
            Self::ExplainPolicy => json!({
                "event": "summary", "kind": null, "kind_given": false, "documents": [], "statements": 0,
                "unwrapped": [],
            }),
            Self::Change { plan } => json!({
                "event": "summary", "plan": plan, "title": "", "confirm": null, "before": null, "after": null,
                "run": null, "state": null,
            }),
            Self::Iam => json!({"event": "summary", "account": ""}),
            Self::Clean { plan } => json!({
                "event": "summary", "plan": plan, "title": "", "confirm": null, "steps": 0, "run": null,
                "state": null, "images": 0, "selected": 0, "kept": 0, "bytes_freed": 0, "exact": false,
                "notes": [],
            }),
            Self::Protected => json!({"event": "summary", "protected": 0}),
            Self::Request => json!({"event": "summary", "request": null, "account": "", "region": ""}),
            Self::WriteExpected => json!({
                "event": "summary", "account": "", "region": "", "file": null, "text": null, "images": 0,
                "left_out": 0,
            }),
            Self::CheckExpected => json!({
                "event": "summary", "account": "", "region": "", "source": null, "expected": 0, "absent": 0,
                "unknown": 0, "at": null,
            }),
            Self::Owner => json!({
                "event": "summary", "document": "", "owner": null, "owner_released": null,
                "owner_unknown": [],
            }),
            Self::Guard => json!({"event": "summary", "read_only": null, "sandbox": null}),
            Self::Doctor => json!({
                "event": "summary", "account": "", "region": "", "ready": false, "rules": 0, "ok": 0,
                "warning": 0, "failed": 0, "unknown": 0,
            }),
            Self::Evaluate => json!({"event": "summary", "decision": null, "unseen": []}),
            Self::Status => json!({
                "event": "summary", "repository": "", "images": 0, "more": 0, "done": 0, "in_progress": 0,
                "failed": 0, "unproven": 0, "not_replicated": 0,
            }),
            Self::Storage => json!({
                "event": "summary", "repositories": 0, "images": 0, "bytes": 0, "archived_bytes": 0,
                "exact": false, "per_month": null, "unread": 0, "currency": null, "prices_as_of": null,
            }),
            Self::Transfer => json!({
                "event": "summary", "account": "", "region": "", "repositories": 0, "destinations": 0, "bytes": 0,
                "days": 0, "once": null, "per_month": null, "currency": null, "prices_as_of": null,
            }),
            Self::Growth => json!({
                "event": "summary", "repositories": 0, "without_samples": 0, "per_30_days": 0, "unread": 0,
                "currency": null, "prices_as_of": null,
            }),
            Self::Replicated => json!({
                "event": "summary", "account": "", "region": "", "months": 0, "rows": 0, "bytes": 0,
                "transfer": null, "storage": null, "currency": null, "prices_as_of": null,
            }),
            Self::WhatIf => json!({
                "event": "summary", "account": "", "region": "", "repository": "", "expired": 0,
                "expired_bytes": 0, "archived": 0, "archived_bytes": 0, "spared": 0, "days": 0, "before": null,
                "after": null, "saved": null, "currency": null, "prices_as_of": null,
            }),
            Self::Prices => json!({"event": "summary", "prices": null}),
            Self::Repositories => {
                json!({"event": "summary", "registries": 0, "repositories": 0, "unread": 0})
            }
            Self::Settings => json!({
                "event": "summary", "account": "", "region": "", "repository": "", "different": 0, "missing": 0,
                "unread": 0,
            }),
            Self::Drift => json!({
                "event": "summary", "account": "", "region": "", "registries": 0, "repositories": 0,
                "different": 0, "missing": 0, "extra": 0, "unread": 0,
            }),
            Self::Pair => json!({
                "event": "summary", "from": null, "to": null, "equal": 0, "different": 0, "missing": 0,
                "extra": 0, "nowhere": 0, "newest_gap": null, "settings": null, "foreign": [], "unusable": [],
                "since": null,
            }),
            Self::Lint => json!({
                "event": "summary", "file": "", "unwrapped": [], "policies": 0, "rules": 0, "errors": 0,
                "warnings": 0, "infos": 0, "documents": [],
            }),
            Self::Preview => json!({
                "event": "summary", "at": null, "account": null, "region": null, "repository": null, "images": 0,
                "expired": 0, "archived": 0, "spared": 0, "kept": 0, "bytes_freed": 0, "bytes_archived": 0,
                "rules": [], "counts_as_pull": false, "notes": [],
            }),
            Self::References => json!({
                "event": "summary", "directory": "", "files": 0, "references": 0, "images": 0, "unresolved": 0,
                "skipped": {"too_large": 0, "not_text": 0, "links": 0}, "notes": [],
            }),
            Self::Promote => json!({
                "event": "summary", "path": null, "stage": null, "build": null, "tag": null, "gates": [],
                "destinations": [], "record": null, "exit": null,
            }),
            Self::Demo => json!({
                "event": "summary", "pushed": null, "promoted": null, "replicated": null, "leaked": [],
            }),
            Self::Other => json!({"event": "summary"}),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn a_command_line_that_is_wrong_is_told_in_the_summary_of_its_command() {
        for line in [
            "copy a b --json",
            "--log debug copy a b --json",
            "copy --plan a b --json",
            "sync f --json",
            "verify a --json",
            "runs --json",
            "runs list --json",
            "runs show 1 --json",
            "runs resume 1 --json",
            "runs cancel 1 --json",
            "runs forget 1 --json",
            "rule check f --json",
            "rule explain f --json",
            "export kubernetes f --image i --json",
            "tags a --json",
            "inspect a --json",
            "account list --json",
            "account check Dev --json",
            "account profiles --json",
            "account add --profile dev --json",
            "account import --profiles --json",
            "account act Dev --role x --json",
            "account remove Dev --json",
            "replication show 1/2 --json",
            "replication status 1/2/a:1 --json",
            "replication add 1/2 --to 3/4 --plan --json",
            "replication add 1/2 --from 5/6 --to 3/4 --keep-going --json",
            "replication undo x --json",
            "replication backfill 1/2 --to 3/4 --json",
            "replication remove 1/2 x --json",
            "replication name 1/2 x y --json",
            "replication adopt 1/2 x --json",
            "owner show policy:1/2 --json",
            "owner mark policy:1/2 --note x --json",
            "doctor 1/2 --json",
            "request write f --source 1 --destination 3/4 --json",
            "request show f --json",
            "request apply f --json",
            "receipt check f --json",
            "policy show 1/2 --json",
            "policy generate --source 1 --destination 3/4 --json",
            "policy evaluate --principal 1 --action a --resource r --json",
            "repository clean 1/2/a --untagged --json",
            "repository clean 1/2/a --untagged --yes --json",
            "repository protect 1/2/a --json",
            "cost storage 1/2 --json",
            "cost transfer 1/2 --to 3/4 --json",
            "cost prices --json",
            "lifecycle lint f --json",
            "lifecycle preview f --images i --json",
            "references d --json",
            "promote p s --to t --json",
            "promote p --set s --to t --plan --json",
            "rollback p s t --json",
            "path list --json",
            "hold p s t --json",
            "promotion verify --json",
            "policy lint f --kind trust --account 111122223333 --region us-west-2 --json",
            "policy explain - --json",
            "demo --json",
            "sandbox serve --json",
        ] {
            let words: Vec<String> = format!("longshore {line}").split(' ').map(str::to_owned).collect();
            let of_words = Ending::of_words(&words);
            let command = Arguments::try_parse_from(&words).unwrap().command;
            assert_eq!(of_words, Ending::of(&command), "{line}");
            let ending = of_words.unwrap();
            let summary = ending.summary(&Failure::Usage("wrong\nright".to_owned()));
            assert_eq!((&summary["event"], &summary["error"]["code"]), (&"summary".into(), &"usage".into()));
            assert_eq!(summary["error"]["hint"], "right");
        }
        let words = ["longshore", "copy"].map(str::to_owned);
        assert_eq!(Ending::of_words(&words), None);
    }
}

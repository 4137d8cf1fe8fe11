//! The principals of a statement.

use longshore_names::{AccountId, Partition};
use serde_json::json;

use super::Arn;
use crate::{
    Finding, Severity,
    iam::{
        REPLICATE_IMAGE, condition,
        evaluate::action_fits,
        lint::{
            Linter, PolicyKind,
            cursor::{Cursor, Word},
            fix::LintFix,
            statement::Seen,
        },
        reference::nearest_of,
        validate::principal::{of_aws, service},
    },
};

const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// Keys of a request that say nothing about its caller: a condition on them limits nobody.
const NOT_THE_CALLER: [&str; 15] = [
    "aws:securetransport",
    "aws:requestedregion",
    "aws:currenttime",
    "aws:epochtime",
    "aws:useragent",
    "aws:referer",
    "aws:tagkeys",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:multifactorauthpresent",
    "ecr:accountsetting",
    // The caller chooses these.
    "sts:externalid",
    "sts:rolesessionname",
    "sts:sourceidentity",
];

impl Linter<'_> {
    pub(in crate::iam::lint) fn principals(&mut self, statement: &Seen<'_>) {
        if self.kind == PolicyKind::Identity {
            return;
        }
        let Some((name, value)) = statement.element("Principal") else { return };
        if name == "NotPrincipal" && statement.allows() {
            let text = "`NotPrincipal` with `Allow` allows this to everyone except those named.";
            let finding = Finding::warning("not-principal-allow", text);
            self.push(&statement.cursor.key(&name), finding.hint("Name what is meant, without `Not`."));
        }
        if let Some(word) = value.word() {
            self.bare_principal(statement, &word);
            return;
        }
        if !value.is_object() {
            let finding = Finding::error("principal-invalid", "`Principal` cannot be read.");
            self.push(&value.spot, finding.hint("It is `\"*\"` or an object such as {\"AWS\": […]}."));
            return;
        }
        let entries = value.entries();
        if entries.iter().all(|entry| entry.value.items().is_empty()) {
            self.push(&value.spot, Finding::error("accounts-empty", "No principal is named."));
        }
        for entry in &entries {
            self.kind_of_principal(&entry.key, &entry.spot, &value);
            let mut seen: Vec<String> = Vec::new();
            for item in entry.value.items() {
                let Some(word) = item.word() else {
                    self.push(&item.spot, Finding::error("principal-invalid", "A principal must be a text."));
                    continue;
                };
                match entry.key.as_str() {
                    "AWS" => self.of_aws(statement, &word, &mut seen),
                    "Service" => self.of_service(statement, &word),
                    _ => {}
                }
            }
        }
    }

    /// A principal without its kind.
    fn bare_principal(&mut self, statement: &Seen<'_>, word: &Word) {
        if word.text == "*" {
            self.everyone(statement, word);
            return;
        }
        let text = format!("`{}` is a principal without its kind.", word.text);
        let finding = Finding::error("principal-invalid", text);
        let aws = word.text.parse::<AccountId>().is_ok()
            || Arn::read(&word.text).is_some_and(|arn| arn.service == "iam");
        let kind = match &word.text {
            _ if aws => Some("AWS"),
            text if text.ends_with(".amazonaws.com") => Some("Service"),
            _ => None,
        };
        let fix = kind.map(|kind| {
            let text = format!("`{}` is moved under `{kind}`.", word.text);
            LintFix::replace(&word.spot.pointer, json!({ kind: word.text }), text)
        });
        self.push_fixed(&word.spot, finding.hint("It is `\"*\"` or an object such as {\"AWS\": […]}."), fix);
    }

    fn kind_of_principal(&mut self, key: &str, spot: &crate::iam::lint::cursor::Spot, value: &Cursor<'_>) {
        if KINDS.contains(&key) {
            return;
        }
        let finding = Finding::error("principal-invalid", format!("`{key}` is not a kind of principal."));
        let exact = KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(key));
        let meant = exact.or_else(|| nearest_of(key, KINDS.into_iter()));
        match meant {
            Some(meant) => {
                let fix = LintFix::rename(&spot.pointer, meant, format!("`{key}` becomes `{meant}`."));
                let fix = Some(fix).filter(|_| value.get(meant).is_none());
                self.push_fixed(spot, finding.hint(format!("Use `{meant}`.")), fix);
            }
            None => self.push(spot, finding.hint("Use `AWS`, `Service` or `Federated`.")),
        }
    }

    fn of_aws(&mut self, statement: &Seen<'_>, word: &Word, seen: &mut Vec<String>) {
        let text = word.text.as_str();
        if text.contains('$') {
            return;
        }
        if text == "*" {
            self.everyone(statement, word);
            return;
        }
        let root = Arn::read(text).filter(|arn| arn.resource == "root").map_or(text, |arn| arn.account);
        if seen.iter().any(|known| known == root) {
            let text = format!("`{text}` is named twice.");
            let fix = LintFix::remove(&word.spot.pointer, format!("The second `{root}` is removed."));
            self.push_fixed(&word.spot, Finding::note("account-duplicate", text), Some(fix));
        }
        seen.push(root.to_owned());
        let here = self.registry.map(|here| here.region.partition());
        if let Ok(account) = text.parse::<AccountId>() {
            self.bare_account(word, &account, here.unwrap_or(Partition::Aws));
            self.own_account(statement, word, &account);
            return;
        }
        if let Some(arn) = Arn::read(text)
            && let (true, Ok(account)) = (arn.service == "iam" && arn.resource == "root", arn.account.parse())
        {
            self.root(word, &arn, here);
            self.own_account(statement, word, &account);
            return;
        }
        if let Some((finding, meant)) = no_principal(text) {
            let fix = meant.map(|meant| {
                LintFix::replace(&word.spot.pointer, meant.clone(), format!("`{text}` becomes `{meant}`."))
            });
            self.push_fixed(&word.spot, finding, fix);
            return;
        }
        if let Some(finding) = of_aws(text, here) {
            let fix = (finding.code == "principal-orphaned"
                && word.spot.pointer.ends_with(|c: char| c.is_ascii_digit()))
            .then(|| LintFix::remove(&word.spot.pointer, format!("`{text}` is removed.")));
            self.push_fixed(&word.spot, finding, fix);
        }
    }

    fn bare_account(&mut self, word: &Word, account: &AccountId, partition: Partition) {
        let arn = account.root_arn(partition);
        let finding = Finding::note(
            "principal-bare",
            "A bare account id means the whole account; AWS writes it as an ARN.",
        );
        let fix = LintFix::replace(&word.spot.pointer, arn.clone(), format!("`{account}` becomes `{arn}`."));
        self.push_fixed(&word.spot, finding.hint(format!("Use `{arn}`.")), Some(fix));
    }

    /// The ARN of a whole account.
    fn root(&mut self, word: &Word, arn: &Arn<'_>, here: Option<Partition>) {
        let known = Partition::ALL.map(Partition::id);
        let (text, wanted) = match here.filter(|here| here.id() != arn.partition) {
            Some(here) => (
                format!("The principal is in partition `{}`, the registry in `{here}`.", arn.partition),
                Some(here.id()),
            ),
            None if known.contains(&arn.partition) => return,
            None => (
                format!("`{}` is not a partition of AWS.", arn.partition),
                nearest_of(arn.partition, known.into_iter()),
            ),
        };
        let finding = Finding::error("principal-partition", text);
        match wanted {
            Some(wanted) => {
                let new = format!("arn:{wanted}:iam::{}:root", arn.account);
                let fix = LintFix::replace(
                    &word.spot.pointer,
                    new.clone(),
                    format!("`{}` becomes `{new}`.", word.text),
                );
                self.push_fixed(&word.spot, finding.hint(format!("Use `{new}`.")), Some(fix));
            }
            None => self.push(&word.spot, finding),
        }
    }

    /// A whole account that the policy belongs to itself.
    fn own_account(&mut self, statement: &Seen<'_>, word: &Word, account: &AccountId) {
        let replicates =
            statement.words("Action").iter().any(|action| action_fits(&action.text, REPLICATE_IMAGE));
        if self.kind != PolicyKind::Registry
            || !replicates
            || statement.excludes("Principal")
            || !statement.allows()
        {
            return;
        }
        let of_resource =
            |word: &Word| Arn::read(&word.text).is_some_and(|arn| arn.account == account.as_str());
        let is_own = match self.registry {
            Some(here) => here.account == *account,
            None => statement.words("Resource").iter().any(of_resource),
        };
        if is_own {
            let text = format!("{account} is the account of the registry itself.");
            let finding = Finding::warning("own-account", text);
            self.push(
                &word.spot,
                finding.hint("Name the source account; replication inside one account needs no statement."),
            );
        }
    }

    fn of_service(&mut self, statement: &Seen<'_>, word: &Word) {
        let name = word.text.as_str();
        if name.contains('$') {
            return;
        }
        if !name.contains(".amazonaws.com")
            && !name.ends_with(".amazonaws.eu")
            && !name.ends_with(".aws.internal")
        {
            let finding = Finding::error(
                "principal-service-unknown",
                format!("`{name}` is not the name of a service."),
            );
            let meant = name.rsplit_once(".amazonaws").map(|(head, _)| format!("{head}.amazonaws.com"));
            let near = name.split_once('.').filter(|(head, rest)| {
                !head.is_empty() && nearest_of(rest, ["amazonaws.com"].into_iter()).is_some()
            });
            let meant = meant.or_else(|| near.map(|(head, _)| format!("{head}.amazonaws.com")));
            let fix = meant.map(|meant| {
                LintFix::replace(&word.spot.pointer, meant.clone(), format!("`{name}` becomes `{meant}`."))
            });
            self.push_fixed(&word.spot, finding.hint("A service is named like `lambda.amazonaws.com`."), fix);
            return;
        }
        if statement.excludes("Principal") || !statement.allows() {
            return;
        }
        let Some(mut finding) = service(name, &statement.view) else { return };
        if self.kind == PolicyKind::Trust || self.kind == PolicyKind::Other {
            // Not every service names its source when it assumes a role.
            let text = format!("The service `{name}` may do this for any account that it serves.");
            let hint =
                "Add a condition on `aws:SourceAccount` or `aws:SourceArn` if the service carries them.";
            finding = Finding::note("principal-service", text).hint(hint);
        }
        self.push(&word.spot, finding);
    }

    /// `*` as principal.
    fn everyone(&mut self, statement: &Seen<'_>, word: &Word) {
        if !statement.allows() || statement.excludes("Principal") {
            return;
        }
        let tests = statement.view.condition.as_ref().and_then(condition::tests).unwrap_or_default();
        let narrows = |test: &condition::Test| {
            let key = test.key.to_ascii_lowercase();
            let about_caller = !NOT_THE_CALLER.contains(&key.as_str())
                && !["aws:resourcetag/", "aws:requesttag/", "ecr:resourcetag/"]
                    .iter()
                    .any(|tag| key.starts_with(tag));
            about_caller && !condition::is_everybody(test) && !condition::holds_without_key(test)
        };
        if tests.iter().any(narrows) {
            return;
        }
        let mut text = "The statement allows this to everyone.".to_owned();
        if let Some(test) = tests.first() {
            text.push_str(&format!(" The condition on `{}` does not limit who.", test.key));
        }
        let hint = match self.kind {
            PolicyKind::Trust => "Name accounts, roles or services: anyone in AWS could assume the role.",
            _ => "Name accounts, or the id of the organisation in a condition on `aws:PrincipalOrgID`.",
        };
        self.push(&word.spot, Finding::new("principal-everyone", Severity::Warning, text).hint(hint));
    }
}

/// What is wrong with an ARN that can be no principal, and the ARN that was meant.
fn no_principal(text: &str) -> Option<(Finding, Option<String>)> {
    if !text.starts_with("arn:") {
        return None;
    }
    let Some(arn) = Arn::read(text) else {
        // `arn:aws:iam:111122223333:root`: the Region is empty, so there are two colons.
        let meant = text.replacen(":iam:", ":iam::", 1);
        let finding = Finding::error("account-id-invalid", format!("`{text}` is not an ARN."));
        let finding = finding.hint("An account is 12 digits or `arn:aws:iam::111122223333:root`.");
        return Some((finding, Arn::read(&meant).is_some().then_some(meant)));
    };
    let partitions = Partition::ALL.map(Partition::id);
    if !partitions.contains(&arn.partition) {
        let finding =
            Finding::error("principal-partition", format!("`{}` is not a partition of AWS.", arn.partition));
        let meant = nearest_of(arn.partition, partitions.into_iter());
        return Some((finding, meant.map(|meant| text.replacen(arn.partition, meant, 1))));
    }
    if arn.resource.starts_with("group/") && arn.service == "iam" {
        let finding = Finding::error("principal-invalid", "A group cannot be a principal.");
        return Some((finding.hint("Name its users, or a role."), None));
    }
    if !["iam", "sts"].contains(&arn.service) {
        let meant = nearest_of(arn.service, ["iam", "sts"].into_iter());
        let text_of = format!("`{text}` is not a user, role or session: its service is `{}`.", arn.service);
        let finding = Finding::error("principal-invalid", text_of);
        let finding = finding.hint("A principal of AWS is an account, or the ARN of a user or role.");
        return Some((finding, meant.map(|meant| text.replacen(arn.service, meant, 1))));
    }
    let known = ["user/", "role/", "assumed-role/", "federated-user/", "root"];
    if arn.account.parse::<AccountId>().is_err() || known.iter().any(|begin| arn.resource.starts_with(begin))
    {
        return None;
    }
    let kind = arn.resource.split('/').next().unwrap_or_default();
    let finding =
        Finding::error("principal-invalid", format!("`{}` is not a user, role or session.", arn.resource));
    let meant = nearest_of(kind, ["user", "role", "root", "assumed-role"].into_iter());
    let finding = finding.hint("It is `root`, `user/…` or `role/…`.");
    Some((finding, meant.map(|meant| text.replacen(&format!(":{kind}"), &format!(":{meant}"), 1))))
}

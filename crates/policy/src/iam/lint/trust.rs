//! What a trust policy has besides: who may assume the role by which call, and under which condition.
//!
//! Source: IAM user guide, "Creating a role for OpenID Connect federation" and "The confused deputy
//! problem".

use longshore_names::AccountId;

use super::{
    Linter,
    cursor::Word,
    elements::{Arn, Claim, claims},
    statement::Seen,
};
use crate::{
    Finding,
    iam::{condition, evaluate::action_fits, reference},
};

const BY_ROLE: &str = "sts:AssumeRole";
const BY_WEB: &str = "sts:AssumeRoleWithWebIdentity";
const BY_SAML: &str = "sts:AssumeRoleWithSAML";

/// Identity providers with many customers, whose tokens differ only by their claims.
const SHARED: [&str; 8] = [
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "agent.buildkite.com",
    "app.terraform.io",
    "api.bitbucket.org",
    "oidc.circleci.com",
    "oidc.vercel.com",
    "accounts.google.com",
];

/// Claims besides `sub` that say whose token it is.
const WHOSE: [&str; 12] = [
    "sub",
    "repository",
    "repository_id",
    "repository_owner_id",
    "enterprise_id",
    "job_workflow_ref",
    "project_id",
    "namespace_id",
    "organization_id",
    "pipeline_id",
    "user_id",
    "amr",
];

impl Linter<'_> {
    pub(super) fn trust(&mut self, statements: &[Seen<'_>]) {
        let assumes = |statement: &Seen<'_>| {
            let names =
                |word: &Word| [BY_ROLE, BY_WEB, BY_SAML].iter().any(|call| action_fits(&word.text, call));
            // A slip is a finding of its own.
            let meant = |word: &Word| {
                reference::nearest(&word.text)
                    .is_some_and(|meant| [BY_ROLE, BY_WEB, BY_SAML].contains(&meant.as_str()))
            };
            let words = statement.words("Action");
            statement.excludes("Action") || words.iter().any(names) || words.iter().any(meant)
        };
        let allowing: Vec<&Seen<'_>> = statements.iter().filter(|statement| statement.allows()).collect();
        if !allowing.iter().any(|statement| assumes(statement))
            && let Some(first) = allowing.first().copied().or(statements.first())
        {
            let text = "Nothing in the policy allows `sts:AssumeRole`, so nobody can assume the role.";
            let spot =
                first.words("Action").first().map_or_else(|| first.key("Action"), |word| word.spot.clone());
            self.push(&spot, Finding::error("trust-no-assume", text).hint("Add `sts:AssumeRole` as action."));
        }
        for statement in allowing {
            let Some(value) = statement.cursor.get("Principal") else { continue };
            for entry in value.entries() {
                for word in entry.value.words() {
                    match entry.key.as_str() {
                        "Federated" => self.federated(statement, &word),
                        "AWS" => {
                            self.call(statement, &word, BY_ROLE, "An account, a user or a role");
                            self.external_id(statement, &word);
                        }
                        "Service" => self.call(statement, &word, BY_ROLE, "A service"),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Whether the statement names the call by which such a principal assumes a role.
    fn call(&mut self, statement: &Seen<'_>, word: &Word, call: &str, who: &str) {
        let words = statement.words("Action");
        let calls = [BY_ROLE, BY_WEB, BY_SAML];
        let names = |call: &str| words.iter().any(|word| action_fits(&word.text, call));
        if statement.excludes("Action") || names(call) || !calls.iter().any(|other| names(other)) {
            return;
        }
        let Some(action) =
            words.iter().find(|action| calls.iter().any(|other| action_fits(&action.text, other)))
        else {
            return;
        };
        let text = format!("{who} such as `{}` assumes a role by `{call}`.", word.text);
        let fix = super::LintFix::replace(
            &action.spot.pointer,
            call,
            format!("`{}` becomes `{call}`.", action.text),
        );
        let finding = Finding::error("trust-wrong-call", text).hint(format!("Use `{call}`."));
        self.push_fixed(&action.spot, finding, Some(fix));
    }

    fn federated(&mut self, statement: &Seen<'_>, word: &Word) {
        if word.text.contains(":saml-provider/") {
            self.call(statement, word, BY_SAML, "A SAML provider");
            return;
        }
        self.call(statement, word, BY_WEB, "An OpenID Connect provider");
        let provider = word.text.split_once(":oidc-provider/").map_or(word.text.as_str(), |(_, name)| name);
        let (written, provider) = (provider, provider.to_ascii_lowercase());
        let claims: Vec<Claim> = claims(statement)
            .into_iter()
            .filter(|claim| claim.provider == provider || claim.provider.starts_with(&format!("{provider}/")))
            .collect();
        let limits = |claim: &&Claim| {
            !condition::is_everybody(&claim.test) && !condition::holds_without_key(&claim.test)
        };
        let shared = SHARED.iter().any(|host| provider == *host || provider.starts_with(&format!("{host}/")));
        let whose = claims.iter().filter(limits).find(|claim| WHOSE.contains(&claim.name.as_str()));
        match whose {
            None => {
                let who = if shared { "anyone with an account of it" } else { "every identity of it" };
                let text = format!("No condition on `{written}:sub`: {who} can assume the role.");
                let finding = if shared {
                    Finding::error("trust-oidc-open", text)
                } else {
                    Finding::warning("trust-oidc-open", text)
                };
                let example = match provider.as_str() {
                    "token.actions.githubusercontent.com" => {
                        ", such as `repo:example/app:ref:refs/heads/main`"
                    }
                    _ if provider.starts_with("oidc.eks.") => ", such as `system:serviceaccount:team:app`",
                    _ => "",
                };
                let hint = format!("Add a condition `StringLike` on `{written}:sub`{example}.");
                self.push(&word.spot, finding.hint(hint));
            }
            Some(claim) => self.wide_claim(claim, shared),
        }
        let audience = |claim: &Claim| ["aud", "oaud", "app_id", "client_id"].contains(&claim.name.as_str());
        if !claims.iter().any(audience) && !provider.starts_with("cognito-identity") {
            let text =
                format!("No condition on `{written}:aud`: tokens for other audiences are accepted as well.");
            let finding = Finding::warning("trust-oidc-audience", text);
            self.push(
                &word.spot,
                finding.hint(format!("Add `\"{written}:aud\": \"sts.amazonaws.com\"` to the condition.")),
            );
        }
    }

    /// `repo:*`: a pattern before the part that says whose it is.
    fn wide_claim(&mut self, claim: &Claim, shared: bool) {
        if claim.name != "sub" || !shared {
            return;
        }
        let wide = |value: &&String| {
            let fixed = value.split(['*', '?']).next().unwrap_or_default();
            let owner = fixed.split_once(':').map_or(fixed, |(_, rest)| rest);
            value.contains(['*', '?']) && owner.is_empty()
        };
        if let Some(value) = claim.test.values.iter().find(wide) {
            let text = format!("`{value}` fits the tokens of every customer of `{}`.", claim.provider);
            let finding = Finding::error("trust-oidc-open", text);
            self.push(&claim.spot, finding.hint("Name the owner, such as `repo:example/*`."));
        }
    }

    /// Another account that may assume the role without an external id.
    fn external_id(&mut self, statement: &Seen<'_>, word: &Word) {
        let account = Arn::read(&word.text).map_or(word.text.as_str(), |arn| arn.account);
        let Ok(account) = account.parse::<AccountId>() else { return };
        let tests = statement.view.condition.as_ref().and_then(condition::tests).unwrap_or_default();
        let keys = ["sts:ExternalId", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalArn"];
        if tests.iter().any(|test| keys.iter().any(|key| test.is(key))) {
            return;
        }
        let text = format!("Account {account} may assume the role without an external id.");
        let finding = match self.registry {
            Some(here) if here.account == account => return,
            Some(_) => Finding::warning("trust-external-id", text),
            None => Finding::note("trust-external-id", text),
        };
        let hint = "If the account is a third party's, add a condition on `sts:ExternalId`, so that it cannot use the role for another of its customers.";
        self.push(&word.spot, finding.hint(hint));
    }
}

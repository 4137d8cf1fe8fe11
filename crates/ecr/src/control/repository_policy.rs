//! The policy of a repository: who else may use it.

use longshore_names::RepositoryName;
use serde_json::Value;

use crate::{
    Call, Document, EcrClient, EcrError, EcrErrorKind,
    control::{
        documents::{Meaning, changed, keeps, lost, parsed, stands},
        write::{Replace, Stands, once, replace},
    },
};

impl EcrClient {
    /// The text of a repository's policy, or `None` when it has none.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), [`AccessDenied`](EcrErrorKind::AccessDenied), and
    /// as `GetRepositoryPolicy`.
    pub async fn repository_policy(&self, name: &RepositoryName) -> Result<Option<String>, EcrError> {
        let call = self.call("GetRepositoryPolicy", Some(name));
        let operation =
            self.ecr().get_repository_policy().registry_id(self.account()).repository_name(name.as_str());
        match self.send(call, operation.send()).await {
            Ok(answer) => Ok(answer.policy_text().map(str::to_owned)),
            Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a repository's policy if it means `expected` now, and returns it as read back; `None` stands
    /// for no policy. A policy that locks the caller's account out is refused by ECR.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](EcrErrorKind::ChangedElsewhere) when it is neither `expected` nor `new`,
    /// [`LostUpdate`](EcrErrorKind::LostUpdate), [`Unconfirmed`](EcrErrorKind::Unconfirmed),
    /// and as `SetRepositoryPolicy` and `DeleteRepositoryPolicy`.
    pub async fn replace_repository_policy(
        &self,
        name: &RepositoryName,
        expected: Option<&str>,
        new: Option<&str>,
        meaning: &dyn Meaning,
    ) -> Result<Option<String>, EcrError> {
        let operation = if new.is_some() { "SetRepositoryPolicy" } else { "DeleteRepositoryPolicy" };
        let call = self.call(operation, Some(name));
        let (expected, value) = (parsed(expected), parsed(new));
        let what = Policy { client: self, call, name, expected, text: new, value, meaning };
        replace(&what, self.write_timing()).await
    }
}

/// A write of a repository's policy.
struct Policy<'a> {
    client: &'a EcrClient,
    call: Call,
    name: &'a RepositoryName,
    expected: Value,
    text: Option<&'a str>,
    value: Value,
    meaning: &'a dyn Meaning,
}

impl Replace for Policy<'_> {
    type Content = Option<String>;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Option<String>, EcrError> {
        self.client.repository_policy(self.name).await
    }

    async fn put(&self) -> Result<(), EcrError> {
        let (client, account, name) = (self.client, self.client.account(), self.name.as_str());
        let Some(text) = self.text else {
            let operation =
                client.ecr().delete_repository_policy().registry_id(account).repository_name(name);
            let operation = operation.customize().config_override(once());
            return match client.send(self.call.clone(), operation.send()).await {
                Ok(_) | Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(()),
                Err(error) => Err(error),
            };
        };
        let operation = client
            .ecr()
            .set_repository_policy()
            .registry_id(account)
            .repository_name(name)
            .policy_text(text)
            .customize()
            .config_override(once());
        client.send(self.call.clone(), operation.send()).await.map(drop)
    }

    fn changes(&self) -> bool {
        !self.meaning.same(&self.expected, &self.value)
    }

    fn stands(&self, found: &Option<String>) -> Stands {
        stands(self.meaning, &parsed(found.as_deref()), &self.value, &self.expected)
    }

    fn changed(&self, found: Option<String>) -> EcrError {
        changed(&self.call, Document::RepositoryPolicy, &self.expected, parsed(found.as_deref()))
    }

    fn keeps(&self, found: &Option<String>, earlier: &Option<String>) -> bool {
        keeps(self.meaning, &parsed(found.as_deref()), &parsed(earlier.as_deref()), &self.value)
    }

    fn lost(&self, found: Option<String>) -> EcrError {
        lost(&self.call, Document::RepositoryPolicy, &self.value, parsed(found.as_deref()))
    }
}

//! The policy of a repository: who else may use it.

use longshore_names::RepositoryName;

use crate::{
    Call, EcrClient, EcrError, EcrErrorKind,
    control::{
        documents::{Meaning, Policy, parsed},
        write::{once, replace},
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
        let (repository, expected) = (Some(name), parsed(expected));
        let what = Policy { client: self, call, repository, expected, text: new, new: parsed(new), meaning };
        replace(&what, self.write_timing()).await
    }

    /// Puts a repository's policy, or deletes it for `None`. Sent once.
    pub(super) async fn send_repository_policy(
        &self,
        call: Call,
        name: &RepositoryName,
        text: Option<&str>,
    ) -> Result<(), EcrError> {
        let (account, name) = (self.account(), name.as_str());
        let Some(text) = text else {
            let operation = self.ecr().delete_repository_policy().registry_id(account).repository_name(name);
            let operation = operation.customize().config_override(once());
            return match self.send(call, operation.send()).await {
                Ok(_) | Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(()),
                Err(error) => Err(error),
            };
        };
        let operation = self
            .ecr()
            .set_repository_policy()
            .registry_id(account)
            .repository_name(name)
            .policy_text(text)
            .customize()
            .config_override(once());
        self.send(call, operation.send()).await.map(drop)
    }
}

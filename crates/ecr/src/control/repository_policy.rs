//! The policy of a repository: who else may use it.

use longshore_names::RepositoryName;

use crate::{EcrClient, EcrError, EcrErrorKind};

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
}

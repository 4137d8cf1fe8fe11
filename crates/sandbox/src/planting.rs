//! Documents that no call could put: those that ECR holds from an earlier time, or rewrote since.

use longshore_names::{AccountId, Digest, RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Sandbox, SandboxError, StorageError,
    error::CommitError,
    files,
    state::{Mutation, Registry, RepositorySettings, Scan, new_account},
};

/// The state of a key of KMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Enabled,
    /// It was disabled.
    Disabled,
    /// It will be deleted.
    PendingDeletion,
    /// It does not exist.
    Missing,
}

/// A stack of CloudFormation that owns resources of a registry: `stack.json` in the state directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantedStack {
    /// The account and the Region.
    #[serde(flatten)]
    pub registry: RegistryId,
    /// Its name.
    pub name: String,
    /// What it owns.
    pub resources: Vec<PlantedResource>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantedResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type, such as `AWS::ECR::RegistryPolicy`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The account's number for documents of a registry, the name of a repository, the prefix of a
    /// creation template.
    pub physical_id: String,
}

impl Sandbox {
    /// Makes `stack` the stack that CloudFormation knows. Documents that it owns stay as they are.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn plant_stack(&self, stack: PlantedStack) -> Result<(), SandboxError> {
        let state = self.state.clone();
        files::blocking(move || state.put_stack(&stack)).await
    }

    /// Gives a user or a role an identity policy, or takes it away (`None`), until the sandbox ends: calls
    /// to the control plane need its permission, and IAM's simulator answers by it. A user or role without
    /// one is an administrator.
    ///
    /// # Errors
    /// When the ARN is neither of a user nor of a role of an account of the sandbox.
    pub fn plant_identity_policy(&self, arn: &str, text: Option<&str>) -> Result<(), SandboxError> {
        let identity = || {
            let rest = arn.split_once(":iam::")?.1;
            let (account, name) = rest.split_once(':')?;
            let (kind, path) = name.split_once('/').filter(|(kind, _)| ["user", "role"].contains(kind))?;
            let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
            Some((account.parse::<AccountId>().ok()?, format!("{kind}/{name}")))
        };
        let found = identity().filter(|(account, _)| self.state.has_account(account));
        let found = found.ok_or_else(|| SandboxError::PrincipalNotFound { arn: arn.to_owned() })?;
        self.state.planted.set_policy(found, text.map(str::to_owned));
        Ok(())
    }

    /// Takes an account's role of ECR's replication away, as its administrator can once; the next
    /// replication configuration creates it again.
    pub fn plant_no_replication_role(&self, account: &AccountId) {
        self.state.planted.set_without_role(account, true);
    }

    /// Sets the state of a key of KMS, by its ARN, until the sandbox ends. Other keys are enabled.
    pub fn plant_key(&self, arn: &str, state: KeyState) {
        self.state.planted.set_key(arn, state);
    }

    /// Gives an account new keys, as if its former ones had been deleted.
    ///
    /// # Errors
    /// When there is no such account, or it cannot be stored.
    pub async fn plant_new_keys(&self, account: &AccountId) -> Result<(), SandboxError> {
        if !self.state.has_account(account) {
            return Err(SandboxError::AccountNotFound { account: account.clone() });
        }
        let (of, new) = (account.clone(), new_account(account.clone(), &[]));
        self.change(move |held| {
            for known in held.accounts.iter_mut().filter(|known| known.account == of) {
                known.access_key_id.clone_from(&new.access_key_id);
                known.secret_access_key.clone_from(&new.secret_access_key);
            }
        })
        .await
    }

    /// Makes `text` the registry's policy, unchecked: with principals that were deleted since
    /// (`AROA…`, `AIDA…`), for example.
    ///
    /// # Errors
    /// When there is no such registry, or it cannot be stored.
    pub async fn plant_registry_policy(&self, registry: &RegistryId, text: &str) -> Result<(), SandboxError> {
        let text = text.to_owned();
        let registry = self.registry(registry)?;
        let planted = registry.update(move |document| -> Result<(), StorageError> {
            document.policy = Some(text);
            Ok(())
        });
        Ok(planted.await?)
    }

    /// Makes `configuration` the registry's replication configuration, unchecked and in force at
    /// once.
    ///
    /// # Errors
    /// When there is no such registry, or it cannot be stored.
    pub async fn plant_replication_configuration(
        &self,
        registry: &RegistryId,
        configuration: Value,
    ) -> Result<(), SandboxError> {
        let now = self.clock().now();
        let registry = self.registry(registry)?;
        let planted = registry.update(move |document| -> Result<(), StorageError> {
            document.replication = configuration;
            document.replication_effective_at = now;
            Ok(())
        });
        Ok(planted.await?)
    }

    /// Makes `text` the repository's policy, unchecked.
    ///
    /// # Errors
    /// When there is no such repository, or it cannot be stored.
    pub async fn plant_repository_policy(
        &self,
        registry: &RegistryId,
        name: &RepositoryName,
        text: &str,
    ) -> Result<(), SandboxError> {
        let missing =
            || SandboxError::RepositoryNotFound { registry: registry.clone(), repository: name.clone() };
        let text = text.to_owned();
        let repository = self.registry(registry)?.repository(name).ok_or_else(missing)?;
        let planted: Result<(), CommitError> = repository
            .commit(move |content| {
                let settings = RepositorySettings { policy: Some(text), ..content.settings.clone() };
                Ok((vec![Mutation::Settings { settings }], ()))
            })
            .await;
        planted.map_err(|error| match error {
            CommitError::Deleted => missing(),
            CommitError::Storage(error) => error.into(),
        })
    }

    /// Makes an image scanned by Amazon Inspector: with a finding that says in how many running tasks and pods it is
    /// used, and since when.
    ///
    /// # Errors
    /// When there is no such repository, or it cannot be stored.
    pub async fn plant_use(
        &self,
        registry: &RegistryId,
        name: &RepositoryName,
        digest: &Digest,
        in_use: u64,
    ) -> Result<(), SandboxError> {
        let missing =
            || SandboxError::RepositoryNotFound { registry: registry.clone(), repository: name.clone() };
        let now = self.clock().now();
        let image = serde_json::json!({
            "imageHash": digest,
            "registry": registry.account,
            "repositoryName": name,
            "inUseCount": in_use,
            "lastInUseAt": now.timestamp(),
        });
        let finding = serde_json::json!({
            "awsAccountId": registry.account,
            "severity": "LOW",
            "status": "ACTIVE",
            "title": "A planted finding",
            "type": "PACKAGE_VULNERABILITY",
            "resources": [{
                "id": format!("{}/{digest}", name.arn(&registry.account, &registry.region)),
                "type": "AWS_ECR_CONTAINER_IMAGE",
                "details": { "awsEcrContainerImage": image },
            }],
        });
        let scan = Scan { completed_at: now, findings: Vec::new(), enhanced: vec![finding] };
        let digest = digest.clone();
        let repository = self.registry(registry)?.repository(name).ok_or_else(missing)?;
        let planted: Result<(), CommitError> =
            repository.commit(move |_| Ok((vec![Mutation::Scanned { digest, scan }], ()))).await;
        planted.map_err(|error| match error {
            CommitError::Deleted => missing(),
            CommitError::Storage(error) => error.into(),
        })
    }

    fn registry(&self, id: &RegistryId) -> Result<std::sync::Arc<Registry>, SandboxError> {
        self.state.registry(id).ok_or_else(|| SandboxError::RegionNotFound {
            account: id.account.clone(),
            region: id.region.clone(),
        })
    }
}

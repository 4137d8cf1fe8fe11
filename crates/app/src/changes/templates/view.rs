//! Creation templates for display.

use longshore_ecr::{Encryption, TagMutability};

use crate::{
    App,
    api::{ApiError, Mutability, RegistryKey, TemplateView},
    documents::template::written,
};

impl App {
    /// The creation templates of a registry, read now, in alphabetical order.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn templates(&self, registry: RegistryKey) -> Result<Vec<TemplateView>, ApiError> {
        let mut found = self.connection(&registry).await?.client.creation_templates().await?;
        found.sort_by(|one, other| one.prefix.cmp(&other.prefix));
        let view = |template: longshore_ecr::CreationTemplate| TemplateView {
            text: written(&template),
            mutability: match &template.mutability {
                TagMutability::Mutable { except } => {
                    Mutability { immutable: false, exclusions: except.clone() }
                }
                TagMutability::Immutable { except } => {
                    Mutability { immutable: true, exclusions: except.clone() }
                }
                TagMutability::Other { .. } => Mutability { immutable: false, exclusions: Vec::new() },
            },
            encryption: match &template.encryption {
                Encryption::Aes256 => "AES256".into(),
                Encryption::Kms { .. } => "KMS".into(),
                Encryption::KmsDsse { .. } => "KMS_DSSE".into(),
                Encryption::Other { name } => name.clone(),
            },
            prefix: template.prefix,
            description: template.description,
            applied_for: template.applied_for,
            custom_role_arn: template.custom_role_arn,
        };
        Ok(found.into_iter().map(view).collect())
    }
}

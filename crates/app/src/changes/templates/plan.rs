//! Plans about creation templates.

use longshore_ecr::{CreationTemplate, Encryption, ROOT};

use super::perform::{CreateTemplate, DeleteTemplate, ReplaceTemplate, changed, differs};
use crate::{
    App,
    api::{ApiError, RegistryKey, Side},
    documents::template::{parse, written},
    plans::{Content, Draft, place},
    steps::DocumentChange,
};

/// Creates a template, or changes the one that was opened as `base`. `text` is the input of
/// `CreateRepositoryCreationTemplate` as JSON.
pub(crate) async fn plan_put(
    app: &App,
    registry: &RegistryKey,
    text: &str,
    base: Option<&str>,
) -> Result<Content, ApiError> {
    let template = parse(text)?;
    let base = base.map(parse).transpose()?;
    let (connection, context) = app.place(registry).await?;
    let verb = if base.is_some() { "Change" } else { "Create" };
    let title = format!("{verb} creation template {} in {}", template.prefix, app.accounts.label(registry));
    let mut draft = Draft::new(registry.space, title);
    let found = connection.client.creation_templates().await?;
    let there = found.iter().find(|one| one.prefix == template.prefix);
    let same = |one: Option<&CreationTemplate>, other: Option<&CreationTemplate>| match (one, other) {
        (Some(one), Some(other)) => one.means(other),
        (one, other) => one.is_none() && other.is_none(),
    };
    if base.as_ref().is_some_and(|base| base.custom_role_arn.is_some()) && template.custom_role_arn.is_none()
    {
        draft.error(
            "template-keeps-role",
            "ECR cannot take the role away from a template.",
            "Delete the template and create it again without the role.",
        );
    }
    if same(there, Some(&template)) {
        draft.note("nothing-to-do", "This template exists already.");
    } else if !same(base.as_ref(), there) {
        let (error, hint) = match (&base, there) {
            (None, _) => (differs(&template.prefix), "Change that template, or delete it first."),
            (Some(_), _) => (changed(&template.prefix), "Open it again and repeat the change."),
        };
        draft.error(&error.code, error.message, hint);
    }
    let needs_role = template.encryption != Encryption::Aes256 || !template.resource_tags.is_empty();
    if needs_role && template.custom_role_arn.is_none() {
        draft.error(
            "template-needs-role",
            "A template with a KMS key or resource tags needs a role that ECR can assume.",
            "Add `customRoleArn`: without it, ECR cannot create the repositories.",
        );
    }
    let names = match template.prefix.as_str() {
        ROOT => "every repository that no other template is for".to_owned(),
        prefix => format!("repositories whose names begin with `{prefix}/`"),
    };
    let reason = "ECR uses it only when it creates a repository itself; existing ones stay as they are.";
    let at = place(app, registry);
    match base {
        Some(before) => {
            let document = DocumentChange::of(Some(written(&before)), Some(written(&template)));
            let text = format!("Change the creation template for {names} in {at}");
            draft.step(
                &context,
                text,
                Some(reason.into()),
                ReplaceTemplate { before, after: template, document },
            );
        }
        None => {
            let text = format!("Create a creation template for {names} in {at}");
            draft.step(&context, text, Some(reason.into()), CreateTemplate { template });
        }
    }
    Ok(draft.content)
}

/// Deletes a template.
pub(crate) async fn plan_delete(
    app: &App,
    registry: &RegistryKey,
    prefix: &str,
) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let found = connection.client.creation_templates().await?;
    let template = found.into_iter().find(|one| one.prefix == prefix).ok_or_else(|| {
        let text = format!("The registry has no creation template for `{prefix}`.");
        ApiError::new("template-not-found", Side::Input, text)
    })?;
    let mut draft = Draft::new(
        registry.space,
        format!("Delete creation template {prefix} in {}", app.accounts.label(registry)),
    );
    let text = format!("Delete the creation template for `{prefix}` in {}", place(app, registry));
    draft.step(&context, text, None, DeleteTemplate { template });
    draft.content.stays.push("repositories that it made".into());
    Ok(draft.content)
}

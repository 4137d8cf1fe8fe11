//! `longshore export document …`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use longshore_app::api::{self, Export, ExportFormat, ExportSubject, IamKind, IamName};
use serde_json::json;

use crate::{
    failure::Failure,
    files,
    manage::{Managed, arguments::Manage},
    output,
};

/// The largest document that is read from a file.
const LARGEST: u64 = 1024 * 1024;

#[derive(Args)]
pub(crate) struct ExportDocument {
    /// What it is.
    #[arg(value_name = "KIND")]
    kind: Kind,
    /// The registry; for IAM, any registry of the account.
    #[arg(value_name = "ACCOUNT/REGION")]
    registry: String,
    /// The name of a repository, the prefix of a template or rule, an ARN, the name of a setting or of something of
    /// IAM; of an inline policy KIND/NAME/POLICY, such as user/johndoe/push.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// In which form.
    #[arg(long, value_name = "FORMAT", default_value = "cli")]
    format: Form,
    /// A document that does not exist yet, as JSON; `-` is standard input. By default it is read from AWS.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    manage: Manage,
}

impl ExportDocument {
    /// Whether it prints JSON.
    pub(crate) fn json(&self) -> bool {
        self.manage.json
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The replication configuration.
    Replication,
    /// The policy of the registry.
    RegistryPolicy,
    /// A repository with its settings and policies.
    Repository,
    /// The lifecycle policy of a repository.
    LifecyclePolicy,
    /// The policy of a repository.
    RepositoryPolicy,
    /// A repository creation template.
    Template,
    /// A pull-through cache rule.
    PullThroughCacheRule,
    /// How images are scanned.
    Scanning,
    /// How images are signed.
    Signing,
    /// A principal whose pulls are not recorded.
    PullTimeExclusion,
    /// A setting of the account in this Region.
    AccountSetting,
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
    /// The trust policy of a role.
    TrustPolicy,
    /// A managed policy.
    ManagedPolicy,
    /// An inline policy.
    InlinePolicy,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Commands of the AWS CLI, for a POSIX shell.
    Cli,
    /// The document itself.
    Json,
    /// Terraform.
    Terraform,
    /// A CloudFormation template.
    Cloudformation,
}

pub(super) async fn run(options: ExportDocument) -> Result<(), Failure> {
    let text = match &options.file {
        Some(file) => Some(String::from_utf8_lossy(&files::read(file, LARGEST)?).into_owned()),
        None => None,
    };
    let format = match options.format {
        Form::Cli => ExportFormat::Cli,
        Form::Json => ExportFormat::Json,
        Form::Terraform => ExportFormat::Terraform,
        Form::Cloudformation => ExportFormat::CloudFormation,
    };
    let (kind, registry, name) = (options.kind, options.registry, options.name);
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| {
            let registry = managed.registry(&registry).await?;
            let what = match (kind, name.as_deref()) {
                (Kind::Replication | Kind::RegistryPolicy, _) if text.is_some() => {
                    let text = "--file is for other kinds: a replication rule is exported from its plan in the window, \
                                and a registry policy is written by `longshore policy`.";
                    return Err(Failure::Usage(text.into()));
                }
                (Kind::Replication, None) => ExportSubject::Replication { registry },
                (Kind::RegistryPolicy, None) => ExportSubject::Policy { registry },
                (kind, name) => ExportSubject::Document { registry, document: document(kind, name)?, text },
            };
            let request = Export { what, format };
            let exported = managed.asking(async || managed.app.export(request.clone()).await).await?;
            if managed.json {
                output::summary(&json!({
                    "event": "summary", "text": exported.text.unwrap_or_default(), "notes": [], "refusal": exported.refusal,
                    "file_name": exported.file_name,
                }));
                return Ok(());
            }
            match (exported.text, exported.refusal) {
                (Some(text), _) => {
                    output::whole(&text);
                    Ok(())
                }
                (None, refusal) => Err(Failure::Usage(refusal.unwrap_or_default())),
            }
        })
        .await
}

fn document(kind: Kind, name: Option<&str>) -> Result<api::ExportDocument, Failure> {
    let alone = |document| match name {
        None => Ok(document),
        Some(_) => {
            Err(Failure::Usage("This kind of document belongs to the registry, and has no NAME.".into()))
        }
    };
    let named = || match name {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(Failure::Usage("This kind of document needs a NAME after the registry.".into())),
    };
    let entity = |kind| Ok(api::ExportDocument::Entity { of: IamName { kind, name: named()? } });
    match kind {
        Kind::Replication | Kind::RegistryPolicy => {
            Err(Failure::Usage("This kind of document belongs to the registry, and has no NAME.".into()))
        }
        Kind::Repository => Ok(api::ExportDocument::Repository { name: named()? }),
        Kind::LifecyclePolicy => Ok(api::ExportDocument::LifecyclePolicy { name: named()? }),
        Kind::RepositoryPolicy => Ok(api::ExportDocument::RepositoryPolicy { name: named()? }),
        Kind::Template => Ok(api::ExportDocument::Template { prefix: named()? }),
        Kind::PullThroughCacheRule => Ok(api::ExportDocument::PullThroughCacheRule { prefix: named()? }),
        Kind::Scanning => alone(api::ExportDocument::RegistryScanning),
        Kind::Signing => alone(api::ExportDocument::Signing),
        Kind::PullTimeExclusion => Ok(api::ExportDocument::PullTimeExclusion { principal: named()? }),
        Kind::AccountSetting => Ok(api::ExportDocument::AccountSetting { name: named()? }),
        Kind::User => entity(IamKind::User),
        Kind::Group => entity(IamKind::Group),
        Kind::Role => entity(IamKind::Role),
        Kind::TrustPolicy => Ok(api::ExportDocument::Trust { role: named()? }),
        Kind::ManagedPolicy => Ok(api::ExportDocument::ManagedPolicy { policy: named()? }),
        Kind::InlinePolicy => inline(&named()?),
    }
}

/// `user/johndoe/push`.
fn inline(text: &str) -> Result<api::ExportDocument, Failure> {
    let parts: Vec<&str> = text.splitn(3, '/').collect();
    let unlike = || Failure::Usage(format!("`{text}` is not KIND/NAME/POLICY, such as user/johndoe/push."));
    let [word, name, policy] = parts[..] else { return Err(unlike()) };
    let kind = match word {
        "user" => IamKind::User,
        "group" => IamKind::Group,
        "role" => IamKind::Role,
        _ => return Err(unlike()),
    };
    Ok(api::ExportDocument::InlinePolicy {
        of: IamName { kind, name: name.to_owned() },
        policy: policy.to_owned(),
    })
}

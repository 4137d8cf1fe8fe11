//! `longshore iam …`

pub(crate) mod arguments;
mod change;
mod name;
mod show;

use longshore_app::api::{Account, ApiError, IamList, RegistryKey, Side};

use self::arguments::{Iam, IamCommand};
use super::open::Managed;
use crate::failure::Failure;

/// Runs a command about IAM.
pub(crate) async fn run(options: Iam) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    let command = options.command;
    managed
        .through(async |managed| {
            let registry = registry(managed).await?;
            match command {
                IamCommand::Users => show::list(managed, registry, IamList::Users).await,
                IamCommand::Groups => show::list(managed, registry, IamList::Groups).await,
                IamCommand::Roles => show::list(managed, registry, IamList::Roles).await,
                IamCommand::Policies { aws: false } => show::list(managed, registry, IamList::Policies).await,
                IamCommand::Policies { aws: true } => {
                    show::list(managed, registry, IamList::AwsPolicies).await
                }
                IamCommand::Show { what } => show::one(managed, registry, &what).await,
                IamCommand::May(asked) => show::may(managed, registry, asked).await,
                command => change::run(managed, registry, command).await,
            }
        })
        .await
}

/// The account that `--account` names, or the only one, by its first Region: IAM has none.
async fn registry(managed: &Managed) -> Result<RegistryKey, Failure> {
    let account = match managed.acting_account() {
        Some(named) => managed.find(&named).await?,
        None => only(managed).await?,
    };
    let region = account.regions.first().ok_or_else(|| {
        let text = format!("Account {} has no Region.", account.id);
        let hint = "Choose one: `longshore account change ACCOUNT --region REGION`.";
        ApiError::new("iam-no-region", Side::Input, text).hint(hint)
    })?;
    Ok(RegistryKey {
        space: managed.space,
        account: account.id.parse().map_err(ApiError::from)?,
        region: region.parse().map_err(ApiError::from)?,
    })
}

async fn only(managed: &Managed) -> Result<Account, ApiError> {
    let mut all = managed.app.accounts_in(managed.space).await?;
    match (all.pop(), all.is_empty()) {
        (Some(account), true) => Ok(account),
        (None, _) => Err(ApiError::new("account-needed", Side::Input, "No account is connected.")),
        (Some(last), false) => {
            all.push(last);
            let names: Vec<String> = all.iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
            let error = ApiError::new("account-needed", Side::Input, "Several accounts are connected.");
            Err(error.hint(format!("Choose one with --account: {}.", names.join(", "))))
        }
    }
}

//! Changes from outside: the AWS configuration files, sign-ins in a terminal, and accounts that a command
//! has connected.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{StreamExt, stream};

use crate::{
    App,
    api::{Account, AccountKey, AppEvent, CredentialSource, Space},
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Accounts that are checked at once.
const AT_ONCE: usize = 8;

/// Each file with its time and its length.
type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Looks for changes until the app closes.
pub(crate) fn watch(app: &Arc<App>) {
    let (weak, stop) = (app.me.clone(), app.stop.clone());
    app.tasks.spawn(async move {
        let mut before = stamp().await;
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => return,
            }
            let now = stamp().await;
            let Some(app) = weak.upgrade() else { return };
            if now != before {
                before = now;
                app.credentials_changed().await;
            }
            match app.accounts.reload().await {
                Ok(false) => {}
                Ok(true) => app.accounts_changed(Space::Aws, None),
                Err(error) => tracing::debug!(code = error.code, "the accounts could not be read again"),
            }
        }
    });
}

impl App {
    /// Profiles may have other credentials now, so the accounts that use them are checked again.
    async fn credentials_changed(&self) {
        let of_files = |source: &CredentialSource| {
            matches!(
                source,
                CredentialSource::Profile { .. }
                    | CredentialSource::Role { .. }
                    | CredentialSource::Sso { start_url: None, .. }
            )
        };
        let all = self.accounts.all();
        let changed: Vec<_> = all.iter().filter(|known| of_files(&known.account.credentials)).collect();
        for known in &changed {
            self.accounts_changed(known.account.space, Some(&known.account.id));
        }
        let check = async |account: &Account| {
            let key = AccountKey { space: account.space, id: account.id.clone() };
            if let Err(error) = self.check_account(key).await {
                tracing::debug!(code = error.code, "an account could not be checked again");
            }
        };
        stream::iter(&changed).for_each_concurrent(AT_ONCE, |known| check(&known.account)).await;
        self.events.send(AppEvent::Accounts);
    }
}

/// The files on which credentials depend.
async fn stamp() -> Stamp {
    tokio::task::spawn_blocking(|| {
        let variable = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let folder = std::env::home_dir().map(|home| home.join(".aws"));
        let in_folder = |name: &str| folder.as_ref().map(|folder| folder.join(name));
        let mut found = Stamp::new();
        let config = variable("AWS_CONFIG_FILE").or_else(|| in_folder("config"));
        let credentials = variable("AWS_SHARED_CREDENTIALS_FILE").or_else(|| in_folder("credentials"));
        config.into_iter().chain(credentials).for_each(|path| add(&mut found, &path));
        let login = variable("AWS_LOGIN_CACHE_DIRECTORY").or_else(|| in_folder("login/cache"));
        for cache in in_folder("sso/cache").into_iter().chain(login) {
            let Ok(entries) = std::fs::read_dir(cache) else { continue };
            entries.flatten().for_each(|entry| add(&mut found, &entry.path()));
        }
        found
    })
    .await
    .unwrap_or_default()
}

fn add(found: &mut Stamp, path: &Path) {
    if let Ok(data) = std::fs::metadata(path) {
        found.insert(path.to_owned(), (data.modified().ok(), data.len()));
    }
}

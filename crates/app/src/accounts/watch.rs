//! Changes from outside: the AWS configuration files, sign-ins in a terminal, and accounts that a command
//! has connected.

use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::sync::Semaphore;

use crate::{
    App,
    api::{AccountKey, AppEvent, CredentialSource, Space},
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// The most accounts that are checked again at the same time.
const AT_ONCE: usize = 8;

/// Each file with its time, its length and its number: a file that takes the place of another may have the
/// time and length of that one.
type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64, u64)>;

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
                app.credentials_changed();
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
    /// Profiles may have other credentials now, so the accounts that use them are checked again, while the
    /// watch goes on.
    fn credentials_changed(self: &Arc<Self>) {
        let of_files = |source: &CredentialSource| {
            matches!(
                source,
                CredentialSource::Profile { .. }
                    | CredentialSource::Role { .. }
                    | CredentialSource::Sso { start_url: None, .. }
            )
        };
        let all = self.accounts.all();
        let changed: Vec<_> =
            all.iter().map(|known| &known.account).filter(|known| of_files(&known.credentials)).collect();
        for account in &changed {
            self.accounts_changed(account.space, Some(&account.id));
        }
        self.events.send(AppEvent::Accounts);
        let seats = Arc::new(Semaphore::new(AT_ONCE));
        for account in changed {
            let key = AccountKey { space: account.space, id: account.id.clone() };
            let (app, stop, seats) = (Arc::clone(self), self.stop.clone(), Arc::clone(&seats));
            self.tasks.spawn(async move {
                let checked = async {
                    let _seat = seats.acquire().await;
                    app.check_account(key).await
                };
                if let Some(Err(error)) = stop.run_until_cancelled(checked).await {
                    tracing::debug!(code = error.code, "an account could not be checked again");
                }
            });
        }
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
        found.insert(path.to_owned(), (data.modified().ok(), data.len(), data.ino()));
    }
}

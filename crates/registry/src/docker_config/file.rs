//! One configuration file.

use std::{
    collections::HashMap,
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::{Credentials, Error, Secret, docker_config::is_hub, local::failed};

const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// Tools differ on whether they write the `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a file says about credentials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    auths: HashMap<String, Entry>,
    #[serde(default)]
    creds_store: Option<String>,
    #[serde(default)]
    cred_helpers: HashMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    #[serde(deserialize_with = "secret")]
    auth: Option<Secret>,
    username: Option<String>,
    #[serde(deserialize_with = "secret")]
    password: Option<Secret>,
    #[serde(deserialize_with = "secret")]
    identitytoken: Option<Secret>,
    #[serde(deserialize_with = "secret")]
    registrytoken: Option<Secret>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(Secret::new))
}

/// A file that was read.
pub(super) struct Config {
    path: PathBuf,
    document: Document,
}

impl Config {
    /// `None` when there is no such file. `registry` is named in errors.
    pub(super) fn read(registry: &str, path: &Path) -> Result<Option<Self>, Error> {
        let fail = |error| failed(registry, "cannot read", path, &error);
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(fail(error)),
        };
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(fail)?;
        // The parser's error text could quote a password.
        let document = serde_json::from_slice(&bytes).map_err(|error| Error::Local {
            registry: registry.to_owned(),
            message: format!("`{}` cannot be understood at line {}", path.display(), error.line()),
        })?;
        Ok(Some(Self { path: path.to_owned(), document }))
    }

    /// The helpers to ask about a host, best first.
    pub(super) fn helpers(&self, host: &str) -> [Option<&str>; 2] {
        let own = find(&self.document.cred_helpers, host).map(String::as_str);
        [own, self.document.creds_store.as_deref()].map(|name| name.filter(|name| !name.is_empty()))
    }

    /// What the file itself knows of a host.
    pub(super) fn entry(&self, host: &str) -> Result<Option<Credentials>, Error> {
        let Some(entry) = find(&self.document.auths, host) else { return Ok(None) };
        if let Some(token) = &entry.identitytoken {
            return Ok(Some(Credentials::IdentityToken(token.clone())));
        }
        if let Some(token) = &entry.registrytoken {
            let value = Secret::new(format!("Bearer {}", token.expose()));
            return Ok(Some(Credentials::Authorization(value)));
        }
        if let (Some(user), Some(password)) = (&entry.username, &entry.password) {
            return Ok(Some(Credentials::Basic { user: user.clone(), password: password.clone() }));
        }
        // A store's entry is empty: the store was asked already.
        let Some(auth) = &entry.auth else { return Ok(None) };
        decoded(auth).map(Some).ok_or_else(|| Error::Local {
            registry: host.to_owned(),
            message: format!(
                "the entry of `{}` for it is not base64 of `user:password`",
                self.path.display()
            ),
        })
    }
}

fn decoded(auth: &Secret) -> Option<Credentials> {
    let bytes = Zeroizing::new(BASE64.decode(auth.expose().trim()).ok()?);
    let (user, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    // Docker once padded the password so.
    let password = Secret::new(password.trim_end_matches('\0'));
    Some(Credentials::Basic { user: user.to_owned(), password })
}

/// The entry whose key is a host, as itself or inside an address.
fn find<'a, T>(map: &'a HashMap<String, T>, host: &str) -> Option<&'a T> {
    map.get(host).or_else(|| {
        // The shortest key first, so that the answer does not depend on chance.
        let mut keys: Vec<&String> = map.keys().filter(|key| means(key, host)).collect();
        keys.sort_by_key(|key| (key.len(), key.as_str()));
        keys.first().and_then(|key| map.get(*key))
    })
}

/// Whether a key such as `https://host/v1/` means a host. Keys of podman for a part of a registry
/// (`host/team`) do not.
fn means(key: &str, host: &str) -> bool {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let (name, path) = bare.split_once('/').unwrap_or((bare, ""));
    let whole = matches!(path.trim_end_matches('/'), "" | "v1" | "v2");
    let name = name.to_ascii_lowercase();
    whole && (name == host || (is_hub(&name) && is_hub(host)))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

    use super::*;

    fn config(text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, text).unwrap();
        Config::read("r", &path).unwrap().unwrap()
    }

    fn basic(config: &Config, host: &str) -> Option<(String, String)> {
        match config.entry(host).unwrap()? {
            Credentials::Basic { user, password } => Some((user, password.expose().to_owned())),
            _ => panic!("not a user and a password"),
        }
    }

    #[test]
    fn hosts_are_found_under_the_keys_that_tools_write() {
        let auth = BASE64_STANDARD.encode("ann:pass:word");
        let entry = format!(r#"{{"auth":"{auth}"}}"#);
        let found = Some(("ann".to_owned(), "pass:word".to_owned()));
        for (key, host, expected) in [
            ("ghcr.io", "ghcr.io", true),
            ("https://ghcr.io", "ghcr.io", true),
            ("https://Ghcr.io/v2/", "ghcr.io", true),
            ("localhost:5000", "localhost:5000", true),
            ("https://index.docker.io/v1/", "docker.io", true),
            ("docker.io", "registry-1.docker.io", true),
            ("localhost:5000", "localhost:5001", false),
            ("ghcr.io/team", "ghcr.io", false),
            ("evil-ghcr.io", "ghcr.io", false),
        ] {
            let config = config(&format!(r#"{{"auths":{{"{key}":{entry}}}}}"#));
            assert_eq!(basic(&config, host), found.clone().filter(|_| expected), "{key} {host}");
        }
        let unpadded = BASE64_STANDARD_NO_PAD.encode("ann:pw\0\0");
        let config = config(&format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{unpadded}"}}}}}}"#));
        assert_eq!(basic(&config, "ghcr.io"), Some(("ann".into(), "pw".into())));
    }

    #[test]
    fn tokens_are_preferred_and_empty_entries_say_nothing() {
        let config = config(
            r#"{"auths":{"a.io":{"auth":"eDo=","identitytoken":"t"},"b.io":{},"c.io":{"registrytoken":"r"},"d.io":{"auth":"%%"}},
                "credsStore":"desktop","credHelpers":{"e.io":"ecr-login"}}"#,
        );
        assert!(matches!(config.entry("a.io"), Ok(Some(Credentials::IdentityToken(t))) if t.expose() == "t"));
        assert!(matches!(config.entry("b.io"), Ok(None)));
        assert!(
            matches!(config.entry("c.io"), Ok(Some(Credentials::Authorization(v))) if v.expose() == "Bearer r")
        );
        assert!(matches!(config.entry("d.io"), Err(Error::Local { .. })));
        assert_eq!(config.helpers("e.io"), [Some("ecr-login"), Some("desktop")]);
        assert_eq!(config.helpers("a.io"), [None, Some("desktop")]);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(matches!(Config::read("r", &path), Ok(None)));
        std::fs::write(&path, r#"{"auths": "hunter2"}"#).unwrap();
        let error = Config::read("r", &path).err().unwrap();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

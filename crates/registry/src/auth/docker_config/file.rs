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

use crate::{Credentials, Error, RegistryErrorKind, Secret, local::failed, model::reference::is_hub};

const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// Tools differ on whether they write the `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a file says about credentials.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    auths: Option<HashMap<String, Option<Entry>>>,
    creds_store: Option<String>,
    cred_helpers: Option<HashMap<String, Option<String>>>,
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
        // Editors on Windows may write a byte order mark, and `touch` leaves an empty file.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Some(Self { path: path.to_owned(), document: Document::default() }));
        }
        // The parser's error text could quote a password.
        let document = serde_json::from_slice::<Option<Document>>(text).map_err(|error| {
            RegistryErrorKind::Local {
                message: format!("`{}` cannot be understood at line {}", path.display(), error.line()),
            }
            .at(registry.to_owned())
        })?;
        Ok(Some(Self { path: path.to_owned(), document: document.unwrap_or_default() }))
    }

    /// The helpers to ask about a host, best first.
    pub(super) fn helpers(&self, host: &str) -> [Option<&str>; 2] {
        let helpers = self.document.cred_helpers.as_ref();
        let own = helpers.and_then(|helpers| find(helpers, host)?.as_deref());
        [own, self.document.creds_store.as_deref()].map(|name| name.filter(|name| !name.is_empty()))
    }

    /// The credentials that the file itself has for a host.
    pub(super) fn entry(&self, host: &str) -> Result<Option<Credentials>, Error> {
        let auths = self.document.auths.as_ref();
        auths.and_then(|auths| find(auths, host)?.as_ref()).map_or(Ok(None), |entry| self.known(host, entry))
    }

    /// The credentials that the file has for a part of a host.
    pub(super) fn entry_in(&self, host: &str, scope: &str) -> Result<Option<Credentials>, Error> {
        let mut entries = self.document.auths.iter().flatten();
        let entry = entries.find(|(key, _)| part_of(key, host) == Some(scope));
        entry.and_then(|(_, entry)| entry.as_ref()).map_or(Ok(None), |entry| self.known(host, entry))
    }

    /// The parts of a host that have keys of their own.
    pub(super) fn scopes(&self, host: &str) -> Vec<String> {
        let keys = self.document.auths.iter().flatten().map(|(key, _)| key);
        keys.filter_map(|key| part_of(key, host)).map(str::to_owned).collect()
    }

    /// The error for a helper that is named here and is not installed.
    pub(super) fn without_program(&self, host: &str, helper: &str, program: &str) -> Error {
        let at =
            if self.document.creds_store.as_deref() == Some(helper) { "credsStore" } else { "credHelpers" };
        RegistryErrorKind::Local {
            message: format!(
                "`{}` names the credential helper `{helper}` in `{at}`, but there is no program `{program}` \
                 in PATH; install it, or remove it from the file and log in again",
                self.path.display()
            ),
        }
        .at(host.to_owned())
    }

    fn known(&self, host: &str, entry: &Entry) -> Result<Option<Credentials>, Error> {
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
        decoded(auth).map(Some).ok_or_else(|| {
            RegistryErrorKind::Local {
                message: format!("its entry in `{}` is not base64 of `user:password`", self.path.display()),
            }
            .at(host.to_owned())
        })
    }
}

fn decoded(auth: &Secret) -> Option<Credentials> {
    let bytes = Zeroizing::new(BASE64.decode(auth.expose().trim()).ok()?);
    let (user, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    // Docker once padded the password this way.
    let password = Secret::new(password.trim_end_matches('\0'));
    Some(Credentials::Basic { user: user.to_owned(), password })
}

/// The entry whose key is the host, alone or inside an address.
fn find<'a, T>(map: &'a HashMap<String, T>, host: &str) -> Option<&'a T> {
    map.get(host).or_else(|| {
        // The shortest key first, so that the answer does not depend on chance.
        let mut keys: Vec<&String> = map.keys().filter(|key| means(key, host)).collect();
        keys.sort_by_key(|key| (key.len(), key.as_str()));
        keys.first().and_then(|key| map.get(*key))
    })
}

/// Whether a key such as `https://host/v1/` means a host as a whole.
fn means(key: &str, host: &str) -> bool {
    let (name, path) = parts(key);
    is_whole(path) && is_host(name, host)
}

/// The part of a host that one of podman's keys, such as `host/team`, means.
fn part_of<'a>(key: &'a str, host: &str) -> Option<&'a str> {
    let (name, path) = parts(key);
    (!is_whole(path) && is_host(name, host)).then(|| path.trim_end_matches('/'))
}

fn parts(key: &str) -> (&str, &str) {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    bare.split_once('/').unwrap_or((bare, ""))
}

fn is_whole(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "" | "v1" | "v2")
}

fn is_host(name: &str, host: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == host || (is_hub(&name) && is_hub(host))
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
    fn null_and_nothing_and_a_byte_order_mark_are_read_as_docker_reads_them() {
        for text in [
            "",
            " \n",
            "null",
            "{}",
            "\u{feff}{}",
            r#"{"auths":null,"credsStore":null,"credHelpers":null}"#,
            r#"{"auths":{"ghcr.io":null},"credHelpers":{"ghcr.io":null}}"#,
            r#"{"auths":{"ghcr.io":{"auth":null,"username":null,"identitytoken":""}},"credsStore":""}"#,
        ] {
            let config = config(text);
            assert!(matches!(config.entry("ghcr.io"), Ok(None)), "{text}");
            assert_eq!(config.helpers("ghcr.io"), [None, None], "{text}");
        }
        let config = config("\u{feff}{\"auths\":{\"ghcr.io\":{\"auth\":\"YW5uOnB3\"}}}");
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
        assert!(matches!(config.entry("d.io"), Err(Error { kind: RegistryErrorKind::Local { .. }, .. })));
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

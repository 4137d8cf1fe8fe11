//! Long secrets: keychains limit them (2,560 bytes on Windows), so a random key in the keychain seals them
//! in a file. Nothing is ever stored in plain text.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Secret, SecretStore};
use crate::api::{ApiError, Keychain, SecretPlace, Side};

/// The longest secret that goes into the keychain itself, in bytes. Windows stores two bytes a character.
const LONGEST: usize = 1_200;
/// The name of the key in the keychain.
const KEY: &str = "sealing-key";
const KEY_LENGTH: usize = 32;
/// The largest file.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A keychain whose long secrets are in sealed files of a folder.
pub struct SealedStore<S> {
    keychain: S,
    folder: PathBuf,
    /// One at a time makes the key.
    turn: tokio::sync::Mutex<()>,
}

impl<S: SecretStore> SealedStore<S> {
    /// Files are written below `data_directory`.
    pub fn new(keychain: S, data_directory: &Path) -> Self {
        Self { keychain, folder: data_directory.join("sealed"), turn: tokio::sync::Mutex::default() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(hex::encode(&Sha256::digest(name)[..16]))
    }

    /// The key, made when there is none.
    async fn key(&self, make: bool) -> Result<Option<LessSafeKey>, ApiError> {
        let _turn = self.turn.lock().await;
        let bytes = match self.keychain.get(KEY).await? {
            Some(text) => Zeroizing::new(hex::decode(text.expose()).map_err(|_| broken())?),
            None if !make => return Ok(None),
            None => {
                let mut bytes = Zeroizing::new(vec![0; KEY_LENGTH]);
                rand::fill(&mut bytes).map_err(|_| ApiError::internal("There are no random numbers."))?;
                self.keychain.set(KEY, Secret::new(hex::encode(&*bytes))).await?;
                // Another process may have made one at the same time; the stored one counts.
                match self.keychain.get(KEY).await? {
                    Some(text) => Zeroizing::new(hex::decode(text.expose()).map_err(|_| broken())?),
                    None => return Err(broken()),
                }
            }
        };
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| broken())?;
        Ok(Some(LessSafeKey::new(key)))
    }

    async fn unsealed(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        let path = self.file(name);
        let sealed = tokio::task::spawn_blocking(move || read(&path));
        let sealed =
            sealed.await.map_err(|_| ApiError::internal("Reading a file ended without a result."))?;
        let Some(mut sealed) = sealed? else { return Ok(None) };
        let Some(key) = self.key(false).await? else { return Err(broken()) };
        if sealed.len() < NONCE_LEN {
            return Err(broken());
        }
        let mut content = Zeroizing::new(sealed.split_off(NONCE_LEN));
        let nonce = Nonce::try_assume_unique_for_key(&sealed).map_err(|_| broken())?;
        // The name is part of what is sealed, so that files cannot be exchanged.
        let plain = key.open_in_place(nonce, Aad::from(name), &mut content).map_err(|_| broken())?;
        let text = std::str::from_utf8(plain).map_err(|_| broken())?;
        Ok(Some(Secret::new(text.to_owned())))
    }
}

#[async_trait]
impl<S: SecretStore> SecretStore for SealedStore<S> {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        match self.unsealed(name).await? {
            Some(secret) => Ok(Some(secret)),
            None => self.keychain.get(name).await,
        }
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        let path = self.file(name);
        if secret.expose().len() <= LONGEST {
            self.keychain.set(name, secret).await?;
            return blocking(move || removed(&path)).await;
        }
        let Some(key) = self.key(true).await? else { return Err(broken()) };
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| ApiError::internal("There are no random numbers."))?;
        let mut content = Zeroizing::new(secret.expose().as_bytes().to_vec());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut *content)
            .map_err(|_| ApiError::internal("A secret could not be sealed."))?;
        let mut file = nonce.to_vec();
        file.extend_from_slice(&content);
        let folder = self.folder.clone();
        blocking(move || written(&folder, &path, &file)).await?;
        // A shorter one of that name must not come back when the file goes.
        self.keychain.delete(name).await
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        let path = self.file(name);
        blocking(move || removed(&path)).await?;
        self.keychain.delete(name).await
    }

    async fn place(&self, name: &str) -> Result<Option<SecretPlace>, ApiError> {
        match self.unsealed(name).await? {
            Some(_) => Ok(Some(SecretPlace::SealedFile)),
            None => self.keychain.place(name).await,
        }
    }

    async fn state(&self) -> Keychain {
        self.keychain.state().await
    }
}

async fn blocking(work: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> Result<(), ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ApiError::internal("Writing a file ended without a result."))?.map_err(|error| {
        let text = format!("A sealed secret cannot be written: {error}.");
        ApiError::new("secret-file", Side::ThisMachine, text)
    })
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, ApiError> {
    let unreadable = |error: std::io::Error| {
        let text = format!("A sealed secret cannot be read: {error}.");
        ApiError::new("secret-file", Side::ThisMachine, text)
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(data) if data.len() > LARGEST_FILE => return Err(broken()),
        Ok(_) => {}
    }
    std::fs::read(path).map(Some).map_err(unreadable)
}

/// Whole or not at all, and for this user only.
fn written(folder: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn removed(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn broken() -> ApiError {
    ApiError::new(
        "secret-broken",
        Side::ThisMachine,
        "A sealed secret cannot be opened with the key in the keychain.",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MemoryStore;

    fn store(directory: &Path, keychain: &Arc<MemoryStore>) -> SealedStore<Arc<MemoryStore>> {
        SealedStore::new(keychain.clone(), directory)
    }

    fn files(directory: &Path) -> Vec<Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(directory.join("sealed")) else { return Vec::new() };
        entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_long_secret_comes_back_and_is_nowhere_in_plain_text() {
        let (directory, keychain) = (tempfile::tempdir().unwrap(), Arc::new(MemoryStore::default()));
        let long = "canary-".repeat(1_200);
        store(directory.path(), &keychain).set("a", Secret::new(long.clone())).await.unwrap();
        // Another process with the same keychain.
        let again = store(directory.path(), &keychain);
        assert_eq!(again.get("a").await.unwrap().unwrap().expose(), long);
        assert!(keychain.get("a").await.unwrap().is_none());
        assert_eq!(again.place("a").await.unwrap(), Some(SecretPlace::SealedFile));
        let [file] = files(directory.path()).try_into().unwrap();
        assert!(!file.windows(6).any(|part| part == b"canary"));
        // A short one replaces it, and a deleted one is gone.
        again.set("a", Secret::new("short".to_owned())).await.unwrap();
        assert_eq!(again.get("a").await.unwrap().unwrap().expose(), "short");
        assert!(files(directory.path()).is_empty());
        assert_eq!(again.place("a").await.unwrap(), keychain.place("a").await.unwrap());
        again.set("a", Secret::new(long)).await.unwrap();
        again.delete("a").await.unwrap();
        assert!(again.get("a").await.unwrap().is_none());
        assert_eq!(again.place("a").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_changed_file_or_another_key_is_an_error_and_never_another_secret() {
        let (directory, keychain) = (tempfile::tempdir().unwrap(), Arc::new(MemoryStore::default()));
        let sealed = store(directory.path(), &keychain);
        for name in ["a", "b"] {
            sealed.set(name, Secret::new(name.repeat(2_000))).await.unwrap();
        }
        let (a, b) = (sealed.file("a"), sealed.file("b"));
        let whole = std::fs::read(&a).unwrap();
        let mut changed = whole.clone();
        changed[40] ^= 1;
        let other = std::fs::read(&b).unwrap();
        for content in [changed, whole[..20].to_vec(), Vec::new(), other] {
            std::fs::write(&a, content).unwrap();
            assert_eq!(sealed.get("a").await.err().unwrap().code, "secret-broken");
        }
        std::fs::write(&a, &whole).unwrap();
        assert!(sealed.get("a").await.unwrap().is_some());
        keychain.delete(KEY).await.unwrap();
        assert_eq!(sealed.get("a").await.err().unwrap().code, "secret-broken");
    }
}

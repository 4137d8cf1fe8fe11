//! State files, read again when they change.

use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use longshore_names::shown;
use zeroize::Zeroizing;

use super::state::{self, Resource};
use crate::api::{ApiError, Side};

/// The largest state that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What a file's contents depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    changed: (i64, i64),
    length: u64,
    file: (u64, u64),
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        Self {
            modified: data.modified().ok(),
            changed: (data.ctime(), data.ctime_nsec()),
            length: data.len(),
            file: (data.dev(), data.ino()),
        }
    }
}

/// What was read, by path.
#[derive(Debug, Default)]
pub(crate) struct StateFiles(Mutex<HashMap<PathBuf, Listed>>);

/// What a file listed when it had this stamp.
type Listed = (Stamp, Arc<Vec<Resource>>);

impl StateFiles {
    /// ECR's resources in a state.
    ///
    /// # Errors
    /// `terraform-state-unreadable`.
    pub(crate) async fn read(&self, path: &str) -> Result<Arc<Vec<Resource>>, ApiError> {
        let path = PathBuf::from(path);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        let file = path.clone();
        let read = tokio::task::spawn_blocking(move || read(&file, known))
            .await
            .map_err(|_| ApiError::internal("Reading a file ended without a result."))?;
        let (stamp, resources) = read.map_err(|why| {
            let path = shown(&path.display().to_string(), 300);
            let text = format!("The Terraform state {path} cannot be read: {why}.");
            ApiError::new("terraform-state-unreadable", Side::ThisMachine, text)
                .hint("Correct the path in the account's settings, or write the state again.")
        })?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(path, (stamp, resources.clone()));
        Ok(resources)
    }
}

/// Blocks. Whatever is named may be no file, or grow while it is read.
fn read(
    path: &Path,
    known: Option<(Stamp, Arc<Vec<Resource>>)>,
) -> Result<(Stamp, Arc<Vec<Resource>>), String> {
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no regular file".into());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let data = file.metadata().map_err(|error| error.to_string())?;
    let stamp = Stamp::of(&data);
    if let Some((before, resources)) = known
        && before == stamp
    {
        return Ok((stamp, resources));
    }
    if data.len() > LARGEST {
        return Err(format!("it is larger than {} MB", LARGEST / 1_000_000));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default() + 1));
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MB", LARGEST / 1_000_000));
    }
    Ok((stamp, Arc::new(state::resources(&text)?)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::api::OwnedDocument;

    fn state(name: &str) -> String {
        format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"aws_ecr_repository","name":"a",
            "instances":[{{"attributes":{{"name":"{name}"}}}}]}}]}}"#
        )
    }

    #[tokio::test]
    async fn a_state_is_read_again_when_it_changes_and_an_unreadable_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terraform.tfstate");
        let (files, name) = (StateFiles::default(), path.display().to_string());
        let code = async || files.read(&name).await.unwrap_err().code;
        assert_eq!(code().await, "terraform-state-unreadable");
        let names = async || -> Vec<OwnedDocument> {
            files.read(&name).await.unwrap().iter().map(|one| one.document.clone()).collect()
        };
        for wanted in ["one", "two"] {
            fs::write(&path, state(wanted)).unwrap();
            assert_eq!(names().await, [OwnedDocument::Repository { name: wanted.into() }]);
            assert_eq!(names().await.len(), 1);
        }
        // A state that cannot be read is not answered from what was read before.
        for text in ["", "{", r#"{"version":3}"#, r#"{"encrypted_data":"x"}"#] {
            fs::write(&path, text).unwrap();
            assert_eq!(code().await, "terraform-state-unreadable", "{text}");
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(code().await, "terraform-state-unreadable");
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        let error = files.read(&large.display().to_string()).await.unwrap_err();
        assert!(error.message.contains("larger than 67 MB"), "{error:?}");
    }

    #[tokio::test]
    async fn a_pipe_does_not_stop_the_reader() {
        let error = StateFiles::default().read("/dev/zero").await.unwrap_err();
        assert!(error.message.contains("no regular file"), "{error:?}");
    }
}

//! Certificates and keys in files.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{Error, RegistryErrorKind, TlsOptions, local::failed};

/// Certificates and keys are small.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What was found for one host.
#[derive(Default)]
pub(crate) struct Trust {
    /// Trusted besides the machine's own certificates.
    pub(crate) roots: Vec<CertificateDer<'static>>,
    /// Shown to the host.
    pub(crate) identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    pub(crate) skip_verify: bool,
    /// A `certs.d` directory names the host, so it speaks TLS.
    pub(crate) has_directory: bool,
}

impl Trust {
    /// Reads the files for a host, `host` or `host:port`.
    pub(crate) fn load(registry: &str, host: &str, options: &TlsOptions) -> Result<Self, Error> {
        let mut trust = Self { skip_verify: options.skip_verify, ..Self::default() };
        for file in &options.ca_files {
            trust.roots.extend(certificates(registry, file)?);
        }
        for directory in &options.certs_in {
            trust.add_directory(registry, &directory.join(host))?;
        }
        Ok(trust)
    }

    /// Whether nothing differs from the machine's own.
    pub(crate) fn is_usual(&self) -> bool {
        self.roots.is_empty() && self.identity.is_none() && !self.skip_verify
    }

    /// The same for another host: what is trusted, and nothing that is meant for one host only.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { roots: self.roots.clone(), ..Self::default() }
    }

    fn add_directory(&mut self, registry: &str, directory: &Path) -> Result<(), Error> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            // Other users' and systems' directories may be closed to us; then they say nothing.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
                ) =>
            {
                return Ok(());
            }
            Err(error) => return Err(failed(registry, "cannot read", directory, &error)),
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort_unstable();
        for path in paths {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("crt") => self.roots.extend(certificates(registry, &path)?),
                Some("cert") if self.identity.is_none() => {
                    let key = path.with_extension("key");
                    let chain = certificates(registry, &path)?;
                    let bytes = read(registry, &key)?;
                    let key = PrivateKeyDer::from_pem_slice(&bytes)
                        .map_err(|_| unreadable(registry, &key, "has no private key in PEM format"))?;
                    self.identity = Some((chain, key));
                }
                _ => continue,
            }
            self.has_directory = true;
        }
        Ok(())
    }
}

fn certificates(registry: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bytes = read(registry, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unreadable(registry, path, "has no certificate in PEM format")),
    }
}

fn unreadable(registry: &str, path: &Path, problem: &str) -> Error {
    RegistryErrorKind::Local { message: format!("`{}` {problem}", path.display()) }.at(registry.to_owned())
}

fn read(registry: &str, path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |error: &std::io::Error| failed(registry, "cannot read", path, error);
    let data = fs::metadata(path).map_err(|error| fail(&error))?;
    if !data.is_file() || data.len() > MAX_BYTES {
        return Err(unreadable(registry, path, "is not a file with certificates"));
    }
    fs::read(path).map_err(|error| fail(&error))
}

//! Converts every failure into an [`ApiError`]; no other module does.

use longshore_ecr::{EcrError, EcrErrorKind};
use longshore_names::{NameError, NameKind, capital, capital_unless, shown};
use longshore_sandbox::SandboxError;

use crate::api::{ApiError, Side};

impl ApiError {
    /// An error with a stable code in kebab case. Messages and hints often quote text written by
    /// others, so both are limited in length, and invisible characters are shown as escapes.
    pub fn new(code: impl Into<String>, side: Side, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: text(message), hint: None, side, field: None }
    }

    /// An error in a value that a person typed or chose, at the request's field.
    pub fn input(code: impl Into<String>, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(code, Side::Input, message).at(field)
    }

    /// An internal error that no person can have caused.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("internal", Side::ThisMachine, message)
            .hint("This is a bug in Longshore; the log in the data directory has details.")
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(text(hint));
        self
    }

    /// Adds the field of the request.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(text(field));
        self
    }

    /// Says which of two places the failing service is; other sides stay unchanged.
    #[must_use]
    pub(crate) fn of(mut self, side: Side) -> Self {
        if self.side == Side::Service {
            self.side = side;
        }
        self
    }

    /// Sets the side.
    #[must_use]
    pub fn on(mut self, side: Side) -> Self {
        self.side = side;
        self
    }
}

/// Maximum number of characters of a message or a hint.
const MOST: usize = 2_000;

fn text(text: impl Into<String>) -> String {
    shown(&text.into(), MOST)
}

/// An error for an invalid typed name, at its field.
pub(crate) fn name_error(field: impl Into<String>) -> impl FnOnce(NameError) -> ApiError {
    let field = field.into();
    move |error| ApiError::from(error).at(field)
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> Self {
        let hint = match error.kind {
            NameKind::AccountId => "An account id is 12 digits, such as 111122223333.",
            NameKind::Region => "A Region looks like `us-west-2`.",
            NameKind::RepositoryName => "A repository name looks like `team/service`, in lower case.",
            NameKind::Tag => "A tag has at most 128 letters, digits, dots, dashes and underscores.",
            NameKind::Digest => "A digest is `sha256:` followed by 64 hexadecimal digits.",
            NameKind::Prefix => "A filter is a prefix of repository names, such as `prod-`.",
        };
        Self::new(format!("invalid-{}", error.kind.code()), Side::Input, sentence(&error.problem)).hint(hint)
    }
}

impl From<SandboxError> for ApiError {
    fn from(error: SandboxError) -> Self {
        let side = match error {
            SandboxError::AccountExists { .. }
            | SandboxError::AccountNotFound { .. }
            | SandboxError::RegionExists { .. }
            | SandboxError::RegionNotFound { .. }
            | SandboxError::RegionUnknown { .. }
            | SandboxError::RepositoryNotFound { .. }
            | SandboxError::PrincipalNotFound { .. }
            | SandboxError::NoRegion { .. } => Side::Input,
            _ => Side::ThisMachine,
        };
        Self::new(error.code(), side, error.to_string()).hint(error.hint())
    }
}

impl From<EcrError> for ApiError {
    fn from(error: EcrError) -> Self {
        if let EcrErrorKind::NoCredentials { problem: Some(problem) } = error.kind {
            let side = if problem.field.is_some() { Side::Input } else { Side::ThisMachine };
            let said = Self::new(problem.code, side, problem.message).hint(problem.hint);
            return match problem.field {
                Some(field) => said.at(field),
                None => said,
            };
        }
        let side = match error.side() {
            longshore_ecr::Side::ThisMachine | longshore_ecr::Side::Network => Side::ThisMachine,
            longshore_ecr::Side::Registry => Side::Service,
        };
        Self::new(error.code(), side, sentence(&error.to_string())).hint(error.hint())
    }
}

impl From<longshore_registry::ProxyError> for ApiError {
    fn from(error: longshore_registry::ProxyError) -> Self {
        Self::new("proxy-invalid", Side::ThisMachine, sentence(&error.to_string()))
            .hint("Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, such as `http://proxy.example.com:3128`.")
    }
}

impl From<longshore_registry::Error> for ApiError {
    fn from(error: longshore_registry::Error) -> Self {
        use longshore_registry::RegistryErrorKind as E;
        let hint = match error.cause() {
            E::Refused { status: 413, .. } => {
                "Raise the body size limit of the registry, or of the proxy in front of it."
            }
            E::Certificate { .. } => {
                "Trust the authority with --ca-file FILE or in /etc/docker/certs.d/HOST/ca.crt; --insecure-skip-verify HOST skips the check."
            }
            E::OutOfReach { .. } => {
                "Nothing was sent there. Check the registry's own address settings, or name the registry by its private address."
            }
            E::RepositoryNotFound { .. } | E::NotFound { .. } => "Refresh the list; it may no longer exist.",
            E::Unauthorized { .. } => "Check the account's credentials in the settings.",
            E::Denied { .. } => "Grant this permission to the account's principal.",
            E::Throttled { .. } => "Wait a moment, or lower the number of concurrent requests.",
            E::TagImmutable { .. } => "Choose another tag.",
            E::ReferencedContentMissing { .. } => {
                "Push the layers and child manifests first; a retry does this."
            }
            E::DigestMismatch { .. } | E::SizeMismatch { .. } => {
                "Nothing was stored. Try again; if this persists, the registry or a proxy alters the bytes."
            }
            E::TooLarge { .. } => "Longshore does not read anything this large into memory.",
            E::Unsupported { .. } => "Another registry, or a newer version of this one, may support it.",
            E::Network { .. } => "Check the network, the proxy and the address.",
            E::Server { .. } => "Try again later.",
            E::Local { .. } => "Check the path, its permissions and the free space.",
            E::UploadForgotten { .. } => "A retry starts this upload over.",
            _ => "The registry's message says what it did not accept.",
        };
        let side = match error.cause() {
            E::Network { .. } | E::Local { .. } => Side::ThisMachine,
            _ => Side::Service,
        };
        Self::new(error.code(), side, stopped(capital_unless(&error.to_string(), &error.registry))).hint(hint)
    }
}

/// Turns a text into a sentence: capitalized unless it starts with a name, and with a full stop.
fn sentence(text: &str) -> String {
    stopped(capital(text))
}

fn stopped(text: String) -> String {
    if text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

impl From<longshore_policy::EditError> for ApiError {
    fn from(error: longshore_policy::EditError) -> Self {
        let text = format!("{}.", capital(&error.to_string()));
        Self::new(error.code(), Side::Input, text).hint(error.hint())
    }
}

impl From<longshore_policy::DocumentError> for ApiError {
    fn from(error: longshore_policy::DocumentError) -> Self {
        // A document from a service; typed texts become findings with a place.
        Self::new(error.code(), Side::Service, format!("The document cannot be read: {error}."))
            .hint("View the document as JSON.")
    }
}

impl From<longshore_engine::Failure> for ApiError {
    fn from(failure: longshore_engine::Failure) -> Self {
        let side = match failure.side {
            longshore_engine::Side::Source => Side::Source,
            longshore_engine::Side::Destination => Side::Destination,
            longshore_engine::Side::ThisMachine => Side::ThisMachine,
        };
        Self::new(failure.code, side, failure.message).hint(failure.hint)
    }
}

impl From<longshore_engine::EngineError> for ApiError {
    fn from(error: longshore_engine::EngineError) -> Self {
        let failure = error.failure();
        Self { message: sentence(&failure.message), ..failure.into() }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        // The file that the readers and the writer share could not grow: SQLite has no other code
        // for it.
        let extended = error.sqlite_error().map(|known| known.extended_code);
        let code = match extended {
            Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => Some(Code::DiskFull),
            _ => error.sqlite_error_code(),
        };
        // SQLite's own words may quote a statement but never a bound value.
        let (name, text, hint) = match code {
            Some(Code::DiskFull) => {
                ("disk-full", "The disk with the data directory is full.", "Free some space and try again.")
            }
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => (
                "data-directory-unwritable",
                "The data directory cannot be written.",
                "Check its permissions, or set LONGSHORE_DATA_DIR to another directory.",
            ),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => (
                "database-corrupt",
                "The app's database is damaged.",
                "Nothing was changed. Close the app; move `longshore.db` away or restore it from a backup.",
            ),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => (
                "database-busy",
                "Another program has locked the app's database.",
                "Close the other program and try again.",
            ),
            Some(Code::SystemIoFailure) => (
                "database-io",
                "The app's database could not be read or written.",
                "Check that the disk works and has free space.",
            ),
            _ => {
                tracing::error!(%error, "database");
                return Self::internal(format!("The app's database refused a request: {error}"));
            }
        };
        tracing::warn!(%error, "database");
        Self::new(name, Side::ThisMachine, text).hint(hint)
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("A stored document cannot be read: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_reaches_the_window_bounded_and_with_nothing_hidden() {
        let hostile = "no\u{202e}\u{200b}\u{1b}[2J\nDone.\u{9b}1m";
        let registry = longshore_registry::RegistryErrorKind::Denied { message: hostile.into() }.at("host");
        let engine = longshore_engine::EngineError::source(registry.clone());
        let failure = engine.failure().message;
        for error in [
            ApiError::from(registry),
            ApiError::from(engine),
            ApiError::new("code", Side::Service, hostile).hint(hostile).at(hostile),
        ] {
            let text = format!("{error:?}{failure}");
            assert!(!text.contains(longshore_names::is_hidden), "{text}");
            assert!(
                error.message.contains(r"no\u{202e}\u{200b}\u{1b}[2J\nDone.\u{9b}1m"),
                "{}",
                error.message
            );
        }
        let long = ApiError::new("code", Side::Service, "x".repeat(1_000_000));
        assert!(long.message.chars().count() <= MOST && long.message.ends_with("more characters)"));
    }
}

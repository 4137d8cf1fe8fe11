//! Converts every failure into an [`ApiError`]; no other module does.

use longshore_ecr::{EcrError, EcrErrorKind};
use longshore_names::{NameError, capital, capital_unless, shown};
use longshore_sandbox::SandboxError;

use crate::{
    api::{ApiError, Side},
    denial::what_would_allow,
};

impl ApiError {
    /// An error with a stable code in kebab case and the way out of the table of codes. Messages and
    /// hints often quote text written by others, so both are limited in length, and invisible
    /// characters are shown as escapes.
    pub fn new(code: impl Into<String>, side: Side, message: impl Into<String>) -> Self {
        let code = code.into();
        let hint = longshore_codes::find(&code).map(|entry| entry.way_out.to_owned());
        Self { code, message: text(message), hint, side, field: None }
    }

    /// An error in a value that a person typed or chose, at the request's field.
    pub fn input(code: impl Into<String>, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(code, Side::Input, message).at(field)
    }

    /// Whether a person can solve it by signing in or entering a code, while work waits.
    pub(crate) fn is_for_a_person(&self) -> bool {
        matches!(
            self.code.as_str(),
            "credentials-expired" | "mfa-code-needed" | "mfa-code-refused" | "sso-sign-in-needed"
        )
    }

    /// An internal error that no person can have caused.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("internal", Side::ThisMachine, message)
    }

    /// An error of this computer that says what the table of codes says.
    fn of_table(code: &'static str) -> Self {
        let meaning = longshore_codes::find(code).map_or("", |entry| entry.meaning);
        Self::new(code, Side::ThisMachine, meaning)
    }

    /// Says what to do about it in more detail than the table of codes.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(text(hint));
        self
    }

    /// Adds what to do about it, if that is known.
    #[must_use]
    pub fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
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
        Self::new(format!("invalid-{}", error.kind.code()), Side::Input, sentence(&error.problem))
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
        let side = match (&error.kind, error.side()) {
            // It was reached, and did not answer, or not as the service does.
            (EcrErrorKind::Timeout | EcrErrorKind::Protocol, _) => Side::Service,
            (_, longshore_ecr::Side::ThisMachine | longshore_ecr::Side::Network) => Side::ThisMachine,
            (_, longshore_ecr::Side::Registry) => Side::Service,
        };
        let hint = what_would_allow(&error).unwrap_or_else(|| error.hint());
        Self::new(error.code(), side, sentence(&error.to_string())).hint(hint)
    }
}

impl From<longshore_registry::ProxyError> for ApiError {
    fn from(error: longshore_registry::ProxyError) -> Self {
        Self::new("proxy-invalid", Side::ThisMachine, sentence(&error.to_string()))
    }
}

impl From<longshore_registry::Error> for ApiError {
    fn from(error: longshore_registry::Error) -> Self {
        use longshore_registry::RegistryErrorKind as E;
        let side = match error.cause() {
            E::Network { .. } | E::Local { .. } => Side::ThisMachine,
            _ => Side::Service,
        };
        let text = stopped(capital_unless(&error.to_string(), &error.registry));
        let said = Self::new(error.code(), side, text);
        match error.cause() {
            E::Refused { status: 413, .. } => said.hint(longshore_codes::BODY_TOO_LARGE),
            _ => said,
        }
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
        let said = match code {
            Some(Code::DiskFull) => Self::of_table("disk-full"),
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                Self::of_table("data-directory-unwritable")
            }
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::of_table("database-corrupt"),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::of_table("database-busy"),
            Some(Code::SystemIoFailure) => Self::of_table("database-io"),
            _ => {
                tracing::error!(%error, "database");
                return Self::internal(format!("The app's database refused a request: {error}"));
            }
        };
        tracing::warn!(%error, "database");
        said
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

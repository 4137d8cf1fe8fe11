//! What to do about a failure.

use longshore_codes::{way_out, way_out_at_destination, way_out_at_source};

use crate::{EngineError, EngineErrorKind as Kind, Side};

impl EngineError {
    /// What to do about it, as a sentence.
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            Kind::JournalNewer(_) => {
                return "Nothing was changed. Use that version, or another folder for the journal (--journal, LONGSHORE_DATA_DIR).";
            }
            Kind::JournalHeld(_) => return "Close the other windows and programs, then try again.",
            _ => {}
        }
        if let Kind::Registry(error) = &self.kind
            && error.status() == Some(413)
        {
            return longshore_codes::BODY_TOO_LARGE;
        }
        match self.side {
            Side::Source => way_out_at_source(self.code()),
            Side::Destination => way_out_at_destination(self.code()),
            Side::ThisMachine => way_out(self.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use longshore_registry::RegistryErrorKind;

    use super::*;

    #[test]
    fn a_hint_fits_the_operation_and_the_side() {
        let (registry, repository) = (String::from("r"), String::from("a"));
        let missing = RegistryErrorKind::NotFound { repository: repository.clone(), what: "blob x".into() }
            .at(registry.clone());
        let refused = |status| RegistryErrorKind::Refused { status, message: "no".into() }.at("r");
        let denied = RegistryErrorKind::Denied { message: "no".into() }.at("r");
        let elsewhere =
            RegistryErrorKind::Elsewhere { host: "s".into(), error: Box::new(refused(413)) }.at("r");
        for (error, source, destination) in [
            (missing, "may have expired", "upload it again"),
            (
                RegistryErrorKind::RepositoryNotFound { repository }.at(registry),
                "Check the repository's name",
                "Create",
            ),
            (denied, "pull from the source", "push to the destination"),
            (refused(404), "source's own message", "destination's own message"),
            (refused(413), "client_max_body_size", "client_max_body_size"),
            (elsewhere, "client_max_body_size", "client_max_body_size"),
        ] {
            let there = EngineError::source(error.clone());
            assert!(there.hint().contains(source), "{there}: {}", there.hint());
            let there = EngineError::destination(error);
            assert!(there.hint().contains(destination), "{there}: {}", there.hint());
        }
    }
}

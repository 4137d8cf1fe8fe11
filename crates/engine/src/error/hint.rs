//! What to do about a failure.

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
            return "Raise the largest request body that the registry or the proxy in front of it accepts (nginx: client_max_body_size).";
        }
        let is_source = self.side == Side::Source;
        match self.code() {
            "repository-not-found" if is_source => {
                "Check the repository's name at the source, and the permission to read it."
            }
            "repository-not-found" => "Create the repository at the destination, or choose one that exists.",
            "not-found" | "source-missing" if is_source => {
                "Check whether the image is still in the source; it may have expired."
            }
            "changed-elsewhere" => {
                "The repository was not created again. Find out why it was deleted, then plan the copy again."
            }
            "creation-not-planned" => {
                "The repository was not created. Plan the copy again: the new plan lists it."
            }
            "not-found" => {
                "The destination lost something that it had before; resume the run to upload it again."
            }
            "refused" if is_source => "The source's own message says why; nothing of this image was copied.",
            "refused" => {
                "The destination's own message says why; check its address and the repository's name."
            }
            "unauthorized" => "Log in again, or choose other credentials for this registry.",
            "denied" if is_source => {
                "Give the principal the permission to pull from the source, then try again."
            }
            "denied" => "Give the principal the permission to push to the destination, then try again.",
            "certificate" => {
                "Trust the authority with --ca-file FILE or in /etc/docker/certs.d/HOST/ca.crt; --insecure-skip-verify HOST skips the check."
            }
            "out-of-reach" => {
                "Nothing was sent there. Check the registry's own address settings, or name the registry by its private address."
            }
            "throttled" => "Wait a little, then resume the run; finished images are not copied again.",
            "tag-immutable" => "Choose another tag; an immutable tag cannot be moved.",
            "referenced-content-missing" => "Resume the run; what the registry lost is uploaded again.",
            "digest-mismatch" | "size-mismatch" => {
                "The bytes were discarded. If it happens again, the source or something in between damages them."
            }
            "unsupported" | "manifest-type" => {
                "This registry or this kind of image cannot be used for a copy."
            }
            "network" | "server" => "Check the connection, then resume the run.",
            "platform-missing" => "Choose one of the available platforms, or copy the whole index.",
            "tag-moved" => "Another client pushed the same tag. Agree on a single writer, then copy again.",
            "not-kept" => {
                "The registry lost it, or another client deleted it. Check the registry's storage and retention rules, then resume the run."
            }
            "not-looked-at" => {
                "Resume the run: it copies the images that could be read, and reads the others again."
            }
            "cannot-be-linked" => {
                "The image is copied. Remove or rename that tag if the registry should list the image's referrers."
            }
            "tag-conflict" => "Choose another tag, or allow the tag to be moved.",
            "other-registry" => "Make a new plan for these registries.",
            "prune-cap" => "Check that the rule still selects what it should, then raise the cap.",
            "expiry-not-accepted" => {
                "Review the images that would be removed, then accept that, or change the lifecycle policy."
            }
            "journal" => "Check that the data directory is writable and has free space.",
            "report" => "Check that the file can be written, or that it is the record of a run.",
            "run-owned" => "Wait until the run ends there, or cancel it there.",
            "no-such-run" => "The run may have been finished or forgotten already.",
            "cancelled" => "Resume the run when you like; finished images are not copied again.",
            "internal" => "Please report this with the log.",
            _ => "The message says why; the image was not copied.",
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

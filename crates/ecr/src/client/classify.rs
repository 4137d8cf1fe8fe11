//! Turns errors of the SDK and the service into [`EcrError`].

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{DispatchFailure, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use longshore_registry::{Error as RegistryError, RegistryErrorKind};

use crate::{
    Call, CredentialProblem, EcrError, EcrErrorKind, client::transport::http::NoAnswer, exceptions::exception,
};

/// The longest text of a service that is shown or kept.
const MAX_MESSAGE_CHARS: usize = 1_000;

/// Turns a failed SDK call into ours. `call.message` and `call.request_id` are filled in here.
pub(crate) fn from_sdk<E>(mut call: Call, error: SdkError<E, HttpResponse>) -> EcrError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match &error {
        SdkError::TimeoutError(_) => {
            call.message = "no answer in time".into();
            EcrErrorKind::Timeout.of(call)
        }
        SdkError::DispatchFailure(failure) => {
            call.message = clean(&chain(&error));
            let cause = failure.as_connector_error();
            let credentials = cause.is_none_or(|e| names_credentials(e));
            match (failure.is_timeout(), credentials) {
                (true, _) => EcrErrorKind::Timeout.of(call),
                (_, true) => no_credentials(call, cause.map(|cause| cause as _).unwrap_or(&error)),
                _ => unreachable(call, failure),
            }
        }
        SdkError::ConstructionFailure(_) => {
            call.message = clean(&chain(&error));
            if names_credentials(&error) {
                no_credentials(call, &error)
            } else {
                EcrErrorKind::InvalidParameter.of(call)
            }
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            call.message = clean(&chain(&error));
            answer_without_code(call, status)
        }
        SdkError::ServiceError(context) => {
            let raw = context.raw();
            let status = raw.status().as_u16();
            call.request_id = raw.headers().get("x-amzn-requestid").map(clean);
            let meta = context.err().meta();
            call.message = clean(meta.message().unwrap_or_default());
            match meta.code() {
                Some(code) => from_service(call, code, status),
                None => answer_without_code(call, status),
            }
        }
        _ => {
            call.message = clean(&chain(&error));
            EcrErrorKind::Protocol.of(call)
        }
    }
}

/// What was wrong with the connection.
fn no_answer(failure: &DispatchFailure) -> Option<&NoAnswer> {
    let mut cause = failure.as_connector_error().and_then(|error| error.source());
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<NoAnswer>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The connection failed: its certificate was not trusted, or there was none, or it broke.
fn unreachable(call: Call, failure: &DispatchFailure) -> EcrError {
    match no_answer(failure) {
        Some(NoAnswer { error, sent }) => no_connection(call, error, *sent),
        None => EcrErrorKind::Unreachable { sent: true }.of(call),
    }
}

/// As [`unreachable`], from the error of the connection.
pub(crate) fn no_connection(mut call: Call, error: &RegistryError, sent: bool) -> EcrError {
    match &error.kind {
        RegistryErrorKind::Certificate { message } => {
            call.message = clean(message);
            EcrErrorKind::Certificate.of(call)
        }
        // Only its own certificates are read on this machine for a connection.
        RegistryErrorKind::Local { message } => {
            call.message = clean(message);
            EcrErrorKind::CertificateFile.of(call)
        }
        RegistryErrorKind::Network { message } => {
            call.message = clean(message);
            EcrErrorKind::Unreachable { sent }.of(call)
        }
        _ => {
            if call.message.is_empty() {
                call.message = clean(&error.to_string());
            }
            EcrErrorKind::Unreachable { sent }.of(call)
        }
    }
}

/// A response that is not an ECR error: a failing server, or another program on that port.
fn answer_without_code(mut call: Call, status: u16) -> EcrError {
    if call.message.is_empty() {
        call.message = format!("HTTP status {status} without an error code");
    }
    let kind = match status {
        429 => EcrErrorKind::Throttled,
        500.. => EcrErrorKind::Server { status },
        _ => EcrErrorKind::Protocol,
    };
    kind.of(call)
}

/// The meaning of a service's error code, for ECR (awsJson1.1) and STS (AWS Query) alike.
pub(crate) fn from_service(mut call: Call, service_code: &str, status: u16) -> EcrError {
    // awsJson may send `namespace#Code` or `Code:uri`.
    let code = service_code.rsplit('#').next().unwrap_or(service_code);
    let code = code.split(':').next().unwrap_or(code);
    let message = call.message.clone();
    let clock = message.contains("Signature expired") || message.contains("Signature not yet current");
    if clock {
        call.message = "the request's time is too far from the service's".into();
        return EcrErrorKind::ClockSkew.of(call);
    }
    if let Some(exception) = exception(code) {
        return EcrErrorKind::Exception { exception }.of(call);
    }
    let kind = match code {
        "RepositoryNotFoundException" => EcrErrorKind::RepositoryNotFound,
        "RepositoryNotEmptyException" => EcrErrorKind::RepositoryNotEmpty,
        "RepositoryAlreadyExistsException" => EcrErrorKind::RepositoryAlreadyExists,
        "ImageNotFoundException" => EcrErrorKind::ImageNotFound,
        "ImageAlreadyExistsException" => EcrErrorKind::ImageAlreadyExists,
        "ImageTagAlreadyExistsException" => EcrErrorKind::TagImmutable,
        "ImageDigestDoesNotMatchException" => EcrErrorKind::DigestRefused,
        "LayersNotFoundException" | "ReferencedImagesNotFoundException" => {
            EcrErrorKind::ReferencedContentMissing
        }
        "UploadNotFoundException" => EcrErrorKind::UploadNotFound,
        "InvalidLayerPartException" => EcrErrorKind::LayerPartInvalid { received: None },
        "LayerAlreadyExistsException" => EcrErrorKind::LayerAlreadyExists,
        "InvalidLayerException" | "LayerPartTooSmallException" | "EmptyUploadException" => {
            EcrErrorKind::LayerInvalid
        }
        "RegistryPolicyNotFoundException"
        | "RepositoryPolicyNotFoundException"
        | "LifecyclePolicyNotFoundException" => EcrErrorKind::PolicyNotFound,
        "LimitExceededException" | "LimitExceeded" | "TooManyTagsException" => EcrErrorKind::LimitExceeded,
        "AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => {
            let denied = Denied::parse(&message);
            EcrErrorKind::AccessDenied {
                principal: denied.principal,
                action: denied.action,
                resource: denied.resource,
                explicit: denied.explicit,
            }
        }
        "ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired" => EcrErrorKind::CredentialsExpired,
        "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidAccessKeyId" => {
            EcrErrorKind::CredentialsUnknown
        }
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => EcrErrorKind::ClockSkew,
        "InvalidSignatureException" | "SignatureDoesNotMatch"
            if message.to_ascii_lowercase().contains("scoped to a valid region") =>
        {
            EcrErrorKind::RegionNotServed
        }
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken" => EcrErrorKind::InvalidSignature,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "ThrottleException" => EcrErrorKind::Throttled,
        "InvalidParameterException"
        | "InvalidParameterValue"
        | "ValidationException"
        | "ValidationError"
        | "InvalidInput"
        | "InvalidTagParameterException"
        | "SerializationException" => EcrErrorKind::InvalidParameter,
        "KmsException" => EcrErrorKind::Kms,
        "UnknownOperationException" | "InvalidAction" => EcrErrorKind::UnknownOperation,
        "ServerException" | "InternalFailure" | "InternalServerError" | "ServiceUnavailable" => {
            EcrErrorKind::Server { status }
        }
        _ if status == 429 => EcrErrorKind::Throttled,
        _ if status >= 500 => EcrErrorKind::Server { status },
        other => EcrErrorKind::Other { service_code: clean(other), status },
    };
    kind.of(call)
}

/// The denied principal, action and resource, from the sentence that AWS services use:
/// `User: <arn> is not authorized to perform: <action> on resource: <arn> because …`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Denied {
    /// Who asked, as an ARN.
    pub principal: Option<String>,
    /// The denied action.
    pub action: Option<String>,
    /// The resource.
    pub resource: Option<String>,
    /// A statement denies it explicitly.
    pub explicit: bool,
}

impl Denied {
    /// Reads the sentence; what it does not say is `None`.
    pub fn parse(message: &str) -> Self {
        let after = |marker: &str| {
            let rest = message.split_once(marker)?.1;
            let word = rest.split_whitespace().next()?.trim_end_matches(['.', ',']);
            (!word.is_empty()).then(|| word.to_owned())
        };
        Self {
            principal: after("User: "),
            action: after("to perform: "),
            resource: after("on resource: "),
            explicit: message.contains("explicit deny"),
        }
    }
}

/// Bounded, one line, and without what a signature error quotes: the canonical request contains the
/// session token.
pub(crate) fn clean(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let secret = ["the canonical string", "canonicalrequest", "x-amz-security-token", "x-amz-signature"];
    let end = secret.iter().filter_map(|marker| lower.find(marker)).min().unwrap_or(text.len());
    let words: Vec<&str> = text.get(..end).unwrap_or_default().split_whitespace().collect();
    longshore_names::shown(&words.join(" "), MAX_MESSAGE_CHARS)
}

/// An error and its causes in one line, without what would quote a secret.
pub fn causes(error: &(dyn StdError + 'static)) -> String {
    clean(&chain(error))
}

/// An error and its causes in one line.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !parts.contains(&text) {
            parts.push(text);
        }
        next = cause.source();
    }
    parts.join(": ")
}

/// The credentials could not be loaded, for the reason that their provider gives.
pub(crate) fn no_credentials(mut call: Call, error: &(dyn StdError + 'static)) -> EcrError {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(problem) = cause.downcast_ref::<CredentialProblem>() {
            call.message = clean(&problem.message);
            return EcrErrorKind::NoCredentials { problem: Some(Box::new(problem.clone())) }.of(call);
        }
        next = cause.source();
    }
    // What the SDK says around a reason is the same for every reason.
    for around in ["an error occurred while loading credentials: ", "unexpected credentials error: "] {
        if let Some((_, reason)) = call.message.split_once(around) {
            call.message = reason.to_owned();
        }
    }
    EcrErrorKind::NoCredentials { problem: None }.of(call)
}

fn names_credentials(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<aws_credential_types::provider::error::CredentialsError>() {
            return true;
        }
        next = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(message: &str) -> Call {
        Call {
            registry: longshore_names::RegistryId::new(
                "111122223333".parse().unwrap(),
                "us-west-2".parse().unwrap(),
            ),
            operation: "PutImage",
            repository: Some("team/app".parse().unwrap()),
            message: message.to_owned(),
            request_id: None,
        }
    }

    #[test]
    fn every_exception_of_ecr_has_its_code() {
        let table = [
            ("RepositoryNotFoundException", 400, "repository-not-found"),
            ("RepositoryNotEmptyException", 400, "repository-not-empty"),
            ("RepositoryAlreadyExistsException", 400, "repository-already-exists"),
            ("ImageNotFoundException", 400, "image-not-found"),
            ("ImageAlreadyExistsException", 400, "image-already-exists"),
            ("ImageTagAlreadyExistsException", 400, "tag-immutable"),
            ("ImageDigestDoesNotMatchException", 400, "digest-refused"),
            ("LayersNotFoundException", 400, "referenced-content-missing"),
            ("ReferencedImagesNotFoundException", 400, "referenced-content-missing"),
            ("UploadNotFoundException", 400, "upload-not-found"),
            ("InvalidLayerPartException", 400, "layer-part-invalid"),
            ("LayerAlreadyExistsException", 400, "layer-already-exists"),
            ("InvalidLayerException", 400, "layer-invalid"),
            ("LayerPartTooSmallException", 400, "layer-invalid"),
            ("EmptyUploadException", 400, "layer-invalid"),
            ("RegistryPolicyNotFoundException", 400, "policy-not-found"),
            ("LimitExceededException", 400, "limit-exceeded"),
            ("AccessDeniedException", 400, "access-denied"),
            ("ExpiredTokenException", 400, "credentials-expired"),
            ("InvalidSignatureException", 400, "invalid-signature"),
            ("UnrecognizedClientException", 400, "credentials-unknown"),
            ("InvalidClientTokenId", 403, "credentials-unknown"),
            ("ThrottlingException", 400, "throttled"),
            ("InvalidParameterException", 400, "invalid-parameter"),
            ("ValidationException", 400, "invalid-parameter"),
            ("KmsException", 400, "kms"),
            ("UnknownOperationException", 400, "unknown-operation"),
            ("ServerException", 500, "server"),
            ("com.amazonaws.ecr#RepositoryNotFoundException", 400, "repository-not-found"),
            ("RepositoryNotFoundException:http://internal.example/", 400, "repository-not-found"),
            ("SomethingNewException", 400, "refused"),
            ("SomethingNewException", 503, "server"),
            ("SomethingNewException", 429, "throttled"),
        ];
        for (service_code, status, code) in table {
            assert_eq!(from_service(call("text"), service_code, status).code(), code, "{service_code}");
        }
    }

    #[test]
    fn an_answer_too_late_is_a_timeout() {
        type Failure = aws_sdk_ecr::operation::put_image::PutImageError;
        let error = from_sdk(call(""), SdkError::<Failure, _>::timeout_error("operation timed out"));
        assert_eq!((error.code(), error.is_retryable()), ("timeout", true));
    }

    #[test]
    fn an_unknown_refusal_keeps_the_services_words() {
        let error = from_service(call("not on Sundays"), "WeekendException", 400);
        assert_eq!(
            error.to_string(),
            "111122223333/us-west-2 refused PutImage with WeekendException: not on Sundays"
        );
        assert!(!error.is_retryable());
    }

    #[test]
    fn access_denied_names_who_what_and_where() {
        let text = "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: ecr:PutImage on resource: \
                    arn:aws:ecr:us-west-2:444455556666:repository/app because no identity-based policy allows the ecr:PutImage action";
        let error = from_service(call(text), "AccessDeniedException", 400);
        let EcrErrorKind::AccessDenied { principal, action, resource, explicit } = &error.kind else {
            panic!("{error:?}");
        };
        assert_eq!(principal.as_deref(), Some("arn:aws:iam::111122223333:user/dev"));
        assert_eq!(action.as_deref(), Some("ecr:PutImage"));
        assert_eq!(resource.as_deref(), Some("arn:aws:ecr:us-west-2:444455556666:repository/app"));
        assert!(!explicit);
        assert_eq!(error.hint(), "Grant `ecr:PutImage` to arn:aws:iam::111122223333:user/dev.");
    }

    #[test]
    fn a_region_that_the_endpoint_does_not_serve_is_not_a_wrong_key() {
        for text in [
            "Credential should be scoped to a valid Region. ",
            "Credential should be scoped to a valid region, not 'us-west-9'.",
        ] {
            let error = from_service(call(text), "InvalidSignatureException", 400);
            assert_eq!(error.code(), "region-not-served");
        }
        let text = "Credential should be scoped to correct service: 'ecr'.";
        assert_eq!(from_service(call(text), "SignatureDoesNotMatch", 403).code(), "invalid-signature");
    }

    #[test]
    fn a_wrong_clock_is_not_a_wrong_key() {
        let text = "Signature expired: 20261121T000000Z is now earlier than 20261121T001000Z";
        assert_eq!(from_service(call(text), "InvalidSignatureException", 400).code(), "clock-skew");
    }

    #[test]
    fn a_quoted_canonical_request_never_gets_through() {
        let text = "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:SECRET'";
        assert_eq!(clean(text), "The request signature we calculated does not match.");
        assert_eq!(clean("x-amz-security-token:SECRET"), "");
    }

    #[test]
    fn long_answers_are_cut() {
        let cut = clean(&"x".repeat(100_000)).chars().count();
        assert!((MAX_MESSAGE_CHARS - 10..=MAX_MESSAGE_CHARS).contains(&cut), "{cut}");
    }
}

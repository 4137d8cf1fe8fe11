//! Decides who retries: the SDK, unless the caller has tries of its own.

use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction},
};
use longshore_registry::Tries;

/// Leaves retries to the work that a call is a part of, so that its tries are not multiplied by
/// those of the SDK.
#[derive(Debug)]
pub(crate) struct OneBudget;

impl ClassifyRetry for OneBudget {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if !Tries::are_shared() || is_about_the_clock(context) {
            return RetryAction::NoActionIndicated;
        }
        match context.output_or_error() {
            Some(Err(_)) | None => RetryAction::RetryForbidden,
            Some(Ok(_)) => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "OneBudget"
    }
}

/// The SDK sets its clock by such a response; only it can send the request again with the right
/// time.
fn is_about_the_clock(context: &InterceptorContext) -> bool {
    let body = context.response().and_then(|response| response.body().bytes());
    let text = body.map(String::from_utf8_lossy).unwrap_or_default();
    ["Signature expired", "Signature not yet current", "RequestTimeTooSkewed", "RequestExpired"]
        .iter()
        .any(|words| text.contains(words))
}

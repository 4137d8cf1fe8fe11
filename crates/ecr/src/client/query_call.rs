//! Calls with AWS's Query protocol: a form, answered in XML.

use aws_credential_types::provider::SharedCredentialsProvider;
use http::Method;
use longshore_names::RegistryId;
use longshore_registry::Network;
use url::{Url, form_urlencoded};

use super::{signed::SignedCall, xml::Node};
use crate::EcrError;

/// A call with AWS's Query protocol.
pub(crate) struct QueryCall<'a> {
    /// The registry for which it is made; for errors.
    pub(crate) registry: &'a RegistryId,
    /// The service's name in signatures, such as `iam`.
    pub(crate) service: &'static str,
    /// The Region in signatures.
    pub(crate) region: &'a str,
    /// Where the service answers.
    pub(crate) endpoint: &'a Url,
    /// The version of the API, such as `2010-05-08`.
    pub(crate) version: &'static str,
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// The input: members of lists are `Name.member.1`.
    pub(crate) input: Vec<(String, String)>,
}

impl QueryCall<'_> {
    /// Sends it; returns the content of the answer's `…Result` element.
    ///
    /// # Errors
    /// As calls to ECR: credentials, network, what the service says.
    pub(crate) async fn send(
        &self,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<Node, EcrError> {
        let result = format!("{}Result", self.operation);
        let document = self.answer(credentials, network).await?;
        document
            .into_child(&result)
            .ok_or_else(|| self.call(String::new()).protocol("the answer has no result"))
    }

    /// Sends it, for an operation that answers nothing.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(crate) async fn carry_out(
        &self,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<(), EcrError> {
        self.answer(credentials, network).await.map(drop)
    }

    fn call(&self, body: String) -> SignedCall<'_> {
        SignedCall {
            registry: self.registry,
            service: self.service,
            region: self.region,
            endpoint: self.endpoint,
            operation: self.operation,
            method: Method::POST,
            headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            body,
        }
    }

    /// The whole answer.
    async fn answer(
        &self,
        credentials: &SharedCredentialsProvider,
        network: &Network,
    ) -> Result<Node, EcrError> {
        let call = self.call(self.form());
        let answer = call.send(credentials, network).await?;
        let Some(document) = Node::parse(&answer.body) else {
            return Err(match answer.status {
                ..300 => call.protocol("the answer is not XML"),
                _ => call.refused(&answer, "", ""),
            });
        };
        if answer.status >= 300 {
            let error = document.child("Error").unwrap_or(&document);
            let text = |name| error.text_of(name).unwrap_or_default();
            return Err(call.refused(&answer, text("Code"), text("Message")));
        }
        match document.name().ends_with("Response") {
            true => Ok(document),
            false => Err(call.protocol("the answer is of another protocol")),
        }
    }

    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", self.operation).append_pair("Version", self.version);
        form.extend_pairs(&self.input).finish()
    }
}

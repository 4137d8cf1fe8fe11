//! CloudFormation templates, and their functions inside documents.
//!
//! Pseudo parameters (`AWS::AccountId`, `AWS::Region`, `AWS::Partition`) have the registry's
//! values. Everything else that a template looks up is not in the text and is reported.

use super::{
    DocumentKind, From, NotFound, Reader, Wrapping,
    node::{Kind, Node},
    text::Text,
};
use crate::{Finding, Position};

impl Reader<'_> {
    /// A whole template, or one resource of it.
    pub(super) fn template(&mut self, node: &Node) -> Result<(), NotFound> {
        self.wrapping(Wrapping::CloudFormation);
        match node.get("Resources") {
            Some(resources) => self.resources(resources),
            None => self.resource(node),
        }
    }

    /// The resources of a template.
    pub(super) fn resources(&mut self, node: &Node) -> Result<(), NotFound> {
        self.wrapping(Wrapping::CloudFormation);
        let mut found = Err(None);
        for (name, resource) in node.entries().to_vec() {
            let before = self.out.documents.len();
            if self.resource(&resource).is_ok() {
                found = Ok(());
            }
            if self.out.documents.len() > before {
                self.note(
                    "unwrapped-template",
                    format!("The document is extracted from the template's resource `{name}`."),
                    Some(name.at(0)),
                );
            }
        }
        found
    }

    fn resource(&mut self, node: &Node) -> Result<(), NotFound> {
        let kind = node.string_of("Type").unwrap_or_default();
        let Some(properties) = node.get("Properties") else { return Err(None) };
        let held = |key: &str, kind| properties.get(key).map(|held| (held, kind));
        let policy = match kind.as_str() {
            "AWS::ECR::Repository" => held("RepositoryPolicyText", DocumentKind::RepositoryPolicy),
            "AWS::ECR::RepositoryCreationTemplate" => {
                held("RepositoryPolicy", DocumentKind::RepositoryPolicy)
            }
            "AWS::ECR::ReplicationConfiguration" => {
                held("ReplicationConfiguration", DocumentKind::ReplicationConfiguration)
            }
            kind if kind.starts_with("AWS::IAM::") => held("PolicyDocument", DocumentKind::IdentityPolicy)
                .or(held("AssumeRolePolicyDocument", DocumentKind::TrustPolicy)),
            "AWS::Organizations::Policy" => held("Content", DocumentKind::IdentityPolicy),
            _ => held("PolicyText", DocumentKind::RegistryPolicy),
        };
        let lifecycle = match kind.as_str() {
            "AWS::ECR::Repository" => {
                properties.get("LifecyclePolicy").and_then(|of| of.get("LifecyclePolicyText"))
            }
            "AWS::ECR::RepositoryCreationTemplate" => properties.get("LifecyclePolicy"),
            _ => None,
        };
        let mut found = Err(None);
        for (held, kind) in
            policy.into_iter().chain(lifecycle.map(|held| (held, DocumentKind::LifecyclePolicy)))
        {
            let mut from = From::of(Some(kind));
            from.repository = match kind {
                DocumentKind::RepositoryPolicy => properties.string_of("RepositoryName"),
                _ => None,
            };
            if matches!(held.kind, Kind::Map(_)) && kind != DocumentKind::RegistryPolicy {
                let mut value = self.resolved(held.clone());
                if kind == DocumentKind::LifecyclePolicy && value.as_text().is_none() {
                    let text = "A template has a lifecycle policy as a string; this is an object.";
                    let finding = Finding::error("lifecycle-not-text", text);
                    self.push(finding.hint("Write the policy as JSON text."), Some(held.at));
                } else if let Some(text) = value.as_text().cloned() {
                    // A function, such as `Fn::Sub`, whose result is the text.
                    found = found.or(self.any(&text, &from));
                    continue;
                }
                value.at = held.at;
                self.document(value, &from);
                found = Ok(());
            } else {
                found = found.or(self.node(held.clone(), &from));
            }
        }
        found
    }

    /// The value with the template's functions evaluated, as far as the text and the registry
    /// allow.
    pub(super) fn resolved(&mut self, node: Node) -> Node {
        let Node { at, kind } = node;
        let kind = match kind {
            Kind::List(items) => Kind::List(items.into_iter().map(|item| self.resolved(item)).collect()),
            Kind::Map(entries) => {
                if let [(name, argument)] = entries.as_slice() {
                    let name = name.to_string();
                    if name == "Ref" || name.starts_with("Fn::") {
                        return self.function(&name, argument.clone(), at);
                    }
                }
                Kind::Map(entries.into_iter().map(|(key, value)| (key, self.resolved(value))).collect())
            }
            Kind::Text(text) => {
                if let Some(start) = text.find("{{resolve:", 0) {
                    let end = text.find("}}", start).map_or(text.len(), |end| end + 2);
                    let name = text.slice(start..end).to_string();
                    self.unreadable("The dynamic reference", &name, text.at(start));
                }
                Kind::Text(text)
            }
            other => other,
        };
        Node { at, kind }
    }

    fn function(&mut self, name: &str, argument: Node, at: Position) -> Node {
        self.wrapping(Wrapping::CloudFormation);
        match (name, &argument.kind) {
            ("Ref", Kind::Text(text)) => match self.pseudo(&text.to_string(), at) {
                Some(value) => {
                    let mut out = Text::default();
                    out.push_str(&value, at);
                    Node::text(out)
                }
                None => self.unknown("Ref", &text.to_string(), at),
            },
            ("Fn::Sub", Kind::Text(text)) => Node::text(self.substituted(text, &[])),
            ("Fn::Sub", Kind::List(items)) if items.first().is_some_and(|i| i.as_text().is_some()) => {
                let text = items[0].as_text().cloned().unwrap_or_default();
                let mut known = Vec::new();
                for (key, value) in items.get(1).map(Node::entries).unwrap_or_default() {
                    let value = self.resolved(value.clone());
                    if let Some(text) = value.as_text() {
                        known.push((key.to_string(), text.clone()));
                    }
                }
                Node::text(self.substituted(&text, &known))
            }
            ("Fn::Join", Kind::List(items)) => {
                let separator = items.first().and_then(Node::string);
                let parts: Vec<Node> = items.get(1).map(Node::items).unwrap_or_default().to_vec();
                let parts: Vec<Option<Text>> =
                    parts.into_iter().map(|part| self.resolved(part).as_text().cloned()).collect();
                let (Some(separator), true) =
                    (separator, !parts.is_empty() && parts.iter().all(Option::is_some))
                else {
                    return self.unknown(name, "", at);
                };
                let mut out = Text::default();
                for (i, part) in parts.into_iter().flatten().enumerate() {
                    if i > 0 {
                        out.push_str(&separator, at);
                    }
                    out.append(&part);
                }
                Node::text(out)
            }
            (_, Kind::Text(text)) => {
                let text = text.to_string();
                self.unknown(name, &text, at)
            }
            _ => self.unknown(name, "", at),
        }
    }

    fn unknown(&mut self, name: &str, argument: &str, at: Position) -> Node {
        let short = name.strip_prefix("Fn::").unwrap_or(name);
        let called = if argument.is_empty() { format!("!{short}") } else { format!("!{short} {argument}") };
        self.unreadable("The value of", &called, at);
        let mut out = Text::default();
        out.push_str(&format!("${{{}}}", if argument.is_empty() { short } else { argument }), at);
        Node::text(out)
    }

    fn pseudo(&mut self, name: &str, at: Position) -> Option<String> {
        if !["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix"].contains(&name) {
            return None;
        }
        let Some(place) = self.place else {
            self.note("pseudo-parameter", format!("`{name}` stays open: no registry is given."), Some(at));
            return Some(format!("${{{}}}", name.trim_start_matches("AWS::")));
        };
        let value = match name {
            "AWS::AccountId" => place.account.to_string(),
            "AWS::Region" => place.region.to_string(),
            "AWS::Partition" => place.region.partition().id().to_owned(),
            _ => place.region.partition().dns_suffix().to_owned(),
        };
        self.note("pseudo-parameter", format!("`{name}` is read as this registry's: {value}."), Some(at));
        Some(value)
    }

    /// Replaces `${Name}` in a string; `${!Name}` becomes `${Name}`.
    fn substituted(&mut self, text: &Text, known: &[(String, Text)]) -> Text {
        let mut out = Text::default();
        let mut i = 0;
        while let Some(c) = text.get(i) {
            let close = if text.starts_with(i, "${") { text.find("}", i) } else { None };
            let Some(close) = close else {
                out.push(c, text.at(i));
                i += 1;
                continue;
            };
            let name = text.slice(i + 2..close).trimmed().to_string();
            let at = text.at(i);
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"), at);
            } else if let Some((_, value)) = known.iter().find(|(key, _)| *key == name) {
                out.append(value);
            } else if let Some(value) = self.pseudo(&name, at) {
                out.push_str(&value, at);
            } else {
                self.unreadable("The value of", &format!("${{{name}}}"), at);
                out.append(&text.slice(i..close + 1));
            }
            i = close + 1;
        }
        out
    }
}

//! Terraform: the documents in its resources and data sources.

use super::{
    DocumentKind, From, NotFound, Reader, Wrapping, hcl_document,
    hcl_expression::{Block, Body, Hcl, Value},
    hcl_lifecycle, lenient,
    node::{Kind, Node},
    text::Text,
};
use crate::Position;

/// The resource attributes that contain a document.
const RESOURCES: [(&str, &str, DocumentKind); 12] = [
    ("aws_ecr_registry_policy", "policy", DocumentKind::RegistryPolicy),
    ("aws_ecr_repository_policy", "policy", DocumentKind::RepositoryPolicy),
    ("aws_ecrpublic_repository_policy", "policy", DocumentKind::RepositoryPolicy),
    ("aws_ecr_lifecycle_policy", "policy", DocumentKind::LifecyclePolicy),
    ("aws_ecr_repository_creation_template", "repository_policy", DocumentKind::RepositoryPolicy),
    ("aws_iam_policy", "policy", DocumentKind::IdentityPolicy),
    ("aws_iam_role_policy", "policy", DocumentKind::IdentityPolicy),
    ("aws_iam_user_policy", "policy", DocumentKind::IdentityPolicy),
    ("aws_iam_group_policy", "policy", DocumentKind::IdentityPolicy),
    ("aws_iam_role", "assume_role_policy", DocumentKind::TrustPolicy),
    ("aws_organizations_policy", "content", DocumentKind::IdentityPolicy),
    ("aws_s3_bucket_policy", "policy", DocumentKind::Other),
];

/// Whether a text is Terraform, whole or in part.
pub(super) fn looks_like_one(text: &Text) -> bool {
    let text = text.to_string();
    let piece = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["resource" | "data", label, ..] => label.starts_with('"'),
            ["locals" | "statement" | "principals" | "condition", "{", ..] => true,
            [_, "=", rest, ..] => rest.starts_with("<<") || rest.starts_with("jsonencode("),
            _ => false,
        }
    };
    text.contains("jsonencode(") || text.lines().any(piece)
}

impl Reader<'_> {
    pub(super) fn hcl(&mut self, text: &Text) -> Result<(), NotFound> {
        let mut reader = Hcl::new(text);
        reader.blanks(true);
        let before = self.out.documents.len();
        let found = if text.starts_with(reader.i, "jsonencode") {
            let value = reader.expression().map_err(problem)?;
            let body = Body { attributes: vec![("policy".into(), value)], blocks: Vec::new() };
            self.named(&reader.unknown);
            self.bare(&body, &[])
        } else {
            let body = reader.body().map_err(problem)?;
            self.named(&reader.unknown);
            self.blocks(&body)
        };
        if self.out.documents.len() > before {
            self.wrapping(Wrapping::Terraform);
            self.note("unwrapped-terraform", "The document is extracted from Terraform.", Some(text.at(0)));
        }
        found
    }

    /// Reports every variable once.
    fn named(&mut self, unknown: &[(String, Position)]) {
        for (i, (name, at)) in unknown.iter().enumerate() {
            if !unknown[..i].iter().any(|(known, _)| known == name) {
                self.unreadable("The value of", name, *at);
            }
        }
    }

    fn blocks(&mut self, body: &Body) -> Result<(), NotFound> {
        let data: Vec<&Block> = body.blocks.iter().filter(|block| generated(block).is_some()).collect();
        let mut used: Vec<(String, String)> = Vec::new();
        let mut found = Err(None);
        for block in body.blocks.iter().filter(|block| block.kind == "resource") {
            let kind = block.labels.first().map(String::as_str).unwrap_or_default();
            for (_, attribute, kind) in RESOURCES.iter().filter(|(name, ..)| *name == kind) {
                let Some(value) = block.body.attribute(attribute) else { continue };
                let mut from = From::of(Some(*kind));
                if let (DocumentKind::RepositoryPolicy, Some(Value::Node(name))) =
                    (kind, block.body.attribute("repository"))
                {
                    from.repository = name.string();
                }
                if let Value::Reference(name, _) = value
                    && let Some((source, name)) = data_source(name)
                {
                    used.push((source.to_owned(), name.to_owned()));
                }
                if self.held(value, &from, &data).is_ok() {
                    found = Ok(());
                }
            }
        }
        let is_used = |block: &Block| used.iter().any(|(source, name)| block.labels == [&**source, &**name]);
        for block in data.iter().filter(|block| !is_used(block)) {
            self.policy_document(block, &From::default());
            found = Ok(());
        }
        let statements: Vec<Block> =
            body.blocks.iter().filter(|block| block.kind == "statement").cloned().collect();
        if let Some(first) = statements.first() {
            let at = first.at;
            let body = Body { attributes: Vec::new(), blocks: statements };
            self.policy_document(
                &Block { kind: "data".into(), labels: Vec::new(), body, at },
                &From::default(),
            );
            found = Ok(());
        }
        if found.is_err() { self.bare(body, &data) } else { found }
    }

    /// Attributes outside any known resource: a part of one, `locals`, a module.
    fn bare(&mut self, body: &Body, data: &[&Block]) -> Result<(), NotFound> {
        let mut found = Err(None);
        for (name, value) in &body.attributes {
            let whole =
                matches!(value, Value::Node(node) if matches!(node.kind, Kind::Map(_) | Kind::Text(_)));
            let holds =
                name.contains("policy") || matches!(value, Value::Node(node) if node.has("Statement"));
            if (whole || holds) && self.held(value, &From::default(), data).is_ok() {
                found = Ok(());
            }
        }
        for block in &body.blocks {
            if self.bare(&block.body, data).is_ok() {
                found = Ok(());
            }
        }
        found
    }

    fn held(&mut self, value: &Value, from: &From, data: &[&Block]) -> Result<(), NotFound> {
        match value {
            Value::Node(Node { kind: Kind::Text(text), .. }) => self.any(text, from),
            Value::Node(node) => self.node(node.clone(), from),
            Value::File(file, at) => {
                self.file_missing(file, *at);
                Err(None)
            }
            Value::Reference(name, at) => {
                let wanted = data_source(name);
                let is_wanted =
                    |block: &&&Block| wanted.is_some_and(|(source, name)| block.labels == [source, name]);
                match data.iter().find(is_wanted) {
                    Some(block) => {
                        self.policy_document(block, from);
                        Ok(())
                    }
                    None => {
                        self.unreadable("The document", name, *at);
                        Err(None)
                    }
                }
            }
        }
    }

    fn policy_document(&mut self, block: &Block, from: &From) {
        let kind = generated(block);
        let (node, unread) = match kind {
            Some(DocumentKind::LifecyclePolicy) => hcl_lifecycle::policy(block),
            _ => hcl_document::policy(block),
        };
        self.named(&unread);
        let kind = kind.filter(|kind| *kind == DocumentKind::LifecyclePolicy).or(from.kind);
        self.document(node, &From { kind, ..from.clone() });
    }

    /// Terraform's JSON syntax.
    pub(super) fn terraform_json(&mut self, kinds: &[(Text, Node)]) -> Result<(), NotFound> {
        self.wrapping(Wrapping::Terraform);
        let mut found = Err(None);
        for (kind, resources) in kinds {
            let kind = kind.to_string();
            for (_, attribute, kind) in RESOURCES.iter().filter(|(name, ..)| *name == kind) {
                for (_, resource) in resources.entries() {
                    let Some(held) = resource.get(attribute) else { continue };
                    if self.node(held.clone(), &From::of(Some(*kind))).is_ok() {
                        found = Ok(());
                    }
                }
            }
        }
        found
    }
}

/// The kind of document that a data source generates; `None` for other blocks.
fn generated(block: &Block) -> Option<DocumentKind> {
    let source = block.labels.first().filter(|_| block.kind == "data")?;
    match source.as_str() {
        "aws_iam_policy_document" => Some(DocumentKind::IdentityPolicy),
        "aws_ecr_lifecycle_policy_document" => Some(DocumentKind::LifecyclePolicy),
        _ => None,
    }
}

/// The data source and the name in `data.SOURCE.NAME.json`.
fn data_source(reference: &str) -> Option<(&str, &str)> {
    let (source, rest) = reference.strip_prefix("data.")?.split_once('.')?;
    Some((source, rest.split(['.', '[']).next().unwrap_or_default()))
}

fn problem((at, problem): (Position, String)) -> NotFound {
    Some(lenient::Problem { at, problem, unfinished: false })
}

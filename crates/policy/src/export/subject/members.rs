//! Members of contents, for resources that write them in words of their own. Every member has to be named: one
//! that a format does not know is refused, never dropped.

use serde_json::{Map, Value};

use crate::export::{ExportError, Format};

/// The members of an object, each taken once.
pub(super) struct Members {
    format: Format,
    left: Map<String, Value>,
    /// Where the object is in the document.
    at: String,
}

impl Members {
    pub(super) fn new(content: &Value, format: Format, at: &str) -> Result<Self, ExportError> {
        let left = content.as_object().cloned();
        let refused = || ExportError::Inexpressible {
            format,
            field: if at.is_empty() { ".".into() } else { at.into() },
        };
        Ok(Self { format, left: left.ok_or_else(refused)?, at: at.to_owned() })
    }

    /// A member that is not null.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// A member that is a list of objects, each with its members.
    pub(super) fn objects(&mut self, name: &str) -> Result<Vec<Members>, ExportError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let at = self.inside(name);
        let list =
            value.as_array().ok_or(ExportError::Inexpressible { format: self.format, field: at.clone() })?;
        list.iter().enumerate().map(|(i, one)| Self::new(one, self.format, &format!("{at}[{i}]"))).collect()
    }

    /// A member that is an object.
    pub(super) fn object(&mut self, name: &str) -> Result<Option<Members>, ExportError> {
        let at = self.inside(name);
        self.take(name).map(|value| Self::new(&value, self.format, &at)).transpose()
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), ExportError> {
        match self.left.iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((name, _)) => {
                Err(ExportError::Inexpressible { format: self.format, field: self.inside(name) })
            }
        }
    }

    fn inside(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }
}

//! The API table as data, with every type that it needs.

use std::collections::BTreeMap;

use longshore_app::api::{self, ApiError, AppEvent, Visitor};
use ts_rs::{Config, TS, TypeVisitor};

/// A row of the table.
pub(crate) struct Command {
    /// Name in Rust.
    pub(crate) name: String,
    /// One sentence.
    pub(crate) doc: String,
    /// The request's type in Rust and in TypeScript.
    pub(crate) request: Option<(String, String)>,
    /// The response's type in TypeScript.
    pub(crate) response: String,
}

/// All rows, and the TypeScript declarations of their types by name.
pub(crate) struct Table {
    pub(crate) commands: Vec<Command>,
    pub(crate) types: BTreeMap<String, Declaration>,
    config: Config,
}

/// A type in TypeScript.
pub(crate) struct Declaration {
    pub(crate) docs: Option<String>,
    pub(crate) text: String,
}

impl Table {
    /// Reads the table.
    pub(crate) fn read() -> Self {
        let config = Config::new().with_large_int("number");
        let mut table = Self { commands: Vec::new(), types: BTreeMap::new(), config };
        api::visit(&mut table);
        table.add::<ApiError>();
        table.add::<AppEvent>();
        table
    }

    fn add<T: TS + 'static + ?Sized>(&mut self) {
        // Only types that are exported on their own have a declaration; the rest (arrays, null,
        // string) are written in place.
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.types.contains_key(&name) {
                return;
            }
            let declaration = Declaration { docs: T::docs(), text: T::decl(&self.config) };
            self.types.insert(name, declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

impl TypeVisitor for Table {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

impl Visitor for Table {
    fn plain<Response: TS + 'static>(&mut self, name: &str, doc: &str) {
        self.add::<Response>();
        let response = Response::name(&self.config);
        self.commands.push(Command { name: name.into(), doc: doc.into(), request: None, response });
    }

    fn with_request<Request: TS + 'static, Response: TS + 'static>(
        &mut self,
        name: &str,
        doc: &str,
        rust: &str,
    ) {
        self.add::<Request>();
        self.add::<Response>();
        let request = Some((rust.to_owned(), Request::name(&self.config)));
        let response = Response::name(&self.config);
        self.commands.push(Command { name: name.into(), doc: doc.into(), request, response });
    }
}

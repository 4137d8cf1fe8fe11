//! A rule file: its text, its tree, its schema and its form as YAML.

pub(crate) mod destination;
pub(crate) mod parse;
pub(crate) mod print;
pub(crate) mod rule_file;
pub(crate) mod schema;
pub(crate) mod shape;
pub(crate) mod source;
pub(crate) mod tidy;
pub(crate) mod timing;
pub(crate) mod tree;

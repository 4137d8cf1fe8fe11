//! The JSON Schema of a rule file.

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::Value;

use crate::rule::RuleFile;

/// The JSON Schema (draft 2020-12) of a rule file, for editors; it is also what
/// [`read_rules`](crate::rule::read_rules) reads by.
pub fn schema() -> Value {
    schema_of::<RuleFile>()
}

/// The JSON Schema of another kind of file in the form that [`read_typed`](crate::rule::read_typed)
/// reads by: no null, no formats that only schemars knows.
pub fn schema_of<T: JsonSchema>() -> Value {
    let generator =
        SchemaSettings::draft2020_12().with_transform(RecursiveTransform(no_null)).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    // Formats such as `uint32` are specific to schemars.
    RecursiveTransform(|schema: &mut Schema| {
        schema.remove("format");
    })
    .transform(&mut schema);
    schema.to_value()
}

/// An optional key is left out, never null.
fn no_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = choices.as_slice()
            && let Some(Value::String(target)) = only.get("$ref")
        {
            let target = Value::from(target.clone());
            schema.remove("anyOf");
            schema.insert("$ref".into(), target);
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented_and_none_is_null() {
        fn walk(value: &Value, path: &str, undocumented: &mut Vec<String>) {
            if let Some(Value::Object(properties)) = value.get("properties") {
                for (key, property) in properties {
                    if property.get("description").is_none() && value.get("description").is_none() {
                        undocumented.push(format!("{path}.{key}"));
                    }
                }
            }
            match value {
                Value::Object(object) => {
                    for (key, inner) in object {
                        walk(inner, &format!("{path}.{key}"), undocumented);
                    }
                }
                Value::Array(items) => items.iter().for_each(|inner| walk(inner, path, undocumented)),
                Value::String(text) => assert_ne!(text, "null", "{path}"),
                Value::Null => panic!("{path} is null"),
                _ => {}
            }
        }
        let mut undocumented = Vec::new();
        walk(&schema(), "", &mut undocumented);
        assert!(undocumented.is_empty(), "{undocumented:?}");
    }

    #[test]
    fn every_type_of_a_rule_is_defined() {
        let schema = schema();
        for name in ["Rule", "TagFilter", "Destination", "Window"] {
            assert!(schema["$defs"].get(name).is_some(), "{name}");
        }
    }
}

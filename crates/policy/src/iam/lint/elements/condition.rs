//! The condition of a statement.

use crate::{
    Finding,
    iam::{
        CREATE_REPOSITORY, Principal, REPLICATE_IMAGE,
        condition::{self, Test, compare::Family},
        evaluate::action_fits,
        lint::{
            Linter, PolicyKind,
            cursor::{Cursor, Spot, Word},
            fix::LintFix,
            statement::Seen,
        },
        reference::{self, DATE, Key},
    },
    sentence,
};

/// One test of a condition with its places.
struct Placed<'a> {
    /// With the operator as AWS spells it, if it is one.
    test: Test,
    /// The operator as it is written.
    written: String,
    operator: Spot,
    key: Spot,
    values: Vec<Cursor<'a>>,
    /// The object of the operator's keys.
    keys: Cursor<'a>,
}

/// A test of a claim of an identity provider.
pub(in crate::iam::lint) struct Claim {
    /// The provider's host and path.
    pub(in crate::iam::lint) provider: String,
    /// The claim, such as `sub`, in lower case.
    pub(in crate::iam::lint) name: String,
    pub(in crate::iam::lint) test: Test,
    pub(in crate::iam::lint) spot: Spot,
}

/// The tests of claims of identity providers in a statement's condition.
pub(in crate::iam::lint) fn claims(statement: &Seen<'_>) -> Vec<Claim> {
    let all = statement.cursor.get("Condition").map(|condition| placed(&condition)).unwrap_or_default();
    let claim = |placed: Placed<'_>| {
        let (provider, name) = placed.test.key.rsplit_once(':')?;
        Some(Claim {
            provider: provider.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
            spot: placed.key,
            test: placed.test.clone(),
        })
    };
    all.into_iter().filter(|placed| reference::is_claim(&placed.test.key)).filter_map(claim).collect()
}

/// The tests whose shape is right.
fn placed<'a>(condition: &Cursor<'a>) -> Vec<Placed<'a>> {
    let mut all = Vec::new();
    for operator in condition.entries() {
        for key in operator.value.entries() {
            let values = key.value.items();
            let texts: Option<Vec<String>> = values.iter().map(text_of).collect();
            let Some(texts) = texts else { continue };
            all.push(Placed {
                test: Test {
                    operator: condition::spelled_operator(&operator.key).unwrap_or(operator.key.clone()),
                    key: key.key.clone(),
                    values: texts,
                },
                written: operator.key.clone(),
                operator: operator.spot.clone(),
                key: key.spot.clone(),
                values,
                keys: operator.value.clone(),
            });
        }
    }
    all
}

/// A scalar as IAM reads it.
fn text_of(value: &Cursor<'_>) -> Option<String> {
    match value.node.value() {
        serde_json::Value::String(text) => Some(crate::number_text::plain(&text).to_owned()),
        scalar @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => Some(scalar.to_string()),
        _ => None,
    }
}

impl Linter<'_> {
    pub(in crate::iam::lint) fn conditions(&mut self, statement: &Seen<'_>) {
        let Some(value) = statement.cursor.get("Condition") else { return };
        self.shape(&value, &statement.cursor.key("Condition"));
        for placed in placed(&value) {
            let known = condition::is_known_operator(&placed.test.operator);
            if known {
                self.values(&placed);
                self.sets(statement, &placed);
            }
            if placed.written != placed.test.operator || !known {
                self.operator(&placed, &value);
            }
            if self.key(statement, &placed) {
                self.never(statement, &placed);
                if known {
                    self.wildcards(&placed, &value);
                }
            }
        }
    }

    /// Whether the condition is objects of objects of scalars.
    fn shape(&mut self, value: &Cursor<'_>, spot: &Spot) {
        let hint = "It is {\"operator\": {\"key\": \"value\"}}.";
        if !value.is_object() {
            self.push(spot, Finding::error("condition-invalid", "`Condition` cannot be read.").hint(hint));
            return;
        }
        for operator in value.entries() {
            if !operator.value.is_object() {
                let text = format!("`{}` must have condition keys.", operator.key);
                self.push(&operator.spot, Finding::error("condition-invalid", text).hint(hint));
                continue;
            }
            for key in operator.value.entries() {
                let items = key.value.items();
                if items.is_empty() {
                    let text = format!("`{}` has no value, so the test never holds.", key.key);
                    self.push(&key.spot, Finding::error("element-empty", text).hint("Name values."));
                }
                if items.iter().any(|item| text_of(item).is_none()) {
                    let text = format!("The value of `{}` must be a text or a list of texts.", key.key);
                    self.push(&key.spot, Finding::error("condition-invalid", text).hint(hint));
                }
            }
        }
    }

    fn operator(&mut self, placed: &Placed<'_>, whole: &Cursor<'_>) {
        let operator = &placed.written;
        const CODE: &str = "condition-operator-unknown";
        let finding = match condition::spelled_operator(operator) {
            // The evaluator takes it, and tools that compare names do not.
            Some(_) => Finding::warning(CODE, format!("`{operator}` is not how AWS spells the operator.")),
            None => Finding::error(CODE, format!("`{operator}` is not a condition operator.")),
        };
        match condition::spelled_operator(operator).or_else(|| condition::nearest_operator(operator)) {
            Some(meant) => {
                let fix = LintFix::rename(
                    &placed.operator.pointer,
                    &meant,
                    format!("`{operator}` becomes `{meant}`."),
                );
                let fix = Some(fix).filter(|_| whole.get(&meant).is_none());
                self.push_fixed(&placed.operator, finding.hint(format!("Use `{meant}`.")), fix);
            }
            None => self.push(&placed.operator, finding.hint("For example `StringEquals` or `StringLike`.")),
        }
    }

    /// Checks a key. Returns whether it is known.
    fn key(&mut self, statement: &Seen<'_>, placed: &Placed<'_>) -> bool {
        let key = placed.test.key.as_str();
        if reference::is_claim(key) || key.contains("${") {
            return true;
        }
        if let Some(known) = reference::find_key(key) {
            self.operator_of_key(placed, known);
            self.carried(statement, placed, known);
            return true;
        }
        let (prefix, name) = key.split_once(':').unwrap_or(("", key));
        let is_listed = prefix.eq_ignore_ascii_case("aws") || reference::service(prefix).is_some();
        if !is_listed && reference::is_prefix(prefix) {
            return false;
        }
        let names = || reference::keys().map(|known| known.name).filter(|known| !known.contains("${"));
        let slip = reference::nearest_of(key, names()).map(str::to_owned).or_else(|| self.tag_key(key));
        let bare = || {
            names()
                .find(|known| known.split_once(':').is_some_and(|(_, bare)| bare.eq_ignore_ascii_case(name)))
        };
        let text = format!("`{key}` is not a condition key of AWS.");
        let hint = |meant: &str| {
            format!("Use `{meant}`. AWS accepts the name as it is, but the request never has it.")
        };
        match slip.or_else(|| bare().filter(|_| !is_listed || prefix.is_empty()).map(str::to_owned)) {
            Some(meant) => {
                let fix = LintFix::rename(&placed.key.pointer, &meant, format!("`{key}` becomes `{meant}`."));
                let fix = Some(fix).filter(|_| placed.keys.get(&meant).is_none());
                self.push_fixed(
                    &placed.key,
                    Finding::error("condition-key-unknown", text).hint(hint(&meant)),
                    fix,
                );
            }
            None if is_listed => {
                let text = format!("`{key}` is not in our list of {DATE}.");
                let finding = Finding::warning("condition-key-unknown", text);
                let hint = "Check its spelling: AWS accepts any name, and a request never has one that does not exist.";
                self.push(&placed.key, finding.hint(hint));
            }
            None => {
                let finding = Finding::warning("condition-key-unknown", text);
                self.push(&placed.key, finding.hint("Keys begin with `aws:` or the prefix of a service."));
            }
        }
        false
    }

    /// `aws:PrincipalTags/team`: a slip in the part before the name of a tag.
    fn tag_key(&self, key: &str) -> Option<String> {
        let (head, tag) = key.split_once('/')?;
        let heads =
            ["aws:PrincipalTag", "aws:RequestTag", "aws:ResourceTag", "ecr:ResourceTag", "iam:ResourceTag"];
        Some(format!("{}/{tag}", reference::nearest_of(head, heads.into_iter())?))
    }

    fn operator_of_key(&mut self, placed: &Placed<'_>, known: &Key) {
        let plain = placed.test.plain_operator();
        let Some(family) = Family::of(plain).filter(|family| !family.fits(known.kind)) else { return };
        // A provider's ARN, or its name.
        if known.name == "aws:FederatedProvider" && family == Family::Arn {
            return;
        }
        let text = format!(
            "`{}` compares {}, which `{}` is not.",
            placed.test.operator,
            family.phrase(),
            placed.test.key
        );
        let finding = Finding::warning("condition-operator-type", text);
        self.push(&placed.operator, finding.hint(format!("Use {}.", Family::wanted(known.kind))));
    }

    /// A key that the requests for the statement's actions do not carry.
    fn carried(&mut self, statement: &Seen<'_>, placed: &Placed<'_>, known: &Key) {
        let own = known.name.split_once(':').map_or("", |(prefix, _)| prefix);
        let of_tags = ["aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys"]
            .iter()
            .any(|tag| known.name.starts_with(tag));
        let is_global = own == "aws" || reference::service(own).is_none();
        if self.kind == PolicyKind::Trust || is_global && !of_tags || statement.excludes("Action") {
            return;
        }
        let words = statement.words("Action");
        let carries = |word: &Word| match reference::find(&word.text) {
            Some((service, action)) => service.carries(action, known.name),
            // A pattern, or an action that is not listed, may be about one that does.
            None => true,
        };
        if words.is_empty() || words.iter().any(carries) {
            return;
        }
        let names: Vec<String> = words.iter().map(|word| format!("`{}`", word.text)).collect();
        let text =
            format!("Requests for {} do not carry `{}`.", sentence::list(&names, "and"), placed.test.key);
        let finding = Finding::warning("condition-key-not-carried", text);
        let hint = if condition::holds_without_key(&placed.test) {
            "The test therefore always holds."
        } else {
            "The test therefore never holds."
        };
        self.push(&placed.key, finding.hint(hint));
    }

    fn values(&mut self, placed: &Placed<'_>) {
        let Some(family) = Family::of(placed.test.plain_operator()) else { return };
        for (value, text) in placed.values.iter().zip(&placed.test.values) {
            if !family.reads(text) {
                let what = format!("`{}` needs {}, not `{text}`.", placed.test.operator, family.phrase());
                self.push(&value.spot, Finding::error("condition-value-invalid", what));
            }
        }
        if placed.test.is("aws:SourceIp") && !placed.test.values.iter().any(|value| value.contains(':')) {
            let finding = Finding::warning(
                "source-ip",
                "The condition is on `aws:SourceIp`, and names no IPv6 address.",
            );
            let hint = "Over dual-stack endpoints the address may be IPv6, which it must name too.";
            self.push(&placed.key, finding.hint(hint));
        }
    }

    /// `ForAllValues:` and `ForAnyValue:`.
    fn sets(&mut self, statement: &Seen<'_>, placed: &Placed<'_>) {
        let Test { operator, key, .. } = &placed.test;
        let several = reference::find_key(key).map(|known| known.kind.is_multivalued());
        if operator.starts_with("ForAllValues:") && statement.allows() && !self.is_required(statement, key) {
            let text = format!("`{operator}` also holds for requests without `{key}`.");
            let hint = format!("Add {{\"Null\": {{\"{key}\": \"false\"}}}}, or use `ForAnyValue:`.");
            self.push(&placed.operator, Finding::warning("condition-for-all-values", text).hint(hint));
        }
        let is_set = operator.contains(':');
        if several == Some(true) && !is_set && placed.test.plain_operator() != "Null" {
            let text = format!("A request may have several values of `{key}`.");
            let hint = format!("Use `ForAnyValue:{operator}` or `ForAllValues:{operator}`.");
            self.push(&placed.operator, Finding::warning("condition-set-operator", text).hint(hint));
        } else if several == Some(false) && is_set && !operator.starts_with("ForAllValues:") {
            let text = format!("A request has one value of `{key}`, so `{operator}` is not needed.");
            let plain = operator.split_once(':').map_or("", |(_, plain)| plain);
            self.push(
                &placed.operator,
                Finding::note("condition-set-operator", text).hint(format!("Use `{plain}`.")),
            );
        }
    }

    /// Whether another test requires the key, or every request has it.
    fn is_required(&self, statement: &Seen<'_>, key: &str) -> bool {
        let tests = statement.view.condition.as_ref().and_then(condition::tests).unwrap_or_default();
        tests.iter().any(|test| {
            test.is(key)
                && (test.plain_operator() == "Null"
                    && test.values.iter().all(|value| value.eq_ignore_ascii_case("false"))
                    || test.operator.starts_with("ForAnyValue:"))
        })
    }

    /// A test that never holds for replication.
    fn never(&mut self, statement: &Seen<'_>, placed: &Placed<'_>) {
        let words = statement.words("Action");
        let replicates = words.iter().any(|word| {
            [REPLICATE_IMAGE, CREATE_REPOSITORY].iter().any(|action| action_fits(&word.text, action))
        });
        let principals = statement.view.principals.items();
        let services_only =
            !principals.is_empty() && principals.iter().all(|p| matches!(p, Principal::Other { .. }));
        if self.kind == PolicyKind::Registry
            && statement.allows()
            && replicates
            && !services_only
            && condition::never_for_replication(&placed.test)
        {
            let key = &placed.test.key;
            let text = format!("Replication never carries `{key}`, so this statement never allows it.");
            let finding = Finding::warning("condition-never", text);
            let fix = LintFix::rename(
                &placed.key.pointer,
                "aws:PrincipalAccount",
                format!("`{key}` becomes `aws:PrincipalAccount`."),
            );
            let free =
                placed.test.is("aws:SourceAccount") && placed.keys.get("aws:PrincipalAccount").is_none();
            let hint = "Use `aws:PrincipalAccount` for the source account, or no condition.";
            self.push_fixed(&placed.key, finding.hint(hint), Some(fix).filter(|_| free));
        }
    }

    fn wildcards(&mut self, placed: &Placed<'_>, whole: &Cursor<'_>) {
        let Test { operator, key, .. } = &placed.test;
        if condition::is_everybody(&placed.test) {
            let text = format!("`{operator}` of `*` on `{key}` matches everyone who has the key.");
            let finding =
                Finding::warning("condition-everyone", text).hint("Name the values that are meant.");
            self.push(&placed.key, finding);
            return;
        }
        let literal = ["StringEquals", "StringNotEquals"].contains(&placed.test.plain_operator());
        let wild = placed.test.values.iter().position(|value| value.contains('*') && !value.contains("${"));
        let Some(at) = wild.filter(|_| literal) else { return };
        let like = operator.replace("Equals", "Like");
        let value = &placed.test.values[at];
        let text = format!("`{operator}` treats the `*` in `{value}` as a plain character.");
        let alone = placed.keys.entries().len() == 1 && whole.get(&like).is_none();
        let fix = LintFix::rename(&placed.operator.pointer, &like, format!("`{operator}` becomes `{like}`."));
        let spot = placed.values.get(at).map_or(&placed.key, |value| &value.spot);
        let finding =
            Finding::warning("condition-wildcard", text).hint(format!("Use `{like}` for patterns."));
        self.push_fixed(spot, finding, Some(fix).filter(|_| alone));
    }
}

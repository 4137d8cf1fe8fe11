//! References of a Dockerfile.
//!
//! Source: Dockerfile reference, `FROM`, `ARG`, `COPY --from`, `RUN --mount`.

use std::collections::HashMap;

use super::{
    Found, Kind,
    collect::Collector,
    dockerfile_lines::{Instruction, read},
};
use crate::paste::text::Text;

/// What an instruction can refer to.
#[derive(Default)]
struct Scope {
    /// Arguments before the first `FROM`, which every `FROM` sees.
    global: HashMap<String, Text>,
    /// Arguments and variables of the present stage; `None` before the first.
    stage: Option<HashMap<String, Text>>,
    /// The names of stages, in lower case.
    stages: Vec<String>,
}

/// The references of a Dockerfile.
pub(super) fn find(text: &str) -> Found {
    let text = Text::new(text);
    let lines = read(&text);
    let mut out = Collector::new(Kind::Dockerfile);
    if let Some(syntax) = &lines.syntax {
        out.text(syntax);
    }
    let mut scope = Scope::default();
    for instruction in &lines.instructions {
        match instruction.keyword.as_str() {
            "ARG" => scope.arguments(instruction),
            "ENV" => scope.variables(instruction),
            "FROM" => scope.from(instruction, &mut out),
            "COPY" | "ADD" | "RUN" => scope.sources(instruction, &mut out),
            _ => {}
        }
    }
    Found { references: out.found, kinds: vec![Kind::Dockerfile], note: None }
}

impl Scope {
    fn arguments(&mut self, instruction: &Instruction) {
        for word in &instruction.words {
            let (name, value) = match assignment(word) {
                Some((name, value)) => (name, Some(value)),
                None => (word.to_string(), None),
            };
            let value = value.map(|value| self.expanded(&value)).or_else(|| self.global.get(&name).cloned());
            if let Some(value) = value {
                self.stage.as_mut().unwrap_or(&mut self.global).insert(name, value);
            }
        }
    }

    fn variables(&mut self, instruction: &Instruction) {
        for (name, value) in instruction.words.iter().filter_map(assignment) {
            let value = self.expanded(&value);
            if let Some(stage) = &mut self.stage {
                stage.insert(name, value);
            }
        }
    }

    fn expanded(&self, value: &Text) -> Text {
        let known = |name: &str| self.stage.as_ref().unwrap_or(&self.global).get(name).cloned();
        super::variables::expand(value, &known).text
    }

    fn from(&mut self, instruction: &Instruction, out: &mut Collector) {
        let words: Vec<&Text> = instruction.words.iter().filter(|word| !word.starts_with(0, "--")).collect();
        self.stage = Some(HashMap::new());
        let [image, rest @ ..] = words.as_slice() else { return };
        let named = |text: &Text| text.to_string().to_ascii_lowercase();
        if named(image) != "scratch" && !self.stages.contains(&named(image)) {
            out.with(image, &|name| self.global.get(name).cloned());
        }
        // Without a name a stage is only known by its number.
        let name = match rest {
            [word, name, ..] if named(word) == "as" => named(name),
            _ => String::new(),
        };
        self.stages.push(name);
    }

    /// `--from=…` of a copy, and `from=…` of a mount.
    fn sources(&self, instruction: &Instruction, out: &mut Collector) {
        for word in instruction.words.iter().take_while(|word| word.starts_with(0, "--")) {
            let options = match assignment(word) {
                Some((name, value)) if name == "--from" => vec![value],
                Some((name, value)) if name == "--mount" => {
                    let of = |part: Text| assignment(&part).filter(|(name, _)| name == "from");
                    split(&value, ',').into_iter().filter_map(of).map(|(_, value)| value).collect()
                }
                _ => Vec::new(),
            };
            for source in options {
                let name = source.to_string().to_ascii_lowercase();
                let is_stage = self.stages.contains(&name) || name.chars().all(|c| c.is_ascii_digit());
                if !is_stage {
                    let known = |name: &str| self.stage.as_ref().and_then(|stage| stage.get(name)).cloned();
                    out.with(&source, &|name| known(name).or_else(|| self.global.get(name).cloned()));
                }
            }
        }
    }
}

/// `NAME=value`
fn assignment(word: &Text) -> Option<(String, Text)> {
    let equals = word.find("=", 0)?;
    Some((word.slice(0..equals).to_string(), word.slice(equals + 1..word.len())))
}

fn split(text: &Text, at: char) -> Vec<Text> {
    let ends = (0..text.len()).filter(|i| text.get(*i) == Some(at)).chain([text.len()]);
    let mut start = 0;
    ends.map(|end| {
        let part = text.slice(start..end);
        start = end + 1;
        part
    })
    .collect()
}

//! One rule by itself.

use serde_json::{Map, Value};

use super::reader::Reader;
use crate::{
    FieldPath, Finding,
    lifecycle::{Action, Count, LifecycleRule, MIN_ARCHIVED_DAYS, StorageClass, TagSelection},
};

const RULE: &[&str] = &["rulePriority", "description", "selection", "action"];
const SELECTION: &[&str] = &[
    "tagStatus",
    "tagPatternList",
    "tagPrefixList",
    "storageClass",
    "countType",
    "countUnit",
    "countNumber",
];
const ACTION: &[&str] = &["type", "targetStorageClass"];
const STORAGE_CLASSES: [(&str, StorageClass); 2] =
    [("standard", StorageClass::Standard), ("archive", StorageClass::Archive)];

impl Reader {
    pub(super) fn rule(&mut self, value: &Value, at: &FieldPath) -> Option<LifecycleRule> {
        let rule = self.object(Some(value), at, RULE)?;
        let priority = self.positive(rule.get("rulePriority"), at.child("rulePriority"));
        self.priorities.extend(priority.map(|priority| (at.clone(), priority)));
        let description = self.optional(rule, at, "description");
        if description.is_some_and(|text| !text.is_string()) {
            self.error("lifecycle-shape", at.child("description"), "A description is text.");
        }
        let selection_at = at.child("selection");
        let selection = self.object(rule.get("selection"), &selection_at, SELECTION);
        let action_at = at.child("action");
        let action = self.object(rule.get("action"), &action_at, ACTION);
        let (selection, action) = (selection?, action?);
        let tags = self.tags(selection, &selection_at);
        let storage_class = match self.optional(selection, &selection_at, "storageClass") {
            None => Some(StorageClass::Standard),
            class => self.word(class, selection_at.child("storageClass"), &STORAGE_CLASSES),
        };
        let count = self.count(selection, &selection_at);
        let action = self.action(action, &action_at);
        let rule = LifecycleRule {
            priority: priority?,
            description: description.and_then(Value::as_str).map(str::to_owned),
            tags: tags?,
            storage_class: storage_class?,
            count: count?,
            action: action?,
        };
        self.combination(&rule, at);
        self.extent(&rule, at);
        Some(rule)
    }

    fn count(&mut self, selection: &Map<String, Value>, at: &FieldPath) -> Option<Count> {
        type Counting = fn(u32) -> Count;
        let types: [(&str, Counting); 4] = [
            ("imageCountMoreThan", Count::MoreThan),
            ("sinceImagePushed", Count::DaysSincePushed),
            ("sinceImagePulled", Count::DaysSincePulled),
            ("sinceImageTransitioned", Count::DaysSinceArchived),
        ];
        let number = self.positive(selection.get("countNumber"), at.child("countNumber"));
        let unit = self.optional(selection, at, "countUnit");
        let count = self.word(selection.get("countType"), at.child("countType"), &types)?(number?);
        let unit_at = at.child("countUnit");
        match (count, unit) {
            (Count::MoreThan(_), None) => {}
            (Count::MoreThan(_), Some(_)) => {
                let text = "`countUnit` is invalid with `imageCountMoreThan`.";
                self.push(Finding::error("lifecycle-unit", text).at(unit_at).hint("Leave `countUnit` out."));
            }
            (_, Some(unit)) if unit == "days" => {}
            _ => self.error("lifecycle-unit", unit_at, "`countUnit` must be `days` with this `countType`."),
        }
        Some(count)
    }

    fn action(&mut self, action: &Map<String, Value>, at: &FieldPath) -> Option<Action> {
        let kinds = [("expire", Action::Expire), ("transition", Action::Archive)];
        let target = self.optional(action, at, "targetStorageClass");
        let kind = self.word(action.get("type"), at.child("type"), &kinds)?;
        let target_at = at.child("targetStorageClass");
        match (kind, target) {
            (Action::Archive, Some(target)) if target == "archive" => {}
            (Action::Expire, None) => {}
            (Action::Archive, _) => {
                self.error(
                    "lifecycle-target",
                    target_at,
                    "`transition` requires `targetStorageClass: archive`.",
                );
            }
            (Action::Expire, Some(_)) => {
                self.error(
                    "lifecycle-target",
                    target_at,
                    "`targetStorageClass` is allowed only with `transition`.",
                );
            }
        }
        Some(kind)
    }

    /// Parts that are valid alone but not together.
    fn combination(&mut self, rule: &LifecycleRule, at: &FieldPath) {
        let selection = at.child("selection");
        let class_at = selection.child("storageClass");
        match (rule.count, rule.storage_class) {
            (Count::DaysSinceArchived(_), StorageClass::Standard) => {
                self.error(
                    "lifecycle-storage-class",
                    class_at,
                    "`sinceImageTransitioned` requires `storageClass: archive`.",
                );
            }
            (Count::DaysSinceArchived(days), StorageClass::Archive) if days < MIN_ARCHIVED_DAYS => {
                let text =
                    format!("An archived image can expire after {MIN_ARCHIVED_DAYS} days, not earlier.");
                let finding = Finding::error("lifecycle-archive-days", text);
                let hint = format!("Use a `countNumber` of at least {MIN_ARCHIVED_DAYS}.");
                self.push(finding.at(selection.child("countNumber")).hint(hint));
            }
            (Count::DaysSinceArchived(_), StorageClass::Archive) => {}
            (_, StorageClass::Archive) => {
                self.error(
                    "lifecycle-storage-class",
                    class_at,
                    "`storageClass: archive` is allowed only with `sinceImageTransitioned`.",
                );
            }
            _ => {}
        }
        let type_at = at.child("action").child("type");
        match (rule.count, rule.action) {
            (Count::DaysSincePulled(_), Action::Expire) => {
                let text =
                    "`sinceImagePulled` is allowed only with `transition`: ECR does not delete by last pull.";
                let hint = "Archive the images with this rule, and expire archived images with another: \
                            `storageClass: archive` and `sinceImageTransitioned`.";
                self.push(Finding::error("lifecycle-pulled", text).at(type_at).hint(hint));
            }
            (Count::DaysSinceArchived(_), Action::Archive) => {
                self.error("lifecycle-archived-twice", type_at, "An archived image can only expire.");
            }
            _ => {}
        }
    }

    /// Rules for any image that leave next to nothing.
    fn extent(&mut self, rule: &LifecycleRule, at: &FieldPath) {
        if rule.tags != TagSelection::Any || rule.storage_class == StorageClass::Archive {
            return;
        }
        let number_at = at.child("selection").child("countNumber");
        let happens = match rule.action {
            Action::Expire => "deleted",
            Action::Archive => "archived, and cannot be pulled until they are restored",
        };
        match rule.count {
            Count::MoreThan(1) => {
                let text = format!("Only the newest image is kept; all others are {happens}.");
                let hint = "Keep more images, or select images by their tags.";
                self.warning("lifecycle-keeps-one", number_at, text, hint);
            }
            Count::DaysSincePushed(1) => {
                let text =
                    format!("Images older than a day are {happens}, also the newest and those in use.");
                let hint = "Use more days, keep a number of images, or select images by their tags.";
                self.warning("lifecycle-keeps-one", number_at, text, hint);
            }
            Count::DaysSincePushed(days) => {
                let text = format!(
                    "After {days} days without a push nothing is left: also the newest image and those in use are {happens}."
                );
                let hint = "Use `imageCountMoreThan` to keep the newest images, however old they are.";
                let finding = Finding::note("lifecycle-all-images", text);
                self.push(finding.at(number_at).hint(hint));
            }
            _ => {}
        }
    }
}

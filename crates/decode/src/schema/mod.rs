//! What does the documentation say a record holds?
//!
//! The classes of the audit schema, their fields and enumerations, as data: `data/classes.tsv`,
//! `data/schema_fields.tsv` and `data/enums.tsv` name their sources. Beside the documented fields
//! stand those that records have and the documentation has not, marked [`Said::Observed`].
//!
//! ```
//! use decode::schema::{self, Kind};
//!
//! let columns = schema::columns_of(2);
//! let logon_type = columns.iter().find(|field| field.name == "LogonType").unwrap();
//! assert_eq!(logon_type.kind, Kind::Enum("LogonType"));
//! assert_eq!(schema::enum_name("LogonType", 2), Some("Delegated"));
//! assert_eq!(schema::code_name(25, "Members.Role", 1), Some("Owner"));
//! ```

mod enums;
mod read;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::codes;

pub use enums::{Enumeration, enum_name, enum_value, enumerations};

/// What a field holds, as documented. On the wire GUIDs and times are texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A whole number of up to 64 bits.
    Integer,
    Boolean,
    /// ISO 8601, UTC.
    Time,
    Guid,
    /// A code or a word of this enumeration; [`Enumeration::is_coded`] tells which of the two.
    Enum(&'static str),
    /// An object of this class.
    Complex(&'static str),
    List(Box<Kind>),
    /// The documentation gives no type, or one that it does not describe.
    Any,
}

/// What is said of a field's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Documented as always there. Records do leave out such fields.
    Mandatory,
    Optional,
    /// Documented, without a word on its presence.
    Unsaid,
    /// Records have it, the documentation has not.
    Observed,
}

/// A field of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaField {
    /// The member's name in records: as documented, without blanks. Compared without case.
    pub name: &'static str,
    /// The name as documented: in five classes it holds blanks.
    pub documented_name: &'static str,
    pub kind: Kind,
    /// Other kinds that records have it in.
    pub also: Vec<Kind>,
    pub said: Said,
    /// The class that brings the field.
    pub class: &'static str,
}

/// What a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A class of records.
    Record,
    /// An object inside a record.
    Complex,
    /// A class of records known from records alone.
    Observed,
}

/// A class of the audit schema.
#[derive(Debug)]
pub struct Class {
    pub name: &'static str,
    pub role: Role,
    /// The class it extends.
    pub base: Option<&'static str>,
    /// The RecordTypes that carry it; empty for `AuditRecord`, which all carry.
    pub record_types: Vec<i64>,
    /// The fields it brings itself, in the order of the documentation, observed ones last.
    pub fields: Vec<SchemaField>,
}

impl SchemaField {
    /// Do the documents know it?
    pub fn is_documented(&self) -> bool {
        self.said != Said::Observed
    }

    /// Every kind it comes in, the documented one first.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        std::iter::once(&self.kind).chain(&self.also)
    }
}

/// The class whose fields every record carries.
pub const COMMON: &str = "AuditRecord";

/// Every class, in the order of the documentation.
pub fn classes() -> &'static [Class] {
    SCHEMA.classes
}

/// The class of that name.
pub fn class(name: &str) -> Option<&'static Class> {
    SCHEMA.classes.iter().find(|class| class.name == name)
}

/// Every RecordType: number and name, by number.
pub fn record_types() -> &'static [(i64, &'static str)] {
    codes::record_types()
}

/// The classes that a RecordType carries, each after those it extends; `AuditRecord` first. A
/// RecordType without a class of its own, and a number that no list knows, carry that alone.
pub fn classes_of(record_type: i64) -> &'static [&'static Class] {
    &SCHEMA.layout(record_type).classes
}

/// The fields of a RecordType's records, inherited ones first, each name once. Where two classes
/// bring one name, the documented field counts before an observed one, then the special class
/// before the general; what the others say stands in [`SchemaField::also`].
pub fn columns_of(record_type: i64) -> &'static [SchemaField] {
    &SCHEMA.layout(record_type).columns
}

/// The field that a path of member names joined by dots leads to; lists are transparent, as in
/// [`event::resolve`].
pub fn field(record_type: i64, path: &str) -> Option<&'static SchemaField> {
    let (name, mut rest) = split(path);
    let mut field = named(columns_of(record_type), name)?;
    while let Some(path) = rest {
        let inner = field.kinds().find_map(class_in)?;
        let (name, deeper) = split(path);
        field = named(&inner.fields, name)?;
        rest = deeper;
    }
    Some(field)
}

/// The name of a code at a path of a RecordType's records.
pub fn code_name(record_type: i64, path: &str, code: i64) -> Option<&'static str> {
    enum_name(enumeration_of(field(record_type, path)?)?, code)
}

/// The enumeration that names a field's values.
pub(crate) fn enumeration_of(field: &SchemaField) -> Option<&'static str> {
    field.kinds().find_map(|kind| match kind {
        Kind::Enum(name) => Some(*name),
        Kind::List(item) => match **item {
            Kind::Enum(name) => Some(name),
            _ => None,
        },
        _ => None,
    })
}

/// The class of the objects in a field.
pub(crate) fn class_in(kind: &Kind) -> Option<&'static Class> {
    match kind {
        Kind::Complex(name) => class(name),
        Kind::List(item) => class_in(item),
        _ => None,
    }
}

/// The field of that name, compared without case, in either spelling.
pub(crate) fn named<'f>(fields: &'f [SchemaField], name: &str) -> Option<&'f SchemaField> {
    fields.iter().find(|field| {
        field.name.eq_ignore_ascii_case(name) || field.documented_name.eq_ignore_ascii_case(name)
    })
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    }
}

/// The layouts of records; RecordTypes with the same classes share one.
pub(crate) fn layouts() -> impl Iterator<Item = &'static [SchemaField]> {
    SCHEMA.layouts.iter().map(|layout| layout.columns.as_slice())
}

/// The place of a RecordType's layout among [`layouts`].
pub(crate) fn layout_of(record_type: i64) -> usize {
    SCHEMA.layout_of.get(&record_type).copied().unwrap_or(COMMON_LAYOUT)
}

/// `AuditRecord` alone.
const COMMON_LAYOUT: usize = 0;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    // Classes never move or end, so layouts may point at them.
    static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(read::classes);
    Schema::new(&CLASSES)
});

struct Schema {
    classes: &'static [Class],
    layouts: Vec<Layout>,
    layout_of: BTreeMap<i64, usize>,
}

struct Layout {
    classes: Vec<&'static Class>,
    columns: Vec<SchemaField>,
}

impl Schema {
    fn new(classes: &'static [Class]) -> Schema {
        let mut schema = Schema { classes, layouts: Vec::new(), layout_of: BTreeMap::new() };
        schema.place(schema.lineage(|class| class.name == COMMON));
        for (record_type, _) in record_types() {
            let lineage = schema
                .lineage(|class| class.name == COMMON || class.record_types.contains(record_type));
            let place = schema.place(lineage);
            schema.layout_of.insert(*record_type, place);
        }
        schema
    }

    fn layout(&self, record_type: i64) -> &Layout {
        &self.layouts[self.layout_of.get(&record_type).copied().unwrap_or(COMMON_LAYOUT)]
    }

    /// The chosen classes and all they extend, each after its base.
    fn lineage(&self, chosen: impl Fn(&Class) -> bool) -> Vec<&'static Class> {
        let mut lineage: Vec<&'static Class> = Vec::new();
        for class in self.classes.iter().filter(|class| chosen(class)) {
            let mut line = Vec::new();
            let mut next = Some(class);
            while let Some(class) = next {
                line.push(class);
                next = class.base.and_then(|base| self.classes.iter().find(|c| c.name == base));
            }
            for class in line.into_iter().rev() {
                if !lineage.iter().any(|known| known.name == class.name) {
                    lineage.push(class);
                }
            }
        }
        lineage
    }

    fn place(&mut self, classes: Vec<&'static Class>) -> usize {
        let same = |layout: &Layout| {
            layout.classes.iter().map(|c| c.name).eq(classes.iter().map(|c| c.name))
        };
        if let Some(place) = self.layouts.iter().position(same) {
            return place;
        }
        let columns = columns(&classes);
        self.layouts.push(Layout { classes, columns });
        self.layouts.len() - 1
    }
}

fn columns(classes: &[&'static Class]) -> Vec<SchemaField> {
    let mut columns: Vec<SchemaField> = Vec::new();
    for field in classes.iter().flat_map(|class| &class.fields) {
        match columns.iter_mut().find(|known| known.name.eq_ignore_ascii_case(field.name)) {
            None => columns.push(field.clone()),
            Some(known) => *known = joined(known, field),
        }
    }
    columns
}

/// One field out of what a class and one after it say.
fn joined(known: &SchemaField, field: &SchemaField) -> SchemaField {
    let newer = field.is_documented() && field.kind != Kind::Any;
    let (best, other) =
        if newer || !known.is_documented() { (field, known) } else { (known, field) };
    let mut best = best.clone();
    for kind in other.kinds() {
        if !best.kinds().any(|known| known == kind) {
            best.also.push(kind.clone());
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_type_has_columns() {
        assert_eq!(record_types().len(), 474);
        for (record_type, name) in record_types() {
            let columns = columns_of(*record_type);
            for common in ["CreationTime", "Id", "Operation", "UserId"] {
                assert!(named(columns, common).is_some(), "{name} {common}");
            }
            let mut names: Vec<String> =
                columns.iter().map(|field| field.name.to_ascii_lowercase()).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), columns.len(), "{name}");
            assert!(columns.iter().all(|field| !field.name.contains([' ', '"'])), "{name}");
        }
        // No list knows it.
        assert_eq!(columns_of(9999), &SCHEMA.layouts[COMMON_LAYOUT].columns);
    }

    #[test]
    fn classes_extend_classes_and_fields_name_what_exists() {
        for class in classes() {
            if let Some(base) = class.base {
                assert!(super::class(base).is_some(), "{} extends {base}", class.name);
            }
            for id in &class.record_types {
                assert!(crate::record_type_name(*id).is_some(), "{} {id}", class.name);
            }
            for kind in class.fields.iter().flat_map(SchemaField::kinds) {
                check(kind);
            }
        }
        fn check(kind: &Kind) {
            match kind {
                Kind::Enum(name) => assert!(enums::is_known(name), "{name}"),
                Kind::Complex(name) => assert!(class(name).is_some(), "{name}"),
                Kind::List(item) => check(item),
                _ => {}
            }
        }
    }

    #[test]
    fn fields_are_inherited_and_refined() {
        let lineage = |record_type| -> Vec<&str> {
            classes_of(record_type).iter().map(|class| class.name).collect()
        };
        assert_eq!(lineage(6), ["AuditRecord", "SharePointBase", "SharePointFileOperation"]);
        assert_eq!(
            lineage(10),
            ["AuditRecord", "DataCenterSecurityBase", "DataCenterSecurityCmdlet"]
        );
        // Known from Graph's list alone.
        assert_eq!(lineage(450), ["AuditRecord"]);
        // The page gives 386 to one, Graph's list to the other.
        assert_eq!(lineage(386), ["AuditRecord", "PlannerGoal", "SentinelLakeOnboarding"]);

        for (record_type, path, kind, said) in [
            (6, "SiteUrl", Kind::Text, Said::Mandatory),
            (6, "siteurl", Kind::Text, Said::Mandatory),
            (6, "IsManagedDevice", Kind::Boolean, Said::Observed),
            (6, "ItemType", Kind::Enum("ItemType"), Said::Optional),
            (2, "Item", Kind::Complex("ExchangeItem"), Said::Optional),
            (2, "Item.ParentFolder.Path", Kind::Text, Said::Optional),
            (50, "Folders.FolderItems.SizeInBytes", Kind::Integer, Said::Optional),
            (8, "Actor.Type", Kind::Enum("IdentityType"), Said::Mandatory),
            (13, "PolicyDetails.Rules.RuleId", Kind::Guid, Said::Mandatory),
            (85, "BatchID", Kind::Text, Said::Mandatory),
            (85, "Batch ID", Kind::Text, Said::Mandatory),
            // AuditRecord calls another thing Scope.
            (
                430,
                "Scope",
                Kind::List(Box::new(Kind::Complex("PostureAgentSearchLocation"))),
                Said::Optional,
            ),
            (188, "ResultStatus", Kind::Enum("PlannerResultStatus"), Said::Optional),
        ] {
            let field = field(record_type, path).unwrap_or_else(|| panic!("{record_type} {path}"));
            assert_eq!(field.kind, kind, "{record_type} {path}");
            assert_eq!(
                field.said == Said::Observed,
                said == Said::Observed,
                "{record_type} {path}"
            );
        }
        assert_eq!(field(2, "Item.Nothing"), None);
        assert_eq!(field(2, "UserId.Nothing"), None);
    }

    #[test]
    fn codes_are_named_by_their_place() {
        for (record_type, path, code, name) in [
            (1, "RecordType", 1, Some("ExchangeAdmin")),
            (1, "UserType", 3, Some("DcAdmin")),
            (2, "InternalLogonType", 2, Some("Delegated")),
            (25, "AddOnType", 2, Some("Connector")),
            (25, "Members.Role", 1, Some("Owner")),
            (28, "AttachmentData.FileVerdict", -3, Some("Pending")),
            (28, "Policy", 15, Some("Anti-spam, High confidence phish email (HPHISH)")),
            (15, "ErrorNumber", 50126, Some("InvalidUserNameOrPassword")),
            (41, "UrlClickAction", 4, Some("BlockPageOverride")),
            (65, "RequestType", 2, Some("Release")),
            (66, "FormTypes", 1, Some("Quiz")),
            (188, "ContainerType", 2, Some("Group")),
            (188, "ContainerType", 99, None),
            (188, "ObjectId", 2, None),
        ] {
            assert_eq!(code_name(record_type, path, code), name, "{record_type} {path} {code}");
        }
    }
}

//! How are the data files read? They are part of the program, so a bad line is a bug of ours.

use super::{Class, Kind, Role, Said, SchemaField};

/// The lines of a file of columns, without its comments.
pub fn lines<const COLUMNS: usize>(
    file: &'static str,
) -> impl Iterator<Item = [&'static str; COLUMNS]> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<&'static str> = line.split('\t').collect();
        columns.try_into().unwrap_or_else(|_| panic!("{COLUMNS} columns: {line}"))
    })
}

pub fn classes() -> Vec<Class> {
    let mut classes: Vec<Class> =
        lines(include_str!("../../data/classes.tsv")).map(class).collect();
    for [class, name, kind, said] in lines(include_str!("../../data/schema_fields.tsv")) {
        let class = classes.iter_mut().find(|known| known.name == class).expect("a known class");
        let field = field(class.name, name, kind, said);
        // A second line of a name is another kind it comes in.
        match class.fields.iter_mut().find(|known| known.name.eq_ignore_ascii_case(field.name)) {
            Some(known) => known.also.push(field.kind),
            None => class.fields.push(field),
        }
    }
    classes
}

fn class([name, role, base, record_types]: [&'static str; 4]) -> Class {
    Class {
        name,
        role: match role {
            "record" => Role::Record,
            "complex" => Role::Complex,
            "observed" => Role::Observed,
            other => panic!("no role {other}"),
        },
        base: (!base.is_empty()).then_some(base),
        record_types: match record_types {
            "" | "all" => Vec::new(),
            some => some.split(',').map(|id| id.parse().expect("a RecordType")).collect(),
        },
        fields: Vec::new(),
    }
}

fn field(
    class: &'static str,
    documented_name: &'static str,
    kind: &'static str,
    said: &str,
) -> SchemaField {
    let name = match documented_name.contains(' ') {
        // Read once, kept for good.
        true => documented_name.replace(' ', "").leak(),
        false => documented_name,
    };
    let said = match said {
        "mandatory" => Said::Mandatory,
        "optional" => Said::Optional,
        "unsaid" => Said::Unsaid,
        "observed" => Said::Observed,
        other => panic!("nothing is said by {other}"),
    };
    SchemaField { name, documented_name, kind: read_kind(kind), also: Vec::new(), said, class }
}

fn read_kind(text: &'static str) -> Kind {
    match text {
        "text" => Kind::Text,
        "integer" => Kind::Integer,
        "boolean" => Kind::Boolean,
        "time" => Kind::Time,
        "guid" => Kind::Guid,
        "any" => Kind::Any,
        _ => match (text.strip_prefix("list of "), text.split_once(' ')) {
            (Some(item), _) => Kind::List(Box::new(read_kind(item))),
            (None, Some(("enum", name))) => Kind::Enum(name),
            (None, Some(("complex", name))) => Kind::Complex(name),
            _ => panic!("no kind {text}"),
        },
    }
}

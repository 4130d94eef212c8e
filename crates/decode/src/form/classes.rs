//! What kind of act is an operation?
//!
//! `data/form/classes.tsv` gives each operation its ECS categories and types and its OCSF class and
//! activity. The first line that fits counts, so the lines by verb stand last.

use std::sync::LazyLock;

use event::{Event, Field, resolve};

use super::kind::Kind;
use super::quick::Table;
use super::rules::lines;

/// What one line of the table says.
pub struct Class {
    whom: Vec<Whom>,
    operation: Pattern,
    /// ECS event.category, possibly empty.
    pub category: Vec<&'static str>,
    /// ECS event.type.
    pub types: Vec<&'static str>,
    /// ECS event.kind.
    pub kind: &'static str,
    /// OCSF class_uid and activity_id.
    pub class_uid: i64,
    pub activity_id: i64,
}

#[derive(PartialEq)]
enum Whom {
    Everyone,
    Type(i64),
    Family(&'static str),
    /// A category of a directory audit; `*` for any.
    Category(&'static str),
}

enum Pattern {
    Any,
    Exact(String),
    Begins(String),
    Ends(String),
}

struct Classes {
    lines: Vec<Class>,
    /// The places of the lines of one operation, by its folded name.
    exact: Table<String, Vec<usize>>,
    /// The places of the lines with a pattern.
    patterns: Vec<usize>,
    /// The lines by category of a directory audit.
    categories: Vec<Class>,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let mut classes = Classes {
        lines: Vec::new(),
        exact: Table::default(),
        patterns: Vec::new(),
        categories: Vec::new(),
    };
    for line in lines(include_str!("../../data/form/classes.tsv")) {
        let class = Class::read(line);
        if matches!(class.whom[..], [Whom::Category(_)]) {
            classes.categories.push(class);
            continue;
        }
        let at = classes.lines.len();
        match &class.operation {
            Pattern::Exact(name) => classes.exact.entry(name.clone()).or_default().push(at),
            _ => classes.patterns.push(at),
        }
        classes.lines.push(class);
    }
    classes
});

/// The line for an event. There is one for every event, since the last line fits all.
pub fn of(event: &Event, kind: Kind) -> &'static Class {
    let operation = folded(event.text(Field::Operation).unwrap_or(""));
    let family = match kind {
        Kind::Family(name) => name,
        Kind::Audit(_) => "",
    };
    let typed = event.int(Field::RecordType);
    let numbers = match typed.as_slice() {
        [] => like(family, event),
        typed => typed,
    };
    let named = |class: &Class| {
        class.whom.iter().any(|whom| match whom {
            Whom::Type(id) => numbers.contains(id),
            Whom::Family(name) => *name == family,
            Whom::Everyone | Whom::Category(_) => false,
        })
    };
    if let Some((category, activity)) = directory_audit(event, kind) {
        let by_operation = CLASSES
            .find(&operation, |class| named(class) && !matches!(class.operation, Pattern::Any));
        return by_operation
            .or_else(|| CLASSES.by_category(&category, &activity))
            .unwrap_or_else(last);
    }
    CLASSES
        .find(&operation, |class| class.whom.contains(&Whom::Everyone) || named(class))
        .unwrap_or_else(last)
}

/// Other words for events that the audit log writes as well: its record types.
fn like(family: &str, event: &Event) -> &'static [i64] {
    match family {
        "Exchange mailbox audit log" => &[2, 3, 50],
        "Exchange admin audit log" => &[1],
        "Entra diagnostic settings" => match category_of(event) {
            category if category.contains("SignIn") => &[9],
            category if category.contains("Risk") => &[294],
            category if category.eq_ignore_ascii_case("AuditLogs") => &[8],
            _ => &[],
        },
        _ => &[],
    }
}

/// Category and operationType of a directory audit, in Graph's words or in the envelope's.
fn directory_audit(event: &Event, kind: Kind) -> Option<(String, String)> {
    let (category, activity) = match kind {
        Kind::Family("Graph directory audit") => ("category", "operationType"),
        Kind::Family("Entra diagnostic settings")
            if category_of(event).eq_ignore_ascii_case("AuditLogs") =>
        {
            ("properties.category", "properties.operationType")
        }
        _ => return None,
    };
    Some((text_at(event, category), text_at(event, activity)))
}

/// The category of a record in the envelope of the diagnostic settings.
pub fn category_of(event: &Event) -> String {
    text_at(event, "category")
}

fn text_at(event: &Event, path: &str) -> String {
    let mut text = String::new();
    resolve(&event.body, path, &mut |value| {
        text = value.as_text().unwrap_or_default().into_owned();
        true
    });
    text
}

impl Classes {
    fn find(&self, operation: &str, fits: impl Fn(&Class) -> bool) -> Option<&Class> {
        let exact = self.exact.get(operation).into_iter().flatten();
        let exact = exact.copied().find(|at| fits(&self.lines[*at]));
        // A pattern that stands behind the exact line cannot come first.
        let before = |at: &usize| exact.is_none_or(|exact| *at < exact);
        let mut patterns = self.patterns.iter().copied().take_while(before);
        let pattern = patterns.find(|at| {
            let line = &self.lines[*at];
            line.operation.fits(operation) && fits(line)
        });
        let first = match (exact, pattern) {
            (Some(exact), Some(pattern)) => exact.min(pattern),
            (exact, pattern) => exact.or(pattern)?,
        };
        Some(&self.lines[first])
    }

    fn by_category(&self, category: &str, activity: &str) -> Option<&Class> {
        let activity = folded(activity);
        self.categories.iter().find(|class| {
            let fits = |whom: &Whom| matches!(whom, Whom::Category(name) if *name == "*" || category.eq_ignore_ascii_case(name));
            class.whom.iter().any(fits) && class.operation.fits(&activity)
        })
    }
}

fn last() -> &'static Class {
    CLASSES.lines.last().expect("a line that fits all")
}

impl Class {
    fn read(line: &'static str) -> Class {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [whom, operation, category, types, kind, class_uid, activity_id] = cells[..] else {
            panic!("seven columns: {line}");
        };
        let words = |text: &'static str| -> Vec<&'static str> {
            text.split(',').filter(|word| !word.is_empty()).collect()
        };
        Class {
            whom: whom.split(',').map(Whom::read).collect(),
            operation: Pattern::read(operation),
            category: words(category),
            types: words(types),
            kind: if kind.is_empty() { "event" } else { kind },
            class_uid: class_uid.parse().expect("a class_uid"),
            activity_id: activity_id.parse().expect("an activity_id"),
        }
    }
}

impl Whom {
    fn read(name: &'static str) -> Whom {
        match (name, name.strip_prefix("category:"), name.parse()) {
            ("*", ..) => Whom::Everyone,
            (_, Some(category), _) => Whom::Category(category),
            (.., Ok(id)) => Whom::Type(id),
            _ => Whom::Family(name),
        }
    }
}

impl Pattern {
    fn read(operation: &str) -> Pattern {
        match (operation.strip_prefix('*'), operation.strip_suffix('*')) {
            (Some(""), _) => Pattern::Any,
            (Some(end), _) => Pattern::Ends(folded(end)),
            (_, Some(begin)) => Pattern::Begins(folded(begin)),
            _ => Pattern::Exact(folded(operation)),
        }
    }

    fn fits(&self, operation: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Exact(name) => operation == name,
            Pattern::Begins(begin) => operation.starts_with(begin.as_str()),
            Pattern::Ends(end) => operation.ends_with(end.as_str()),
        }
    }
}

/// Lower case, every dash the same, no blank or full stop at the end: services differ in these.
fn folded(operation: &str) -> String {
    let operation = operation.trim_end().trim_end_matches('.').trim_end();
    if operation.is_ascii() {
        return operation.to_ascii_lowercase();
    }
    operation
        .chars()
        .map(|c| if matches!(c, '\u{2010}'..='\u{2015}') { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        for (record_type, operation, class_uid, activity_id) in [
            (8, "Add user.", 3007, 1),
            (8, "add user", 3007, 1),
            (8, "Update application \u{2013} Certificates and secrets management ", 3004, 3),
            (8, "Something else", 3004, 99),
            (6, "FileDownloaded", 6006, 2),
            (6, "FileSomethingDeleted", 6003, 4),
            (1, "New-InboxRule", 6003, 1),
            (2, "New-InboxRule", 6003, 1),
            (36, "ListViewed", 6001, 2),
            (9999, "PurgedData", 6003, 4),
            (9999, "Nonsense", 6003, 99),
        ] {
            let key = event::Key { id: 0, content: 0 };
            let mut event = Event::new(key, b"", event::Value::Null);
            event.set(Field::RecordType, event::Cell::Int(record_type));
            event.set_text(Field::Operation, operation);
            let class = of(&event, Kind::Audit(record_type));
            assert_eq!(
                (class.class_uid, class.activity_id),
                (class_uid, activity_id),
                "{operation}"
            );
        }
    }
}

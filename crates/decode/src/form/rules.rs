//! Which member of a record goes to which field of a document?
//!
//! A table of rules is a file under `data/form/`, read once: who it is for, source, target, how and
//! when, with a tab between. A source is a member or a path beneath it (through lists, lists of
//! name and value and JSON in texts, as [`event::resolve`] goes), a column (`@UserId`) or a text
//! (`=Microsoft`). The first rule with something to say fills a field. The words of *how*:
//!
//! - `each`: every value, not only the first; one value stands alone unless the field is a list
//! - `move`: where the value arrives as it was sent, the member is not kept a second time
//! - `lower`, `strip` (angle brackets), `name` (behind the last slash), `host` (of a URL),
//!   `user` and `domain` (the two sides of an @), `tag:NAME` (between `<NAME>` and `</NAME>`),
//!   `pairs` (a list of names and values as an object)
//! - `code:TABLE`: the code that a table of `codes.tsv` gives the text, and nothing for other texts
//!
//! *When* names a condition: `EntityType=User`, `@Operation=Send*`, `ObjectId~@` (holds it) or
//! `!Member` (is missing).

use std::sync::LazyLock;

use event::{Cell, Event, Field, Value, resolve, time};
use serde_json::Value as Json;

use super::convert::{Object, Type, coerce, date_millis, entry, is_missing, text_of};
use super::kind::Kind;
use super::lists;
use super::quick::Table;

/// The rules of one schema.
pub struct Rules {
    rules: Vec<Rule>,
    /// The first names of all sources, in lower case.
    names: Table<Vec<u8>, usize>,
    /// Which rules a kind follows; kinds that no rule names follow the last two.
    by_kind: Table<Kind, Vec<u16>>,
    audit: Vec<u16>,
    other: Vec<u16>,
}

pub struct Rule {
    for_whom: &'static str,
    from: From,
    pub target: Target,
    each: bool,
    moved: bool,
    edit: Edit,
    when: Option<When>,
}

enum From {
    Member { name: usize, path: &'static str },
    Column(Field),
    Constant(&'static str),
}

/// A field of a document: its path, and what it may hold.
pub struct Target {
    steps: Vec<Step>,
    kind: Type,
    /// Does the schema expect a list?
    list: bool,
}

/// One name of a path; `name[]` means the first element of a list.
struct Step {
    name: &'static str,
    element: bool,
}

enum Edit {
    None,
    Lower,
    Strip,
    Name,
    Host,
    User,
    Domain,
    Pairs,
    Tag(&'static str),
    Code(&'static str),
}

struct When {
    from: From,
    test: Test,
}

enum Test {
    Is(&'static str),
    Begins(&'static str),
    Holds(&'static str),
    Missing,
}

/// The members of one record that rules name, and which of them arrived whole.
pub struct Located<'v, 'a> {
    found: Vec<Option<&'v Value<'a>>>,
    moved: Vec<&'v Value<'a>>,
}

impl Rules {
    /// Reads a table; `kind_of` tells type and listness of a field. An unknown field is a slip in
    /// our own file.
    pub fn read(file: &'static str, kind_of: &dyn Fn(&str) -> Option<(Type, bool)>) -> Rules {
        let mut rules = Rules {
            rules: Vec::new(),
            names: Table::default(),
            by_kind: Table::default(),
            audit: Vec::new(),
            other: Vec::new(),
        };
        for line in lines(file) {
            let rule = rules.rule(line, kind_of);
            rules.rules.push(rule);
        }
        rules.group();
        rules
    }

    fn rule(&mut self, line: &'static str, kind_of: &dyn Fn(&str) -> Option<(Type, bool)>) -> Rule {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (for_whom, source, path, how, when) = (cell(), cell(), cell(), cell(), cell());
        let (kind, list) = kind_of(path).unwrap_or_else(|| panic!("an unknown field: {line}"));
        let mut rule = Rule {
            for_whom,
            from: self.from(source),
            target: Target { steps: steps(path), kind, list },
            each: false,
            moved: false,
            edit: Edit::None,
            when: (!when.is_empty()).then(|| self.when(when)),
        };
        for word in how.split_ascii_whitespace() {
            match word {
                "each" => rule.each = true,
                "move" => rule.moved = true,
                "lower" => rule.edit = Edit::Lower,
                "strip" => rule.edit = Edit::Strip,
                "name" => rule.edit = Edit::Name,
                "host" => rule.edit = Edit::Host,
                "user" => rule.edit = Edit::User,
                "domain" => rule.edit = Edit::Domain,
                "pairs" => rule.edit = Edit::Pairs,
                _ => {
                    rule.edit = match word.split_once(':') {
                        Some(("code", table)) => Edit::Code(table),
                        Some(("tag", name)) => Edit::Tag(name),
                        _ => panic!("an unknown word: {line}"),
                    };
                }
            }
        }
        rule
    }

    fn from(&mut self, source: &'static str) -> From {
        if let Some(text) = source.strip_prefix('=') {
            return From::Constant(text);
        }
        if let Some(name) = source.strip_prefix('@') {
            return From::Column(Field::named(name).unwrap_or_else(|| panic!("no column {name}")));
        }
        let (name, path) = source.split_once('.').unwrap_or((source, ""));
        let next = self.names.len();
        let name = *self.names.entry(name.as_bytes().to_ascii_lowercase()).or_insert(next);
        From::Member { name, path }
    }

    fn when(&mut self, when: &'static str) -> When {
        if let Some(name) = when.strip_prefix('!') {
            return When { from: self.from(name), test: Test::Missing };
        }
        if let Some((name, part)) = when.split_once('~') {
            return When { from: self.from(name), test: Test::Holds(part) };
        }
        let (name, text) = when.split_once('=').expect("a condition");
        let test = match text.strip_suffix('*') {
            Some(begin) => Test::Begins(begin),
            None => Test::Is(text),
        };
        When { from: self.from(name), test }
    }

    fn group(&mut self) {
        let fitting = |kind: Kind| -> Vec<u16> {
            let numbered = (0u16..).zip(&self.rules);
            numbered.filter(|(_, rule)| kind.is_among(rule.for_whom)).map(|(at, _)| at).collect()
        };
        let named = self.rules.iter().flat_map(|rule| rule.for_whom.split(','));
        let mut by_kind = Table::default();
        for name in named {
            let kind = match name.parse() {
                Ok(id) => Kind::Audit(id),
                Err(_) if matches!(name, "*" | "audit") => continue,
                Err(_) => Kind::Family(name),
            };
            by_kind.entry(kind).or_insert_with(|| fitting(kind));
        }
        self.audit = fitting(Kind::Audit(-1));
        self.other = fitting(Kind::Family(""));
        self.by_kind = by_kind;
    }

    /// Looks up each member of a record once.
    pub fn locate<'v, 'a>(&self, body: &'v Value<'a>) -> Located<'v, 'a> {
        let mut found = vec![None; self.names.len()];
        if let Value::Object(members) = body {
            for (key, value) in members {
                if let Some(name) = self.name(key) {
                    // Of two members of one name the first counts, as everywhere.
                    found[name].get_or_insert(value);
                }
            }
        }
        Located { moved: Vec::new(), found }
    }

    fn name(&self, key: &str) -> Option<usize> {
        let mut lower = [0u8; 64];
        let lower = lower.get_mut(..key.len())?;
        lower.copy_from_slice(key.as_bytes());
        lower.make_ascii_lowercase();
        self.names.get(&*lower).copied()
    }

    fn following(&self, kind: Kind) -> &[u16] {
        let rest = if kind.is_audit() { &self.audit } else { &self.other };
        self.by_kind.get(&kind).unwrap_or(rest)
    }

    /// Fills a document by the rules of a kind, those whose target passes.
    pub fn fill(
        &self,
        kind: Kind,
        event: &Event,
        located: &mut Located,
        document: &mut Object,
        pass: &dyn Fn(&Target) -> bool,
    ) {
        for at in self.following(kind) {
            let rule = &self.rules[usize::from(*at)];
            if located.has(&rule.from, event) && pass(&rule.target) {
                rule.apply(event, located, document);
            }
        }
    }
}

impl Located<'_, '_> {
    /// Did this member arrive whole, so that it need not be kept a second time? A second member of
    /// the same name has not.
    pub fn is_moved(&self, value: &Value) -> bool {
        self.moved.iter().any(|moved| std::ptr::eq(*moved, value))
    }

    fn has(&self, from: &From, event: &Event) -> bool {
        match from {
            From::Member { name, .. } => self.found[*name].is_some(),
            From::Column(field) => event.cell(*field).is_some(),
            From::Constant(_) => true,
        }
    }

    /// Visits the values of a source that say something, until `visit` answers true.
    fn visit(&self, from: &From, event: &Event, visit: &mut dyn FnMut(&Value) -> bool) {
        match from {
            From::Constant(text) => {
                visit(&Value::Text((*text).into()));
            }
            From::Column(field) => {
                let value = match event.cell(*field) {
                    Some(Cell::Text(text)) => Value::Text(text.as_ref().into()),
                    Some(Cell::Int(value)) => Value::Number(event::Number::Int(*value)),
                    Some(Cell::Time(micros)) => Value::Text(time::iso_text(*micros).into()),
                    None => return,
                };
                if !is_missing(&value) {
                    visit(&value);
                }
            }
            From::Member { name, path } => {
                let Some(value) = self.found[*name] else { return };
                if path.is_empty() {
                    visit_items(value, visit);
                } else {
                    resolve(value, path, &mut |value| visit_items(value, visit));
                }
            }
        }
    }
}

/// A path that ends at a list means its items.
fn visit_items(value: &Value, visit: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| visit_items(item, visit)),
        value if is_missing(value) => false,
        value => visit(value),
    }
}

impl Rule {
    fn apply(&self, event: &Event, located: &mut Located, document: &mut Object) {
        let filled = self.target.is_filled(document);
        if (filled && !self.each) || !self.when.as_ref().is_none_or(|w| w.holds(event, located)) {
            return self.note_repeated(located, document);
        }
        if let (Edit::Pairs, From::Member { name, path: "" }) = (&self.edit, &self.from) {
            if let Some(list @ Value::List(_)) = located.found[*name]
                && self.target.put(document, lists::pairs(list))
                && self.moved
            {
                located.moved.push(list);
            }
            return;
        }
        if let From::Column(field) = self.from
            && let Some(micros) = event.time(field)
        {
            // Read already: neither written out nor read again.
            let json = match self.target.kind {
                Type::Millis => Json::from(micros.div_euclid(1000)),
                Type::DateMillis => Json::from(date_millis(micros)),
                _ => Json::from(time::iso_text(micros)),
            };
            self.target.put(document, json);
            return;
        }
        let mut placed = None;
        located.visit(&self.from, event, &mut |value| {
            let Some(json) = self.value(value) else { return false };
            let whole = self.moved && is_same(value, &json);
            let done = match self.each {
                true => self.target.add(document, json),
                false => self.target.put(document, json),
            };
            if done {
                placed = Some(whole && placed != Some(false));
            }
            done && !self.each
        });
        if let From::Member { name, path: "" } = self.from
            && self.moved
            && placed == Some(true)
            && let Some(value) = located.found[name]
            && !matches!(value, Value::List(_))
        {
            located.moved.push(value);
        }
    }

    /// A member whose field was filled with the same text by a rule before has arrived as well.
    fn note_repeated(&self, located: &mut Located, document: &Object) {
        if let From::Member { name, path: "" } = self.from
            && self.moved
            && let Some(sent) = located.found[name]
            && self.target.get(document).is_some_and(|told| is_same(sent, told))
        {
            located.moved.push(sent);
        }
    }

    fn value(&self, value: &Value) -> Option<Json> {
        let edited = match self.edit {
            Edit::None | Edit::Pairs => return coerce(self.target.kind, value),
            _ => self.edit.of(&value.as_text()?)?,
        };
        coerce(self.target.kind, &Value::Text(edited.into()))
    }
}

impl Edit {
    fn of(&self, text: &str) -> Option<String> {
        let edited = match self {
            Edit::None | Edit::Pairs => text,
            Edit::Lower => return Some(text.to_lowercase()),
            Edit::Strip => text.trim().trim_start_matches('<').trim_end_matches('>'),
            Edit::Name => text.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next()?,
            Edit::Host => text.split_once("://")?.1.split(['/', '?', '#', ':']).next()?,
            Edit::User => text.split_once('@')?.0,
            Edit::Domain => text.rsplit_once('@')?.1,
            Edit::Tag(name) => {
                let (_, rest) = text.split_once(&format!("<{name}>"))?;
                rest.split_once(&format!("</{name}>"))?.0
            }
            Edit::Code(table) => code(table, text)?,
        };
        (!edited.is_empty()).then(|| edited.to_owned())
    }
}

impl When {
    fn holds(&self, event: &Event, located: &Located) -> bool {
        let mut held = false;
        let mut any = false;
        located.visit(&self.from, event, &mut |value| {
            any = true;
            let Some(text) = value.as_text() else { return false };
            held = match self.test {
                Test::Is(word) => text.eq_ignore_ascii_case(word),
                Test::Begins(word) => {
                    text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
                }
                Test::Holds(part) => text.contains(part),
                Test::Missing => true,
            };
            held
        });
        match self.test {
            Test::Missing => !any,
            _ => held,
        }
    }
}

fn steps(path: &'static str) -> Vec<Step> {
    let step = |name: &'static str| match name.strip_suffix("[]") {
        Some(name) => Step { name, element: true },
        None => Step { name, element: false },
    };
    path.split('.').map(step).collect()
}

impl Target {
    /// The name of the outermost field.
    pub fn root(&self) -> &'static str {
        self.steps[0].name
    }

    fn get<'d>(&self, document: &'d Object) -> Option<&'d Json> {
        let (last, above) = self.steps.split_last()?;
        let mut object = document;
        for step in above {
            object = match object.get(step.name)? {
                Json::Object(object) => object,
                Json::Array(items) => items.first()?.as_object()?,
                _ => return None,
            };
        }
        object.get(last.name)
    }

    fn is_filled(&self, document: &Object) -> bool {
        self.get(document).is_some()
    }

    fn put(&self, document: &mut Object, value: Json) -> bool {
        let list = self.list && !value.is_array();
        self.at(document, |place| {
            *place = if list { Json::Array(vec![value]) } else { value };
        })
    }

    fn add(&self, document: &mut Object, value: Json) -> bool {
        self.at(document, |place| append(place, value, self.list))
    }

    fn at(&self, document: &mut Object, set: impl FnOnce(&mut Json)) -> bool {
        let Some((last, above)) = self.steps.split_last() else { return false };
        let mut object = document;
        for step in above {
            let place = entry(object, step.name, || match step.element {
                true => Json::Array(vec![Json::Object(Object::new())]),
                false => Json::Object(Object::new()),
            });
            let inner = match place {
                Json::Array(items) => items.first_mut(),
                place => Some(place),
            };
            match inner {
                Some(Json::Object(inner)) => object = inner,
                _ => return false,
            }
        }
        set(entry(object, last.name, || Json::Null));
        true
    }
}

/// Does a field say what was sent, but for the type?
fn is_same(sent: &Value, told: &Json) -> bool {
    match (sent, told) {
        (Value::Text(sent), Json::String(told)) => *sent == told.as_str(),
        _ => sent.as_text().is_some_and(|sent| text_of(told).as_deref() == Some(&sent)),
    }
}

/// Adds a value to what stands in a field, unless it stands there already.
pub fn append(place: &mut Json, value: Json, list: bool) {
    match place {
        Json::Null if list => *place = Json::Array(vec![value]),
        Json::Null => *place = value,
        Json::Array(items) if items.contains(&value) => {}
        Json::Array(items) => items.push(value),
        first if *first == value => {}
        _ => {
            let first = place.take();
            *place = Json::Array(vec![first, value]);
        }
    }
}

/// The code of a text in a table of `codes.tsv`, compared without case.
pub fn code(table: &str, text: &str) -> Option<&'static str> {
    let (_, codes) = CODES.iter().find(|(name, _)| *name == table)?;
    codes
        .iter()
        .find(|(from, _)| match from.strip_suffix('*') {
            Some(begin) => {
                text.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin))
            }
            None => from.eq_ignore_ascii_case(text.trim()),
        })
        .map(|(_, to)| *to)
}

type Codes = Vec<(&'static str, &'static str)>;

static CODES: LazyLock<Vec<(&'static str, Codes)>> = LazyLock::new(|| {
    let mut tables: Vec<(&'static str, Codes)> = Vec::new();
    for line in lines(include_str!("../../data/form/codes.tsv")) {
        let mut cells = line.split('\t');
        let (Some(table), Some(from), Some(to)) = (cells.next(), cells.next(), cells.next()) else {
            panic!("table<TAB>text<TAB>code: {line}");
        };
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, codes)) => codes.push((from, to)),
            None => tables.push((table, vec![(from, to)])),
        }
    }
    tables
});

/// The lines of a data file that are no comment.
pub fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

//! What happened to this document?
//!
//! A document that was renamed or moved goes on under another name, so a pass follows for each name
//! it came from or went to.

use std::collections::{HashSet, VecDeque};

use event::{Event, Field, Filter, Key, Pattern, fold};

use super::file_act::FileAct;
use super::filter::{among, any, is, like, not, path};
use super::inside::whence;
use super::layout::{at, cell, cut, figure, or_nobody, shown};
use super::seen::Seen;
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use super::told;
use crate::{Answer, Ask, Cell, Kind, Parameter, Question, Table};

pub static KIND: Kind = Kind {
    name: "document-history",
    title: "History of a document",
    about: "Every act on a document, under each name it had: who opened, downloaded, changed, shared, moved and deleted it.",
    parameters: &[Parameter::Document],
    required: &[Parameter::Document],
    open: |ask| Ok(Box::new(DocumentHistory::new(ask))),
};

/// Names that are followed, each a pass over the store.
const NAMES_FOLLOWED_MAX: usize = 16;
/// ComplianceDLPSharePoint, its classification, and the end point's.
const DLP: [&str; 4] = ["11", "33", "63", "99"];
const MOVES: [&str; 2] = ["File*Renamed*", "File*Moved*"];

struct DocumentHistory {
    ask: Ask,
    asked: Vec<Pattern>,
    waiting: VecDeque<Filter>,
    /// Names that were followed, folded.
    followed: HashSet<String>,
    not_followed: u64,
    taken: HashSet<Key>,
    left_out: u64,
    rows: Vec<(i64, Key, Vec<Cell>)>,
    timeline: Timeline,
    people: Named<Person>,
    documents: Named<Seen>,
    renamed: Tally,
}

#[derive(Default)]
struct Person {
    seen: Seen,
    acts: [u64; FileAct::ALL.len()],
}

const COLUMNS: &[&str] = &[
    "CreationTime",
    "UserId",
    "Act",
    "Operation",
    "Document",
    "Detail",
    "ClientAddress",
    "From",
    "UserAgent",
    "Outcome",
];

impl DocumentHistory {
    fn new(ask: &Ask) -> DocumentHistory {
        let document = ask.document.as_deref().unwrap_or_default().trim();
        // A browser writes blanks as %20, records as they are.
        let mut names = vec![document.to_owned()];
        if document.contains("%20") {
            names.push(document.replace("%20", " "));
        }
        let first = any(names.iter().map(|name| named(name)));
        DocumentHistory {
            asked: names.iter().map(|name| Pattern::wildcard(&whole(name))).collect(),
            waiting: VecDeque::from([first]),
            followed: HashSet::new(),
            not_followed: 0,
            taken: HashSet::new(),
            left_out: 0,
            rows: Vec::new(),
            timeline: Timeline::new(ask),
            people: Named::default(),
            documents: Named::default(),
            renamed: Tally::default(),
            ask: ask.clone(),
        }
    }

    /// Was this document asked for, or come upon?
    fn is_ours(&self, url: &str) -> bool {
        let name = url.rsplit('/').next().unwrap_or(url);
        self.followed.contains(&fold(url))
            || self.asked.iter().any(|asked| asked.matches(url) || asked.matches(name))
    }

    /// The other name of a document that was renamed or moved, from or until that time.
    fn follow(&mut self, url: &str, from: Option<i64>, to: Option<i64>) {
        if self.is_ours(url) {
            return;
        }
        if self.followed.len() >= NAMES_FOLLOWED_MAX {
            self.not_followed += 1;
            return;
        }
        self.followed.insert(fold(url));
        self.waiting.push_back(Filter::all([Filter::between(from, to), known(url)]));
    }

    fn row(&mut self, event: &Event, act: FileAct, document: &str, detail: &str) {
        if self.rows.len() >= Table::ROWS_MAX {
            self.left_out += 1;
            return;
        }
        let address = event.text(Field::ClientAddress);
        let cells = vec![
            at(event),
            shown(event, Field::UserId),
            cell(act.name()),
            shown(event, Field::Operation),
            cell(document),
            cell(detail),
            shown(event, Field::ClientAddress),
            address.map_or(Cell::Empty, |address| whence(&self.ask, address)),
            shown(event, Field::UserAgent),
            shown(event, Field::Outcome),
        ];
        let time = event.time(Field::CreationTime).unwrap_or(i64::MIN);
        self.rows.push((time, event.key, cells));
    }
}

/// The pattern that a whole URL has to fit: an address, a path's end, or a name.
fn whole(document: &str) -> String {
    match document.contains("://") || document.starts_with('*') {
        true => document.to_owned(),
        false => format!("*/{}", document.trim_start_matches('/')),
    }
}

/// What is about a document so called, and what gave a document that name.
fn named(document: &str) -> Filter {
    let whole = whole(document);
    let name = document.rsplit('/').next().unwrap_or(document);
    let mut filters = vec![
        like(Field::ObjectId, &whole),
        dlp(path("SharePointMetaData.FilePathUrl", &whole)),
        moved_to(name),
    ];
    if !document.contains('/') {
        // Subjects of mails are in the same column.
        let mail = like(Field::Workload, "Exchange");
        filters.push(Filter::all([like(Field::ItemName, document), not(mail)]));
    }
    any(filters)
}

/// What is about the document with this very URL, and what gave it that URL.
fn known(url: &str) -> Filter {
    let literal = |text: &str| Pattern::exact(text).source().to_owned();
    let name = url.rsplit('/').next().unwrap_or(url);
    any([
        is(Field::ObjectId, url),
        dlp(path("SharePointMetaData.FilePathUrl", &literal(url))),
        moved_to(&literal(name)),
    ])
}

fn moved_to(name: &str) -> Filter {
    Filter::all([among(Field::Operation, &MOVES), path("DestinationFileName", name)])
}

fn dlp(filter: Filter) -> Filter {
    Filter::all([among(Field::RecordType, &DLP), filter])
}

/// The URL that a document got.
fn destination(event: &Event) -> Option<String> {
    let name = told::text(&event.body, &["DestinationFileName"])?;
    let folder = told::text(&event.body, &["DestinationRelativeUrl"]).unwrap_or_default();
    let folder = folder.trim_matches('/');
    let site = event.text(Field::SiteUrl).unwrap_or("").trim_end_matches('/');
    Some(match folder {
        _ if folder.contains("://") => format!("{folder}/{name}"),
        "" => format!("{site}/{name}"),
        _ => format!("{site}/{folder}/{name}"),
    })
}

impl Question for DocumentHistory {
    fn next(&mut self) -> Option<Filter> {
        self.waiting.pop_front()
    }

    fn take(&mut self, event: &Event) {
        let operation = event.text(Field::Operation).unwrap_or("");
        let act = match DLP.iter().any(|it| event.int(Field::RecordType) == it.parse().ok()) {
            true => FileAct::Matched,
            false => FileAct::of(operation),
        };
        let url = told::text(&event.body, &["SharePointMetaData.FilePathUrl"])
            .or_else(|| event.text(Field::ObjectId).map(cut))
            .unwrap_or_default();
        let new = destination(event).filter(|_| act == FileAct::Moved);
        if let Some(new) = &new
            && !self.is_ours(&url)
            && !self.is_ours(new)
        {
            // Another document got the same name elsewhere.
            return;
        }
        // A document is met again under its other name; a limit holds for the keys as for the rows.
        if self.taken.len() < Table::ROWS_MAX && !self.taken.insert(event.key) {
            return;
        }
        if let Some(new) = &new
            && !operation.contains("Copied")
        {
            let time = event.time(Field::CreationTime);
            self.renamed.add(&format!("{url} → {new}"));
            match self.is_ours(&url) {
                true => self.follow(new, time, None),
                false => self.follow(&url, None, time),
            }
        }
        if let Some(person) = self.people.entry(or_nobody(event.text(Field::UserId))) {
            person.seen.add(event);
            person.acts[act as usize] += 1;
        }
        if let Some(seen) = self.documents.entry(or_nobody(Some(&url))) {
            seen.add(event);
        }
        self.timeline.add(event, act.name());
        let detail = detail(event, act, new.as_deref());
        self.row(event, act, &url, &detail);
    }

    fn answer(mut self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let act = |act: FileAct| self.people.iter().map(|(_, it)| it.acts[act as usize]).sum();
        answer.figures(vec![
            figure("Events", self.rows.len() as u64 + self.left_out),
            figure("People", self.people.len() as u64),
            figure("Viewed", act(FileAct::Viewed)),
            figure("Downloaded", act(FileAct::Downloaded)),
            figure("Changed", act(FileAct::Changed)),
            figure("Shared", act(FileAct::Shared)),
            figure("Moved or renamed", act(FileAct::Moved)),
            figure("Deleted", act(FileAct::Deleted)),
        ]);
        answer.chart(self.timeline.chart("Acts over time"));
        answer.table(people(&self.people));
        answer.table(documents(&self.documents));
        answer.table(history(std::mem::take(&mut self.rows), self.left_out));
        answer.note(self.people.note("people"));
        answer.note(self.documents.note("documents"));
        if self.documents.len() > 1 {
            answer.note(Some(format!(
                "{} URLs fit: compare their list before you take them for one document.",
                self.documents.len()
            )));
        }
        answer.note(
            (self.renamed.len() > 0)
                .then(|| format!("Renamed or moved: {}.", self.renamed.line(8))),
        );
        answer.note((self.not_followed > 0).then(|| {
            format!("{} further names were not followed: ask for each.", self.not_followed)
        }));
        answer.note(Some(
            "Names are followed where a document was renamed or moved itself, not where a folder above it was."
                .to_owned(),
        ));
        answer
    }
}

/// To whom it was shared, where it went, or which rule it matched.
fn detail(event: &Event, act: FileAct, new: Option<&str>) -> String {
    let text = |path| told::text(&event.body, &[path]).unwrap_or_default();
    match act {
        FileAct::Moved => new.map(|new| format!("→ {new}")).unwrap_or_default(),
        FileAct::Shared => {
            let target = told::text(&event.body, &["TargetUserOrGroupName", "UserSharedWith"]);
            let kind = told::text(&event.body, &["TargetUserOrGroupType"]);
            match (target, kind) {
                (Some(target), Some(kind)) => format!("with {target} ({kind})"),
                (Some(target), None) => format!("with {target}"),
                _ => String::new(),
            }
        }
        FileAct::Matched => {
            format!(
                "{}: {}",
                text("PolicyDetails.PolicyName"),
                text("PolicyDetails.Rules.RuleName")
            )
        }
        _ => String::new(),
    }
}

fn people(list: &Named<Person>) -> Table {
    let acts = FileAct::ALL.map(FileAct::name);
    let columns: Vec<&'static str> =
        ["UserId"].into_iter().chain(acts).chain(["Events", "First", "Last"]).collect();
    let mut table = Table::new("people", "People", &columns);
    for (name, person) in list.sorted_by(|person| person.seen.events) {
        let counts = person.acts.iter().map(|count| Cell::Count(*count));
        let cells = [cell(name)].into_iter().chain(counts).chain(person.seen.cells());
        table.push(None, cells.collect());
    }
    table
}

fn documents(list: &Named<Seen>) -> Table {
    let mut table = Table::new("documents", "Names met", &["Document", "Events", "First", "Last"]);
    let mut sorted = list.sorted_by(|seen| seen.events);
    sorted.sort_by_key(|(_, seen)| seen.first);
    for (name, seen) in sorted {
        table.push(None, [cell(name)].into_iter().chain(seen.cells()).collect());
    }
    table
}

/// The passes one after the other, in the order of time.
fn history(mut rows: Vec<(i64, Key, Vec<Cell>)>, left_out: u64) -> Table {
    rows.sort_by_key(|(time, _, _)| *time);
    let mut table = Table::new("history", "History", COLUMNS);
    for (_, key, cells) in rows {
        table.push(Some(key), cells);
    }
    table.left_out = left_out;
    table
}

//! Which applications were let in, and who got power?
//!
//! Consents, secrets of applications, roles of the directory and of Exchange, and the two settings
//! that decide how everybody signs in: federation and conditional access.

mod change;
mod read;
#[cfg(test)]
mod tests;

use event::{Event, Field, Filter};

use change::Change;

use super::bounded::{Each, Words};
use super::layout::{alarm, figure, when, words, yes};
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Cell, Parameter, Section, Table};

pub static KIND: Kind = Kind {
    name: "consents-and-roles",
    title: "Consents, credentials and roles",
    about: "Applications that were let in with their permissions, secrets that were added, and who got or lost which role.",
    parameters: &[Parameter::User],
    required: &[],
    open,
};

const APPLICATIONS_MAX: usize = 10_000;
/// Where the application stands in the table of consents.
const APPLICATION: usize = 3;

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    let patterns = change::patterns();
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let user = ask.user.as_deref().map_or(Filter::All, |user| {
        // Somebody's own acts, and what was done to him.
        Filter::Or(vec![
            filter::among(Field::UserId, &[user]),
            filter::among(Field::ObjectId, &[user]),
        ])
    });
    let table = |name, title: &str, middle: &[&'static str]| {
        let columns: Vec<&'static str> = ["CreationTime", "Operation", "UserId"]
            .into_iter()
            .chain(middle.iter().copied())
            .chain(["ClientAddress", "Outcome"])
            .collect();
        Table::new(name, title, &columns)
    };
    Ok(Box::new(ConsentsAndRoles {
        filter: Some(Filter::all([filter::among(Field::Operation, &patterns), user])),
        consents: table(
            "consents",
            "Consents and grants",
            &["Application", "By", "Risky", "Permissions"],
        ),
        credentials: table(
            "credentials",
            "Secrets, certificates and owners of applications",
            &["Application", "Changed"],
        ),
        roles: table("roles", "Roles of the directory", &["Member", "Role", "Privileged"]),
        exchange_roles: table(
            "exchange-roles",
            "Roles of Exchange and of the compliance portal",
            &["ObjectId", "Parameters", "Privileged"],
        ),
        settings: table("settings", "Domains and conditional access", &["Target", "Changed"]),
        applications: Each::new(APPLICATIONS_MAX),
        names: Each::new(APPLICATIONS_MAX),
        risky: 0,
        privileged: 0,
    }))
}

struct ConsentsAndRoles {
    filter: Option<Filter>,
    consents: Table,
    credentials: Table,
    roles: Table,
    exchange_roles: Table,
    settings: Table,
    /// By name, or by object id until a record names it.
    applications: Each<String, Application>,
    /// Of service principals, by object id.
    names: Each<String, String>,
    /// Consents with a risky permission, and changes of a role that leads to the whole tenant.
    risky: u64,
    privileged: u64,
}

#[derive(Default)]
struct Application {
    seen: Seen,
    users: Words,
    risky: Words,
}

impl Application {
    fn join(&mut self, other: &Application) {
        self.seen.join(other.seen);
        other.users.each(|user| self.users.add(user));
        other.risky.each(|permission| self.risky.add(permission));
    }
}

impl Question for ConsentsAndRoles {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn take(&mut self, event: &Event) {
        let Some(change) = Change::of(event) else { return };
        let table = match change {
            Change::Consent => return self.consent(event),
            Change::Credential => {
                let cells =
                    vec![Cell::text(read::application(event)), words(&read::changed(event))];
                return self.credentials.push(Some(event.key), framed(event, cells));
            }
            Change::Role => {
                let role = read::role(event);
                let privileged = change::is_privileged(&role);
                self.privileged += u64::from(privileged);
                let cells =
                    vec![Cell::text(read::member(event)), Cell::text(role), yes(privileged)];
                return self.roles.push(Some(event.key), framed(event, cells));
            }
            Change::ExchangeRole => return self.exchange_role(event),
            Change::Federation | Change::Access => &mut self.settings,
        };
        let cells = vec![Cell::text(read::target(event)), words(&read::changed(event))];
        table.push(Some(event.key), framed(event, cells));
    }

    fn answer(mut self: Box<Self>) -> Answer {
        self.name_applications();
        let applications = self.application_table();
        let rows = |table: &Table| table.rows.len() as u64 + table.left_out;
        let figures = vec![
            figure("Consents and grants", rows(&self.consents)),
            alarm("Of these with a risky permission", self.risky),
            alarm("Changes of application secrets and owners", rows(&self.credentials)),
            figure("Changes of roles", rows(&self.roles) + rows(&self.exchange_roles)),
            alarm("Of roles that lead to the whole tenant", self.privileged),
            alarm("Changes of domains and conditional access", rows(&self.settings)),
        ];
        let mut notes: Vec<String> = self.applications.note("applications").into_iter().collect();
        notes.push("One consent is written as several records: the consent, the grant and the assignment. Those that name no permission show none.".to_owned());
        notes.push("A risky permission reads or changes mail, files, chats, accounts or the directory; offline_access keeps it for months without the user.".to_owned());
        notes.push("Where the directory's changes are collected from the unified audit log and from Graph, each is listed twice: their Ids differ.".to_owned());
        let tables = [
            self.consents,
            applications,
            self.credentials,
            self.roles,
            self.exchange_roles,
            self.settings,
        ];
        let figures = Section::Figures(figures);
        let sections = std::iter::once(figures).chain(tables.map(Section::Table)).collect();
        Answer { sections, notes }
    }
}

impl ConsentsAndRoles {
    /// A grant has the object id of an application alone; the consent beside it has its name.
    fn name_applications(&mut self) {
        let name_of = |id: &str| self.names.get(id).cloned();
        for row in &mut self.consents.rows {
            if let Some(name) = name_of(&row.cells[APPLICATION].shown()) {
                row.cells[APPLICATION] = Cell::text(name);
            }
        }
        let mut named: Each<String, Application> = Each::new(APPLICATIONS_MAX);
        for (id, it) in self.applications.sorted() {
            let name = name_of(id).unwrap_or_else(|| id.clone());
            if let Some(all) = named.at(name) {
                all.join(it);
            }
        }
        named.beyond = self.applications.beyond;
        self.applications = named;
    }

    fn application_table(&self) -> Table {
        let columns = ["Application", "Events", "Risky", "Users", "First", "Last"];
        let mut table = Table::new("applications", "By application", &columns);
        for (name, it) in self.applications.largest(|it| it.seen.events) {
            let cells = vec![
                Cell::text(name),
                Cell::Count(it.seen.events),
                words(&it.risky),
                words(&it.users),
                when(it.seen.first),
                when(it.seen.last),
            ];
            table.push(None, cells);
        }
        table
    }

    fn consent(&mut self, event: &Event) {
        let permissions = read::permissions(event);
        let risky = read::risky(&permissions);
        self.risky += u64::from(!risky.is_empty());
        let application = read::application(event);
        if let Some((id, name)) = read::principal(event)
            && let Some(known) = self.names.at(id)
        {
            *known = name;
        }
        if let Some(it) = self.applications.at(application.clone()) {
            it.seen.at(told::time(event));
            it.users.add(&told::folded(event, Field::UserId));
            risky.each(|permission| it.risky.add(permission));
        }
        let cells = vec![
            Cell::text(application),
            Cell::text(read::consent_kind(event)),
            words(&risky),
            words(&permissions.iter().collect()),
        ];
        self.consents.push(Some(event.key), framed(event, cells));
    }

    fn exchange_role(&mut self, event: &Event) {
        let object = told::column(event, Field::ObjectId);
        let parameters = read::parameters(event);
        let of = ["Parameters.Role", "Parameters.Roles", "Parameters.Identity", "Parameters.Name"];
        let named = of.iter().filter_map(|path| told::text(&event.body, &[path]));
        let privileged = named.chain([object.clone()]).any(|name| change::is_privileged(&name));
        self.privileged += u64::from(privileged);
        let cells = vec![Cell::text(object), words(&parameters), yes(privileged)];
        self.exchange_roles.push(Some(event.key), framed(event, cells));
    }
}

/// When, what and who before; from where and how it ended behind.
fn framed(event: &Event, middle: Vec<Cell>) -> Vec<Cell> {
    let column = |field| Cell::text(told::column(event, field));
    let mut cells = vec![when(told::time(event)), column(Field::Operation), column(Field::UserId)];
    cells.extend(middle);
    cells.extend([column(Field::ClientAddress), column(Field::Outcome)]);
    cells
}

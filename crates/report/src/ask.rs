//! What is asked?

use std::collections::BTreeSet;

use event::Network;

/// Something a report can be told, each an option of the command and a parameter of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// Whose activity: a user principal name, or a pattern with `*`.
    User,
    /// Whose mailbox: an address, or a pattern with `*`.
    Mailbox,
    /// From where: an address or a network such as 203.0.113.0/24.
    Address,
    /// Which document: its URL or name, or a pattern with `*`.
    Document,
    /// Which sign-in session.
    Session,
}

impl Parameter {
    pub const ALL: [Parameter; 5] = [
        Parameter::User,
        Parameter::Mailbox,
        Parameter::Address,
        Parameter::Document,
        Parameter::Session,
    ];

    /// The word of the CLI and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Parameter::User => "user",
            Parameter::Mailbox => "mailbox",
            Parameter::Address => "address",
            Parameter::Document => "document",
            Parameter::Session => "session",
        }
    }
}

/// The question's particulars. Each report uses those it names and refuses the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ask {
    pub user: Option<String>,
    pub mailbox: Option<String>,
    pub address: Option<String>,
    pub document: Option<String>,
    pub session: Option<String>,
    /// From this time on, and before that one; microseconds since 1970-01-01T00:00:00Z.
    pub from: i64,
    pub to: i64,
    /// The tenant's own mail domains, in lower case: what is not in them is outside.
    pub domains: BTreeSet<String>,
    /// The tenant's own networks. Empty where nobody said: then no address is called outside.
    pub networks: Vec<Network>,
}

impl Ask {
    pub fn tell(&mut self, parameter: Parameter, value: String) {
        let place = match parameter {
            Parameter::User => &mut self.user,
            Parameter::Mailbox => &mut self.mailbox,
            Parameter::Address => &mut self.address,
            Parameter::Document => &mut self.document,
            Parameter::Session => &mut self.session,
        };
        *place = Some(value);
    }

    pub fn get(&self, parameter: Parameter) -> Option<&str> {
        let value = match parameter {
            Parameter::User => &self.user,
            Parameter::Mailbox => &self.mailbox,
            Parameter::Address => &self.address,
            Parameter::Document => &self.document,
            Parameter::Session => &self.session,
        };
        value.as_deref()
    }
}

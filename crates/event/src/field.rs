//! Which fields have a column of their own?
//!
//! Names are Microsoft's wherever Microsoft has one. A field is one line in the list below: the
//! store's schema, SQL, the search language's names and the documentation grow from it. Every
//! other field of a record stays reachable by its path in the raw record.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    /// A 64-bit integer.
    Int,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time,
    /// A normalised network address, as text.
    Address,
}

macro_rules! fields {
    ($($variant:ident $kind:ident [$($trait_:ident)*] $description:literal,)*) => {
        /// A field with a column of its own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $(#[doc = $description] $variant,)* }

        impl Field {
            /// Every field, in the order of the columns.
            pub const ALL: [Field; [$(Field::$variant),*].len()] = [$(Field::$variant),*];

            /// The name of the column.
            pub const fn name(self) -> &'static str {
                match self { $(Field::$variant => stringify!($variant),)* }
            }
            pub const fn kind(self) -> Kind {
                match self { $(Field::$variant => Kind::$kind,)* }
            }
            /// One sentence for help, reference and API.
            pub const fn description(self) -> &'static str {
                match self { $(Field::$variant => $description,)* }
            }
            const fn traits(self) -> &'static [Trait] {
                match self { $(Field::$variant => &[$(Trait::$trait_),*],)* }
            }
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trait {
    /// Few distinct values, worth counting beside every search.
    Facet,
    /// People look up single values of it: it gets a bloom filter.
    Pivot,
    /// Text that people compare without case: a folded twin column serves the bloom filter.
    Folded,
}

fields! {
    CreationTime Time [] "When the event happened, UTC.",
    Id Text [Pivot] "The record's own identifier; the same in every export of it.",
    Tenant Text [Facet] "The tenant the record was stored for.",
    RecordType Int [] "The number of the record's type (AuditLogRecordType).",
    RecordTypeName Text [Facet] "The name of the record's type.",
    Workload Text [Facet] "The service the event happened in.",
    Operation Text [Facet] "What was done.",
    UserId Text [Facet Pivot Folded] "Who did it, as the service wrote it.",
    UserType Int [] "The number of the kind of account.",
    UserTypeName Text [Facet] "The name of the kind of account.",
    UserKey Text [] "The account's alternative identifier.",
    ClientIP Text [Pivot] "The client's address as sent: with port, brackets or empty.",
    ClientAddress Address [Facet Pivot] "The client's address, normalised, without port.",
    ResultStatus Text [Facet] "The outcome as sent.",
    ObjectId Text [Pivot Folded] "The full path, URL or name of what was acted on.",
    OrganizationId Text [] "The tenant's GUID.",
    SessionId Text [Pivot Folded] "The sign-in session, wherever the workload writes it.",
    ApplicationId Text [Pivot] "The application that acted, wherever the workload writes it.",
    UserAgent Text [] "The client program, wherever the workload writes it.",
    LogonType Int [] "Exchange: the number of the kind of mailbox access.",
    LogonTypeName Text [] "Exchange: owner, admin, delegate and so on.",
    MailboxOwnerUPN Text [Pivot Folded] "Exchange: whose mailbox it is.",
    ItemName Text [] "Subject of the mail, or name of the file or item.",
    SiteUrl Text [] "SharePoint: the site.",
    Scope Text [] "Whether the event came from the online or an on-premises service.",
    ContentType Text [] "The feed's content type the record was delivered under.",
    Source Text [] "The kind of source that brought the record.",
    Origin Text [] "The blob or file that brought the record.",
    Position Int [] "The record's place in its origin, from 1.",
    IngestTime Time [] "When the record was stored, UTC.",
    Wrapper Text [] "What an export said around the record, as JSON.",
    Issues Text [] "The oddities met, as a JSON list.",
    Quarantine Text [] "Why the bytes could not be read as a record; empty for events.",
    ActorKind Text [Facet] "Who acted: person, external, application, service, system or anonymous; from UserId, UserType and UserKey.",
    Outcome Text [Facet] "How it ended: success, partial, interrupted, failure or unknown; from ResultStatus, sign-in error numbers, DLP actions and Operation.",
    ClientPort Int [] "The client's port, where ClientIP was sent with one.",
    MessageIds Text [] "The internet message ids of every mail in the record, as a JSON list.",
    Subjects Text [] "The subjects of every mail in the record, as a JSON list.",
    MailAccessType Text [] "Exchange: how MailItemsAccessed says mail was read, Bind (single messages) or Sync (a whole folder).",
    IsThrottled Text [] "Exchange: True where the mailbox logs no more reads of single messages for a day.",
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = Field::ALL.len();

    /// The field of that name, compared without case.
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }

    /// Is it counted beside every search?
    pub fn is_facet(self) -> bool {
        self.traits().contains(&Trait::Facet)
    }

    /// Does it carry a bloom filter?
    pub fn is_pivot(self) -> bool {
        self.traits().contains(&Trait::Pivot)
    }

    /// Does a folded (lower-case) twin column stand beside it?
    pub fn is_folded(self) -> bool {
        self.traits().contains(&Trait::Folded)
    }

    /// The field that names this one's code, where there is one.
    pub fn names(self) -> Option<Field> {
        match self {
            Field::RecordType => Some(Field::RecordTypeName),
            Field::UserType => Some(Field::UserTypeName),
            Field::LogonType => Some(Field::LogonTypeName),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case() {
        assert_eq!(Field::named("clientip"), Some(Field::ClientIP));
        assert_eq!(Field::named("ForwardTo"), None);
    }

    #[test]
    fn the_position_of_a_field_is_its_discriminant() {
        for (index, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, index);
        }
    }
}

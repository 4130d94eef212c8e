//! Which shares are there, and which are still open?
//!
//! A share is opened by one operation, used and closed by others. They are known for the same by
//! the document, the way of sharing and, where a record tells them, the target and the link's id.

use std::collections::HashMap;

use event::{Event, Field, fold};

use super::layout::cut;
use super::seen::Seen;
use super::tally::Tally;

/// Shares that are kept; further ones are counted.
pub const SHARES_MAX: usize = 50_000;
/// Different users of one share that are kept.
const USERS_MAX: usize = 50;

/// How something was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Anyone,
    Company,
    People,
    Invitation,
    Permission,
    Group,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Made,
    Changed,
    Used,
    Closed,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Way::Anyone => "anyone link",
            Way::Company => "company link",
            Way::People => "link for people",
            Way::Invitation => "invitation",
            Way::Permission => "permission",
            Way::Group => "group",
        }
    }

    /// Of an operation, with what it does to the share.
    pub fn of(operation: &str) -> Option<(Way, Step)> {
        let way = match () {
            _ if operation.starts_with("AnonymousLink") => Way::Anyone,
            _ if operation.starts_with("CompanyLink") => Way::Company,
            _ if operation.contains("SecureLink") => Way::People,
            _ if operation.starts_with("SharingInvitation") => Way::Invitation,
            _ if matches!(operation, "SharingSet" | "SharingRevoked") => Way::Permission,
            _ if matches!(operation, "AddedToGroup" | "RemovedFromGroup") => Way::Group,
            _ => return None,
        };
        let has = |words: &[&str]| words.iter().any(|word| operation.contains(word));
        let step = match () {
            _ if has(&["Removed", "Deleted", "Revoked", "Blocked"]) => Step::Closed,
            _ if has(&["Used", "Accepted"]) => Step::Used,
            _ if has(&["Updated"]) => Step::Changed,
            _ => Step::Made,
        };
        Some((way, step))
    }
}

/// What tells a share.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    pub way: Way,
    pub document: &'a str,
    /// Empty for whoever has the link.
    pub target: &'a str,
    /// Empty where the record has none.
    pub link: &'a str,
}

#[derive(Debug)]
pub struct Share {
    pub way: Way,
    pub document: String,
    pub target: String,
    link: String,
    /// Empty where it was made before the span.
    pub by: String,
    pub made: Option<i64>,
    pub closed: Option<i64>,
    pub used: Seen,
    pub users: Tally,
}

#[derive(Debug, Default)]
pub struct Shares {
    pub all: Vec<Share>,
    places: HashMap<(Way, String), Vec<usize>>,
    pub left_out: u64,
}

impl Shares {
    pub fn made(&mut self, mark: Mark, step: Step, event: &Event) {
        let same = self.places(mark).into_iter().find(|place| self.all[*place].is_same(mark));
        let Some(place) = same.or_else(|| self.open(mark)) else { return };
        let share = &mut self.all[place];
        if share.made.is_none() && step == Step::Made || share.closed.is_some() {
            share.made = event.time(Field::CreationTime);
            share.by = cut(event.text(Field::UserId).unwrap_or(""));
            share.closed = None;
        }
    }

    pub fn used(&mut self, mark: Mark, event: &Event) {
        let mut places = self.places(mark);
        if places.is_empty() {
            places.extend(self.open(mark));
        }
        for place in places {
            let share = &mut self.all[place];
            share.used.add(event);
            share.users.add(event.text(Field::UserId).unwrap_or("(not told)"));
        }
    }

    /// Tells whether any share was closed.
    pub fn closed(&mut self, mark: Mark, event: &Event) -> bool {
        let places = self.places(mark);
        for place in &places {
            self.all[*place].closed = event.time(Field::CreationTime);
        }
        !places.is_empty()
    }

    fn places(&self, mark: Mark) -> Vec<usize> {
        let places = self.places.get(&(mark.way, fold(mark.document)));
        let fits = |place: &usize| self.all[*place].fits(mark);
        places.map(|places| places.iter().copied().filter(fits).collect()).unwrap_or_default()
    }

    fn open(&mut self, mark: Mark) -> Option<usize> {
        if self.all.len() >= SHARES_MAX {
            self.left_out += 1;
            return None;
        }
        let place = self.all.len();
        self.places.entry((mark.way, fold(mark.document))).or_default().push(place);
        self.all.push(Share {
            way: mark.way,
            document: cut(mark.document),
            target: cut(mark.target),
            link: cut(mark.link),
            by: String::new(),
            made: None,
            closed: None,
            used: Seen::default(),
            users: Tally::with_max(USERS_MAX),
        });
        Some(place)
    }
}

impl Share {
    /// Was it opened, and not closed since?
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// What one of the two does not tell does not part them.
    fn fits(&self, mark: Mark) -> bool {
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || fold(a) == fold(b);
        agree(&self.target, mark.target) && agree(&self.link, mark.link)
    }

    /// A share for someone else is another one, and so is one by another link.
    fn is_same(&self, mark: Mark) -> bool {
        fold(&self.target) == fold(mark.target)
            && (!mark.target.is_empty() || self.link.is_empty() || self.link == mark.link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_a_way_and_a_step() {
        for (operation, expected) in [
            ("AnonymousLinkCreated", Some((Way::Anyone, Step::Made))),
            ("AnonymousLinkUpdated", Some((Way::Anyone, Step::Changed))),
            ("AnonymousLinkUsed", Some((Way::Anyone, Step::Used))),
            ("AnonymousLinkRemoved", Some((Way::Anyone, Step::Closed))),
            ("CompanyLinkCreated", Some((Way::Company, Step::Made))),
            ("AddedToSecureLink", Some((Way::People, Step::Made))),
            ("RemovedFromSecureLink", Some((Way::People, Step::Closed))),
            ("SecureLinkUsed", Some((Way::People, Step::Used))),
            ("SharingInvitationAccepted", Some((Way::Invitation, Step::Used))),
            ("SharingInvitationRevoked", Some((Way::Invitation, Step::Closed))),
            ("SharingSet", Some((Way::Permission, Step::Made))),
            ("SharingRevoked", Some((Way::Permission, Step::Closed))),
            ("AddedToGroup", Some((Way::Group, Step::Made))),
            ("SharingInheritanceBroken", None),
            ("FileAccessed", None),
        ] {
            assert_eq!(Way::of(operation), expected, "{operation}");
        }
    }
}

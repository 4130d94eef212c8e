//! Who works there, and under which ids do they appear?
//!
//! One person has many names in the records: the UPN in mixed case (Exchange, Entra) and in lower
//! case (SharePoint), an object id, a PUID, a SID, a mailbox GUID.

use super::offices::Office;
use crate::random::{Guid, Random};

#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) display: String,
    /// `Ann.Berg@contoso.com`
    pub(crate) upn: String,
    /// `ann.berg@contoso.com`, the way SharePoint writes it.
    pub(crate) upn_lower: String,
    /// `AnnB`
    pub(crate) alias: String,
    /// Entra object id.
    pub(crate) object_id: Guid,
    /// 16 upper-case hexadecimal digits, UserKey of Exchange.
    pub(crate) puid: String,
    /// PUID and domain, UserKey of Entra.
    pub(crate) directory_key: String,
    /// `i:0h.f|membership|10032000...@live.com`, UserKey of SharePoint.
    pub(crate) membership: String,
    pub(crate) sid: String,
    pub(crate) mailbox: Guid,
    /// `https://contoso-my.sharepoint.com/personal/ann_berg_contoso_com/`
    pub(crate) drive: String,
    pub(crate) drive_site: Guid,
    pub(crate) drive_list: Guid,
    pub(crate) office: usize,
    pub(crate) home_address: String,
    pub(crate) mobile_address: String,
    pub(crate) device: &'static Device,
    pub(crate) is_admin: bool,
    pub(crate) index: u64,
}

/// What a person works with.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) os: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) browser_version: &'static str,
    pub(crate) user_agent: &'static str,
    pub(crate) platform: &'static str,
    pub(crate) managed: bool,
}

pub(crate) static DEVICES: [Device; 6] = [
    Device {
        os: "Windows10",
        browser: "Edge",
        browser_version: "138.0.0.0",
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
        platform: "WinDesktop",
        managed: true,
    },
    Device {
        os: "Windows10",
        browser: "Chrome",
        browser_version: "138.0.0.0",
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        platform: "WinDesktop",
        managed: true,
    },
    Device {
        os: "MacOs",
        browser: "Safari",
        browser_version: "18.4",
        user_agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
        platform: "MacOSX",
        managed: true,
    },
    Device {
        os: "Ios",
        browser: "Mobile Safari",
        browser_version: "18.4",
        user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
        platform: "iOS",
        managed: false,
    },
    Device {
        os: "Android",
        browser: "Chrome Mobile",
        browser_version: "138.0.0.0",
        user_agent: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
        platform: "Android",
        managed: false,
    },
    Device {
        os: "Linux",
        browser: "Firefox",
        browser_version: "140.0",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        platform: "Linux",
        managed: false,
    },
];

const GIVEN: [&str; 48] = [
    "Ann", "Bo", "Carla", "Deepak", "Elena", "Farid", "Grace", "Henrik", "Ines", "Jonas", "Kavya",
    "Liam", "Mette", "Nadia", "Oscar", "Priya", "Quentin", "Rosa", "Søren", "Tara", "Umar", "Vera",
    "Wei", "Xenia", "Yusuf", "Zoë", "Aisha", "Bruno", "Chloé", "Dario", "Emil", "Freja", "Gustav",
    "Hana", "Ivan", "Julia", "Kenji", "Lucía", "Marek", "Nils", "Olga", "Pablo", "Rania", "Stefan",
    "Thea", "Ulrik", "Viktor", "Yara",
];

const FAMILY: [&str; 48] = [
    "Berg",
    "Carlsen",
    "Dahl",
    "Eriksson",
    "Fischer",
    "Gupta",
    "Hansen",
    "Iyer",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Meyer",
    "Novak",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Sato",
    "Tanaka",
    "Ueda",
    "Virtanen",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zimmer",
    "Andersen",
    "Bauer",
    "Castro",
    "Dubois",
    "Evans",
    "Ferrari",
    "Garcia",
    "Hughes",
    "Ito",
    "Janssen",
    "Khan",
    "Laurent",
    "Moreau",
    "Nielsen",
    "Olsen",
    "Patel",
    "Reid",
    "Silva",
    "Tran",
    "Varga",
    "Walsh",
    "Young",
    "Ziegler",
];

pub(crate) fn hire(
    users: usize,
    domain: &str,
    offices: &[Office],
    random: &mut Random,
) -> Vec<Person> {
    (0..users).map(|at| person(at as u64, domain, offices, random)).collect()
}

fn person(index: u64, domain: &str, offices: &[Office], random: &mut Random) -> Person {
    // 2,304 names; after that a number tells namesakes apart. 1009 is prime to 2,304 and spreads them.
    let name = (index * 1_009) % 2_304;
    let given = GIVEN[(name % 48) as usize];
    let family = FAMILY[(name / 48) as usize];
    let namesake = index / 2_304;
    let suffix = if namesake == 0 { String::new() } else { (namesake + 1).to_string() };
    let login = format!("{}.{}{suffix}", plain(given), plain(family));
    let upn = format!("{login}@{domain}");
    let upn_lower = upn.to_ascii_lowercase();
    let label = domain.split('.').next().unwrap_or("contoso");
    let puid = format!("1003{:012X}", random.next() >> 16);
    let office = office_of(offices, random);
    Person {
        display: format!("{given} {family}{suffix}"),
        alias: format!("{}{}{suffix}", plain(given), &family[..1]),
        object_id: random.guid(),
        directory_key: format!("{puid}@{domain}"),
        membership: format!("i:0h.f|membership|{}@live.com", puid.to_ascii_lowercase()),
        puid,
        sid: format!("S-1-5-21-1004336348-1177238915-682003330-{}", 20_000_000 + index * 17),
        mailbox: random.guid(),
        drive: format!(
            "https://{label}-my.sharepoint.com/personal/{}/",
            upn_lower.replace(['@', '.'], "_")
        ),
        drive_site: random.guid(),
        drive_list: random.guid(),
        office,
        home_address: format!("198.51.100.{}", 1 + index % 250),
        mobile_address: format!(
            "2001:db8:{:x}:{:x}::{:x}",
            0xa0 + index % 7,
            index & 0xffff,
            random.between(2, 0xffff)
        ),
        device: &DEVICES[[0, 0, 0, 1, 1, 2, 5, 0, 1, 2][random.below(10) as usize]],
        // Roughly one administrator for each fifty people, and at least one.
        is_admin: index % 50 == 7 || index == 0,
        upn,
        upn_lower,
        index,
    }
}

fn office_of(offices: &[Office], random: &mut Random) -> usize {
    let total: u64 = offices.iter().map(|office| office.share).sum();
    let mut ticket = random.below(total);
    for (at, office) in offices.iter().enumerate() {
        if ticket < office.share {
            return at;
        }
        ticket -= office.share;
    }
    0
}

/// Names with accents make logins without.
fn plain(name: &str) -> String {
    name.chars()
        .map(|character| match character {
            'é' | 'ë' => 'e',
            'í' => 'i',
            'ø' => 'o',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nobody_shares_a_login() {
        let offices = super::super::offices::open(6_000);
        let people = hire(6_000, "contoso.com", &offices, &mut Random::new(1));
        let logins: HashSet<_> = people.iter().map(|person| &person.upn_lower).collect();
        assert_eq!(logins.len(), people.len());
        assert!(logins.iter().all(|login| login.is_ascii()));
    }
}

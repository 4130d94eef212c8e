//! What does the number of a sign-in error mean?
//!
//! Facts from MicrosoftDocs/entra-docs, reference-error-codes.md, in our words. Where a number is
//! not listed, the record's own name for it is shown.

/// The meaning of the common numbers (AADSTS without its prefix).
pub fn meaning(number: i64) -> Option<&'static str> {
    let at = MEANINGS.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    Some(MEANINGS[at].1)
}

/// A second factor was asked for or has to be set up: neither failed nor over.
pub const SECOND_FACTOR: &[i64] = &[50072, 50074, 50076, 50078, 50079, 50158];

/// By number.
const MEANINGS: &[(i64, &str)] = &[
    (16000, "account has to be chosen"),
    (50011, "reply address not registered"),
    (50012, "certificate or assertion not accepted"),
    (50020, "account of another tenant, not known here"),
    (50034, "no such account"),
    (50053, "locked out, or address blocked for bad sign-ins"),
    (50055, "password expired"),
    (50056, "no password stored"),
    (50057, "account disabled"),
    (50058, "no session for a silent sign-in"),
    (50072, "second factor has to be set up"),
    (50074, "second factor asked for"),
    (50076, "second factor asked for by a policy"),
    (50078, "second factor of earlier has expired"),
    (50079, "second factor has to be registered"),
    (50097, "device has to prove itself"),
    (50105, "account not assigned to the application"),
    (50125, "password reset or registration asked for"),
    (50126, "wrong user name or password"),
    (50128, "no such domain"),
    (50129, "device has to join the workplace"),
    (50131, "blocked: device state, or suspicious sign-in"),
    (50132, "session revoked: password changed"),
    (50133, "session revoked: password expired or changed"),
    (50140, "asked whether to stay signed in"),
    (50144, "on-premises password expired"),
    (50158, "another provider's factor asked for"),
    (50173, "token revoked"),
    (50196, "client loops"),
    (50199, "user has to confirm"),
    (53000, "blocked by conditional access: device not compliant"),
    (53001, "blocked by conditional access: device not joined"),
    (53002, "blocked by conditional access: application not approved"),
    (53003, "blocked by conditional access"),
    (53004, "second factor cannot be set up: suspicious activity"),
    (53011, "blocked: user at risk in the home tenant"),
    (65001, "consent to the application is missing"),
    (65004, "user declined to consent"),
    (70008, "code or token expired"),
    (70016, "device code not confirmed yet"),
    (70043, "token expired by sign-in frequency"),
    (70044, "session expired by sign-in frequency"),
    (81010, "seamless sign-on: ticket not valid"),
    (90072, "account of another tenant, not a guest here"),
    (90094, "consent by an administrator asked for"),
    (90095, "consent by an administrator asked for"),
    (500011, "no such application in the tenant"),
    (500121, "second factor failed or was declined"),
    (500133, "assertion outside of its time"),
    (530032, "blocked by security policy"),
    (700016, "no such application in the tenant"),
    (700082, "token not used for too long"),
    (7000215, "wrong client secret"),
    (7000222, "client secret expired"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(MEANINGS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(meaning(50126), Some("wrong user name or password"));
        assert_eq!(meaning(1), None);
    }
}

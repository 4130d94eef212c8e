//! What are the friendly names of sensitive types?
//!
//! The reference shows these two entries and says nothing of translations.

use super::errors::Problem;

pub(super) const NAMES: &str = r#"[{"id":"50842eb7-edc8-4019-85dd-5a5c1f2bb085","name":"CreditCardNumber"},{"id":"0e9b3178-9678-47dd-a509-37222ca96b42","name":"EUDebitCardNumber"}]"#;

/// One language at most, in the form of a language tag; none means en-US.
pub(super) fn check_language(header: Option<&str>) -> Result<(), Problem> {
    let Some(header) = header else { return Ok(()) };
    if header.contains(',') {
        return Err(Problem::ManyLanguages);
    }
    let tag = header.split(';').next().unwrap_or("").trim();
    let well_formed = tag.split('-').enumerate().all(|(at, part)| {
        let letters = part.chars().all(|character| character.is_ascii_alphabetic());
        let fits = part.chars().all(|character| character.is_ascii_alphanumeric());
        (1..=8).contains(&part.len()) && if at == 0 { letters } else { fits }
    });
    if well_formed { Ok(()) } else { Err(Problem::LanguageSyntax) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language() {
        let check = |header: Option<&str>, expected: Result<(), Problem>| {
            assert_eq!(check_language(header), expected, "{header:?}")
        };
        check(None, Ok(()));
        check(Some("en-US"), Ok(()));
        check(Some("de;q=0.9"), Ok(()));
        check(Some("da, en"), Err(Problem::ManyLanguages));
        check(Some("not a language"), Err(Problem::LanguageSyntax));
        check(Some(""), Err(Problem::LanguageSyntax));
    }
}

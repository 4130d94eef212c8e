//! Does the sign-in service give a token, and is it the right one?

use source::service::{Claims, Credential, Error, Kind, Settings};

use super::report::Items;
use crate::portal::Portal;

/// A token's claims, if there is a token and it can be read.
pub fn check(
    what: &str,
    token: Result<Option<Claims>, Error>,
    settings: &Settings,
    portal: &Portal,
    items: &mut Items,
) -> Token {
    let check = format!("sign-in {what}");
    let claims = match token {
        Err(error) => {
            items.wrong(&check, error.to_string(), fix(&error, settings, portal));
            return Token::None;
        }
        Ok(None) => {
            items.note(
                &check,
                "a token was received; it cannot be read, so its roles are not known",
            );
            return Token::Opaque;
        }
        Ok(Some(claims)) => claims,
    };
    match stranger(&claims, settings) {
        Some((words, fix)) => items.wrong(&check, words, fix),
        None => items.ok(&check, "a token was received, of this tenant and this app"),
    }
    Token::Claims(claims)
}

/// What signing in brought.
pub enum Token {
    None,
    /// The service may change the form of its tokens; that is no fault.
    Opaque,
    Claims(Claims),
}

/// What of the token belongs to somebody else, and what to do.
fn stranger(claims: &Claims, settings: &Settings) -> Option<(String, String)> {
    let is_other = |found: &Option<String>, wanted: &str| {
        found.as_deref().filter(|found| !found.eq_ignore_ascii_case(wanted)).map(str::to_owned)
    };
    let tenant_id = settings.tenant_id.as_str();
    if let Some(found) = is_other(&claims.tenant_id, tenant_id) {
        return Some((
            format!("the token is of tenant {found}, and tenant_id is {tenant_id}"),
            format!("set tenant_id = \"{found}\", or use that tenant's own credential"),
        ));
    }
    let (key, wanted) = match &settings.credential {
        Credential::ManagedIdentity { client_id, .. } => ("managed_identity", client_id.as_ref()?),
        _ => ("client_id", &settings.client_id),
    };
    let found = is_other(&claims.app_id, wanted.as_str())?;
    Some((
        format!("the token is of app {found}, and {key} is {wanted}"),
        format!("set {key} = \"{found}\", or use that app's own credential"),
    ))
}

/// The page or the line for each number of the sign-in service.
fn fix(error: &Error, settings: &Settings, portal: &Portal) -> String {
    let code = error.code().and_then(|code| code.strip_prefix("AADSTS"));
    match code.unwrap_or_default() {
        "7000215" | "7000218" | "7000222" => format!(
            "{} > Client secrets > New client secret; put its Value, not its Secret ID, where the \
             configuration looks for it: {}",
            portal.credentials(),
            place(settings)
        ),
        "700027" | "50012" | "50027" | "700023" => {
            format!("{} > Certificates > Upload certificate", portal.credentials())
        }
        "70021" | "700211" | "700212" | "700213" => {
            format!("{} > Federated credentials > Add credential", portal.credentials())
        }
        "700024" => format!(
            "timedatectl set-ntp true, if the clock is wrong; otherwise renew the file of the \
             federated token: {}",
            place(settings)
        ),
        "700016" | "900432" => format!(
            "compare client_id and cloud with Application (client) ID: {}; tenant_id with Directory \
             (tenant) ID",
            portal.overview()
        ),
        "90002" | "900023" | "900382" => {
            format!("compare tenant_id with the tenant's: {}; and check cloud", portal.tenant())
        }
        "500011" | "50001" => format!(
            "{} > Add a permission > APIs my organization uses > Office 365 Management APIs; where it \
             is missing: az ad sp create --id c5393580-f805-4401-95e8-94b7a6ef2fc2",
            portal.permissions()
        ),
        "65001" => format!("grant admin consent: {}", portal.consent()),
        "53003" => format!("exclude the app: {}", portal.conditional_access()),
        _ => by_kind(error, settings, portal),
    }
}

fn by_kind(error: &Error, settings: &Settings, portal: &Portal) -> String {
    match (error.kind(), &settings.credential) {
        (_, Credential::ManagedIdentity { .. }) => {
            "in the Azure portal the virtual machine's or service's page > Identity: switch it on, \
             or name the client id of an assigned identity: managed_identity = \"CLIENT-ID\""
                .to_owned()
        }
        (Kind::Later { after }, _) => {
            format!("run trail365 check again in {} seconds", after.as_secs().max(1))
        }
        _ => format!("compare with {} and {}", portal.overview(), portal.credentials()),
    }
}

/// Where the credential is looked for.
fn place(settings: &Settings) -> String {
    match &settings.credential {
        Credential::Secret(secret) | Credential::FederatedToken { file: secret } => {
            secret.to_string()
        }
        Credential::Certificate { certificate, .. } => certificate.to_string(),
        Credential::ManagedIdentity { .. } => "managed_identity".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_token_of_somebody_else_is_told() {
        const TENANT: &str = "0e9b3178-9678-47dd-a509-37222ca96b42";
        const APP: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";
        let check = |credential: &str, tenant: Option<&str>, app: Option<&str>, fix: &str| {
            let config = Config::parse(&format!(
                "[[tenant]]\nname = 'contoso'\ntenant_id = '{TENANT}'\n{credential}"
            ));
            let settings = config.unwrap().tenant[0].settings().unwrap();
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let claims =
                Claims { tenant_id: owned(tenant), app_id: owned(app), ..Claims::default() };
            let found = stranger(&claims, &settings).map_or("none".to_owned(), |(_, fix)| fix);
            assert!(found.starts_with(fix), "{found}\nshould be {fix}");
        };
        let secret = format!("client_id = '{APP}'\nclient_secret = 'env:X'");
        check(&secret, Some(&TENANT.to_uppercase()), Some(APP), "none");
        check(&secret, None, None, "none");
        check(&secret, Some("another"), Some(APP), "set tenant_id = \"another\"");
        check(&secret, Some(TENANT), Some("another"), "set client_id = \"another\"");
        check("managed_identity = true", Some(TENANT), Some("another"), "none");
        let assigned = format!("managed_identity = '{APP}'");
        check(&assigned, Some(TENANT), Some("another"), "set managed_identity");
    }
}

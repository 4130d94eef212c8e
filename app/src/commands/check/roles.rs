//! Does the token hold each role that the configuration needs?

use source::activity_feed::ContentType;
use source::graph::Log;
use source::service::{Api, Claims, Credential, Settings};

use super::report::Items;
use super::sign_in::Token;
use crate::permissions::{self, Permission, api_name};
use crate::portal::{Portal, grant_line};

/// What the tenant's configuration asks for.
pub struct Wanted<'a> {
    pub content_types: &'a [ContentType],
    pub logs: &'a [Log],
}

/// One line for each role of this API.
pub fn check(
    api: Api,
    token: &Token,
    wanted: &Wanted,
    settings: &Settings,
    portal: &Portal,
    items: &mut Items,
) {
    for permission in permissions::ALL.iter().filter(|permission| permission.api == api) {
        let needed_for = permission.needed_for(wanted.content_types, wanted.logs);
        let check = format!("role {}", permission.name);
        match (token, needed_for) {
            (Token::Claims(claims), _) if claims.permits(permission.name) => {
                items.ok(&check, format!("granted; {}", brings(permission)));
            }
            (Token::Claims(claims), Some(what)) => {
                let words = format!("not granted, so {what} cannot be collected");
                items.wrong(&check, words, fix(permission, claims, settings, portal));
            }
            (_, None) => {
                items.note(&check, format!("not needed as configured; {}", brings(permission)));
            }
            (Token::Opaque, Some(what)) => {
                items.note(&check, format!("not known, since the token cannot be read; {what}"));
            }
            (Token::None, Some(_)) => {}
        }
    }
}

fn brings(permission: &Permission) -> String {
    format!("it brings {}", permission.brings)
}

fn fix(permission: &Permission, claims: &Claims, settings: &Settings, portal: &Portal) -> String {
    let Permission { api, name, .. } = *permission;
    // An identity has no registration, so it is given its roles directly.
    if let Credential::ManagedIdentity { .. } = settings.credential {
        let app_id = claims.app_id.as_deref().unwrap_or("CLIENT-ID-OF-THE-IDENTITY");
        return grant_line(app_id, api, name);
    }
    let without = match name {
        "ActivityFeed.ReadDlp" => "; or leave DLP.All out of content_types",
        "ActivityFeed.Read" => "",
        _ => "; or leave the log out of graph_logs",
    };
    format!(
        "{} > Add a permission > {} > Application permissions > {name}, then Grant admin consent \
         ({}){without}",
        portal.permissions(),
        api_name(api),
        portal.consent()
    )
}

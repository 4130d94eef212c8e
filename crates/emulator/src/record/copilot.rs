//! CopilotInteraction (261): prompts and answers, without their text.

use super::{Draft, Kind};
use crate::text::{Base64, put};

pub(super) static PEOPLE: &[Kind] = &[Kind {
    operation: "CopilotInteraction",
    record_type: 261,
    workload: "Copilot",
    weight: 90,
    variant: 0,
    write,
}];

const HOSTS: [&str; 6] = ["Word", "Teams", "Outlook", "Excel", "M365App", "PowerPoint"];

fn write(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let host = *draft.random.pick(&HOSTS);
    let name = draft.random.pick(&draft.tenant.places.names);
    let site = draft.random.pick(&draft.tenant.places.sites);
    let (thread, item) = (draft.random.next(), draft.random.guid());
    let prompt = draft.random.between(1_700_000_000_000, 1_790_000_000_000);
    let key = person.object_id.to_string();
    draft.head(kind, "", &key, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','UserId':'", person.upn, "','ClientRegion':'",
        draft.tenant.offices[person.office].country,
        "','CopilotEventData':{'AISystemPlugin':[{'Id':'BingWebSearch',",
        "'Name':'BuiltIn'}],'AccessedResources':[{'Action':'Read','Id':'", item,
        "','ListItemUniqueId':'", item, "','Name':'", name.stem, ".", name.extension,
        "','SensitivityLabelId':'','SiteUrl':'", site.url, name.folder, "/", name.stem, ".",
        name.extension, "','Type':'", name.extension, "'}],'AppHost':'", host,
        "','Contexts':[{'Id':'", site.url, "','Type':'", name.extension,
        "'}],'MessageIds':[],'Messages':[{'Id':'", prompt, "','isPrompt':true},{'Id':'",
        prompt + 3, "','isPrompt':false}],'ModelTransparencyDetails':[{'ModelName':'DEEP_LEO'}],",
        "'ThreadId':'19:", Base64(thread), Base64(thread >> 4),
        "@thread.v2'},'CopilotLogVersion':'1.0.0.0'}",
    );
}

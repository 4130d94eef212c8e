//! Yammer (22), Power BI (20), Forms (66), Power Automate (30), Power Apps (45), Planner (188, 190),
//! Dynamics (21), Power Platform administration (80): everything else that people click on.

use super::{Draft, Kind};
use crate::text::{At, Base64, put};

const fn app(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type, workload, weight, variant: 0, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    app("ViewReport", 20, "PowerBI", 60, power_bi),
    app("ViewDashboard", 20, "PowerBI", 20, power_bi),
    app("ExportReport", 20, "PowerBI", 4, power_bi),
    app("CreateArtifact", 20, "PowerBI", 4, fabric_artifact),
    app("EditForm", 66, "MicrosoftForms", 8, form),
    app("ViewForm", 66, "MicrosoftForms", 16, form),
    app("CreateResponse", 66, "MicrosoftForms", 20, form),
    app("CreateFlow", 30, "MicrosoftFlow", 4, flow),
    app("EditFlow", 30, "MicrosoftFlow", 8, flow),
    app("LaunchPowerApp", 45, "PowerApps", 30, power_app),
    app("PlanCreated", 188, "Planner", 3, plan),
    app("PlanRead", 188, "Planner", 20, plan),
    app("TaskCompleted", 190, "Planner", 16, task),
    app("TaskModified", 190, "Planner", 24, task),
    app("GroupCreation", 22, "Yammer", 3, yammer),
    app("MessageCreation", 22, "Yammer", 14, yammer),
    app("FileVisited", 22, "Yammer", 6, yammer),
    app("CrmDefaultActivity", 21, "CRM", 30, crm),
    app("RetrieveMultiple", 21, "CRM", 30, crm),
    // Services send record types that no list knows yet; a reader must keep the number.
    app("WhiteboardPinned", 1042, "MicrosoftWhiteboard", 2, unlisted),
    app("EnvironmentPropertyChange", 80, "PowerPlatform", 2, environment),
];

pub(super) static SERVICE: &[Kind] = &[
    Kind {
        operation: "RefreshDataset",
        record_type: 20,
        workload: "PowerBI",
        weight: 60,
        variant: 1,
        write: power_bi,
    },
    Kind {
        operation: "RetrieveMultiple",
        record_type: 21,
        workload: "CRM",
        weight: 60,
        variant: 1,
        write: crm,
    },
];

fn power_bi(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    let (workspace, report, request, activity) =
        (draft.random.guid(), draft.random.guid(), draft.random.guid(), draft.random.guid());
    if kind.variant == 1 {
        let user = "3d8f0a5c-6b14-4d92-b7e9-1a3c5d7f9b67";
        draft.head(kind, "", user, 5);
        put!(draft; ",'UserId':'", user, "','UserAgent':'PowerBI-Gateway/3000.270','ClientIP':''");
    } else {
        draft.head(kind, "", &person.puid, 0);
        put!(draft;
            ",'UserId':'", person.upn, "','ClientIP':'", draft.address, "','UserAgent':'",
            draft.device.user_agent, "'",
        );
    }
    put!(draft;
        ",'Activity':'", kind.operation, "','ItemName':'", site.title,
        " overview','WorkSpaceName':'", site.title, "','DatasetName':'", site.title,
        " model','ReportName':'", site.title, " overview','WorkspaceId':'", workspace,
        "','ObjectId':'", site.title, " overview','ReportId':'", report,
        "','ReportType':'PowerBIReport','IsSuccess':true,'RequestId':'", request,
        "','ActivityId':'", activity,
        "','DistributionMethod':'Workspace','ConsumptionMethod':'Power BI Web',",
        "'OperationProperties':'[{\\'Name\\':\\'SystemArtifactType\\',",
        "\\'Value\\':\\'None\\'}]'}",
    );
}

/// Fabric names its workspace differently and puts its own fields first.
fn fabric_artifact(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    let (workspace, object, request) =
        (draft.random.guid(), draft.random.guid(), draft.random.guid());
    put!(draft;
        "{'Activity':'", kind.operation, "','WorkspaceName':'", site.title, "','OrganizationId':'",
        draft.tenant.id, "','Operation':'", kind.operation, "','Id':'", draft.id,
        "','CreationTime':'", At(draft.time), "','Timestamp':'", At(draft.time - 50_000),
        "','UserId':'", person.upn, "','ClientIP':'", draft.address, "','RecordType':",
        u64::from(kind.record_type), ",'ResultStatus':'InProgress','ObjectDisplayName':'", site.title,
        "_lakehouse','OperationId':'", request, "','Experience':'Lakehouse','WorkspaceId':'",
        workspace, "','ObjectId':'", object, "','UserAgent':'", draft.device.user_agent,
        "','Workload':'", kind.workload, "','RequestId':'", request,
        "','OperationProperties':'[{\\'Name\\':\\'SystemArtifactType\\',\\'Value\\':\\'None\\'}]',",
        "'ObjectType':'Lakehouse','UserType':0,'UserKey':'", person.puid, "','Version':1}",
    );
}

fn unlisted(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let board = draft.random.guid();
    draft.head(kind, "Succeeded", &person.puid, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", board, "','UserId':'", person.upn_lower,
        "','BoardTitle':'Retrospective','PinnedItems':3}",
    );
}

fn form(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let form = draft.random.guid();
    let key = person.object_id.to_string();
    draft.head(kind, "Succeeded", &key, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", form, "','UserId':'", person.upn,
        "','ActivityParameters':'{\\'EditOperation\\':\\'QuestionUpdated\\'}','FormId':'", form,
        "','FormName':'Lunch survey\\n\\n','FormType':1,'FormsUserType':1,",
        "'SourceApp':'ms-formweb'}",
    );
}

fn flow(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let flow = draft.random.guid();
    let key = person.object_id.to_string();
    draft.head(kind, "Success", &key, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','UserId':'", person.upn_lower,
        "','FlowConnectorNames':'SharePoint, Office 365 Users',",
        "'FlowDetailsUrl':'https://admin.flow.microsoft.com/environments/Default-",
        draft.tenant.id, "/flows/", flow,
        "/details','LicenseDisplayName':'Microsoft Power Automate Free',",
        "'SharingPermission':3,'RecipientUPN':'','UserTypeInitiated':1,'UserUPN':'",
        person.upn_lower, "'}",
    );
}

fn power_app(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let app = draft.random.guid();
    let key = person.object_id.to_string();
    draft.head(kind, "Success", &key, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", app, "','UserId':'", person.upn_lower,
        "','AdditionalInfo':'{\\'environmentName\\':\\'Default-", draft.tenant.id,
        "\\',\\'userAgent\\':\\'PowerApps\\'}','AppName':'Visitor registration'}",
    );
}

fn plan(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    let key = person.object_id.to_string();
    draft.head(kind, "1", &key, 0);
    put!(draft;
        ",'ObjectId':'", Base64(person.index * 977), "','UserId':'", person.upn_lower,
        "','ContainerId':'", site.group, "','ContainerType':2}",
    );
}

fn task(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let number = draft.random.next();
    let key = person.object_id.to_string();
    draft.head(kind, "1", &key, 0);
    put!(draft;
        ",'ObjectId':'", Base64(number), "','UserId':'", person.upn_lower,
        "','PlanId':'", Base64(person.index * 977), "'}",
    );
}

/// Yammer answers TRUE in capitals and writes addresses with a port.
fn yammer(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    let number = draft.random.between(1_000_000, 9_000_000_000);
    draft.head(kind, "TRUE", &person.puid, 0);
    put!(draft; ",'ClientIP':'");
    draft.address_with_port();
    put!(draft;
        "','ObjectId':'", site.title, "','UserId':'", person.upn_lower, "','ActorUserId':'",
        person.upn_lower, "','ActorYammerUserId':", 30_000_000_000 + person.index,
        ",'YammerNetworkId':5120044,'GroupName':'", site.title, "','MessageId':", number, "}",
    );
}

fn crm(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let (entity, service) = (draft.random.guid(), kind.variant == 1);
    let key = if service { "SYSTEM".to_owned() } else { person.object_id.to_string() };
    draft.head(kind, "", &key, if service { 4 } else { 0 });
    put!(draft;
        ",'ClientIP':'", if service { "" } else { draft.address }, "','ObjectId':'account_",
        entity, "','UserId':'", if service { "SYSTEM" } else { person.upn_lower.as_str() },
        "','CrmOrganizationUniqueName':'org7c03e95a',",
        "'InstanceUrl':'https://contoso.crm4.dynamics.com/','ItemType':'Account',",
        "'ItemUrl':'https://contoso.crm4.dynamics.com/main.aspx?etn=account&id=", entity,
        "','UserAgent':'Mozilla/5.0','EntityId':'", entity,
        "','EntityName':'account','Message':'Retrieve','Fields':[{'Name':'name',",
        "'Value':'Northwind Traders'}]}",
    );
}

fn environment(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let key = admin.object_id.to_string();
    draft.head(kind, "Success", &key, 2);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'Default-", draft.tenant.id, "','UserId':'",
        admin.upn_lower, "',",
        "'PropertyCollection':[{'Name':'powerplatform.analytics.resource.environment.name',",
        "'Value':'Default'},{'Name':'powerplatform.analytics.resource.display_name',",
        "'Value':'Contoso (default)'}]}",
    );
}

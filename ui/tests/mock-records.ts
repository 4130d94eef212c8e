/** The invented records of the mock: an ordinary month of two tenants, with one account taken over near its end. */

export interface Invented {
  time: number
  columns: Record<string, string>
  raw: string
}

export const COLUMNS = [
  ['CreationTime', 'time', 'When the event happened, UTC.'],
  ['Tenant', 'text', 'The tenant the record was stored for.'],
  ['Workload', 'text', 'The service the event happened in.'],
  ['Operation', 'text', 'What was done.'],
  ['RecordTypeName', 'text', "The name of the record's type."],
  ['UserId', 'text', 'Who did it, as the service wrote it.'],
  ['UserTypeName', 'text', 'The name of the kind of account.'],
  ['ClientIP', 'text', "The client's address as sent."],
  ['ClientAddress', 'address', "The client's address, normalised, without port."],
  ['ResultStatus', 'text', 'The outcome as sent.'],
  ['ObjectId', 'text', 'What was acted on.'],
  ['SessionId', 'text', 'The sign-in session.'],
  ['ItemName', 'text', 'Subject of the mail, or name of the file or item.'],
  ['Issues', 'text', 'The oddities met, as a JSON list.'],
].map(([name = '', kind = '', description = '']) => ({ name, kind, description, facet: kind !== 'time' }))

const HOUR = 3_600_000
const ORDINARY = [
  ['Exchange', 'MailItemsAccessed', 'ExchangeItemAggregated', 'Succeeded', 'LogonType: Owner, MailAccessType: Bind, Path: \\Inbox'],
  ['Exchange', 'Send', 'ExchangeItem', 'Succeeded', 'LogonType: Owner, Subject: Quarterly numbers, Attachments: numbers.xlsx (48211b)'],
  ['AzureActiveDirectory', 'UserLoggedIn', 'AzureActiveDirectoryStsLogon', 'Success', 'App: Office 365, RequestType: OAuth2:Authorize, OS: Windows'],
  ['AzureActiveDirectory', 'UserLoginFailed', 'AzureActiveDirectoryStsLogon', 'Failed', 'App: Office 365, Error: 50126 InvalidUserNameOrPassword, OS: Linux, UserAgent: python-requests/2.31.0'],
  ['SharePoint', 'FileAccessed', 'SharePointFileOperation', '', 'Site: https://contoso.sharepoint.example/sites/Plans, File: Budget 2026.xlsx, App: Word'],
  ['OneDrive', 'FileDownloaded', 'SharePointFileOperation', '', 'Site: https://contoso-my.sharepoint.example/personal/ann/, File: Contract draft.docx, Folder: Documents'],
  ['MicrosoftTeams', 'MessageSent', 'MicrosoftTeams', '', 'Team: Plans, Channel: General'],
  ['SecurityComplianceCenter', 'AlertTriggered', 'SecurityComplianceAlerts', 'Success', 'Alert: Elevation of Exchange admin privilege, Severity: Low'],
] as const
const USERS = ['ann', 'ben', 'carla', 'dmitri', 'eve.longname-of-the-department', 'service-backup']
const HOSTILE = '<img src=x onerror="document.title=\'owned\'"> =cmd|calc \u202egpj.exe'

export function records(now: number): Invented[] {
  const next = random(365)
  const list: Invented[] = []
  for (let at = 0; at < 640; at++) {
    const tenant = next() < 0.8 ? 'contoso' : 'fabrikam'
    const day = Math.floor(next() * 30) * 24 * HOUR
    const clock = (8 + (next() + next() + next()) * 3.4) * HOUR
    const kind = ORDINARY[Math.floor(next() ** 1.6 * ORDINARY.length)] ?? ORDINARY[0]
    const user = `${USERS[Math.floor(next() ** 1.4 * USERS.length)]}@${tenant}.example`
    const time = Math.floor((now - 30 * 24 * HOUR) / (24 * HOUR)) * 24 * HOUR + day + clock
    list.push(record(at, time, tenant, kind, user, `198.51.100.${Math.floor(next() * 40)}`, {}))
  }
  const start = Math.floor(now / HOUR) * HOUR - 50 * HOUR
  const step = (at: number, kind: readonly [string, string, string, string, string], more: object) =>
    list.push(record(1000 + at, start + at * 47_000, 'contoso', kind, 'ann@contoso.example', '203.0.113.77', more))
  for (let at = 0; at < 60; at++) step(at, ORDINARY[3], {})
  step(60, ORDINARY[2], {})
  step(64, ['Exchange', 'New-InboxRule', 'ExchangeAdmin', 'True', 'Parameters: Name=.; ForwardTo=drop@evil.example; DeleteMessage=True'], {
    Parameters: [{ Name: 'Name', Value: '.' }, { Name: 'ForwardTo', Value: 'drop@evil.example' }, { Name: 'DeleteMessage', Value: 'True' }],
  })
  for (let at = 66; at < 190; at++) step(at, ORDINARY[0], { Folders: [{ Path: '\\Inbox', FolderItems: [{ InternetMessageId: `<${at}@contoso.example>` }] }] })
  step(191, ['Exchange', 'Send', 'ExchangeItem', 'Succeeded', `Subject: ${HOSTILE.replaceAll('\u202e', '\\u{202e}')}, Attachments: a.pdf (12b)`], { Item: { Subject: HOSTILE, Attachments: 'a.pdf (12b)' } })
  return list.filter((each) => each.time < now).sort((a, b) => b.time - a.time)
}

function record(
  at: number, time: number, tenant: string, kind: readonly [string, string, string, string, string],
  user: string, address: string, more: object,
): Invented {
  const [workload, operation, type, result, deed] = kind
  const seconds = new Date(Math.floor(time / 1000) * 1000).toISOString().replace('.000', '')
  const id = `${at.toString(16).padStart(8, '0')}-9ad4-4da0-fbf4-08d900d02c73`
  const raw = JSON.stringify({
    CreationTime: seconds.slice(0, -1), Id: id, Operation: operation, OrganizationId: '0873ee4d-d342-44f2-8961-74c442a2fad2',
    RecordType: 2, ...(result ? { ResultStatus: result } : {}), UserKey: '1003200126677019', UserType: 0, Version: 1, Workload: workload,
    ClientIP: `${address}:62589`, ObjectId: '', UserId: user, ExternalAccess: false, OriginatingServer: 'DB8PR04MB6875 (15.20.4042.018)\r\n',
    ...more, SessionId: '637a72b7-3f4e-445b-bb2e-4605eb2a141b',
  })
  const columns = {
    Key: `${tenant}:${id}`, CreationTime: seconds, Tenant: tenant, Workload: workload, Operation: operation, RecordTypeName: type,
    UserId: user, UserTypeName: 'Regular', ClientIP: `${address}:62589`, ClientAddress: address,
    ...(result ? { ResultStatus: result } : {}), SessionId: '637a72b7-3f4e-445b-bb2e-4605eb2a141b', Line: `${seconds.slice(0, -1)} ${workload} ${operation}: ${type}, UserType: Regular, UserId: ${user}, ClientIP: ${address}:62589, ResultStatus: ${result || '-'}, ${deed}, ObjectId: -`,
  }
  return { time: Date.parse(seconds), columns, raw }
}

/** The same records at every start. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The reports of the mock: three questions, answered from the invented records. */
import { createHash } from 'node:crypto'
import type { ChartBar, ReportKind, ReportPage, Section, TableRow } from '../src/api/contract'
import type { Invented } from './mock-records'

export const KINDS: ReportKind[] = [
  { name: 'overview', title: 'Overview', about: 'What happened in the tenant, by service, operation and user.', parameters: ['user'], required: [] },
  { name: 'non-owner-access', title: 'Access by others than the owner', about: 'Who opened, changed or sent from a mailbox that is not their own.', parameters: ['mailbox', 'user'], required: [] },
  { name: 'user-activity', title: 'One account', about: 'Everything an account did, from where, and in which sessions.', parameters: ['user', 'address', 'session'], required: ['user', 'address'] },
]

const DAY = 24 * 3_600_000
const STYLE = 'body{font:14px sans-serif;max-width:60em;margin:2em auto}h1{color:#0b6e74}'
/** What the page's policy has to allow, so that a report can be opened as a page of its own. */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

export function report(kind: ReportKind, given: URLSearchParams, found: Invented[]): ReportPage {
  const user = given.get('user')
  const mine = user ? found.filter((each) => each.columns['UserId']?.startsWith(user.replace('*', ''))) : found
  const time = (at: number) => mine.at(at)?.columns['CreationTime'] ?? null
  const asked = kind.parameters.flatMap((name) => (given.get(name) ? [{ name, value: given.get(name) ?? '' }] : []))
  return {
    report: kind.name,
    title: kind.title,
    about: kind.about,
    asked,
    tenants: given.get('tenant') ? [given.get('tenant') ?? ''] : ['contoso', 'fabrikam'],
    from: given.get('from') ?? time(-1),
    to: given.get('to') ?? time(0),
    made: new Date().toISOString(),
    events: mine.length,
    took_ms: 12.4,
    coverage: {
      contents: ranking(mine, 'Workload').map(({ label, values }) => ({ name: `Audit.${label}`, events: values[0] ?? 0, first: time(-1), last: time(0) })),
      gaps: kind.name === 'overview' ? [] : ['contoso Audit.Exchange 2026-11-03T04:00Z to 05:00Z: the window was never listed'],
      last_event: found[0]?.columns['CreationTime'] ?? null,
      dropped: kind.name === 'overview' ? [{ rule: 'no-teams-chatter', events: 1204 }] : [],
    },
    sections: sections(mine),
    notes: ['Failed attempts are counted too.'],
  }
}

function sections(found: Invented[]): Section[] {
  const names = [...new Set(found.map((each) => each.columns['Workload'] ?? ''))].sort()
  const failures = found.filter((each) => each.columns['ResultStatus'] === 'Failed').length
  return [
    {
      figures: [
        { label: 'Events', value: found.length, alarming: false },
        { label: 'Users', value: new Set(found.map((each) => each.columns['UserId'])).size, alarming: false },
        { label: 'Failed sign-ins', value: failures, alarming: failures > 20 },
        { label: 'Last seen', value: found[0]?.columns['CreationTime'] ?? null, alarming: false },
        { label: 'Newest rule', value: found.find((each) => each.columns['Operation'] === 'New-InboxRule')?.columns['UserId'] ?? null, alarming: true },
      ],
    },
    { chart: { title: 'Events a day', shape: 'timeline', series: names, bars: days(found, names) } },
    { chart: { title: 'Busiest users', shape: 'ranking', series: ['events'], bars: ranking(found, 'UserId') } },
    {
      table: {
        name: 'operations',
        title: 'Operations',
        columns: [{ name: 'Operation' }, { name: 'Events' }],
        rows: ranking(found, 'Operation').map((bar): TableRow => ({ cells: [bar.label, bar.values[0] ?? 0], key: null })),
        left_out: 0,
      },
    },
    {
      table: {
        name: 'events',
        title: 'Newest events',
        columns: ['CreationTime', 'UserId', 'Operation', 'ResultStatus', 'ClientAddress', 'Line'].map((name) => ({ name })),
        rows: found.slice(0, 450).map(({ columns: { Key, CreationTime, UserId, Operation, ResultStatus, ClientAddress, Line } }) => ({
          cells: [CreationTime, UserId, Operation, ResultStatus, ClientAddress, Line].map((cell) => cell ?? null),
          key: Key ?? null,
        })),
        left_out: Math.max(found.length - 450, 0),
      },
    },
  ]
}

function days(found: Invented[], names: string[]): ChartBar[] {
  const starts = found.map((each) => Math.floor(each.time / DAY) * DAY)
  const bars: ChartBar[] = []
  for (let at = Math.min(...starts); at <= Math.max(...starts); at += DAY) {
    const within = found.filter((_, index) => starts[index] === at)
    const values = names.map((name) => within.filter((each) => each.columns['Workload'] === name).length)
    bars.push({ label: new Date(at).toISOString().replace('.000', ''), values })
  }
  return bars
}

function ranking(found: Invented[], column: string): ChartBar[] {
  const counts = new Map<string, number>()
  for (const { columns } of found) counts.set(columns[column] ?? '', (counts.get(columns[column] ?? '') ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([label, events]) => ({ label, values: [events] }))
}

export function csv(page: ReportPage, name: string): string | null {
  const table = page.sections.flatMap((section) => ('table' in section ? [section.table] : [])).find((each) => each.name === name)
  if (!table) return null
  return [table.columns.map((column) => column.name), ...table.rows.map((row) => row.cells)].map((row) => `${row.map((cell) => JSON.stringify(cell ?? '')).join(',')}\r\n`).join('')
}

export function html(page: ReportPage): string {
  return `<!doctype html><html lang="en"><title>${page.title}</title><style>${STYLE}</style><h1>${page.title}</h1><p>${page.about} ${page.events} events.</p></html>`
}

/**
 * A stand-in for `trail365 serve`, for work on the page alone: `npm run build && npm run mock`.
 *
 * Same addresses and the same Content-Security-Policy, over a few hundred invented records. It understands just
 * enough of the language to click around in: `Field:value` with `*`, quotes, `-`, `not`, `Field:*` and free words.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { split } from '../src/query/terms'
import * as jobs from './mock-jobs'
import { COLUMNS, records, type Invented } from './mock-records'
import * as reports from './mock-reports'

const PORT = Number(process.env['PORT'] ?? 3650)
const DIST = new URL('../dist/', import.meta.url).pathname
const POLICY =
  `default-src 'none'; script-src 'self'; style-src 'self' ${reports.STYLE_HASH}; img-src 'self' data:; connect-src 'self'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const FACETS = 'Tenant,RecordTypeName,Workload,Operation,UserId,UserTypeName,ClientAddress,ResultStatus'
const BUCKET_SECONDS = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400]

class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly hint: string, readonly position?: number) {
    super(message)
  }
}

const all = records(Date.now())
const token = process.env['TOKEN']

createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://mock')
  const send = (status: number, type: string, body: string | Buffer) => {
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    response.end(body)
  }
  try {
    if (!url.pathname.startsWith('/api/')) {
      const path = url.pathname === '/' ? '/index.html' : normalize(url.pathname)
      return send(200, TYPES[extname(path)] ?? 'application/octet-stream', readFileSync(join(DIST, path)))
    }
    if (token && request.headers.authorization !== `Bearer ${token}`) throw new Refusal(401, 'An access token is needed.', 'Ask for it.')
    let body = ''
    for await (const chunk of request) body += chunk
    const file = fileOf(url)
    if (file) return send(200, file.type, file.text)
    const value = url.pathname.startsWith('/api/v1/jobs') ? job(request.method ?? '', url, body) : answer(url, body)
    send(request.method === 'DELETE' ? 204 : 200, 'application/json', value === null ? '' : JSON.stringify(value))
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(404, 'There is nothing at this address.', 'Build the page first.')
    const { status, message, hint, position } = refusal
    send(status, 'application/json', JSON.stringify({ error: { message, hint, position } }))
  }
}).listen(PORT, '127.0.0.1', () => console.log(`mock: http://127.0.0.1:${PORT}/ with ${all.length} invented records`))

function answer(url: URL, body: string): unknown {
  const [, , , what = '', key = ''] = url.pathname.split('/')
  if (what === 'status') return status()
  if (what === 'search') return search(url.searchParams)
  if (what === 'summary') return summary(url.searchParams)
  if (what === 'events') return event(decodeURIComponent(key))
  if (what === 'sql') return sql(JSON.parse(body).sql)
  if (what === 'reports') return key === '' ? { reports: reports.KINDS } : report(key, url.searchParams)
  if (what === 'issues') {
    const example = all[3]?.columns['Key']
    return { issues: [{ kind: 'mended-json', field: '', detail: '', count: 3, example }, { kind: 'wrong-type', field: 'UserType', detail: 'text', count: 41, first: all[90]?.columns['CreationTime'], last: all[2]?.columns['CreationTime'], example }] }
  }
  if (what === 'quarantine') return { rows: [{ Key: 'q1', reason: 'cut off: the text ends inside a string', source: 'file export.csv row 17', text: '{"Id":"1","Operation":"Se' }] }
  throw new Refusal(404, 'There is nothing at this address.', 'See /api/v1/status.')
}

/** What is no JSON: a report as a page or a table of it, the result of a job. */
function fileOf(url: URL): { type: string; text: string } | null {
  const [, , , what = '', key = '', part] = url.pathname.split('/')
  const [name = '', ending] = key.split('.')
  if (what === 'jobs' && part === 'result') return { type: 'text/csv', text: 'CreationTime,Operation\r\n' }
  if (what !== 'reports' || ending === undefined) return null
  const page = report(name, url.searchParams)
  if (ending === 'html') return { type: 'text/html; charset=utf-8', text: reports.html(page) }
  const text = reports.csv(page, url.searchParams.get('table') ?? '')
  if (text === null) throw new Refusal(404, 'The report has no such table.', 'Its JSON names the tables.')
  return { type: 'text/csv; charset=utf-8', text }
}

function report(name: string, given: URLSearchParams) {
  const kind = reports.KINDS.find((each) => each.name === name)
  if (!kind) throw new Refusal(404, `There is no report ${name}.`, 'GET /api/v1/reports lists them.')
  if (given.get('user') === 'nobody') throw new Refusal(400, 'user: "nobody" is no account.', 'Give a user principal name, as in ann@contoso.example.')
  const other = ['user', 'mailbox', 'address', 'document', 'session'].find((each) => given.has(each) && !kind.parameters.includes(each))
  if (other) throw new Refusal(400, `The report ${name} takes no ${other}.`, `It takes ${kind.parameters.join(', ')}.`)
  return reports.report(kind, given, matching(given))
}

function job(method: string, url: URL, body: string): unknown {
  const [, , , , id = '', act] = url.pathname.split('/')
  if (method === 'GET') return { jobs: jobs.list(Date.now()) }
  if (method === 'POST' && id === '') {
    const asked = JSON.parse(body)
    terms(asked.query ?? '')
    return jobs.create(asked, Date.now())
  }
  const gone = new Refusal(404, `There is no job ${id}.`, 'It may have been removed.')
  if (method === 'DELETE') {
    if (!jobs.remove(id)) throw gone
    return null
  }
  const cancelled = act === 'cancel' ? jobs.cancel(id, Date.now()) : null
  if (!cancelled) throw gone
  return cancelled
}

function status() {
  const [last, first] = [all[0]?.columns['CreationTime'] ?? null, all.at(-1)?.columns['CreationTime'] ?? null]
  const tenants = ['contoso', 'fabrikam'].map((name) => {
    const count = all.filter((record) => record.columns['Tenant'] === name).length
    return { name, records: count, quarantined: name === 'contoso' ? 1 : 0, first, last, bytes: count * 412, files: 4 }
  })
  return { version: '0.0.0-mock', tenants, records: all.length, quarantined: 1, first, last, fields: COLUMNS }
}

function search(given: URLSearchParams) {
  const found = matching(given)
  if (given.get('sort') === 'CreationTime') found.reverse()
  const from = Number(given.get('cursor') ?? 0)
  const to = from + Number(given.get('limit') ?? 100)
  return { took_ms: 4, rows: found.slice(from, to).map((record) => record.columns), next: to < found.length ? String(to) : null }
}

function summary(given: URLSearchParams) {
  const found = matching(given)
  const times = found.map((record) => record.time)
  const from = given.get('from') ?? (times.length > 0 ? new Date(Math.min(...times)).toISOString() : null)
  const to = given.get('to') ?? (times.length > 0 ? new Date(Math.max(...times)).toISOString() : null)
  const buckets = Number(given.get('buckets') ?? 120)
  const length = from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : 0
  const interval_seconds = BUCKET_SECONDS.find((seconds) => length / seconds <= buckets) ?? 86_400 * 7
  const starts = count(times.map((time) => new Date(Math.floor(time / interval_seconds / 1000) * interval_seconds * 1000).toISOString()))
  const facets = (given.get('facets') ?? FACETS).split(',').map((field) => {
    const values = found.map((record) => record.columns[field]).filter((value) => value !== undefined)
    const counts = [...count(values)].sort((a, b) => b[1] - a[1])
    const top = counts.slice(0, Number(given.get('top') ?? 10)).map(([value, records]) => ({ value, count: records }))
    return { field, values: top, distinct: counts.length, missing: found.length - values.length }
  })
  const histogram = { interval_seconds, buckets: [...starts].sort().map(([start, records]) => ({ start, count: records })) }
  return { took_ms: 7.3, total: found.length, from, to, histogram, facets }
}

function event(key: string) {
  const found = all.find((record) => record.columns['Key'] === key)
  if (!found) throw new Refusal(404, `There is no event ${key}.`, 'It may have been deleted by retention.')
  const fields: { path: string; value: unknown }[] = []
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) value.forEach((item) => (item?.Name ? walk(item.Value, `${path}.${item.Name}`) : walk(item, path)))
    else if (typeof value === 'object' && value) Object.entries(value).forEach(([name, member]) => walk(member, path ? `${path}.${name}` : name))
    else fields.push({ path, value })
  }
  walk(JSON.parse(found.raw), '')
  const issues = found.columns['Operation'] === 'FileDownloaded' ? [{ kind: 'wrong-type', field: 'UserType', detail: 'text "0"' }] : []
  return { Key: key, line: found.columns['Line'], columns: found.columns, fields, issues, provenance: { source: 'mock', origin: 'blob-17', position: 3 }, raw: found.raw }
}

function sql(statement: string) {
  if (!/^\s*select/i.test(statement)) throw new Refusal(400, 'SQL: expected SELECT.', 'Only statements that read are allowed.')
  const counts = [...count(all.map((record) => record.columns['Operation'] ?? ''))].sort((a, b) => b[1] - a[1])
  return { columns: [{ name: 'Operation', type: 'Utf8' }, { name: 'records', type: 'Int64' }], rows: counts, took_ms: 11, truncated: false }
}

function matching(given: URLSearchParams): Invented[] {
  const [from, to] = [Date.parse(given.get('from') ?? '1970'), Date.parse(given.get('to') ?? '9999')]
  const tenant = given.get('tenant')
  const tests = terms(given.get('q') ?? '')
  return all.filter(
    (record) => record.time >= from && record.time < to && (!tenant || record.columns['Tenant'] === tenant) && tests.every((test) => test(record)),
  )
}

function terms(q: string): ((record: Invented) => boolean)[] {
  const parts = split(q)
  if (!parts.closed) throw new Refusal(400, 'The query ends inside quotes or parentheses.', 'Close them.', q.length - 1)
  return parts.terms.map(({ text, start }) => {
    const [, negation, field, value = ''] = /^(-|not\s+)?(?:([\w.]+):)?(.*)$/is.exec(text) ?? []
    if (value === '') throw new Refusal(400, `The field ${field} has no value.`, 'Write the value behind the colon, without a blank.', start + text.length)
    const words = value.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1').toLowerCase()
    const pattern = new RegExp(`^${words.split('*').map((part) => part.replace(/[^\w\s]/g, '\\$&')).join('.*')}$`, 's')
    const holds = (record: Invented) => {
      if (!field) return record.raw.toLowerCase().includes(words)
      const column = COLUMNS.find((each) => each.name.toLowerCase() === field.toLowerCase())?.name ?? field
      return pattern.test((record.columns[column] ?? '\0').toLowerCase())
    }
    return (record) => holds(record) === !negation
  })
}

function count(values: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

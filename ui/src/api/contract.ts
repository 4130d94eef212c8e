/** What does the server answer? The HTTP API as the page uses it; its reference is the server's documentation. */

export interface Status {
  version: string
  tenants: Tenant[]
  records: number
  quarantined: number
  first: string | null
  last: string | null
  fields: Field[]
}

export interface Tenant {
  name: string
  records: number
  quarantined: number
  first: string | null
  last: string | null
  bytes: number
  files: number
}

export interface Field {
  name: string
  kind: 'text' | 'time' | 'number' | 'address' | 'flag'
  facet: boolean
  description: string
}

export type Sort = '-CreationTime' | 'CreationTime'

/** What to look for; `from` is inside the range, `to` is the first moment after it. */
export interface Question {
  q: string
  from?: string | undefined
  to?: string | undefined
  tenant?: string | undefined
}

/** A column that a record has no value for is absent or null. */
export interface Row {
  Key: string
  CreationTime?: string | null
  Tenant?: string | null
  Workload?: string | null
  Operation?: string | null
  UserId?: string | null
  ClientIP?: string | null
  ClientAddress?: string | null
  ObjectId?: string | null
  ResultStatus?: string | null
  Line?: string | null
  [column: string]: unknown
}

export interface SearchAnswer {
  took_ms: number
  rows: Row[]
  next: string | null
}

export interface Bucket {
  start: string
  count: number
}

export interface HistogramAnswer {
  interval_seconds: number
  buckets: Bucket[]
}

export interface FacetAnswer {
  field: string
  values: { value: string; count: number }[]
  distinct: number
  missing: number
}

export interface SummaryAnswer {
  took_ms: number
  total: number
  from: string | null
  to: string | null
  histogram: HistogramAnswer
  facets: FacetAnswer[]
}

export interface EventAnswer {
  Key: string
  line: string
  columns: Record<string, unknown>
  fields: { path: string; value: unknown }[]
  issues: { kind: string; field?: string | null; detail?: string | null }[]
  provenance: Record<string, unknown>
  raw: string
}

export interface SqlAnswer {
  columns: { name: string; type: string }[]
  rows: unknown[][]
  took_ms: number
  truncated: boolean
}

export interface IssueCount {
  kind: string
  field?: string | null
  detail?: string | null
  count: number
  first?: string | null
  last?: string | null
  example?: string | null
}

export interface QuarantinedRecord {
  Key: string
  reason: string
  source: string
  text: string
}

/** A report there is. It takes its `parameters` and refuses others; one of `required`, where there are any, it needs. */
export interface ReportKind {
  name: string
  title: string
  about: string
  parameters: string[]
  required: string[]
}

export interface ReportPage {
  report: string
  title: string
  about: string
  asked: { name: string; value: string }[]
  tenants: string[]
  from: string | null
  to: string | null
  made: string | null
  events: number
  took_ms: number
  coverage: Coverage
  sections: Section[]
  notes: string[]
}

/** On what a report rests. */
export interface Coverage {
  contents: { name: string; events: number; first: string | null; last: string | null }[]
  gaps: string[]
  last_event: string | null
  /** Events that a policy kept out of the store, by the rule's name. */
  dropped: { rule: string; events: number }[]
}

export type Section = { figures: Figure[] } | { chart: Chart } | { table: Table }

export type Cell = string | number | null

export interface Figure {
  label: string
  value: Cell
  alarming: boolean
}

export interface Chart {
  title: string
  shape: 'timeline' | 'ranking'
  series: string[]
  bars: ChartBar[]
}

export interface ChartBar {
  label: string
  /** In the order of the series. */
  values: number[]
}

export interface Table {
  name: string
  title: string
  columns: { name: string }[]
  rows: TableRow[]
  left_out: number
}

export interface TableRow {
  cells: Cell[]
  /** The event that the row shows, where it shows one. */
  key: string | null
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'expired'

export type JobFormat = 'xml' | 'csv' | 'json' | 'parquet'

export interface Job {
  id: string
  name: string
  /** What is searched, in one readable line. */
  what: string
  format: string
  state: JobState
  done: number | null
  total: number | null
  created: string | null
  started: string | null
  finished: string | null
  expires: string | null
  error: string | null
  file: string | null
  bytes: number | null
  deliveries: { to: string; state: string; words: string | null }[]
}

/** A job to be made; what is absent or empty does not narrow it. */
export interface JobRequest {
  name?: string | undefined
  query?: string | undefined
  mailboxes?: string[] | undefined
  logon_types?: string[] | undefined
  operations?: string[] | undefined
  from?: string | undefined
  to?: string | undefined
  tenant?: string | undefined
  format: JobFormat
  mail_to?: string[] | undefined
}

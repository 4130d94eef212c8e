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

/** How does the page ask the server? One function per address of the HTTP API; the network is an argument. */
import type {
  EventAnswer,
  IssueCount,
  Job,
  JobRequest,
  QuarantinedRecord,
  Question,
  ReportKind,
  ReportPage,
  SearchAnswer,
  Sort,
  SqlAnswer,
  Status,
  SummaryAnswer,
} from './contract'

export const PAGE_ROWS = 100
export const QUARANTINE_ROWS_MAX = 200
export const SQL_ROWS_MAX = 1000

/** A refusal, with what the server advises and, for a query, the character where reading stopped. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when there was no answer at all. */
    readonly status: number,
    message: string,
    readonly hint: string | null = null,
    readonly position: number | null = null,
  ) {
    super(message)
  }
}

export interface Access {
  fetch: (path: string, init: RequestInit) => Promise<Response>
  token: () => string | null
  /** Called when the server wants an access token, or another one. */
  denied: () => void
}

export type Parameters = Record<string, string | number | undefined>

export type Client = ReturnType<typeof connect>

export function connect(access: Access) {
  const get = <T>(path: string, parameters: Parameters, signal: AbortSignal) =>
    request<T>(access, path + queryText(parameters), { signal })

  const post = <T>(path: string, body: unknown, signal: AbortSignal) =>
    request<T>(access, path, {
      signal,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })

  return {
    status: (signal: AbortSignal) => get<Status>('/api/v1/status', {}, signal),

    search: (question: Question, sort: Sort, cursor: string | null, signal: AbortSignal) =>
      get<SearchAnswer>(
        '/api/v1/search',
        { ...question, sort, limit: PAGE_ROWS, cursor: cursor ?? undefined },
        signal,
      ),

    /** Without `facets` the server picks its own. */
    summary: (
      question: Question,
      shape: { buckets: number; facets?: string; top?: number },
      signal: AbortSignal,
    ) => get<SummaryAnswer>('/api/v1/summary', { ...question, ...shape }, signal),

    event: (key: string, signal: AbortSignal) =>
      get<EventAnswer>(`/api/v1/events/${encodeURIComponent(key)}`, {}, signal),

    sql: (sql: string, signal: AbortSignal) =>
      post<SqlAnswer>('/api/v1/sql', { sql, limit: SQL_ROWS_MAX }, signal),

    issues: (signal: AbortSignal) => get<{ issues: IssueCount[] }>('/api/v1/issues', {}, signal),

    quarantine: (signal: AbortSignal) =>
      get<{ rows: QuarantinedRecord[] }>('/api/v1/quarantine', { limit: QUARANTINE_ROWS_MAX }, signal),

    reports: (signal: AbortSignal) => get<{ reports: ReportKind[] }>('/api/v1/reports', {}, signal),

    report: (name: string, parameters: Parameters, signal: AbortSignal) =>
      get<ReportPage>(reportPath(name), parameters, signal),

    jobs: (signal: AbortSignal) => get<{ jobs: Job[] }>('/api/v1/jobs', {}, signal),

    createJob: (job: JobRequest, signal: AbortSignal) => post<Job>('/api/v1/jobs', job, signal),

    cancelJob: (id: string, signal: AbortSignal) => post<Job>(`${jobPath(id)}/cancel`, {}, signal),

    removeJob: (id: string, signal: AbortSignal) =>
      request<null>(access, jobPath(id), { signal, method: 'DELETE' }),

    /** A link to a file of the server works as it is, unless a token is needed: that cannot ride on a link. */
    linksSuffice: () => access.token() === null,

    /** A file of the server, with the token. */
    file: async (path: string, signal: AbortSignal) => (await accepted(access, path, { signal })).blob(),
  }
}

/** Where a report is; with an ending such as `html`, the report as that kind of file. */
export function reportPath(name: string, ending = ''): string {
  return `/api/v1/reports/${encodeURIComponent(name)}${ending && `.${ending}`}`
}

export function jobPath(id: string): string {
  return `/api/v1/jobs/${encodeURIComponent(id)}`
}

export function queryText(parameters: Parameters): string {
  const present = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') present.set(name, String(value))
  }
  const text = present.toString()
  return text === '' ? '' : `?${text}`
}

async function request<T>(access: Access, path: string, init: RequestInit): Promise<T> {
  const headers = new Headers(init.headers)
  headers.set('Accept', 'application/json')
  const response = await accepted(access, path, { ...init, headers })
  return (response.status === 204 ? null : await json(response)) as T
}

/** An answer that is no refusal. */
async function accepted(access: Access, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  const token = access.token()
  if (token) headers.set('Authorization', `Bearer ${token}`)

  const response = await answered(access, path, { ...init, headers })
  if (response.status === 401) access.denied()
  if (!response.ok) throw refusal(response.status, await json(response))
  return response
}

async function answered(access: Access, path: string, init: RequestInit): Promise<Response> {
  try {
    return await access.fetch(path, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiError(
      0,
      'The server does not answer.',
      'Is trail365 serve still running? Start it again, then retry.',
    )
  }
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    if (!response.ok) return null
    throw new ApiError(
      response.status,
      'The server answered something that is not JSON.',
      'Is another program answering at this address?',
    )
  }
}

function refusal(status: number, body: unknown): ApiError {
  const error = record(record(body)?.['error'])
  const message = text(error?.['message']) ?? `The server refused with status ${status}.`
  const position = error?.['position']
  return new ApiError(
    status,
    message,
    text(error?.['hint']),
    typeof position === 'number' ? position : null,
  )
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

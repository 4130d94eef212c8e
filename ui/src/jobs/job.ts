/** What does a job say of itself, and how is a new one put into words? */
import type { Job, JobFormat, JobRequest, JobState } from '../api/contract'
import { counted, size, whole } from '../parts/text'
import { readable } from '../time/text'

export const NAME_CHARACTERS_MAX = 64

export const FORMATS: { format: JobFormat; label: string; title: string }[] = [
  { format: 'csv', label: 'CSV', title: 'A row for each event, for spreadsheets' },
  { format: 'xml', label: 'XML', title: 'Entries of the mailbox audit log, as Exchange sends them' },
  { format: 'json', label: 'JSON', title: 'A line of JSON for each event, for programs' },
  { format: 'parquet', label: 'Parquet', title: 'The stored columns, for analytics' },
]

export const LOGON_TYPES: { value: string; label: string }[] = [
  { value: 'owner', label: 'Owner' },
  { value: 'delegate', label: 'Delegate' },
  { value: 'admin', label: 'Admin' },
  { value: 'external', label: 'External' },
]

export const STATES: Record<JobState, string> = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  expired: 'Expired',
}

export interface Draft {
  name: string
  query: string
  /** As typed: one a line. */
  mailboxes: string
  logon_types: string[]
  operations: string
  format: JobFormat
  mail_to: string
}

/** What was typed, as the API takes it; what is empty is left out. */
export function request(draft: Draft, within: Pick<JobRequest, 'from' | 'to' | 'tenant'>): JobRequest {
  return {
    name: draft.name.trim() || undefined,
    query: draft.query.trim() || undefined,
    mailboxes: some(listOf(draft.mailboxes)),
    logon_types: some(draft.logon_types),
    operations: some(listOf(draft.operations)),
    from: within.from,
    to: within.to,
    tenant: within.tenant || undefined,
    format: draft.format,
    mail_to: some(listOf(draft.mail_to)),
  }
}

/** Names as people paste them: by line, comma or semicolon, each once. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(/[\n,;]/).map((part) => part.trim()).filter((part) => part !== ''))]
}

function some(list: string[]): string[] | undefined {
  return list.length > 0 ? list : undefined
}

export function isActive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running'
}

/** How much of it is done, from 0 to 1; null while nobody knows. */
export function share(job: Job): number | null {
  if (job.state === 'queued') return 0
  if (job.done === null || !job.total) return null
  return Math.min(job.done / job.total, 1)
}

/** `1,200 of 8,000 events`, `8,000 events`. */
export function counts(job: Job): string {
  if (job.done === null) return ''
  if (isActive(job) && job.total) return `${whole(job.done)} of ${counted(job.total, 'event')}`
  return job.state === 'queued' ? '' : counted(job.done, 'event')
}

/** What one wants to know of it besides its name, in the order of its life. */
export function facts(job: Job): string[] {
  const times: [string, string | null][] = [
    ['made', job.created],
    ['finished', job.finished],
    [job.state === 'expired' ? 'expired' : 'kept until', job.file || job.state === 'expired' ? job.expires : null],
  ]
  return [
    counts(job),
    job.bytes === null ? '' : `${job.format} of ${size(job.bytes)}`,
    ...times.map(([word, time]) => (time ? `${word} ${readable(time)}` : '')),
  ].filter((fact) => fact !== '')
}

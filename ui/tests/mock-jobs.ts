/** The jobs of the mock: each waits a moment, runs for some seconds, and ends in a small file. */
import type { Job, JobRequest } from '../src/api/contract'

const WAIT_MS = 600
const RUN_MS = 4000
const TOTAL = 8000
const DAY = 24 * 3_600_000

type Ended = 'cancelled' | 'failed' | 'expired'
interface Made {
  id: string
  born: number
  asked: JobRequest
  ended?: { as: Ended; at: number; error?: string }
}

const made: Made[] = [
  { id: 'j1', born: Date.now() - 9 * DAY, asked: { name: 'Board mailboxes, October', mailboxes: ['ann@contoso.example', 'ben@contoso.example'], format: 'xml' }, ended: { as: 'expired', at: Date.now() - 2 * DAY } },
  { id: 'j2', born: Date.now() - DAY, asked: { name: 'Everything', format: 'parquet' }, ended: { as: 'failed', at: Date.now() - DAY + 2000, error: 'the disk is full: 1.2 GB are needed in the data folder; free some space, then make the job again' } },
  { id: 'j3', born: Date.now() - DAY / 2, asked: { name: 'Sign-ins from 203.0.113.0/24', query: 'ClientAddress:203.0.113.0/24', format: 'csv', mail_to: ['audit@contoso.example'] } },
]

export function list(now: number): Job[] {
  return made.map((each) => view(each, now)).reverse()
}

export function create(asked: JobRequest, now: number): Job {
  const job = { id: `j${made.length + 1}-${now.toString(36)}`, born: now, asked }
  made.push(job)
  return view(job, now)
}

export function cancel(id: string, now: number): Job | null {
  const job = made.find((each) => each.id === id)
  if (job) job.ended = { as: 'cancelled', at: now }
  return job ? view(job, now) : null
}

export function remove(id: string): boolean {
  const at = made.findIndex((each) => each.id === id)
  if (at >= 0) made.splice(at, 1)
  return at >= 0
}

function view({ id, born, asked, ended }: Made, now: number): Job {
  const part = Math.min(Math.max(((ended?.at ?? now) - born - WAIT_MS) / RUN_MS, 0), 1)
  const state = ended?.as ?? (part === 0 ? 'queued' : part < 1 ? 'running' : 'done')
  const time = (at: number) => new Date(at).toISOString()
  const finished = ended?.at ?? (part === 1 ? born + WAIT_MS + RUN_MS : null)
  const what = [
    asked.query ?? '',
    asked.mailboxes ? `mailboxes ${asked.mailboxes.join(', ')}` : '',
    asked.logon_types ? `by ${asked.logon_types.join(', ')}` : '',
    asked.operations ? `operations ${asked.operations.join(', ')}` : '',
    asked.from || asked.to ? `${asked.from ?? 'the beginning'} to ${asked.to ?? 'now'}` : '',
    asked.tenant ? `tenant ${asked.tenant}` : '',
  ].filter((text) => text !== '')
  return {
    id,
    name: asked.name ?? '',
    what: what.join(', ') || 'every event',
    format: asked.format,
    state,
    done: state === 'queued' ? 0 : Math.round(part * TOTAL),
    total: state === 'queued' ? null : TOTAL,
    created: time(born),
    started: part > 0 ? time(born + WAIT_MS) : null,
    finished: finished === null ? null : time(finished),
    expires: finished === null ? null : time(finished + 7 * DAY),
    error: ended?.error ?? null,
    file: state === 'done' ? `${asked.name ?? 'export'}-${id}.${asked.format}`.replaceAll('/', '-') : null,
    bytes: state === 'done' ? 1_840_220 : null,
    deliveries: (asked.mail_to ?? []).map((to) => ({ to, state: state === 'done' ? 'done' : 'waiting', words: state === 'done' ? 'sent, 1.8 MB attached' : 'when the job is done' })),
  }
}

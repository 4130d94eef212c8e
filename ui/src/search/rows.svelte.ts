/** The rows found so far: a first page, and more on demand. */
import type { Row, SearchAnswer } from '../api/contract'
import { Latest } from '../parts/latest.svelte'

/** A browser stays brisk up to here; beyond it one narrows the search, or asks the command line. */
export const ROWS_SHOWN_MAX = 2000

type Load = (cursor: string | null, signal: AbortSignal) => Promise<SearchAnswer>

export class Rows {
  list = $state.raw<Row[]>([])
  #next = $state.raw<string | null>(null)
  #page = new Latest<SearchAnswer>()
  #load: Load | null = null

  get busy() {
    return this.#page.busy
  }

  get error() {
    return this.#page.error
  }

  /** No answer has come yet. */
  get fresh() {
    return this.#page.data === null
  }

  get took_ms() {
    return this.#page.data?.took_ms ?? null
  }

  get more(): 'more' | 'full' | 'end' {
    if (this.#next === null) return 'end'
    return this.list.length < ROWS_SHOWN_MAX ? 'more' : 'full'
  }

  async start(load: Load) {
    this.#load = load
    const answer = await this.#page.run((signal) => load(null, signal))
    if (!answer) return
    this.list = answer.rows
    this.#next = answer.next
  }

  async extend() {
    const [load, next] = [this.#load, this.#next]
    if (!load || this.busy || this.error || this.more !== 'more') return
    const answer = await this.#page.run((signal) => load(next, signal))
    if (!answer) return
    this.list = [...this.list, ...answer.rows]
    this.#next = answer.next
  }
}

/** The answer to the newest question: a later question cancels an earlier one, so answers never arrive out of order. */
import { ApiError } from '../api/client'

export class Latest<T> {
  data = $state.raw<T | null>(null)
  error = $state.raw<ApiError | null>(null)
  busy = $state(false)
  #running: AbortController | null = null

  /** Gives the answer, or null if it failed or was overtaken. */
  async run(load: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.#running?.abort()
    const running = new AbortController()
    this.#running = running
    this.busy = true
    try {
      const data = await load(running.signal)
      if (this.#running !== running) return null
      this.data = data
      this.error = null
      this.busy = false
      return data
    } catch (error) {
      if (this.#running !== running) return null
      this.error = asApiError(error)
      this.busy = false
      return null
    }
  }

  /** Forgets the answer and whatever is under way. */
  clear() {
    this.#running?.abort()
    this.#running = null
    this.data = null
    this.error = null
    this.busy = false
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError(0, error instanceof Error ? error.message : String(error))
}

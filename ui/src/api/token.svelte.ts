/** Which access token does the server get? Kept for the life of the browser tab, never in the URL. */
const NAME = 'trail365.token'

export class Token {
  /** The server asked for one, or for another one. */
  wanted = $state(false)
  #refused = $state(false)

  read = (): string | null => sessionStorage.getItem(NAME)

  ask = () => {
    this.#refused = this.read() !== null
    this.wanted = true
  }

  /** A token was given before, and it was the wrong one. */
  get refused(): boolean {
    return this.#refused
  }

  keep(token: string) {
    sessionStorage.setItem(NAME, token)
    this.wanted = false
  }
}

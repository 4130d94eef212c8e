/** How is a moment written and read? Everything is UTC, as in the records, so that two people see one time. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `2026-11-20T08:15:02Z`, as the API and the URL hold it. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}

/** `2026-11-20 08:15:02` for people; what is not a time stays as it came. */
export function readable(text: string): string {
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) return text
  return iso(milliseconds).replace('T', ' ').replace(/(\.\d+)?Z$/, '')
}

/** The same moment on the reader's own clock, for a title. */
export function local(text: string): string {
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) return text
  return `${new Date(milliseconds).toLocaleString(undefined, { timeZoneName: 'short' })} on this computer's clock`
}

/**
 * Reads `2026-11-20`, `2026-11-20 08:15`, ISO 8601 with or without zone; without a zone it is UTC.
 * A day alone means its start, or for the end of a range, the start of the next day.
 */
export function parse(text: string, edge: 'from' | 'to'): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(text.trim())
  if (!match) return null
  const [, day = '', clock, zone] = match
  const time = clock === undefined ? '00:00' : clock
  const milliseconds = Date.parse(`${day}T${time}${!zone || /utc|z/i.test(zone) ? 'Z' : zone}`)
  if (Number.isNaN(milliseconds)) return null
  // `2026-02-30` reads as March in some engines; a day that does not exist is not a time.
  if (!zone && iso(milliseconds).slice(0, 10) !== day) return null
  return clock === undefined && edge === 'to' ? milliseconds + DAY : milliseconds
}

/** A length of time in its largest fitting unit: `5 minutes`, `1 hour`, `2 days`. */
export function duration(milliseconds: number): string {
  const units: [number, string][] = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
    [SECOND, 'second'],
  ]
  const [size, name] = units.find(([unit]) => milliseconds >= unit && milliseconds % unit === 0) ??
    units.find(([unit]) => milliseconds >= unit) ?? [SECOND, 'second']
  const count = Math.round((milliseconds / size) * 10) / 10
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

export { DAY, HOUR, MINUTE, SECOND }

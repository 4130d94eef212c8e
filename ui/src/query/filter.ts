/** How does a click on a value change the query? */
import { split, type Term } from './terms'

export interface Filter {
  field: string
  value: string
  exclude: boolean
}

// What stands without quotes: no blank, no wildcard, no sign that the language reads. In quotes all is taken as it is.
const BARE_VALUE = /^[\p{L}\p{N}_.@][\p{L}\p{N}_.@-]*$/u
const BARE_NAME = /^[\p{L}_][\p{L}\p{N}_.@$-]*$/u
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const FILTER = new RegExp(String.raw`^(-|!|not\s+)?(${QUOTED}|[\p{L}_][\p{L}\p{N}_.@$-]*)[:=](.+)$`, 'isu')
const WORDS_OF_THE_LANGUAGE = new Set(['and', 'or', 'not'])

export function term(filter: Filter): string {
  return `${filter.exclude ? '-' : ''}${name(filter.field)}:${quote(filter.value)}`
}

/** A term for records that have no value in this field. */
export function missing(field: string): string {
  return `-${name(field)}:*`
}

export function quote(value: string): string {
  if (BARE_VALUE.test(value) && !WORDS_OF_THE_LANGUAGE.has(value.toLowerCase())) return value
  return quoted(value)
}

/** Paths into a record hold whatever Microsoft names things, blanks included. */
function name(field: string): string {
  return BARE_NAME.test(field) ? field : quoted(field)
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Adds the filter; one that says the opposite gives way, and one already there stays single. */
export function withFilter(query: string, filter: Filter): string {
  const opposite = term({ ...filter, exclude: !filter.exclude })
  return withTerm(withoutTerm(query, opposite), term(filter))
}

export function withTerm(query: string, added: string): string {
  const text = query.trim()
  if (text === '') return added
  if (hasTerm(text, added)) return text
  return split(text).alternatives ? `(${text}) ${added}` : `${text} ${added}`
}

export function hasTerm(query: string, wanted: string): boolean {
  return find(query, wanted) !== null
}

/** A query with alternatives keeps its terms: without one of them it would mean something else. */
export function withoutTerm(query: string, unwanted: string): string {
  const found = find(query, unwanted)
  if (!found) return query
  // An `and` that joined the term goes with it.
  const before = query.slice(0, found.start).replace(/\s*\band\s*$/i, '').trimEnd()
  const after = query.slice(found.end).trimStart()
  const rest = before === '' ? after.replace(/^and\s+/i, '') : after
  return [before, rest].filter((part) => part !== '').join(' ')
}

/** The plain `Field:value` filters of a query that narrow it as a whole. */
export function filtersOf(query: string): Filter[] {
  const { terms, alternatives } = split(query)
  if (alternatives) return []
  return terms.map((each) => read(each.text)).filter((filter) => filter !== null)
}

function find(query: string, wanted: string): Term | null {
  const { terms, alternatives } = split(query)
  if (alternatives) return null
  const sought = read(wanted)
  const same = (text: string) => {
    const filter = sought && read(text)
    return filter ? sameFilter(filter, sought) : text === wanted
  }
  return terms.find((each) => same(each.text)) ?? null
}

// The language compares without case, so `operation:send` is the filter `Operation:Send`.
function sameFilter(a: Filter, b: Filter): boolean {
  return (
    a.exclude === b.exclude &&
    a.field.toLowerCase() === b.field.toLowerCase() &&
    a.value.toLowerCase() === b.value.toLowerCase()
  )
}

function read(text: string): Filter | null {
  const match = FILTER.exec(text)
  if (!match) return null
  const [, negation, field = '', rest = ''] = match
  const value = unquoted(rest)
  if (value === null) return null
  return { field: unquoted(field) ?? field, value, exclude: negation !== undefined }
}

/** Null for what is more than one plain value: wildcards, lists. */
function unquoted(text: string): string | null {
  if (BARE_VALUE.test(text)) return text
  const match = /^"((?:[^"\\]|\\.)*)"$/su.exec(text)
  return match?.[1] === undefined ? null : match[1].replace(/\\(["\\])/g, '$1')
}

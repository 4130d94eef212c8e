/**
 * Where are the terms of a query?
 *
 * The server owns the language; the page reads just enough of it to add, find and remove a term by click:
 * quotes, parentheses and the words and, or, not.
 */

export interface Term {
  /** As typed, with its `-` or `not` in front. */
  text: string
  start: number
  end: number
}

export interface Terms {
  terms: Term[]
  /** The query has an `or` outside parentheses: a term added behind it would bind to its last part only. */
  alternatives: boolean
  /** Quotes and parentheses are closed. */
  closed: boolean
}

export function split(query: string): Terms {
  const words = wordsOf(query)
  const terms: Term[] = []
  let alternatives = false
  let negation: Term | null = null
  for (const word of words.list) {
    const lower = word.text.toLowerCase()
    if (lower === 'and') continue
    if (lower === 'or') {
      alternatives = true
      continue
    }
    if (lower === 'not' && !negation) {
      negation = word
      continue
    }
    const start: number = negation ? negation.start : word.start
    terms.push({ text: query.slice(start, word.end), start, end: word.end })
    negation = null
  }
  return { terms, alternatives, closed: words.closed }
}

/** Cuts at blanks that stand outside quotes and parentheses. */
function wordsOf(query: string): { list: Term[]; closed: boolean } {
  const list: Term[] = []
  let start = -1
  let depth = 0
  let quoted = false
  const finish = (end: number) => {
    if (start >= 0) list.push({ text: query.slice(start, end), start, end })
    start = -1
  }
  for (let at = 0; at < query.length; at++) {
    const character = query[at] ?? ''
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
      continue
    }
    if (depth === 0 && /\s/.test(character)) {
      finish(at)
      continue
    }
    if (start < 0) start = at
    if (character === '"') quoted = true
    else if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
  }
  finish(query.length)
  return { list, closed: !quoted && depth === 0 }
}

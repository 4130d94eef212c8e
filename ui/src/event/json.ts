/**
 * How does raw JSON look with line breaks?
 *
 * Works on the text, not on the parsed value: numbers keep every digit, keys their order and their repeats,
 * so what is shown is what was received.
 */

export type Kind = 'key' | 'text' | 'number' | 'word' | 'punctuation'

export interface Token {
  kind: Kind
  text: string
}

/** Above this the colours would cost more than they help. */
export const COLOURED_CHARACTERS_MAX = 100_000

const TOKEN = /\s+|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/ys

/** Null when the text is not JSON: then only the exact text is worth showing. */
export function pretty(raw: string): Token[] | null {
  if (raw.length > COLOURED_CHARACTERS_MAX || !isJson(raw)) return null
  const words = wordsOf(raw)
  const tokens: Token[] = []
  let depth = 0
  words.forEach((word, at) => {
    const next = words[at + 1]
    if (word === '{' || word === '[') {
      tokens.push({ kind: 'punctuation', text: word })
      const empty = next === '}' || next === ']'
      depth++
      if (!empty) tokens.push(lineBreak(depth))
    } else if (word === '}' || word === ']') {
      depth--
      const before = words[at - 1]
      if (before !== '{' && before !== '[') tokens.push(lineBreak(depth))
      tokens.push({ kind: 'punctuation', text: word })
    } else if (word === ',') tokens.push({ kind: 'punctuation', text: ',' }, lineBreak(depth))
    else if (word === ':') tokens.push({ kind: 'punctuation', text: ': ' })
    else tokens.push({ kind: kindOf(word, next === ':'), text: word })
  })
  return tokens
}

function isJson(raw: string): boolean {
  try {
    JSON.parse(raw)
    return true
  } catch {
    return false
  }
}

function wordsOf(raw: string): string[] {
  const words: string[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(raw); match; match = TOKEN.exec(raw)) {
    const word = match[0]
    if (!/^\s/.test(word)) words.push(word)
  }
  return words
}

function kindOf(word: string, isKey: boolean): Kind {
  if (word.startsWith('"')) return isKey ? 'key' : 'text'
  return /^[tfn]/.test(word) ? 'word' : 'number'
}

function lineBreak(depth: number): Token {
  return { kind: 'punctuation', text: `\n${'  '.repeat(depth)}` }
}

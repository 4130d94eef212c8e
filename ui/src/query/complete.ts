/** What is being typed at the caret: the name of a field, or a value of one? */

export type Typing =
  | { kind: 'field'; prefix: string; start: number; end: number }
  | { kind: 'value'; field: string; prefix: string; start: number; end: number }

export function typingAt(query: string, caret: number): Typing | null {
  const before = query.slice(0, caret)
  const value = /(?:^|[\s(-])([\p{L}_][\p{L}\p{N}_.]*):(?:"((?:[^"\\]|\\.)*)|([^\s"():<>=]*))$/u.exec(before)
  if (value) {
    const [, field = '', quoted, bare] = value
    const typed = quoted === undefined ? (bare ?? '').length : quoted.length + 1
    const rest = quoted === undefined ? /^[^\s"()]*/ : /^(?:[^"\\]|\\.)*"?/
    const end = caret + (rest.exec(query.slice(caret))?.[0].length ?? 0)
    return { kind: 'value', field, prefix: quoted ?? bare ?? '', start: caret - typed, end }
  }
  if (insideQuotes(before)) return null
  const name = /(?:^|[\s(-])([\p{L}_][\p{L}\p{N}_.]*)$/u.exec(before)
  if (!name) return null
  const prefix = name[1] ?? ''
  const end = caret + (/^[\p{L}\p{N}_.]*:?/u.exec(query.slice(caret))?.[0].length ?? 0)
  return { kind: 'field', prefix, start: caret - prefix.length, end }
}

/** Names that start with what was typed come before names that hold it. */
export function matching<T>(choices: T[], name: (choice: T) => string, prefix: string): T[] {
  const sought = prefix.toLowerCase()
  const starts = choices.filter((choice) => name(choice).toLowerCase().startsWith(sought))
  const holds = choices.filter((choice) => name(choice).toLowerCase().indexOf(sought) > 0)
  return [...starts, ...holds]
}

function insideQuotes(text: string): boolean {
  return (text.replace(/\\./gsu, '').match(/"/g)?.length ?? 0) % 2 === 1
}

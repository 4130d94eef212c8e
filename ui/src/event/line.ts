/**
 * What does the readable line say, part by part?
 *
 *     2022-09-01T19:57:49 Exchange Send: ExchangeItem, UserType: Regular, ..., Path: \Inbox, Subject: "a, b"
 *
 * The server writes it for a terminal; beside a table the parts read better apart. A value that holds `, ` stands
 * in quotes there, so a label inside a hostile subject is no label.
 */

export interface Part {
  label: string
  value: string
}

const PART = /, ([A-Z]\w*): (?:"((?:[^"\\]|\\.)*)"|(.*?))(?=, [A-Z]\w*: |$)/gs
const HEAD = ', UserType: '
/** What every line has, and the columns of a table show already. */
const EVERY = new Set(['UserType', 'UserId', 'ClientIP', 'ResultStatus'])

/** The parts that have a value; none where the line is built otherwise. */
export function parts(line: string): Part[] {
  const start = line.indexOf(HEAD)
  if (start < 0) return []
  return [...line.slice(start).matchAll(PART)]
    .map(([, label = '', quoted, bare = '']) => ({ label, value: quoted?.replaceAll('\\"', '"') ?? bare }))
    .filter((part) => part.value !== '-')
}

/** In a column that is cut off the telling part must come first; addresses of sites and programs tell least. */
const TELLING = ['Error', 'Subject', 'File', 'Parameters', 'Changed', 'Title', 'Alert', 'Target', 'Members', 'Query', 'Path', 'DestPath']
const DULL = ['LogonType', 'Site', 'App', 'OriginatingServer', 'SessionId', 'UserAgent']

/** The parts that are particular to the kind of event, the telling ones first. */
export function particulars(line: string): Part[] {
  return parts(line)
    .filter((part) => !EVERY.has(part.label))
    .sort((a, b) => rank(a.label) - rank(b.label))
}

function rank(label: string): number {
  if (TELLING.includes(label)) return TELLING.indexOf(label)
  return TELLING.length + 1 + DULL.indexOf(label)
}

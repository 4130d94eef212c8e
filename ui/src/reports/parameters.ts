/** What can a report be told, and what does it still have to be told? */
import type { ReportKind } from '../api/contract'

export const PARAMETERS = ['user', 'mailbox', 'address', 'document', 'session'] as const
export type Parameter = (typeof PARAMETERS)[number]
export type Asked = Partial<Record<Parameter, string>>

export const WORDING: Record<Parameter, { label: string; example: string }> = {
  user: { label: 'User', example: 'ann@contoso.example, or ann*' },
  mailbox: { label: 'Mailbox', example: 'ann@contoso.example, or *@contoso.example' },
  address: { label: 'Address', example: '203.0.113.7, or 203.0.113.0/24' },
  document: { label: 'Document', example: 'its URL or name, or *budget*' },
  session: { label: 'Session', example: 'the id of a sign-in session' },
}

/** The parameters of a report, in the order of forms. */
export function parametersOf(kind: ReportKind): Parameter[] {
  return PARAMETERS.filter((name) => kind.parameters.includes(name))
}

/** What fits the report: it would refuse anything else. */
export function fitting(asked: Asked, kind: ReportKind): Asked {
  return Object.fromEntries(parametersOf(kind).flatMap((name) => (asked[name] ? [[name, asked[name]]] : [])))
}

/** Of which parameters one has yet to be given; none when the report can run. */
export function missing(asked: Asked, kind: ReportKind): Parameter[] {
  const required = parametersOf(kind).filter((name) => kind.required.includes(name))
  return required.some((name) => asked[name]) ? [] : required
}

/** `user`, `user or address`, `user, mailbox or address`. */
export function either(names: Parameter[]): string {
  const words = names.map((name) => WORDING[name].label.toLowerCase())
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ')
}

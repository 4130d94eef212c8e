import { expect, test } from 'vitest'
import { particulars, parts } from './line'

const head = '2026-01-24T06:54:24 Exchange SendAs: ExchangeItem, UserType: Regular, UserId: m@contoso.example, ClientIP: [2001:DB8::7]:51512, ResultStatus: -'
const show = (line: string) => particulars(line).map((part) => `${part.label}=${part.value}`)

test.each([
  [`${head}, Path: \\Sent Items, Subject: "Invoice, UserId: ann@contoso.example", Size: 5`, ['Subject=Invoice, UserId: ann@contoso.example', 'Path=\\Sent Items', 'Size=5']],
  [`${head}, Subject: "he said ""no, Bcc: x"`, ['Subject="he said ""no', 'Bcc=x"']],
  [`${head}, Subject: "he said \\"no\\", Bcc: x", ObjectId: -`, ['Subject=he said "no", Bcc: x']],
  [`${head}, Changed: Role.DisplayName: - -> Global Administrator; B: 1 -> 2`, ['Changed=Role.DisplayName: - -> Global Administrator; B: 1 -> 2']],
  [`${head}, Site: https://x, File: a.xlsx, Folder: b, UserAgent: curl`, ['File=a.xlsx', 'Folder=b', 'Site=https://x', 'UserAgent=curl']],
  [head, []],
  ['2026-01-24T06:54:24 quarantine: not JSON, Source: file', []],
])('%s', (line, expected) => expect(show(line)).toEqual(expected))

test('all parts', () => {
  expect(parts(head).map((part) => part.label)).toEqual(['UserType', 'UserId', 'ClientIP'])
})

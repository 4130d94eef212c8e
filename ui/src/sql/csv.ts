/** How does a table become a CSV file that a spreadsheet cannot be tricked with? */
import { plain } from '../parts/text'

// A cell that starts so is a formula to Excel, Calc and Sheets, and audit text is chosen by attackers.
const FORMULA = /^[\s\u0000]*[=+\-@\t\r]/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

export function csv(columns: string[], rows: unknown[][]): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

export function cell(value: unknown): string {
  const text = plain(value)
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** The file of it. */
export function csvFile(columns: string[], rows: unknown[][]): Blob {
  // The mark in front tells Excel that the text is UTF-8.
  return new Blob(['\ufeff', csv(columns, rows)], { type: 'text/csv;charset=utf-8' })
}

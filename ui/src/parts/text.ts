/** How is a value from a record written on the page? Audit text is hostile: attackers choose subjects and file names. */

// Control characters and the marks that reverse or hide text. They would let `gpj.exe` read as `exe.jpg`.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Makes unseen characters visible; line feeds and tabs stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === '\r') return ''
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** A value as the one who filters or copies needs it: text without quotes, anything nested as JSON. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

const WHOLE = new Intl.NumberFormat('en-US')
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export function whole(count: number): string {
  return WHOLE.format(count)
}

/** 1234567 as 1.2M, for places where a column is narrow; the whole number belongs in the title. */
export function short(count: number): string {
  return count < 10_000 ? whole(count) : SHORT.format(count)
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** 1234567 bytes as 1.2 MB. */
export function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  const count = bytes / 1000 ** power
  return `${count < 10 && power > 0 ? count.toFixed(1) : Math.round(count)} ${UNITS[power]}`
}

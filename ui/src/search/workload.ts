/** Which colour marks a workload? Close relatives share one, so the eye groups rows before it reads them. */

const HUES: [RegExp, string][] = [
  [/^exchange/i, 'exchange'],
  [/^(azureactivedirectory|aad|entra|graph)/i, 'entra'],
  [/^onedrive/i, 'onedrive'],
  [/^sharepoint/i, 'sharepoint'],
  [/^(microsoftteams|teams|skype)/i, 'teams'],
  [/(security|compliance|threat|defender|purview|dlp|quarantine|informationprotection|aip)/i, 'security'],
  [/(power|dynamics|crm|copilot|forms|yammer|viva)/i, 'power'],
]

/** The end of a class name, see Dot.svelte. */
export function hue(workload: string): string {
  return HUES.find(([names]) => names.test(workload))?.[1] ?? 'other'
}

/** Did what was tried not happen? The services have many words for it. */
export function failed(status: unknown): boolean {
  // Sign-ins answer with the number of the error, such as 50126.
  return typeof status === 'string' && /^(false|fail|error|denied|block|unauthor|interrupted|[1-9]\d{4,}$)/i.test(status.trim())
}

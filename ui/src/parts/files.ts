/** How does a file get from the page to its reader? Nothing here goes over the network. */

/** How long a page that was opened may take to load. */
const LOADING_MS = 60_000

/** Hands the file to the browser's downloads. */
export function saveFile(name: string, file: Blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/**
 * Shows, in a tab of its own, a file that is still under way. The tab opens at once: browsers allow that
 * to a click only, and a click does not last as long as the server may need.
 */
export async function showFile(load: () => Promise<Blob>) {
  const tab = window.open('', '_blank')
  try {
    const address = URL.createObjectURL(await load())
    if (tab) tab.location.href = address
    setTimeout(() => URL.revokeObjectURL(address), LOADING_MS)
  } catch (error) {
    tab?.close()
    throw error
  }
}

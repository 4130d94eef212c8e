/** Where are we, and how do we get elsewhere? The browser's history is the only store of the view. */
import { readView, writeView, type View } from './view'

export class Navigation {
  view = $state.raw<View>(readView(window.location.search))
  /** Counts up when the same view is to be asked again. */
  refreshes = $state(0)

  constructor() {
    window.addEventListener('popstate', () => (this.view = readView(window.location.search)))
  }

  /** A step that the back button undoes; `replace` for steps that nobody wants to undo one by one. */
  go(change: Partial<View>, how: 'push' | 'replace' = 'push') {
    const view = { ...this.view, ...change }
    const address = window.location.pathname + writeView(view)
    this.view = view
    if (writeView(readView(window.location.search)) === writeView(view)) return
    if (how === 'push') window.history.pushState(null, '', address)
    else window.history.replaceState(null, '', address)
  }

  refresh() {
    this.refreshes++
  }
}

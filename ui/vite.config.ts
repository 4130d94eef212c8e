import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

// `npm run dev` shows the page with live reload against a running `trail365 serve` (or `npm run mock`).
const server = process.env['TRAIL365_URL'] ?? 'http://127.0.0.1:3650'

export default defineConfig({
  plugins: [svelte()],
  build: {
    // The server's Content-Security-Policy allows no inline script and no inline style,
    // so nothing may be folded into the HTML or into data: addresses.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server } },
  test: { include: ['src/**/*.test.ts'] },
})

import { defineConfig } from 'vitest/config'

// The steps share one page and build on each other: the first failure ends the run.
export default defineConfig({
  test: {
    include: ['tests/page.test.ts'],
    bail: 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

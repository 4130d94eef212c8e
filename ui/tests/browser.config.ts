import { defineConfig } from 'vitest/config'

// The steps of a file share one page and build on each other: the first failure ends the run.
export default defineConfig({
  test: {
    include: ['tests/*.test.ts'],
    fileParallelism: false,
    bail: 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})

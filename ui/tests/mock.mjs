// Node 20 does not read TypeScript by itself; Vite, which is here anyway, does.
import { runnerImport } from 'vite'

await runnerImport(new URL('./mock-server.ts', import.meta.url).pathname, { configFile: false })

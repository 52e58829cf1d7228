// `parlance conform` without the server around it, for the rings of contracts (tools/test/rings.mjs).
import { conform } from './conform.ts'

process.exitCode = await conform(process.argv.slice(2))

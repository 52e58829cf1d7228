import { test } from 'bun:test'
import fc from 'fast-check'
import { Connection } from '../../../src/dialects/openchat/realtime/connection.ts'
import { identifyListener } from '../../../src/dialects/openchat/realtime/handshake.ts'
import { createPolling } from '../../../src/dialects/openchat/realtime/polling.ts'
import { createServerFeeds } from '../../../src/dialects/openchat/realtime/server-feed.ts'
import { runs } from './runs.ts'
import { resumeProperty } from './schedule.ts'

test(
  'OC122 OC123 OC124: at least once, in order per stream, nothing of others, and no new beginning without a word',
  () => fc.assert(resumeProperty({ Connection, createPolling, createServerFeeds, identifyListener }), runs),
  120_000,
)

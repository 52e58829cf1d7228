import { test } from 'bun:test'
import fc from 'fast-check'
import { createOpenchat } from '../../../src/dialects/openchat/index.ts'
import { runs } from './runs.ts'
import { resumeProperty } from './schedules.ts'

test(
  'OC114 OC122 OC123 OC124 OC126: whatever happens in between, over whatever transport, a client that resumes misses nothing',
  () => fc.assert(resumeProperty(createOpenchat), runs),
  120_000,
)

// A process whose files may not grow past a limit: writes until the store breaks, and prints how it went as JSON lines.
// Usage: limited-writer.ts <folder>
import { StoreBrokenError, StoreOpenError } from '../../../src/adapters/store/errors.ts'
import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import { systemClock } from '../../../src/base/clock.ts'

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const open = async () => {
  try {
    return await openSqliteStore({
      folder: process.argv[2] ?? '',
      clock: systemClock,
      onBroken: error => say({ broken: error.name }),
    })
  } catch (error) {
    say(
      error instanceof StoreOpenError
        ? { reason: error.reason, message: error.message }
        : { unexpected: String(error) },
    )
    process.exit(1)
  }
}

const store = await open()
let heard = 0
store.onCommit(() => {
  heard += 1
})

const write = (name: string) =>
  store.transact(async tx => {
    await tx.insert('setting', { name, value: 'x'.repeat(10_000) })
    await tx.append('profile/p', { type: 'session.ended', sessionId: name, door: 'd' })
  })

let acknowledged = 0
let refused = 0
for (let batch = 0; refused === 0 && batch < 10_000; batch++) {
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => write(`${batch}.${n}`)))
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') acknowledged += 1
    else {
      refused += 1
      if (!(outcome.reason instanceof StoreBrokenError)) say({ unexpected: String(outcome.reason) })
    }
  }
}
const late = await write('late').catch(error => error)
say({ acknowledged, refused, heard, late: late instanceof StoreBrokenError })
process.exit(0)

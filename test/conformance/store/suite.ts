// What it takes to be a store. Every implementation runs this suite; where two could differ, it decides.
import { describe } from 'bun:test'
import { accountsSuite } from './accounts.ts'
import { conversationsSuite } from './conversations.ts'
import type { OpenStore } from './fixtures.ts'
import { logSuite } from './log.ts'
import { messagesSuite } from './messages.ts'
import { rowsSuite } from './rows.ts'
import { sinceSuite } from './since.ts'
import { spacesSuite } from './spaces.ts'
import { transactionsSuite } from './transactions.ts'

/** `open` answers a fresh, empty store each time. */
export const storeConformance = (name: string, open: OpenStore): void => {
  describe(`store conformance: ${name}`, () => {
    rowsSuite(open)
    transactionsSuite(open)
    accountsSuite(open)
    conversationsSuite(open)
    messagesSuite(open)
    spacesSuite(open)
    logSuite(open)
    sinceSuite(open)
  })
}

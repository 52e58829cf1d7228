import { openSqliteStore } from '../../../src/adapters/store/sqlite/store.ts'
import type { OpenStore } from './fixtures.ts'
import { temporaryFolder } from './folder.ts'
import { storeConformance } from './suite.ts'

const openFresh: OpenStore = async clock => {
  const folder = await temporaryFolder()
  const store = await openSqliteStore({ folder: folder.path, clock })
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

storeConformance('sqlite', openFresh)

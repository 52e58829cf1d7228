import { createMemoryStore } from '../../../src/adapters/store/memory/store.ts'
import { storeConformance } from './suite.ts'

storeConformance('memory', async clock => {
  const store = createMemoryStore({ clock })
  return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
})

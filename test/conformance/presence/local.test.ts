import { createLocalPresence } from '../../../src/adapters/presence/local/local.ts'
import { presenceConformance } from './suite.ts'

presenceConformance('local', async clock => {
  const presence = createLocalPresence({ clock })
  return { here: presence, there: presence, [Symbol.asyncDispose]: () => presence[Symbol.asyncDispose]() }
})

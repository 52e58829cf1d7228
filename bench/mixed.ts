// (d) A room whose members are split over all contracts, beside the same room on each contract alone.
import { doors } from './lib/doors.ts'
import { load, openRoom, SOCKETS } from './lib/room.ts'

const ROUNDS = 4
const BURSTS = 3
const BURST = 50

export interface Mixed {
  /** Microseconds of server CPU per delivered frame: everybody on one contract, by its name. */
  readonly alone: Readonly<Record<string, number>>
  readonly mixed: number
}

export const benchMixed = async (): Promise<Mixed> => {
  await using started = new AsyncDisposableStack()
  const all = Object.entries(doors)
  const rooms = []
  for (const [name, door] of all) rooms.push(started.use(await openRoom(name, [[door, SOCKETS]])))
  const share = SOCKETS / all.length
  rooms.push(
    started.use(
      await openRoom(
        'mixed',
        all.map(([, door]) => [door, share] as const),
      ),
    ),
  )
  const used = new Map(rooms.map(room => [room.name, 0]))
  for (const room of rooms) await load(room, BURST * 2, BURST) // warm
  for (let round = 0; round < ROUNDS; round++) {
    for (const room of rooms)
      used.set(room.name, (used.get(room.name) ?? 0) + (await load(room, BURSTS * BURST, BURST)))
  }
  const perDelivery = (name: string) => ((used.get(name) ?? 0) * 1000) / (ROUNDS * BURSTS * BURST * SOCKETS)
  return { alone: Object.fromEntries(all.map(([name]) => [name, perDelivery(name)])), mixed: perDelivery('mixed') }
}

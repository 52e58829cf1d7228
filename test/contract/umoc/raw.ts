// Engine.IO spoken by hand, for what the official client refuses to send.
import type { Target } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'
import type { Loose } from './client.ts'
import type { Person } from './people.ts'

/** A WebSocket on which packets are written as text. Pings are answered; all else is kept. */
export class RawSocket {
  readonly packets = new Inbox<string>()
  readonly ended: Promise<number>
  readonly #socket: WebSocket

  constructor(target: Target, query = '') {
    this.#socket = new WebSocket(`${target.wsUrl}/socket.io/?EIO=4&transport=websocket${query}`)
    const { promise, resolve } = Promise.withResolvers<number>()
    this.ended = promise
    this.#socket.onclose = ({ code }) => resolve(code)
    this.#socket.onmessage = ({ data }) => {
      if (data === '2') this.#socket.send('3')
      else this.packets.push(String(data))
    }
  }

  send(packet: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(packet)
  }

  /** The payload of the next event of this name. */
  async event(name: string): Promise<Loose> {
    const head = `42["${name}",`
    const packet = await this.packets.find(name, text => text.startsWith(head))
    return JSON.parse(packet.slice(2))[1]
  }

  close(): void {
    this.#socket.close()
  }
}

/** Opened, but not connected to the namespace. */
export const openRaw = async (target: Target, query = ''): Promise<RawSocket> => {
  const raw = new RawSocket(target, query)
  await raw.packets.find('the open packet', packet => packet.startsWith('0'))
  return raw
}

export const queryOf = ({ secrets }: Person): string => `&${new URLSearchParams(secrets)}`

/** Connected as this person. */
export const connectRaw = async (person: Person): Promise<RawSocket> => {
  const raw = await openRaw(person.target, queryOf(person))
  raw.send('40')
  await raw.event('connection_successful')
  return raw
}

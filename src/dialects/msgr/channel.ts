// What every channel is to its socket, and what it says of itself at the end.
import type { JsonObject } from '../../base/json.ts'
import type { Frame } from '../../core/index.ts'
import type { SocketError } from './faults.ts'
import type { Persona } from './persona.ts'

/** The reply to a push: `response` is always an object (MS74). */
export type Outcome =
  | { readonly status: 'ok'; readonly response: object }
  | { readonly status: 'error'; readonly response: SocketError }

export const ok = (response: object = {}): Outcome => ({ status: 'ok', response })
export const failed = (response: SocketError): Outcome => ({ status: 'error', response })

/** One topic joined on one socket. It hears nothing before `open`, and nothing after it was disposed. */
export interface Channel extends Disposable {
  readonly persona: Persona
  /** The join has been answered: from here on events pass. */
  open(): void
  /** Answers one push. Faults are the socket's to print. */
  handle(event: string, payload: JsonObject): Promise<Outcome>
}

/** What a channel may do to the socket it is joined on. */
export interface ChannelHost {
  /** Sends a broadcast, under the head of this join; kept back while a push is being answered. */
  push(tail: Frame): void
  /** Sends an event made for this channel alone. */
  pushEvent(event: string, payload: object): void
  /** The server ends the channel: `phx_close`, and the topic is free again (MS90). */
  end(): void
  failed(error: unknown, doing: string): void
}

// Frames of the socket: whole Engine.IO messages as text, encoded once whatever the transport.
import type { Delivery, Frame, Person, ProfileId } from '../../core/index.ts'

/** Engine.IO message + Socket.IO packet type, namespace `/`. */
const head = { connect: '40', disconnect: '41', event: '42', ack: '43', connectError: '44' } as const

/** An event as its receivers get it: `42["new_message",{…}]`. */
export const eventFrame = (name: string, payload: unknown): string => `${head.event}${JSON.stringify([name, payload])}`

/** The answer to an event that asked for one. */
export const ackFrame = (id: number, payload: unknown): string => `${head.ack}${id}${JSON.stringify([payload])}`

export const connectFrame = (sid: string): string => `${head.connect}${JSON.stringify({ sid })}`

/** What `connect_error` shows. A namespace other than `/` is named before it. */
export const connectErrorFrame = (message: string, namespace = '/'): string =>
  `${head.connectError}${namespace === '/' ? '' : `${namespace},`}${JSON.stringify({ message })}`

/** Tells the client that the server ended it, so that it does not come back by itself. */
export const disconnectFrame: string = head.disconnect

/** Told to sockets, never sent: the session of some of them has ended (UM38). */
export const SESSION_END = ''

/** The event a frame carries; of other frames their type. */
export const eventOf = (frame: string): string => {
  if (!frame.startsWith(head.event)) return frame.slice(0, 2)
  const [name] = JSON.parse(frame.slice(head.event.length)) as readonly unknown[]
  return String(name)
}

// Who gets a frame

export const toAll = (frame: Frame): readonly Delivery[] => [{ frame }]
export const toOnly = (frame: Frame, ...only: readonly ProfileId[]): readonly Delivery[] => [{ frame, only }]
export const toOthers = (frame: Frame, than: Person): readonly Delivery[] => [{ frame, except: [than.id] }]

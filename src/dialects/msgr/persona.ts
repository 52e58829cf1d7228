// One person on one socket, shared by the channels joined as that person: kept true while the socket lives.
import {
  type Actor,
  type ConversationId,
  type Core,
  type Encoder,
  type EventType,
  isEvent,
  type Note,
  profileStream,
  type Sink,
} from '../../core/index.ts'
import { type Caller, identify } from './auth.ts'
import type { Identity } from './inbound.ts'

/** A channel as its persona sees it. */
export interface Dependant {
  /** The capability is no more (MS8). */
  revoked(): void
  /** The person is no longer in this conversation. */
  removedFrom(conversation: ConversationId): void
}

const heeded: ReadonlySet<EventType> = new Set(['credential.revoked', 'profile.updated', 'membership.ended'])
/** Marks what a persona heeds of its profile's stream; nothing is printed. */
const personaEncoder: Encoder = {
  name: 'msgr persona',
  encode: note => (isEvent(note) && heeded.has(note.body.type) ? [{ frame: '' }] : []),
}

export class Persona implements Sink {
  readonly credentialId: string
  #actor: Actor
  readonly #dependants = new Set<Dependant>()
  readonly #held: Disposable[] = []
  #revoked = false

  constructor({ actor, credentialId }: Caller) {
    this.#actor = actor
    this.credentialId = credentialId
  }

  /** The person as he is now: names change while sockets stay open. */
  get actor(): Actor {
    return this.#actor
  }
  get profileId(): string {
    return this.#actor.profile.id
  }
  get idle(): boolean {
    return this.#dependants.size === 0
  }
  get revoked(): boolean {
    return this.#revoked
  }

  /** Begins to listen, and counts the person as online. Rejects if the capability was revoked in the meantime. */
  async start(core: Core, identity: Identity): Promise<void> {
    this.#held.push(await core.feed.join(this, profileStream(this.profileId), personaEncoder, 'head'))
    // A revocation before the stream was joined would never be heard of.
    await identify(core, identity)
    this.#held.push(await core.presence.connect(this.#actor))
  }

  attach(dependant: Dependant): void {
    if (this.#revoked) dependant.revoked()
    else this.#dependants.add(dependant)
  }
  detach(dependant: Dependant): void {
    this.#dependants.delete(dependant)
  }

  deliver(_frame: unknown, { body }: Note): void {
    switch (body.type) {
      case 'profile.updated':
        this.#actor = { ...this.#actor, profile: { ...this.#actor.profile, ...body.person } }
        break
      case 'membership.ended':
        for (const dependant of [...this.#dependants]) dependant.removedFrom(body.conversation.id)
        break
      case 'credential.revoked':
        if (body.credentialId !== this.credentialId) break
        this.#revoked = true
        for (const dependant of [...this.#dependants]) dependant.revoked()
    }
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.splice(0)) held[Symbol.dispose]()
  }
}

// What happens on the server while somebody comes and goes, and what she has to know of it in the end.

import { fresh, type Loose, newPeople, type Person } from '../../contract/openchat/crew.ts'
import { newServer } from '../../contract/openchat/people.ts'
import type { Target } from '../../kit/target.ts'

/** Where Bob speaks. Ada is in the first two for good, in `visited` now and then, never in `secret`; `elsewhere` is of another server. */
export const places = ['group', 'direct', 'visited', 'secret', 'elsewhere'] as const
export type Place = (typeof places)[number]

export type Act =
  | { readonly type: 'say'; readonly place: Place }
  /** Several at once, here and there. */
  | { readonly type: 'burst'; readonly count: number }
  | { readonly type: 'rename' }
  | { readonly type: 'read'; readonly by: 'ada' | 'bob' }
  /** Ada is put into the group she visits, or out of it. */
  | { readonly type: 'toggle' }

/** What was said in the group that Ada visits, while she was not in it. */
interface Unheard {
  readonly text: string
  /** The number of the act that let her in again: from then on it is history to her, too. */
  backAt: number
}

export interface Snapshot {
  readonly texts: readonly string[]
  readonly name: string
  readonly inside: boolean
  readonly marks: { readonly ada: number; readonly bob: number }
}

type Channels = Readonly<Record<Place, string>>

export class World {
  readonly ada: Person
  readonly bob: Person
  readonly eve: Person
  readonly channels: Channels
  readonly #speaker: Readonly<Record<Place, Pick<Person, 'must'>>>
  /** Texts that Ada must know. */
  readonly #owed = new Map<string, Place>()
  readonly #unheard: Unheard[] = []
  /** Texts that are none of her business, wherever she stands. */
  readonly #secrets = new Set<string>()
  readonly #seqs = new Map<string, number>()
  #name = ''
  #inside = false
  readonly #marks = { ada: 0, bob: 0 }
  #said = 0
  /** Acts begun so far. */
  acts = 0

  private constructor(people: readonly [Person, Person, Person], bobThere: Pick<Person, 'must'>, channels: Channels) {
    const [ada, bob, eve] = people
    this.ada = ada
    this.bob = bob
    this.eve = eve
    this.channels = channels
    this.#speaker = { group: bob, direct: bob, visited: bob, secret: bob, elsewhere: bobThere }
  }

  static async open(target: Target): Promise<World> {
    const people = (await newPeople(target, 3)) as [Person, Person, Person]
    const [ada, bob, eve] = people
    const there = await newServer(bob)
    await ada.on(there.server)
    const channels = {
      group: await bob.group([ada]),
      direct: await bob.direct(ada),
      visited: await bob.group([eve]),
      secret: await bob.group([eve]),
      elsewhere: await there.general(),
    }
    const world = new World(people, there, channels)
    await world.do({ type: 'rename' })
    return world
  }

  get secrets(): ReadonlySet<string> {
    return this.#secrets
  }
  get unheard(): readonly Readonly<Unheard>[] {
    return this.#unheard
  }

  async do(act: Act): Promise<void> {
    this.acts++
    switch (act.type) {
      case 'say':
        return this.#say(act.place)
      case 'burst': {
        const here = (i: number): Place => (i % 3 === 2 ? 'direct' : 'group')
        await Promise.all(Array.from({ length: act.count }, (_, i) => this.#say(here(i))))
        return
      }
      case 'rename': {
        this.#name = fresh('Named ')
        await this.bob.must('PATCH', `/v1/channels/${this.channels.group}`, { name: this.#name })
        return
      }
      case 'read': {
        const path = `/v1/channels/${this.channels.group}/read-ack`
        const { applied, read_ack } = await this[act.by].must('PUT', path, {})
        if (applied) this.#marks[act.by] = this.#seqs.get(read_ack.last_read_message_id) ?? 0
        return
      }
      case 'toggle':
        return this.#toggle()
    }
  }

  async #say(place: Place): Promise<void> {
    const text = `${place} ${this.#said++}`
    const inside = this.#inside
    if (place === 'secret' || place === 'elsewhere') this.#secrets.add(text)
    const { message } = await this.#speaker[place].must('POST', `/v1/channels/${this.channels[place]}/messages`, {
      body: text,
    })
    this.#seqs.set(message.id, message.seq)
    if (this.#secrets.has(text)) return
    if (place === 'visited' && !inside) this.#unheard.push({ text, backAt: Number.POSITIVE_INFINITY })
    else this.#owed.set(text, place)
  }

  async #toggle(): Promise<void> {
    const members = `/v1/channels/${this.channels.visited}/members`
    if (this.#inside) {
      await this.bob.must('DELETE', `${members}/${this.ada.uid}`)
      for (const [text, place] of this.#owed) if (place === 'visited') this.#owed.delete(text)
    } else {
      for (const each of this.#unheard) each.backAt = Math.min(each.backAt, this.acts)
      await this.bob.must('POST', members, { user_uids: [this.ada.uid] })
    }
    this.#inside = !this.#inside
  }

  /** The rank of a message in its channel; 0 for what is none. */
  seqOf(messageId: string | undefined): number {
    return this.#seqs.get(messageId ?? '') ?? 0
  }

  /** What a client asks for that has to start anew: the newest pages, and what they are pages of. */
  async snapshot(): Promise<Snapshot> {
    const { ada, channels } = this
    const listed = await ada.channels()
    const named = (id: string): Loose => listed.find(channel => channel.id === id)
    const texts: string[] = []
    for (const place of ['group', 'direct', 'visited'] as const) {
      if (!named(channels[place])) continue
      const answer = await ada.get(`/v1/channels/${channels[place]}/messages?limit=200`)
      // Put out of it in between.
      if (answer.status === 200) texts.push(...answer.body.messages.map((message: Loose) => message.body))
    }
    const at = `/v1/channels/${channels.group}`
    const { read_ack } = await ada.must('GET', `${at}/read-ack`)
    const { receipts } = await ada.must('GET', `${at}/read-receipts`)
    const bobs = receipts.find((receipt: Loose) => receipt.user_uid === this.bob.uid)
    return {
      texts,
      name: named(channels.group).name,
      inside: named(channels.visited) !== undefined,
      marks: { ada: this.seqOf(read_ack.last_read_message_id), bob: this.seqOf(bobs?.last_read_message_id) },
    }
  }

  /** What somebody who knows this much does not know, or has wrong. */
  lacking(known: Snapshot): readonly string[] {
    const texts = new Set(known.texts)
    const lost = [...this.#owed.keys()].filter(text => !texts.has(text)).map(text => `never heard of "${text}"`)
    if (known.name !== this.#name) lost.push(`calls it ${known.name}, not ${this.#name}`)
    if (known.inside !== this.#inside) lost.push(`believes to be ${known.inside ? 'in' : 'out'}`)
    for (const who of ['ada', 'bob'] as const) {
      if (known.marks[who] < this.#marks[who]) lost.push(`has the mark of ${who} at ${known.marks[who]}`)
    }
    return lost
  }
}

// Contacts: asked, answered, ended, blocked (OC95, OC96).

import { open, optional, Type } from '../../../base/schema.ts'
import { countCodePoints } from '../../../base/text.ts'
import { type Actor, type Profile, refuse } from '../../../core/index.ts'
import type { FaultTable, Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { identify } from '../auth.ts'
import {
  type ContactState,
  contactsBehind,
  contactsOf,
  contactWith,
  printContact,
  printContactPlace,
} from '../contacts.ts'
import { ContactRequest } from '../contract.requests.ts'
import { Contact, NextCursor } from '../contract.ts'
import { refused, refuseFields, replyOf } from '../faults.ts'
import { answer, limitOf, param, readJson, route, stringOf } from '../http.ts'
import { loadPerson, personIn } from '../people.ts'
import { isRefused } from '../places.ts'
import type { Scope } from '../scope.ts'

/** Code points of what is written beside a request. */
const MESSAGE = 200
const LIST = 'contacts'

const PageQuery = open({ limit: optional(Type.Integer()), cursor: optional(Type.String()) })
const ContactAnswer = open({ contact: Contact })
const ContactPage = open({ contacts: Type.Array(Contact), next_cursor: NextCursor })
const Removed = open({ removed: Type.Boolean({ examples: [true] }) })

const words: Partial<FaultTable> = {
  'self.refused': () => replyOf('contact_self'),
  'blocked.by-me': () => replyOf('contact_blocked'),
  'value.invalid': () => replyOf('invalid_payload', { fields: ['message'] }),
}

export const contactsRoutes = (scope: Scope): readonly Route[] => {
  const { core, cursors } = scope
  const { contacts, people } = core

  const answerOne = async (actor: Actor, other: Profile, status = 200): Promise<Response> => {
    // Gone between the change and this look: somebody was faster.
    const contact = (await contactWith(core, actor, other.id)) ?? refuse({ kind: 'contact.unknown' })
    return answer(status, { contact: printContact(scope, contact) })
  }

  const list = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const limit = limitOf(request)
    const cursor = request.query.get('cursor')
    const place = cursor === null ? null : (cursors.parse(LIST, cursor) ?? refused('invalid_cursor'))
    const all = await contactsOf(core, actor)
    const rest = place === null ? all : contactsBehind(all, place)
    const page = rest.slice(0, limit)
    const last: ContactState | undefined = rest.length > limit ? page.at(-1) : undefined
    return answer(200, {
      contacts: page.map(contact => printContact(scope, contact)),
      next_cursor: last ? cursors.print(LIST, printContactPlace(last)) : null,
    })
  }

  const ask = async (request: RouteRequest): Promise<Response> => {
    const identity = await identify(scope, request)
    const { actor } = identity
    const body = await readJson(request)
    const message = stringOf(body, 'message')
    if (message !== null && countCodePoints(message) > MESSAGE) refuseFields(['message'])
    const other = await personIn(scope, identity, body)
    const asked = (await people.relation(actor, other.id)) === 'pending_out'
    const friends = await isRefused('contact.exists', () =>
      translated(words, () => contacts.request(actor, other.id, message)),
    )
    return answerOne(actor, other, asked || friends ? 200 : 201)
  }

  /** Does something to the person of the path. */
  const toPerson =
    (work: (actor: Actor, other: Profile) => Promise<Response>) =>
    async (request: RouteRequest): Promise<Response> => {
      const identity = await identify(scope, request)
      const other = await loadPerson(scope, identity, param(request, 'uid'))
      return translated(words, () => work(identity.actor, other))
    }

  const removed = (): Response => answer(200, { removed: true })

  return [
    route(
      {
        method: 'GET',
        path: '/v1/contacts',
        name: 'contacts.list',
        summary: 'Friends, requests either way and those one blocks, latest change first.',
        rules: ['OC95'],
        query: PageQuery,
        responses: { 200: ['A page of them.', ContactPage] },
      },
      list,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/contacts',
        name: 'contacts.request',
        summary: 'Asks somebody to be friends, or takes up his request.',
        rules: ['OC95'],
        body: { schema: ContactRequest },
        responses: { 200: ['As it stood already.', ContactAnswer], 201: ['Asked, or friends.', ContactAnswer] },
        refusals: [403, 404, 409, 413, 415],
      },
      ask,
    ),
    route(
      {
        method: 'POST',
        path: '/v1/contacts/:uid/accept',
        name: 'contacts.accept',
        summary: 'Takes up a request of his.',
        rules: ['OC95'],
        responses: { 200: ['Friends.', ContactAnswer] },
        refusals: [404],
      },
      toPerson(async (actor, other) => {
        await contacts.accept(actor, { profileId: other.id })
        return answerOne(actor, other)
      }),
    ),
    route(
      {
        method: 'POST',
        path: '/v1/contacts/:uid/reject',
        name: 'contacts.reject',
        summary: 'Turns down a request of his.',
        rules: ['OC95'],
        responses: { 200: ['It is gone.', Removed] },
        refusals: [404],
      },
      toPerson(async (actor, other) => {
        await contacts.reject(actor, { profileId: other.id })
        return removed()
      }),
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/contacts/:uid',
        name: 'contacts.remove',
        summary: 'Ends a friendship, or takes back one’s own request.',
        rules: ['OC95'],
        responses: { 200: ['It is gone.', Removed] },
        refusals: [404],
      },
      toPerson(async (actor, other) => {
        await contacts.remove(actor, other.id)
        return removed()
      }),
    ),
    route(
      {
        method: 'PUT',
        path: '/v1/contacts/:uid/block',
        name: 'contacts.block',
        summary: 'Lets nothing pass between the two, and tells him nothing of it.',
        rules: ['OC95', 'OC96'],
        responses: { 200: ['Blocked.', ContactAnswer] },
        refusals: [404],
      },
      toPerson(async (actor, other) => {
        await contacts.block(actor, other.id)
        return answerOne(actor, other)
      }),
    ),
    route(
      {
        method: 'DELETE',
        path: '/v1/contacts/:uid/block',
        name: 'contacts.unblock',
        summary: 'Lifts a block; a friendship behind it shows again.',
        rules: ['OC95', 'OC96'],
        responses: { 200: ['It is gone.', Removed] },
        refusals: [404],
      },
      toPerson(async (actor, other) => {
        await contacts.unblock(actor, other.id)
        return removed()
      }),
    ),
  ]
}

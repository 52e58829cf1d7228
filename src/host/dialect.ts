// THE boundary: what a dialect is to the host, and what the host gives a dialect.
import type { TSchema } from 'typebox'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import {
  type BodyOf,
  type Core,
  type Delivery,
  type Encoder,
  type Event,
  type EventType,
  type Fault,
  type FaultKind,
  type FaultOf,
  type Frame,
  isEvent,
  type Note,
  type Signal,
  type SignalOf,
  type SignalType,
} from '../core/index.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a dialect is built from. */
export interface DialectContext {
  readonly core: Core
  readonly clock: Clock
  readonly log: Logger
  readonly settings: DialectSettings
}

export type DialectFactory = (context: DialectContext) => Dialect

export interface DialectSettings {
  /** Scheme and authority under which clients reach the server, without a trailing slash. */
  readonly publicUrl: () => string
  readonly rateLimits: boolean
  readonly maxFileBytes: number
  /** Of this server. */
  readonly version: string
  /** The address listened on, as configured; absent where a test hosts the dialect. */
  readonly host?: string
  /** Environment lookup for a dialect's own documented settings (`PARLANCE_WETTY_INTERNAL_KEY`). */
  readonly env: (name: string) => string | undefined
}

/** A setting of a dialect's own that cannot be used; the message names it. Thrown by a factory, told to the operator. */
export class SettingError extends Error {}

export interface Dialect {
  readonly name: string
  /** One line for people: what this contract is. */
  readonly title: string
  /** Path prefixes, by whole segments, for which this dialect answers, 404 and 405 included. */
  readonly claims: readonly Claim[]
  /** A prefix under which everything answers a second time (wetty's `/_api`), stripped before routing. */
  readonly alias?: string
  /** How routes with `auth` are authenticated: alternatives, each of schemes that go together. For the document. */
  readonly credentials: readonly Readonly<Record<string, SecurityScheme>>[]
  readonly routes: readonly Route[]
  readonly endpoints: readonly Endpoint[]
  /** Every frame of the live protocol, either way, for the documents. */
  readonly messages: readonly LiveMessage[]
  readonly events: Projection
  readonly signals: SignalProjection
  /** What the contract calls a frame that its projections made, for the documents. */
  nameOf(frame: Frame): string
  readonly faults: FaultTable
  /** The answer for a claimed path that no route serves, or not with this method (`allow` then names those it has). */
  unmatched(request: RouteRequest, allow: readonly Method[]): Response
  /** The answer to a bug: anything thrown that is not a Fault. It has been logged under the request id. */
  internalError(request: RouteRequest): Response
  /** Last touch on every answer of this dialect (common headers). */
  finish?(response: Response, request: RouteRequest): Response
}

/** A security scheme in OpenAPI's words. */
export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: 'bearer'; readonly description: string }
  | {
      readonly type: 'apiKey'
      readonly in: 'header' | 'query'
      readonly name: string
      readonly description: string
    }

/** A claimed path; `methods` narrows the claim, `exact` leaves what is below it to others. */
export interface Claim {
  readonly path: string
  readonly methods?: readonly Method[]
  readonly exact?: boolean
}

/** Event → deliveries. `null` is "not in this contract", written down. */
export type Projection = {
  readonly [T in EventType]: ((event: Event<BodyOf<T>>) => readonly Delivery[]) | null
}
export type SignalProjection = {
  readonly [T in SignalType]: ((signal: Signal<SignalOf<T>>) => readonly Delivery[]) | null
}

/** What is delivered of a note: nothing where the contract has no word for it. */
export const project = (table: Projection | SignalProjection, note: Note): readonly Delivery[] => {
  const rows = table as Readonly<Record<string, ((note: Note) => readonly Delivery[]) | null>>
  return rows[note.body.type]?.(note) ?? []
}

/** Prints each note once, however many links there are. */
export const encoderOf = (name: string, events: Projection, signals: SignalProjection): Encoder => ({
  name,
  encode: note => project(isEvent(note) ? events : signals, note),
})

/** Of a contract that knows neither spaces nor pins nor open views, its refusal written down. */
export const withoutSpaces = {
  'space.updated': null,
  'space.member': null,
  'space.category': null,
  'space.channel': null,
  'space.layout': null,
  'space.person': null,
  'space.ended': null,
  'space.membership': null,
  'pin.changed': null,
} as const satisfies Partial<Projection>

/** Fault → answer: an HTTP status and body, in the dialect's shape. */
export type FaultTable = { readonly [K in FaultKind]: (fault: FaultOf<K>) => FaultReply }
export interface FaultReply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export const replyTo = (table: FaultTable, fault: Fault): FaultReply =>
  (table[fault.kind] as (fault: Fault) => FaultReply)(fault)

/** The faults of spaces, keys, invitations, pins and links to files: for contracts that have no call that throws them. */
export const faultsOfOthers = <Answer>(answer: Answer) =>
  ({
    'credential.unknown': answer,
    'space.unknown': answer,
    'category.unknown': answer,
    'invite.unknown': answer,
    'space.required': answer,
    'claim.required': answer,
    'claim.refused': answer,
    'link.invalid': answer,
    'key.taken': answer,
    'account.linked': answer,
    'account.inhabited': answer,
    'profile.conflict': answer,
    'space.limit': answer,
    'category.filled': answer,
    'layout.invalid': answer,
    'invite.expired': answer,
    'pin.limit': answer,
  }) satisfies { readonly [K in FaultKind]?: Answer }

/** One HTTP route. The schemas describe it in the OpenAPI document; the handler judges its input itself. */
export interface Route {
  readonly method: Method
  /** Segments, `:name` for a parameter. Literal segments win over parameters. */
  readonly path: string
  readonly name: string
  readonly summary: string
  /** The rules it fulfils, for the document. */
  readonly rules: readonly string[]
  /** Whether it needs the dialect's credentials, for the document. */
  readonly auth: boolean
  readonly query?: TSchema
  readonly body?: { readonly schema: TSchema; readonly type?: string }
  readonly responses: Readonly<Record<number, { readonly description: string; readonly schema?: TSchema }>>
  readonly handle: (request: RouteRequest) => Promise<Response> | Response
}

/** A request as a route sees it. */
export interface RouteRequest {
  readonly raw: Request
  readonly method: string
  /** Decoded path, alias stripped; null parameters never occur. A path that cannot be decoded arrives undecoded. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The client's address: the socket peer, or what a configured proxy says. */
  readonly address: string
  readonly requestId: string
  /** Reads the body, at most `limit` bytes: past that `too-large`, and the rest is not read. */
  bytes(limit: number): Promise<Uint8Array | 'too-large'>
  /** Stops the idle timer for a long stream (uploads, downloads, long polls). */
  longRunning(): void
}

/** One kind of frame of a live protocol, for the AsyncAPI document. */
export interface LiveMessage {
  /** The contract's own word for it (`new_message`). */
  readonly name: string
  /** `down`: the server sends it; `up`: a client does. */
  readonly direction: 'down' | 'up'
  readonly summary: string
  readonly rules: readonly string[]
  /** Of the payload, as the contract writes it. */
  readonly schema: TSchema
}

/** A live protocol over WebSocket, free of its transport. Other transports (long poll) make Links of their own. */
export interface Endpoint<C = unknown> {
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly rules: readonly string[]
  /** Path of the routes by which the same frames go over plain HTTP, too. For the document. */
  readonly polling?: string
  /** Frames above close the socket with 1009. At most 1 MiB. */
  readonly maxFrameBytes: number
  readonly idle: IdleRule
  /** Close code of a server that goes down, and of a link that cannot keep up. */
  readonly closeCodes: { readonly shutdown: number; readonly slow: number }
  /** Judges the handshake before the upgrade: a Response refuses it. */
  authenticate(request: RouteRequest): Promise<C | Response> | C | Response
  /** Subprotocol to echo, if any. */
  subprotocol?(request: RouteRequest): string | null
  /** Runs before the 101 leaves: what is committed after it resolves reaches the link. */
  open(link: Link, connection: C): Promise<LinkHandler> | LinkHandler
}

export interface IdleRule {
  /** A link that has been silent for so long (frames, pings, and pongs if `pongsCount`) is closed. */
  readonly afterMs: number
  readonly code: number
  readonly reason: string
  readonly pongsCount: boolean
}

/** What an endpoint does with an open link. Frames of one link come one at a time, in order. */
export interface LinkHandler {
  receive(frame: string | Uint8Array): Promise<void> | void
  /** The server goes down: what is written here leaves before the link is closed. */
  draining?(): void
  /** Once, however the link ended. */
  closed(): void
}

/** One attached client. Its outbox is bounded; past the bound it is closed with the endpoint's `slow` code. */
export interface Link {
  readonly id: string
  /** Queues a frame; frames of one tick leave in one write. After a close: nothing. */
  write(frame: Frame): void
  /** Queues a broadcast frame: as `write`, but kept back while the link is held. */
  push(frame: Frame): void
  /** Keeps broadcasts back until disposed, so that a reply can leave before the event it caused. May nest. */
  hold(): Disposable
  /** Sends what is queued, then closes. */
  close(code: number, reason: string): void
  readonly closed: boolean
}

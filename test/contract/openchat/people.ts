// People of this contract: those known by a key only, and those with a username and a password.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { Caller } from '../../kit/http.ts'
import type { Target } from '../../kit/target.ts'
import { type Answer, call, fresh, homeOf, type Loose, type Sent } from './target.ts'

export const PASSWORD = 'correct horse battery'

/** An Ed25519 key as a client keeps it. */
export interface Key {
  /** 32 bytes as base64url. */
  readonly publicKey: string
  /** The signature of a text as base64url. */
  sign(text: string): string
}

export const keyOf = (publicKey: KeyObject, privateKey: KeyObject): Key => ({
  publicKey: publicKey.export({ format: 'jwk' }).x ?? '',
  sign: text => sign(null, Buffer.from(text), privateKey).toString('base64url'),
})

export const newKey = (): Key => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return keyOf(publicKey, privateKey)
}

/** What the key is called on a server, worked out as the contract says and not as the server does it (OC23). */
export const uidOf = (serverId: string, { publicKey }: Key): string => {
  const parts = [Buffer.from(`openchat-uid-v1\0${serverId}\0`), Buffer.from(publicKey, 'base64url')]
  return `uid_${createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 32)}`
}

/** One session of a person on one server. */
export class Person extends Caller {
  readonly session: Loose
  readonly token: string
  /** What he is called on this server. */
  readonly uid: string
  readonly server: string

  constructor(target: Target, session: Loose) {
    super(target)
    this.session = session
    this.token = session.token
    this.uid = session.user_uid
    this.server = session.server_id
  }

  protected override ask(method: string, path: string, sent: Sent): Promise<Answer> {
    return call(this.target, method, path, sent)
  }

  account(): Promise<Loose> {
    return this.must('GET', '/v1/account')
  }
  profile(): Promise<Loose> {
    return this.must('GET', '/v1/profile/me')
  }
  /** The same person on another server. */
  async on(server: string): Promise<Person> {
    return new Person(this.target, await this.must('POST', `/v1/servers/${server}/sessions/exchange`))
  }
  /** The channel that everybody is in or may read. */
  async general(): Promise<string> {
    const { groups } = await this.must('GET', `/v1/servers/${this.server}/channels`)
    const channels: Loose[] = groups.flatMap((group: Loose) => group.channels)
    return channels.find(channel => channel.name === 'general').id
  }
  async say(channel: string, body: string): Promise<Loose> {
    return (await this.must('POST', `/v1/channels/${channel}/messages`, { body })).message
  }
  /** Whether the session opens anything. */
  async isLive(): Promise<boolean> {
    return (await this.get('/v1/sessions/current')).status === 200
  }
}

const expectMade = ({ status, body }: Answer): Loose => {
  if (status >= 300) throw new Error(`no session: ${status} ${JSON.stringify(body)}`)
  return body
}

export const challenge = (target: Target, server: string, key: Key, keys: object = {}): Promise<Answer> =>
  call(target, 'POST', `/v1/servers/${server}/sessions/challenge`, {
    json: { public_key: key.publicKey, device_id: 'laptop', ...keys },
  })

/** The answer to a challenge, signed by the key. */
export const proofOf = async (target: Target, server: string, key: Key, keys: object = {}) => {
  const { challenge_id, payload } = expectMade(await challenge(target, server, key, keys))
  return { challenge_id: challenge_id as string, signature: key.sign(payload) }
}

export const prove = (target: Target, server: string, proof: unknown): Promise<Answer> =>
  call(target, 'POST', `/v1/servers/${server}/sessions`, { json: proof })

/** Somebody who shows a key and nothing else, on home where no server is named. */
export const enterByKey = async (target: Target, key = newKey(), server?: string): Promise<Person> => {
  const at = server ?? (await homeOf(target))
  return new Person(target, expectMade(await prove(target, at, await proofOf(target, at, key))))
}

export const register = (target: Target, keys: object = {}): Promise<Answer> =>
  call(target, 'POST', '/v1/accounts', { json: { username: fresh(), password: PASSWORD, ...keys } })

/** Somebody new with username and password. */
export const registerPassword = async (target: Target, keys: object = {}): Promise<Person> =>
  new Person(target, expectMade(await register(target, keys)))

export const logIn = (target: Target, username: string, password = PASSWORD, keys: object = {}): Promise<Answer> =>
  call(target, 'POST', '/v1/sessions/password', { json: { username, password, ...keys } })

/** Another session of somebody who has a password. */
export const enter = async (target: Target, username: string, password = PASSWORD): Promise<Person> =>
  new Person(target, expectMade(await logIn(target, username, password)))

export const usernameOf = ({ session }: Person): string => session.account.username

/** A server of the person's own, taken into possession: the maker's session there. */
export const newServer = async (maker: Person, keys: object = {}): Promise<Person> => {
  const wanted = { display_name: fresh('Server '), visibility: 'public', ...keys }
  const { server, ownership_claim } = await maker.must('POST', '/v1/servers', wanted)
  const owner = await maker.on(server.server_id)
  await owner.must('POST', `/v1/servers/${owner.server}/ownership:claim`, { claim_token: ownership_claim.token })
  return owner
}

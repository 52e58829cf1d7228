// The server under test, and people of this contract with their sockets.
import { afterEach } from 'bun:test'
import { fresh } from '../../kit/people.ts'
import { type Target, useTarget as useServer } from '../../kit/target.ts'
import { Client, type ConnectOptions, type Loose } from './client.ts'

export { fresh } from '../../kit/people.ts'

const open: Client[] = []

/** To be called once at the top of a file, or in a group. Closes what the tests opened after each of them. */
export const useTarget = (env: Readonly<Record<string, string>> = {}): Target => {
  afterEach(() => {
    for (const client of open.splice(0)) client.close()
  })
  return useServer(env)
}

const PASSWORD = 'correct horse battery'

export interface Login {
  readonly sessionID: string
  readonly token: string
  readonly session_expires: number
}

const post = async (url: string, body: object): Promise<Loose> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Any socket, connected or not; closed after the test. */
export const dial = (target: Target, options: ConnectOptions): Client => {
  const client = new Client(target.url, options)
  open.push(client)
  return client
}

/** A logged-in person. */
export class Person {
  readonly target: Target
  readonly id: number
  readonly username: string
  readonly login: Login

  constructor(target: Target, id: number, username: string, login: Login) {
    this.target = target
    this.id = id
    this.username = username
    this.login = login
  }

  get secrets(): { readonly sessionID: string; readonly token: string } {
    return { sessionID: this.login.sessionID, token: this.login.token }
  }

  /** A further login of the same person. */
  async again(): Promise<Person> {
    const { username } = this
    const login = await post(`${this.target.url}/login`, { username, password: PASSWORD })
    return new Person(this.target, this.id, username, login)
  }

  async connect(options: ConnectOptions = {}): Promise<Client> {
    const client = dial(this.target, { query: this.secrets, ...options })
    await client.connected()
    return client
  }

  async logout(): Promise<void> {
    await post(`${this.target.url}/logout`, { sessionID: this.login.sessionID })
  }
}

export const newPerson = async (target: Target, stem = 'u'): Promise<Person> => {
  const username = fresh(stem)
  const { user_id } = await post(`${target.url}/register`, { username, password: PASSWORD })
  return new Person(target, user_id, username, await post(`${target.url}/login`, { username, password: PASSWORD }))
}

/** A person and a socket of his. */
export interface Seated {
  readonly person: Person
  readonly client: Client
}

export const seat = async (target: Target, stem = 'u'): Promise<Seated> => {
  const person = await newPerson(target, stem)
  return { person, client: await person.connect() }
}

/** Makes two people friends, through their sockets. */
export const befriend = async (a: Seated, b: Seated): Promise<void> => {
  await a.client.must('add_contact', { contact_username: b.person.username })
  await b.client.must('accept_contact', { contact_id: a.person.id })
  await a.client.next('contact_accepted')
  await b.client.next('contact_accepted')
}

/** Two friends, each with one socket. */
export const friends = async (target: Target): Promise<readonly [Seated, Seated]> => {
  const a = await seat(target, 'a')
  const b = await seat(target, 'b')
  await befriend(a, b)
  return [a, b]
}

/** A group of the first one's; everybody has heard of it. Answers its id. */
export const newGroup = async (owner: Seated, others: readonly Seated[], keys: object = {}): Promise<number> => {
  const { id } = await owner.client.must('create_group', {
    name: 'Kitchen',
    member_ids: others.map(({ person }) => person.id),
    ...keys,
  })
  for (const { client } of [owner, ...others]) await client.next('group_created', data => data.id === id)
  return id
}

/** Says something to a friend or in a group, and answers what the sender's acknowledgement carries. */
export const say = ({ client }: Seated, recipient_id: number, content: string, keys: object = {}): Promise<Loose> =>
  client.must('send_message', { recipient_id, content, ...keys })

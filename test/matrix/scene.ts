// Rooms, direct chats and friendships of people of any two contracts, made through whichever door of theirs can.
import { type Client, type Driver, Refused } from './driver.ts'
import { drivers } from './drivers/index.ts'

let made = 0
const handleOf = (dialect: string): string => `${dialect.slice(0, 3)}${process.pid.toString(36)}x${made++}`

export const person = (url: string, driver: Driver): Promise<Client> => driver.connect(url, handleOf(driver.dialect))

const freshTitle = (): string => `Room ${process.pid.toString(36)} ${made++}`

export const driverOf = (client: Client): Driver => {
  const driver = drivers.find(({ dialect }) => dialect === client.dialect)
  if (!driver) throw new Error(`no driver for ${client.dialect}`)
  return driver
}

/** How a watcher's contract names this person. */
export const printed = (person: Client, watcher: Client): string => person[driverOf(watcher).prints]

interface Hand extends AsyncDisposable {
  readonly client: Client
}

/**
 * The person, at his own door if that can do what a scene needs, else through another one that his password opens; null
 * where there is none. What a scene is about is always done at the own door.
 */
const handOf = async (url: string, person: Client, fits: (driver: Driver) => boolean): Promise<Hand | null> => {
  if (fits(driverOf(person))) return { client: person, async [Symbol.asyncDispose]() {} }
  const door = drivers.find(driver => driver.logIn && fits(driver))
  if (!person.credentials || !door?.logIn) return null
  const client = await door.logIn(url, person.credentials)
  return { client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() }
}

/** Whether clients of this contract can have friends, here or through another door. */
export const canBefriend = ({ abilities, logIn }: Driver): boolean =>
  abilities.includes('ask') || (logIn !== undefined && drivers.some(d => d.logIn && d.abilities.includes('ask')))

/** Asks for friendship, through whichever door. Answers whether the person could. */
export const ask = async (url: string, asking: Client, asked: Client): Promise<boolean> => {
  await using hand = await handOf(url, asking, driver => driver.abilities.includes('ask'))
  if (!hand) return false
  await hand.client.can.ask?.(asked.handle)
  return true
}

/** Makes two people friends. Answers whether they could. */
export const befriend = async (url: string, x: Client, y: Client): Promise<boolean> => {
  await using hand = await handOf(url, y, driver => driver.abilities.includes('accept'))
  if (!hand || !(await ask(url, x, y))) return false
  await hand.client.can.accept?.(x.handle)
  return true
}

/** Two people who may write to each other directly, and how each names their chat. */
export const directScene = async (
  url: string,
  x: Client,
  y: Client,
): Promise<{ readonly xChat: string; readonly yChat: string }> => {
  if (x.can.approach) await x.can.approach(y.handle, 'hello, stranger')
  else if (y.can.approach) await y.can.approach(x.handle, 'hello, stranger')
  else await befriend(url, x, y)
  return { xChat: await x.chat({ direct: y.handle }), yChat: await y.chat({ direct: x.handle }) }
}

/** Puts people into a room of this person's. */
const add = async (url: string, owner: Client, title: string, others: readonly Client[]): Promise<void> => {
  await using hand = await handOf(
    url,
    owner,
    ({ adds, abilities }) => adds === 'anybody' && abilities.includes('addMember'),
  )
  if (!hand) throw new Refused(`${owner.dialect} can put nobody into a room`)
  const chat = await hand.client.chat({ title })
  for (const other of others) await hand.client.can.addMember?.(chat, other.handle)
}

/**
 * A room that `owner` owns, with others in it who all attend to it. Answers how each of them names it, the owner first. One
 * message is in it, the last member's: `ready`.
 */
export const roomScene = async (
  url: string,
  owner: Client,
  others: readonly Client[],
  kind: 'group' | 'channel' = 'group',
): Promise<{ readonly title: string; readonly chats: readonly string[] }> => {
  const title = freshTitle()
  const ability = kind === 'group' ? 'createGroup' : 'createChannel'
  {
    await using hand = await handOf(url, owner, ({ abilities }) => abilities.includes(ability))
    const founder = hand?.client
    if (!founder) throw new Refused(`${owner.dialect} can found nothing`)
    const addsAll = kind === 'group' && driverOf(founder).adds === 'anybody'
    if (kind === 'channel') await founder.can.createChannel?.(title)
    else await founder.can.createGroup?.(title, addsAll ? others.map(other => other.handle) : [])
    if (!addsAll && others.length > 0) await add(url, owner, title, others)
  }
  const people = [owner, ...others]
  const chats: string[] = []
  for (const one of people) chats.push(await one.chat({ title }))
  // What of all this is still under way is past when everybody has seen this. It is not the owner's: some contracts take all
  // of a person's messages back or none.
  const ready = await (people.at(-1) ?? owner).send(chats.at(-1) ?? '', 'ready')
  for (const { dialect, seen } of people) {
    await seen.find(`${dialect}: the room`, s => s.type === 'message' && s.message.id === ready)
  }
  return { title, chats }
}

// The same people at other doors, with the same username and password: what is done there shows here, and the other way round.
import { Person as ChatappPerson, call as callChatapp } from '../chatapp/target.ts'
import { type Login, Person as UmocPerson } from '../umoc/people.ts'
import { call as callUmoc } from '../umoc/rest.ts'
import { logIn as logInAtWetty, Person as WettyPerson } from '../wetty/target.ts'
import { PASSWORD, type Person } from './crew.ts'

type Someone = Pick<Person, 'target' | 'username'>

const entered = (door: string, { status, body }: { readonly status: number; readonly body: unknown }): void => {
  if (status !== 200) throw new Error(`${door}: ${status} ${JSON.stringify(body)}`)
}

export const atWetty = async ({ target, username }: Someone): Promise<WettyPerson> => {
  const answer = await logInAtWetty(target, username, 'web', PASSWORD)
  entered('wetty', answer)
  return new WettyPerson(target, answer.body.uid, username, answer.body.token)
}

export const atChatapp = async ({ target, username }: Someone): Promise<ChatappPerson> => {
  const answer = await callChatapp(target, 'POST', '/api/auth/login', { json: { username, password: PASSWORD } })
  entered('chatapp', answer)
  const headers = { authorization: `Bearer ${answer.body.access_token}` }
  const { body } = await callChatapp(target, 'GET', '/api/users/me', { headers })
  return new ChatappPerson(target, body.id, username, answer.body)
}

export const atUmoc = async ({ target, username }: Someone): Promise<UmocPerson> => {
  const answer = await callUmoc(target, 'POST', '/login', { json: { username, password: PASSWORD } })
  entered('umoc', answer)
  const login: Login = answer.body
  const headers = { authorization: `Bearer ${login.sessionID}.${login.token}` }
  const { body } = await callUmoc(target, 'GET', '/user', { headers })
  return new UmocPerson(target, body.user_id ?? body.id, username, login)
}

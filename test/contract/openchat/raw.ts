// What the people of `crew.ts` send beside plain JSON, and one of them who has but a key.
import type { Target } from '../../kit/target.ts'
import { Person } from './crew.ts'
import { enterByKey } from './people.ts'
import { type Answer, call, type Sent } from './target.ts'

/** By somebody, or by nobody in particular at a server. */
export const request = (by: Person | Target, method: string, path: string, sent: Sent = {}): Promise<Answer> =>
  by instanceof Person
    ? call(by.target, method, path, { ...sent, headers: { authorization: `Bearer ${by.token}`, ...sent.headers } })
    : call(by, method, path, sent)

export const uploadAvatar = (person: Person, bytes: BlobPart, name = 'me.png', type = 'image/png'): Promise<Answer> => {
  const form = new FormData()
  form.set('file', new File([bytes], name, { type }))
  return request(person, 'POST', '/v1/profile/avatar', { raw: form })
}

/** Somebody new on the home server who came by a key, and is called what the server made of it. */
export const keyPerson = async (target: Target): Promise<Person> => {
  const entered = await enterByKey(target)
  return new Person(target, (await entered.profile()).handle, entered.session)
}

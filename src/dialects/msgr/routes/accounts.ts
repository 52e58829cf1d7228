// `POST /api/users`: an account, made without credentials (section 3).
import type { Core } from '../../../core/index.ts'
import { networkOf } from '../../../host/address.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { data, readBody, refusal } from '../answers.ts'
import { Account, dataOf, Invalid, NewAccount, Refused } from '../contract.ts'
import { type FieldErrors, fields, TAKEN } from '../faults.ts'
import { deriveHandle, judgeAccount } from '../inbound.ts'
import { printProfile } from '../outbound.ts'

/** What its owner reads as the name of the one profile; nobody else sees it (MS32). */
const OWN_PROFILE_NAME = 'Privat'

export const accountRoutes = (core: Core): readonly Route[] => {
  const create = async (request: RouteRequest): Promise<Response> => {
    const body = await readBody(request)
    if (body.type === 'refused') return refusal(body.reply)
    const { judged, unique } = judgeAccount(body.value)
    const taken = await core.accounts.taken(unique)
    const errors: FieldErrors = {
      ...(judged.type === 'invalid' && judged.errors),
      ...(taken.email && { email: [TAKEN] }),
      ...(taken.handle && { handle: [TAKEN] }),
    }
    if (judged.type === 'invalid' || Object.keys(errors).length > 0) return refusal(fields(errors))
    const { displayName, email, handle } = judged.value
    const { profile, capability } = await core.accounts.registerWithCapability({
      displayName,
      email,
      handle,
      handleHint: deriveHandle(displayName),
      address: networkOf(request.address),
    })
    return data(201, {
      id: capability,
      display_name: displayName,
      handle: profile.handle,
      email,
      profiles: [{ ...printProfile(profile), name: OWN_PROFILE_NAME }],
    } satisfies Account)
  }

  return [
    {
      method: 'POST',
      path: '/api/users',
      name: 'createAccount',
      summary: 'Create an account with one profile. The `id` of the answer is its secret, shown this once.',
      rules: ['MS5', 'MS23', 'MS24', 'MS25', 'MS26', 'MS27', 'MS28', 'MS29'],
      auth: false,
      body: { schema: NewAccount },
      responses: {
        201: { description: 'The account', schema: dataOf(Account) },
        413: { description: 'The body is larger than 1 MiB', schema: Refused },
        422: { description: 'Failing fields', schema: Invalid },
        429: { description: 'Too many accounts from this address', schema: Refused },
      },
      handle: create,
    },
  ]
}

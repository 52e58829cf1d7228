// Contacts: payloads of their requests and notifications (section I), for the documents.
import { nullable, oneOf, type Static, Type } from '../../base/schema.ts'
import { contactStatuses, down, IdInput, request, Time, UserId, Username, up } from './contract.ts'

const DisplayName = Type.Optional(nullable(Type.String({ examples: ['Jane Doe'] })))

export const Contact = Type.Object({
  user_id: UserId,
  username: Username,
  display_name: DisplayName,
  status: oneOf(...contactStatuses),
  is_online: Type.Boolean({ examples: [true] }),
  last_seen: nullable(Time),
  streak: Type.Integer({ minimum: 0, examples: [3] }),
  continue_streak: Type.Boolean({ examples: [true] }),
  direction: Type.Optional(oneOf('outgoing', 'incoming')),
})
export type Contact = Static<typeof Contact>
const Contacts = Type.Object({ contacts: Type.Array(Contact) })

const person = { user_id: UserId, username: Username, display_name: DisplayName }
const ContactAdded = Type.Object({ ...person, status: Type.Literal('NEW') })
const ContactRequest = Type.Object(person)
const ContactAccepted = Type.Object({ ...person, status: Type.Literal('FRIEND') })
const ContactId = Type.Object({ user_id: UserId })
const ContactUnblocked = Type.Object({ user_id: UserId, status: nullable(Type.Literal('FRIEND')) })

const contact = request({ contact_id: IdInput })

export const contactMessages = [
  up('get_contacts', 'All contacts of the caller.', ['UM110'], request({})),
  down('contacts', 'The answer to `get_contacts`.', ['UM110', 'UM117'], Contacts),
  up('add_contact', 'Asks somebody to be a contact.', ['UM111', 'UM112'], request({ contact_username: Username })),
  down('contact_added', 'The receiver’s request is on its way.', ['UM111'], ContactAdded),
  down('contact_request', 'Somebody asks the receiver.', ['UM111'], ContactRequest),
  up('accept_contact', 'Accepts a request.', ['UM113'], contact),
  down('contact_accepted', 'The receiver and somebody are contacts now.', ['UM112', 'UM113'], ContactAccepted),
  up('reject_contact', 'Refuses a request.', ['UM114'], contact),
  down('contact_rejected', 'A request between the receiver and somebody was refused.', ['UM114'], ContactId),
  up('block_contact', 'Blocks somebody.', ['UM115'], contact),
  down('contact_blocked', 'The receiver blocked somebody.', ['UM115'], ContactId),
  up('unblock_contact', 'Lifts a block.', ['UM116'], contact),
  down('contact_unblocked', 'The receiver lifted a block.', ['UM116'], ContactUnblocked),
  up('remove_contact', 'Ends a contact, or withdraws a request.', ['UM116'], contact),
  down('contact_removed', 'The receiver and somebody are no contacts any more.', ['UM116'], ContactId),
] as const

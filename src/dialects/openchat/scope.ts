// What everything of this dialect is built from.
import type { Door, SpaceId } from '../../core/index.ts'
import type { DialectContext } from '../../host/dialect.ts'
import { createDevIdentity, type DevIdentity, withNamed } from './dev-uids.ts'
import { type Cursors, createCursors } from './ids.ts'
import { createPrinters, type Printers } from './outbound.ts'
import { type OpenchatSettings, settingsFrom } from './settings.ts'
import { createUids, type Uids } from './uids.ts'

export interface Scope extends DialectContext {
  readonly openchat: OpenchatSettings
  readonly door: Door
  readonly uids: Uids
  readonly cursors: Cursors
  readonly print: Printers
  readonly homeId: SpaceId
  /** Who a request says it is, where that is believed (OC130); null where it is not. */
  readonly dev: DevIdentity | null
}

/** Throws on a setting that cannot be used. */
export const createScope = (context: DialectContext): Scope => {
  const { core, settings } = context
  const openchat = settingsFrom(settings)
  const uids = withNamed(core, createUids(core, openchat.uidPolicy))
  const homeId = core.spaces.homeId
  const door: Door = {
    name: 'openchat',
    needsFriendship: false,
    addsFriendsOnly: false,
    recallWindow: openchat.recallWindowMs,
    recallsOthers: true,
    readsPublic: true,
    ownerLeaving: 'followed',
  }
  return {
    ...context,
    openchat,
    uids,
    homeId,
    door,
    dev: openchat.devUids ? createDevIdentity({ core, door, uids, homeId }) : null,
    cursors: createCursors(core.keyFor('openchat cursor')),
    print: createPrinters({ core, uids, publicUrl: settings.publicUrl }),
  }
}

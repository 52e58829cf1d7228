// A socket that offers to take over from polling: probed first, then it is the session's.
import type { Clock } from '../../base/clock.ts'
import { decodePacket, packets } from '../../wire/engine-io.ts'
import type { Link, LinkHandler } from '../dialect.ts'
import { closeCodes, type Session } from './session.ts'

/** Milliseconds from the handshake to the upgrade. */
const UPGRADE_MS = 10_000

/** What handles the socket: `2probe` is answered, `5` upgrades, anything else before that lets the socket go, not the session. */
export const probe = (session: Session, link: Link, clock: Clock): LinkHandler => {
  session.probe = link
  let upgraded = false
  const giveUp = (): void => {
    timer[Symbol.dispose]()
    if (session.probe === link) session.probe = null
    link.close(closeCodes.over, '')
  }
  const timer = clock.after(UPGRADE_MS, giveUp)

  return {
    receive(frame) {
      if (upgraded) {
        session.received(frame)
        return
      }
      const packet = decodePacket(frame)
      if (packet === 'malformed') giveUp()
      else if (packet.type === 'ping' && packet.data === 'probe') {
        link.write(packets.probed)
        session.probed()
      } else if (packet.type === 'upgrade' && session.probe === link) {
        upgraded = true
        timer[Symbol.dispose]()
        session.upgrade(link)
      } else giveUp()
    },
    closed() {
      if (upgraded) session.leave()
      else giveUp()
    },
  }
}

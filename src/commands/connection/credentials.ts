import { timingSafeEqual } from 'node:crypto'
import { ReplyError, digestOfString, errorReply, type Slice } from '../../base/index.js'
import { Gate, type Call } from '../../command/index.js'

export const wrongPassword = new ReplyError('WRONGPASS', 'invalid username-password pair or user is disabled.')

const badName = errorReply('Client names cannot contain spaces, newlines or special characters.')

/** Whether `requirepass` asks for a password. */
export const needsPassword = ({ services }: Pick<Call, 'services'>): boolean =>
  services.config.value('requirepass') !== ''

/**
 * Lets the client in as `user` with `password`; without a password in the configuration, any will do.
 *
 * Digests are compared, in constant time: neither the password's length nor its first wrong byte shows.
 *
 * @throws {ReplyError} wrongPassword
 */
export function authenticate({ services, client }: Call, user: string, password: Slice): void {
  const secret = services.config.value('requirepass')
  const given = digestOfString(password.toBuffer())
  const same = timingSafeEqual(given, digestOfString(Buffer.from(secret, 'latin1')))
  if (user !== 'default' || (secret !== '' && !same)) throw wrongPassword
  client.user = user
  client.gates &= ~Gate.auth
}

/** Printable ASCII without spaces, so that CLIENT LIST can be split at them; the empty text takes a name away. */
export const isClientText = (text: string): boolean => /^[!-~]*$/.test(text)

/** @throws {ReplyError} when `name` holds what CLIENT LIST could not show */
export function setClientName({ client }: Call, name: Slice): void {
  const text = name.toLatin1()
  if (!isClientText(text)) throw badName
  client.name = text
}

import { getSystemErrorMap } from 'node:util'

/** Where libuv's words are not those of strerror(). */
const ofC: Readonly<Record<string, string>> = { EIO: 'Input/output error' }

/** The operating system's own words for a failure, as strerror() has them: a capital first, no full stop. */
export function systemReason(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException
  if (code !== undefined && Object.hasOwn(ofC, code)) return ofC[code]
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  const text = known === undefined ? message : known[1]
  return text.charAt(0).toUpperCase() + text.slice(1)
}

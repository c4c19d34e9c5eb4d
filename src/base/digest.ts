import { createHash } from 'node:crypto'

/** Bytes of a SHA-256 digest. */
export const digestBytes = 32

/** The digest of a string value: SHA-256 of its bytes. */
export function digestOfString(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/**
 * The digest of a hash value: SHA-256 over its fields in byte order, field and value each as a netstring
 * (`5:field,3:abc,`), so that any language, and SQL, can compute it. Deadlines of fields are left out.
 *
 * @param fields each field once, in any order
 * @see https://cr.yp.to/proto/netstrings.txt
 */
export function digestOfHash(fields: readonly (readonly [field: Buffer, value: Buffer])[]): Buffer {
  const sorted = [...fields].sort(([a], [b]) => a.compare(b))
  const hash = createHash('sha256')
  for (const [field, value] of sorted) {
    hash.update(`${field.length}:`).update(field).update(`,${value.length}:`).update(value).update(',')
  }
  return hash.digest()
}

/** More bytes than this are digested in pieces, so that nobody else waits for it: some 0.2 to 0.6 ms each. */
export const digestSliceBytes = 256 * 1024

/** As `digestOfString`, a piece in each loop turn where it is long. The bytes may not change meanwhile. */
export async function digestOfLongString(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.length <= digestSliceBytes) return digestOfString(bytes)
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += digestSliceBytes) {
    if (at > 0) await nextTurn()
    hash.update(bytes.subarray(at, at + digestSliceBytes))
  }
  return hash.digest()
}

/** As `digestOfHash`, likewise. */
export async function digestOfLongHash(fields: readonly (readonly [field: Buffer, value: Buffer])[]): Promise<Buffer> {
  const sorted = [...fields].sort(([a], [b]) => a.compare(b))
  const hash = createHash('sha256')
  let pending = 0
  const add = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; at += digestSliceBytes) {
      const slice = bytes.subarray(at, at + digestSliceBytes)
      if (pending + slice.length > digestSliceBytes) {
        await nextTurn()
        pending = 0
      }
      pending += slice.length
      hash.update(slice)
    }
  }
  for (const [field, value] of sorted) {
    await add(Buffer.concat([Buffer.from(`${field.length}:`), field, Buffer.from(`,${value.length}:`)]))
    await add(value)
    hash.update(',')
  }
  return hash.digest()
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

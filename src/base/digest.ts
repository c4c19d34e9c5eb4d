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

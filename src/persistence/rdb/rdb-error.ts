/** What is wrong with a snapshot or a payload, and where. Nothing more can be read of it. */
export class RdbError extends Error {
  /** What is wrong, in words of its own. */
  readonly reason: string
  /** Bytes from the beginning at which the record stands that cannot be read. */
  readonly offset: number
  /** Its key, where it has one; each code unit is a byte. */
  readonly key: string | null

  constructor(reason: string, offset = 0, key: string | null = null) {
    super(`${reason}, at offset ${offset}${key === null ? '' : ` under key ${JSON.stringify(key)}`}`)
    this.name = 'RdbError'
    this.reason = reason
    this.offset = offset
    this.key = key
  }

  /** The same with its place. */
  at(offset: number, key: string | null): RdbError {
    return new RdbError(this.reason, offset, key)
  }
}

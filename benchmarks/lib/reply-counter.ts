const [CR, PLUS, MINUS, COLON, DOLLAR, UNDERSCORE] = [13, 43, 45, 58, 36, 95]

/**
 * Counts RESP2 replies that are lines or bulk strings, in chunks cut anywhere, without making values of them: a loader
 * must cost less than the server it loads.
 */
export class ReplyCounter {
  count = 0
  /** The text of the first error reply, or null. */
  firstError: string | null = null

  /** Of a reply that is cut: its head so far, without line end. */
  #head = ''
  /** Bytes to pass over: the body of a bulk string with its line end, or the \n of a line. */
  #skip = 0

  feed(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at)
        this.#skip -= passed
        at += passed
        continue
      }
      const end = chunk.indexOf(CR, at)
      if (end < 0) {
        this.#head += chunk.latin1Slice(at)
        return
      }
      if (this.#head === '' && chunk[at] !== DOLLAR && chunk[at] !== MINUS) this.#line(chunk[at])
      else this.#headed(this.#head + chunk.latin1Slice(at, end))
      this.#head = ''
      this.#skip++ // the \n of this line
      at = end + 1
    }
  }

  #headed(head: string): void {
    const type = head.charCodeAt(0)
    if (type === MINUS) this.firstError ??= head.slice(1)
    if (type === DOLLAR) {
      const length = Number(head.slice(1))
      if (length >= 0) this.#skip += length + 2
      this.count++
      return
    }
    this.#line(type)
  }

  #line(type: number): void {
    if (type !== PLUS && type !== MINUS && type !== COLON && type !== UNDERSCORE) {
      throw new Error(`a reply of type '${String.fromCharCode(type)}' cannot be counted`)
    }
    this.count++
  }
}

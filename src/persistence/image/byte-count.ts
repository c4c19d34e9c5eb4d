/** Bytes that an image takes beside the keyspace: now, and the most there ever were. */
export class ByteCount {
  now = 0
  most = 0

  add(bytes: number): void {
    this.now += bytes
    if (this.now > this.most) this.most = this.now
  }
}

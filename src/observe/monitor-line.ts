const escapes = new Map([
  [0x5c, '\\\\'],
  [0x22, '\\"'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x07, '\\a'],
  [0x08, '\\b'],
])

/** Bytes in double quotes, all but printable ASCII escaped: `"a\"b\n\x00"`. @see redis 7.0.15, sds.c, sdscatrepr */
export function quotedBytes(bytes: Uint8Array): string {
  let out = '"'
  for (const byte of bytes) {
    const escape = escapes.get(byte)
    if (escape !== undefined) out += escape
    else if (byte >= 32 && byte < 127) out += String.fromCharCode(byte)
    else out += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `${out}"`
}

export interface MonitoredCall {
  /** Unix microseconds. */
  readonly unixMicros: number
  readonly db: number
  /** `ip:port`, or `unix:` and the socket's path. */
  readonly address: string
  /** Without secrets: see `argumentsToShow`. */
  readonly args: readonly Uint8Array[]
}

/** The line that MONITOR shows of a call, the status reply's sign and line end left out. */
export function monitorLine({ unixMicros, db, address, args }: MonitoredCall): string {
  const seconds = Math.floor(unixMicros / 1e6)
  const micros = String(unixMicros - seconds * 1e6).padStart(6, '0')
  return `${seconds}.${micros} [${db} ${address}] ${args.map(quotedBytes).join(' ')}`
}

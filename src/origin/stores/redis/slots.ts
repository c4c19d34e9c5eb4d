/** Parts that a cluster's keys are divided into. */
export const slotCount = 16_384

/** CRC16 as XMODEM has it: polynomial 0x1021, from 0, nothing reflected. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

const open = 123
const shut = 125

/**
 * The slot of a key: CRC16 of what stands in its first braces, where that is anything, else of the whole key.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ (hash tags)
 */
export function slotOf(key: Uint8Array): number {
  const from = key.indexOf(open)
  const to = from < 0 ? -1 : key.indexOf(shut, from + 1)
  const tagged = to > from + 1
  let crc = 0
  for (let i = tagged ? from + 1 : 0, end = tagged ? to : key.length; i < end; i++) {
    crc = ((crc << 8) & 0xffff) ^ table[(crc >>> 8) ^ key[i]]
  }
  return crc & (slotCount - 1)
}

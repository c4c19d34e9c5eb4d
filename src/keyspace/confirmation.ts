import type { Region } from '../base/index.js'
import type { Arena, Ref } from '../memory/index.js'

/*
 * What an origin confirmed of a copy. 16 bytes stand in its record, which every read of it looks at anyway:
 *
 *   0   askedAt: monotonic milliseconds, a double; -Infinity is never
 *   8   answeredAt - askedAt, a float rounded down, so that an answer never looks younger than it is; -1: invalidated
 *   12  the evidence: reference of a piece; 0 is none
 *
 * The evidence is what only requests need: the digest of what the record holds (32 bytes; all zero: not computed), the length
 * of the validator (16 bits; 0 is none), and the validator.
 */

export const evidenceAt = 12
const digestBytes = 32
const headBytes = digestBytes + 2
const place = (ref: Ref): number => (ref & 0xfffff) << 3

/** What is known of an entry's last confirmation. Filled, not made: looking allocates nothing but a validator's text. */
export interface Confirmation {
  /** Whether an origin ever filled or confirmed the entry: false for keys that were only written here. */
  known: boolean
  /** Monotonic milliseconds; -Infinity for never. */
  askedAtMs: number
  answeredAtMs: number
  /** Its source said that it changed: never served until a not-modified confirms it. */
  invalidated: boolean
}

/** How long an answer took that marks a copy as invalidated. */
export const invalidated = -1

/** Writes when a copy was confirmed; `at` as `Records.confirmationAt`. */
export function writeTimes({ view }: Region, at: number, askedAtMs: number, tookMs: number): void {
  view.setFloat64(at, askedAtMs, true)
  view.setFloat32(at + 8, tookMs === invalidated ? invalidated : roundDown(tookMs), true)
}

export function readTimes({ view }: Region, at: number, into: Confirmation): void {
  const tookMs = view.getFloat32(at + 8, true)
  into.askedAtMs = view.getFloat64(at, true)
  into.invalidated = tookMs < 0
  into.answeredAtMs = into.invalidated ? -Infinity : into.askedAtMs + tookMs
}

/**
 * A piece of evidence of these; 0 where neither is known.
 *
 * @throws {OutOfMemory} nothing has changed
 */
export function makeEvidence(arena: Arena, digest: Buffer | null, validator: string | null): Ref {
  if (digest === null && validator === null) return 0
  const text = Buffer.from(validator ?? '')
  const ref = arena.allocateApart(headBytes + text.length)
  const { bytes, view } = arena.regions[ref >>> 20]
  const at = place(ref)
  if (digest === null) bytes.fill(0, at, at + digestBytes)
  else bytes.set(digest, at)
  view.setUint16(at + digestBytes, text.length, true)
  bytes.set(text, at + headBytes)
  return ref
}

/** Whether evidence, or with 0 none, says just this. */
export function isEvidenceOf(arena: Arena, ref: Ref, digest: Buffer | null, validator: string | null): boolean {
  if (ref === 0 || digest === null) return ref === 0 && digest === null && validator === null
  const { bytes } = arena.regions[ref >>> 20]
  const at = place(ref)
  if (bytes.compare(digest, 0, digestBytes, at, at + digestBytes) !== 0) return false
  return validatorIn(arena, ref) === validator
}

/** Bytes that evidence takes. */
export const evidenceBytes = (arena: Arena, ref: Ref): number =>
  headBytes + arena.regions[ref >>> 20].view.getUint16(place(ref) + digestBytes, true)

/** A copy of the digest, or null. */
export function digestIn(arena: Arena, ref: Ref): Buffer | null {
  if (ref === 0) return null
  const at = place(ref)
  const digest = Buffer.from(arena.regions[ref >>> 20].bytes.subarray(at, at + digestBytes))
  return digest.every((byte) => byte === 0) ? null : digest
}

export function validatorIn(arena: Arena, ref: Ref): string | null {
  if (ref === 0) return null
  const { bytes, view } = arena.regions[ref >>> 20]
  const at = place(ref)
  const length = view.getUint16(at + digestBytes, true)
  return length === 0 ? null : bytes.utf8Slice(at + headBytes, at + headBytes + length)
}

/** The largest float that is not above `ms`. */
function roundDown(ms: number): number {
  if (!(ms > 0)) return 0
  const rounded = Math.fround(ms)
  return rounded <= ms ? rounded : Math.fround(ms * (1 - 2 ** -23))
}

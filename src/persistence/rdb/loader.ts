import { Region, borrowed, copyBytes, silentLog, type Log, type Slice } from '../../base/index.js'
import { printed } from '../../command/index.js'
import type { Database, Keyspace } from '../../keyspace/index.js'
import {
  Opcode,
  ValueType,
  brokenForm,
  checksumVersion,
  headerBytes,
  isReadVersion,
  rdbMagic,
  valkeyMagic,
  valkeyVersion,
} from './format.js'
import { Input, TextSlot, incomplete } from './input.js'
import { KeyTarget } from './key-target.js'
import { RdbError } from './rdb-error.js'
import { ValueReaders, moduleName } from './reading/value-readers.js'
import type { ValueReader } from './reading/value-reader.js'

export interface RdbLoaderOptions {
  /**
   * Where the bytes come from: of a snapshot file, keys past their deadline are dropped; of a primary, which says itself when
   * a key expires, and of an append-only file's base, whose later commands count on them, they are kept.
   */
  readonly origin: 'file' | 'preamble' | 'primary'
  /** Whether the checksum is looked at: `rdbchecksum`. */
  readonly checksum?: boolean
  /** Whether a key that is there is replaced. If not, it is an error. */
  readonly replaces?: boolean
  /** Where keys go. Left out: the keyspace's own databases. */
  readonly databases?: readonly Database[]
  /** Told what was loaded, what was passed over, and what a broken value is. Left out: nobody is. */
  readonly log?: Log
  /** Hears of each aux field; each code unit of the texts is a byte. See `Aux`. */
  onAux?(name: string, value: string): void
  /** Hears of each key that was dropped because its time had come. */
  onExpired?(db: Database, key: Slice): void
}

/** Keys without a value that the log names: no more of them than this. */
const emptyKeysSaid = 10
const shownKeyBytes = 128

type State = 'header' | 'records' | 'value' | 'checksum' | 'done'

/**
 * Loads a snapshot into a keyspace as its bytes come, cut anywhere. Holds a window of them, or one string that is longer.
 *
 * A collection is put under its key at its beginning and grows there, so that compaction and what else runs between two
 * pieces sees nothing half referred to. What was loaded before an error stays for the caller to flush.
 */
export class RdbLoader {
  readonly #keyspace: Keyspace
  readonly #options: RdbLoaderOptions
  readonly #databases: readonly Database[]
  readonly #input: Input
  readonly #readers = new ValueReaders()
  readonly #keyText = new TextSlot()
  readonly #valueText = new TextSlot()
  /** The key of the value at hand, in bytes of its own. */
  readonly #key = borrowed()
  readonly #target: KeyTarget
  readonly #startMs: number
  #keyRegion = Region.allocate(64)
  #state: State = 'header'
  #db: Database
  #reader: ValueReader | null = null
  #type = -1
  #error: Error | null = null
  #rest: Buffer = Buffer.alloc(0)
  // what opcodes say of the value that follows
  #hasDeadline = false
  #deadline: number | bigint = 0
  #idleSeconds = -1
  #frequency = -1

  /** The version that the input says of itself; 0 before. */
  version = 0
  /** Keys stored, dropped because their time had come, and passed over because there was nothing under them. */
  keysLoaded = 0
  keysExpired = 0
  keysEmpty = 0
  /** The code of function libraries, in their order. */
  readonly functions: Buffer[] = []

  constructor(keyspace: Keyspace, options: RdbLoaderOptions) {
    this.#keyspace = keyspace
    this.#options = options
    this.#input = Input.stream(options.checksum !== false)
    this.#databases = options.databases ?? keyspace.databases
    this.#db = this.#databases[0]
    this.#target = new KeyTarget()
    keyspace.tick()
    this.#startMs = keyspace.nowMs
  }

  /** Whether the snapshot is loaded to its end. */
  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** The key whose value is not yet at its end, and has elements; null between two values. */
  get unfinished(): { readonly db: Database; readonly key: Slice } | null {
    return this.#state === 'value' && this.#target.isMade ? { db: this.#db, key: this.#key } : null
  }

  /** Bytes that were read; those that wait for more to come are not among them. */
  get bytesRead(): number {
    return this.#input.committed
  }

  /** What came behind the end of the snapshot, which is not the loader's. */
  get rest(): Buffer {
    return this.#rest
  }

  /**
   * Takes the next bytes. Allocates nothing that grows with them.
   *
   * @throws {RdbError} they are no snapshot; so does each further call
   * @throws {OutOfMemory} the keyspace has no room
   */
  push(bytes: Uint8Array): void {
    if (this.#error !== null) throw this.#error
    let from = 0
    while (from < bytes.length && this.#state !== 'done') {
      from += this.#input.feed(bytes, from)
      if (this.#input.isReady) this.#run()
    }
    if (from < bytes.length) this.#rest = Buffer.concat([this.#rest, bytes.subarray(from)])
  }

  /** Says that no more bytes come. @throws {RdbError} the snapshot is not at its end */
  end(): void {
    if (this.#error !== null) throw this.#error
    if (!this.isDone) this.#fail(new RdbError('unexpected end of input'), false)
  }

  #run(): void {
    const input = this.#input
    input.restart()
    try {
      while (this.#state !== 'done') this.#step(input)
    } catch (error) {
      if (error === incomplete) input.rewind()
      else this.#fail(error as Error)
    }
  }

  #fail(error: Error, isBroken = this.#state === 'value'): never {
    if (error instanceof RdbError) this.#error = this.#placed(error, isBroken)
    else this.#error = error
    throw this.#error
  }

  /** An error with its place, and with what Redis calls a value that is broken. */
  #placed(error: RdbError, isBroken: boolean): RdbError {
    const offset = this.#input.committed
    const isKnown = this.#state === 'value' || (this.#state === 'records' && this.#key.length > 0)
    const key = isKnown ? this.#key.toLatin1() : null
    if (!isBroken) return error.at(offset, key)
    const broken = new RdbError(brokenForm(this.#type, error.reason), offset, key)
    this.#log.warning(`Internal error in RDB: ${broken.message}`)
    return broken
  }

  get #log(): Log {
    return this.#options.log ?? silentLog
  }

  #sayDone(): void {
    const { keysLoaded, keysExpired, keysEmpty } = this
    const said = `Done loading RDB, keys loaded: ${keysLoaded}, keys expired: ${keysExpired}`
    if (keysEmpty === 0) this.#log.notice(`${said}.`)
    else this.#log.warning(`${said}, empty keys skipped: ${keysEmpty}.`)
  }

  #step(input: Input): void {
    switch (this.#state) {
      case 'header':
        this.#readHeader(input)
        this.#state = 'records'
        break
      case 'records':
        this.#readRecord(input)
        break
      case 'value':
        this.#reader!.read(input, this.#target)
        this.#endValue()
        this.#state = 'records'
        break
      case 'checksum':
        if (!input.readChecksum()) throw new RdbError('RDB CRC error: the checksum is wrong')
        this.#state = 'done'
        break
      case 'done':
    }
    input.commit()
    if (!this.isDone) return
    this.#rest = input.rest()
    this.#sayDone()
  }

  #readHeader(input: Input): void {
    const text = input.raw(headerBytes, this.#keyText.slice).toLatin1()
    const magic = text.startsWith(valkeyMagic) ? valkeyMagic : rdbMagic
    const digits = text.slice(magic.length)
    if (!text.startsWith(magic) || !/^\d+$/.test(digits))
      throw new RdbError('this is no snapshot: its beginning is wrong')
    const version = Number(digits)
    if (!isReadVersion(version) || version >= valkeyVersion !== (magic === valkeyMagic)) {
      throw new RdbError(`version ${version} of the format cannot be read`)
    }
    this.version = version
  }

  /** Reads an opcode with what belongs to it, or a value. */
  #readRecord(input: Input): void {
    const type = input.byte()
    if (type === ValueType.string) {
      this.#readString(input)
      return
    }
    switch (type) {
      case Opcode.expireTimeMs: {
        const atMs = input.int64()
        input.at -= 8
        this.#setDeadline(Number.isSafeInteger(atMs) ? atMs : input.exactInt64())
        if (Number.isSafeInteger(atMs)) input.at += 8
        return
      }
      case Opcode.expireTime:
        this.#setDeadline(input.int32() * 1000)
        return
      case Opcode.frequency:
        this.#frequency = input.byte()
        return
      case Opcode.idle:
        this.#idleSeconds = input.length()
        return
      case Opcode.end:
        this.#state = this.version >= checksumVersion ? 'checksum' : 'done'
        return
      default:
        if (type >= Opcode.slotImport) this.#readOpcode(type, input)
        else this.#beginValue(type, input)
    }
  }

  /** The opcodes that say nothing of the value that follows. */
  #readOpcode(opcode: number, input: Input): void {
    switch (opcode) {
      case Opcode.selectDb:
        this.#selectDatabase(input.length())
        return
      case Opcode.resizeDb: // tables here grow as they must
        input.length()
        input.length()
        return
      case Opcode.slotInfo:
        for (let i = 0; i < 3; i++) input.length()
        return
      case Opcode.slotImport:
        this.#skipSlotImport(input)
        return
      case Opcode.aux: {
        const name = input.string(this.#keyText)
        const value = input.string(this.#valueText)
        this.#options.onAux?.(name.toLatin1(), value.toLatin1())
        return
      }
      case Opcode.function2:
        this.functions.push(input.string(this.#valueText).toBuffer())
        return
      case Opcode.functionPreGa:
        throw new RdbError('functions as a release candidate of Redis 7.0 wrote them cannot be read')
      case Opcode.moduleAux:
        throw new RdbError(`data of the module ${moduleName(input.exactLength())} cannot be read`)
      default:
        throw new RdbError(`${opcode} is no opcode`)
    }
  }

  #selectDatabase(index: number): void {
    const databases = this.#databases
    if (index >= databases.length) {
      throw new RdbError(`database ${index} is beyond the ${databases.length} that are configured`)
    }
    this.#db = databases[index]
  }

  #skipSlotImport(input: Input): void {
    input.string(this.#valueText)
    for (let ranges = input.length(); ranges > 0; ranges--) {
      input.length()
      input.length()
    }
  }

  // --- what a value goes by

  #setDeadline(atMs: number | bigint): void {
    this.#hasDeadline = atMs !== -1
    // the first moment of Unix time stands for none elsewhere
    this.#deadline = atMs === 0 ? 1 : atMs
  }

  /** Whether the value at hand is past its deadline and is not kept. */
  get #isDropped(): boolean {
    return this.#hasDeadline && this.#options.origin === 'file' && this.#deadline < this.#startMs
  }

  /** The key must not be there, or makes room. */
  #claim(db: Database, key: Slice): void {
    if (db.find(key) === 0) return
    if (this.#options.replaces !== true) {
      this.#keepKey(key)
      throw new RdbError(`database ${db.index} has a key twice`)
    }
    db.delete(key)
    db.find(key) // where it is inserted
  }

  /** The value under `key` is there: says how it was used, and begins the next one. */
  #finish(db: Database, key: Slice): void {
    this.keysLoaded++
    if (this.#idleSeconds >= 0 || this.#frequency >= 0) this.#setAccess(db, key)
    this.#forgetAttributes()
  }

  #forgetAttributes(): void {
    this.#hasDeadline = false
    this.#idleSeconds = this.#frequency = -1
  }

  #setAccess(db: Database, key: Slice): void {
    const { access, records } = this.#keyspace
    const ref = db.findInMemory(key)
    if (!access.countsFrequency && this.#idleSeconds >= 0) records.setAccess(ref, access.idleFor(this.#idleSeconds))
    else if (access.countsFrequency && this.#frequency >= 0)
      records.setAccess(ref, access.withFrequency(this.#frequency))
  }

  // --- values

  #readString(input: Input): void {
    const key = input.string(this.#keyText)
    const value = input.string(this.#valueText)
    const db = this.#db
    if (this.#isDropped) {
      this.#drop(db, key)
      return
    }
    this.#claim(db, key)
    const to = this.#hasDeadline
      ? db.setExpiringSpaceAt(0, key, value.length, this.#deadline)
      : db.setStringSpaceAt(0, key, value.length)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    this.#finish(db, key)
  }

  #beginValue(type: number, input: Input): void {
    const key = this.#keepKey(input.string(this.#keyText))
    if (type === ValueType.module2) {
      throw new RdbError(`data of the module ${moduleName(input.exactLength())} cannot be read`)
    }
    if (type === ValueType.modulePreGa) throw new RdbError('data of modules as a prerelease wrote it cannot be read')
    this.#type = type
    this.#reader = this.#readers.begin(type, this.version)
    this.#claim(this.#db, key)
    this.#target.begin(this.#db, key)
    this.#state = 'value'
  }

  #endValue(): void {
    const db = this.#db
    const key = this.#key
    if (!this.#target.isMade) {
      // Redis once wrote such keys, and passes them over
      if (this.keysEmpty++ < emptyKeysSaid) {
        this.#log.warning(`rdbLoadObject skipping empty key: ${printed(key, shownKeyBytes)}`)
      }
      this.#forgetAttributes()
    } else if (this.#isDropped) {
      db.delete(key)
      this.#drop(db, key)
    } else {
      if (this.#hasDeadline) db.setDeadline(key, this.#deadline)
      this.#finish(db, key)
    }
    this.#key.length = 0
  }

  #drop(db: Database, key: Slice): void {
    this.keysExpired++
    this.#options.onExpired?.(db, key)
    this.#forgetAttributes()
  }

  /** Copies the key to where it stays until its value is read. */
  #keepKey(key: Slice): Slice {
    if (key.length > this.#keyRegion.bytes.length - Region.spareBytes) this.#keyRegion = Region.allocate(key.length)
    copyBytes(key.region, key.start, this.#keyRegion, 0, key.length)
    return this.#key.set(this.#keyRegion, 0, key.length)
  }
}

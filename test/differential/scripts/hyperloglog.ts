import { each, lines } from '../../support/templates.js'
import type { Scripts } from './script.js'

const names = ['pfadd', 'pfcount', 'pfmerge', 'pfdebug', 'pfselftest']

/** PFADDs of `count` elements in all, `step` in each. */
const adding = (key: string, count: number, step: number, prefix = 'e'): string[] =>
  Array.from(
    { length: Math.ceil(count / step) },
    (_, i) => `PFADD ${key} ${Array.from({ length: step }, (__, j) => `${prefix}${i * step + j}`).join(' ')}`,
  )

const lengths = Array.from({ length: 40 }, (_, i) => 'abcdefgh'.repeat(5).slice(0, i))

export const hyperloglogScripts: Scripts = {
  'PFADD of every length of element': [
    ...each(lengths, 'PFADD h "$"'),
    String.raw`PFADD h "\x80\xff\xfe\x81" "\xff\xff\xff\xff\xff\xff\xff\xff" "\x00\x00\x00\x00\x00\x00\x00"`,
    'GET h',
    'PFCOUNT h',
    'GET h',
    'PFDEBUG DECODE h',
    'OBJECT ENCODING h',
  ],
  'a sparse sketch, byte by byte': [
    'PFADD h',
    'GET h',
    'PFADD h',
    'PFCOUNT h',
    'GET h',
    'PFADD h',
    ...adding('h', 60, 1).flatMap((line) => [line, 'GET h']),
    'PFCOUNT h',
    ...adding('h', 600, 7, 'x'),
    'GET h',
    'PFDEBUG ENCODING h',
    'PFDEBUG DECODE h',
    'PFCOUNT h',
    'GET h',
    'PFADD h x1',
    'GET h',
  ],
  'a sketch that becomes dense': [
    ...adding('h', 3000, 50),
    'PFDEBUG ENCODING h',
    'GET h',
    'PFCOUNT h',
    'GET h',
    'PFADD h e1',
    'PFADD h other elements',
    'GET h',
    'STRLEN h',
    'PFDEBUG GETREG h',
    'PFDEBUG DECODE h',
    ...adding('h', 20_000, 500, 'y'),
    'PFCOUNT h',
    'GET h',
  ],
  'hll-sparse-max-bytes': [
    'CONFIG SET hll-sparse-max-bytes 30',
    ...adding('h', 12, 1).flatMap((line) => [line, 'GET h', 'PFDEBUG ENCODING h']),
    'CONFIG SET hll-sparse-max-bytes 0',
    'PFADD z',
    'PFDEBUG ENCODING z',
    'PFADD z a',
    'PFDEBUG ENCODING z',
    'CONFIG SET hll-sparse-max-bytes 3000',
  ],
  'PFCOUNT and PFMERGE of several': [
    ...adding('a', 100, 10),
    ...adding('b', 150, 10),
    ...adding('dense', 4000, 200, 'd'),
    'PFCOUNT a b',
    'PFCOUNT a b dense missing',
    'PFCOUNT missing',
    'PFCOUNT missing missing',
    'PFMERGE m a b',
    'GET m',
    'PFCOUNT m',
    'PFMERGE m a b dense',
    'GET m',
    'PFCOUNT m',
    'PFMERGE empty',
    'GET empty',
    'PFMERGE empty missing',
    'PFMERGE a b',
    'GET a',
    'OBJECT ENCODING a',
    'EXPIRE a 10000',
    'PFMERGE a dense',
    'TTL a',
    'PFDEBUG ENCODING a',
    'GET a',
    'PFCOUNT',
    'PFMERGE',
    'PFADD',
  ],
  'what is no sketch': lines`
    SET s text
    SET n 1234567890123456789
    SET short "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    SET header "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    SET magic "HYLX\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
    SET encoding "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
    SET dense "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
    SET long "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x00"
    SET cut "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f"
    SET kept "HYLL\x01\x00\x00\x00\x2a\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
    SET far "HYLL\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f\x7f\xff"
    HSET h f v
    PFADD s a
    PFADD n a
    PFADD h a
    PFCOUNT s
    PFCOUNT h
    PFCOUNT missing s
    PFCOUNT missing h
    PFMERGE d s
    PFMERGE s
    PFMERGE d h
    PFADD short a
    PFADD magic a
    PFADD encoding a
    PFADD dense a
    PFCOUNT dense
    PFADD header a
    PFCOUNT header
    PFCOUNT header header
    PFMERGE d header
    PFDEBUG TODENSE header
    PFDEBUG GETREG header
    PFDEBUG DECODE header
    PFCOUNT long
    PFCOUNT cut
    PFMERGE d long
    PFMERGE d cut
    PFADD cut a
    PFADD long a
    PFCOUNT kept
    OBJECT ENCODING kept
    PFCOUNT far
    PFADD far a
    PFCOUNT far
    GET far
    EXISTS d
  `,
  'PFDEBUG and PFSELFTEST': lines`
    PFDEBUG ENCODING missing
    PFADD h a b c
    PFDEBUG ENCODING h
    PFDEBUG TODENSE h
    PFDEBUG TODENSE h
    PFDEBUG ENCODING h
    GET h
    PFDEBUG DECODE h
    PFADD g a b c
    PFDEBUG GETREG g
    PFDEBUG ENCODING g
    GET g
    PFDEBUG NOPE g
    PFDEBUG GETREG
    PFDEBUG GETREG g x
    SET s v
    PFDEBUG GETREG s
    HSET hash f v
    PFDEBUG ENCODING hash
    PFSELFTEST
    PFSELFTEST x
  `,
  'what COMMAND tells of them': [...each(names, 'COMMAND INFO $'), ...each(names, 'COMMAND DOCS $')],
}

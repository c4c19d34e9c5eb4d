import { each, lines } from '../../support/templates.js'
import { floatTexts, integerTexts, type Scripts } from './script.js'

/** Elements some of which weigh the same, so that where they end up tells how they were sorted. */
function tied(count: number, kinds: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `e${(i * 7) % count}`)
  const weights = names.flatMap((name, i) => [`w_${name}`, `k${(i * i) % kinds}`])
  return [`RPUSH t${count} ${names.join(' ')}`, `MSET ${weights.join(' ')}`]
}

const tiedSizes = [2, 6, 7, 8, 9, 20, 40, 41, 50, 100, 300]

export const sortScripts: Scripts = {
  'numbers and texts, both ways, and parts of them': lines`
    RPUSH l 10 9 -1.5 1e1 inf -inf 3 9.0 +9 0x10
    SORT l
    SORT l DESC
    SORT l ASC
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l desc alpha asc
    SORT_RO l
    SORT_RO l alpha desc
    SORT l LIMIT 0 3
    SORT l LIMIT 2 3
    SORT l LIMIT 8 10
    SORT l LIMIT 10 1
    SORT l LIMIT -5 2
    SORT l LIMIT 3 -1
    SORT l LIMIT 3 -10
    SORT l LIMIT 0 0
    SORT l LIMIT 9223372036854775807 9223372036854775807
    SORT l LIMIT -9223372036854775808 -9223372036854775808
    SORT l LIMIT 1 2 LIMIT 0 1
    SORT l BY nosort
    SORT l BY nosort DESC
    SORT l BY nosort LIMIT 2 3
    SORT l BY nosort LIMIT 2 3 DESC
    SORT l BY nosort LIMIT 9 9 DESC
    SORT l BY nosort LIMIT 10 9
    SORT l BY nosort ALPHA
    RPUSH one x
    SORT one
    SORT one ALPHA
    SORT missing
    SORT missing ALPHA DESC LIMIT 1 2 GET #
    SORT_RO missing
  `,
  'what is a number': each(
    [...integerTexts, ...floatTexts.filter((text) => !/e-?[3-9]\d\d/i.test(text))],
    'RPUSH n $ 5 5.5',
    'SORT n',
    'DEL n',
  ),
  'numbers out of the range of doubles': lines`
    RPUSH a 1e400 1
    SORT a
    RPUSH b 1e-400 1
    SORT b
    RPUSH c 1e-310 1
    SORT c ALPHA
  `,
  'sets and sorted sets': lines`
    SADD s 3 1 2 10
    SORT s
    SORT s DESC LIMIT 1 2
    SORT s ALPHA
    SORT s BY unordered
    SORT s BY unordered DESC ALPHA
    SADD w a b c 1
    SORT w ALPHA
    SORT w
    ZADD z 1 30 2 20 3 10
    OBJECT ENCODING z
    SORT z FOO
    OBJECT ENCODING z
    SORT_RO z
    OBJECT ENCODING z
    ZADD tiny 1 x
    SORT tiny
    OBJECT ENCODING tiny
    ZRANGE tiny 0 -1 WITHSCORES
    ZADD tiny -0 y 0 z
    ZRANGE tiny 0 -1 WITHSCORES
    SORT z
    SORT z DESC
    SORT z BY nosort
    SORT z BY nosort DESC
    SORT z BY nosort LIMIT 1 2
    SORT z BY nosort DESC LIMIT 0 2
    SORT z BY nosort DESC LIMIT 3 2
    SORT z ALPHA GET # STORE d
    LRANGE d 0 -1
    SORT s BY nosort STORE d
    LRANGE d 0 -1
    SORT w BY nosort STORE d DESC
    LRANGE d 0 -1
    SORT w BY nosort GET # LIMIT 1 2 STORE d
    LRANGE d 0 -1
  `,
  'BY and GET': lines`
    RPUSH l a b c d
    MSET w_a 3 w_b 1 w_c 2
    MSET o_a one o_b two o_d 7
    HSET h_a f 1 g x
    HSET h_b f 3
    HSET h_c f 2 g y
    SET h_d string
    SORT l BY w_*
    SORT l BY w_* DESC
    SORT l BY w_* ALPHA
    SORT l BY w_* LIMIT 1 2
    SORT l BY w_* BY nosort
    SORT l BY nosort BY w_*
    SORT l BY h_*->f
    SORT l BY h_*->f ALPHA DESC
    SORT l BY h_*->g ALPHA
    SORT l BY h_*->g
    SORT l BY missing_*
    SORT l BY missing_* ALPHA
    SORT l BY missing_* ALPHA LIMIT 0 2
    SORT l BY w_* GET o_*
    SORT l BY w_* GET # GET o_* GET h_*->f GET h_*->g
    SORT l BY w_* GET #
    SORT l ALPHA GET constant
    SORT l ALPHA GET *
    SORT l ALPHA GET h_*
    SORT l ALPHA GET h_*->
    SORT l ALPHA GET h_*->f GET w_*->f
    SORT l ALPHA GET "#\x00x"
    SORT l ALPHA GET "o_\x00*"
    SORT l ALPHA GET "h_*\x00->f"
    SORT l ALPHA GET "h_*->\x00f"
    SORT l ALPHA GET ""
    SORT l ALPHA GET #*
    SORT l BY ""
    SORT l BY "n\x00*"
    SORT l BY #
    SET x->a->f weird
    HSET x->b f->g deep
    SORT l ALPHA GET x->*->f
    SORT l ALPHA GET x->*->f->g
    SORT l ALPHA GET x->*->
    RPUSH stars * ** a*
    SET o_* star
    SORT stars ALPHA GET o_*
    SORT stars ALPHA GET *_*
    SORT_RO l BY w_* GET o_* LIMIT 0 2
    SET w_d not-a-number
    SORT l BY w_*
    SORT l BY w_* GET o_*
    SORT l BY w_* ALPHA
    SORT l BY w_* STORE d
    EXISTS d
  `,
  STORE: lines`
    RPUSH l 3 1 2
    SET o_2 two
    SORT l STORE d
    LRANGE d 0 -1
    OBJECT ENCODING d
    SORT l GET o_* GET # STORE d
    LRANGE d 0 -1
    SORT l DESC STORE l
    LRANGE l 0 -1
    SORT l LIMIT 5 1 STORE d
    EXISTS d
    SORT missing STORE d
    SET text v
    EXPIRE text 100000
    SORT l STORE text
    TYPE text
    TTL text
    SORT l STORE a STORE b
    EXISTS a
    LRANGE b 0 -1
    SORT l STORE b LIMIT 0 1
    LRANGE b 0 -1
    SORT missing STORE b
    EXISTS b
    SORT l STORE
    SORT_RO l STORE d
    COMMAND GETKEYS SORT l
    COMMAND GETKEYS SORT l BY w_* GET # LIMIT 0 1 STORE d
    COMMAND GETKEYS SORT l STORE a STORE b
    COMMAND GETKEYS SORT l BY store STORE d
    COMMAND GETKEYS SORT l GET store d
    COMMAND GETKEYS SORT l LIMIT store d
    COMMAND GETKEYS SORT l STORE STORE d
    COMMAND GETKEYS SORT l STORE
    COMMAND GETKEYSANDFLAGS SORT l STORE d
    COMMAND GETKEYS SORT_RO l BY w_*
    COMMAND GETKEYSANDFLAGS SORT_RO l
    COMMAND GETKEYS SORT
    COMMAND INFO sort sort_ro
    COMMAND DOCS sort sort_ro
  `,
  'texts with a NUL in them': lines`
    RPUSH l "a\x00b" "a\x00a" a "a\x01" "\xff" "\x7f"
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l ALPHA STORE d
    LRANGE d 0 -1
    RPUSH n "1\x00z" "1\x00a" 1
    SORT n
    SORT n DESC
  `,
  'elements that weigh the same, whole and in part': [
    ...tiedSizes.flatMap((count) => tied(count, 4)),
    ...tiedSizes.flatMap((count) => [
      `SORT t${count} BY w_* ALPHA`,
      `SORT t${count} BY w_* ALPHA DESC`,
      ...each([1, 3, Math.ceil(count / 2), count - 1, count], `SORT t${count} BY w_* ALPHA LIMIT 0 $`),
      ...each([1, Math.ceil(count / 3), count - 1], `SORT t${count} BY w_* ALPHA DESC LIMIT $ 5`),
      `SORT t${count} BY none_* ALPHA LIMIT 1 ${count}`,
      `SORT t${count} BY none_* LIMIT 1 ${count}`,
    ]),
  ],
  'what is refused': lines`
    RPUSH l 1
    SORT
    SORT l BY
    SORT l GET
    SORT l LIMIT
    SORT l LIMIT 1
    SORT l LIMIT x 1
    SORT l LIMIT 1 x
    SORT l LIMIT 9223372036854775808 1
    SORT l FOO
    SORT l ASC FOO
    SORT l STORE d FOO
    SORT missing FOO
    SORT_RO l STORE
    SORT_RO l LIMIT 1 STORE d
    SET text v
    HSET h f v
    SORT text
    SORT h
    SORT text FOO
    SORT text BY nosort
    SORT text STORE l
    SORT_RO text
    RPUSH words b a
    SORT words
    SORT words STORE d
    SORT words DESC LIMIT 0 0
    SORT words BY nosort
  `,
}

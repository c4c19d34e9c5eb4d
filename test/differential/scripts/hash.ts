import { each, lines } from '../../support/templates.js'
import { floatTexts, integerTexts, type Scripts } from './script.js'

const fields = (count: number, length = 1): string[] =>
  Array.from({ length: count }, (_, i) => [`f${i}`, 'v'.repeat(length)]).flat()

export const hashScripts: Scripts = {
  'HSET, HMSET, HSETNX and HGET': lines`
    HSET h f v
    HSET h f w
    HSET h f x g y
    HSET h g 1 g 2 z 3
    HGET h f
    HGET h g
    HGET h missing
    HGET missing f
    HMSET h a 1 b 2
    HMSET h2 a 1
    HGETALL h2
    HSETNX h a 9
    HSETNX h new 9
    HSETNX h3 f v
    HGET h new
    HSET h "" empty-field
    HSET h empty-value ""
    HGET h ""
    HGET h empty-value
    HSET h "\x00\xff\r\n" "\x00\r\n\xfe"
    HGET h "\x00\xff\r\n"
    HGETALL h
    HSET
    HSET h
    HSET h f
    HSET h f v g
    HMSET
    HMSET h
    HMSET h f
    HMSET h f v g
    HSETNX h f
    HSETNX h f v x
    HGET
    HGET h
    HGET h a b
    SET s v
    HSET s f v
    HSET s f v g
    HMSET s f v
    HSETNX s f v
    HGET s f
    HSETNX s f
  `,
  'HMGET, HGETALL, HKEYS, HVALS, HLEN, HSTRLEN and HEXISTS': lines`
    HSET h a 1 b 22 c ""
    HMGET h a b c d a
    HMGET missing a b
    HMGET h
    HMGET
    HGETALL h
    HGETALL missing
    HKEYS h
    HKEYS missing
    HVALS h
    HVALS missing
    HLEN h
    HLEN missing
    HSTRLEN h a
    HSTRLEN h b
    HSTRLEN h c
    HSTRLEN h d
    HSTRLEN missing a
    HSET h n 12345
    HSTRLEN h n
    HEXISTS h a
    HEXISTS h d
    HEXISTS missing a
    HGETALL
    HGETALL h x
    HKEYS
    HKEYS h x
    HVALS
    HVALS h x
    HLEN
    HLEN h x
    HSTRLEN h
    HSTRLEN h a b
    HEXISTS h
    HEXISTS h a b
    SET s v
    HMGET s a
    HGETALL s
    HKEYS s
    HVALS s
    HLEN s
    HSTRLEN s a
    HEXISTS s a
  `,
  'HDEL deletes the empty hash': lines`
    HSET h a 1 b 2 c 3
    HDEL h a
    HDEL h a missing
    HDEL h b b c c
    EXISTS h
    HDEL h a
    HDEL missing a b
    HDEL h
    HDEL
    SET s v
    HDEL s a
    HSET t a 1
    EXPIRE t 100000
    HDEL t a
    TTL t
    HSET t a 1
    TTL t
  `,
  HINCRBY: [
    ...each(
      integerTexts,
      'HSET h f $',
      'HINCRBY h f 1',
      'HINCRBY h f -1',
      'HSET h f 10',
      'HINCRBY h f $',
      'HSET h f -10',
      'HINCRBY h f $',
      'HGET h f',
    ),
    ...lines`
      HINCRBY h new 5
      HINCRBY newhash f -5
      HINCRBY none f abc
      EXISTS none
      HINCRBY h f
      HINCRBY h f 1 2
      HINCRBY h
      SET s v
      HINCRBY s f 1
      HINCRBY s f abc
      HSET h text abc
      HINCRBY h text abc
      HINCRBY h text 1
      HINCRBY h m 9223372036854775807
      HINCRBY h m 1
      HINCRBY h l -9223372036854775808
      HINCRBY h l -1
      HSET h empty ""
      HINCRBY h empty 1
    `,
  ],
  'HINCRBYFLOAT, digit by digit': [
    ...each(
      floatTexts,
      'HSET h f 0',
      'HINCRBYFLOAT h f $',
      'HINCRBYFLOAT h f 1.1',
      'HSET h f $',
      'HINCRBYFLOAT h f 0',
      'HSET h f $',
      'HINCRBYFLOAT h f -0.1',
      'HGET h f',
    ),
    ...lines`
      DEL h
      HINCRBYFLOAT h f 0.1
      HINCRBYFLOAT h f 0.2
      HINCRBYFLOAT h f -0.3
      HINCRBYFLOAT h g 3.0e3
      HINCRBYFLOAT h g 200
      HINCRBYFLOAT none f abc
      EXISTS none
      HINCRBYFLOAT h f
      HINCRBYFLOAT h f 1 2
      SET s v
      HINCRBYFLOAT s f 1
      HINCRBYFLOAT s f abc
      HSET h text abc
      HINCRBYFLOAT h text 1
      HINCRBYFLOAT h text inf
      HSET h e ""
      HINCRBYFLOAT h e 1
      HSET h big 1e4932
      HINCRBYFLOAT h big 1e4932
    `,
  ],
  HRANDFIELD: lines`
    HRANDFIELD missing
    HRANDFIELD missing 3
    HRANDFIELD missing -3
    HRANDFIELD missing 3 WITHVALUES
    HSET h a 1
    HRANDFIELD h
    HRANDFIELD h 1
    HRANDFIELD h 5
    HRANDFIELD h 5 WITHVALUES
    HRANDFIELD h -3
    HRANDFIELD h -3 WITHVALUES
    HRANDFIELD h 0
    HRANDFIELD h 0 WITHVALUES
    HRANDFIELD h abc
    HRANDFIELD h 1.5
    HRANDFIELD h ""
    HRANDFIELD h 1 WITHVALUE
    HRANDFIELD h 1 withvalues x
    HRANDFIELD h WITHVALUES
    HRANDFIELD h 9223372036854775807
    HRANDFIELD h 9223372036854775808
    HRANDFIELD h -9223372036854775808
    HRANDFIELD h -9223372036854775809
    HRANDFIELD h -9223372036854775807 WITHVALUES
    HRANDFIELD h -4611686018427387905 WITHVALUES
    HRANDFIELD h 4611686018427387904 WITHVALUES
    HRANDFIELD missing abc
    HRANDFIELD missing 1 x
    HSET h b 2 c 3 d 4 e 5
    HRANDFIELD h 3
    HRANDFIELD h 5
    HRANDFIELD h 4 WITHVALUES
    HRANDFIELD h -10 WITHVALUES
    HRANDFIELD h 10 WITHVALUES
    HRANDFIELD
    SET s v
    HRANDFIELD s
    HRANDFIELD s 1
    HRANDFIELD s abc
  `,
  HSCAN: [
    ...lines`
      HSET h a 1 b 2 ab 3
      HSCAN h 0
      HSCAN h 0 COUNT 100
      HSCAN h 0 MATCH a*
      HSCAN h 0 MATCH a* COUNT 1000
      HSCAN h 0 MATCH nothing
      HSCAN h 0 COUNT 100 MATCH ?
      HSCAN h 0 MATCH
      HSCAN h 0 COUNT
      HSCAN h 0 COUNT 0
      HSCAN h 0 COUNT -1
      HSCAN h 0 COUNT abc
      HSCAN h 0 COUNT 9223372036854775808
      HSCAN h 0 NOVALUES
      HSCAN h 0 TYPE string
      HSCAN h 0 FOO 1
      HSCAN h
      HSCAN
      HSCAN missing 0
      HSCAN missing 0 COUNT 0
      HSCAN missing abc
      HSCAN h abc
      HSCAN h -1
      HSCAN h ""
      HSCAN h " 0"
      HSCAN h 0x
      HSCAN h 18446744073709551615
      HSCAN h 18446744073709551616
      HSCAN h 99999999999999999999999
      SET s v
      HSCAN s 0
      HSCAN s abc
      HSCAN s 0 COUNT 0
    `,
    ['HSET', 'big', ...fields(600)],
    'HSCAN big 0 COUNT 100000',
    'HSCAN big 0 MATCH f1* COUNT 100000',
  ],
  'OBJECT ENCODING of hashes': [
    ...[1, 127, 128, 129, 512, 513].flatMap((count) => [
      ['HSET', `n${count}`, ...fields(count)],
      `OBJECT ENCODING n${count}`,
      ['HSET', `one${count}`, 'f', 'v'.repeat(count)],
      `OBJECT ENCODING one${count}`,
      `COPY n${count} c${count}`,
      `OBJECT ENCODING c${count}`,
      `HLEN c${count}`,
    ]),
    ...[63, 64, 65, 66].flatMap((length) => [
      ['HSET', `v${length}`, 'f', 'v'.repeat(length)],
      `OBJECT ENCODING v${length}`,
      ['HSET', `f${length}`, 'f'.repeat(length), 'v'],
      `OBJECT ENCODING f${length}`,
      ['HSETNX', `nx${length}`, 'f', 'v'.repeat(length)],
      `OBJECT ENCODING nx${length}`,
    ]),
    ...lines`
      HDEL v65 f
      HSET v65 f short
      OBJECT ENCODING v65
      HSET v66 f short
      OBJECT ENCODING v66
      HINCRBYFLOAT incr f 1e60
      HINCRBYFLOAT incr f 1e80
      OBJECT ENCODING incr
      CONFIG SET hash-max-listpack-entries 3 hash-max-listpack-value 5
      HSET small a 1 b 2 c 3
      OBJECT ENCODING small
      HSET small d 4
      OBJECT ENCODING small
      HSET value a 12345
      OBJECT ENCODING value
      HSET value a 123456
      OBJECT ENCODING value
      CONFIG SET hash-max-ziplist-entries 0
      HSET none a 1
      OBJECT ENCODING none
      CONFIG GET hash-max-*
      CONFIG SET hash-max-listpack-entries 512 hash-max-listpack-value 64
      OBJECT ENCODING small
    `,
  ],
  'A large hash': [
    ['HSET', 'h', ...fields(5000, 50)],
    'HLEN h',
    'HGETALL h',
    'HKEYS h',
    'HVALS h',
    ['HMGET', 'h', ...Array.from({ length: 3000 }, (_, i) => `f${i * 2}`)],
    ['HDEL', 'h', ...Array.from({ length: 4000 }, (_, i) => `f${i}`)],
    'HLEN h',
    'OBJECT ENCODING h',
    'HGETALL h',
    ['HSET', 'h', 'large', 'L'.repeat(200_000)],
    'HSTRLEN h large',
    'HGET h large',
    'DEBUG DIGEST-VALUE h',
    'DEBUG DIGEST',
  ],
}

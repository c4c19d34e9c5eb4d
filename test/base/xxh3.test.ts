import { expect, test } from '@jest/globals'
import { Region, Slice, xxh3Hex } from '../../src/base/index.js'

/** Bytes that differ by their place, as the vectors were made of. */
const input = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 151 + (i >> 8) * 31) & 0xff))

/** Lengths on both sides of every border between XXH3's ways, with what xxHash 0.8 makes of them. */
const vectors: readonly (readonly [length: number, hash: string])[] = [
  [0, '2d06800538d394c2'],
  [1, 'c44bdff4074eecdb'],
  [2, 'a2e80f4217545398'],
  [3, 'c19c6d4a3361e6e6'],
  [4, 'd22470ccedb336a2'],
  [5, '7c3104ee3975d715'],
  [7, '9aa2a2849780bf2a'],
  [8, '3c2742cbdb452137'],
  [9, '9d82a84f25ff6ee8'],
  [12, '67cc4720c88560e2'],
  [15, 'b7be7d37c9b44c3d'],
  [16, 'a67084b8f117ef97'],
  [17, '6a14985387cf1b03'],
  [31, '246b2d0c9d516186'],
  [32, '36a1168c2d1db534'],
  [33, '580a399d6ed89083'],
  [63, '27e0898e01a69488'],
  [64, '0b0bea9e04a17b2a'],
  [65, 'f67345a8862eefd7'],
  [96, '755a3d8f70eb8e9f'],
  [97, '8f5af0b0274a8ce0'],
  [127, '1326fa29a5bd4411'],
  [128, 'f1b232fcc5490544'],
  [129, '36d80b1a5d2388da'],
  [144, '2152135796bf9546'],
  [145, 'bd72176a6d7d561b'],
  [191, '9f10ff5e7987fa9e'],
  [200, '772a6f8e5f84e1e3'],
  [239, '4cc53aa4cd2d0c9c'],
  [240, '8fc1462cf6a00d6f'],
  [241, '78aea0eed965dce5'],
  [255, '715bfc45e29f6917'],
  [256, 'fcb7ee1fe91d357c'],
  [257, 'bcd64a8b233adfdc'],
  [511, 'dd72600a5fb52971'],
  [512, '8218b80025ea1200'],
  [1023, '526c19f901a19b3a'],
  [1024, 'c592e20f25df62e9'],
  [1025, '3fc1f026789d31e7'],
  [1087, '4eff01e4fb04b4f4'],
  [1088, '590b1f2c744e4998'],
  [1089, '178d361710f68c44'],
  [2048, '597081ae6cc8588b'],
  [2049, '6f9411cfd7efd485'],
  [4096, 'f488b83ce3ce9e2e'],
  [65536, '28add869af1ac733'],
  [100000, '0905fed1a353e519'],
  [200000, 'd94653bf4b1d6074'],
]

test.each(vectors)('%i bytes', (length, hash) => {
  expect(xxh3Hex(Slice.from(input.subarray(0, length)))).toBe(hash)
})

test('bytes anywhere in a region hash alike', () => {
  for (const length of [2, 6, 14, 100, 200, 1000]) {
    const region = Region.allocate(length + 16)
    input.copy(region.bytes, 5, 0, length)
    expect(xxh3Hex(new Slice(region, 5, length))).toBe(xxh3Hex(Slice.from(input.subarray(0, length))))
  }
})

test('the examples of the documentation of DIGEST', () => {
  expect(xxh3Hex(Slice.from('Hello world'))).toBe('b6acb9d84a38ff74')
  expect(xxh3Hex(Slice.from('hello'))).toBe('9555e8555c62dcfd')
  expect(xxh3Hex(Slice.from('test'))).toBe('9ec9f7918d7dfc40')
})

import { isIPv4 } from 'node:net'
import { RouteError } from '../../route-error.js'
import type { RouteOptions } from '../../options.js'

/** What the URL of an S3 origin says. */
export interface S3Url {
  readonly bucket: string
  /** The template of object keys. */
  readonly name: string
  /** Another service than AWS. */
  readonly endpoint: string | null
  /** Null: as the SDK finds it. */
  readonly region: string | null
  /** Whether the bucket stands in the path rather than in the host's name. */
  readonly isPathStyle: boolean
  /** Null: as the SDK finds them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  readonly conditions: S3Conditions
}

/**
 * What becomes of a write's condition. `sent`: the service compares, as AWS does since 2024. `both`: it may, so it is looked
 * first. `looked`: it would refuse such a write, so that looking first is all there is.
 */
export type S3Conditions = 'sent' | 'both' | 'looked'

const usage =
  'is written as s3://bucket/prefix/{1}, and maybe ?endpoint=http://host:9000&region=eu-west-1&path-style=yes'

const parts = /^s3:\/\/(?:([^:@/?#]+):([^@?#]*)@)?([^:@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/i

/**
 * Reads `s3://[access-key-id:secret@]bucket[/name][?endpoint=...&region=...&path-style=yes&conditions=yes]`. The secret may be
 * percent-encoded; the name is not: it is taken as it stands, and `{1}` follows where it is a prefix that ends with `/`.
 *
 * @throws {RouteError} which shows nothing of the URL: it may hold a secret
 */
export function readS3Url(url: string, options: RouteOptions): S3Url {
  const [, accessKeyId, secret = '', bucket, name = '', search = ''] = parts.exec(url) ?? []
  if (bucket === undefined) throw new RouteError(`an s3: origin ${usage}`)
  const problem = problemOfBucket(bucket)
  if (problem !== null) throw new RouteError(`the bucket of its s3: URL ${problem}`)
  const given = new URLSearchParams(search)
  for (const parameter of given.keys()) {
    if (!parameters.has(parameter)) throw new RouteError(`an s3: origin ${usage}`)
    if (given.getAll(parameter).length > 1) throw new RouteError(`'${parameter}' stands once in an s3: URL`)
  }
  const endpoint = given.get('endpoint')
  if (endpoint !== null && !isEndpoint(endpoint)) {
    throw new RouteError('the endpoint of an s3: URL is http://host:port or https://host, without user and query')
  }
  if (options.ca !== null || options.cert !== null) {
    if (/^http:/i.test(endpoint ?? '')) throw new RouteError('ca, cert and key are for TLS, and its endpoint is http:')
  }
  return {
    bucket,
    name: name === '' || name.endsWith('/') ? `${name}{1}` : name,
    endpoint,
    region: given.get('region') ?? (endpoint === null ? null : 'us-east-1'),
    isPathStyle: yesOrNo(given, 'path-style') ?? false,
    credentials: accessKeyId === undefined ? null : { accessKeyId, secretAccessKey: decoded(secret) },
    conditions: conditionsOf(yesOrNo(given, 'conditions'), endpoint),
  }
}

/**
 * Why no service has a bucket of this name; null where one may. Upper case and `_` are of names that AWS gave before 2018.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
function problemOfBucket(name: string): string | null {
  if (name.length < 3 || name.length > 63)
    return `has a name whose length is ${name.length}; names have 3 to 63 characters`
  if (!/^[a-z0-9._-]+$/i.test(name)) return 'has a name of other characters than letters, digits, dots and dashes'
  if (!/^[a-z0-9].*[a-z0-9]$/i.test(name)) return 'has a name that does not begin and end with a letter or a digit'
  if (name.includes('..')) return 'has a name with two dots in a row'
  return isIPv4(name) ? 'is named like an IP address; a server is given as endpoint=' : null
}

const parameters = new Set(['endpoint', 'region', 'path-style', 'conditions'])

function conditionsOf(areKnown: boolean | null, endpoint: string | null): S3Conditions {
  if (areKnown === null) return endpoint === null ? 'sent' : 'both'
  return areKnown ? 'sent' : 'looked'
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && username + password + search + hash === ''
}

function yesOrNo(given: URLSearchParams, name: string): boolean | null {
  const value = given.get(name)
  if (value !== null && value !== 'yes' && value !== 'no') throw new RouteError(`${name} in an s3: URL is yes or no`)
  return value === null ? null : value === 'yes'
}

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret)
  } catch {
    throw new RouteError('a % in the secret of its URL is written as %25')
  }
}

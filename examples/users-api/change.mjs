// Another program that changes the table, and knows nothing of the API or its cache:
// node examples/users-api/change.mjs users.db ada ada@example.org
import { openUsers } from './users.mjs'

const [path, username, email] = process.argv.slice(2)
if (email === undefined) throw new Error('usage: node change.mjs <database> <username> <email>')
const users = await openUsers(path)
users.upsert(username, email)
users.close()

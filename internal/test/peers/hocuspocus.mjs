// A Hocuspocus server on loopback, with documents in SQLite by node:sqlite. Arguments: PORT FILE.
import { Server } from '@hocuspocus/server';
import { Database } from '@hocuspocus/extension-database';
import { DatabaseSync } from 'node:sqlite';

const [port, file] = process.argv.slice(2);
const db = new DatabaseSync(file);
db.exec('CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)');
const get = db.prepare('SELECT data FROM documents WHERE name = ?');
const put = db.prepare('INSERT INTO documents (name, data) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET data = excluded.data');
const documents = new Database({
  fetch: async ({ documentName }) => get.get(documentName)?.data ?? null,
  store: async ({ documentName, state }) => { put.run(documentName, state); },
});
const server = new Server({ port: Number(port), address: '127.0.0.1', quiet: true, extensions: [documents] });
await server.listen();
console.log('listening');

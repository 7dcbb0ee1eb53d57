// Measures the peer on the changes of a vector file: operations a second of
// map and compose, as "name rate" lines. Command internal/test/collabbench reads them.
import {readFileSync} from "node:fs"
import {gunzipSync} from "node:zlib"
import {ChangeSet} from "@codemirror/state"

const lines = gunzipSync(readFileSync(process.argv[2])).toString().trim().split("\n")
const maps = [], composes = []
for (const line of lines) {
  const v = JSON.parse(line)
  if (v.k != "ops") continue
  const a = ChangeSet.fromJSON(v.a), b = ChangeSet.fromJSON(v.b)
  maps.push([a, b])
  if (v.ac && !v.ac.cut) composes.push([a, ChangeSet.fromJSON(v.c)])
}
let sink = 0
function rate(pairs, f) {
  const round = () => { for (const [a, b] of pairs) sink += f(a, b).length }
  for (let end = performance.now() + 1000; performance.now() < end;) round() // warm up
  // By processor time, all threads included, so that a busy machine does not
  // decide; the best of several rounds.
  const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6 }
  let best = 0
  for (let i = 0; i < 8; i++) {
    let n = 0, start = cpu()
    while (cpu() - start < 0.25) { round(); n += pairs.length }
    best = Math.max(best, n / (cpu() - start))
  }
  return Math.round(best)
}
console.log("map", rate(maps, (a, b) => a.map(b, true)))
console.log("compose", rate(composes, (a, b) => a.compose(b)))
if (!sink) throw new Error("nothing was measured")

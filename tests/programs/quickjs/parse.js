/* Parses subject.js with acorn and tells of its syntax tree: nodes of each type, and a sum over its text as JSON. */
/* global acorn, print, readText */

const tree = acorn.parse(readText('subject.js'), { ecmaVersion: 'latest', sourceType: 'module', locations: true });
const counts = new Map();
const text = JSON.stringify(tree, (key, value) => {
  if (value && value.type) counts.set(value.type, (counts.get(value.type) ?? 0) + 1);
  return value;
});
let sum = 2166136261;
for (let index = 0; index < text.length; index += 101) sum = Math.imul(sum ^ text.charCodeAt(index), 16777619) >>> 0;
for (const name of [...counts.keys()].sort()) print(`${name} ${counts.get(name)}`);
print(`${text.length} characters, sum ${sum}`);

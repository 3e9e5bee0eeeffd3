/** npm run build: the products in dist/. */

import { parseFlags, runMain } from './lib/arguments.ts';
import { displayPath } from './lib/paths.ts';
import { buildProducts, type Product } from './lib/products.ts';
import { PROFILE_NAMES, profileNamed } from './lib/profiles.ts';
import { codeSize } from './lib/wasm-binary.ts';

/** One line on a product: where, how large, how long. */
export const productLine = ({ file, bytes, unchanged, time }: Product): string => {
  const code = file.endsWith('.wasm') ? `, ${codeSize(bytes).toLocaleString('en')} of code` : '';
  const size = `${bytes.length.toLocaleString('en')} bytes${code}`;
  return `  ${displayPath(file).padEnd(26)} ${size.padEnd(34)} ${unchanged ? 'unchanged' : `${(time / 1000).toFixed(1)} s`}`;
};

await runMain(async () => {
  const flags = parseFlags('Builds the products in dist/ from the sources in kernel-heap/.', {
    profile: { value: 'name', help: `one of ${PROFILE_NAMES.join(', ')}; release by default` },
  });
  const profile = profileNamed(flags.profile ?? 'release');
  console.log(`Building Tallow, profile ${profile}`);
  await buildProducts(profile, (product) => console.log(productLine(product)));
});

/** npm run build: the products in dist/. */

import { parseFlags, runMain } from './lib/arguments.ts';
import { buildProducts, productLine } from './lib/products.ts';
import { PROFILE_NAMES, profileNamed } from './lib/profiles.ts';

const SUMMARY = `npm run build -- [flags]

Builds the products in dist/ from the sources in kernel-heap/.`;

await runMain(async () => {
  const flags = parseFlags(SUMMARY, {
    profile: { value: 'name', help: `only one of ${PROFILE_NAMES.join(', ')}; all by default` },
  });
  const profiles = flags.profile === undefined ? PROFILE_NAMES : [profileNamed(flags.profile)];
  for (const profile of profiles) {
    console.log(`Building Tallow, profile ${profile}`);
    await buildProducts(profile, (product) => console.log(productLine(product)));
  }
});

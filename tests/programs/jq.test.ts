import { jq } from './jq.ts';
import { testProgram } from './suite.ts';

testProgram(jq);
